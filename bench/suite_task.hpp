// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What a worker of the suite does with one case (bench/README.md, "The suite").
#pragma once

#include <rankchain/chain.hpp>
#include <rankchain/device.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace rankchain::bench {

using Json = nlohmann::json;

/// A case that this worker does not have. The text is one clause.
struct Unsupported {
    std::string why;
};

/// One case of the suite, with the defaults of the study file.
struct Case {
    std::string kind;  ///< layer, counts or study
    Network network;
    std::vector<double> taus;
    std::int64_t draws = 0;   ///< of a study
    std::int64_t points = 0;  ///< recorded depths of a study
    int threads = 1;
    std::string matrices;  ///< the file of a counts case
};
Case read_case(const Json& request);

/// Wall and CPU seconds since it was made.
class Stopwatch {
  public:
    Stopwatch();
    [[nodiscard]] double wall_s() const;
    [[nodiscard]] double cpu_s() const;
    /// {"units", "wall_s", "cpu_s"} up to now.
    [[nodiscard]] Json reply(double units) const;

  private:
    double wall_;
    double cpu_;
};

/// Burns `share` of the CPU time that has passed since `watch` was made. It exists to plant a known
/// slowdown into a timed loop (worker option --burn), and does nothing for 0.
void burn(double share, const Stopwatch& watch);

class Task {
  public:
    virtual ~Task() = default;
    /// What was chosen: {"batch": ...}. Called once, never timed.
    virtual Json prepare() = 0;
    /// The result for given weights or matrices, written beside them: {"output": FILE}.
    virtual Json check(const Json& request) = 0;
    /// {"units", "wall_s", "cpu_s"} of at least `seconds`, or {"error"}.
    virtual Json sample(double seconds) = 0;
};

/// Rankchain through its public interface.
std::unique_ptr<Task> make_layer_task(const Case& which, const Device& device, double burn_share);
std::unique_ptr<Task> make_counts_task(const Case& which, const Device& device, double burn_share);
std::unique_ptr<Task> make_study_task(const Case& which, const Device& device, double burn_share);

/// LAPACK's values-only drivers on the same counts.
std::unique_ptr<Task> make_lapack_task(const Case& which);

/// A load that no revision of the engine changes, of the case's size and precision: OpenBLAS's
/// product W H, or LAPACK's singular values of one matrix. What disturbs the engine disturbs it
/// alike, so runs at different times are compared by what the engine does while this does one
/// (bench/compare.py).
std::unique_ptr<Task> make_yardstick(const Case& which);

/// The random numbers' seed of every case.
inline constexpr std::uint64_t seed = 1;

/// Chains at layer 0 whose input is that of the request's file, and whose weights are those of its
/// file, which is compared with them bit by bit. `layers` is how many the file has.
Chains given_chains(const Case& which, const Device& device, const Json& request,
                    std::int64_t& layers);

}  // namespace rankchain::bench

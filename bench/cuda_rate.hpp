// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Rates on a device: time by CUDA events about launches that fill at least 20 ms, so that nothing
// but the device's work is in it; a warm-up, then 31 samples; the median and the 10th and 22nd of
// them in order, which hold the median with 97 % probability whatever its distribution.
#pragma once

#include "kernels/backend/context.hpp"
#include "kernels/backend/status.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace rankchain::cuda {

struct Rate {
    double median = 0, low = 0, high = 0;
};

// With timing, unlike the backend's own.
class Timer {
  public:
    Timer() {
        check(cudaEventCreate(&start_), "cudaEventCreate");
        check(cudaEventCreate(&stop_), "cudaEventCreate");
    }
    ~Timer() {
        (void)cudaEventDestroy(start_);
        (void)cudaEventDestroy(stop_);
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    double seconds(const std::function<void()>& work) {
        check(cudaEventRecord(start_, nullptr), "cudaEventRecord");
        work();
        check(cudaEventRecord(stop_, nullptr), "cudaEventRecord");
        check(cudaEventSynchronize(stop_), "cudaEventSynchronize");
        float milliseconds = 0;
        check(cudaEventElapsedTime(&milliseconds, start_, stop_), "cudaEventElapsedTime");
        return 1e-3 * static_cast<double>(milliseconds);
    }

  private:
    cudaEvent_t start_ = nullptr;
    cudaEvent_t stop_ = nullptr;
};

// advance(layers) takes `draws` things on by so many steps; how many draws and steps a second.
inline Rate rate_of(std::int64_t draws, const std::function<void(std::int64_t)>& advance,
                    std::int64_t first = 8) {
    constexpr double sample_seconds = 0.02;
    constexpr std::size_t samples = 31;
    constexpr std::size_t low = 9;  // of the ordered samples
    constexpr std::size_t high = 21;
    Timer timer;
    std::int64_t layers = first;
    // Until a sample is long enough; at least twice, so that the first launch's costs are past.
    for (int i = 0; i < 20; ++i) {
        const double seconds = timer.seconds([&] { advance(layers); });
        if (i > 1 && seconds >= sample_seconds) break;
        const double more = std::clamp(1.2 * sample_seconds / std::max(seconds, 1e-7), 1.0, 16.0);
        layers = static_cast<std::int64_t>(std::ceil(static_cast<double>(layers) * more));
    }
    std::vector<double> rates;
    for (std::size_t i = 0; i < samples; ++i) {
        const double seconds = timer.seconds([&] { advance(layers); });
        rates.push_back(static_cast<double>(draws * layers) / seconds);
    }
    std::sort(rates.begin(), rates.end());
    return {rates[samples / 2], rates[low], rates[high]};
}

inline std::string share(double of, double whole) {
    if (!(whole > 0)) return "";
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.0f %%", 100 * of / whole);
    return text.data();
}

inline int kilohertz_of(const DeviceFacts& facts) {
    int kilohertz = 0;
    check(cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, facts.ordinal),
          "cudaDeviceGetAttribute");
    return kilohertz;
}

inline void query(const Context& context) {
    const DeviceFacts& facts = context.facts();
    int driver = 0;
    int runtime = 0;
    check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
    check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
    std::printf("%s, sm_%d%d, %d multiprocessors to %.3f GHz; CUDA driver %d, runtime %d\n",
                facts.name.c_str(), facts.major, facts.minor, facts.multiprocessors,
                1e-6 * kilohertz_of(facts), driver, runtime);
}

}  // namespace rankchain::cuda

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/device_choice.hpp"
#include "host/io/input_file.hpp"
#include <rankchain/error.hpp>
#include <rankchain/spectrum.hpp>

#include <algorithm>

namespace rankchain::cli {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t extent : shape) {
        text += (text.empty() ? "" : ", ") + number(extent);
    }
    return "[" + text + "]";
}

}  // namespace

int rank_command(const RankArguments& arguments) {
    const NpyArray array = load_npy(arguments.array);
    if (array.shape.size() != 2 && array.shape.size() != 3) {
        throw InvalidArgument(arguments.array.string() + ": shape " + shape_text(array.shape) +
                              "; allowed are one matrix [d, N] and many [B, d, N]");
    }
    BatchView<const double> matrices{array.values.data(), 1, array.shape[0], array.shape[1]};
    if (array.shape.size() == 3) {
        matrices = {array.values.data(), array.shape[0], array.shape[1], array.shape[2]};
    }
    if (matrices.rows < 1 || matrices.cols < 1) {
        throw InvalidArgument(arguments.array.string() + ": shape " + shape_text(array.shape) +
                              " has empty matrices; d and N must be at least 1");
    }
    const SoftRanks ranks = soft_ranks(matrices, arguments.taus,
                                       choose_device(arguments.device, false), arguments.spectrum);
    put("matrix,tau,soft_rank,resolved\n");
    std::int64_t failures = 0;
    std::int64_t undecided = 0;
    double margin = 0;
    for (std::int64_t b = 0; b < matrices.draws; ++b) {
        for (std::size_t t = 0; t < arguments.taus.size(); ++t) {
            const std::size_t at =
                t * static_cast<std::size_t>(matrices.draws) + static_cast<std::size_t>(b);
            const std::int64_t count = ranks.count.at(at);
            failures += count < 0 ? 1 : 0;
            if (at < ranks.margin.size() && ranks.margin[at] != 0.0) {
                ++undecided;
                margin = std::max(margin, ranks.margin[at]);
            }
            put(number(b) + "," + number(arguments.taus[t]) + "," +
                (count < 0 ? "nan" : number(count)) + "," +
                number(std::int64_t{ranks.resolved.at(at)}) + "\n");
        }
    }
    if (undecided > 0) tell_undecided(undecided, margin);
    if (failures == 0) return done;
    complain("no solver converged for " + number(failures) + " of the counts; they are nan above");
    return failed;
}

}  // namespace rankchain::cli

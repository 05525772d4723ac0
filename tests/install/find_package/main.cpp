// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include <rankchain/chain.hpp>
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>
#include <rankchain/version.hpp>

#include <array>
#include <cmath>
#include <cstdio>

// Does a uniform-positive network with batch normalisation and relu have rank lower bound 1 by
// depth 4 at d = 64, and is a refusal caught by its type across the library's border?
int main() {
    const rankchain::Network network{.width = 64,
                                     .batch = 64,
                                     .depth = 4,
                                     .weights = rankchain::Weights::uniform_positive,
                                     .activation = rankchain::Activation::relu};
    rankchain::Chains chains(network, {}, /*seed=*/1, {0, 10});
    chains.advance(4);
    const std::array quantities{rankchain::Quantity{rankchain::Metric::rank_lower_bound}};
    const rankchain::Samples samples = chains.measure(quantities);
    for (std::int64_t draw = 0; draw < samples.draws; ++draw) {
        // Within rounding: 64 float32 roundings, 6e-8 each.
        if (!(std::abs(samples.value(0, draw) - 1.0) <= 64 * 6e-8)) {
            std::printf("draw %ld: rank_lower_bound is %.17g\n", static_cast<long>(draw),
                        samples.value(0, draw));
            return 1;
        }
    }
    try {
        (void)rankchain::load_study("no-such-study.toml");
        return 1;
    } catch (const rankchain::InvalidArgument& error) {
        std::printf("rankchain %s, %ld draws of rank 1; refused as it should be: %s\n",
                    RANKCHAIN_VERSION, static_cast<long>(samples.draws), error.what());
    }
    return 0;
}

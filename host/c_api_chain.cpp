// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The C interface: weights, chains, spectra.
#include "host/c_api.hpp"
#include <rankchain/chain.hpp>
#include <rankchain/spectrum.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace api = rankchain::c_api;

struct rankchain_chains {
    rankchain::Chains chains;
    std::int64_t batch;
};

namespace {

rankchain::Input to_input(const rankchain_input* input) {
    if (input == nullptr) return {};
    const rankchain_input given =
        api::full(input, rankchain_input_init_sized, sizeof(rankchain_input), "input");
    rankchain::Input result;
    result.kind = api::to_enum(given.kind, rankchain::Input::Kind::given, "input->kind");
    if (result.kind == rankchain::Input::Kind::given) {
        if (given.value_count > 0) api::require(given.values, "input->values");
        result.rows = given.rows;
        result.values = std::make_shared<const std::vector<double>>(
            given.values, given.values + given.value_count);
    }
    return result;
}

rankchain::BatchView<const double> to_matrices(const double* h, std::int64_t draws,
                                               std::int64_t rows, std::int64_t cols) {
    if (api::array_size(draws, rows, cols, "h") > 0) api::require(h, "h");
    return {h, draws, rows, cols};
}

}  // namespace

rankchain_status rankchain_weights(rankchain_weight_law law, uint64_t seed, uint64_t draw,
                                   uint32_t layer, int64_t rows, int64_t cols, float* out,
                                   size_t out_count) {
    return api::guarded([&] {
        if (out_count > 0) api::require(out, "out");
        rankchain::weights(api::to_enum(law, rankchain::Weights::half_normal, "law"), seed, draw,
                           layer, rows, cols, {out, out_count});
    });
}

rankchain_status rankchain_weight(rankchain_weight_law law, uint64_t seed, uint64_t draw,
                                  uint32_t layer, int64_t rows, int64_t cols, int64_t i, int64_t j,
                                  float* out) {
    return api::guarded([&] {
        api::require(out, "out");
        *out = rankchain::weight(api::to_enum(law, rankchain::Weights::half_normal, "law"), seed,
                                 draw, layer, rows, cols, i, j);
    });
}

rankchain_status rankchain_chains_create(const rankchain_network* network,
                                         const rankchain_input* input, uint64_t seed,
                                         int64_t first_draw, int64_t draw_count,
                                         rankchain_observe observe, const rankchain_device* device,
                                         rankchain_chains** chains) {
    return api::guarded([&] {
        api::require(chains, "chains");
        const rankchain::Network net = api::to_network(network);
        const auto seen = api::to_enum(observe, rankchain::Observe::preactivation, "observe");
        *chains = new rankchain_chains{
            rankchain::Chains(net, to_input(input), seed, {first_draw, draw_count},
                              api::to_device(device), seen, api::to_spectrum(device)),
            net.batch};
    });
}

void rankchain_chains_destroy(rankchain_chains* chains) {
    delete chains;
}

rankchain_status rankchain_chains_advance(rankchain_chains* chains, int64_t layer) {
    return api::guarded([&] {
        api::require(chains, "chains");
        chains->chains.advance(layer);
    });
}

rankchain_status rankchain_chains_layer(const rankchain_chains* chains, int64_t* layer) {
    return api::guarded([&] {
        api::require(chains, "chains");
        api::require(layer, "layer");
        *layer = chains->chains.layer();
    });
}

rankchain_status rankchain_chains_measure(rankchain_chains* chains,
                                          const rankchain_quantity* quantities,
                                          size_t quantity_count, double* values, uint8_t* resolved,
                                          double* margin, rankchain_draw_status* status) {
    return api::guarded([&] {
        api::require(chains, "chains");
        if (quantity_count > 0) {
            api::require(quantities, "quantities");
            api::require(values, "values");
        }
        std::vector<rankchain::Quantity> wanted;
        for (std::size_t q = 0; q < quantity_count; ++q) {
            wanted.push_back(api::to_quantity(quantities[q]));
        }
        const rankchain::Samples samples = chains->chains.measure(wanted);
        api::copy_where_wanted(samples.values, values);
        api::copy_where_wanted(samples.resolved, resolved);
        api::copy_margin(samples.margin, samples.values.size(), margin);
        for (std::size_t b = 0; status != nullptr && b < samples.status.size(); ++b) {
            const rankchain::DrawStatus& one = samples.status[b];
            status[b] = {one.failed_layer, one.degenerate_rows, one.spectrum_failed ? 1 : 0};
        }
    });
}

rankchain_status rankchain_chains_observed(rankchain_chains* chains, int64_t rows, double* out,
                                           size_t out_count) {
    return api::guarded([&] {
        api::require(chains, "chains");
        api::require(out, "out");
        const std::int64_t draws = chains->chains.draws().count;
        const std::size_t want = api::array_size(draws, rows, chains->batch, "out");
        if (out_count != want) {
            throw rankchain::InvalidArgument("out_count is " + std::to_string(out_count) +
                                             "; the observed matrices need " +
                                             std::to_string(want));
        }
        chains->chains.observed({out, draws, rows, chains->batch});
    });
}

rankchain_status rankchain_singular_values(const double* h, int64_t draws, int64_t rows,
                                           int64_t cols, const rankchain_device* device,
                                           double* values, int* info) {
    return api::guarded([&] {
        const auto matrices = to_matrices(h, draws, rows, cols);
        if (matrices.size() > 0) api::require(values, "values");
        const rankchain::Spectrum spectrum =
            rankchain::singular_values(matrices, api::to_device(device));
        api::copy_where_wanted(spectrum.values, values);
        api::copy_where_wanted(spectrum.info, info);
    });
}

rankchain_status rankchain_soft_ranks(const double* h, int64_t draws, int64_t rows, int64_t cols,
                                      const double* taus, size_t tau_count,
                                      const rankchain_device* device, int64_t* ranks,
                                      uint8_t* resolved, double* margin) {
    return api::guarded([&] {
        const auto matrices = to_matrices(h, draws, rows, cols);
        if (tau_count > 0) {
            api::require(taus, "taus");
            api::require(ranks, "ranks");
        }
        const rankchain::SoftRanks result = rankchain::soft_ranks(
            matrices, {taus, tau_count}, api::to_device(device), api::to_spectrum(device));
        api::copy_where_wanted(result.count, ranks);
        api::copy_where_wanted(result.resolved, resolved);
        api::copy_margin(result.margin, result.count.size(), margin);
    });
}

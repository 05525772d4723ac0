// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The C interface: arrays on a CUDA device, on a stream of the caller's.
#include "host/c_api.hpp"
#include <rankchain/cuda.hpp>

#include <algorithm>
#include <type_traits>
#include <vector>

namespace api = rankchain::c_api;

struct rankchain_cuda {
    rankchain::CudaOnStream on_stream;
};

namespace {

template <class T>
rankchain::BatchView<const T> to_matrices(const void* h, std::int64_t draws, std::int64_t rows,
                                          std::int64_t cols) {
    if (api::array_size(draws, rows, cols, "h") > 0) api::require(h, "h");
    return {static_cast<const T*>(h), draws, rows, cols};
}

bool is_float32(rankchain_precision precision) {
    return api::to_enum(precision, rankchain::Precision::float64, "precision") ==
           rankchain::Precision::float32;
}

}  // namespace

rankchain_status rankchain_cuda_create(struct CUstream_st* stream, int ordinal,
                                       rankchain_cuda** cuda) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        *cuda = new rankchain_cuda{rankchain::CudaOnStream(stream, ordinal)};
    });
}

void rankchain_cuda_destroy(rankchain_cuda* cuda) {
    delete cuda;
}

rankchain_status rankchain_cuda_advance_workspace(rankchain_cuda* cuda,
                                                  const rankchain_network* network,
                                                  int64_t* bytes) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        api::require(bytes, "bytes");
        *bytes = cuda->on_stream.advance_workspace(api::to_network(network));
    });
}

rankchain_status rankchain_cuda_advance(rankchain_cuda* cuda, const rankchain_network* network,
                                        uint64_t seed, int64_t first_draw, int64_t draw_count,
                                        int64_t from, int64_t to, void* h, int64_t* failed_layer,
                                        int64_t* degenerate_rows, double* log_scale,
                                        void* workspace, int64_t workspace_bytes) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        const rankchain::Network net = api::to_network(network);
        const auto advance = [&](auto* numbers) {
            using T = std::remove_pointer_t<decltype(numbers)>;
            cuda->on_stream.advance(net, seed,
                                    rankchain::CudaChains<T>{numbers,
                                                             {first_draw, draw_count},
                                                             from,
                                                             to,
                                                             failed_layer,
                                                             degenerate_rows,
                                                             log_scale},
                                    {workspace, workspace_bytes});
        };
        if (net.precision == rankchain::Precision::float32) {
            advance(static_cast<float*>(h));
        } else {
            advance(static_cast<double*>(h));
        }
    });
}

rankchain_status rankchain_cuda_soft_ranks_workspace(rankchain_cuda* cuda, int64_t draws,
                                                     int64_t rows, int64_t cols, const double* taus,
                                                     size_t tau_count, const char* spectrum,
                                                     int64_t* bytes) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        api::require(bytes, "bytes");
        if (tau_count > 0) api::require(taus, "taus");
        *bytes = cuda->on_stream.soft_ranks_workspace(draws, rows, cols, {taus, tau_count},
                                                      api::to_spectrum(spectrum));
    });
}

rankchain_status rankchain_cuda_singular_values_workspace(rankchain_cuda* cuda, int64_t draws,
                                                          int64_t rows, int64_t cols,
                                                          int64_t* bytes) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        api::require(bytes, "bytes");
        *bytes = cuda->on_stream.singular_values_workspace(draws, rows, cols);
    });
}

rankchain_status rankchain_cuda_soft_ranks(rankchain_cuda* cuda, rankchain_precision precision,
                                           const void* h, int64_t draws, int64_t rows, int64_t cols,
                                           const double* taus, size_t tau_count,
                                           const char* spectrum, void* workspace,
                                           int64_t workspace_bytes, int64_t* ranks,
                                           uint8_t* resolved, double* margin) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        if (tau_count > 0) {
            api::require(taus, "taus");
            api::require(ranks, "ranks");
        }
        const rankchain::CudaWorkspace place{workspace, workspace_bytes};
        const rankchain::SpectrumMethod method = api::to_spectrum(spectrum);
        const rankchain::SoftRanks result =
            is_float32(precision)
                ? cuda->on_stream.soft_ranks(to_matrices<float>(h, draws, rows, cols),
                                             {taus, tau_count}, place, method)
                : cuda->on_stream.soft_ranks(to_matrices<double>(h, draws, rows, cols),
                                             {taus, tau_count}, place, method);
        api::copy_where_wanted(result.count, ranks);
        api::copy_where_wanted(result.resolved, resolved);
        api::copy_margin(result.margin, result.count.size(), margin);
    });
}

rankchain_status rankchain_cuda_singular_values(rankchain_cuda* cuda, rankchain_precision precision,
                                                const void* h, int64_t draws, int64_t rows,
                                                int64_t cols, void* workspace,
                                                int64_t workspace_bytes, double* values,
                                                int* info) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        const rankchain::CudaWorkspace place{workspace, workspace_bytes};
        if (api::array_size(draws, rows, cols, "h") > 0) api::require(values, "values");
        const rankchain::Spectrum spectrum =
            is_float32(precision)
                ? cuda->on_stream.singular_values(to_matrices<float>(h, draws, rows, cols), place)
                : cuda->on_stream.singular_values(to_matrices<double>(h, draws, rows, cols), place);
        api::copy_where_wanted(spectrum.values, values);
        api::copy_where_wanted(spectrum.info, info);
    });
}

rankchain_status rankchain_cuda_summaries_workspace(rankchain_cuda* cuda, int64_t quantities,
                                                    int64_t draws, int64_t* bytes) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        api::require(bytes, "bytes");
        *bytes = cuda->on_stream.summaries_workspace(quantities, draws);
    });
}

rankchain_status rankchain_cuda_summaries(rankchain_cuda* cuda, const double* values,
                                          int64_t quantities, int64_t draws, void* workspace,
                                          int64_t workspace_bytes, rankchain_summary* summaries) {
    return api::guarded([&] {
        api::require(cuda, "cuda");
        if (quantities > 0) api::require(summaries, "summaries");
        const std::vector<rankchain::Summary> found = cuda->on_stream.summaries(
            values, quantities, draws, false, {workspace, workspace_bytes});
        std::transform(found.begin(), found.end(), summaries, api::from_summary);
    });
}

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Which kernel a chain takes, and whether it may.
#include "kernels/chain_fused.cuh"
#include "kernels/chain_instances.cuh"

namespace rankchain::cuda {
namespace {

template <class T>
ChainKernel<T> kernel_of(const FusedChain<T>& chain, Arithmetic arithmetic) {
    return arithmetic == Arithmetic::plain ? plain_kernel(chain) : tensor_kernel(chain);
}

bool size_fits(int size) {
    return size >= 1 && size <= fused_limit;
}

template <class T>
bool layer_fits(const FusedChain<T>& chain, const LayerNumbers<T>& layer) {
    return size_fits(layer.cols) && !(layer.residual && layer.cols != chain.rows);
}

template <class T>
bool valid(const FusedChain<T>& chain, Arithmetic arithmetic) {
    constexpr std::int64_t layers = (std::int64_t{1} << 32) - 1;
    constexpr std::int64_t grid = (std::int64_t{1} << 31) - 1;
    if (!size_fits(chain.rows) || !size_fits(chain.cols) || chain.batch < 1) return false;
    if (chain.draws < 0 || chain.draws > grid) return false;
    if (chain.from < 0 || chain.to < chain.from || chain.to > layers) return false;
    if (chain.from == 0 && !layer_fits(chain, chain.first)) return false;
    if (chain.to > 1 && (!layer_fits(chain, chain.rest) || chain.rest.cols != chain.rows)) {
        return false;
    }
    // Given weights are on no grid that a product could be split by.
    const bool one_plain_layer = arithmetic == Arithmetic::plain && chain.to - chain.from <= 1;
    if (chain.given != nullptr && !one_plain_layer) return false;
    const auto draws = static_cast<std::uint64_t>(chain.draws);
    return draws <= arith::draw_limit && chain.first_draw <= arith::draw_limit - draws;
}

}  // namespace

template <class T>
std::size_t shared_bytes(const FusedChain<T>& chain, Arithmetic arithmetic) {
    return kernel_of(chain, arithmetic).bytes(chain);
}

template <class T>
bool can_advance(const FusedChain<T>& chain, Arithmetic arithmetic, std::size_t shared_limit) {
    return valid(chain, arithmetic) && shared_bytes(chain, arithmetic) <= shared_limit;
}

template <class T>
cudaError_t advance_chain(const FusedChain<T>& chain, Arithmetic arithmetic, cudaStream_t stream) {
    if (!valid(chain, arithmetic)) return cudaErrorInvalidValue;
    if (chain.draws == 0 || chain.to == chain.from) return cudaSuccess;
    return kernel_of(chain, arithmetic).launch(chain, stream);
}

template std::size_t shared_bytes(const FusedChain<float>&, Arithmetic);
template std::size_t shared_bytes(const FusedChain<double>&, Arithmetic);
template bool can_advance(const FusedChain<float>&, Arithmetic, std::size_t);
template bool can_advance(const FusedChain<double>&, Arithmetic, std::size_t);
template cudaError_t advance_chain(const FusedChain<float>&, Arithmetic, cudaStream_t);
template cudaError_t advance_chain(const FusedChain<double>&, Arithmetic, cudaStream_t);

}  // namespace rankchain::cuda

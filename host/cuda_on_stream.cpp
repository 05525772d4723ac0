// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The public face of the CUDA backend on a stream of the caller's.
#include "host/cuda_backend.hpp"

namespace rankchain {

CudaOnStream::CudaOnStream(CudaStream stream, int ordinal)
    : backend_(cuda_backend().on_stream(stream, ordinal)) {}
CudaOnStream::~CudaOnStream() = default;
CudaOnStream::CudaOnStream(CudaOnStream&&) noexcept = default;
CudaOnStream& CudaOnStream::operator=(CudaOnStream&&) noexcept = default;

std::int64_t CudaOnStream::advance_workspace(const Network& network) const {
    return backend_->advance_workspace(network);
}
void CudaOnStream::advance(const Network& network, std::uint64_t seed,
                           const CudaChains<float>& chains, CudaWorkspace workspace) {
    backend_->advance(network, seed, chains, workspace);
}
void CudaOnStream::advance(const Network& network, std::uint64_t seed,
                           const CudaChains<double>& chains, CudaWorkspace workspace) {
    backend_->advance(network, seed, chains, workspace);
}
std::int64_t CudaOnStream::soft_ranks_workspace(std::int64_t draws, std::int64_t rows,
                                                std::int64_t cols, std::span<const double> taus,
                                                SpectrumMethod method) const {
    return backend_->soft_ranks_workspace(draws, rows, cols, taus, method);
}
std::int64_t CudaOnStream::singular_values_workspace(std::int64_t draws, std::int64_t rows,
                                                     std::int64_t cols) const {
    return backend_->singular_values_workspace(draws, rows, cols);
}
SoftRanks CudaOnStream::soft_ranks(BatchView<const float> h, std::span<const double> taus,
                                   CudaWorkspace workspace, SpectrumMethod method) {
    return backend_->soft_ranks(h, taus, workspace, method);
}
SoftRanks CudaOnStream::soft_ranks(BatchView<const double> h, std::span<const double> taus,
                                   CudaWorkspace workspace, SpectrumMethod method) {
    return backend_->soft_ranks(h, taus, workspace, method);
}
Spectrum CudaOnStream::singular_values(BatchView<const float> h, CudaWorkspace workspace) {
    return backend_->singular_values(h, workspace);
}
Spectrum CudaOnStream::singular_values(BatchView<const double> h, CudaWorkspace workspace) {
    return backend_->singular_values(h, workspace);
}

std::int64_t CudaOnStream::summaries_workspace(std::int64_t quantities, std::int64_t draws) const {
    return backend_->summaries_workspace(quantities, draws);
}
std::vector<Summary> CudaOnStream::summaries(const double* values, std::int64_t quantities,
                                             std::int64_t draws, bool integers,
                                             CudaWorkspace workspace) {
    return backend_->summaries(values, quantities, draws, integers, workspace);
}

}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA backend as its own shared library shows it, and how it is had. One install works with
// and without a GPU, driver or CUDA libraries, because nothing links that library: it is opened
// here.
#pragma once

#include "host/ops.hpp"
#include <rankchain/cuda.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace rankchain {

/// CudaOnStream as the backend implements it; the contracts are there.
class CudaOnStream::Backend {
  public:
    virtual ~Backend() = default;
    [[nodiscard]] virtual std::int64_t advance_workspace(const Network& network) = 0;
    virtual void advance(const Network& network, std::uint64_t seed,
                         const CudaChains<float>& chains, CudaWorkspace workspace) = 0;
    virtual void advance(const Network& network, std::uint64_t seed,
                         const CudaChains<double>& chains, CudaWorkspace workspace) = 0;
    [[nodiscard]] virtual std::int64_t soft_ranks_workspace(std::int64_t draws, std::int64_t rows,
                                                            std::int64_t cols,
                                                            std::span<const double> taus,
                                                            SpectrumMethod method) = 0;
    [[nodiscard]] virtual std::int64_t singular_values_workspace(std::int64_t draws,
                                                                 std::int64_t rows,
                                                                 std::int64_t cols) = 0;
    virtual SoftRanks soft_ranks(BatchView<const float> h, std::span<const double> taus,
                                 CudaWorkspace workspace, SpectrumMethod method) = 0;
    virtual SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                                 CudaWorkspace workspace, SpectrumMethod method) = 0;
    virtual Spectrum singular_values(BatchView<const float> h, CudaWorkspace workspace) = 0;
    virtual Spectrum singular_values(BatchView<const double> h, CudaWorkspace workspace) = 0;
    [[nodiscard]] virtual std::int64_t summaries_workspace(std::int64_t quantities,
                                                           std::int64_t draws) = 0;
    virtual std::vector<Summary> summaries(const double* values, std::int64_t quantities,
                                           std::int64_t draws, bool integers,
                                           CudaWorkspace workspace) = 0;
};

/// What librankchain_cuda.so exports. Only the first member keeps its place from version to
/// version.
struct CudaBackend {
    const char* version;  ///< version and git revision
    /// The backend on device `ordinal`. DeviceError names the CUDA error, or how many devices there
    /// are.
    std::unique_ptr<Ops> (*make_ops)(int ordinal);
    std::unique_ptr<CudaOnStream::Backend> (*on_stream)(CudaStream stream, int ordinal);
};

/// The name of the one symbol of that library; it returns `const CudaBackend*`.
inline constexpr const char* cuda_backend_symbol = "rankchain_cuda_backend";

/// Opens librankchain_cuda.so beside the file that this code is in, or where the system looks.
/// NotCompiled names the file that is missing; DeviceError says what the system's loader says (the
/// CUDA library that is missing), or both versions where they differ.
const CudaBackend& cuda_backend();

}  // namespace rankchain

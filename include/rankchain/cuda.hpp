// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Arrays that lie on a CUDA device, and a stream of the caller's. No CUDA header is needed here.
#pragma once

#include <rankchain/array.hpp>
#include <rankchain/export.hpp>
#include <rankchain/network.hpp>
#include <rankchain/spectrum.hpp>
#include <rankchain/study.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct CUstream_st;

namespace rankchain {

/// A cudaStream_t; null is the default stream.
using CudaStream = CUstream_st*;

/// Device memory of the caller's for one call: on a boundary of 256 bytes, and left alone until the
/// stream has come past the call.
struct CudaWorkspace {
    void* data = nullptr;
    std::int64_t bytes = 0;
};

/// Chains of consecutive draws on the device.
template <class T>
struct CudaChains {
    T* h = nullptr;  ///< [B, d, N], row-major, contiguous: H_from, and after it H_to
    DrawRange draws;
    std::int64_t from = 0;
    std::int64_t to = 0;
    /// [B] each, on the device, as DrawStatus has them; read and written. Before the first layer -1
    /// and 0. A draw that has failed is left alone.
    std::int64_t* failed_layer = nullptr;
    std::int64_t* degenerate_rows = nullptr;
    /// [B] on the device: ln of what norm `none` has multiplied H by; before the first layer 0.
    double* log_scale = nullptr;
};

/// Rankchain's CUDA backend on a stream of the caller's, as cuBLAS and cuSOLVER handles are: made
/// once, used by one thread at a time, with a workspace query for each operation. Making one takes
/// 32 MiB of device memory for cuBLAS; operations take none but the workspace.
///
///   rankchain::CudaOnStream cuda(stream);
///   const auto bytes = cuda.advance_workspace(network);   // cudaMalloc so many
///   cuda.advance(network, seed, chains, {workspace, bytes});
///
/// Errors  NotCompiled or DeviceError where there is no such device (rankchain/device.hpp);
///         InvalidArgument; OutOfMemory where a workspace is too small, with what it should be;
///         DeviceError names a CUDA error. After one that takes the device with it, every further
///         call throws.
class RANKCHAIN_API CudaOnStream {
  public:
    explicit CudaOnStream(CudaStream stream, int ordinal = 0);
    ~CudaOnStream();
    CudaOnStream(CudaOnStream&&) noexcept;
    CudaOnStream& operator=(CudaOnStream&&) noexcept;

    /// Bytes of workspace of advance(), for any number of draws; 0 where the layers stay on chip.
    [[nodiscard]] std::int64_t advance_workspace(const Network& network) const;

    /// H_l = act(norm(W_l H_{l-1})) for l = from + 1 .. to, with the weights of `seed` and the
    /// draws' numbers: the chain of rankchain/network.hpp, bit for bit that of rankchain::Chains on
    /// this device. `network.precision` must be that of T, its weights any law but `orthogonal`
    /// (made on the host), N at least 2 where rows are centred, and B at most 2^31 - 1.
    ///
    /// Stream   enqueued; does not synchronise. Errors of the kernels show at a later call.
    /// Order    run_to_run, whatever B and however the way is divided.
    void advance(const Network& network, std::uint64_t seed, const CudaChains<float>& chains,
                 CudaWorkspace workspace);
    void advance(const Network& network, std::uint64_t seed, const CudaChains<double>& chains,
                 CudaWorkspace workspace);

    /// Bytes of workspace of soft_ranks(), with these taus and this method, and of
    /// singular_values() for matrices [B, rows, N] of either precision.
    [[nodiscard]] std::int64_t soft_ranks_workspace(
        std::int64_t draws, std::int64_t rows, std::int64_t cols, std::span<const double> taus,
        SpectrumMethod method = SpectrumMethod::automatic) const;
    [[nodiscard]] std::int64_t singular_values_workspace(std::int64_t draws, std::int64_t rows,
                                                         std::int64_t cols) const;

    /// soft_rank(tau), the number of sigma_i^2 / N >= tau, counted by `method`, and singular values
    /// of each of the matrices h [B, rows, N] on the device: rankchain/spectrum.hpp. Where a count
    /// is proved all methods agree (docs/numerics.md, "What is computed for a request"). A matrix
    /// with a NaN or an infinity counts as one whose solver did not converge (-1; NaN and info not
    /// 0).
    ///
    /// Sums     in float64, from h widened.
    /// Stream   after what is enqueued there; waits for it, since results come to the host.
    /// Order    run_to_run, whatever B.
    [[nodiscard]] SoftRanks soft_ranks(BatchView<const float> h, std::span<const double> taus,
                                       CudaWorkspace workspace,
                                       SpectrumMethod method = SpectrumMethod::automatic);
    [[nodiscard]] SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                                       CudaWorkspace workspace,
                                       SpectrumMethod method = SpectrumMethod::automatic);
    [[nodiscard]] Spectrum singular_values(BatchView<const float> h, CudaWorkspace workspace);
    [[nodiscard]] Spectrum singular_values(BatchView<const double> h, CudaWorkspace workspace);

    /// Bytes of workspace of summaries().
    [[nodiscard]] std::int64_t summaries_workspace(std::int64_t quantities,
                                                   std::int64_t draws) const;

    /// Statistics over draws (docs/numerics.md, "Statistics") of each row of values [Q, B] on the
    /// device, NaN where a draw has none: count, failed, mean, std, stderr_, extremes and
    /// quantiles; where `integers`, of whole numbers, the histogram too. The rest of a Summary is
    /// 0. Q and B are at most 2^31 - 1, Q B at most 2^48.
    ///
    /// Sums     in draw order over 1024 draws at a time, then over these.
    /// Stream   after what is enqueued there; waits for it, since results come to the host.
    /// Order    run_to_run.
    [[nodiscard]] std::vector<Summary> summaries(const double* values, std::int64_t quantities,
                                                 std::int64_t draws, bool integers,
                                                 CudaWorkspace workspace);

    class Backend;  ///< of the library that is opened at run time

  private:
    std::unique_ptr<Backend> backend_;
};

}  // namespace rankchain

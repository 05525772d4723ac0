// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Weights born in registers. A lane has rows 2 g and 2 g + 1 of its warp's 16 and, in block kb of
// 16 columns, columns 16 kb + 4 t .. + 3: the four that one Philox call makes. What is made beyond
// `cols` meets rows of zeros, what is made in rows beyond d is taken out by the norm.
#pragma once

#include "host/arith/weights.hpp"
#include "kernels/chain_fused.cuh"
#include "kernels/lanes.cuh"

namespace rankchain::cuda {

/// A layer of a draw.
struct WeightsOf {
    std::uint64_t seed, draw;
    std::uint32_t layer;
    int cols;
    int row_quads;  ///< Philox blocks of a row, of four elements each
    arith::Law law;
    const float* given;  ///< [d, cols] or null
    const arith::PhiloxKeys& keys;

    __device__ __forceinline__ arith::PhiloxRun run() const {
        return arith::matrix_run(seed, draw, layer, arith::Stream::weights, keys);
    }
};

class GaussianRows {
  public:
    __device__ __forceinline__ GaussianRows(const WeightsOf& w, const Place& at) : run_(w.run()) {
        for (int h = 0; h < 2; ++h)
            block_[h] = static_cast<std::uint32_t>(at.row(h) * w.row_quads + at.t);
    }

    __device__ __forceinline__ void quad(int kb, float (&w)[2][4]) const {
        const auto skip = static_cast<std::uint32_t>(4 * kb);
        arith::elements<arith::Law::gaussian>(run_, block_[0] + skip, w[0]);
        arith::elements<arith::Law::gaussian>(run_, block_[1] + skip, w[1]);
    }

  private:
    arith::PhiloxRun run_;
    std::uint32_t block_[2];
};

/// `rademacher`: a row to 128 columns is one Philox call, made once a layer and shared by its quad.
class SignRows {
  public:
    __device__ __forceinline__ SignRows(const WeightsOf& w, const Place& at) : shift_(4 * at.t) {
        std::uint32_t words[4];
        const auto row = static_cast<std::uint32_t>(at.row(at.t % 2));
        arith::philox<arith::Scalar>(w.run(), row, words[0], words[1], words[2], words[3]);
        const int quad_first = at.lane - at.t;
        RANKCHAIN_UNROLL
        for (int k = 0; k < 4; ++k) {
            for (int h = 0; h < 2; ++h)
                bits_[h][k] = __shfl_sync(all_lanes, words[k], quad_first + h);
        }
    }

    __device__ __forceinline__ void quad(int kb, float (&w)[2][4]) const {
        for (int h = 0; h < 2; ++h) {
            // Selected, not indexed, so that the words stay in registers.
            const std::uint32_t low = kb < 2 ? bits_[h][0] : bits_[h][1];
            const std::uint32_t high = kb < 6 ? bits_[h][2] : bits_[h][3];
            const std::uint32_t bits = (kb < 4 ? low : high) >> (16 * (kb % 2) + shift_);
            for (int e = 0; e < 4; ++e)
                w[h][e] = arith::sign<arith::Scalar>(bits << (31 - e));
        }
    }

  private:
    std::uint32_t bits_[2][4];
    int shift_;
};

/// The other laws and given weights, chosen at run time.
class AnyRows {
  public:
    __device__ __forceinline__ AnyRows(const WeightsOf& w, const Place& at)
        : law_(w.law),
          run_(w.run()),
          given_(w.given),
          cols_(w.cols),
          row_quads_(w.row_quads),
          first_(4 * at.t),
          row_{at.row(0), at.row(1)},
          live_{at.live[0], at.live[1]} {}

    __device__ __forceinline__ void quad(int kb, float (&w)[2][4]) const {
        if (given_ != nullptr) return load(16 * kb + first_, w);
        switch (law_) {
            case arith::Law::uniform:
                return make<arith::Law::uniform>(kb, w);
            case arith::Law::uniform_positive:
                return make<arith::Law::uniform_positive>(kb, w);
            case arith::Law::half_normal:
                return make<arith::Law::half_normal>(kb, w);
            default:
                return make<arith::Law::gaussian>(kb, w);
        }
    }

  private:
    template <arith::Law law>
    __device__ __forceinline__ void make(int kb, float (&w)[2][4]) const {
        for (int h = 0; h < 2; ++h) {
            const auto block =
                static_cast<std::uint32_t>(row_[h] * row_quads_ + 4 * kb + first_ / 4);
            arith::elements<law>(run_, block, w[h]);
        }
    }

    __device__ __forceinline__ void load(int col, float (&w)[2][4]) const {
        for (int h = 0; h < 2; ++h) {
            const float* const row = given_ + std::int64_t{row_[h]} * cols_;
            for (int e = 0; e < 4; ++e)
                w[h][e] = live_[h] && col + e < cols_ ? row[col + e] : 0.0F;
        }
    }

    arith::Law law_;
    arith::PhiloxRun run_;
    const float* given_;
    int cols_;
    int row_quads_;
    int first_;
    int row_[2];
    bool live_[2];
};

}  // namespace rankchain::cuda

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The fused kernels as paths of chain_checks.hpp.
#pragma once

#include "tests/simt/chain_checks.hpp"

#include <array>
#include <limits>
#include <string>

namespace rankchain::cuda {

template <class T_, Arithmetic arithmetic_>
struct FusedPath {
    using T = T_;
    static constexpr Arithmetic arithmetic = arithmetic_;
    /// The unit roundoff that the oracle's bound, (k + 4) u a sum, holds for. Split float32 has two
    /// roundings more in every product and twice as many sums, of half of which the addends are
    /// 2^-11 times as large.
    static constexpr long double u = std::numeric_limits<T>::epsilon() / 2 *
                                     (sizeof(T) == 4 && arithmetic == Arithmetic::tensor ? 2 : 1);
    static constexpr long double goal = sizeof(T) == 4 ? 1e-5L : 1e-13L;
    static constexpr int cases = on_device ? 10000 : 600;
    static constexpr std::int64_t largest = 128, wide = 33;
    static constexpr bool far_scales = arithmetic == Arithmetic::plain;
    static constexpr std::array<std::int64_t, 17> sizes() {
        return {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 65};
    }

    static Outcome<T> run(ChainRun<T> chain, const std::vector<T>& input,
                          const std::vector<std::int64_t>& stops) {
        chain.arithmetic = arithmetic;
        return chain(input, stops);
    }
    static Outcome<T> run_plain(const ChainRun<T>& chain, const std::vector<T>& input,
                                const std::vector<std::int64_t>& stops) {
        return chain(input, stops);
    }
};

using FusedPaths =
    testing::Types<FusedPath<float, Arithmetic::plain>, FusedPath<double, Arithmetic::plain>,
                   FusedPath<float, Arithmetic::tensor>, FusedPath<double, Arithmetic::tensor>>;

struct FusedNames {
    template <class P>
    static std::string GetName(int) {
        return std::string(P::arithmetic == Arithmetic::plain ? "Plain" : "Tensor") +
               (sizeof(typename P::T) == 4 ? "Float32" : "Float64");
    }
};

}  // namespace rankchain::cuda

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Activations of one number, for host and device code (C++17). NaN stays NaN in each of them: a
// chain that left the numbers must not look healthy again.
#pragma once

#include "host/arith/config.hpp"

#include <cmath>

namespace rankchain::arith {

struct Linear {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return x;
    }
};

struct Relu {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return x < T(0) ? T(0) : x;
    }
};

/// Slope 0.01 below zero.
struct LeakyRelu {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return x < T(0) ? T(0.01) * x : x;
    }
};

struct Tanh {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return std::tanh(x);
    }
};

/// x/2 (1 + erf(x / sqrt 2)), as x/2 erfc(-x / sqrt 2): 1 + erf cancels for negative x.
struct Gelu {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return T(0.5) * x * std::erfc(x * T(-0.70710678118654752440));
    }
};

struct Sin {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return std::sin(x);
    }
};

/// -1, 0 or 1; sign(0) = 0.
struct Sign {
    template <class T>
    RANKCHAIN_HD T operator()(T x) const {
        return x > T(0) ? T(1) : (x < T(0) ? T(-1) : x);
    }
};

}  // namespace rankchain::arith

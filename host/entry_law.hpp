// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/arith/counter.hpp"
#include <rankchain/error.hpp>
#include <rankchain/network.hpp>

#include <string>

namespace rankchain {

/// The law of the entries that weights are made from one by one: their own, or that of the Gaussian
/// matrix at the same counters that `orthogonal` ones come from.
inline arith::Law entry_law(Weights weights) {
    switch (weights) {
        case Weights::gaussian:
        case Weights::orthogonal:
            return arith::Law::gaussian;
        case Weights::uniform:
            return arith::Law::uniform;
        case Weights::rademacher:
            return arith::Law::rademacher;
        case Weights::uniform_positive:
            return arith::Law::uniform_positive;
        case Weights::half_normal:
            return arith::Law::half_normal;
    }
    throw Error("unknown law of weights " + std::to_string(static_cast<int>(weights)));
}

}  // namespace rankchain

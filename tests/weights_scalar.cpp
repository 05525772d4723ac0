// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The hash of tests/weights_hash.hpp from the scalar formula. Compiled several times, by the
// compilers and at the levels of optimisation that tests/CMakeLists.txt lists.
#include "host/arith/weights.hpp"
#include "tests/weights_hash.hpp"

namespace rankchain::test {
namespace {

template <arith::Law law>
void add_matrix(const HashCase& c, Hash& hash) {
    const auto run = arith::matrix_run(c.seed, c.draw, c.layer, arith::Stream::weights);
    for (std::int64_t i = 0; i < c.rows; ++i) {
        for (std::int64_t j = 0; j < c.cols; ++j)
            hash.add(arith::element<law>(run, c.cols, i, j));
    }
}

}  // namespace

extern "C" std::uint64_t RANKCHAIN_HASH_NAME() {
    using arith::Law;
    Hash hash;
    for (const HashCase& c : hash_cases) {
        add_matrix<Law::gaussian>(c, hash);
        add_matrix<Law::uniform>(c, hash);
        add_matrix<Law::uniform_positive>(c, hash);
        add_matrix<Law::half_normal>(c, hash);
        add_matrix<Law::rademacher>(c, hash);
    }
    return hash.value;
}

}  // namespace rankchain::test

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Every way to make weights gives the same bits. (Their distribution: weights_distribution_test.)
#include "host/arith/weights.hpp"

#include "host/cpu/weights.hpp"
#include "host/cpu/weights_rows.hpp"
#include "tests/refusal.hpp"
#include "tests/weights_hash.hpp"
#include "tests/weights_targets.hpp"
#include <rankchain/error.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <weights_scalar_hashes.hpp>

// tests/weights_scalar.cpp, once for each way to compile it.
#define RANKCHAIN_DECLARE(name) extern "C" std::uint64_t name();
RANKCHAIN_SCALAR_HASHES(RANKCHAIN_DECLARE)

namespace rankchain {
namespace {

using test::Hash;
using test::HashCase;
using test::Only;

constexpr Weights entry_laws[] = {Weights::gaussian, Weights::uniform, Weights::rademacher,
                                  Weights::uniform_positive, Weights::half_normal};

/// How a matrix is asked for: `panel` rows at a time, `stride` floats from row to row beyond cols,
/// every second panel by another thread.
struct Way {
    std::int64_t panel = std::numeric_limits<std::int64_t>::max();
    std::int64_t pad = 0;
    int threads = 1;
};

std::vector<float> matrix(arith::Law law, const HashCase& c, const Way& way) {
    const auto run = arith::matrix_run(c.seed, c.draw, c.layer, arith::Stream::weights);
    const std::int64_t stride = c.cols + way.pad;
    std::vector<float> w(static_cast<std::size_t>(c.rows * stride), -7.0F);
    const auto some = [&](int thread) {
        const std::int64_t panel = std::min(way.panel, c.rows);
        for (std::int64_t i = thread * panel; i < c.rows; i += way.threads * panel) {
            cpu::fill_rows(law, run, c.cols, i, std::min(panel, c.rows - i), w.data() + i * stride,
                           stride);
        }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < way.threads; ++t)
        others.emplace_back(some, t);
    some(0);
    for (std::thread& t : others)
        t.join();
    std::vector<float> dense;
    for (std::int64_t i = 0; i < c.rows; ++i) {
        const auto row = w.begin() + i * stride;
        dense.insert(dense.end(), row, row + c.cols);
        for (std::int64_t j = c.cols; j < stride; ++j)
            EXPECT_EQ(row[j], -7.0F) << "padding";
    }
    return dense;
}

std::uint64_t hash_of(const Way& way) {
    Hash hash;
    for (const HashCase& c : test::hash_cases) {
        for (const arith::Law law : test::hash_laws) {
            for (const float x : matrix(law, c, way))
                hash.add(x);
        }
    }
    return hash.value;
}

TEST(Weights, OneHashForEveryInstructionSetPanelAndThread) {
    for (const std::int64_t target : test::instruction_sets()) {
        const Only only(target);
        for (const std::int64_t panel : {std::int64_t{1}, std::int64_t{2}, std::int64_t{1} << 40}) {
            for (const std::int64_t pad : {0, 3}) {
                for (const int threads : {1, 2}) {
                    EXPECT_EQ(hash_of({panel, pad, threads}), test::pinned_hash)
                        << hwy::TargetName(target) << ", panels of " << panel << ", padding " << pad
                        << ", threads " << threads;
                }
            }
        }
    }
}

TEST(Weights, OneHashForEveryCompilation) {
#define RANKCHAIN_CHECK(name) EXPECT_EQ(name(), test::pinned_hash) << #name;
    RANKCHAIN_SCALAR_HASHES(RANKCHAIN_CHECK)
}

TEST(Weights, OneAloneIsTheOneInTheMatrix) {
    for (const Weights law : entry_laws) {
        for (const std::int64_t cols : {1, 5, 32, 131, 1040}) {
            const std::int64_t rows = 3;
            std::vector<float> w(static_cast<std::size_t>(rows * cols));
            weights(law, 11, 3, 2, rows, cols, w);
            for (std::int64_t i = 0; i < rows; ++i) {
                for (std::int64_t j = 0; j < cols; ++j) {
                    ASSERT_EQ(weight(law, 11, 3, 2, rows, cols, i, j),
                              w[static_cast<std::size_t>(i * cols + j)])
                        << name(law) << " " << i << " " << j;
                }
            }
        }
    }
}

// Counter word 0 and run under which a block has the words wanted: Philox backwards.
struct Preimage {
    arith::PhiloxRun run;
    std::uint32_t block;
};

Preimage preimage(std::uint32_t r0, std::uint32_t r1, std::uint32_t r2, std::uint32_t r3) {
    // Inverses of the odd multipliers modulo 2^32, by Newton's iteration.
    const auto inverse = [](std::uint32_t m) {
        std::uint32_t x = m;
        for (int step = 0; step < 5; ++step)
            x *= 2U - m * x;
        return x;
    };
    const std::uint32_t i0 = inverse(arith::philox_m0), i1 = inverse(arith::philox_m1);
    constexpr std::uint64_t key = 0x243f6a8885a308d3U;
    for (std::uint32_t round = 10; round-- > 0;) {
        const auto k0 = static_cast<std::uint32_t>(key) + round * arith::philox_w0;
        const auto k1 = static_cast<std::uint32_t>(key >> 32) + round * arith::philox_w1;
        const std::uint32_t c0 = i0 * r3, c2 = i1 * r1;  // low words were m0 c0 and m1 c2
        std::uint32_t high0 = 0, high1 = 0, low = 0;
        arith::Scalar::multiply(arith::philox_m0, c0, high0, low);
        arith::Scalar::multiply(arith::philox_m1, c2, high1, low);
        const std::uint32_t c1 = r0 ^ high1 ^ k0, c3 = r2 ^ high0 ^ k1;
        r0 = c0, r1 = c1, r2 = c2, r3 = c3;
    }
    return {arith::philox_run(r1, r2, r3, key), r0};
}

// Words at the edges of the transform, among them u = 1 (radius 0) and the longest radius, which
// random words meet once in 2^31 blocks or never.
TEST(Weights, ExtremeWordsAgreeOnEveryInstructionSet) {
    const std::uint32_t extremes[] = {
        0U,          1U,          2U,          0x7fU,       0x80U,       0xffU,
        0x3fffffffU, 0x40000000U, 0x7fffffffU, 0x80000000U, 0x80000001U, 0xb504f333U,
        0xbfffffffU, 0xc0000000U, 0xffffff7fU, 0xffffff80U, 0xfffffffeU, 0xffffffffU};
    for (const std::uint32_t a : extremes) {
        for (const std::uint32_t b : extremes) {
            const Preimage p = preimage(a, b, b, a);
            const arith::Words words = [&] {
                arith::Words w{};
                arith::philox<arith::Scalar>(p.run, p.block, w.word[0], w.word[1], w.word[2],
                                             w.word[3]);
                return w;
            }();
            ASSERT_EQ(words.word[0], a);
            ASSERT_EQ(words.word[3], a);
            for (const arith::Law law : {arith::Law::gaussian, arith::Law::uniform,
                                         arith::Law::uniform_positive, arith::Law::half_normal}) {
                float expected[4];
                switch (law) {
                    case arith::Law::uniform:
                        arith::elements<arith::Law::uniform>(p.run, p.block, expected);
                        break;
                    case arith::Law::uniform_positive:
                        arith::elements<arith::Law::uniform_positive>(p.run, p.block, expected);
                        break;
                    case arith::Law::half_normal:
                        arith::elements<arith::Law::half_normal>(p.run, p.block, expected);
                        break;
                    default:
                        arith::elements<arith::Law::gaussian>(p.run, p.block, expected);
                }
                for (const float x : expected) {
                    ASSERT_TRUE(std::isfinite(x));
                    ASSERT_EQ(arith::Scalar::to_bits(x) & 0x1fffU, 0U) << "off the tf32 grid";
                }
                for (const std::int64_t target : test::instruction_sets()) {
                    const Only only(target);
                    float made[4];
                    cpu::fill_rows(law, p.run, 4, p.block, 1, made, 4);
                    EXPECT_TRUE(std::equal(made, made + 4, expected,
                                           [](float x, float y) {
                                               return arith::Scalar::to_bits(x) ==
                                                      arith::Scalar::to_bits(y);
                                           }))
                        << hwy::TargetName(target) << " words " << a << " " << b;
                }
            }
        }
    }
}

TEST(Weights, HalfNormalIsTheAbsoluteValueOfGaussian) {
    std::vector<float> normal(std::size_t{70} * 70), half(normal.size());
    weights(Weights::gaussian, 3, 4, 5, 70, 70, normal);
    weights(Weights::half_normal, 3, 4, 5, 70, 70, half);
    for (std::size_t k = 0; k < normal.size(); ++k)
        ASSERT_EQ(half[k], std::fabs(normal[k]));
}

TEST(Weights, RefusesWhatHasNoCounter) {
    std::vector<float> w(6);
    const auto make = [&](Weights law, std::uint64_t draw, std::int64_t rows, std::int64_t cols) {
        return refusal([&] { weights(law, 1, draw, 1, rows, cols, w); });
    };
    EXPECT_EQ(make(Weights::gaussian, 0, 2, 3), "");
    EXPECT_EQ(make(Weights::gaussian, arith::draw_limit - 1, 2, 3), "");
    EXPECT_NE(make(Weights::gaussian, arith::draw_limit, 2, 3).find("2^56 - 1"), std::string::npos);
    EXPECT_NE(make(Weights::gaussian, 0, 0, 3).find("[0, 3]"), std::string::npos);
    EXPECT_NE(make(Weights::gaussian, 0, 2, -3).find("[2, -3]"), std::string::npos);
    EXPECT_NE(make(Weights::gaussian, 0, 2, 4).find("needs 8"), std::string::npos);
    EXPECT_NE(make(Weights::orthogonal, 0, 2, 3).find("square"), std::string::npos);
    const std::int64_t big = std::int64_t{1} << 31;
    EXPECT_NE(make(Weights::gaussian, 0, big, 9).find("2^32"), std::string::npos);
    EXPECT_NE(make(Weights::gaussian, 0, big * 2, 1).find("2^32"), std::string::npos);

    const auto one = [&](Weights law, std::int64_t i, std::int64_t j) {
        return refusal([&] { (void)weight(law, 1, 0, 1, 3, 3, i, j); });
    };
    EXPECT_EQ(one(Weights::gaussian, 2, 2), "");
    EXPECT_NE(one(Weights::gaussian, 3, 0).find("(3, 0)"), std::string::npos);
    EXPECT_NE(one(Weights::gaussian, 0, -1).find("(0, -1)"), std::string::npos);
    EXPECT_NE(one(Weights::orthogonal, 0, 0).find("orthogonal"), std::string::npos);
}

std::vector<double> input_of(Input::Kind kind, std::uint64_t draw, std::int64_t rows,
                             std::int64_t batch) {
    std::vector<double> x(static_cast<std::size_t>(rows * batch));
    cpu::fill_input({.kind = kind}, 21, draw, rows, batch, x.data());
    return x;
}

TEST(Input, GaussianIsStreamOneOfItsDraw) {
    const auto run = arith::matrix_run(21, 5, 0, arith::Stream::input);
    const auto x = input_of(Input::Kind::gaussian, 5, 4, 7);
    for (std::int64_t i = 0; i < 4; ++i) {
        for (std::int64_t j = 0; j < 7; ++j) {
            EXPECT_EQ(x[static_cast<std::size_t>(i * 7 + j)],
                      double{arith::element<arith::Law::gaussian>(run, 7, i, j)});
        }
    }
    EXPECT_EQ(input_of(Input::Kind::gaussian_shared, 5, 4, 7),
              input_of(Input::Kind::gaussian, 0, 4, 7));
    EXPECT_NE(x, input_of(Input::Kind::gaussian, 0, 4, 7));
}

TEST(Input, DuplicatePairsAreAThousandthApart) {
    const auto x = input_of(Input::Kind::gaussian, 5, 3, 7);
    const auto pairs = input_of(Input::Kind::duplicate_pairs, 5, 3, 7);
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 7; ++j) {
            const std::size_t k = i * 7 + j;
            EXPECT_EQ(pairs[k], j % 2 == 0 ? x[k] : x[k - 1] + 1e-3 * x[k]);
        }
    }
}

TEST(Input, IdentityIsOnesOnTheDiagonal) {
    EXPECT_EQ(input_of(Input::Kind::identity, 0, 2, 3), (std::vector<double>{1, 0, 0, 0, 1, 0}));
}

TEST(Input, RefusesMoreBlocksThanTheCounterHas) {
    EXPECT_NE(refusal([] {
                  cpu::fill_input({}, 1, 0, 131071, (std::int64_t{1} << 17) + 1, nullptr);
              }).find("2^32"),
              std::string::npos);
}

// Entries of Q Q^T / d - I. Householder QR in float64 is orthogonal to c d 2^-53; then each entry q
// is rounded to float32, u = 2^-24. Row norms are sqrt d, so by Cauchy-Schwarz an entry of
// Q Q^T / d moves by at most 2 u + u^2; 3 u leaves u, 2^29 times 2^-53, for the QR itself.
TEST(Weights, OrthogonalIsOrthogonal) {
    const double bound = 3.0 * std::ldexp(1.0, -24);
    for (const std::int64_t d : {1, 2, 5, 32, 65}) {
        std::vector<float> q(static_cast<std::size_t>(d * d));
        weights(Weights::orthogonal, 5, 1, 4, d, d, q);
        double worst = 0;
        for (std::int64_t i = 0; i < d; ++i) {
            for (std::int64_t j = 0; j < d; ++j) {
                double sum = 0;
                for (std::int64_t k = 0; k < d; ++k) {
                    sum += double{q[static_cast<std::size_t>(i * d + k)]} *
                           double{q[static_cast<std::size_t>(j * d + k)]};
                }
                const double gap = std::fabs(sum / static_cast<double>(d) - (i == j ? 1.0 : 0.0));
                if (!(gap <= worst)) worst = gap;
            }
        }
        EXPECT_TRUE(worst <= bound) << "d = " << d << ", worst " << worst;
    }
}

TEST(Weights, OrthogonalDoesNotDependOnWhatWasMadeBefore) {
    constexpr std::int64_t d = 33;
    const auto make = [](std::int64_t side) {
        std::vector<float> q(static_cast<std::size_t>(side * side));
        weights(Weights::orthogonal, 5, 1, 4, side, side, q);
        return q;
    };
    const auto first = make(d);
    for (const std::int64_t between : {1, 7, 64}) {
        (void)make(between);
        std::vector<float> elsewhere;  // another thread, another heap
        std::thread([&] { elsewhere = make(d); }).join();
        EXPECT_EQ(make(d), first);
        EXPECT_EQ(elsewhere, first);
    }
}

}  // namespace
}  // namespace rankchain

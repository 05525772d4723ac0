// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/arith/philox.hpp"

#include "host/cpu/weights_rows.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include <Random123/philox.h>
#include <gtest/gtest.h>

namespace rankchain::arith {
namespace {

using Block = std::array<std::uint32_t, 4>;

Block philox_of(const Block& counter, std::uint32_t key0, std::uint32_t key1) {
    const Words w = philox4x32_10(counter[0], counter[1], counter[2], counter[3],
                                  std::uint64_t{key1} << 32 | key0);
    return {w.word[0], w.word[1], w.word[2], w.word[3]};
}

// The philox4x32 lines with 10 rounds of Random123's tests/kat_vectors.
TEST(Philox, KnownAnswers) {
    EXPECT_EQ(philox_of({0, 0, 0, 0}, 0, 0),
              (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox_of({~0U, ~0U, ~0U, ~0U}, ~0U, ~0U),
              (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox_of({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
              (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, EqualsRandom123OnAMillionPairs) {
    std::mt19937 words(20030165);
    const auto word = [&] { return static_cast<std::uint32_t>(words()); };
    for (int pair = 0; pair < 1'000'000; ++pair) {
        const Block counter{word(), word(), word(), word()};
        const std::uint32_t key0 = word(), key1 = word();
        const philox4x32_ctr_t c{{counter[0], counter[1], counter[2], counter[3]}};
        const philox4x32_key_t k{{key0, key1}};
        const philox4x32_ctr_t r = philox4x32_R(10, c, k);
        ASSERT_EQ(philox_of(counter, key0, key1), (Block{r.v[0], r.v[1], r.v[2], r.v[3]}));
    }
}

// Under one key Philox is a bijection of counters, so two places in the study that used one counter
// would show the same four words.
TEST(Philox, NoCounterIsUsedTwice) {
    constexpr std::uint64_t last_draw = draw_limit - 1;
    constexpr std::uint64_t two32 = std::uint64_t{1} << 32;
    std::vector<Block> blocks;
    std::vector<float> words(std::size_t{3} * 8);
    for (const Stream stream : {Stream::weights, Stream::input, Stream::resampling}) {
        for (const std::uint64_t draw : {std::uint64_t{0}, std::uint64_t{1}, two32 - 1, two32,
                                         two32 + 1, std::uint64_t{1} << 55, last_draw}) {
            for (const std::uint32_t layer : {0U, 1U, 2U, 0x00ffffffU, 0x01000000U, ~0U}) {
                const PhiloxRun run = matrix_run(7, draw, layer, stream);
                // Three rows of 8 columns: at the top, and at the end of the block word.
                for (const std::int64_t row : {std::int64_t{0}, (std::int64_t{1} << 31) - 3}) {
                    cpu::fill_rows(Law::bits, run, 8, row, 3, words.data(), 8);
                    for (std::size_t k = 0; k < words.size(); k += 4) {
                        blocks.push_back({Scalar::to_bits(words[k]), Scalar::to_bits(words[k + 1]),
                                          Scalar::to_bits(words[k + 2]),
                                          Scalar::to_bits(words[k + 3])});
                    }
                }
            }
        }
    }
    const std::size_t all = blocks.size();
    ASSERT_EQ(all, 3U * 7 * 6 * 2 * 6);
    std::sort(blocks.begin(), blocks.end());
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
    EXPECT_EQ(blocks.size(), all);
}

// Element (i, j) takes word j mod 4 of block i ceil(cols / 4) + j / 4; the last row of the largest
// layer still fits the block word.
TEST(Philox, PlacesWordsAsDocumented) {
    constexpr std::uint64_t seed = 0x0123456789abcdefU, draw = 0x00fedcba98765432U;
    const PhiloxRun run = matrix_run(seed, draw, 9, Stream::input);
    for (const std::int64_t cols : {std::int64_t{1}, std::int64_t{6}, std::int64_t{131071}}) {
        for (const std::int64_t i : {std::int64_t{0}, std::int64_t{5}, std::int64_t{131070}}) {
            std::vector<float> row(static_cast<std::size_t>(cols));
            cpu::fill_rows(Law::bits, run, cols, i, 1, row.data(), cols);
            for (const std::int64_t j : {std::int64_t{0}, cols / 2, cols - 1}) {
                const std::int64_t block = i * ((cols + 3) / 4) + j / 4;
                ASSERT_LT(block, std::int64_t{1} << 32);
                const Block expected = philox_of(
                    {static_cast<std::uint32_t>(block), 9, 0x98765432U, 1U << 24 | 0x00fedcbaU},
                    0x89abcdefU, 0x01234567U);
                EXPECT_EQ(Scalar::to_bits(row[static_cast<std::size_t>(j)]),
                          expected[static_cast<std::size_t>(j % 4)]);
            }
        }
    }
}

}  // namespace
}  // namespace rankchain::arith

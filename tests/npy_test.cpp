// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// .npy files: what is read equals what was written, and every fault is refused with file and place.
#include "host/io/input_file.hpp"
#include "tests/io_case.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using io_files::gzip;
using io_files::npy;
using io_files::packed;
using io_files::write;

template <class T>
void expect_npy_round_trip(const std::string& kind, const std::vector<T>& numbers) {
    const std::vector<double> expected(numbers.begin(), numbers.end());
    for (const bool big : {false, true}) {
        const std::string order = sizeof(T) == 1 ? "|" : big ? ">" : "<";
        const std::string descr = order + kind + std::to_string(sizeof(T));
        const TemporaryFolder folder;
        const NpyArray array =
            load_npy(write(folder / "a.npy", npy(descr, false, {2, 2}, packed(numbers, big))));
        EXPECT_EQ(array.values, expected) << descr;
        EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 2}));
    }
}

TEST(Npy, EveryTypeInEitherByteOrder) {
    expect_npy_round_trip<float>("f", {0.1F, -2.0F, 1e-40F, 3.0e38F});
    expect_npy_round_trip<double>("f", {0.1, -2.0, 5e-324, 1.7e308});
    expect_npy_round_trip<std::int8_t>("i", {-128, 0, 1, 127});
    expect_npy_round_trip<std::int16_t>("i", {-32768, 0, 258, 32767});
    expect_npy_round_trip<std::int32_t>("i", {-70000, 0, 66051, 2147483647});
    expect_npy_round_trip<std::int64_t>("i", {-5'000'000'000, 0, 1, 9'007'199'254'740'993});
    expect_npy_round_trip<std::uint8_t>("u", {0, 1, 254, 255});
    expect_npy_round_trip<std::uint16_t>("u", {0, 1, 258, 65535});
    expect_npy_round_trip<std::uint32_t>("u", {0, 1, 66051, 4294967295});
    expect_npy_round_trip<std::uint64_t>("u", {0, 1, 3, 18'446'744'073'709'551'615U});
}

TEST(Npy, HalvesAndTruthValues) {
    const TemporaryFolder folder;
    // 1, -2, the largest, the smallest (IEEE 754 binary16).
    const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x7BFF, 0x0001};
    EXPECT_EQ(load_npy(write(folder / "h", npy("<f2", false, {4}, packed(halves, false)))).values,
              (std::vector<double>{1.0, -2.0, 65504.0, std::ldexp(1.0, -24)}));
    EXPECT_EQ(load_npy(write(folder / "b", npy("|b1", false, {2}, std::string("\0\1", 2)))).values,
              (std::vector<double>{0.0, 1.0}));
    const std::vector<std::uint16_t> infinite{0x3C00, 0x7C00};
    expect_mentions(
        refusal([&] {
            load_npy(write(folder / "i", npy("<f2", false, {2}, packed(infinite, false))));
        }),
        "Inf at index [1]");
}

TEST(Npy, FortranOrderIsConverted) {
    std::vector<double> numbers(24);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    const TemporaryFolder folder;
    const NpyArray array =
        load_npy(write(folder / "a", npy("<f8", true, {2, 3, 4}, packed(numbers, false))));
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            for (std::size_t k = 0; k < 4; ++k) {
                EXPECT_EQ(array.values[(i * 3 + j) * 4 + k],
                          static_cast<double>(i + 2 * j + 6 * k));
            }
        }
    }
    // The same [3 features, 8 samples] both ways, samples 2 .. 6.
    std::vector<double> transposed(24);
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 8; ++j)
            transposed[j * 3 + i] = numbers[i * 8 + j];
    }
    const auto c =
        values_of(npy("<f8", false, {3, 8}, packed(numbers, false)), FileKind::npy, 2, 5);
    EXPECT_EQ(c,
              values_of(npy("<f8", true, {3, 8}, packed(transposed, false)), FileKind::npy, 2, 5));
    EXPECT_EQ(c[0], 2.0);
    EXPECT_EQ(c[14], 22.0);
}

TEST(Npy, EveryVersionIsRead) {
    const std::string data = packed(std::vector<double>{1.0, 2.0}, false);
    for (const int version : {1, 2, 3}) {
        const TemporaryFolder folder;
        EXPECT_EQ(load_npy(write(folder / "a", npy("<f8", false, {1, 2}, data, version))).values,
                  (std::vector<double>{1.0, 2.0}));
    }
    expect_mentions(refusal_of(npy("<f8", false, {1, 2}, data, 4), FileKind::npy),
                    "byte 6: unknown .npy version 4.0");
}

TEST(Npy, BytesAreScaledAsInputsOnly) {
    const std::string file = npy("|u1", false, {1, 2}, std::string("\x33\xff", 2));
    EXPECT_EQ(values_of(file, FileKind::npy, 0, 2), (std::vector<double>{0.2, 1.0}));
    const TemporaryFolder folder;
    EXPECT_EQ(load_npy(write(folder / "a", file)).values, (std::vector<double>{51.0, 255.0}));
}

TEST(Npy, TruncationAtEveryLengthIsRefused) {
    const std::string whole = npy("<f4", false, {1, 2}, packed(std::vector<float>{1, 2}, false));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        expect_mentions(refusal_of(whole.substr(0, length), FileKind::npy), ": byte ");
    }
    EXPECT_EQ(refusal_of(whole, FileKind::npy), "");
    expect_mentions(refusal_of(whole + "x", FileKind::npy), "trailing bytes");
    expect_mentions(refusal_of(gzip(whole + "x"), FileKind::npy), "bytes follow");
}

TEST(Npy, WhatCannotBeReadIsNamed) {
    const auto refused = [](const std::string& descr) {
        return refusal_of(npy(descr, false, {1, 1}, std::string(16, '\0')), FileKind::npy);
    };
    expect_mentions(refused("|O"), "object arrays are refused");
    expect_mentions(refused("|O8"), "object arrays are refused");
    for (const std::string descr :
         {"<c16", "<f16", "<U4", "|S4", "|V8", "<M8[ns]", "", "<", "<i3"}) {
        expect_mentions(refused(descr), "type '" + descr + "' cannot be read; allowed: f2");
    }
    const std::string file = npy("|u1", false, {1, 1}, "a");
    std::string structured = file;
    structured.replace(structured.find("'|u1'"), 5, "[('a'");
    expect_mentions(refusal_of(structured, FileKind::npy), "structured arrays are refused");
    expect_mentions(refusal_of("PK\x03\x04 an archive", FileKind::npy), "numpy.save");
    expect_mentions(refusal_of("\x93NUMPX\x01\x01", FileKind::npy), "magic");
    const std::string repeated = io_files::npy_with_header(
        "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1, 1)}", "a");
    expect_mentions(refusal_of(repeated, FileKind::npy), "unknown or repeated key 'descr'");
    const std::string lacking = io_files::npy_with_header("{'descr': '|u1', 'shape': (1, 1)}", "a");
    expect_mentions(refusal_of(lacking, FileKind::npy), "lacks 'fortran_order'");
}

TEST(Npy, HugeClaimsAreRefusedBeforeAllocation) {
    const std::uint64_t huge = std::uint64_t{1} << 40;
    expect_mentions(refusal_of(npy("<f8", false, {huge, huge}, "a"), FileKind::npy), "63 bits");
    // Whoever multiplies the shape up must not overflow on the way to 0 either.
    expect_mentions(refusal_of(npy("<f8", false, {huge, huge, 0}, ""), FileKind::npy), "63 bits");
    expect_mentions(refusal_of(npy("<f8", false, {huge, 2}, "a"), FileKind::npy), "promises");
    expect_mentions(refusal_of(gzip(npy("<f8", false, {huge, 2}, "a")), FileKind::npy),
                    "bytes of gzip hold at most");
    std::string long_header = npy("<f8", false, {1, 1}, "12345678", 2);
    long_header[11] = '\x7f';
    expect_mentions(refusal_of(long_header, FileKind::npy), "byte 8: the header's length");
}

TEST(Npy, InputsHaveTwoDimensions) {
    const std::string data(8, '\0');
    expect_mentions(refusal_of(npy("|u1", false, {8}, data), FileKind::npy), "shape is (8)");
    expect_mentions(refusal_of(npy("|u1", false, {2, 2, 2}, data), FileKind::npy),
                    "shape is (2, 2, 2)");
    expect_mentions(refusal_of(npy("|u1", false, {0, 8}, ""), FileKind::npy), "shape is (0, 8)");
    expect_mentions(refusal_of(npy("|u1", false, {2, 4}, data), FileKind::npy, 2, 3),
                    "has 4 samples");
}

TEST(Npy, NanIsNamedByIndex) {
    const std::string file =
        npy(">f8", false, {2, 3}, packed(std::vector<double>{1, 1, 1, 1, 1, std::nan("")}, true));
    const TemporaryFolder folder;
    expect_mentions(refusal([&] { load_npy(write(folder / "a", file)); }), "NaN at index [1, 2]");
    expect_mentions(refusal_of(file, FileKind::npy, 1, 2), "NaN at feature 1, sample 2");
    EXPECT_EQ(refusal_of(file, FileKind::npy, 0, 2), "");
}

}  // namespace
}  // namespace rankchain

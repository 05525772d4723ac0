// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Readers of input files: what is read equals what was written, and every fault is refused with
// file and place.
#include "host/io/input_file.hpp"
#include "tests/io_files.hpp"
#include "tests/refusal.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using io_files::gzip;
using io_files::idx;
using io_files::npy;
using io_files::packed;
using io_files::write;

// What load_input() says of these bytes, "" where it takes them.
std::string refusal_of(const std::string& bytes, FileKind kind, std::int64_t offset = 0,
                       std::int64_t batch = 1) {
    const TemporaryFolder folder;
    const auto path = write(folder / "file", bytes);
    std::string message = refusal([&] { load_input({kind, path, offset}, batch); });
    if (!message.empty()) {
        EXPECT_EQ(message.rfind(path.string() + ": ", 0), 0U) << message;
    }
    return message;
}

std::vector<double> values_of(const std::string& bytes, FileKind kind, std::int64_t offset,
                              std::int64_t batch, Standardise standardise = Standardise::none) {
    const TemporaryFolder folder;
    const Input input =
        load_input({kind, write(folder / "file", bytes), offset, standardise}, batch);
    EXPECT_EQ(input.kind, Input::Kind::given);
    EXPECT_EQ(static_cast<std::size_t>(input.rows * batch), input.values->size());
    return *input.values;
}

void expect_mentions(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos)
        << "'" << message << "' lacks '" << part << "'";
}

std::string bytes_from(std::size_t count, unsigned first = 0) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i)
        bytes += static_cast<char>((first + i) % 256);
    return bytes;
}

// Four samples of 2 x 3 bytes: sample s holds 6 s .. 6 s + 5.
std::string small_idx() {
    return idx(0x08, {4, 2, 3}, bytes_from(24));
}

TEST(Idx, OneSampleAColumnFromTheOffset) {
    const auto values = values_of(small_idx(), FileKind::idx, 1, 2);
    ASSERT_EQ(values.size(), 12U);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(values[i * 2], static_cast<double>(6 + i) / 255.0);
        EXPECT_EQ(values[i * 2 + 1], static_cast<double>(12 + i) / 255.0);
    }
}

TEST(Idx, GzipIsToldByContent) {
    EXPECT_EQ(values_of(gzip(small_idx()), FileKind::idx, 1, 2),
              values_of(small_idx(), FileKind::idx, 1, 2));
    // Two members one after another are one stream.
    EXPECT_EQ(values_of(gzip(small_idx().substr(0, 9)) + gzip(small_idx().substr(9)), FileKind::idx,
                        0, 4),
              values_of(small_idx(), FileKind::idx, 0, 4));
}

TEST(Idx, EveryTypeIsConvertedUnscaled) {
    const auto check = [](int code, auto sample) {
        using T = decltype(sample);
        const std::vector<T> numbers{sample, static_cast<T>(3), std::numeric_limits<T>::lowest()};
        const auto values =
            values_of(idx(code, {3}, packed(numbers, /*big_endian=*/true)), FileKind::idx, 0, 3);
        EXPECT_EQ(values, std::vector<double>(numbers.begin(), numbers.end()));
    };
    check(0x09, std::int8_t{-7});
    check(0x0B, std::int16_t{-300});
    check(0x0C, std::int32_t{-70000});
    check(0x0D, 0.1F);
    check(0x0E, 0.1);
}

TEST(Idx, TruncationAtEveryLengthIsRefused) {
    const std::string whole = small_idx();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        expect_mentions(refusal_of(whole.substr(0, length), FileKind::idx), ": byte ");
    }
    EXPECT_EQ(refusal_of(whole, FileKind::idx), "");
    expect_mentions(refusal_of(whole + "x", FileKind::idx), "trailing bytes");
}

TEST(Idx, TruncatedGzipAtEveryLengthIsRefused) {
    const std::string whole = gzip(small_idx());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        expect_mentions(refusal_of(whole.substr(0, length), FileKind::idx), ": byte ");
    }
}

TEST(Idx, AnyFlippedBitOfTheGzipDataIsSeen) {
    const std::string whole = gzip(small_idx());
    const auto expected = values_of(whole, FileKind::idx, 0, 1);
    // Behind the ten bytes of the gzip header, which hold time and system, everything is guarded
    // by the checksum, what lies behind the sample taken too; but for the bits that fill up the
    // last byte of the deflate stream, eight bytes from the end.
    const std::size_t last_deflate_byte = whole.size() - 9;
    std::size_t unseen = 0;
    for (std::size_t bit = 80; bit < 8 * whole.size(); ++bit) {
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        if (!refusal_of(damaged, FileKind::idx).empty()) continue;
        EXPECT_EQ(bit / 8, last_deflate_byte);
        EXPECT_EQ(values_of(damaged, FileKind::idx, 0, 1), expected);
        ++unseen;
    }
    EXPECT_LT(unseen, 8U);
}

TEST(Idx, MagicTypeAndDimensionsAreChecked) {
    expect_mentions(refusal_of(std::string("\x01\x00\x08\x01", 4), FileKind::idx),
                    "byte 0: not an IDX");
    expect_mentions(refusal_of(idx(0x0A, {1}, "a"), FileKind::idx), "byte 2: unknown IDX type 10");
    expect_mentions(refusal_of(idx(0x08, {}, "a"), FileKind::idx), "byte 3: ");
    expect_mentions(refusal_of(idx(0x08, {3, 0}, ""), FileKind::idx), "dimension is 0");
}

TEST(Idx, HugeClaimsAreRefusedBeforeAllocation) {
    const std::uint32_t huge = 0xFFFFFFFFU;
    expect_mentions(refusal_of(idx(0x0E, {huge, huge, huge}, "a"), FileKind::idx), "63 bits");
    // 2^63 - 2^32 bytes: fits 63 bits, and no file holds it.
    expect_mentions(refusal_of(idx(0x08, {huge, 0x7FFFFFFFU}, "a"), FileKind::idx), "promises");
    expect_mentions(refusal_of(gzip(idx(0x08, {huge, 0x7FFFFFFFU}, "a")), FileKind::idx),
                    "bytes of gzip hold at most");
}

TEST(Idx, GzipBombStopsAtWhatTheHeaderNeeds) {
    // 64 MiB of zeros in some 64 KiB, behind a header that promises two samples of two bytes.
    const std::string bomb = gzip(idx(0x08, {2, 2}, std::string(std::size_t{1} << 26, '\0')));
    ASSERT_LT(bomb.size(), std::size_t{1} << 17);
    const std::string message = refusal_of(bomb, FileKind::idx);
    expect_mentions(message, "byte 16: expected the end of the file");
}

TEST(Idx, TooFewSamplesSaysHaveAndWant) {
    const std::string message = refusal_of(small_idx(), FileKind::idx, 3, 2);
    expect_mentions(message, "has 4 samples");
    expect_mentions(message, "want 5");
    expect_mentions(refusal_of(small_idx(), FileKind::idx, std::numeric_limits<std::int64_t>::max(),
                               std::numeric_limits<std::int64_t>::max()),
                    "has 4 samples");
}

TEST(Idx, NanIsNamedByFeatureAndSample) {
    std::vector<float> numbers(12, 1.0F);
    numbers[7] = std::nanf("");  // sample 2, value 1
    numbers[10] = std::numeric_limits<float>::infinity();
    const std::string file = idx(0x0D, {4, 3}, packed(numbers, true));
    expect_mentions(refusal_of(file, FileKind::idx, 1, 3), "NaN at feature 1, sample 2");
    expect_mentions(refusal_of(file, FileKind::idx, 3, 1), "Inf at feature 1, sample 3");
    EXPECT_EQ(refusal_of(file, FileKind::idx, 0, 2), "");
}

TEST(Input, OffsetBatchAndPathAreChecked) {
    const TemporaryFolder folder;
    const auto path = write(folder / "file", small_idx());
    expect_mentions(refusal([&] { load_input({FileKind::idx, path, -1}, 1); }), "offset is -1");
    expect_mentions(refusal([&] { load_input({FileKind::idx, path, 0}, 0); }), "batch is 0");
    const auto missing = folder.path() / "nothing";
    expect_mentions(refusal([&] {
                        load_input({FileKind::idx, missing}, 1);
                    }),
                    missing.string() + ": cannot be opened: ");
    expect_mentions(refusal([&] {
                        load_input({FileKind::idx, folder.path()}, 1);
                    }),
                    "not a regular file");
}

TEST(Input, NamesAreParsed) {
    EXPECT_EQ(parse_file_kind("cifar10"), FileKind::cifar10);
    EXPECT_EQ(parse_standardise("column"), Standardise::column);
    expect_mentions(refusal([] { parse_file_kind("cifar"); }), "\"cifar10\"");
    expect_mentions(refusal([] { parse_standardise("rows"); }), "\"row\"");
}

TEST(Input, StandardiseGivesMeanZeroAndVarianceOne) {
    // 0.1 in every sample: its rounded mean is not 0.1, and it must still become zeros.
    const std::vector<double> numbers{1.0, 2.0, 5.0, 0.1, 0.1, 0.1, -3.0, 1.0, 4.0};
    const std::string file = npy("<f8", false, {3, 3}, packed(numbers, false));
    for (const Standardise way : {Standardise::row, Standardise::column}) {
        const auto values = values_of(file, FileKind::npy, 0, 3, way);
        for (std::size_t i = 0; i < 3; ++i) {
            double mean = 0.0;
            double square = 0.0;
            for (std::size_t j = 0; j < 3; ++j) {
                const double value =
                    way == Standardise::row ? values[i * 3 + j] : values[j * 3 + i];
                mean += value / 3;
                square += value * value / 3;
            }
            // Three values of size at most sqrt(3), a handful of roundings each.
            const double tolerance = 32 * std::numeric_limits<double>::epsilon();
            EXPECT_NEAR(mean, 0.0, tolerance);
            const double variance = way == Standardise::row && i == 1 ? 0.0 : 1.0;
            EXPECT_NEAR(square, variance, tolerance);
        }
    }
    expect_mentions(
        refusal([&] {
            values_of(npy("<f8", false, {1, 2}, packed(std::vector<double>{1e308, 1.7e308}, false)),
                      FileKind::npy, 0, 2, Standardise::row);
        }),
        "after standardise");
}

std::string small_cifar() {
    std::string file;
    for (unsigned record = 0; record < 3; ++record) {
        file += static_cast<char>(9) + bytes_from(3072, record);
    }
    return file;
}

TEST(Cifar10, LabelIsDroppedAndBytesAreScaled) {
    for (const std::string& file : {small_cifar(), gzip(small_cifar())}) {
        const auto values = values_of(file, FileKind::cifar10, 1, 2);
        ASSERT_EQ(values.size(), 2U * 3072U);
        EXPECT_EQ(values[0], 1.0 / 255.0);
        EXPECT_EQ(values[1], 2.0 / 255.0);
        EXPECT_EQ(values[std::size_t{2} * 3071], static_cast<double>((3071 + 1) % 256) / 255.0);
    }
}

TEST(Cifar10, OnlyWholeRecordsAreTaken) {
    for (const std::size_t length : {1, 3072, 3074, 6145, 9218}) {
        const std::string part = small_cifar().substr(0, length);
        expect_mentions(refusal_of(part, FileKind::cifar10), "whole number of CIFAR-10 records");
        expect_mentions(refusal_of(gzip(part), FileKind::cifar10),
                        "whole number of CIFAR-10 records");
    }
    expect_mentions(refusal_of("", FileKind::cifar10), "has 0 samples");
    expect_mentions(refusal_of(small_cifar(), FileKind::cifar10, 2, 2), "has 3 samples");
    expect_mentions(refusal_of(gzip(small_cifar()), FileKind::cifar10, 2, 2), "has 3 samples");
    const std::string whole = gzip(small_cifar());
    expect_mentions(refusal_of(whole.substr(0, whole.size() - 3), FileKind::cifar10), "truncated");
}

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

// Real data, where it lies beside the source.
std::filesystem::path data_file(const std::string& name) {
    return std::filesystem::path(RANKCHAIN_SOURCE_DIR) / ".." / "shared" / "data" / name;
}

TEST(RealData, FashionMnist) {
    const auto path = data_file("fashion-mnist/t10k-first4443-images-idx3-ubyte.gz");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    const Input input = load_input({FileKind::idx, path, 4315}, 128);
    EXPECT_EQ(input.rows, 784);
    const auto [low, high] = std::minmax_element(input.values->begin(), input.values->end());
    EXPECT_EQ(*low, 0.0);
    EXPECT_EQ(*high, 1.0);
    expect_mentions(refusal([&] {
                        load_input({FileKind::idx, path, 4316}, 128);
                    }),
                    "has 4443 samples");
}

TEST(RealData, Mnist) {
    const auto path = data_file("mnist/t10k-images-idx3-ubyte.gz");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    const Input input = load_input({FileKind::idx, path}, 10000);
    EXPECT_EQ(input.rows, 784);
    // The mean pixel of the 10 000 test images is known as 33.79 (of 255).
    const double sum = std::accumulate(input.values->begin(), input.values->end(), 0.0);
    EXPECT_NEAR(255.0 * sum / static_cast<double>(input.values->size()), 33.79, 0.005);
}

TEST(RealData, Cifar10) {
    const auto path = data_file("cifar-10/test_1000.bin.gz");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    const Input input = load_input({FileKind::cifar10, path, 900}, 100);
    EXPECT_EQ(input.rows, 3072);
    expect_mentions(refusal([&] {
                        load_input({FileKind::cifar10, path, 901}, 100);
                    }),
                    "has 1000 samples");
}

}  // namespace
}  // namespace rankchain

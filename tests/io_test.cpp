// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Readers of input files: what is read equals what was written, and every fault is refused with
// file and place.
#include "host/io/input_file.hpp"
#include "tests/io_case.hpp"
#include <rankchain/error.hpp>

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

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// IDX, the format of the MNIST family: 0 0 TYPE DIMENSIONS, then the dimensions as 32-bit numbers,
// then the values, all big-endian. See http://yann.lecun.com/exdb/mnist/.
#include "host/io/element.hpp"
#include "host/io/readers.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rankchain {
namespace {

struct IdxType {
    int code;
    ElementType element;
    double divisor;
};

constexpr std::array<IdxType, 6> idx_types{{{0x08, {'u', 1, true}, 255.0},
                                            {0x09, {'i', 1, true}, 1.0},
                                            {0x0B, {'i', 2, true}, 1.0},
                                            {0x0C, {'i', 4, true}, 1.0},
                                            {0x0D, {'f', 4, true}, 1.0},
                                            {0x0E, {'f', 8, true}, 1.0}}};

const IdxType& read_type(ByteSource& source, std::size_t& dimensions) {
    std::array<std::byte, 4> magic{};
    source.read_exactly(magic, "IDX magic");
    const auto byte = [&](std::size_t i) { return std::to_integer<int>(magic[i]); };
    if (byte(0) != 0 || byte(1) != 0) {
        source.refuse_at(0, "not an IDX file: expected two zero bytes, found " +
                                std::to_string(byte(0)) + " and " + std::to_string(byte(1)));
    }
    dimensions = std::to_integer<std::size_t>(magic[3]);
    if (dimensions == 0) source.refuse_at(3, "an IDX file has at least 1 dimension, found 0");
    for (const IdxType& type : idx_types) {
        if (type.code == byte(2)) return type;
    }
    source.refuse_at(2, "unknown IDX type " + std::to_string(byte(2)) +
                            "; allowed: 8 (unsigned byte), 9 (signed byte), 11 (short), 12 (int), "
                            "13 (float), 14 (double)");
}

}  // namespace

Columns read_idx(ByteSource& source, std::int64_t offset, std::int64_t batch) {
    std::size_t dimensions = 0;
    const IdxType& type = read_type(source, dimensions);
    const Decoder decode = find_decoder(type.element);

    const Decoder decode_size = find_decoder({'u', 4, true});
    std::vector<std::byte> header(4 * dimensions);  // at most 1020 bytes
    source.read_exactly(header, "IDX dimensions");
    std::vector<std::uint64_t> factors;
    for (std::size_t i = 0; i < dimensions; ++i) {
        factors.push_back(static_cast<std::uint64_t>(decode_size(header.data() + 4 * i)));
    }
    const std::uint64_t have = factors[0];
    factors[0] = type.element.bytes;
    const auto sample_bytes = checked_product(factors);
    factors.push_back(have);
    const auto total = checked_product(factors);
    if (!sample_bytes || !total) {
        source.refuse_at(4, "the product of the IDX dimensions does not fit 63 bits");
    }
    if (*sample_bytes == 0) source.refuse_at(4, "an IDX dimension is 0: samples have no values");
    source.expect_rest(*total, "values");
    check_samples(source, have, offset, batch);

    const auto first = static_cast<std::uint64_t>(offset);
    const auto count = static_cast<std::size_t>(batch);
    const auto features = static_cast<std::size_t>(*sample_bytes / type.element.bytes);
    Columns columns{static_cast<std::int64_t>(features), std::vector<double>(features * count)};
    std::vector<std::byte> sample(static_cast<std::size_t>(*sample_bytes));
    source.skip(first * *sample_bytes, "samples before the offset");
    for (std::size_t j = 0; j < count; ++j) {
        source.read_exactly(sample, "sample " + std::to_string(first + j));
        for (std::size_t i = 0; i < features; ++i) {
            columns.values[i * count + j] =
                decode(sample.data() + i * type.element.bytes) / type.divisor;
        }
    }
    source.skip((have - first - count) * *sample_bytes, "samples behind those taken");
    source.expect_end();
    return columns;
}

}  // namespace rankchain

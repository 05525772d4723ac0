// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// CIFAR-10 binary: records of one label byte and 3 x 32 x 32 pixels, no header.
// See https://www.cs.toronto.edu/~kriz/cifar.html.
#include "host/io/readers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace rankchain {
namespace {

constexpr std::size_t pixels = std::size_t{3} * 32 * 32;
constexpr std::size_t record_bytes = 1 + pixels;
constexpr std::uint64_t data_set_records = 60000;  // all batches of CIFAR-10 together

[[noreturn]] void refuse_length(const ByteSource& source, std::uint64_t length) {
    source.refuse_file(std::to_string(length) +
                       " bytes are not a whole number of CIFAR-10 records (" +
                       std::to_string(record_bytes) + " bytes each); the last one has " +
                       std::to_string(length % record_bytes));
}

// How many whole records follow, reading on as far as `limit` of them.
std::uint64_t count_records(ByteSource& source, std::uint64_t limit) {
    std::array<std::byte, record_bytes> record;
    std::uint64_t count = 0;
    while (count < limit) {
        const std::size_t got = source.read(record);
        if (got == 0) break;
        if (got != record_bytes) refuse_length(source, source.position());
        ++count;
    }
    return count;
}

}  // namespace

Columns read_cifar10(ByteSource& source, std::int64_t offset, std::int64_t batch) {
    const auto first = static_cast<std::uint64_t>(offset);
    const auto count = static_cast<std::size_t>(batch);
    const std::uint64_t want = first + count;
    if (source.compressed()) {
        // Only reading tells how many records there are. Nothing is allocated before it is known,
        // and no more is decompressed than is asked for or than the whole data set has.
        ByteSource scan(source.path());
        check_samples(scan, count_records(scan, std::max(want, data_set_records)), offset, batch);
    } else {
        if (source.file_size() % record_bytes != 0) refuse_length(source, source.file_size());
        check_samples(source, source.file_size() / record_bytes, offset, batch);
    }

    Columns columns{static_cast<std::int64_t>(pixels), std::vector<double>(pixels * count)};
    std::array<std::byte, record_bytes> record;
    source.skip(first * record_bytes, "records before the offset");
    for (std::size_t j = 0; j < count; ++j) {
        source.read_exactly(record, "record " + std::to_string(first + j));
        for (std::size_t i = 0; i < pixels; ++i) {
            columns.values[i * count + j] = std::to_integer<int>(record[1 + i]) / 255.0;
        }
    }
    return columns;
}

}  // namespace rankchain

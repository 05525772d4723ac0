// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/chunk_record.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <zlib.h>

namespace rankchain {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the blobs of a result file are little-endian and copied as they are");

template <class T>
void put(std::vector<std::byte>& bytes, T value) {
    const auto* const from = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
}

template <class T>
T get(std::span<const std::byte> bytes, std::size_t index) {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
    return value;
}

bool bit(std::span<const std::byte> bytes, std::size_t index) {
    return (std::to_integer<unsigned>(bytes[index / 8]) >> (index % 8) & 1U) != 0;
}

template <class IsSet>
std::vector<std::byte> pack(std::size_t count, const IsSet& is_set) {
    std::vector<std::byte> bits((count + 7) / 8);
    bool any = false;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_set(i)) continue;
        bits[i / 8] |= static_cast<std::byte>(1U << (i % 8));
        any = true;
    }
    return any ? bits : std::vector<std::byte>{};
}

template <class Value>
std::vector<std::byte> pack_int64(const Samples& samples, std::int64_t usual, const Value& value) {
    std::vector<std::byte> bytes;
    bool any = false;
    for (const DrawStatus& status : samples.status) {
        put(bytes, value(status));
        any = any || value(status) != usual;
    }
    return any ? bytes : std::vector<std::byte>{};
}

std::size_t value_bytes(const Quantity& quantity) {
    return is_integer(quantity.metric) ? sizeof(std::int32_t) : sizeof(double);
}

constexpr std::int32_t no_count = -1;

std::int32_t count_of(double value) {
    if (std::isnan(value)) return no_count;
    if (!(value >= 0 && value <= std::numeric_limits<std::int32_t>::max())) {
        throw Error("a backend returned " + std::to_string(value) + " for a count");
    }
    return static_cast<std::int32_t>(value);
}

}  // namespace

std::int64_t checksum(const ChunkKey& key, const ChunkRecord& record) {
    uLong crc = crc32_z(0, nullptr, 0);
    const auto add = [&](std::span<const std::byte> bytes) {
        // A null pointer would start the sum anew.
        if (!bytes.empty()) {
            crc = crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
        }
    };
    const std::array<std::span<const std::byte>, 6> blobs{
        record.values,          record.resolved,        record.failed_layers,
        record.spectrum_failed, record.degenerate_rows, record.margins};
    std::array<std::int64_t, 10> header{key.cell, key.layer_index, key.draws.first,
                                        key.draws.count};
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        header[4 + i] = static_cast<std::int64_t>(blobs[i].size());
    }
    add(std::as_bytes(std::span(header)));
    for (const auto& blob : blobs)
        add(blob);
    return static_cast<std::int64_t>(crc);
}

ChunkBytes encode(std::span<const Quantity> quantities, const Samples& samples) {
    const auto draws = static_cast<std::size_t>(samples.draws);
    if (samples.values.size() != quantities.size() * draws ||
        samples.resolved.size() != samples.values.size() || samples.status.size() != draws ||
        (!samples.margin.empty() && samples.margin.size() != samples.values.size())) {
        throw Error("a backend returned samples of another size than asked for");
    }
    ChunkBytes bytes;
    bytes.values.reserve(samples.values.size() * sizeof(double));
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        const bool integer = is_integer(quantities[q].metric);
        for (std::size_t b = 0; b < draws; ++b) {
            const double value = samples.values[q * draws + b];
            if (integer) {
                put(bytes.values, count_of(value));
            } else {
                // One NaN for all: the sign and payload of a NaN are nobody's result.
                put(bytes.values,
                    std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value);
            }
        }
    }
    bytes.resolved =
        pack(samples.resolved.size(), [&](std::size_t i) { return samples.resolved[i] != 0; });
    bytes.spectrum_failed =
        pack(draws, [&](std::size_t b) { return samples.status[b].spectrum_failed; });
    bytes.failed_layers =
        pack_int64(samples, -1, [](const DrawStatus& status) { return status.failed_layer; });
    bytes.degenerate_rows =
        pack_int64(samples, 0, [](const DrawStatus& status) { return status.degenerate_rows; });
    if (std::any_of(samples.margin.begin(), samples.margin.end(),
                    [](double margin) { return margin != 0.0; })) {
        for (const double margin : samples.margin)
            put(bytes.margins, margin);
    }
    return bytes;
}

std::string decode(std::span<const Quantity> quantities, std::int64_t draws,
                   const ChunkRecord& record, std::size_t first, LayerDraws& into) {
    const auto wrong = [](std::string_view blob, std::size_t have, std::size_t want) {
        return std::string(blob) + " has " + std::to_string(have) + " bytes, not " +
               std::to_string(want);
    };
    // At least four bytes a draw: this bounds every product below by the size of the blob.
    if (draws < 1 || static_cast<std::uint64_t>(draws) > record.values.size()) {
        return "a chunk of " + std::to_string(draws) + " draws in " +
               std::to_string(record.values.size()) + " bytes";
    }
    const auto count = static_cast<std::size_t>(draws);
    std::size_t want = 0;
    for (const Quantity& quantity : quantities)
        want += count * value_bytes(quantity);
    if (record.values.size() != want) return wrong("values", record.values.size(), want);
    const std::size_t bits = (quantities.size() * count + 7) / 8;
    if (!record.resolved.empty() && record.resolved.size() != bits) {
        return wrong("resolved", record.resolved.size(), bits);
    }
    const std::size_t margins = quantities.size() * count * sizeof(double);
    if (!record.margins.empty() && record.margins.size() != margins) {
        return wrong("margins", record.margins.size(), margins);
    }
    const std::size_t longs = count * sizeof(std::int64_t);
    if (!record.degenerate_rows.empty() && record.degenerate_rows.size() != longs) {
        return wrong("degenerate_rows", record.degenerate_rows.size(), longs);
    }

    std::size_t offset = 0;
    for (std::size_t q = 0; q < first; ++q)
        offset += count * value_bytes(quantities[q]);
    for (std::size_t q = first; q < first + into.series.size(); ++q) {
        Series& series = into.series[q - first];
        const auto column = record.values.subspan(offset, count * value_bytes(quantities[q]));
        offset += column.size();
        const bool integer = is_integer(quantities[q].metric);
        for (std::size_t b = 0; b < count; ++b) {
            if (!integer) {
                series.values.push_back(get<double>(column, b));
                continue;
            }
            const auto value = get<std::int32_t>(column, b);
            series.values.push_back(value == no_count ? std::numeric_limits<double>::quiet_NaN()
                                                      : static_cast<double>(value));
        }
        for (std::size_t b = 0; b < count; ++b) {
            series.resolved.push_back(!record.resolved.empty() &&
                                      bit(record.resolved, q * count + b));
        }
        for (std::size_t b = 0; b < count && !record.margins.empty(); ++b) {
            const auto margin = get<double>(record.margins, q * count + b);
            if (margin == 0.0) continue;
            ++series.undecided;
            series.margin = std::max(series.margin, margin);
        }
    }
    if (!record.degenerate_rows.empty()) {
        for (std::size_t b = 0; b < count; ++b) {
            into.degenerate_rows += get<std::int64_t>(record.degenerate_rows, b);
        }
    }
    into.draws += draws;
    return {};
}

}  // namespace rankchain

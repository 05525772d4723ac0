// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/io/input_file.hpp"
#include "host/io/npy_header.hpp"
#include "host/io/readers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace rankchain {
namespace {

constexpr std::size_t piece_values = std::size_t{1} << 13;

// Decodes out.size() consecutive values of the file.
void read_values(ByteSource& source, const NpyHeader& header, std::span<double> out) {
    const Decoder decode = find_decoder(header.element);
    const std::size_t bytes = header.element.bytes;
    std::vector<std::byte> piece(std::min(out.size(), piece_values) * bytes);
    while (!out.empty()) {
        const std::size_t count = std::min(out.size(), piece_values);
        source.read_exactly(std::span(piece).first(count * bytes), "values");
        for (std::size_t i = 0; i < count; ++i)
            out[i] = decode(piece.data() + i * bytes);
        out = out.subspan(count);
    }
}

// Row-major values of an array that was written with its first index fastest.
std::vector<double> from_fortran(const std::vector<double>& values,
                                 const std::vector<std::uint64_t>& shape) {
    std::vector<double> result(values.size());
    std::vector<std::uint64_t> index(shape.size(), 0);
    for (const double value : values) {
        std::uint64_t place = 0;
        for (std::size_t k = 0; k < shape.size(); ++k)
            place = place * shape[k] + index[k];
        result[static_cast<std::size_t>(place)] = value;
        for (std::size_t k = 0; k < shape.size() && ++index[k] == shape[k]; ++k)
            index[k] = 0;
    }
    return result;
}

std::string index_text(std::uint64_t place, const std::vector<std::uint64_t>& shape) {
    std::string text;
    for (std::size_t k = shape.size(); k-- > 0;) {
        text = std::to_string(place % shape[k]) + (text.empty() ? "" : ", ") + text;
        place /= shape[k];
    }
    return "[" + text + "]";
}

}  // namespace

Columns read_npy(ByteSource& source, std::int64_t offset, std::int64_t batch) {
    const NpyHeader header = read_npy_header(source);
    if (header.shape.size() != 2 || header.shape[0] == 0) {
        std::string shape;
        for (const std::uint64_t size : header.shape) {
            shape += (shape.empty() ? "" : ", ") + std::to_string(size);
        }
        source.refuse_file("shape is (" + shape +
                           "); expected two dimensions (features, samples), features at least 1");
    }
    const std::uint64_t have = header.shape[1];
    check_samples(source, have, offset, batch);
    const auto features = static_cast<std::size_t>(header.shape[0]);
    const auto count = static_cast<std::size_t>(batch);
    const auto first = static_cast<std::uint64_t>(offset);
    const std::uint64_t bytes = header.element.bytes;

    Columns columns{static_cast<std::int64_t>(features), std::vector<double>(features * count)};
    if (header.fortran_order) {
        std::vector<double> sample(features);
        source.skip(first * features * bytes, "samples before the offset");
        for (std::size_t j = 0; j < count; ++j) {
            read_values(source, header, sample);
            for (std::size_t i = 0; i < features; ++i)
                columns.values[i * count + j] = sample[i];
        }
        source.skip((have - first - count) * features * bytes, "samples behind those taken");
    } else {
        for (std::size_t i = 0; i < features; ++i) {
            source.skip(first * bytes, "samples before the offset");
            read_values(source, header, std::span(columns.values).subspan(i * count, count));
            source.skip((have - first - count) * bytes, "samples behind those taken");
        }
    }
    source.expect_end();
    if (header.element.kind == 'u' && header.element.bytes == 1) {
        for (double& value : columns.values)
            value /= 255.0;
    }
    return columns;
}

NpyArray load_npy(const std::filesystem::path& path) {
    ByteSource source(path);
    const NpyHeader header = read_npy_header(source);
    NpyArray array;
    for (const std::uint64_t size : header.shape) {
        array.shape.push_back(static_cast<std::int64_t>(size));
    }
    array.values.resize(static_cast<std::size_t>(header.count));
    read_values(source, header, array.values);
    source.expect_end();
    if (header.fortran_order) array.values = from_fortran(array.values, header.shape);
    for (std::size_t i = 0; i < array.values.size(); ++i) {
        if (!std::isfinite(array.values[i])) {
            source.refuse_file((std::isnan(array.values[i]) ? "NaN" : "Inf") +
                               std::string(" at index ") + index_text(i, header.shape) +
                               "; every value must be finite");
        }
    }
    return array;
}

}  // namespace rankchain

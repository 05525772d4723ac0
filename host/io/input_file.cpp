// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/io/input_file.hpp"

#include "host/io/readers.hpp"
#include "host/names.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace rankchain {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kind_names{"idx", "cifar10", "npy"};
constexpr std::array<std::string_view, 3> standardise_names{"none", "row", "column"};

Columns read(ByteSource& source, const InputFile& file, std::int64_t batch) {
    switch (file.kind) {
        case FileKind::idx:
            return read_idx(source, file.offset, batch);
        case FileKind::cifar10:
            return read_cifar10(source, file.offset, batch);
        case FileKind::npy:
            break;
    }
    return read_npy(source, file.offset, batch);
}

/// `values` [features, count].
void check_finite(const ByteSource& source, const std::vector<double>& values, std::size_t count,
                  std::int64_t offset, const std::string& when) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            const std::uint64_t sample = static_cast<std::uint64_t>(offset) + i % count;
            source.refuse_file((std::isnan(values[i]) ? "NaN" : "Inf") + when + " at feature " +
                               std::to_string(i / count) + ", sample " + std::to_string(sample) +
                               "; every value must be finite");
        }
    }
}

// To mean 0 and variance 1: `count` values, `stride` apart.
void standardise(double* values, std::size_t count, std::size_t stride) {
    double sum = 0.0;
    double low = values[0];
    double high = values[0];
    for (std::size_t i = 0; i < count; ++i) {
        sum += values[i * stride];
        low = std::min(low, values[i * stride]);
        high = std::max(high, values[i * stride]);
    }
    // The rounded mean of equal values need not be that value: its deviations are not trusted.
    const bool constant = low == high;
    const double mean = sum / static_cast<double>(count);
    double squares = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double deviation = values[i * stride] - mean;
        squares += deviation * deviation;
    }
    const double deviation = std::sqrt(squares / static_cast<double>(count));
    for (std::size_t i = 0; i < count; ++i) {
        double& value = values[i * stride];
        value = constant ? 0.0 : (value - mean) / deviation;
    }
}

}  // namespace

FileKind parse_file_kind(std::string_view text) {
    for (std::size_t i = 0; i < kind_names.size(); ++i) {
        if (text == kind_names[i]) return static_cast<FileKind>(i);
    }
    throw InvalidArgument(unknown_name("file kind", text, kind_names));
}

Standardise parse_standardise(std::string_view text) {
    for (std::size_t i = 0; i < standardise_names.size(); ++i) {
        if (text == standardise_names[i]) return static_cast<Standardise>(i);
    }
    throw InvalidArgument(unknown_name("standardise", text, standardise_names));
}

void check_samples(const ByteSource& source, std::uint64_t have, std::int64_t offset,
                   std::int64_t batch) {
    const std::uint64_t want =
        static_cast<std::uint64_t>(offset) + static_cast<std::uint64_t>(batch);
    if (have < want) {
        source.refuse_file("the file has " + std::to_string(have) + " samples; offset " +
                           std::to_string(offset) + " and batch " + std::to_string(batch) +
                           " want " + std::to_string(want));
    }
}

Input load_input(const InputFile& file, std::int64_t batch) {
    if (file.offset < 0) {
        throw InvalidArgument("offset is " + std::to_string(file.offset) +
                              "; allowed are whole numbers from 0");
    }
    if (batch < 1) {
        throw InvalidArgument("batch is " + std::to_string(batch) +
                              "; allowed are whole numbers from 1");
    }
    ByteSource source(file.path);
    Columns columns = read(source, file, batch);
    const auto features = static_cast<std::size_t>(columns.features);
    const auto count = static_cast<std::size_t>(batch);
    check_finite(source, columns.values, count, file.offset, "");
    if (file.standardise == Standardise::row) {
        for (std::size_t i = 0; i < features; ++i) {
            standardise(columns.values.data() + i * count, count, 1);
        }
    } else if (file.standardise == Standardise::column) {
        for (std::size_t j = 0; j < count; ++j) {
            standardise(columns.values.data() + j, features, count);
        }
    }
    check_finite(source, columns.values, count, file.offset, " after standardise");
    return {Input::Kind::given, columns.features,
            std::make_shared<const std::vector<double>>(std::move(columns.values))};
}

}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/export.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace rankchain {

enum class FileKind { idx, cifar10, npy };
enum class Standardise { none, row, column };

/// The names of the study file; InvalidArgument lists the names allowed and the nearest one.
FileKind parse_file_kind(std::string_view text);
Standardise parse_standardise(std::string_view text);

/// Samples from a file, as an input.
struct InputFile {
    FileKind kind = FileKind::idx;
    std::filesystem::path path;
    std::int64_t offset = 0;  ///< the first sample taken
    Standardise standardise = Standardise::none;
};

/// Samples offset .. offset + batch - 1 of the file, one a column: an Input of kind `given`,
/// [features, batch]. Unsigned bytes (`u1` in a .npy file) are divided by 255; other types are
/// taken as they are.
///
///   idx      IDX, one sample an entry of the first dimension, `.gz` too (told by content, not
///   name) cifar10  CIFAR-10 binary, 3073-byte records, the label dropped, `.gz` too npy [features,
///   samples] of a NumPy file, one sample a column
///
/// `standardise`: row: each feature over the samples to mean 0 and variance 1; column: each sample
/// over its features; two passes; a constant row or column becomes zeros.
/// Errors   InvalidArgument with the file, the place (byte offset or index) and what was expected:
///          missing, truncated, wrong magic, lengths that do not fit, too few samples (have and
///          want), NaN or Inf (first index), object arrays. No length in a file is believed before
///          it is checked against what is there; decompression stops at the size the header needs.
Input load_input(const InputFile& file, std::int64_t batch);

/// A NumPy array, converted to double (bytes too are taken as they are); Fortran order and either
/// byte order are converted.
struct NpyArray {
    std::vector<std::int64_t> shape;
    std::vector<double> values;  ///< row-major
};

/// Errors as load_input(); NaN and Inf are refused with their index.
RANKCHAIN_API NpyArray load_npy(const std::filesystem::path& path);

}  // namespace rankchain

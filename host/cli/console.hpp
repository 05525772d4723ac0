// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Standard output that notices a full disk, one-line messages, and numbers as text. Nothing here
// depends on the locale.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rankchain::cli {

/// To standard output; Error if it does not get there.
void put(std::string_view text);

/// Flushes and closes standard output: the last moment at which a full disk shows. Error then.
void finish_output();

/// `rankchain: MESSAGE` on standard error, always one line.
void complain(std::string_view message);

/// Says that so many ranks lie within rounding of their threshold.
void tell_undecided(std::int64_t ranks, double margin);

/// Opens what of the descriptors 0, 1, 2 came closed, so that no file of ours takes their number.
void hold_standard_streams();

/// The shortest text that reads back as the same number; `nan`, `inf`, `-inf`.
std::string number(double value);
std::string number(std::int64_t value);

/// A field of CSV, in quotes where it needs them.
std::string csv_field(const std::string& text);

/// How many characters a terminal shows for UTF-8 text.
std::size_t columns_of(std::string_view text);

/// A number for people: so many significant digits.
std::string rounded(double value, int digits = 4);

std::string duration(double seconds);   ///< 12 s, 3 min 20 s, 2 h 5 min
std::string bytes(std::int64_t count);  ///< 512 B, 1.5 MiB
std::string percent(double share);

/// Writes a whole file or nothing: beside it first, then renamed. Error names file and reason.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Refuses a place where `path` cannot be created, before anything is computed: InvalidArgument.
void check_writable(const std::filesystem::path& path);

}  // namespace rankchain::cli

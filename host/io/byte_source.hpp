// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

struct gzFile_s;

namespace rankchain {

/// The bytes of a regular file from front to back, decompressed where it begins with the gzip
/// magic. Every message is `FILE: byte P: ...`, P counted in what a reader of the format sees.
/// Errors  InvalidArgument: missing, not a regular file, damaged gzip, or as each member says.
///         Error: the disk failed.
class ByteSource {
  public:
    explicit ByteSource(std::filesystem::path path);

    /// Fills as much of `out` as there is; fewer bytes only at the end.
    std::size_t read(std::span<std::byte> out);
    /// Fills `out`, or refuses: the file ends inside `what`.
    void read_exactly(std::span<std::byte> out, const std::string& what);
    /// Passes over `bytes`, or refuses as read_exactly().
    void skip(std::uint64_t bytes, const std::string& what);

    /// Refuses unless `bytes` of `what` can follow and nothing after them: exactly the rest of a
    /// plain file; for gzip no more than deflate can make of this many compressed bytes, and the
    /// rest is left to read_exactly() and expect_end(). Call it before any allocation.
    void expect_rest(std::uint64_t bytes, const std::string& what) const;
    /// Refuses trailing bytes. At most one byte is decompressed to see them.
    void expect_end();

    [[nodiscard]] std::uint64_t position() const { return position_; }
    [[nodiscard]] bool compressed() const { return compressed_; }
    [[nodiscard]] std::uint64_t file_size() const { return file_size_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// InvalidArgument at the present byte, at byte `place`, or about the file as a whole.
    [[noreturn]] void refuse(const std::string& message) const;
    [[noreturn]] void refuse_at(std::uint64_t place, const std::string& message) const;
    [[noreturn]] void refuse_file(const std::string& message) const;

  private:
    struct Close {
        void operator()(gzFile_s* file) const;
    };

    std::filesystem::path path_;
    std::unique_ptr<gzFile_s, Close> file_;
    std::uint64_t file_size_ = 0;
    std::uint64_t position_ = 0;
    bool compressed_ = false;
};

/// The product, or nothing where it, or a part of it from the left, does not fit 63 bits.
std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> factors);

}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/io/byte_source.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include <zlib.h>

namespace rankchain {
namespace {

// Deflate spends at least two bits on a match, and a match is at most 258 bytes long.
constexpr std::uint64_t deflate_limit = 258 * 8 / 2;
constexpr std::size_t buffer_bytes = std::size_t{1} << 16;

std::string system_message(int code) {
    return std::error_code(code, std::generic_category()).message();
}

}  // namespace

void ByteSource::Close::operator()(gzFile_s* file) const {
    // Only read from: what close could report (a truncated stream) has been seen by then.
    static_cast<void>(gzclose_r(file));
}

ByteSource::ByteSource(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path_, error);
    if (!std::filesystem::exists(status)) {
        refuse_file("cannot be opened: " + (error ? error.message() : system_message(ENOENT)));
    }
    if (!std::filesystem::is_regular_file(status)) {
        refuse_file("is not a regular file: its length must be known before it is read");
    }
    file_size_ = std::filesystem::file_size(path_, error);
    if (error) refuse_file("cannot be read: " + error.message());
    errno = 0;
    file_.reset(gzopen(path_.c_str(), "rb"));
    if (!file_) {
        const int code = errno == 0 ? ENOMEM : errno;
        refuse_file("cannot be opened: " + system_message(code));
    }
    static_cast<void>(gzbuffer(file_.get(), buffer_bytes));  // without it, zlib's own size
    compressed_ = gzdirect(file_.get()) == 0;
}

std::size_t ByteSource::read(std::span<std::byte> out) {
    constexpr std::size_t piece_limit = std::size_t{1} << 30;  // gzread counts in int
    std::size_t done = 0;
    while (done < out.size()) {
        const std::size_t piece = std::min(out.size() - done, piece_limit);
        const int got = gzread(file_.get(), out.data() + done, static_cast<unsigned>(piece));
        int status = Z_OK;
        const char* text = gzerror(file_.get(), &status);
        if (status == Z_ERRNO) {
            throw Error(path_.string() + ": reading failed near byte " + std::to_string(position_) +
                        ": " + system_message(errno));
        }
        if (status == Z_MEM_ERROR) throw OutOfMemory(path_.string() + ": zlib is out of memory");
        if (got > 0) {
            done += static_cast<std::size_t>(got);
            position_ += static_cast<std::uint64_t>(got);
        }
        if (status == Z_BUF_ERROR) refuse("the gzip stream ends too early: the file is truncated");
        if (got < 0 || status < 0) refuse("the gzip stream is damaged: " + std::string(text));
        if (static_cast<std::size_t>(got) < piece) break;
    }
    return done;
}

void ByteSource::read_exactly(std::span<std::byte> out, const std::string& what) {
    const std::uint64_t start = position_;
    const std::size_t got = read(out);
    if (got != out.size()) {
        refuse_at(start, "expected " + std::to_string(out.size()) + " bytes of " + what +
                             ", but the file ends after " + std::to_string(got));
    }
}

void ByteSource::skip(std::uint64_t bytes, const std::string& what) {
    std::array<std::byte, buffer_bytes> scratch;
    while (bytes > 0) {
        const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, scratch.size()));
        read_exactly(std::span(scratch).first(piece), what);
        bytes -= piece;
    }
}

void ByteSource::expect_rest(std::uint64_t bytes, const std::string& what) const {
    if (compressed_) {
        const std::uint64_t most =
            file_size_ > std::numeric_limits<std::uint64_t>::max() / deflate_limit
                ? std::numeric_limits<std::uint64_t>::max()
                : file_size_ * deflate_limit;
        if (bytes > most) {
            refuse("the header promises " + std::to_string(bytes) + " bytes of " + what + ", but " +
                   std::to_string(file_size_) + " bytes of gzip hold at most " +
                   std::to_string(most));
        }
        return;
    }
    const std::uint64_t rest = file_size_ - std::min(file_size_, position_);
    if (rest != bytes) {
        refuse("the header promises " + std::to_string(bytes) + " bytes of " + what +
               ", but the file has " + std::to_string(rest) + " more bytes" +
               (rest < bytes ? " (truncated?)" : " (trailing bytes?)"));
    }
}

void ByteSource::expect_end() {
    const std::uint64_t place = position_;
    std::array<std::byte, 1> extra;
    if (read(extra) != 0) refuse_at(place, "expected the end of the file, but bytes follow");
}

void ByteSource::refuse(const std::string& message) const {
    refuse_at(position_, message);
}

void ByteSource::refuse_at(std::uint64_t place, const std::string& message) const {
    throw InvalidArgument(path_.string() + ": byte " + std::to_string(place) + ": " + message);
}

void ByteSource::refuse_file(const std::string& message) const {
    throw InvalidArgument(path_.string() + ": " + message);
}

std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> factors) {
    std::int64_t product = 1;
    for (const std::uint64_t factor : factors) {
        if (__builtin_mul_overflow(product, factor, &product)) return std::nullopt;
    }
    return static_cast<std::uint64_t>(product);
}

}  // namespace rankchain

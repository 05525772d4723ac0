// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Writers of the formats the readers read, by the formats' own descriptions, for tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <zlib.h>

namespace rankchain::io_files {

/// Writes a file and gives back its place.
inline std::filesystem::path write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw std::runtime_error("writing " + path.string() + " failed");
    return path;
}

/// The bytes of the numbers one after another.
template <class T>
std::string packed(const std::vector<T>& numbers, bool big_endian) {
    std::string bytes;
    for (const T& number : numbers) {
        std::string one(sizeof(T), '\0');
        std::memcpy(one.data(), &number, sizeof(T));
        if (big_endian) std::reverse(one.begin(), one.end());  // this machine is little-endian
        bytes += one;
    }
    return bytes;
}

inline std::string idx(int type, const std::vector<std::uint32_t>& shape, const std::string& data) {
    return std::string{'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())} +
           packed(shape, true) + data;
}

inline std::string npy_with_header(std::string header, const std::string& data, int version = 1) {
    const std::size_t prefix = version == 1 ? 10 : 12;
    header.append(64 - (prefix + header.size() + 1) % 64, ' ');
    header += '\n';
    const auto length = static_cast<std::uint32_t>(header.size());
    return "\x93NUMPY" + std::string{static_cast<char>(version), '\0'} +
           packed(std::vector<std::uint32_t>{length}, false).substr(0, version == 1 ? 2 : 4) +
           header + data;
}

inline std::string npy(const std::string& descr, bool fortran_order,
                       const std::vector<std::uint64_t>& shape, const std::string& data,
                       int version = 1) {
    std::string sizes;
    for (const std::uint64_t size : shape)
        sizes += std::to_string(size) + ", ";
    return npy_with_header("{'descr': '" + descr + "', 'fortran_order': " +
                               (fortran_order ? "True" : "False") + ", 'shape': (" + sizes + "), }",
                           data, version);
}

inline std::string gzip(const std::string& bytes) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        throw std::runtime_error("deflateInit2 failed");
    }
    std::string result(deflateBound(&stream, bytes.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    const int status = deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::runtime_error("deflate failed");
    return result;
}

}  // namespace rankchain::io_files

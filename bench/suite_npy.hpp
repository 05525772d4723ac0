// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The .npy files that the suite's workers hand to each other: little-endian, row-major,
// version 1.0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rankchain::bench {

template <class T>
struct Array {
    std::vector<std::int64_t> shape;
    std::vector<T> values;
};

template <class T>
constexpr const char* npy_type();
template <>
constexpr const char* npy_type<float>() {
    return "'<f4'";
}
template <>
constexpr const char* npy_type<double>() {
    return "'<f8'";
}
template <>
constexpr const char* npy_type<std::int64_t>() {
    return "'<i8'";
}

template <class T>
void write_npy(const std::string& path, const Array<T>& array) {
    std::string header =
        std::string("{'descr': ") + npy_type<T>() + ", 'fortran_order': False, 'shape': (";
    for (const std::int64_t length : array.shape)
        header += std::to_string(length) + ",";
    header += "), }";
    constexpr std::size_t before = 10;  // magic, version, length of the header
    header.resize((before + header.size() + 64) / 64 * 64 - before, ' ');
    header.back() = '\n';
    const auto length = static_cast<std::uint16_t>(header.size());
    std::ofstream file(path, std::ios::binary);
    file.write("\x93NUMPY\x01\x00", 8);
    file.write(reinterpret_cast<const char*>(&length), 2);
    file.write(header.data(), static_cast<std::streamsize>(header.size()));
    file.write(reinterpret_cast<const char*>(array.values.data()),
               static_cast<std::streamsize>(array.values.size() * sizeof(T)));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path);
}

/// Into `name` in the folder of the file `beside`; the path of it.
template <class T>
std::string write_npy_beside(const std::string& beside, const std::string& name,
                             const Array<T>& array) {
    const std::string path = (std::filesystem::path(beside).parent_path() / name).string();
    write_npy(path, array);
    return path;
}

/// What write_npy() wrote; another element type or order is refused.
template <class T>
Array<T> read_npy(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 10> start{};
    file.read(start.data(), start.size());
    std::uint16_t length = 0;
    std::memcpy(&length, start.data() + 8, 2);
    std::string header(length, ' ');
    file.read(header.data(), length);
    const std::size_t open = header.find('(');
    if (!file || std::memcmp(start.data(), "\x93NUMPY\x01", 7) != 0 || open == std::string::npos ||
        header.find(npy_type<T>()) == std::string::npos ||
        header.find("'fortran_order': False") == std::string::npos)
        throw std::runtime_error(path + ": no row-major array of " + npy_type<T>());
    Array<T> array;
    std::int64_t count = 1;
    for (const char* at = header.c_str() + open + 1; *at >= '0' && *at <= '9';) {
        char* end = nullptr;
        array.shape.push_back(std::strtoll(at, &end, 10));
        count *= array.shape.back();
        at = end + std::strspn(end, ", ");
    }
    array.values.resize(static_cast<std::size_t>(count));
    file.read(reinterpret_cast<char*>(array.values.data()),
              static_cast<std::streamsize>(array.values.size() * sizeof(T)));
    if (!file) throw std::runtime_error(path + ": ends early");
    return array;
}

}  // namespace rankchain::bench

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/io/element.hpp"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace rankchain {
namespace {

struct Half {};  // binary16
struct Truth {};

template <class Unsigned, bool big_endian>
Unsigned load(const std::byte* data) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
        const std::size_t shift = 8 * (big_endian ? sizeof(Unsigned) - 1 - i : i);
        bits |= std::to_integer<std::uint64_t>(data[i]) << shift;
    }
    return static_cast<Unsigned>(bits);
}

double half_to_double(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    double magnitude = 0.0;
    if (exponent == 31) {
        magnitude = fraction == 0 ? std::numeric_limits<double>::infinity()
                                  : std::numeric_limits<double>::quiet_NaN();
    } else if (exponent == 0) {
        magnitude = std::ldexp(fraction, -24);
    } else {
        magnitude = std::ldexp(fraction + 1024, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

template <class T, bool big_endian>
double decode(const std::byte* data) {
    if constexpr (std::same_as<T, Half>) {
        return half_to_double(load<std::uint16_t, big_endian>(data));
    } else if constexpr (std::same_as<T, Truth>) {
        return data[0] != std::byte{0} ? 1.0 : 0.0;
    } else if constexpr (std::same_as<T, float>) {
        return static_cast<double>(std::bit_cast<float>(load<std::uint32_t, big_endian>(data)));
    } else if constexpr (std::same_as<T, double>) {
        return std::bit_cast<double>(load<std::uint64_t, big_endian>(data));
    } else {
        return static_cast<double>(static_cast<T>(load<std::make_unsigned_t<T>, big_endian>(data)));
    }
}

template <class T>
Decoder either_order(bool big_endian) {
    return big_endian ? decode<T, true> : decode<T, false>;
}

}  // namespace

Decoder find_decoder(const ElementType& type) {
    const bool big = type.big_endian;
    switch (type.kind) {
        case 'b':
            return type.bytes == 1 ? either_order<Truth>(big) : nullptr;
        case 'u':
            switch (type.bytes) {
                case 1:
                    return either_order<std::uint8_t>(big);
                case 2:
                    return either_order<std::uint16_t>(big);
                case 4:
                    return either_order<std::uint32_t>(big);
                case 8:
                    return either_order<std::uint64_t>(big);
                default:
                    return nullptr;
            }
        case 'i':
            switch (type.bytes) {
                case 1:
                    return either_order<std::int8_t>(big);
                case 2:
                    return either_order<std::int16_t>(big);
                case 4:
                    return either_order<std::int32_t>(big);
                case 8:
                    return either_order<std::int64_t>(big);
                default:
                    return nullptr;
            }
        case 'f':
            switch (type.bytes) {
                case 2:
                    return either_order<Half>(big);
                case 4:
                    return either_order<float>(big);
                case 8:
                    return either_order<double>(big);
                default:
                    return nullptr;
            }
        default:
            return nullptr;
    }
}

}  // namespace rankchain

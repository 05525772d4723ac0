// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What every function of the C interface shares: one place where exceptions become status codes,
// and the way of its structures into the C++ ones.
#pragma once

#include <rankchain/array.hpp>
#include <rankchain/device.hpp>
#include <rankchain/error.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>
#include <rankchain/rankchain.h>
#include <rankchain/study.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace rankchain::c_api {

/// Keeps the message for rankchain_last_error_message(). Never throws.
void remember(const char* message) noexcept;

/// Runs `body`; whatever it throws becomes a status and a message.
template <class Body>
rankchain_status guarded(const Body& body) noexcept {
    try {
        body();
        return RANKCHAIN_OK;
    } catch (const InvalidArgument& error) {
        remember(error.what());
        return RANKCHAIN_INVALID_ARGUMENT;
    } catch (const NotCompiled& error) {
        remember(error.what());
        return RANKCHAIN_NOT_COMPILED;
    } catch (const OutOfMemory& error) {
        remember(error.what());
        return RANKCHAIN_OUT_OF_MEMORY;
    } catch (const DeviceError& error) {
        remember(error.what());
        return RANKCHAIN_DEVICE_ERROR;
    } catch (const std::bad_alloc&) {
        remember("out of memory");
        return RANKCHAIN_OUT_OF_MEMORY;
    } catch (const std::exception& error) {
        remember(error.what());
        return RANKCHAIN_ERROR;
    } catch (...) {
        remember("an exception that is not a std::exception");
        return RANKCHAIN_ERROR;
    }
}

/// InvalidArgument if `pointer` is null.
void require(const void* pointer, const char* name);

/// The enumerator of `value`, which C lets be any number; InvalidArgument beyond `last`.
template <class Enum, class CEnum>
Enum to_enum(CEnum value, Enum last, const char* name) {
    const auto number = static_cast<long long>(value);
    if (number < 0 || number > static_cast<long long>(last)) {
        throw InvalidArgument(std::string(name) + " is " + std::to_string(number) +
                              "; allowed are the enumerators from 0 to " +
                              std::to_string(static_cast<long long>(last)));
    }
    return static_cast<Enum>(number);
}

/// The structure a caller filled, at this version's length: fields it was compiled without have
/// their defaults. `known` is the length in version 0.1, the first.
/// InvalidArgument where struct_size cannot be that of a caller of this or an earlier version.
template <class Struct>
Struct full(const Struct* given, void (*init)(Struct*, std::size_t), std::size_t known,
            const char* name) {
    require(given, name);
    if (given->struct_size < known || given->struct_size > sizeof(Struct)) {
        throw InvalidArgument(
            std::string(name) + "->struct_size is " + std::to_string(given->struct_size) +
            "; allowed are " + std::to_string(known) + " to " + std::to_string(sizeof(Struct)) +
            ": was it set by its _init function, with the header of this library?");
    }
    Struct result;
    init(&result, sizeof(Struct));
    std::memcpy(&result, given, given->struct_size);
    return result;
}

/// Defaults for the first struct_size bytes of what the caller knows as the structure.
template <class Struct>
void init_sized(Struct* out, std::size_t struct_size, Struct defaults) noexcept {
    if (out == nullptr) return;
    std::memset(static_cast<void*>(out), 0, struct_size);
    defaults.struct_size = struct_size;
    std::memcpy(out, &defaults, struct_size < sizeof(Struct) ? struct_size : sizeof(Struct));
}

template <class From, class To>
void copy_where_wanted(const std::vector<From>& from, To* to) {
    if (to != nullptr) std::copy(from.begin(), from.end(), to);
}
/// `margin` is empty where all `size` are 0.
inline void copy_margin(const std::vector<double>& margin, std::size_t size, double* to) {
    if (to == nullptr) return;
    std::fill_n(to, size, 0.0);
    std::copy(margin.begin(), margin.end(), to);
}

Device to_device(const rankchain_device* device);
/// How ranks are counted on it.
SpectrumMethod to_spectrum(const rankchain_device* device);
/// Null is `automatic`.
SpectrumMethod to_spectrum(const char* spectrum);
Network to_network(const rankchain_network* network);
rankchain_network from_network(const Network& network, std::size_t struct_size);
rankchain_summary from_summary(const Summary& summary);
Quantity to_quantity(const rankchain_quantity& quantity);
rankchain_quantity from_quantity(const Quantity& quantity);

/// a * b * c as an array length; InvalidArgument for a negative size or a product beyond memory.
std::size_t array_size(std::int64_t a, std::int64_t b, std::int64_t c, const char* name);

}  // namespace rankchain::c_api

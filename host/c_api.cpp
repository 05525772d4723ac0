// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The C interface: errors, version, defaults, devices.
#include "host/c_api.hpp"

#include <rankchain/version.hpp>

#include <limits>

namespace api = rankchain::c_api;

namespace {

thread_local std::string last_error;
thread_local const char* last_error_text = "";
thread_local rankchain::DeviceInfo last_device;

}  // namespace

void api::remember(const char* message) noexcept {
    try {
        last_error = message;
        last_error_text = last_error.c_str();
    } catch (...) {
        last_error_text = "out of memory, for the message of an error too";
    }
}

const char* rankchain_status_name(rankchain_status status) {
    switch (status) {
        case RANKCHAIN_OK:
            return "RANKCHAIN_OK";
        case RANKCHAIN_INVALID_ARGUMENT:
            return "RANKCHAIN_INVALID_ARGUMENT";
        case RANKCHAIN_NOT_COMPILED:
            return "RANKCHAIN_NOT_COMPILED";
        case RANKCHAIN_OUT_OF_MEMORY:
            return "RANKCHAIN_OUT_OF_MEMORY";
        case RANKCHAIN_DEVICE_ERROR:
            return "RANKCHAIN_DEVICE_ERROR";
        case RANKCHAIN_ERROR:
            return "RANKCHAIN_ERROR";
    }
    return "unknown status";
}

const char* rankchain_last_error_message(void) {
    return last_error_text;
}

const char* rankchain_version(void) {
    return RANKCHAIN_VERSION;
}

const char* rankchain_git_revision(void) {
    return RANKCHAIN_GIT_REVISION;
}

void rankchain_device_init_sized(rankchain_device* device, size_t struct_size) {
    api::init_sized(device, struct_size, {0, RANKCHAIN_DEVICE_AUTO, 0, 0, nullptr});
}

void rankchain_network_init_sized(rankchain_network* network, size_t struct_size) {
    api::init_sized(network, struct_size, api::from_network({}, 0));
}

void rankchain_input_init_sized(rankchain_input* input, size_t struct_size) {
    api::init_sized(input, struct_size, {0, RANKCHAIN_INPUT_GAUSSIAN, 0, nullptr, 0});
}

void rankchain_run_options_init_sized(rankchain_run_options* options, size_t struct_size) {
    api::init_sized(options, struct_size, rankchain_run_options{});
}

rankchain_status rankchain_device_parse(const char* text, rankchain_device* device) {
    return api::guarded([&] {
        api::require(text, "text");
        api::require(device, "device");
        const rankchain::Device parsed = rankchain::parse_device(text);
        rankchain_device_init(device);
        device->kind = static_cast<rankchain_device_kind>(parsed.kind);
        device->ordinal = parsed.ordinal;
        device->threads = parsed.threads;
    });
}

rankchain_status rankchain_device_describe(const rankchain_device* device,
                                           rankchain_device_info* info) {
    return api::guarded([&] {
        api::require(info, "info");
        last_device = rankchain::describe(api::to_device(device));
        *info = {last_device.name.c_str(), last_device.arithmetic.c_str(), last_device.threads};
    });
}

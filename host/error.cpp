// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include <rankchain/error.hpp>

namespace rankchain {

// Out of line, so that each type has one vtable and can be caught across library boundaries.
Error::~Error() = default;
InvalidArgument::~InvalidArgument() = default;
NotCompiled::~NotCompiled() = default;
OutOfMemory::~OutOfMemory() = default;
DeviceError::~DeviceError() = default;

}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/export.hpp>

#include <stdexcept>
#include <string>

namespace rankchain {

/// Base of everything the library throws. `what()` is one message for the person who gave the
/// input; `where()` is the place in the library's source that raised it, for its developers.
class RANKCHAIN_API Error : public std::runtime_error {
  public:
    /// The defaults are the place of the throw (std::source_location, for compilers without it).
    explicit Error(const std::string& message, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE())
        : std::runtime_error(message), where_{file, line} {}
    ~Error() override;

    struct Place {
        const char* file;
        int line;
    };
    [[nodiscard]] Place where() const noexcept { return where_; }

  private:
    Place where_;
};

/// The caller's input is wrong: names the file, line or field, the offending text and what is
/// allowed. Nothing was written.
class RANKCHAIN_API InvalidArgument : public Error {
  public:
    using Error::Error;
    ~InvalidArgument() override;
};

/// Asked for a part that this build or this machine does not have.
class RANKCHAIN_API NotCompiled : public Error {
  public:
    using Error::Error;
    ~NotCompiled() override;
};

/// Names what was needed and what was free, in bytes.
class RANKCHAIN_API OutOfMemory : public Error {
  public:
    using Error::Error;
    ~OutOfMemory() override;
};

/// A device or one of its libraries failed: names library, status and call.
class RANKCHAIN_API DeviceError : public Error {
  public:
    using Error::Error;
    ~DeviceError() override;
};

}  // namespace rankchain

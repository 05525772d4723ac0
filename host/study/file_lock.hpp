// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One run at a time on a result file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

namespace rankchain {

/// Exclusive ownership of a file, by flock(2), from construction to destruction or the death of the
/// process. The file is made where it does not exist.
///
/// It must be constructed before a SQLite connection to the same file and destroyed after it:
/// closing any descriptor of a file drops the POSIX locks this process has on it, which are
/// SQLite's. For the same reason a second owner inside one process is refused before anything is
/// opened.
class FileLock {
  public:
    /// Errors  InvalidArgument: the place cannot be written, or it is no regular file.
    ///         Taken: somebody else owns the file.
    explicit FileLock(const std::filesystem::path& file);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    /// Bytes in the file when the lock was had.
    [[nodiscard]] std::int64_t size() const { return size_; }

    struct Taken {};

  private:
    int descriptor_ = -1;
    std::int64_t size_ = 0;
    std::pair<std::uint64_t, std::uint64_t> identity_;  // device, inode
};

}  // namespace rankchain

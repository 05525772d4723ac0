// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/file_lock.hpp"

#include <rankchain/error.hpp>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rankchain {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;

struct Owned {
    std::mutex mutex;
    std::set<Identity> files;
};

// What this process owns.
Owned& owned() {
    static Owned instance;
    return instance;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const char* verb, int error) {
    throw InvalidArgument(file.string() + ": cannot be " + verb + ": " + std::strerror(error));
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file) {
    const std::lock_guard guard(owned().mutex);
    struct stat status = {};
    if (::stat(file.c_str(), &status) == 0) {
        if (!S_ISREG(status.st_mode)) {
            throw InvalidArgument(file.string() + ": a result file must be a regular file");
        }
        if (owned().files.contains({status.st_dev, status.st_ino})) throw Taken{};
    } else if (errno != ENOENT) {
        refuse(file, "written", errno);
    }
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (descriptor_ < 0) refuse(file, "written", errno);
    int error = 0;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        error = errno;
        break;
    }
    if (error == 0 && ::fstat(descriptor_, &status) != 0) error = errno;
    if (error != 0) {
        ::close(descriptor_);
        if (error == EWOULDBLOCK) throw Taken{};
        refuse(file, "locked", error);
    }
    size_ = status.st_size;
    identity_ = {status.st_dev, status.st_ino};
    owned().files.insert(identity_);
}

FileLock::~FileLock() {
    const std::lock_guard guard(owned().mutex);
    owned().files.erase(identity_);
    ::close(descriptor_);  // nothing was written through it, so nothing can be lost here
}

}  // namespace rankchain

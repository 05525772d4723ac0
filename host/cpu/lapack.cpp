// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/lapack.hpp"

#include <rankchain/error.hpp>

#include <limits>
#include <string>

namespace rankchain::cpu {

int lapack_size(std::int64_t size) {
    if (!(size <= std::numeric_limits<lapack_int>::max())) {
        throw InvalidArgument("a matrix side of " + std::to_string(size) +
                              "; LAPACK takes at most 2147483647");
    }
    return static_cast<int>(size);
}

void require_lapack(const char* routine, int info) {
    if (info == 0) return;
    throw DeviceError("LAPACK " + std::string(routine) +
                      " returned info = " + std::to_string(info));
}

std::int64_t tridiagonal_work(std::int64_t n) {
    double best = 0;
    double unused = 0;
    const int size = lapack_size(n);
    require_lapack("dsytrd", LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', size, &unused, size,
                                                 &unused, &unused, &unused, &best, -1));
    return static_cast<std::int64_t>(best);
}

}  // namespace rankchain::cpu

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ops.hpp"

#include <memory>

namespace rankchain::cpu {

/// The CPU backend: parallel over draws with `threads` threads (0: as many as the machine grants),
/// one BLAS thread in each.
std::unique_ptr<Ops> make_ops(int threads);

}  // namespace rankchain::cpu

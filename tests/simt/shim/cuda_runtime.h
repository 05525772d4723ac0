// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Found before the toolkit's header, so that kernel files keep #include <cuda_runtime.h>.
#pragma once

#include "simt/runtime.hpp"

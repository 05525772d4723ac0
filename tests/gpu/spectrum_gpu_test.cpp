// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// On a device what tests/simt shows of spectra on the CPU, by the same bodies: with the real cuBLAS
// and cuSOLVER their agreement with the CPU backend, the bounds that counts are proved with, and
// that nothing depends on the chunk.
#include "tests/simt/gram_checks.hpp"
#include "tests/simt/spectral_checks.hpp"
#include "tests/simt/spectral_rank_checks.hpp"
#include "tests/simt/spectral_value_checks.hpp"

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what the shared library shows; everything else is hidden.
#define RANKCHAIN_API __attribute__((visibility("default")))

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Theorem 2 of the paper in numbers, as in closed_forms_stationary_test.cpp: what takes minutes.
#include "closed_forms_stationary.hpp"

namespace rankchain::closed_forms {
namespace {

TEST(Deep, PlainChainWidth64) {
    expect_plain_means(64, 7.173, 12.615, 61, plain_window(1200));
}

TEST(Deep, Figure3aWidth128) {
    expect_figure_3a(128, 4.07, 62, late_window(128, 32, 32));
}
TEST(Deep, Figure3aWidth256) {
    expect_figure_3a(256, 4.66, 63, late_window(256, 32, 16));
}

TEST(Deep, ResidualChainWidth8) {
    expect_residual_mean(8, 2.58, 64, 640, 6.1);
}
TEST(Deep, ResidualChainWidth16) {
    expect_residual_mean(16, 3.66, 65, 400, 6.1);
}
TEST(Deep, ResidualChainWidth32) {
    expect_residual_mean(32, 5.21, 66, 320, 6.1);
}
TEST(Deep, ResidualChainWidth64) {
    expect_residual_mean(64, 7.49, 67, 100, 4);
}

}  // namespace
}  // namespace rankchain::closed_forms

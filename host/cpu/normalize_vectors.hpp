// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The vector part of normalize(): the usual lines. What is unusual is left as it was and reported.
#pragma once

#include "host/cpu/matrix.hpp"

#include <cstdint>

namespace rankchain::cpu {

/// What a norm does to a line: subtract its mean, divide by its root mean square.
struct NormSteps {
    bool center = false;
    bool scale = false;
};

/// Whether `mean` and `variance` of a line can be believed: its squares stayed within the range of
/// T, and its mean is at most four times its deviations, so that rounding the mean costs them
/// little. A variance this small may have lost squares to underflow: what is lost from a larger one
/// is under 2^-46 (float) or 2^-122 (double) of it.
template <class T>
inline constexpr T least_variance = sizeof(T) == 4 ? T(0x1p-80) : T(0x1p-900);

/// Rows of z from `first` on, up to and not including the first unusual one, whose index is
/// returned (z.rows: none).
std::int64_t normalize_usual_rows(NormSteps steps, float batch, float eps, Matrix<float> z,
                                  std::int64_t first);
std::int64_t normalize_usual_rows(NormSteps steps, double batch, double eps, Matrix<double> z,
                                  std::int64_t first);

/// The columns of z; unusual[j] = 1 and the column as it was, or 0. Mean and variance over the
/// rows, in their order.
void normalize_usual_columns(NormSteps steps, float eps, Matrix<float> z, std::uint8_t* unusual);
void normalize_usual_columns(NormSteps steps, double eps, Matrix<double> z, std::uint8_t* unusual);

/// The sum of squares of one row.
float row_squares(const float* row, std::int64_t cols);
double row_squares(const double* row, std::int64_t cols);

/// z = factor z.
void multiply(float factor, Matrix<float> z);
void multiply(double factor, Matrix<double> z);

}  // namespace rankchain::cpu

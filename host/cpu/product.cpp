// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/product.hpp"

namespace rankchain::cpu {

template <class T>
void product(const T* w, std::int64_t w_stride, Matrix<const T> h, T factor,
             Matrix<const T> residual, Matrix<T> z) {
    const std::int64_t width = padded<T>(h.cols);
    for (std::int64_t i = 0; i < z.rows; ++i) {
        T* const out = z.row(i);
        for (std::int64_t j = 0; j < width; ++j)
            out[j] = T(0);
        for (std::int64_t k = 0; k < h.rows; ++k) {
            const T weight = w[i * w_stride + k];
            const T* const row = h.row(k);
            for (std::int64_t j = 0; j < width; ++j)
                out[j] += weight * row[j];
        }
        for (std::int64_t j = 0; j < width; ++j) {
            out[j] =
                residual.data != nullptr ? factor * out[j] + residual.row(i)[j] : factor * out[j];
        }
    }
}

template void product(const float*, std::int64_t, Matrix<const float>, float, Matrix<const float>,
                      Matrix<float>);
template void product(const double*, std::int64_t, Matrix<const double>, double,
                      Matrix<const double>, Matrix<double>);

}  // namespace rankchain::cpu

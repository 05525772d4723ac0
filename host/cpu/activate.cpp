// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The activations of host/arith/activation.hpp in vectors. Compiled once for every instruction set
// by Highway's foreach_target; the best one the machine has is chosen at run time.
#include "host/cpu/activate.hpp"

#include "host/arith/activation.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/activate.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target they compile for.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// h = act(h) by vectors. What lies beyond the columns is zero and stays it: act(0) = 0.
template <class T, class Act>
HWY_INLINE void apply(Matrix<T> h, const Act& act) {
    const hn::ScalableTag<T> tag;
    const auto step = static_cast<std::int64_t>(hn::Lanes(tag));
    for (std::int64_t i = 0; i < h.rows; ++i) {
        T* HWY_RESTRICT row = h.row(i);
        for (std::int64_t j = 0; j < h.cols; j += step) {
            hn::Store(act(tag, hn::Load(tag, row + j)), tag, row + j);
        }
    }
}

// Highway's sine holds up to 39000; what lies beyond goes to the C library.
template <class Tag, class Vec>
HWY_INLINE Vec sine(Tag tag, Vec x) {
    using T = hn::TFromD<Tag>;
    if (hn::AllTrue(tag, hn::Le(hn::Abs(x), hn::Set(tag, T(30000))))) return hn::Sin(tag, x);
    HWY_ALIGN T value[hn::MaxLanes(Tag())];
    hn::Store(x, tag, value);
    for (T& v : value)
        v = std::sin(v);
    return hn::Load(tag, value);
}

template <class T>
HWY_INLINE void activate_all(Activation activation, Matrix<T> h) {
    switch (activation) {
        case Activation::linear:
        case Activation::gelu:  // below, by the C library: Highway has no error function
            return;
        case Activation::relu:
            return apply(h, [](auto tag, auto x) {
                return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(tag)), x);
            });
        case Activation::leaky_relu:
            return apply(h, [](auto tag, auto x) {
                return hn::IfThenElse(hn::Lt(x, hn::Zero(tag)), hn::Mul(hn::Set(tag, T(0.01)), x),
                                      x);
            });
        case Activation::tanh:
            return apply(h, [](auto tag, auto x) { return hn::Tanh(tag, x); });
        case Activation::sin:
            return apply(h, [](auto tag, auto x) { return sine(tag, x); });
        case Activation::sign:
            return apply(h, [](auto tag, auto x) {
                return hn::IfThenElse(
                    hn::Gt(x, hn::Zero(tag)), hn::Set(tag, T(1)),
                    hn::IfThenElse(hn::Lt(x, hn::Zero(tag)), hn::Set(tag, T(-1)), x));
            });
    }
}

void activate_f32(Activation activation, Matrix<float> h) {
    activate_all(activation, h);
}
void activate_f64(Activation activation, Matrix<double> h) {
    activate_all(activation, h);
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {
namespace {

template <class T>
void gelu(Matrix<T> h) {
    for (std::int64_t i = 0; i < h.rows; ++i) {
        T* const row = h.row(i);
        for (std::int64_t j = 0; j < h.cols; ++j)
            row[j] = arith::Gelu{}(row[j]);
    }
}

}  // namespace

HWY_EXPORT(activate_f32);
HWY_EXPORT(activate_f64);

void activate(Activation activation, Matrix<float> h) {
    if (activation == Activation::gelu) return gelu(h);
    HWY_DYNAMIC_DISPATCH(activate_f32)(activation, h);
}
void activate(Activation activation, Matrix<double> h) {
    if (activation == Activation::gelu) return gelu(h);
    HWY_DYNAMIC_DISPATCH(activate_f64)(activation, h);
}

}  // namespace rankchain::cpu
#endif

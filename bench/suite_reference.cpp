// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/suite_reference.hpp"

#include "bench/suite_npy.hpp"
#include <rankchain/weights.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <stdexcept>

#include <lapacke.h>

namespace rankchain::bench {
namespace {

constexpr std::int64_t checked_layers = 3;

template <class T>
struct Plain {
    std::int64_t rows;
    std::int64_t cols;
    std::vector<T> values;
    T& operator()(std::int64_t i, std::int64_t j) {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
};

// Subtracts the mean of a line of numbers and divides by their root mean square.
template <class T, class At>
void normalize_line(std::int64_t count, bool centre, bool scale, At at) {
    if (centre) {
        T sum = 0;
        for (std::int64_t j = 0; j < count; ++j)
            sum += at(j);
        for (std::int64_t j = 0; j < count; ++j)
            at(j) -= sum / static_cast<T>(count);
    }
    if (!scale) return;
    T squares = 0;
    for (std::int64_t j = 0; j < count; ++j)
        squares += at(j) * at(j);
    const T root = std::sqrt(squares / static_cast<T>(count));
    for (std::int64_t j = 0; j < count; ++j)
        at(j) /= root;
}

template <class T>
void normalize(Normalization how, Plain<T>& z) {
    if (how == Normalization::none) {
        normalize_line<T>(z.rows * z.cols, false, true,
                          [&](std::int64_t k) -> T& { return z.values[static_cast<size_t>(k)]; });
        return;
    }
    const bool over_rows = how == Normalization::layer || how == Normalization::rms;
    const bool centre = how != Normalization::batch_scale && how != Normalization::rms;
    const bool scale = how != Normalization::batch_center;
    for (std::int64_t i = 0; i < (over_rows ? z.cols : z.rows); ++i) {
        normalize_line<T>(over_rows ? z.rows : z.cols, centre, scale,
                          [&](std::int64_t j) -> T& { return over_rows ? z(j, i) : z(i, j); });
    }
}

template <class T>
T activate(Activation activation, T x) {
    switch (activation) {
        case Activation::linear:
            return x;
        case Activation::relu:
            return x > 0 ? x : T(0);
        case Activation::tanh:
            return std::tanh(x);
        default:
            throw Unsupported{"the reference has no such activation"};
    }
}

// H of one draw after all layers of the file: norm(W H), or norm(H + gamma W H), then act.
template <class T>
Plain<T> chain(const Network& network, const Array<float>& w, const Array<float>& x,
               std::int64_t draw) {
    const std::int64_t d = network.width;
    const std::int64_t n = network.batch;
    const bool residual = std::isfinite(network.gamma);
    Plain<T> h{d, n, {x.values.begin(), x.values.end()}};
    for (std::int64_t l = 0; l < w.shape.at(0); ++l) {
        Plain<T> z{d, n, std::vector<T>(h.values.size())};
        const float* matrix = w.values.data() + (l * w.shape.at(1) + draw) * d * d;
        for (std::int64_t i = 0; i < d; ++i) {
            for (std::int64_t k = 0; k < d; ++k) {
                for (std::int64_t j = 0; j < n; ++j)
                    z(i, j) += static_cast<T>(matrix[i * d + k]) * h(k, j);
            }
        }
        if (residual) {
            for (std::size_t k = 0; k < z.values.size(); ++k)
                z.values[k] = h.values[k] + static_cast<T>(network.gamma) * z.values[k];
        }
        normalize(network.normalization, z);
        for (T& value : z.values)
            value = activate(network.activation, value);
        h = std::move(z);
    }
    return h;
}

// A row-major matrix is its transpose to LAPACK, which has the same singular values.
std::vector<double> singular_values_of(std::vector<double> h, std::int64_t rows,
                                       std::int64_t cols) {
    std::vector<double> sigma(static_cast<std::size_t>(std::min(rows, cols)));
    if (LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', static_cast<int>(cols), static_cast<int>(rows),
                       h.data(), static_cast<int>(cols), sigma.data(), nullptr, 1, nullptr, 1) != 0)
        throw std::runtime_error("dgesdd did not converge");
    return sigma;
}

double roundoff(Precision precision) {
    return precision == Precision::float32 ? std::numeric_limits<float>::epsilon() / 2.0
                                           : std::numeric_limits<double>::epsilon() / 2;
}

// Appends the smallest and largest right counts of one matrix.
void add_counts(const Case& which, std::vector<double> h, std::int64_t rows, std::int64_t cols,
                double extra, Json& reply) {
    const auto sigma = singular_values_of(std::move(h), rows, cols);
    const double error = static_cast<double>(std::max(rows, cols)) *
                             roundoff(which.network.precision) * sigma.front() +
                         extra;
    Json low = Json::array();
    Json high = Json::array();
    for (const double tau : which.taus) {
        const double bound = std::sqrt(tau * static_cast<double>(cols));
        const auto at_least = [&](double from) {
            return std::ranges::count_if(sigma, [&](double s) { return s >= from; });
        };
        low.push_back(at_least(bound + error));
        high.push_back(at_least(bound - error));
    }
    reply["low"].push_back(low);
    reply["high"].push_back(high);
}

Json reference_counts(const Case& which, const Json& request) {
    const auto matrices = read_npy<double>(request.at("matrices"));
    const std::int64_t rows = matrices.shape.at(1);
    const std::int64_t cols = matrices.shape.at(2);
    Json reply{{"low", Json::array()}, {"high", Json::array()}};
    for (std::int64_t b = 0; b < matrices.shape.at(0); ++b) {
        const auto first = matrices.values.begin() + b * rows * cols;
        std::vector<double> h(first, first + rows * cols);
        if (which.network.precision == Precision::float32) {
            for (double& x : h)
                x = static_cast<float>(x);
        }
        add_counts(which, std::move(h), rows, cols, 0, reply);
    }
    return reply;
}

}  // namespace

Json write_inputs(const Case& which, const Json& request, const std::string& folder) {
    std::mt19937_64 bits(1);
    std::normal_distribution<double> normal;
    if (which.kind == "counts") {
        const std::int64_t n = which.network.width;
        const std::int64_t count = std::clamp<std::int64_t>((1 << 20) / (n * n), 8, 64);
        const bool collapsed = request.at("input") == "collapsed";
        Array<double> all{{count, n, n}, {}};
        for (std::int64_t b = 0; b < count; ++b) {
            Plain<double> h{n, n, std::vector<double>(static_cast<std::size_t>(n * n))};
            for (double& x : h.values)
                x = normal(bits);
            if (collapsed) {
                // A diag(10^(-9 k/n)) B, scaled to ||H||_F^2 = n N: ranks die one after the other.
                Plain<double> a = h;
                Plain<double> right = h;
                for (double& x : right.values)
                    x = normal(bits);
                std::ranges::fill(h.values, 0.0);
                for (std::int64_t i = 0; i < n; ++i) {
                    for (std::int64_t k = 0; k < n; ++k) {
                        const double left = a(i, k) * std::pow(10.0, -9.0 * static_cast<double>(k) /
                                                                         static_cast<double>(n));
                        for (std::int64_t j = 0; j < n; ++j)
                            h(i, j) += left * right(k, j);
                    }
                }
                normalize(Normalization::none, h);
            }
            all.values.insert(all.values.end(), h.values.begin(), h.values.end());
        }
        const std::string file = folder + "/matrices.npy";
        write_npy(file, all);
        return {{"matrices", file}};
    }
    const std::int64_t d = which.network.width;
    const std::int64_t draws = d <= 256 ? 2 : 1;
    Array<float> w{{checked_layers, draws, d, d}, {}};
    std::vector<float> matrix(static_cast<std::size_t>(d * d));
    for (std::int64_t l = 1; l <= checked_layers; ++l) {
        for (std::int64_t b = 0; b < draws; ++b) {
            weights(which.network.weights, 1, static_cast<std::uint64_t>(b),
                    static_cast<std::uint32_t>(l), d, d, matrix);
            w.values.insert(w.values.end(), matrix.begin(), matrix.end());
        }
    }
    Array<float> x{{d, which.network.batch}, {}};
    x.values.resize(static_cast<std::size_t>(d * which.network.batch));
    for (float& value : x.values)
        value = static_cast<float>(normal(bits));
    write_npy(folder + "/weights.npy", w);
    write_npy(folder + "/input.npy", x);
    return {{"weights", folder + "/weights.npy"}, {"input", folder + "/input.npy"}};
}

Json reference(const Case& which, const Json& request) {
    if (which.kind == "counts") return reference_counts(which, request);
    const auto w = read_npy<float>(request.at("weights"));
    const auto x = read_npy<float>(request.at("input"));
    const std::int64_t d = which.network.width;
    const std::int64_t n = which.network.batch;
    Array<double> out{{w.shape.at(1), d, n}, {}};
    double squares = 0;
    for (std::int64_t b = 0; b < w.shape.at(1); ++b) {
        const auto exact = chain<double>(which.network, w, x, b);
        const auto single = chain<float>(which.network, w, x, b);
        for (std::size_t k = 0; k < exact.values.size(); ++k) {
            const double off = static_cast<double>(single.values[k]) - exact.values[k];
            squares += off * off;
        }
        out.values.insert(out.values.end(), exact.values.begin(), exact.values.end());
    }
    const double spread = std::sqrt(squares / static_cast<double>(out.values.size()));
    if (which.kind == "layer") {
        return {{"output", write_npy_beside(request.at("weights"), "reference.npy", out)},
                {"spread", spread}};
    }
    const double share =
        roundoff(which.network.precision) / roundoff(Precision::float32);  // errors go with u
    const double extra = 16 * spread * share * std::sqrt(static_cast<double>(d * n));
    Json reply{{"low", Json::array()}, {"high", Json::array()}};
    for (std::int64_t b = 0; b < out.shape[0]; ++b) {
        const auto first = out.values.begin() + b * d * n;
        add_counts(which, {first, first + d * n}, d, n, extra, reply);
    }
    return reply;
}

}  // namespace rankchain::bench

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The public weights: they have no device, so they are made here, by the CPU backend.
#include "host/arith/weights.hpp"
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/weights.hpp"
#include <rankchain/error.hpp>
#include <rankchain/weights.hpp>

#include <string>

namespace rankchain {
namespace {

std::string shape_text(std::int64_t rows, std::int64_t cols) {
    return std::string("[")
        .append(std::to_string(rows))
        .append(", ")
        .append(std::to_string(cols))
        .append("]");
}

void check_matrix(Weights law, std::uint64_t draw, std::int64_t rows, std::int64_t cols) {
    const std::string shape = shape_text(rows, cols);
    constexpr std::int64_t side_limit = std::int64_t{1} << 32;  // keeps the product below 2^63
    if (rows < 1 || cols < 1 || rows >= side_limit || cols >= side_limit) {
        throw InvalidArgument("weights of shape " + shape +
                              ": rows and cols must be from 1 to 2^32 - 1");
    }
    const auto in_block = law == Weights::rademacher ? 128 : 4;
    if (rows > (side_limit / arith::row_blocks(cols, in_block))) {
        throw InvalidArgument("weights of shape " + shape + ": rows * ceil(cols / " +
                              std::to_string(in_block) + ") must not exceed 2^32");
    }
    if (draw >= arith::draw_limit) {
        throw InvalidArgument("draw is " + std::to_string(draw) + "; allowed are 0 to 2^56 - 1");
    }
    if (law == Weights::orthogonal && rows != cols) {
        throw InvalidArgument("orthogonal weights must be square, not " + shape);
    }
}

}  // namespace

void weights(Weights law, std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
             std::int64_t rows, std::int64_t cols, std::span<float> out) {
    check_matrix(law, draw, rows, cols);
    if (out.size() != static_cast<std::size_t>(rows * cols)) {
        throw InvalidArgument("out has " + std::to_string(out.size()) + " elements; " +
                              shape_text(rows, cols) + " needs " + std::to_string(rows * cols));
    }
    const cpu::WeightMatrix w{law, seed, draw, layer, rows, cols};
    if (law == Weights::orthogonal) {
        const cpu::SingleBlasThread single;
        cpu::fill_orthogonal(w, out.data());
    } else {
        cpu::fill_weights(w, 0, rows, out.data(), cols);
    }
}

float weight(Weights law, std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
             std::int64_t rows, std::int64_t cols, std::int64_t i, std::int64_t j) {
    check_matrix(law, draw, rows, cols);
    if (i < 0 || i >= rows || j < 0 || j >= cols) {
        throw InvalidArgument("element (" + std::to_string(i) + ", " + std::to_string(j) +
                              ") is not in [" + std::to_string(rows) + ", " + std::to_string(cols) +
                              "]");
    }
    using arith::Law;
    const auto run = arith::matrix_run(seed, draw, layer, arith::Stream::weights);
    switch (law) {
        case Weights::gaussian:
            return arith::element<Law::gaussian>(run, cols, i, j);
        case Weights::uniform:
            return arith::element<Law::uniform>(run, cols, i, j);
        case Weights::rademacher:
            return arith::element<Law::rademacher>(run, cols, i, j);
        case Weights::uniform_positive:
            return arith::element<Law::uniform_positive>(run, cols, i, j);
        case Weights::half_normal:
            return arith::element<Law::half_normal>(run, cols, i, j);
        case Weights::orthogonal:
            break;
    }
    throw InvalidArgument("an element of orthogonal weights cannot be made alone; use weights()");
}

}  // namespace rankchain

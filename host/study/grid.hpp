// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// From the axes of a study file to the cells of its grid.
#pragma once

#include "host/io/input_file.hpp"
#include <rankchain/study.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rankchain {

/// Where a value stands in a study file.
struct Place {
    std::int64_t line = 1;
    std::int64_t column = 1;
};

template <class T>
struct Located {
    T value = {};
    Place place = {};
};

/// One value for each point of the axis; a key that is no array is an axis of one.
template <class T>
using Axis = std::vector<Located<T>>;

/// The batch of a cell: a number, or the cell's width.
struct Batch {
    bool is_width = true;
    std::int64_t number = 0;
};

/// In the order of the study file: the last varies fastest.
struct Axes {
    Axis<std::int64_t> width;
    Axis<Batch> batch;
    Axis<std::int64_t> depth;
    Axis<Weights> weights;
    Axis<Scale> scale;
    Axis<double> gamma;
    Axis<Normalization> normalization;
    Axis<Activation> activation;
    Axis<Order> order;
    Axis<double> eps;
    Axis<Precision> precision;
    Axis<std::string> kind;
    Axis<std::string> path;
    Axis<std::int64_t> offset;
    Axis<Standardise> standardise;
};

/// Which depths are recorded.
struct Depths {
    enum class Rule { list, log, every };
    Rule rule = Rule::log;
    std::int64_t number = 25;  ///< K of log:K and every:K
    Axis<std::int64_t> list = {};
    Place place = {};
};

struct Record {
    Depths depths;
    Observe observe = Observe::hidden;
    Axis<double> soft_rank;
    Axis<Metric> metrics;
    Place place;
};

/// Throws InvalidArgument with the place put before the message.
using Refuse = std::function<void(Place, const std::string&)>;
/// load_input(), or what a test puts in its stead.
using InputLoader = std::function<Input(const InputFile&, std::int64_t batch)>;

/// The depths that the rule records of a chain of `depth` layers, ascending and distinct.
///
///   list     as given
///   log:K    round(depth^(k / (K - 1))), k = 0 .. K - 1: up to K depths from 1 to depth, evenly
///            spaced in log, both ends included; K = 1: the last; depth 0: the input alone
///   every:K  0, K, 2 K, ... up to depth
std::vector<std::int64_t> recorded_depths(const Depths& depths, std::int64_t depth);

/// The cells of the grid; paths start at `folder`. What a cell cannot be is refused at the place of
/// the key that is responsible.
std::vector<Cell> make_cells(const Axes& axes, const Record& record,
                             const std::filesystem::path& folder, const InputLoader& load,
                             const Refuse& refuse);

/// Whether [input] kind means a file.
bool is_file_kind(std::string_view kind);

}  // namespace rankchain

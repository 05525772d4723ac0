// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/grid.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

namespace rankchain {
namespace {

// A study is one file and one run: beyond this it is a slip of the pen.
constexpr std::size_t cells_limit = 100'000;
constexpr std::int64_t recorded_limit = 10'000'000;  // numbers a draw, over all cells

// Counts through all combinations, the last digit fastest.
class Odometer {
  public:
    explicit Odometer(std::vector<std::size_t> sizes) : sizes_(std::move(sizes)) {
        digits_.resize(sizes_.size());
    }
    // No product of sizes can wrap: it stops at the limit.
    [[nodiscard]] std::size_t count_up_to(std::size_t limit) const {
        std::size_t product = 1;
        for (const std::size_t size : sizes_) {
            if (size != 0 && product > limit / size) return limit + 1;
            product *= size;
        }
        return product;
    }
    [[nodiscard]] std::size_t operator[](std::size_t axis) const { return digits_[axis]; }
    bool next() {
        for (std::size_t axis = sizes_.size(); axis-- > 0;) {
            if (++digits_[axis] < sizes_[axis]) return true;
            digits_[axis] = 0;
        }
        return false;
    }

  private:
    std::vector<std::size_t> sizes_;
    std::vector<std::size_t> digits_;
};

std::int64_t recorded_count(const Depths& depths, std::int64_t depth) {
    switch (depths.rule) {
        case Depths::Rule::list:
            return static_cast<std::int64_t>(depths.list.size());
        case Depths::Rule::log:
            return std::min(depths.number, std::max<std::int64_t>(depth, 1));  // at most
        case Depths::Rule::every:
            return depth / depths.number + 1;
    }
    return 0;
}

Input::Kind generated_kind(std::string_view kind) {
    if (kind == "gaussian-shared") return Input::Kind::gaussian_shared;
    if (kind == "identity") return Input::Kind::identity;
    if (kind == "duplicate-pairs") return Input::Kind::duplicate_pairs;
    return Input::Kind::gaussian;
}

// Each file is read once for each batch; the cells share what was read.
class Inputs {
  public:
    Inputs(std::filesystem::path folder, const InputLoader& load)
        : folder_(std::move(folder)), load_(load) {}

    Input get(const std::string& kind, const std::string& path, std::int64_t offset,
              Standardise standardise, std::int64_t batch) {
        if (!is_file_kind(kind)) return {generated_kind(kind), 0, nullptr};
        const auto key = std::tuple(kind, path, offset, standardise, batch);
        if (const auto found = loaded_.find(key); found != loaded_.end()) return found->second;
        const InputFile file{parse_file_kind(kind), folder_ / path, offset, standardise};
        return loaded_.emplace(key, load_(file, batch)).first->second;
    }

  private:
    std::filesystem::path folder_;
    const InputLoader& load_;
    std::map<std::tuple<std::string, std::string, std::int64_t, Standardise, std::int64_t>, Input>
        loaded_;
};

// The axes at one point of the grid.
struct Point {
    const Axes& axes;
    const Odometer& at;

    [[nodiscard]] const auto& width() const { return axes.width[at[0]]; }
    [[nodiscard]] const auto& batch() const { return axes.batch[at[1]]; }
    [[nodiscard]] const auto& depth() const { return axes.depth[at[2]]; }
    [[nodiscard]] const auto& weights() const { return axes.weights[at[3]]; }
    [[nodiscard]] const auto& scale() const { return axes.scale[at[4]]; }
    [[nodiscard]] const auto& gamma() const { return axes.gamma[at[5]]; }
    [[nodiscard]] const auto& normalization() const { return axes.normalization[at[6]]; }
    [[nodiscard]] const auto& activation() const { return axes.activation[at[7]]; }
    [[nodiscard]] const auto& order() const { return axes.order[at[8]]; }
    [[nodiscard]] const auto& eps() const { return axes.eps[at[9]]; }
    [[nodiscard]] const auto& precision() const { return axes.precision[at[10]]; }
    [[nodiscard]] const auto& kind() const { return axes.kind[at[11]]; }
    [[nodiscard]] const auto& path() const { return axes.path[at[12]]; }
    [[nodiscard]] const auto& offset() const { return axes.offset[at[13]]; }
    [[nodiscard]] const auto& standardise() const { return axes.standardise[at[14]]; }

    [[nodiscard]] Network network() const {
        return {
            width().value,         batch().value.is_width ? width().value : batch().value.number,
            depth().value,         weights().value,
            scale().value,         gamma().value,
            normalization().value, activation().value,
            order().value,         eps().value,
            precision().value};
    }

    // Messages of validate() begin with the name of the field.
    [[nodiscard]] Place place_of(std::string_view message) const {
        const std::array<std::pair<std::string_view, Place>, 8> fields{
            {{"width ", width().place},
             {"batch ", batch().value.is_width ? width().place : batch().place},
             {"depth ", depth().place},
             {"weights ", weights().place},
             {"scale ", scale().place},
             {"gamma ", gamma().place},
             {"eps ", eps().place},
             {"input ", is_file_kind(kind().value) ? path().place : kind().place}}};
        for (const auto& [field, place] : fields) {
            if (message.starts_with(field)) return place;
        }
        return width().place;
    }
};

std::vector<std::size_t> sizes(const Axes& a) {
    return {a.width.size(), a.batch.size(),  a.depth.size(),         a.weights.size(),
            a.scale.size(), a.gamma.size(),  a.normalization.size(), a.activation.size(),
            a.order.size(), a.eps.size(),    a.precision.size(),     a.kind.size(),
            a.path.size(),  a.offset.size(), a.standardise.size()};
}

// The quantities, each metric asked alone first so that a refusal has its place.
std::vector<Quantity> quantities(const Network& network, const Record& record,
                                 const Refuse& refuse) {
    std::vector<double> taus;
    std::vector<Metric> metrics;
    for (const auto& tau : record.soft_rank)
        taus.push_back(tau.value);
    for (const auto& metric : record.metrics) {
        metrics.push_back(metric.value);
        try {
            (void)expand(network, {}, {&metrics.back(), 1});
        } catch (const InvalidArgument& error) {
            refuse(metric.place, error.what());
        }
    }
    try {
        return expand(network, taus, metrics);
    } catch (const InvalidArgument& error) {
        refuse(record.place, error.what());
    }
    return {};
}

}  // namespace

bool is_file_kind(std::string_view kind) {
    return kind == "idx" || kind == "cifar10" || kind == "npy";
}

std::vector<std::int64_t> recorded_depths(const Depths& depths, std::int64_t depth) {
    std::vector<std::int64_t> found;
    switch (depths.rule) {
        case Depths::Rule::list:
            for (const auto& entry : depths.list)
                found.push_back(entry.value);
            break;
        case Depths::Rule::log:
            for (std::int64_t k = 0; depth > 1 && k + 1 < depths.number; ++k) {
                const double part = static_cast<double>(k) / static_cast<double>(depths.number - 1);
                found.push_back(std::llround(std::pow(static_cast<double>(depth), part)));
            }
            found.push_back(depth);
            break;
        case Depths::Rule::every:
            for (std::int64_t l = 0; l <= depth; l += depths.number)
                found.push_back(l);
            break;
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::vector<Cell> make_cells(const Axes& axes, const Record& record,
                             const std::filesystem::path& folder, const InputLoader& load,
                             const Refuse& refuse) {
    Odometer at(sizes(axes));
    if (at.count_up_to(cells_limit) > cells_limit) {
        refuse(axes.width.front().place,
               "the grid has more than " + std::to_string(cells_limit) + " cells");
    }
    Inputs inputs(folder, load);
    std::vector<Cell> cells;
    std::int64_t recorded = 0;
    do {
        const Point point{axes, at};
        Cell cell;
        cell.network = point.network();
        cell.observe = record.observe;
        try {
            // Sizes first, with an input that is always right: a file is not read for nothing.
            Network alone = cell.network;
            if (is_file_kind(point.kind().value)) alone.weights = Weights::gaussian;
            validate(alone, {});
        } catch (const InvalidArgument& error) {
            refuse(point.place_of(error.what()), error.what());
        }
        try {
            cell.input = inputs.get(point.kind().value, point.path().value, point.offset().value,
                                    point.standardise().value, cell.network.batch);
        } catch (const InvalidArgument& error) {
            refuse(point.path().place, error.what());
        }
        cell.input_text = point.kind().value;
        if (is_file_kind(cell.input_text)) {
            const Standardise standardise = point.standardise().value;
            cell.input_text += ' ' + point.path().value;
            cell.input_text += ' ' + std::to_string(point.offset().value);
            if (standardise == Standardise::row) cell.input_text += " row";
            if (standardise == Standardise::column) cell.input_text += " column";
        }
        try {
            validate(cell.network, cell.input);
        } catch (const InvalidArgument& error) {
            refuse(point.place_of(error.what()), error.what());
        }
        const std::int64_t depth = cell.network.depth;
        for (const auto& entry : record.depths.list) {
            if (entry.value > depth) {
                refuse(entry.place, "depths holds " + std::to_string(entry.value) +
                                        ", beyond the depth " + std::to_string(depth) +
                                        " of a network; allowed are whole numbers from 0 to it");
            }
        }
        cell.quantities = quantities(cell.network, record, refuse);
        const std::int64_t layers = recorded_count(record.depths, depth);
        const auto width = static_cast<std::int64_t>(cell.quantities.size());
        if (layers > (recorded_limit - recorded) / width) {
            refuse(record.depths.place, "the study records more than " +
                                            std::to_string(recorded_limit) +
                                            " numbers a draw; record fewer depths or metrics");
        }
        recorded += layers * width;
        cell.layers = recorded_depths(record.depths, depth);
        cells.push_back(std::move(cell));
    } while (at.next());
    return cells;
}

}  // namespace rankchain

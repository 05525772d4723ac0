// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The study file, docs/study-file.md. The one translation unit that sees toml++
// (study_section.hpp).
#include "host/study/study_file.hpp"

#include "host/names.hpp"
#include "host/study/study_section.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

namespace rankchain {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 20;
constexpr std::int64_t log_limit = 10'000;

constexpr std::array<std::string_view, 5> top_keys{"seed", "draws", "network", "input", "record"};
constexpr std::array<std::string_view, 11> network_keys{
    "width",         "batch",      "depth", "weights", "scale",    "gamma",
    "normalization", "activation", "order", "eps",     "precision"};
constexpr std::array<std::string_view, 4> input_keys{"kind", "path", "offset", "standardise"};
constexpr std::array<std::string_view, 5> record_keys{"depths", "observe", "soft_rank", "metrics",
                                                      "keep"};
constexpr std::array<std::string_view, 7> kinds{
    "gaussian", "gaussian-shared", "identity", "duplicate-pairs", "idx", "cifar10", "npy"};
constexpr std::array<std::string_view, 2> keeps{"summary", "draws"};

void read_network(const Section& network, Axes& axes) {
    const Network usual;
    const auto whole = [&](auto key, const toml::node& node) {
        return network.integer(key, node, std::numeric_limits<std::int64_t>::min(), no_limit);
    };
    // The ranges of sizes are validate()'s; here only their type.
    const auto size = [&](auto key, const toml::node& node) {
        if (!node.is_integer()) network.refuse(key, node, "a whole number, or an array of them");
        return whole(key, node);
    };
    const auto batch = [&](auto key, const toml::node& node) -> Batch {
        if (node.is_string() && node.as_string()->get() == "width") return {true, 0};
        if (!node.is_integer()) {
            network.refuse(key, node, "a whole number, \"width\", or an array of these");
        }
        return {false, whole(key, node)};
    };
    const auto scale = [&](auto key, const toml::node& node) -> Scale {
        constexpr std::string_view allowed = "a number above 0, \"fan-in\" or \"he\"";
        if (!node.is_string()) return {Scale::Kind::number, network.real(key, node, allowed)};
        const std::string& name = node.as_string()->get();
        if (name == "fan-in") return {Scale::Kind::fan_in, 1.0};
        if (name == "he") return {Scale::Kind::he, 1.0};
        network.refuse(key, node, allowed);
    };
    const auto number = [&](auto key, const toml::node& node) {
        return network.real(key, node, key == "gamma" ? "a number or inf" : "a number from 0");
    };
    const auto named = [&](auto parse) {
        return
            [&network, parse](auto, const toml::node& node) { return network.word(node, parse); };
    };
    axes.width = network.axis<std::int64_t>("width", size);
    axes.batch = network.axis<Batch>("batch", Batch{}, batch);
    axes.depth = network.axis<std::int64_t>("depth", size);
    axes.weights = network.axis<Weights>("weights", usual.weights, named(parse_weights));
    axes.scale = network.axis<Scale>("scale", usual.scale, scale);
    axes.gamma = network.axis<double>("gamma", usual.gamma, number);
    axes.normalization = network.axis<Normalization>("normalization", usual.normalization,
                                                     named(parse_normalization));
    axes.activation =
        network.axis<Activation>("activation", usual.activation, named(parse_activation));
    axes.order = network.axis<Order>("order", usual.order, named(parse_order));
    axes.eps = network.axis<double>("eps", usual.eps, number);
    axes.precision = network.axis<Precision>("precision", usual.precision, named(parse_precision));
    network.check_not_empty("width", axes.width);
    network.check_not_empty("batch", axes.batch);
    network.check_not_empty("depth", axes.depth);
    network.check_not_empty("weights", axes.weights);
    network.check_not_empty("scale", axes.scale);
    network.check_not_empty("gamma", axes.gamma);
    network.check_not_empty("normalization", axes.normalization);
    network.check_not_empty("activation", axes.activation);
    network.check_not_empty("order", axes.order);
    network.check_not_empty("eps", axes.eps);
    network.check_not_empty("precision", axes.precision);
}

void read_input(const Section& input, Axes& axes) {
    axes.kind = input.axis<std::string>("kind", "gaussian", [&](auto key, const toml::node& node) {
        return input.one_of(key, node, kinds);
    });
    axes.path = input.axis<std::string>("path", "", [&](auto key, const toml::node& node) {
        std::string path = input.text(key, node, "the name of a file in quotes");
        if (path.empty() || path.find('\0') != std::string::npos) {
            input.refuse(key, node, "the name of a file in quotes");
        }
        return path;
    });
    axes.offset = input.axis<std::int64_t>("offset", 0, [&](auto key, const toml::node& node) {
        return input.integer(key, node, 0, no_limit);
    });
    axes.standardise = input.axis<Standardise>(
        "standardise", Standardise::none, [&](auto, const toml::node& node) {
            return input.word(node,
                              [](const std::string& name) { return parse_standardise(name); });
        });
    input.check_not_empty("kind", axes.kind);
    input.check_not_empty("path", axes.path);
    input.check_not_empty("offset", axes.offset);
    input.check_not_empty("standardise", axes.standardise);

    const auto file = std::find_if(axes.kind.begin(), axes.kind.end(),
                                   [](const auto& kind) { return is_file_kind(kind.value); });
    if (file != axes.kind.end() && input.find("path") == nullptr) {
        input.source().refuse(file->place, "kind \"" + file->value + "\" needs path = \"FILE\"");
    }
    if (file == axes.kind.end()) {
        for (const std::string_view key : {"path", "offset", "standardise"}) {
            if (const toml::node* const node = input.find(key)) {
                input.refuse(key, *node,
                             "only with kind \"idx\", \"cifar10\" or \"npy\"; here kind is \"" +
                                 axes.kind.front().value + "\"");
            }
        }
    }
}

Depths read_depths(const Section& record) {
    const toml::node* const node = record.find("depths");
    if (node == nullptr) return {.place = record.place()};
    Depths depths{.place = place_of(node->source())};
    constexpr std::string_view allowed =
        "a list of whole numbers from 0, \"log:K\" with K from 1 to 10000, or \"every:K\" with K "
        "from 1";
    if (node->is_array()) {
        depths.rule = Depths::Rule::list;
        depths.list =
            record.list<std::int64_t>("depths", *node, [&](auto key, const toml::node& entry) {
                return record.integer(key, entry, 0, no_limit);
            });
        record.check_not_empty("depths", depths.list);
        return depths;
    }
    const std::string text = record.text("depths", *node, allowed);
    const auto number = [&](std::string_view digits, std::int64_t most) {
        std::int64_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < 1 ||
            value > most) {
            record.refuse("depths", *node, allowed);
        }
        return value;
    };
    if (text.starts_with("log:")) {
        depths.rule = Depths::Rule::log;
        depths.number = number(std::string_view(text).substr(4), log_limit);
    } else if (text.starts_with("every:")) {
        depths.rule = Depths::Rule::every;
        depths.number = number(std::string_view(text).substr(6), no_limit);
    } else {
        record.refuse("depths", *node, allowed);
    }
    return depths;
}

template <class T>
void check_distinct(const Section& record, std::string_view key, const Axis<T>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (values[i].value == values[j].value) {
                record.source().refuse(values[i].place,
                                       std::string(key) + " holds this entry twice");
            }
        }
    }
}

Record read_record(const Section& record, bool& keep_draws) {
    Record found;
    found.place = record.place();
    found.depths = read_depths(record);
    if (const toml::node* const node = record.find("observe")) {
        found.observe = record.word(*node, parse_observe);
    }
    if (const toml::node* const node = record.find("soft_rank")) {
        found.place = place_of(node->source());
        found.soft_rank =
            record.list<double>("soft_rank", *node, [&](auto key, const toml::node& entry) {
                constexpr std::string_view allowed = "finite numbers from 0";
                const double tau = record.real(key, entry, allowed);
                if (!(tau >= 0) || std::isinf(tau)) record.refuse(key, entry, allowed);
                return tau;
            });
        check_distinct(record, "soft_rank", found.soft_rank);
    }
    if (const toml::node* const node = record.find("metrics")) {
        found.place = place_of(node->source());
        found.metrics = record.list<Metric>("metrics", *node, [&](auto, const toml::node& entry) {
            return record.word(entry, parse_metric);
        });
        check_distinct(record, "metrics", found.metrics);
    } else {
        found.metrics = {{Metric::rank_lower_bound, record.place()}};
    }
    if (const toml::node* const node = record.find("keep")) {
        keep_draws = record.one_of("keep", *node, keeps) == "draws";
    }
    return found;
}

// TOML's integers are signed: a string of digits reaches the upper half.
std::uint64_t read_seed(const Section& top, const toml::node& node) {
    constexpr std::string_view allowed =
        "a whole number from 0 to 9223372036854775807, or up to 18446744073709551615 as a string "
        "of digits";
    if (const auto* const value = node.as_integer(); value != nullptr && value->get() >= 0) {
        return static_cast<std::uint64_t>(value->get());
    }
    if (const auto* const value = node.as_string()) {
        const std::string& digits = value->get();
        std::uint64_t seed = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), seed);
        if (error == std::errc{} && end == digits.data() + digits.size() && !digits.empty()) {
            return seed;
        }
    }
    top.refuse("seed", node, allowed);
}

toml::table parse_toml(const Source& source, std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        const Place place = place_of(error.source());
        const std::string line = source.line_from({place.line, 1});
        source.refuse(place, "not TOML: " + std::string(error.description()) +
                                 (line.empty() ? "" : "; the line is: " + line));
    }
}

}  // namespace

Study parse_study(std::string_view text, const std::filesystem::path& name,
                  const InputLoader& load) {
    const Source source(text, name);
    if (text.size() > file_limit) {
        source.refuse({}, "a study file is at most 1 MiB; this has " + std::to_string(text.size()) +
                              " bytes");
    }
    const toml::table parsed = parse_toml(source, text);
    const toml::table nothing;
    const Section top(source, parsed, "", top_keys);
    Study study;
    study.text = text;
    study.draws = 1000;
    if (const toml::node* const node = top.find("seed")) study.seed = read_seed(top, *node);
    if (const toml::node* const node = top.find("draws")) {
        study.draws = top.integer("draws", *node, 0, draws_limit);
    }
    const auto section = [&](std::string_view key, std::span<const std::string_view> allowed) {
        const toml::table* const table = top.table(key);
        return Section(source, table != nullptr ? *table : nothing, std::string(key), allowed);
    };
    Axes axes;
    const Section network = section("network", network_keys);
    const Section input = section("input", input_keys);
    const Section record = section("record", record_keys);
    read_network(network, axes);
    read_input(input, axes);
    const Record recorded = read_record(record, study.keep_draws);
    study.cells =
        make_cells(axes, recorded, name.parent_path(), load,
                   [&](Place place, const std::string& message) { source.refuse(place, message); });
    return study;
}

Study parse_study(std::string_view text, const std::filesystem::path& name) {
    return parse_study(text, name, load_input);
}

Study load_study(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
        throw InvalidArgument(
            file.string() + ": " +
            (error ? error.message() : std::string("a study must be a regular file")));
    }
    std::ifstream stream(file, std::ios::binary);
    std::string text(file_limit + 1, '\0');
    if (!stream) throw InvalidArgument(file.string() + ": cannot be opened for reading");
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) throw Error(file.string() + ": reading failed");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return parse_study(text, file);
}

}  // namespace rankchain

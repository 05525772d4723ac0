// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The study file, docs/study-file.md. The one translation unit that sees toml++.
#include "host/study/study_file.hpp"

#include "host/names.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include <toml++/toml.h>

namespace rankchain {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 20;
constexpr std::int64_t log_limit = 10'000;
constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

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

Place place_of(const toml::source_region& region) {
    return {std::max<std::int64_t>(1, region.begin.line),
            std::max<std::int64_t>(1, region.begin.column)};
}

// The text of a study file, for messages that quote it.
class Source {
  public:
    Source(std::string_view text, std::filesystem::path name)
        : text_(text), name_(std::move(name)) {}

    [[noreturn]] void refuse(Place place, const std::string& message) const {
        throw InvalidArgument(name_.string() + ":" + std::to_string(place.line) + ":" +
                              std::to_string(place.column) + ": " + message);
    }

    // From a place to the end of its line, without a comment's blanks, at most 60 bytes.
    [[nodiscard]] std::string line_from(Place place) const {
        std::string_view rest = text_;
        for (std::int64_t line = 1; line < place.line; ++line) {
            const std::size_t end = rest.find('\n');
            if (end == std::string_view::npos) return {};
            rest.remove_prefix(end + 1);
        }
        rest = rest.substr(0, rest.find_first_of("\r\n"));
        rest.remove_prefix(std::min(rest.size(), bytes(rest, place.column - 1)));
        return cut(rest);
    }

    // What stands in a region, if it is on one line; otherwise its first line.
    [[nodiscard]] std::string quote(const toml::source_region& region) const {
        const Place from = place_of(region);
        const std::string line = line_from(from);
        if (region.end.line != region.begin.line) return line + " ...";
        return line.substr(0, bytes(line, static_cast<std::int64_t>(region.end.column) -
                                              static_cast<std::int64_t>(region.begin.column)));
    }

  private:
    // toml++ counts columns in code points.
    static std::size_t bytes(std::string_view line, std::int64_t code_points) {
        std::size_t at = 0;
        for (; at < line.size(); ++at) {
            const bool starts = (static_cast<unsigned char>(line[at]) & 0xC0U) != 0x80U;
            if (starts && code_points-- <= 0) break;
        }
        return at;
    }
    static std::string cut(std::string_view line) {
        constexpr std::size_t most = 60;
        if (line.size() <= most) return std::string(line);
        return std::string(line.substr(0, bytes(line.substr(0, most), most))) + "...";
    }

    std::string_view text_;
    std::filesystem::path name_;
};

// One table of the file under its name in messages.
class Section {
  public:
    Section(const Source& source, const toml::table& table, std::string name,
            std::span<const std::string_view> allowed)
        : source_(source), table_(table), name_(std::move(name)) {
        for (const auto& [key, value] : table) {
            if (std::find(allowed.begin(), allowed.end(), key.str()) == allowed.end()) {
                source.refuse(place_of(key.source()),
                              unknown_name("key" + (name_.empty() ? "" : " in [" + name_ + "]"),
                                           key.str(), allowed));
            }
        }
    }

    [[nodiscard]] const toml::node* find(std::string_view key) const { return table_.get(key); }

    [[nodiscard]] Place place() const { return place_of(table_.source()); }

    [[noreturn]] void refuse(std::string_view key, const toml::node& node,
                             std::string_view allowed) const {
        source_.refuse(place_of(node.source()), std::string(key) + " is " +
                                                    source_.quote(node.source()) +
                                                    "; allowed: " + std::string(allowed));
    }

    // A table of this table; empty where there is none.
    [[nodiscard]] const toml::table* table(std::string_view key) const {
        const toml::node* const node = find(key);
        if (node == nullptr) return nullptr;
        if (!node->is_table()) refuse(key, *node, "a table, [" + std::string(key) + "]");
        return node->as_table();
    }

    // The values of a key, each by convert(key, node); one where it is no array.
    template <class T, class Convert>
    [[nodiscard]] Axis<T> axis(std::string_view key, T fallback, const Convert& convert) const {
        const toml::node* const node = find(key);
        if (node == nullptr) return {{std::move(fallback), place()}};
        if (!node->is_array()) return {{convert(key, *node), place_of(node->source())}};
        return list<T>(key, *node, convert);
    }
    template <class T, class Convert>
    [[nodiscard]] Axis<T> axis(std::string_view key, const Convert& convert) const {
        if (find(key) == nullptr) {
            source_.refuse(place(), "[" + name_ + "] lacks " + std::string(key) +
                                        "; allowed: a whole number, or an array of them");
        }
        return axis<T>(key, T{}, convert);
    }
    template <class T, class Convert>
    [[nodiscard]] Axis<T> list(std::string_view key, const toml::node& node,
                               const Convert& convert) const {
        if (!node.is_array()) refuse(key, node, "an array");
        Axis<T> values;
        for (const toml::node& entry : *node.as_array()) {
            values.push_back({convert(key, entry), place_of(entry.source())});
        }
        return values;
    }
    // An axis needs a point.
    template <class T>
    void check_not_empty(std::string_view key, const Axis<T>& values) const {
        if (values.empty()) refuse(key, *find(key), "an array with at least one entry");
    }

    [[nodiscard]] std::int64_t integer(std::string_view key, const toml::node& node,
                                       std::int64_t least, std::int64_t most) const {
        const auto* const value = node.as_integer();
        if (value == nullptr || value->get() < least || value->get() > most) {
            refuse(key, node,
                   "a whole number from " + std::to_string(least) +
                       (most == no_limit ? "" : " to " + std::to_string(most)));
        }
        return value->get();
    }
    [[nodiscard]] double real(std::string_view key, const toml::node& node,
                              std::string_view allowed) const {
        if (const auto* const value = node.as_floating_point()) return value->get();
        if (const auto* const value = node.as_integer()) return static_cast<double>(value->get());
        refuse(key, node, allowed);
    }
    [[nodiscard]] std::string text(std::string_view key, const toml::node& node,
                                   std::string_view allowed) const {
        const auto* const value = node.as_string();
        if (value == nullptr) refuse(key, node, allowed);
        return value->get();
    }
    // A name: parse throws InvalidArgument with the names allowed.
    template <class Parse>
    [[nodiscard]] auto word(const toml::node& node, const Parse& parse) const {
        // What is no string is no name either: parse lists the names allowed.
        const auto* const value = node.as_string();
        try {
            return parse(value != nullptr ? value->get() : source_.quote(node.source()));
        } catch (const InvalidArgument& error) {
            source_.refuse(place_of(node.source()), error.what());
        }
    }
    [[nodiscard]] std::string one_of(std::string_view key, const toml::node& node,
                                     std::span<const std::string_view> names) const {
        return word(node, [&](const std::string& name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                throw InvalidArgument(unknown_name(key, name, names));
            }
            return name;
        });
    }

    [[nodiscard]] const Source& source() const { return source_; }

  private:
    const Source& source_;
    const toml::table& table_;
    std::string name_;
};

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

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A table of a study file, read key by key; what is wrong is refused with its place. Only for
// study_file.cpp: it brings toml++ along.
#pragma once

#include "host/names.hpp"
#include "host/study/grid.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <toml++/toml.h>

namespace rankchain {

inline constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

inline Place place_of(const toml::source_region& region) {
    return {std::max<std::int64_t>(1, region.begin.line),
            std::max<std::int64_t>(1, region.begin.column)};
}

/// The text of a study file, for messages that quote it.
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

/// One table of the file under its name in messages.
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

}  // namespace rankchain

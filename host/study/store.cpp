// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/store.hpp"

#include "host/study/result_file.hpp"
#include "host/study/stored_draws.hpp"
#include <rankchain/error.hpp>
#include <rankchain/version.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <limits>
#include <thread>

#include <unistd.h>

namespace rankchain {
namespace {

constexpr std::int64_t every_chunk = std::numeric_limits<std::int64_t>::max();

// Who owns the file, as far as it says: the owner writes its name right after it has the lock.
std::string owner_of(const std::filesystem::path& file) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        try {
            Database database(file, Database::Mode::read);
            Statement row(database, "SELECT value FROM meta WHERE key = 'owner'");
            if (row.step()) return row.text(0);
        } catch (const Error&) {
            // Not begun yet, or being written: that is what the next attempt is for.
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return "its name is not in the file yet";
}

FileLock own(const std::filesystem::path& file) {
    try {
        return FileLock(file);
    } catch (const FileLock::Taken&) {
        throw InvalidArgument(file.string() +
                              ": another run owns this result file: " + owner_of(file));
    }
}

// The first differences, and how many more.
class Differences {
  public:
    void compare(const std::string& field, const std::string& was, const std::string& is) {
        if (was == is) return;
        if (++count_ <= 5) {
            text_ += (count_ > 1 ? "; " : "") + field + ": the file has " + shown(was) +
                     ", this run " + shown(is);
        }
    }
    void refuse(const std::filesystem::path& file) const {
        if (count_ == 0) return;
        throw InvalidArgument(
            file.string() + ": resume goes on with the same study only (more draws are allowed): " +
            text_ + (count_ > 5 ? "; and " + std::to_string(count_ - 5) + " more" : ""));
    }

  private:
    static std::string shown(const std::string& value) {
        constexpr std::size_t most = 100;
        return value.size() <= most ? value : value.substr(0, most) + "...";
    }
    std::size_t count_ = 0;
    std::string text_;
};

}  // namespace

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    if (gmtime_r(&now, &parts) == nullptr) return "unknown";
    std::array<char, 32> text{};
    const std::size_t length =
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

std::string owner_name() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host = {"unknown"};
    return "pid " + std::to_string(::getpid()) + " on " + host.data() + " since " + utc_now();
}

Store::Store(const std::filesystem::path& file, const Study& study, const DeviceInfo& device,
             bool resume)
    : study_(study), lock_(own(file)), database_(file, Database::Mode::write) {
    if (lock_.size() > 0 && !resume) {
        throw InvalidArgument(file.string() +
                              ": exists already; resume it, or name another result file");
    }
    // Rollback journal and full synchronisation: after a commit the chunk is on the disk, whatever
    // happens to the process or the machine.
    database_.execute("PRAGMA journal_mode = DELETE");
    database_.execute("PRAGMA synchronous = FULL");
    // A beginning that was killed leaves no table once its journal is played back.
    if (database_.integer("SELECT count(*) FROM sqlite_master") == 0) {
        begin(device);
    } else {
        go_on(device);
    }
    prepare();
}

void Store::begin(const DeviceInfo& device) {
    const std::string now = utc_now();
    const Meta meta{{"study", study_.text},
                    {"seed", std::to_string(study_.seed)},
                    {"draws", std::to_string(study_.draws)},
                    {"keep", study_.keep_draws ? "draws" : "summary"},
                    {"version", RANKCHAIN_VERSION},
                    {"git_revision", RANKCHAIN_GIT_REVISION},
                    {"device", device.name},
                    {"arithmetic", device.arithmetic},
                    {"threads", std::to_string(device.threads)},
                    {"sqlite", database_version()},
                    {"owner", owner_name()},
                    {"started", now},
                    {"updated", now},
                    {"state", "running"}};
    Transaction transaction(database_, Database::Mode::write);
    write_layout(database_, study_, meta);
    transaction.commit();
}

void Store::check_same(const Study& stored, const DeviceInfo& device) {
    const Meta meta = read_meta(database_);
    Differences differences;
    differences.compare("version", meta.at("version"), RANKCHAIN_VERSION);
    differences.compare("arithmetic", meta.at("arithmetic"), device.arithmetic);
    const auto was = describe(stored);
    const auto is = describe(study_);
    for (std::size_t i = 0; i < std::min(was.size(), is.size()); ++i) {
        differences.compare(was[i].first, was[i].second, is[i].second);
    }
    if (was.size() == is.size()) {
        Statement rows(database_, "SELECT cell, input_digest FROM cells ORDER BY cell");
        while (rows.step()) {
            const auto cell = static_cast<std::size_t>(rows.integer(0));
            differences.compare("cell " + std::to_string(cell) + " input values", rows.text(1),
                                input_digest(study_.cells.at(cell).input));
        }
    }
    differences.refuse(database_.file());
    for (std::size_t cell = 0; cell < study_.cells.size(); ++cell) {
        const auto ranges = read_ranges(database_, study_, cell, every_chunk);
        const std::int64_t end = ranges.empty() ? 0 : ranges.back().first + ranges.back().count;
        if (end > study_.draws) {
            throw InvalidArgument(database_.file().string() + ": draws: the file has " +
                                  std::to_string(end) + " of cell " + std::to_string(cell) +
                                  ", this run asks for " + std::to_string(study_.draws) +
                                  "; allowed are as many or more");
        }
    }
}

void Store::go_on(const DeviceInfo& device) {
    check_layout(database_);
    Meta meta = read_meta(database_);
    check_same(read_study(database_, meta), device);
    Transaction transaction(database_, Database::Mode::write);
    meta["study"] = study_.text;  // the same but for draws and comments
    meta["draws"] = std::to_string(study_.draws);
    meta["device"] = device.name;
    meta["threads"] = std::to_string(device.threads);
    meta["owner"] = owner_name();
    meta["updated"] = utc_now();
    meta["state"] = "running";
    std::string& revisions = meta["git_revision"];
    if (revisions.find(RANKCHAIN_GIT_REVISION) == std::string::npos) {
        revisions += std::string(", ") + RANKCHAIN_GIT_REVISION;
    }
    write_meta(database_, study_, meta);
    transaction.commit();
}

void Store::prepare() {
    insert_chunk_.emplace(database_,
                          "INSERT INTO chunks (cell, layer_index, first_draw, count, \"values\", "
                          "resolved, failed_layers, spectrum_failed, degenerate_rows, margins, "
                          "checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
}

std::vector<DrawRange> Store::missing(std::size_t cell) {
    std::vector<DrawRange> gaps;
    std::int64_t next = 0;
    for (const DrawRange& range : read_ranges(database_, study_, cell, every_chunk)) {
        if (range.first > next) gaps.push_back({next, range.first - next});
        next = range.first + range.count;
    }
    if (next < study_.draws) gaps.push_back({next, study_.draws - next});
    return gaps;
}

void Store::commit(std::size_t cell, DrawRange draws, std::span<const Samples> layers) {
    const Cell& of = study_.cells.at(cell);
    if (layers.size() != of.layers.size()) {
        throw Error("a chunk has " + std::to_string(layers.size()) + " recorded depths, not " +
                    std::to_string(of.layers.size()));
    }
    Transaction transaction(database_, Database::Mode::write);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const ChunkKey key{static_cast<std::int64_t>(cell), static_cast<std::int64_t>(i), draws};
        const ChunkBytes bytes = encode(of.quantities, layers[i]);
        (*insert_chunk_)
            .bind(1, key.cell)
            .bind(2, key.layer_index)
            .bind(3, draws.first)
            .bind(4, draws.count)
            .bind(5, bytes.values)
            .bind(6, bytes.resolved)
            .bind(7, bytes.failed_layers)
            .bind(8, bytes.spectrum_failed)
            .bind(9, bytes.degenerate_rows)
            .bind(10, bytes.margins)
            .bind(11, checksum(key, bytes.record()))
            .run();
    }
    transaction.commit();
}

void Store::summarise(std::size_t cell) {
    const auto index = static_cast<std::int64_t>(cell);
    Statement done(database_, "SELECT summarised_draws FROM cells WHERE cell = ?");
    done.bind(1, index);
    if (done.step() && done.integer(0) == study_.draws) return;
    done.reset();

    const Cell& of = study_.cells.at(cell);
    Transaction transaction(database_, Database::Mode::write);
    Statement(database_, "DELETE FROM summary WHERE cell = ?").bind(1, index).run();
    Statement(database_, "DELETE FROM histogram WHERE cell = ?").bind(1, index).run();
    Statement row(database_,
                  "INSERT INTO summary VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                  "?, ?, ?)");
    Statement bar(database_, "INSERT INTO histogram VALUES (?, ?, ?, ?, ?, ?)");
    const std::size_t group = group_size(study_.draws, of.quantities.size());
    for (std::size_t layer = 0; layer < of.layers.size(); ++layer) {
        for (std::size_t first = 0; first < of.quantities.size(); first += group) {
            const std::size_t count = std::min(group, of.quantities.size() - first);
            const LayerDraws draws =
                read_layer(database_, study_, cell, layer, first, count, every_chunk, study_.draws);
            for (std::size_t q = first; q < first + count; ++q) {
                const Quantity& quantity = of.quantities[q];
                const std::string label = quantity.label();
                const Summary s = rankchain::summarise(
                    draws.series[q - first], is_integer(quantity.metric), draws.degenerate_rows);
                row.bind(1, index).bind(2, of.layers[layer]).bind(3, std::string_view(label));
                row.bind(4, quantity.tau).bind(5, s.count).bind(6, s.mean).bind(7, s.std);
                row.bind(8, s.stderr_).bind(9, s.min).bind(10, s.q05).bind(11, s.q25);
                row.bind(12, s.median).bind(13, s.q75).bind(14, s.q95).bind(15, s.max);
                row.bind(16, s.failed).bind(17, s.resolved).bind(18, s.degenerate_rows);
                row.bind(19, s.undecided).bind(20, s.margin).run();
                for (const auto& [value, times] : s.histogram) {
                    bar.bind(1, index).bind(2, of.layers[layer]).bind(3, std::string_view(label));
                    bar.bind(4, quantity.tau).bind(5, value).bind(6, times).run();
                }
            }
        }
    }
    Statement(database_, "UPDATE cells SET summarised_draws = ? WHERE cell = ?")
        .bind(1, study_.draws)
        .bind(2, index)
        .run();
    transaction.commit();
}

void Store::finish() {
    Transaction transaction(database_, Database::Mode::write);
    Meta meta = read_meta(database_);
    meta["state"] = "complete";
    meta["updated"] = utc_now();
    write_meta(database_, study_, meta);
    transaction.commit();
    insert_chunk_.reset();
    database_.close();
}

}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzzed bytes as damage to a result file: it is refused, or reads like a result file.
//
// The first byte chooses the damage:
//   0  the bytes are the file
//   1  each four bytes alter one byte of a good file: its offset, its value
//   2  the bytes are the values of a chunk, under a checksum that fits
//   3  each five bytes alter a field of a table: table, row, field, kind of value, value
#include "host/study/chunk_record.hpp"
#include "host/study/result_file.hpp"
#include "host/study/runner.hpp"
#include "host/study/store.hpp"
#include "tests/fake_ops.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace rankchain {
namespace {

class GoodFile {
  public:
    GoodFile() : folder_(memory_folder()) {
        study_ = parse_study(
            "seed = 3\n[network]\nwidth = [2, 3]\ndepth = 4\n[record]\ndepths = [0, 4]\n"
            "soft_rank = [0.5]\nmetrics = [\"stable_rank\"]\nkeep = \"draws\"\n",
            "s.toml");
        study_.draws = 9;
        FakeOps ops;
        RunOptions options;
        options.result = path();
        options.chunk = 4;
        run(ops, study_, options);
        std::ifstream stream(path(), std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(stream), {});
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "r"; }
    [[nodiscard]] const Study& study() const { return study_; }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    void write(const std::string& bytes) const {
        std::filesystem::remove(path().string() + "-journal");
        std::ofstream stream(path(), std::ios::binary | std::ios::trunc);
        stream << bytes;
        if (!stream.flush()) std::abort();
    }

  private:
    TemporaryFolder folder_;
    Study study_;
    std::string bytes_;
};

using Bytes = std::span<const std::uint8_t>;

void alter_bytes(std::string& file, Bytes damage) {
    for (; damage.size() >= 4; damage = damage.subspan(4)) {
        const std::size_t offset =
            damage[0] + 256U * damage[1] + 65536U * static_cast<std::size_t>(damage[2]);
        file[offset % file.size()] = static_cast<char>(damage[3]);
    }
}

void alter_chunk(const GoodFile& good, Bytes damage) {
    Database database(good.path(), Database::Mode::write);
    const auto values = std::as_bytes(damage);
    const ChunkKey key{1, 1, {4, 4}};
    // Half of the damage goes where the flags are.
    const ChunkRecord record{
        values.first(values.size() / 2), values.subspan(values.size() / 2), {}, {},
        values.first(values.size() / 2), values.subspan(values.size() / 2)};
    Statement(database,
              "UPDATE chunks SET \"values\" = ?, resolved = ?, degenerate_rows = ?, margins = ?, "
              "checksum = ? WHERE cell = 1 AND layer_index = 1 AND first_draw = 4")
        .bind(1, record.values)
        .bind(2, record.resolved)
        .bind(3, record.degenerate_rows)
        .bind(4, record.margins)
        .bind(5, checksum(key, record))
        .run();
}

void alter_fields(const GoodFile& good, Bytes damage) {
    struct Table {
        const char* name;
        std::array<const char*, 6> fields;
    };
    static constexpr std::array<Table, 5> tables{
        {{"meta", {"value", "key", "value", "key", "value", "value"}},
         {"cells", {"width", "batch", "gamma", "input", "input_rows", "scale"}},
         {"layers", {"cell", "layer_index", "layer", "layer", "layer", "layer"}},
         {"quantities", {"cell", "quantity", "metric", "tau", "value_index", "label"}},
         {"chunks", {"cell", "layer_index", "first_draw", "count", "resolved", "checksum"}}}};
    static constexpr std::array<const char*, 8> values{
        "NULL", "-1",    "9223372036854775807",  "9e999",
        "0",    "'abc'", "-9223372036854775808", "zeroblob(3)"};
    Database database(good.path(), Database::Mode::write);
    for (; damage.size() >= 5; damage = damage.subspan(5)) {
        const Table& table = tables[damage[0] % tables.size()];
        const char* const field = table.fields[damage[2] % table.fields.size()];
        const std::string value =
            damage[3] % 2 == 0 ? values[damage[4] % values.size()] : std::to_string(damage[4]);
        const std::string order = std::string(table.name) + " ORDER BY 1, 2 LIMIT 1 OFFSET " +
                                  std::to_string(damage[1] % 16);
        const std::string row = table.name == std::string("meta")         ? "key"
                                : table.name == std::string("layers")     ? "(cell, layer_index)"
                                : table.name == std::string("quantities") ? "(cell, quantity)"
                                                                          : "rowid";
        const std::string bare = row.front() == '(' ? row.substr(1, row.size() - 2) : row;
        const std::string sql = std::string("UPDATE OR REPLACE ") + table.name + " SET \"" + field +
                                "\" = " + value + " WHERE " + row + " = (SELECT " + bare +
                                " FROM " + order + ")";
        try {
            database.execute(sql.c_str());
        } catch (const Error&) {
            // NOT NULL and the like: a damage that SQLite does not allow.
        }
    }
}

void read_all(const std::filesystem::path& file) {
    const Results results(file);
    for (std::size_t cell = 0; cell < results.study().cells.size(); ++cell) {
        const Cell& of = results.study().cells[cell];
        for (std::size_t layer = 0; layer < of.layers.size(); ++layer) {
            for (std::size_t q = 0; q < of.quantities.size(); ++q) {
                const Summary summary = results.summary(cell, layer, q);
                if (summary.count + summary.failed != results.draws_done(cell)) std::abort();
            }
        }
    }
}

}  // namespace
}  // namespace rankchain

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const rankchain::GoodFile good;
    if (size == 0) return 0;
    const rankchain::Bytes damage(data + 1, size - 1);
    std::string bytes = good.bytes();
    if (data[0] % 4 == 0) bytes.assign(damage.begin(), damage.end());
    if (data[0] % 4 == 1) rankchain::alter_bytes(bytes, damage);
    good.write(bytes);
    if (data[0] % 4 == 2) rankchain::alter_chunk(good, damage);
    if (data[0] % 4 == 3) rankchain::alter_fields(good, damage);
    try {
        rankchain::read_all(good.path());
    } catch (const rankchain::Error&) {
    }
    try {
        rankchain::Store store(good.path(), good.study(), {"fake", "fake 1", 2}, true);
        for (std::size_t cell = 0; cell < 2; ++cell) {
            for (const rankchain::DrawRange& gap : store.missing(cell)) {
                if (gap.first < 0 || gap.count < 1 || gap.first + gap.count > 9) std::abort();
            }
        }
    } catch (const rankchain::Error&) {
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// SQLite behind one header: the only part of the library that calls it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace rankchain {

/// A connection. Every error of SQLite becomes an exception that names the file and quotes SQLite:
/// InvalidArgument where the file is not a database or is damaged, Error for the rest (disk full,
/// I/O, a reader that never lets go).
class Database {
  public:
    enum class Mode { read, write };

    Database(const std::filesystem::path& file, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* sql);
    /// Rolls back what is open, if anything. Never throws: it runs while an error is on its way.
    void rollback() noexcept;
    /// Throws where SQLite cannot close; the destructor cannot.
    void close();

    [[nodiscard]] std::int64_t integer(const char* sql);
    [[noreturn]] void fail(int status, std::string_view doing) const;
    [[nodiscard]] sqlite3* handle() const { return handle_; }
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  private:
    std::filesystem::path file_;
    sqlite3* handle_ = nullptr;
};

/// A prepared statement. Parameters count from 1, columns from 0, as SQLite has it. A double that
/// is NaN is bound as NULL, and NULL reads as NaN.
class Statement {
  public:
    Statement(Database& database, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, double value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, std::span<const std::byte> blob);  ///< empty: NULL

    bool step();   ///< true: a row is there
    void run();    ///< a statement without rows; ready for the next binding
    void reset();  ///< ready for the next binding

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] bool is_text(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::span<const std::byte> blob(int column) const;  ///< until the next step

  private:
    Database& database_;
    sqlite3_stmt* handle_ = nullptr;
};

/// BEGIN IMMEDIATE (or a read transaction) .. commit(); rolled back where commit() was not reached.
class Transaction {
  public:
    Transaction(Database& database, Database::Mode mode);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

  private:
    Database& database_;
    bool open_ = true;
};

/// InvalidArgument: the file, and what in it cannot be.
[[noreturn]] void damaged(const Database& database, const std::string& what);

/// The version of the SQLite library in use.
std::string database_version();

}  // namespace rankchain

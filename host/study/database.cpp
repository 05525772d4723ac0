// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/database.hpp"

#include <rankchain/error.hpp>

#include <cmath>
#include <limits>

#include <sqlite3.h>

namespace rankchain {
namespace {

// A reader holds the file for one SELECT, a writer for one commit: seconds, even on a slow disk.
constexpr int busy_timeout_ms = 60'000;

bool is_damage(int status) {
    const int primary = status & 0xff;
    return primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT || primary == SQLITE_FORMAT;
}

}  // namespace

Database::Database(const std::filesystem::path& file, Mode mode) : file_(file) {
    // Absolute, so that no name is special to SQLite (":memory:", "file:...", the empty one).
    const std::string name = std::filesystem::absolute(file).string();
    // A reader opens for writing too (SQLite falls back where it may not): a run that was killed
    // leaves a journal that the next one to open must play back.
    const int status = sqlite3_open_v2(name.c_str(), &handle_,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (status != SQLITE_OK) {
        const std::string reason =
            handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(status);
        sqlite3_close_v2(handle_);
        handle_ = nullptr;
        throw InvalidArgument(file_.string() + ": cannot be opened: " + reason);
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    // A file from elsewhere brings its own schema: it gets to run nothing.
    execute("PRAGMA trusted_schema = OFF");
    if (mode == Mode::read) execute("PRAGMA query_only = ON");
}

Database::~Database() {
    rollback();
    sqlite3_close_v2(handle_);
}

void Database::execute(const char* sql) {
    const int status = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (status != SQLITE_OK) fail(status, sql);
}

void Database::rollback() noexcept {
    if (handle_ == nullptr || sqlite3_get_autocommit(handle_) != 0) return;
    // Where even this fails, the journal stays beside the file and the next opening plays it back.
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::close() {
    const int status = sqlite3_close(handle_);
    if (status != SQLITE_OK) fail(status, "close");
    handle_ = nullptr;
}

std::int64_t Database::integer(const char* sql) {
    Statement statement(*this, sql);
    if (!statement.step()) fail(SQLITE_CORRUPT, sql);
    return statement.integer(0);
}

void Database::fail(int status, std::string_view doing) const {
    const std::string message =
        file_.string() + ": " +
        (sqlite3_errcode(handle_) == SQLITE_OK ? sqlite3_errstr(status) : sqlite3_errmsg(handle_)) +
        " (SQLite " + std::to_string(status) +
        " at: " + std::string(doing.substr(0, doing.find('\n'))) + ")";
    if (is_damage(status)) {
        throw InvalidArgument(message + "; it is not a result file of rankchain, or it is damaged");
    }
    throw Error(message);
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
    const int status = sqlite3_prepare_v2(database_.handle(), sql, -1, &handle_, nullptr);
    if (status == SQLITE_ERROR) {
        // Our SQL is fixed: what it names is missing from this file.
        throw InvalidArgument(database_.file().string() + ": " +
                              sqlite3_errmsg(database_.handle()) +
                              "; it is not a result file of rankchain, or it is damaged");
    }
    if (status != SQLITE_OK) database_.fail(status, sql);
}

Statement::~Statement() {
    // Repeats the error of the last step, which was read there.
    sqlite3_finalize(handle_);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    const int status = sqlite3_bind_int64(handle_, parameter, value);
    if (status != SQLITE_OK) database_.fail(status, "bind");
    return *this;
}

Statement& Statement::bind(int parameter, double value) {
    // SQLite itself makes NULL of NaN; said here so that it can be relied on.
    const int status = std::isnan(value) ? sqlite3_bind_null(handle_, parameter)
                                         : sqlite3_bind_double(handle_, parameter, value);
    if (status != SQLITE_OK) database_.fail(status, "bind");
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    const int status = sqlite3_bind_text64(handle_, parameter, text.data(), text.size(),
                                           SQLITE_TRANSIENT, SQLITE_UTF8);
    if (status != SQLITE_OK) database_.fail(status, "bind");
    return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::byte> blob) {
    const int status = blob.empty() ? sqlite3_bind_null(handle_, parameter)
                                    : sqlite3_bind_blob64(handle_, parameter, blob.data(),
                                                          blob.size(), SQLITE_TRANSIENT);
    if (status != SQLITE_OK) database_.fail(status, "bind");
    return *this;
}

bool Statement::step() {
    const int status = sqlite3_step(handle_);
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    database_.fail(status, sqlite3_sql(handle_));
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

void Statement::reset() {
    const int status = sqlite3_reset(handle_);
    if (status != SQLITE_OK) database_.fail(status, "reset");
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

bool Statement::is_text(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_TEXT;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

double Statement::real(int column) const {
    return is_null(column) ? std::numeric_limits<double>::quiet_NaN()
                           : sqlite3_column_double(handle_, column);
}

std::string Statement::text(int column) const {
    const unsigned char* const bytes = sqlite3_column_text(handle_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::byte> Statement::blob(int column) const {
    const void* const bytes = sqlite3_column_blob(handle_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const std::byte*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Transaction::Transaction(Database& database, Database::Mode mode) : database_(database) {
    database_.execute(mode == Database::Mode::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
    if (open_) database_.rollback();
}

void Transaction::commit() {
    // A COMMIT that fails is not tried again: after a failed fsync nothing is known of the disk.
    database_.execute("COMMIT");
    open_ = false;
}

void damaged(const Database& database, const std::string& what) {
    throw InvalidArgument(database.file().string() + ": damaged: " + what);
}

std::string database_version() {
    return sqlite3_libversion();
}

}  // namespace rankchain

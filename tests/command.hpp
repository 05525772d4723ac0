// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The built command as a user has it: started with arguments in a folder, its output and exit code.
#pragma once

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rankchain::command {

inline std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary);
    file << bytes;
    file.close();
    if (!file) throw std::runtime_error("writing " + path.string() + " failed");
}

struct Outcome {
    int code = -1;  ///< exit code; 128 + signal where one ended it
    std::string out;
    std::string err;
};

/// The command while it runs. Its output goes to files in a folder of its own beside the working
/// folder, so that no pipe can fill.
class Running {
  public:
    Running(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment = {}, const std::string& out_file = "") {
        std::string name =
            (std::filesystem::temp_directory_path() / "rankchain-out-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        output_ = name;
        out_ = out_file.empty() ? output_ / "out" : std::filesystem::path(out_file);
        std::vector<std::string> words{RANKCHAIN_COMMAND};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> argv = pointers(words);
        // Tests share their cores with other tests: threads that wait do so asleep.
        std::vector<std::string> variables{"OMP_WAIT_POLICY=passive"};
        variables.insert(variables.end(), environment.begin(), environment.end());
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string variable = *entry;
            const std::string key = variable.substr(0, variable.find('=') + 1);
            bool replaced = false;
            for (const std::string& mine : environment) {
                replaced = replaced || mine.rfind(key, 0) == 0;
            }
            if (!replaced) variables.push_back(variable);
        }
        std::vector<char*> envp = pointers(variables);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), O_WRONLY | O_CREAT, 0600);
        posix_spawn_file_actions_addopen(&actions, 2, (output_ / "err").c_str(), O_WRONLY | O_CREAT,
                                         0600);
        posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
        const int error =
            posix_spawn(&child_, RANKCHAIN_COMMAND, &actions, nullptr, argv.data(), envp.data());
        posix_spawn_file_actions_destroy(&actions);
        if (error != 0)
            throw std::runtime_error(std::string("posix_spawn: ") + std::strerror(error));
    }
    ~Running() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            int status = 0;
            ::waitpid(child_, &status, 0);
        }
        std::error_code ignored;
        std::filesystem::remove_all(output_, ignored);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    void signal(int number) const { ::kill(child_, number); }
    [[nodiscard]] pid_t pid() const { return child_; }

    Outcome wait() {
        int status = 0;
        while (::waitpid(child_, &status, 0) < 0) {
            if (errno != EINTR) throw std::runtime_error("waitpid failed");
        }
        child_ = -1;
        Outcome outcome;
        outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (std::filesystem::is_regular_file(out_)) outcome.out = content(out_);
        outcome.err = content(output_ / "err");
        return outcome;
    }

  private:
    static std::vector<char*> pointers(std::vector<std::string>& words) {
        std::vector<char*> list;
        list.reserve(words.size() + 1);
        for (std::string& word : words) {
            list.push_back(word.data());
        }
        list.push_back(nullptr);
        return list;
    }

    pid_t child_ = -1;
    std::filesystem::path output_;
    std::filesystem::path out_;
};

inline Outcome call(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment = {},
                    const std::string& out_file = "") {
    return Running(folder, arguments, environment, out_file).wait();
}

inline std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> list;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        list.push_back(line);
    }
    return list;
}

inline std::vector<std::string> fields(const std::string& line) {
    std::vector<std::string> list{""};
    for (const char c : line) {
        if (c == ',') {
            list.emplace_back();
        } else {
            list.back() += c;
        }
    }
    return list;
}

/// Waits until at least one draw of the result is committed; false after a minute.
inline bool wait_for_draws(const std::filesystem::path& folder, const std::string& file) {
    for (int i = 0; i < 600; ++i) {
        const Outcome export_now = call(folder, {"export", file, "--draws"});
        if (export_now.code == 0 && lines(export_now.out).size() > 1) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

}  // namespace rankchain::command

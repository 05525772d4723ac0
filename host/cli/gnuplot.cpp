// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Draws with gnuplot, which works in a temporary folder of ours under fixed names, so that it never
// sees a path of the user's.
#include "host/cli/console.hpp"
#include "host/cli/figure.hpp"
#include "host/cli/gnuplot_script.hpp"
#include <rankchain/error.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rankchain::cli {
namespace {

// A temporary folder, gone with all it holds when this ends.
class Workplace {
  public:
    Workplace() {
        std::error_code error;
        std::filesystem::path base = std::filesystem::temp_directory_path(error);
        if (error) base = "/tmp";
        std::string name = (base / "rankchain-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw Error("cannot make a temporary folder " + name + ": " + std::strerror(errno));
        }
        path_ = name;
    }
    ~Workplace() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return file ? text.str() : std::string();
}

void run_gnuplot(const std::filesystem::path& folder) {
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) throw Error("cannot start gnuplot");
    int code = posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    for (const int descriptor : {1, 2}) {
        if (code != 0) break;
        code = posix_spawn_file_actions_addopen(&actions, descriptor,
                                                descriptor == 1 ? "stdout" : "stderr",
                                                O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    // Numbers and UTF-8 whatever the user's locale; no start-up file of the user's (-d).
    std::string locale = "LC_ALL=C.UTF-8";
    std::vector<char*> environment{locale.data()};
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (std::strncmp(*entry, "LC_", 3) != 0 && std::strncmp(*entry, "LANG", 4) != 0) {
            environment.push_back(*entry);
        }
    }
    environment.push_back(nullptr);
    std::string program = "gnuplot";
    std::string no_startup = "-d";
    std::string script = "script.gp";
    std::array<char*, 4> arguments{program.data(), no_startup.data(), script.data(), nullptr};
    pid_t child = 0;
    if (code == 0) {
        code = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(),
                            environment.data());
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    if (code == ENOENT) {
        throw Error(
            "gnuplot was not found on PATH, so no figure was drawn (Debian: apt-get install "
            "gnuplot-nox); the numbers are there all the same: rankchain export FILE, or "
            "rankchain plot FILE --data DATA.csv");
    }
    if (code != 0) throw Error("cannot start gnuplot: " + std::string(std::strerror(code)));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            throw Error("cannot wait for gnuplot: " + std::string(std::strerror(errno)));
        }
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw Error("gnuplot failed: " + content_of(folder / "stderr"));
    }
}

}  // namespace

void draw(const Figure& figure, const std::filesystem::path& file) {
    check_figure_path(file);
    const bool png = file.extension() == ".png";
    const Workplace workplace;
    write_file(workplace.path() / "script.gp", gnuplot_script(figure, png));
    run_gnuplot(workplace.path());
    const std::string drawn = content_of(workplace.path() / (png ? "figure.png" : "figure.svg"));
    if (drawn.empty()) {
        throw Error("gnuplot drew nothing: " + content_of(workplace.path() / "stderr"));
    }
    write_file(file, drawn);
}

}  // namespace rankchain::cli

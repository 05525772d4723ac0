// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a command, as an exit code.
#include "host/cli/command_line.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include <rankchain/error.hpp>

#include <exception>
#include <functional>
#include <new>

namespace rankchain::cli {
namespace {

// The exit code of `work`; where it failed the message has gone out.
int guarded(const std::function<int()>& work) {
    try {
        return work();
    } catch (const InvalidArgument& error) {
        complain(error.what());
        return bad_input;
    } catch (const NotCompiled& error) {
        complain(error.what());
        return device_trouble;
    } catch (const DeviceError& error) {
        complain(error.what());
        return device_trouble;
    } catch (const std::bad_alloc&) {
        complain("out of memory");
        return failed;
    } catch (const std::exception& error) {
        complain(error.what());
        return failed;
    }
}

}  // namespace
}  // namespace rankchain::cli

int main(int argc, char** argv) {
    namespace cli = rankchain::cli;
    cli::hold_standard_streams();
    const int code = cli::guarded([&] { return cli::parse_and_run(argc, argv); });
    const int last = cli::guarded([] {
        cli::finish_output();
        return static_cast<int>(cli::done);
    });
    return code != cli::done ? code : last;
}

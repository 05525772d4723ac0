// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Rankchain as a contestant of the suite, and with --reference what contestants are checked
// against: one JSON object a line on standard input, one on standard output (bench/README.md, "The
// suite").
#include "bench/suite_reference.hpp"
#include "bench/suite_task.hpp"
#include <rankchain/device.hpp>
#include <rankchain/version.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace {

using namespace rankchain;
using namespace rankchain::bench;

struct Contestant {
    Device device;
    bool yardstick = false;
    double burn_share = 0;
};

void say(const Json& reply) {
    std::cout << reply.dump() << std::endl;
}

Json answer_as_contestant(const Json& request, const Contestant& who, std::unique_ptr<Task>& task) {
    if (request.at("do") == "prepare") {
        task.reset();
        const Stopwatch watch;
        const Case which = read_case(request.at("case"));
        Device device = who.device;
        device.threads = which.threads;
        task = who.yardstick ? make_yardstick(which) : make_task(which, device, who.burn_share);
        Json reply = task->prepare();
        reply["prepare_s"] = watch.wall_s();
        return reply;
    }
    if (!task) throw std::runtime_error("nothing was prepared");
    if (request.at("do") == "check") return task->check(request);
    if (request.at("do") == "sample") return task->sample(request.at("seconds"));
    throw std::runtime_error("no request " + request.at("do").dump());
}

Json answer_as_reference(const Json& request) {
    const Json& description = request.at("case");
    const Case which = read_case(description);
    if (request.at("do") == "inputs") return write_inputs(which, description, request.at("folder"));
    if (request.at("do") == "check") return reference(which, request);
    throw std::runtime_error("no request " + request.at("do").dump());
}

}  // namespace

int main(int argc, char** argv) {
    std::string device_name = "cpu";
    bool as_reference = false;
    Contestant who;
    CLI::App app{"Rankchain as a contestant of bench/suite.py"};
    app.add_option("--device", device_name, "cpu, cuda or cuda:K");
    app.add_flag("--reference", as_reference, "be what contestants are checked against");
    app.add_flag("--yardstick", who.yardstick, "be the load that runs are normalised by");
    app.add_option("--burn", who.burn_share,
                   "burn this share of extra CPU time in every timed call: a planted slowdown")
        ->check(CLI::Range(0.0, 10.0));
    CLI11_PARSE(app, argc, argv);

    try {
        who.device = parse_device(device_name);
        const DeviceInfo info = describe(who.device);
        say({{"name", as_reference    ? "reference"
                      : who.yardstick ? "yardstick"
                                      : "rankchain"},
             {"device", who.device.kind == Device::Kind::cpu ? "cpu" : "cuda"},
             {"versions",
              {{"rankchain", RANKCHAIN_VERSION " (" RANKCHAIN_GIT_REVISION ")"},
               {"device", info.name},
               {"arithmetic", info.arithmetic},
               {"compiler", __VERSION__}}},
             {"burn", who.burn_share}});
    } catch (const std::exception& error) {
        say({{"name", "rankchain"}, {"missing", error.what()}});
        return 0;
    }
    std::unique_ptr<Task> task;
    for (std::string line; std::getline(std::cin, line);) {
        try {
            const Json request = Json::parse(line);
            if (request.at("do") == "quit") return 0;
            say(as_reference ? answer_as_reference(request)
                             : answer_as_contestant(request, who, task));
        } catch (const Unsupported& unsupported) {
            say({{"unsupported", unsupported.why}});
        } catch (const std::exception& error) {
            say({{"error", error.what()}});
        }
    }
    return 0;
}

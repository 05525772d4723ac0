// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Rankchain as a contestant of the suite, and with --as reference what contestants are checked
// against: one JSON object a line on standard input, one on standard output (bench/README.md, "The
// suite").
#include "bench/suite_reference.hpp"
#include "bench/suite_task.hpp"
#include "bench/suite_work.hpp"
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
    std::string name = "rankchain";
    Device device;
    double burn_share = 0;

    [[nodiscard]] std::unique_ptr<Task> start(const Case& which) const {
        if (name == "yardstick") return make_yardstick(which);
        if (name == "lapack") return make_lapack_task(which);
        Device with_threads = device;
        with_threads.threads = which.threads;
        if (which.kind == "counts") return make_counts_task(which, with_threads, burn_share);
        if (which.kind == "study") return make_study_task(which, with_threads, burn_share);
        return make_layer_task(which, with_threads, burn_share);
    }
};

void say(const Json& reply) {
    std::cout << reply.dump() << std::endl;
}

Json answer_as_contestant(const Json& request, const Contestant& who, std::unique_ptr<Task>& task) {
    if (request.at("do") == "prepare") {
        task.reset();
        const Stopwatch watch;
        const Case which = read_case(request.at("case"));
        task = who.start(which);
        Json reply = task->prepare();
        if (who.device.kind == Device::Kind::cuda)
            reply["work"] = device_work(which, request.at("case"));
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
    Contestant who;
    CLI::App app{"Rankchain as a contestant of bench/suite.py"};
    app.add_option("--device", device_name, "cpu, cuda or cuda:K");
    app.add_option("--as", who.name,
                   "rankchain; lapack: its values-only drivers; yardstick: the load that runs are "
                   "normalised by; reference: what contestants are checked against")
        ->check(CLI::IsMember({"rankchain", "lapack", "yardstick", "reference"}));
    app.add_option("--burn", who.burn_share,
                   "burn this share of extra CPU time in every timed call: a planted slowdown")
        ->check(CLI::Range(0.0, 10.0));
    CLI11_PARSE(app, argc, argv);

    try {
        who.device = parse_device(device_name);
        const DeviceInfo info = describe(who.device);
        say({{"name", who.name},
             {"device", who.device.kind == Device::Kind::cpu ? "cpu" : "cuda"},
             {"versions",
              {{"rankchain", RANKCHAIN_VERSION " (" RANKCHAIN_GIT_REVISION ")"},
               {"device", info.name},
               {"arithmetic", info.arithmetic},
               {"compiler", __VERSION__}}},
             {"burn", who.burn_share}});
    } catch (const std::exception& error) {
        say({{"name", who.name}, {"missing", error.what()}});
        return 0;
    }
    std::unique_ptr<Task> task;
    for (std::string line; std::getline(std::cin, line);) {
        try {
            const Json request = Json::parse(line);
            if (request.at("do") == "quit") return 0;
            say(who.name == "reference" ? answer_as_reference(request)
                                        : answer_as_contestant(request, who, task));
        } catch (const Unsupported& unsupported) {
            say({{"unsupported", unsupported.why}});
        } catch (const std::exception& error) {
            say({{"error", error.what()}});
        }
    }
    return 0;
}

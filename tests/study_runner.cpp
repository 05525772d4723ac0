// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// study_runner STUDY RESULT CHUNK THREADS: runs or resumes a study, to be killed by
// study_faults_test.
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>

#include <exception>
#include <iostream>
#include <string>

int main(int count, char** words) {
    if (count != 5) return 2;
    try {
        rankchain::RunOptions options;
        options.result = words[2];
        options.chunk = std::stoll(words[3]);
        options.device.threads = std::stoi(words[4]);
        options.resume = true;
        return rankchain::run(rankchain::load_study(words[1]), options).finished ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

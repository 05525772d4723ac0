/* SPDX-FileCopyrightText: 2026 The Rankchain authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C interface, from C99 and through the shared library itself.
 * Usage: c_api_test FOLDER, an existing folder for its files.
 */
#include <rankchain/rankchain.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            ++failures;                                                                    \
            printf("%s:%d: %s is false; last error: %s\n", __FILE__, __LINE__, #condition, \
                   rankchain_last_error_message());                                        \
        }                                                                                  \
    } while (0)

/* The call fails with this status, and the message mentions this text. */
#define CHECK_REFUSED(call, status, text)                              \
    do {                                                               \
        CHECK((call) == (status));                                     \
        CHECK(strstr(rankchain_last_error_message(), (text)) != NULL); \
    } while (0)

static void test_status_and_version(void) {
    CHECK(strcmp(rankchain_last_error_message(), "") == 0);
    CHECK(strcmp(rankchain_status_name(RANKCHAIN_OK), "RANKCHAIN_OK") == 0);
    CHECK(strcmp(rankchain_status_name((rankchain_status)99), "unknown status") == 0);
    CHECK(strncmp(rankchain_version(), "0.", 2) == 0);
    CHECK(strlen(rankchain_git_revision()) > 0);
}

static void test_device(void) {
    rankchain_device device;
    rankchain_device_info info;
    CHECK(rankchain_device_parse("cuda:3", &device) == RANKCHAIN_OK);
    CHECK(device.struct_size == sizeof device);
    CHECK(device.kind == RANKCHAIN_DEVICE_CUDA && device.ordinal == 3);
    CHECK_REFUSED(rankchain_device_parse("gpu", &device), RANKCHAIN_INVALID_ARGUMENT, "\"gpu\"");
    CHECK_REFUSED(rankchain_device_parse(NULL, &device), RANKCHAIN_INVALID_ARGUMENT, "null");

    rankchain_device_init(&device);
    device.kind = RANKCHAIN_DEVICE_CPU;
    device.threads = 1;
    CHECK(rankchain_device_describe(&device, &info) == RANKCHAIN_OK);
    CHECK(strstr(info.name, "cpu") != NULL);
    CHECK(strlen(info.arithmetic) > 0);
    CHECK(info.threads == 1);
    CHECK(rankchain_device_describe(NULL, &info) == RANKCHAIN_OK);
    device.kind = (rankchain_device_kind)7;
    CHECK_REFUSED(rankchain_device_describe(&device, &info), RANKCHAIN_INVALID_ARGUMENT,
                  "device->kind is 7");
    memset(&device, 0, sizeof device); /* not set by rankchain_device_init() */
    CHECK_REFUSED(rankchain_device_describe(&device, &info), RANKCHAIN_INVALID_ARGUMENT,
                  "struct_size is 0");
}

static void test_cuda(void) {
    rankchain_cuda* cuda = NULL;
    int64_t bytes = 0;
    const rankchain_status status = rankchain_cuda_create(NULL, 4095, &cuda);
    /* No machine has so many: the backend, the driver or the device is missing. */
    CHECK(status == RANKCHAIN_NOT_COMPILED || status == RANKCHAIN_DEVICE_ERROR);
    CHECK(strlen(rankchain_last_error_message()) > 0);
    CHECK(cuda == NULL);
    CHECK_REFUSED(rankchain_cuda_create(NULL, 0, NULL), RANKCHAIN_INVALID_ARGUMENT, "cuda");
    CHECK_REFUSED(rankchain_cuda_soft_ranks_workspace(NULL, 1, 2, 2, NULL, 0, NULL, &bytes),
                  RANKCHAIN_INVALID_ARGUMENT, "cuda");
    CHECK_REFUSED(rankchain_cuda_singular_values_workspace(NULL, 1, 2, 2, &bytes),
                  RANKCHAIN_INVALID_ARGUMENT, "cuda");
    rankchain_cuda_destroy(NULL);
}

static void test_weights(void) {
    float all[12];
    float one = 0;
    int64_t i, j;
    CHECK(rankchain_weights(RANKCHAIN_WEIGHTS_GAUSSIAN, 1, 2, 3, 3, 4, all, 12) == RANKCHAIN_OK);
    for (i = 0; i < 3; ++i) {
        for (j = 0; j < 4; ++j) {
            CHECK(rankchain_weight(RANKCHAIN_WEIGHTS_GAUSSIAN, 1, 2, 3, 3, 4, i, j, &one) ==
                  RANKCHAIN_OK);
            CHECK(one == all[i * 4 + j]);
        }
    }
    CHECK(rankchain_weights(RANKCHAIN_WEIGHTS_RADEMACHER, 1, 0, 1, 3, 4, all, 12) == RANKCHAIN_OK);
    for (i = 0; i < 12; ++i)
        CHECK(fabsf(all[i]) == 1.0F);
    CHECK(rankchain_weights(RANKCHAIN_WEIGHTS_GAUSSIAN, 1, 0, 1, 3, 4, all, 11) ==
          RANKCHAIN_INVALID_ARGUMENT);
    CHECK_REFUSED(rankchain_weights((rankchain_weight_law)-1, 1, 0, 1, 3, 4, all, 12),
                  RANKCHAIN_INVALID_ARGUMENT, "law is ");
    CHECK_REFUSED(rankchain_weights(RANKCHAIN_WEIGHTS_GAUSSIAN, 1, 0, 1, 3, 4, NULL, 12),
                  RANKCHAIN_INVALID_ARGUMENT, "out is a null pointer");
}

/* Two samples under batch normalisation: every entry of P is +1 or -1 and the rank is 1. */
static void test_chains(void) {
    enum { width = 8, batch = 2, draws = 5 };
    rankchain_network network;
    rankchain_chains* chains = NULL;
    rankchain_quantity quantities[2];
    double values[2 * draws];
    uint8_t resolved[2 * draws];
    double margin[2 * draws];
    rankchain_draw_status status[draws];
    double h[draws * width * batch];
    int64_t layer = -1;
    size_t k;

    rankchain_network_init(&network);
    CHECK(network.struct_size == sizeof network);
    CHECK(network.width == 32 && network.batch == 32 && network.depth == 1);
    CHECK(isinf(network.gamma) && network.scale == 1.0 && network.eps == 0.0);
    network.width = width;
    network.batch = batch;
    network.depth = 10;
    CHECK(rankchain_chains_create(&network, NULL, 7, 100, draws, RANKCHAIN_OBSERVE_HIDDEN, NULL,
                                  &chains) == RANKCHAIN_OK);
    CHECK(rankchain_chains_advance(chains, 10) == RANKCHAIN_OK);
    CHECK(rankchain_chains_layer(chains, &layer) == RANKCHAIN_OK);
    CHECK(layer == 10);

    quantities[0].metric = RANKCHAIN_METRIC_SOFT_RANK;
    quantities[0].tau = 0.5;
    quantities[0].index = 0;
    quantities[1].metric = RANKCHAIN_METRIC_NUMERICAL_RANK;
    quantities[1].tau = NAN;
    quantities[1].index = 0;
    CHECK(rankchain_chains_measure(chains, quantities, 2, values, resolved, margin, status) ==
          RANKCHAIN_OK);
    for (k = 0; k < 2 * (size_t)draws; ++k)
        CHECK(values[k] == 1.0);
    for (k = 0; k < draws; ++k) {
        CHECK(status[k].failed_layer == -1 && status[k].degenerate_rows == 0 &&
              status[k].spectrum_failed == 0);
    }
    CHECK(rankchain_chains_measure(chains, quantities, 2, values, NULL, NULL, NULL) ==
          RANKCHAIN_OK);

    CHECK(rankchain_chains_observed(chains, width, h, sizeof h / sizeof *h) == RANKCHAIN_OK);
    /* Mean and deviation of two numbers are exact but for a few roundings in float32. */
    for (k = 0; k < sizeof h / sizeof *h; ++k)
        CHECK(fabs(fabs(h[k]) - 1.0) <= 4 * 1.2e-7);
    CHECK_REFUSED(rankchain_chains_observed(chains, width, h, 3), RANKCHAIN_INVALID_ARGUMENT,
                  "out_count is 3");
    CHECK(rankchain_chains_advance(chains, 11) == RANKCHAIN_INVALID_ARGUMENT);
    CHECK(rankchain_chains_advance(chains, 9) == RANKCHAIN_INVALID_ARGUMENT);
    quantities[0].metric = (rankchain_metric)11;
    CHECK_REFUSED(rankchain_chains_measure(chains, quantities, 1, values, NULL, NULL, NULL),
                  RANKCHAIN_INVALID_ARGUMENT, "quantity.metric is 11");
    quantities[0].metric = RANKCHAIN_METRIC_SOFT_RANK;
    quantities[0].tau = NAN;
    CHECK_REFUSED(rankchain_chains_measure(chains, quantities, 1, values, NULL, NULL, NULL),
                  RANKCHAIN_INVALID_ARGUMENT, "tau is");
    quantities[0].metric = RANKCHAIN_METRIC_SPECTRUM;
    quantities[0].index = 3;
    CHECK_REFUSED(rankchain_chains_measure(chains, quantities, 1, values, NULL, NULL, NULL),
                  RANKCHAIN_INVALID_ARGUMENT, "from 1 to min(width, batch) = 2");
    quantities[0].metric = RANKCHAIN_METRIC_LYAPUNOV;
    quantities[0].index = 1;
    CHECK_REFUSED(rankchain_chains_measure(chains, quantities, 1, values, NULL, NULL, NULL),
                  RANKCHAIN_INVALID_ARGUMENT, "lyapunov");
    rankchain_chains_destroy(chains);
    rankchain_chains_destroy(NULL);

    chains = NULL;
    network.batch = 1;
    CHECK_REFUSED(
        rankchain_chains_create(&network, NULL, 7, 0, 1, RANKCHAIN_OBSERVE_HIDDEN, NULL, &chains),
        RANKCHAIN_INVALID_ARGUMENT, "batch must be at least 2");
    CHECK(chains == NULL);
    CHECK_REFUSED(
        rankchain_chains_create(NULL, NULL, 7, 0, 1, RANKCHAIN_OBSERVE_HIDDEN, NULL, &chains),
        RANKCHAIN_INVALID_ARGUMENT, "network is a null pointer");
    network.batch = 2;
    network.struct_size = sizeof network + 8; /* compiled with the header of a later version */
    CHECK_REFUSED(
        rankchain_chains_create(&network, NULL, 7, 0, 1, RANKCHAIN_OBSERVE_HIDDEN, NULL, &chains),
        RANKCHAIN_INVALID_ARGUMENT, "struct_size");
}

static void test_given_input(void) {
    const double x[6] = {1, 2, 3, 4, 5, 6}; /* [3, 2] */
    double back[6];
    rankchain_network network;
    rankchain_input input;
    rankchain_chains* chains = NULL;
    size_t k;
    rankchain_network_init(&network);
    network.width = 4;
    network.batch = 2;
    rankchain_input_init(&input);
    input.kind = RANKCHAIN_INPUT_GIVEN;
    input.rows = 3;
    input.values = x;
    input.value_count = 6;
    CHECK(rankchain_chains_create(&network, &input, 1, 0, 1, RANKCHAIN_OBSERVE_HIDDEN, NULL,
                                  &chains) == RANKCHAIN_OK);
    CHECK(rankchain_chains_observed(chains, 3, back, 6) == RANKCHAIN_OK);
    for (k = 0; k < 6; ++k)
        CHECK(back[k] == x[k]);
    rankchain_chains_destroy(chains);
    chains = NULL;
    input.value_count = 5;
    CHECK_REFUSED(
        rankchain_chains_create(&network, &input, 1, 0, 1, RANKCHAIN_OBSERVE_HIDDEN, NULL, &chains),
        RANKCHAIN_INVALID_ARGUMENT, "[3, 2] needs 6");
}

static void test_spectra(void) {
    /* Singular values 3, 2 and 5, 0: soft rank by sigma^2 / 2 >= tau. */
    const double h[8] = {0, 3, 2, 0, 3, 4, 0, 0};
    const double taus[2] = {1.0, 3.0};
    double values[4];
    int info[2] = {-1, -1};
    int64_t ranks[4];
    uint8_t resolved[4];
    double margin[4];
    const double bad[2] = {1.0, NAN};
    const double identity[4] = {1, 0, 0, 1};
    const double half = 0.5;
    const char* const methods[3] = {NULL, "count", "svd"};
    const rankchain_quantity tied = {RANKCHAIN_METRIC_SOFT_RANK, 0.5, 0};
    rankchain_device device;
    rankchain_network network;
    rankchain_input input;
    rankchain_chains* chains = NULL;
    int k;
    CHECK(rankchain_singular_values(h, 2, 2, 2, NULL, values, info) == RANKCHAIN_OK);
    /* Backward error of a 2 x 2 decomposition: a small multiple of eps times the norm. */
    CHECK(fabs(values[0] - 3) <= 1e-14 && fabs(values[1] - 2) <= 1e-14);
    CHECK(fabs(values[2] - 5) <= 1e-14 && fabs(values[3]) <= 1e-14);
    CHECK(info[0] == 0 && info[1] == 0);
    CHECK(rankchain_soft_ranks(h, 2, 2, 2, taus, 2, NULL, ranks, resolved, margin) == RANKCHAIN_OK);
    CHECK(ranks[0] == 2 && ranks[1] == 1); /* tau 1 */
    CHECK(margin[0] == 0 && margin[3] == 0);
    CHECK(ranks[2] == 1 && ranks[3] == 1); /* tau 3 */
    CHECK(rankchain_soft_ranks(h, 2, 2, 2, taus, 2, NULL, ranks, NULL, NULL) == RANKCHAIN_OK);
    CHECK(rankchain_soft_ranks(h, 2, 2, 2, bad, 2, NULL, ranks, NULL, NULL) ==
          RANKCHAIN_INVALID_ARGUMENT);
    /* A tie, which no count decides and singular values are not asked to. */
    rankchain_device_init(&device);
    CHECK(device.spectrum == NULL);
    for (k = 0; k < 3; ++k) {
        device.spectrum = methods[k];
        CHECK(rankchain_soft_ranks(identity, 1, 2, 2, &half, 1, &device, ranks, resolved, margin) ==
              RANKCHAIN_OK);
        CHECK(ranks[0] == 2 && resolved[0] == (k < 2));
        CHECK(margin[0] > 0 && margin[0] < 1e-12);
        rankchain_network_init(&network);
        network.width = network.batch = 2;
        rankchain_input_init(&input);
        input.kind = RANKCHAIN_INPUT_IDENTITY;
        CHECK(rankchain_chains_create(&network, &input, 1, 0, 1, RANKCHAIN_OBSERVE_HIDDEN, &device,
                                      &chains) == RANKCHAIN_OK);
        CHECK(rankchain_chains_measure(chains, &tied, 1, values, resolved, margin, NULL) ==
              RANKCHAIN_OK);
        CHECK(values[0] == 2 && resolved[0] == (k < 2));
        CHECK(margin[0] > 0 && margin[0] < 1e-12);
        rankchain_chains_destroy(chains);
    }
    device.spectrum = "guess";
    CHECK_REFUSED(rankchain_soft_ranks(h, 2, 2, 2, taus, 2, &device, ranks, NULL, NULL),
                  RANKCHAIN_INVALID_ARGUMENT, "guess");
    CHECK(rankchain_singular_values(bad, 1, 1, 2, NULL, values, info) ==
          RANKCHAIN_INVALID_ARGUMENT);
    CHECK_REFUSED(rankchain_singular_values(h, INT64_MAX, INT64_MAX, 2, NULL, values, info),
                  RANKCHAIN_INVALID_ARGUMENT, "the sizes of h");
    CHECK_REFUSED(rankchain_singular_values(NULL, 2, 2, 2, NULL, values, info),
                  RANKCHAIN_INVALID_ARGUMENT, "h is a null pointer");
}

static const char study_text[] =
    "seed = 3\n"
    "draws = 20\n"
    "[network]\n"
    "width = 8\n"
    "batch = 2\n"
    "depth = 5\n"
    "[input]\n"
    "kind = \"gaussian\"\n"
    "[record]\n"
    "depths = [1, 5]\n"
    "soft_rank = [0.5]\n"
    "metrics = [\"numerical_rank\", \"stable_rank\"]\n"
    "keep = \"draws\"\n";

static void test_study(void) {
    rankchain_study* study = NULL;
    rankchain_study_info info;
    rankchain_cell_info cell;
    rankchain_network network;
    rankchain_quantity quantity;
    int64_t layer = 0;
    CHECK(rankchain_study_parse(study_text, "small.toml", &study) == RANKCHAIN_OK);
    CHECK(rankchain_study_describe(study, &info) == RANKCHAIN_OK);
    CHECK(info.seed == 3 && info.draws == 20 && info.cells == 1 && info.keep_draws == 1);
    rankchain_network_init(&network);
    CHECK(rankchain_study_cell(study, 0, &cell, &network) == RANKCHAIN_OK);
    CHECK(cell.observe == RANKCHAIN_OBSERVE_HIDDEN && cell.layers == 2 && cell.quantities == 3);
    CHECK(network.width == 8 && network.batch == 2 && network.depth == 5);
    CHECK(rankchain_study_cell(study, 0, &cell, NULL) == RANKCHAIN_OK);
    CHECK_REFUSED(rankchain_study_cell(study, 1, &cell, NULL), RANKCHAIN_INVALID_ARGUMENT,
                  "cell is 1");
    CHECK(rankchain_study_layer(study, 0, 1, &layer) == RANKCHAIN_OK);
    CHECK(layer == 5);
    CHECK_REFUSED(rankchain_study_layer(study, 0, 2, &layer), RANKCHAIN_INVALID_ARGUMENT,
                  "layer_index is 2");
    CHECK(rankchain_study_quantity(study, 0, 0, &quantity) == RANKCHAIN_OK);
    CHECK(quantity.metric == RANKCHAIN_METRIC_SOFT_RANK && quantity.tau == 0.5);
    rankchain_study_destroy(study);
    rankchain_study_destroy(NULL);

    study = NULL;
    CHECK_REFUSED(rankchain_study_parse("draws = 1\n[network]\nwitdh = 3\n", "bad.toml", &study),
                  RANKCHAIN_INVALID_ARGUMENT, "bad.toml:3");
    CHECK(study == NULL);
    CHECK_REFUSED(rankchain_study_load("/nonexistent/study.toml", &study),
                  RANKCHAIN_INVALID_ARGUMENT, "/nonexistent/study.toml");
}

struct seen {
    int calls;
    double done;
    double total;
    rankchain_stop* stop;
};

static void on_progress(const rankchain_progress* progress, void* user) {
    struct seen* seen = user;
    ++seen->calls;
    seen->done = progress->layer_draws_done;
    seen->total = progress->layer_draws_total;
    if (seen->stop != NULL) rankchain_stop_set(seen->stop);
}

static void check_results(const char* file) {
    rankchain_results* results = NULL;
    const rankchain_study* study = NULL;
    rankchain_study_info info;
    rankchain_summary summary;
    int64_t histogram_values[4];
    int64_t histogram_draws[4];
    double draws[20];
    const char* text = NULL;
    int64_t done = 0;
    size_t count = 0;
    size_t k;
    CHECK(rankchain_results_open(file, &results) == RANKCHAIN_OK);
    if (results == NULL) return;
    CHECK(rankchain_results_study(results, &study) == RANKCHAIN_OK);
    CHECK(rankchain_study_describe(study, &info) == RANKCHAIN_OK);
    CHECK(info.seed == 3 && info.cells == 1);
    CHECK(rankchain_results_draws_done(results, 0, &done) == RANKCHAIN_OK);
    CHECK(done == 20);
    CHECK(rankchain_results_provenance(results, "version", &text) == RANKCHAIN_OK);
    CHECK(text != NULL && strcmp(text, rankchain_version()) == 0);
    CHECK_REFUSED(rankchain_results_provenance(results, "nothing", &text),
                  RANKCHAIN_INVALID_ARGUMENT, "version");

    /* Two samples: the rank is 1 in every draw, and so are its square roots and squares. */
    CHECK(rankchain_results_summary(results, 0, 1, 0, &summary) == RANKCHAIN_OK);
    CHECK(summary.count == 20 && summary.failed == 0);
    CHECK(summary.mean == 1.0 && summary.std == 0.0 && summary.std_error == 0.0);
    CHECK(summary.min == 1.0 && summary.median == 1.0 && summary.max == 1.0);
    CHECK(summary.histogram_size == 1);
    CHECK(rankchain_results_histogram(results, 0, 1, 0, histogram_values, histogram_draws, 4) ==
          RANKCHAIN_OK);
    CHECK(histogram_values[0] == 1 && histogram_draws[0] == 20);
    CHECK_REFUSED(
        rankchain_results_histogram(results, 0, 1, 0, histogram_values, histogram_draws, 0),
        RANKCHAIN_INVALID_ARGUMENT, "capacity is 0");
    CHECK(rankchain_results_draws(results, 0, 1, 1, NULL, 0, &count) == RANKCHAIN_OK);
    CHECK(count == 20);
    CHECK(rankchain_results_draws(results, 0, 1, 1, draws, 20, &count) == RANKCHAIN_OK);
    for (k = 0; k < count; ++k)
        CHECK(draws[k] == 1.0);
    CHECK_REFUSED(rankchain_results_draws(results, 0, 1, 1, draws, 19, &count),
                  RANKCHAIN_INVALID_ARGUMENT, "capacity is 19");
    CHECK(rankchain_results_summary(results, 1, 0, 0, &summary) == RANKCHAIN_INVALID_ARGUMENT);
    CHECK(rankchain_results_summary(results, 0, 2, 0, &summary) == RANKCHAIN_INVALID_ARGUMENT);
    CHECK(rankchain_results_summary(results, 0, 0, 3, &summary) == RANKCHAIN_INVALID_ARGUMENT);
    rankchain_results_destroy(results);
    rankchain_results_destroy(NULL);
}

static void test_run(const char* folder) {
    char file[4096];
    rankchain_study* study = NULL;
    rankchain_run_options options;
    rankchain_run_report report;
    rankchain_device device;
    rankchain_results* results = NULL;
    struct seen seen = {0, 0, 0, NULL};
    CHECK(snprintf(file, sizeof file, "%s/c_api_test.rankchain", folder) < (int)sizeof file);
    (void)remove(file);
    CHECK(rankchain_study_parse(study_text, "small.toml", &study) == RANKCHAIN_OK);
    if (study == NULL) return;
    rankchain_device_init(&device);
    device.threads = 1;
    rankchain_run_options_init(&options);
    CHECK_REFUSED(rankchain_study_run(study, &options, &report), RANKCHAIN_INVALID_ARGUMENT,
                  "options->result is a null pointer");
    options.result = file;
    options.device = &device;
    options.chunk = 1;
    options.progress = on_progress;
    options.user = &seen;

    /* Stopped from inside, then resumed: nothing lost, nothing doubled. */
    CHECK(rankchain_stop_create(&seen.stop) == RANKCHAIN_OK);
    options.stop = seen.stop;
    CHECK(rankchain_study_run(study, &options, &report) == RANKCHAIN_OK);
    CHECK(report.finished == 0);
    CHECK(report.draws_computed < 20);
    CHECK(seen.calls >= 1);
    rankchain_stop_destroy(seen.stop);
    rankchain_stop_destroy(NULL);
    seen.stop = NULL;
    options.stop = NULL;
    CHECK_REFUSED(rankchain_study_run(study, &options, &report), RANKCHAIN_INVALID_ARGUMENT, file);
    options.resume = 1;
    CHECK(rankchain_study_run(study, &options, &report) == RANKCHAIN_OK);
    CHECK(report.finished == 1);
    CHECK(report.draws_computed > 0 && report.draws_computed <= 20);
    CHECK(report.draws_failed == 0);
    CHECK(seen.done == seen.total && seen.total > 0);
    check_results(file);

    options.set_seed = 1;
    options.seed = 4;
    CHECK_REFUSED(rankchain_study_run(study, &options, NULL), RANKCHAIN_INVALID_ARGUMENT, "seed");
    rankchain_study_destroy(study);
    CHECK(remove(file) == 0);
    CHECK_REFUSED(rankchain_results_open(file, &results), RANKCHAIN_INVALID_ARGUMENT, file);
    CHECK(results == NULL);
}

int main(int argc, char** argv) {
    if (argc != 2) {
        printf("usage: c_api_test FOLDER\n");
        return 2;
    }
    test_status_and_version();
    test_device();
    test_cuda();
    test_weights();
    test_chains();
    test_given_input();
    test_spectra();
    test_study();
    test_run(argv[1]);
    printf(failures == 0 ? "all passed\n" : "%d checks failed\n", failures);
    return failures == 0 ? 0 : 1;
}

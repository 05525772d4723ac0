/* SPDX-FileCopyrightText: 2026 The Rankchain authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C interface of Rankchain (C99). What the functions compute is written at their C++ twins in
 * <rankchain/chain.hpp>, <rankchain/spectrum.hpp>, <rankchain/weights.hpp>, <rankchain/study.hpp>;
 * formulas are in docs/numerics.md.
 *
 *   rankchain_network network;
 *   rankchain_network_init(&network);
 *   network.width = network.batch = 64;
 *   network.depth = 100;
 *   rankchain_chains* chains = NULL;
 *   if (rankchain_chains_create(&network, NULL, 1, 0, 1000, RANKCHAIN_OBSERVE_HIDDEN, NULL,
 *                               &chains) != RANKCHAIN_OK)
 *       fprintf(stderr, "%s\n", rankchain_last_error_message());
 *
 * Conventions
 *   - Every function that can fail returns a rankchain_status and writes its results through
 *     pointers, in full when it returns RANKCHAIN_OK, and not at all or in part otherwise.
 *   - No function prints, exits, or lets a C++ exception out.
 *   - Arrays are the caller's, row-major and contiguous; [B, rows, cols] is a batch of B matrices.
 *   - Structures that begin with struct_size are set to their defaults by their _init function and
 *     may grow at the end in later versions; the others stay as they are.
 *   - An object may be used by one thread at a time; different objects at the same time by any.
 *   - Text is UTF-8; a returned pointer to text belongs to the library.
 */
#ifndef RANKCHAIN_RANKCHAIN_H
#define RANKCHAIN_RANKCHAIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RANKCHAIN_C_API __attribute__((visibility("default")))
#define RANKCHAIN_CHECKED RANKCHAIN_C_API __attribute__((warn_unused_result))

/* ---- Errors ---- */

/* A caller's enumerator may hold any int; C++ must be told, so that it can look before it refuses.
 */
#ifdef __cplusplus
#define RANKCHAIN_ENUM : int
#else
#define RANKCHAIN_ENUM
#endif

typedef enum rankchain_status RANKCHAIN_ENUM {
    RANKCHAIN_OK = 0,
    RANKCHAIN_INVALID_ARGUMENT =
        1,                      /* the input is wrong; the message says where and what is allowed */
    RANKCHAIN_NOT_COMPILED = 2, /* this build or machine does not have the part asked for */
    RANKCHAIN_OUT_OF_MEMORY = 3,
    RANKCHAIN_DEVICE_ERROR = 4, /* a device or one of its libraries failed */
    RANKCHAIN_ERROR = 5         /* anything else, e.g. the disk */
} rankchain_status;

/* "RANKCHAIN_OK", ...; "unknown status" for another number. */
RANKCHAIN_C_API const char* rankchain_status_name(rankchain_status status);

/* What the last call of this thread that failed had to say; "" before any. It is valid until the
 * next call of this thread fails. */
RANKCHAIN_C_API const char* rankchain_last_error_message(void);

/* "0.1.0", and the git revision the library was built from. */
RANKCHAIN_C_API const char* rankchain_version(void);
RANKCHAIN_C_API const char* rankchain_git_revision(void);

/* ---- Device ---- */

typedef enum rankchain_device_kind RANKCHAIN_ENUM {
    RANKCHAIN_DEVICE_AUTO = 0,
    RANKCHAIN_DEVICE_CPU = 1,
    RANKCHAIN_DEVICE_CUDA = 2
} rankchain_device_kind;

/* Where a computation runs, and how ranks are counted there (SpectrumMethod of
 * <rankchain/metrics.hpp>). A null pointer to a device means the default, RANKCHAIN_DEVICE_AUTO. */
typedef struct rankchain_device {
    size_t struct_size;
    rankchain_device_kind kind;
    int ordinal;          /* which CUDA device */
    int threads;          /* CPU threads; 0: as many as the machine grants */
    const char* spectrum; /* null (auto), "auto", "count", "eigen" or "svd" */
} rankchain_device;

typedef struct rankchain_device_info {
    const char* name;       /* "cpu" or "cuda:K", with the model */
    const char* arithmetic; /* equal text, equal bits */
    int threads;
} rankchain_device_info;

/* `auto`, `cpu`, `cuda` or `cuda:K`. */
RANKCHAIN_CHECKED rankchain_status rankchain_device_parse(const char* text,
                                                          rankchain_device* device);

/* The device that `device` means on this machine. The texts are valid until this thread calls the
 * function again. */
RANKCHAIN_CHECKED rankchain_status rankchain_device_describe(const rankchain_device* device,
                                                             rankchain_device_info* info);

/* ---- Network ---- */

typedef enum rankchain_weight_law RANKCHAIN_ENUM {
    RANKCHAIN_WEIGHTS_GAUSSIAN = 0,
    RANKCHAIN_WEIGHTS_UNIFORM = 1,
    RANKCHAIN_WEIGHTS_RADEMACHER = 2,
    RANKCHAIN_WEIGHTS_ORTHOGONAL = 3,
    RANKCHAIN_WEIGHTS_UNIFORM_POSITIVE = 4,
    RANKCHAIN_WEIGHTS_HALF_NORMAL = 5
} rankchain_weight_law;

typedef enum rankchain_scale_kind RANKCHAIN_ENUM {
    RANKCHAIN_SCALE_NUMBER = 0,
    RANKCHAIN_SCALE_FAN_IN = 1,
    RANKCHAIN_SCALE_HE = 2
} rankchain_scale_kind;

typedef enum rankchain_normalization RANKCHAIN_ENUM {
    RANKCHAIN_NORMALIZATION_BATCH = 0,
    RANKCHAIN_NORMALIZATION_BATCH_CENTER = 1,
    RANKCHAIN_NORMALIZATION_BATCH_SCALE = 2,
    RANKCHAIN_NORMALIZATION_LAYER = 3,
    RANKCHAIN_NORMALIZATION_RMS = 4,
    RANKCHAIN_NORMALIZATION_NONE = 5
} rankchain_normalization;

typedef enum rankchain_activation RANKCHAIN_ENUM {
    RANKCHAIN_ACTIVATION_LINEAR = 0,
    RANKCHAIN_ACTIVATION_RELU = 1,
    RANKCHAIN_ACTIVATION_LEAKY_RELU = 2,
    RANKCHAIN_ACTIVATION_TANH = 3,
    RANKCHAIN_ACTIVATION_GELU = 4,
    RANKCHAIN_ACTIVATION_SIN = 5,
    RANKCHAIN_ACTIVATION_SIGN = 6
} rankchain_activation;

typedef enum rankchain_order RANKCHAIN_ENUM {
    RANKCHAIN_ORDER_NORM_ACT = 0,
    RANKCHAIN_ORDER_ACT_NORM = 1
} rankchain_order;

typedef enum rankchain_precision RANKCHAIN_ENUM {
    RANKCHAIN_PRECISION_FLOAT32 = 0,
    RANKCHAIN_PRECISION_FLOAT64 = 1
} rankchain_precision;

typedef enum rankchain_observe RANKCHAIN_ENUM {
    RANKCHAIN_OBSERVE_HIDDEN = 0,
    RANKCHAIN_OBSERVE_PREACTIVATION = 1
} rankchain_observe;

typedef struct rankchain_network {
    size_t struct_size;
    int64_t width; /* d, units of a hidden layer */
    int64_t batch; /* N, input samples */
    int64_t depth; /* L, layers */
    rankchain_weight_law weights;
    rankchain_scale_kind scale_kind;
    double scale; /* of RANKCHAIN_SCALE_NUMBER */
    double gamma; /* residual strength; INFINITY is the plain network */
    rankchain_normalization normalization;
    rankchain_activation activation;
    rankchain_order order;
    rankchain_precision precision;
    double eps;
} rankchain_network;

typedef enum rankchain_input_kind RANKCHAIN_ENUM {
    RANKCHAIN_INPUT_GAUSSIAN = 0,
    RANKCHAIN_INPUT_GAUSSIAN_SHARED = 1,
    RANKCHAIN_INPUT_IDENTITY = 2,
    RANKCHAIN_INPUT_DUPLICATE_PAIRS = 3,
    RANKCHAIN_INPUT_GIVEN = 4
} rankchain_input_kind;

/* H_0. A null pointer to an input means the default, RANKCHAIN_INPUT_GAUSSIAN. */
typedef struct rankchain_input {
    size_t struct_size;
    rankchain_input_kind kind;
    int64_t rows;         /* d_in of RANKCHAIN_INPUT_GIVEN */
    const double* values; /* [rows, N], copied */
    size_t value_count;   /* rows * N */
} rankchain_input;

/* ---- Weights ---- */

/* W_l of one draw before scale, [rows, cols]; out_count is rows * cols. */
RANKCHAIN_CHECKED rankchain_status rankchain_weights(rankchain_weight_law law, uint64_t seed,
                                                     uint64_t draw, uint32_t layer, int64_t rows,
                                                     int64_t cols, float* out, size_t out_count);

/* Element (i, j) of the same matrix, made alone. Not for RANKCHAIN_WEIGHTS_ORTHOGONAL. */
RANKCHAIN_CHECKED rankchain_status rankchain_weight(rankchain_weight_law law, uint64_t seed,
                                                    uint64_t draw, uint32_t layer, int64_t rows,
                                                    int64_t cols, int64_t i, int64_t j, float* out);

/* ---- Chains ---- */

typedef enum rankchain_metric RANKCHAIN_ENUM {
    RANKCHAIN_METRIC_SOFT_RANK = 0,
    RANKCHAIN_METRIC_RANK_LOWER_BOUND = 1,
    RANKCHAIN_METRIC_NUMERICAL_RANK = 2,
    RANKCHAIN_METRIC_STABLE_RANK = 3,
    RANKCHAIN_METRIC_EFFECTIVE_RANK = 4,
    RANKCHAIN_METRIC_ORTHOGONALITY_GAP = 5,
    RANKCHAIN_METRIC_ISOMETRY_GAP = 6,
    RANKCHAIN_METRIC_MEAN_ABS_COSINE = 7,
    RANKCHAIN_METRIC_CONDITION_NUMBER = 8,
    RANKCHAIN_METRIC_SPECTRUM = 9,
    RANKCHAIN_METRIC_LYAPUNOV = 10
} rankchain_metric;

typedef struct rankchain_quantity {
    rankchain_metric metric;
    double tau;    /* soft_rank only */
    int64_t index; /* spectrum and lyapunov: 1 .. min(d, N) */
} rankchain_quantity;

typedef struct rankchain_draw_status {
    int64_t failed_layer;    /* the layer whose numbers were not finite; -1: none */
    int64_t degenerate_rows; /* rows with nothing to divide by, layers 1 .. l */
    int spectrum_failed;     /* 1: no solver converged, every spectral quantity is NaN */
} rankchain_draw_status;

typedef struct rankchain_chains rankchain_chains;

/* The chains of draws first_draw .. first_draw + draw_count - 1, at layer 0. */
RANKCHAIN_CHECKED rankchain_status rankchain_chains_create(
    const rankchain_network* network, const rankchain_input* input, uint64_t seed,
    int64_t first_draw, int64_t draw_count, rankchain_observe observe,
    const rankchain_device* device, rankchain_chains** chains);
RANKCHAIN_C_API void rankchain_chains_destroy(rankchain_chains* chains); /* null is allowed */

/* On to `layer`, from the present one up to the network's depth. */
RANKCHAIN_CHECKED rankchain_status rankchain_chains_advance(rankchain_chains* chains,
                                                            int64_t layer);
RANKCHAIN_CHECKED rankchain_status rankchain_chains_layer(const rankchain_chains* chains,
                                                          int64_t* layer);

/* values [quantity, draw]; resolved [quantity, draw] (1 where the first method could not decide),
 * margin [quantity, draw] (0, or of a rank that no method could decide the relative change of its
 * threshold that matters) and status [draw] may be null. A value that could not be had is NaN. */
RANKCHAIN_CHECKED rankchain_status rankchain_chains_measure(rankchain_chains* chains,
                                                            const rankchain_quantity* quantities,
                                                            size_t quantity_count, double* values,
                                                            uint8_t* resolved, double* margin,
                                                            rankchain_draw_status* status);

/* The observed matrices: out [draws, rows, N], rows = d (d_in at layer 0); out_count is their
 * product. */
RANKCHAIN_CHECKED rankchain_status rankchain_chains_observed(rankchain_chains* chains, int64_t rows,
                                                             double* out, size_t out_count);

/* ---- Spectra of the caller's own matrices, h [draws, rows, cols] ---- */

/* values [draws, min(rows, cols)], descending, NaN where info != 0; info [draws] may be null. */
RANKCHAIN_CHECKED rankchain_status rankchain_singular_values(const double* h, int64_t draws,
                                                             int64_t rows, int64_t cols,
                                                             const rankchain_device* device,
                                                             double* values, int* info);

/* Number of i with sigma_i^2 / cols >= tau: ranks [tau, draw], -1 where no solver converged;
 * resolved and margin [tau, draw] as above, or null. */
RANKCHAIN_CHECKED rankchain_status rankchain_soft_ranks(const double* h, int64_t draws,
                                                        int64_t rows, int64_t cols,
                                                        const double* taus, size_t tau_count,
                                                        const rankchain_device* device,
                                                        int64_t* ranks, uint8_t* resolved,
                                                        double* margin);

/* ---- Arrays on a CUDA device and a stream of the caller's: the contracts are those of
 *      rankchain::CudaOnStream (rankchain/cuda.hpp) ---- */

struct CUstream_st; /* a cudaStream_t points to one; null is the default stream */
typedef struct rankchain_cuda rankchain_cuda;

/* Takes 32 MiB of device memory; nothing below takes any but its workspace. */
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_create(struct CUstream_st* stream, int ordinal,
                                                         rankchain_cuda** cuda);
RANKCHAIN_C_API void rankchain_cuda_destroy(rankchain_cuda* cuda); /* null is allowed */

/* Bytes of workspace of rankchain_cuda_advance, for any number of draws; may be 0. */
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_advance_workspace(
    rankchain_cuda* cuda, const rankchain_network* network, int64_t* bytes);

/* h [draws, width, batch] on the device, float or double as network->precision says: H_from, and
 * after it H_to. failed_layer, degenerate_rows and log_scale [draws] on the device are read and
 * written; before the first layer they are -1, 0 and 0. Enqueued; does not synchronise. */
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_advance(
    rankchain_cuda* cuda, const rankchain_network* network, uint64_t seed, int64_t first_draw,
    int64_t draw_count, int64_t from, int64_t to, void* h, int64_t* failed_layer,
    int64_t* degenerate_rows, double* log_scale, void* workspace, int64_t workspace_bytes);

/* Bytes of workspace for matrices [draws, rows, cols] of either precision; `spectrum` as below. */
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_soft_ranks_workspace(
    rankchain_cuda* cuda, int64_t draws, int64_t rows, int64_t cols, const double* taus,
    size_t tau_count, const char* spectrum, int64_t* bytes);
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_singular_values_workspace(
    rankchain_cuda* cuda, int64_t draws, int64_t rows, int64_t cols, int64_t* bytes);

/* As rankchain_soft_ranks and rankchain_singular_values, of h [draws, rows, cols] on the device,
 * float or double as `precision` says; results on the host, so the stream is waited for.
 * `spectrum`, how ranks are counted, is that of rankchain_device. */
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_soft_ranks(
    rankchain_cuda* cuda, rankchain_precision precision, const void* h, int64_t draws, int64_t rows,
    int64_t cols, const double* taus, size_t tau_count, const char* spectrum, void* workspace,
    int64_t workspace_bytes, int64_t* ranks, uint8_t* resolved, double* margin);
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_singular_values(
    rankchain_cuda* cuda, rankchain_precision precision, const void* h, int64_t draws, int64_t rows,
    int64_t cols, void* workspace, int64_t workspace_bytes, double* values, int* info);

/* ---- Studies ---- */

typedef struct rankchain_study rankchain_study;

/* A study file, or its text; `name` stands for the file in messages and its folder is where
 * relative paths begin. */
RANKCHAIN_CHECKED rankchain_status rankchain_study_load(const char* file, rankchain_study** study);
RANKCHAIN_CHECKED rankchain_status rankchain_study_parse(const char* text, const char* name,
                                                         rankchain_study** study);
RANKCHAIN_C_API void rankchain_study_destroy(rankchain_study* study); /* null is allowed */

typedef struct rankchain_study_info {
    uint64_t seed;
    int64_t draws;
    size_t cells;
    int keep_draws;
} rankchain_study_info;

typedef struct rankchain_cell_info {
    rankchain_observe observe;
    size_t layers;     /* recorded depths */
    size_t quantities; /* measured at each */
} rankchain_cell_info;

RANKCHAIN_CHECKED rankchain_status rankchain_study_describe(const rankchain_study* study,
                                                            rankchain_study_info* info);
/* `network` may be null; otherwise it must have been set by rankchain_network_init(). */
RANKCHAIN_CHECKED rankchain_status rankchain_study_cell(const rankchain_study* study, size_t cell,
                                                        rankchain_cell_info* info,
                                                        rankchain_network* network);
RANKCHAIN_CHECKED rankchain_status rankchain_study_layer(const rankchain_study* study, size_t cell,
                                                         size_t layer_index, int64_t* layer);
RANKCHAIN_CHECKED rankchain_status rankchain_study_quantity(const rankchain_study* study,
                                                            size_t cell, size_t quantity_index,
                                                            rankchain_quantity* quantity);

/* Tells a running study to drop its present chunk, save and return. */
typedef struct rankchain_stop rankchain_stop;
RANKCHAIN_CHECKED rankchain_status rankchain_stop_create(rankchain_stop** stop);
/* From any thread, from the progress function, and from a signal handler. */
RANKCHAIN_C_API void rankchain_stop_set(rankchain_stop* stop);
RANKCHAIN_C_API void rankchain_stop_destroy(rankchain_stop* stop); /* null is allowed */

typedef struct rankchain_progress {
    size_t cell;
    size_t cells;
    double layer_draws_done; /* layers times draws, this run */
    double layer_draws_total;
    double seconds;
    double seconds_left; /* NaN while unknown */
} rankchain_progress;

typedef struct rankchain_run_options {
    size_t struct_size;
    const char* result;             /* the result file */
    const rankchain_device* device; /* null: the default */
    int64_t draws;                  /* in place of the study's, where set_draws */
    uint64_t seed;                  /* in place of the study's, where set_seed */
    int set_draws;
    int set_seed;
    int resume;
    int64_t chunk; /* draws at a time; 0: from the memory there is */
    void (*progress)(const rankchain_progress* progress, void* user); /* may be null */
    void* user;
    const rankchain_stop* stop; /* may be null */
    const char* spectrum;       /* in place of the device's; null: not given */
} rankchain_run_options;

typedef struct rankchain_run_report {
    int64_t draws_computed; /* over all cells, this run */
    int64_t draws_failed;
    int finished;            /* 0: stopped, state saved */
    int64_t ranks_undecided; /* over all cells, depths and ranks, this run */
    double margin;           /* of those: as in rankchain_summary */
} rankchain_run_report;

/* Runs a study into its result file; `report` may be null. */
RANKCHAIN_CHECKED rankchain_status rankchain_study_run(const rankchain_study* study,
                                                       const rankchain_run_options* options,
                                                       rankchain_run_report* report);

/* ---- Results ---- */

typedef struct rankchain_results rankchain_results;

typedef struct rankchain_summary {
    int64_t count;
    double mean, std, std_error, min, q05, q25, median, q75, q95, max;
    int64_t failed;
    int64_t resolved;
    int64_t degenerate_rows;
    size_t histogram_size; /* distinct values of an integer metric; otherwise 0 */
    int64_t undecided;     /* draws whose rank no method could decide */
    double margin;         /* of those: the largest relative change of the threshold that matters */
} rankchain_summary;

RANKCHAIN_CHECKED rankchain_status rankchain_results_open(const char* file,
                                                          rankchain_results** results);
RANKCHAIN_C_API void rankchain_results_destroy(rankchain_results* results); /* null is allowed */

/* The study the file holds; it belongs to `results`. */
RANKCHAIN_CHECKED rankchain_status rankchain_results_study(const rankchain_results* results,
                                                           const rankchain_study** study);
/* What the file says of its making (version, device, ...); an unknown key is refused with those
 * there are. The text belongs to `results`. */
RANKCHAIN_CHECKED rankchain_status rankchain_results_provenance(const rankchain_results* results,
                                                                const char* key,
                                                                const char** value);
RANKCHAIN_CHECKED rankchain_status rankchain_results_draws_done(const rankchain_results* results,
                                                                size_t cell, int64_t* draws);
RANKCHAIN_CHECKED rankchain_status rankchain_results_summary(const rankchain_results* results,
                                                             size_t cell, size_t layer_index,
                                                             size_t quantity_index,
                                                             rankchain_summary* summary);

/* The same of each row of values [quantities, draws], doubles on a CUDA device, NaN where a draw
 * has none: what the values themselves tell, all else of a summary is 0. The stream is waited for.
 */
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_summaries_workspace(rankchain_cuda* cuda,
                                                                      int64_t quantities,
                                                                      int64_t draws,
                                                                      int64_t* bytes);
RANKCHAIN_CHECKED rankchain_status rankchain_cuda_summaries(
    rankchain_cuda* cuda, const double* values, int64_t quantities, int64_t draws, void* workspace,
    int64_t workspace_bytes, rankchain_summary* summaries);
/* The histogram of an integer metric: value k was taken by draws[k] draws. Both arrays have
 * `capacity` entries, at least the summary's histogram_size. */
RANKCHAIN_CHECKED rankchain_status rankchain_results_histogram(const rankchain_results* results,
                                                               size_t cell, size_t layer_index,
                                                               size_t quantity_index,
                                                               int64_t* values, int64_t* draws,
                                                               size_t capacity);
/* One value a draw, in draw order, where the study keeps them: `count` entries of `out`, which has
 * room for `capacity`. With out null only the count is given. */
RANKCHAIN_CHECKED rankchain_status rankchain_results_draws(const rankchain_results* results,
                                                           size_t cell, size_t layer_index,
                                                           size_t quantity_index, double* out,
                                                           size_t capacity, size_t* count);

/* ---- Defaults ---- */

/* Behind the _init functions; struct_size is what the caller was compiled with. */
RANKCHAIN_C_API void rankchain_device_init_sized(rankchain_device* device, size_t struct_size);
RANKCHAIN_C_API void rankchain_network_init_sized(rankchain_network* network, size_t struct_size);
RANKCHAIN_C_API void rankchain_input_init_sized(rankchain_input* input, size_t struct_size);
RANKCHAIN_C_API void rankchain_run_options_init_sized(rankchain_run_options* options,
                                                      size_t struct_size);

static inline void rankchain_device_init(rankchain_device* device) {
    rankchain_device_init_sized(device, sizeof *device);
}
static inline void rankchain_network_init(rankchain_network* network) {
    rankchain_network_init_sized(network, sizeof *network);
}
static inline void rankchain_input_init(rankchain_input* input) {
    rankchain_input_init_sized(input, sizeof *input);
}
static inline void rankchain_run_options_init(rankchain_run_options* options) {
    rankchain_run_options_init_sized(options, sizeof *options);
}

#ifdef __cplusplus
}
#endif

#endif

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The C interface: its enumerators and structures against the C++ ones.
#include "host/c_api.hpp"

#include <limits>

namespace rankchain::c_api {
namespace {

// A C enumerator is its C++ twin by number.
template <class CEnum, class Enum>
constexpr bool same(CEnum c, Enum cpp) {
    return static_cast<long long>(c) == static_cast<long long>(cpp);
}
static_assert(same(RANKCHAIN_DEVICE_AUTO, Device::Kind::automatic));
static_assert(same(RANKCHAIN_DEVICE_CPU, Device::Kind::cpu));
static_assert(same(RANKCHAIN_DEVICE_CUDA, Device::Kind::cuda));
static_assert(same(RANKCHAIN_WEIGHTS_GAUSSIAN, Weights::gaussian));
static_assert(same(RANKCHAIN_WEIGHTS_UNIFORM, Weights::uniform));
static_assert(same(RANKCHAIN_WEIGHTS_RADEMACHER, Weights::rademacher));
static_assert(same(RANKCHAIN_WEIGHTS_ORTHOGONAL, Weights::orthogonal));
static_assert(same(RANKCHAIN_WEIGHTS_UNIFORM_POSITIVE, Weights::uniform_positive));
static_assert(same(RANKCHAIN_WEIGHTS_HALF_NORMAL, Weights::half_normal));
static_assert(same(RANKCHAIN_SCALE_NUMBER, Scale::Kind::number));
static_assert(same(RANKCHAIN_SCALE_FAN_IN, Scale::Kind::fan_in));
static_assert(same(RANKCHAIN_SCALE_HE, Scale::Kind::he));
static_assert(same(RANKCHAIN_NORMALIZATION_BATCH, Normalization::batch));
static_assert(same(RANKCHAIN_NORMALIZATION_BATCH_CENTER, Normalization::batch_center));
static_assert(same(RANKCHAIN_NORMALIZATION_BATCH_SCALE, Normalization::batch_scale));
static_assert(same(RANKCHAIN_NORMALIZATION_LAYER, Normalization::layer));
static_assert(same(RANKCHAIN_NORMALIZATION_RMS, Normalization::rms));
static_assert(same(RANKCHAIN_NORMALIZATION_NONE, Normalization::none));
static_assert(same(RANKCHAIN_ACTIVATION_LINEAR, Activation::linear));
static_assert(same(RANKCHAIN_ACTIVATION_RELU, Activation::relu));
static_assert(same(RANKCHAIN_ACTIVATION_LEAKY_RELU, Activation::leaky_relu));
static_assert(same(RANKCHAIN_ACTIVATION_TANH, Activation::tanh));
static_assert(same(RANKCHAIN_ACTIVATION_GELU, Activation::gelu));
static_assert(same(RANKCHAIN_ACTIVATION_SIN, Activation::sin));
static_assert(same(RANKCHAIN_ACTIVATION_SIGN, Activation::sign));
static_assert(same(RANKCHAIN_ORDER_NORM_ACT, Order::norm_act));
static_assert(same(RANKCHAIN_ORDER_ACT_NORM, Order::act_norm));
static_assert(same(RANKCHAIN_PRECISION_FLOAT32, Precision::float32));
static_assert(same(RANKCHAIN_PRECISION_FLOAT64, Precision::float64));
static_assert(same(RANKCHAIN_OBSERVE_HIDDEN, Observe::hidden));
static_assert(same(RANKCHAIN_OBSERVE_PREACTIVATION, Observe::preactivation));
static_assert(same(RANKCHAIN_INPUT_GAUSSIAN, Input::Kind::gaussian));
static_assert(same(RANKCHAIN_INPUT_GAUSSIAN_SHARED, Input::Kind::gaussian_shared));
static_assert(same(RANKCHAIN_INPUT_IDENTITY, Input::Kind::identity));
static_assert(same(RANKCHAIN_INPUT_DUPLICATE_PAIRS, Input::Kind::duplicate_pairs));
static_assert(same(RANKCHAIN_INPUT_GIVEN, Input::Kind::given));
static_assert(same(RANKCHAIN_METRIC_SOFT_RANK, Metric::soft_rank));
static_assert(same(RANKCHAIN_METRIC_RANK_LOWER_BOUND, Metric::rank_lower_bound));
static_assert(same(RANKCHAIN_METRIC_NUMERICAL_RANK, Metric::numerical_rank));
static_assert(same(RANKCHAIN_METRIC_STABLE_RANK, Metric::stable_rank));
static_assert(same(RANKCHAIN_METRIC_EFFECTIVE_RANK, Metric::effective_rank));
static_assert(same(RANKCHAIN_METRIC_ORTHOGONALITY_GAP, Metric::orthogonality_gap));
static_assert(same(RANKCHAIN_METRIC_ISOMETRY_GAP, Metric::isometry_gap));
static_assert(same(RANKCHAIN_METRIC_MEAN_ABS_COSINE, Metric::mean_abs_cosine));
static_assert(same(RANKCHAIN_METRIC_CONDITION_NUMBER, Metric::condition_number));
static_assert(same(RANKCHAIN_METRIC_SPECTRUM, Metric::spectrum));
static_assert(same(RANKCHAIN_METRIC_LYAPUNOV, Metric::lyapunov));

rankchain_device full_device(const rankchain_device* device) {
    return full(device, rankchain_device_init_sized, sizeof(rankchain_device), "device");
}

}  // namespace

void require(const void* pointer, const char* name) {
    if (pointer == nullptr) throw InvalidArgument(std::string(name) + " is a null pointer");
}

std::size_t array_size(std::int64_t a, std::int64_t b, std::int64_t c, const char* name) {
    std::int64_t product = 0;
    if (a < 0 || b < 0 || c < 0 || __builtin_mul_overflow(a, b, &product) ||
        __builtin_mul_overflow(product, c, &product) ||
        product > std::numeric_limits<std::int64_t>::max() / 8) {
        throw InvalidArgument("the sizes of " + std::string(name) + " are [" + std::to_string(a) +
                              ", " + std::to_string(b) + ", " + std::to_string(c) +
                              "]; allowed are sizes from 0 whose product fits the memory");
    }
    return static_cast<std::size_t>(product);
}

Device to_device(const rankchain_device* device) {
    if (device == nullptr) return {};
    const rankchain_device given = full_device(device);
    return {to_enum(given.kind, Device::Kind::cuda, "device->kind"), given.ordinal, given.threads};
}

SpectrumMethod to_spectrum(const rankchain_device* device) {
    if (device == nullptr) return SpectrumMethod::automatic;
    return to_spectrum(full_device(device).spectrum);
}

SpectrumMethod to_spectrum(const char* spectrum) {
    return spectrum == nullptr ? SpectrumMethod::automatic : parse_spectrum_method(spectrum);
}

Network to_network(const rankchain_network* network) {
    const rankchain_network given =
        full(network, rankchain_network_init_sized, sizeof(rankchain_network), "network");
    Network result;
    result.width = given.width;
    result.batch = given.batch;
    result.depth = given.depth;
    result.weights = to_enum(given.weights, Weights::half_normal, "network->weights");
    result.scale = {to_enum(given.scale_kind, Scale::Kind::he, "network->scale_kind"), given.scale};
    result.gamma = given.gamma;
    result.normalization =
        to_enum(given.normalization, Normalization::none, "network->normalization");
    result.activation = to_enum(given.activation, Activation::sign, "network->activation");
    result.order = to_enum(given.order, Order::act_norm, "network->order");
    result.precision = to_enum(given.precision, Precision::float64, "network->precision");
    result.eps = given.eps;
    return result;
}

rankchain_network from_network(const Network& network, std::size_t struct_size) {
    return {struct_size,
            network.width,
            network.batch,
            network.depth,
            static_cast<rankchain_weight_law>(network.weights),
            static_cast<rankchain_scale_kind>(network.scale.kind),
            network.scale.number,
            network.gamma,
            static_cast<rankchain_normalization>(network.normalization),
            static_cast<rankchain_activation>(network.activation),
            static_cast<rankchain_order>(network.order),
            static_cast<rankchain_precision>(network.precision),
            network.eps};
}

rankchain_summary from_summary(const Summary& s) {
    return {s.count,
            s.mean,
            s.std,
            s.stderr_,
            s.min,
            s.q05,
            s.q25,
            s.median,
            s.q75,
            s.q95,
            s.max,
            s.failed,
            s.resolved,
            s.degenerate_rows,
            s.histogram.size(),
            s.undecided,
            s.margin};
}

Quantity to_quantity(const rankchain_quantity& quantity) {
    return {to_enum(quantity.metric, Metric::lyapunov, "quantity.metric"), quantity.tau,
            quantity.index};
}

rankchain_quantity from_quantity(const Quantity& quantity) {
    return {static_cast<rankchain_metric>(quantity.metric), quantity.tau, quantity.index};
}

}  // namespace rankchain::c_api

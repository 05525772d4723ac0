// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/part.hpp"

#include "host/parallel.hpp"
#include "kernels/input.cuh"
#include <rankchain/error.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <string>

#include <omp.h>

namespace rankchain::cuda {
namespace {

bool is_generated(Input::Kind kind) {
    return kind == Input::Kind::gaussian || kind == Input::Kind::gaussian_shared ||
           kind == Input::Kind::duplicate_pairs;
}

LargeShape large_shape(const ChainPlan& plan) {
    LargeShape shape;
    shape.rows = plan.rows;
    shape.input_rows = plan.input_rows;
    shape.cols = plan.cols;
    return shape;
}

template <class T>
bool takes_large_path(const ChainSpec& spec, const ChainPlan& plan, std::size_t shared_limit) {
    return path_of<T>(spec, plan, true, shared_limit) == Path::large ||
           path_of<T>(spec, plan, false, shared_limit) == Path::large;
}

// What each buffer of a part holds for B draws: the one list that both need() and the constructor
// go by.
struct Sizes {
    std::int64_t h, p, x, given, each;

    Sizes(const ChainSpec& spec, const ChainPlan& plan, std::int64_t draws)
        : h(draws * plan.rows * plan.cols),
          p(plan.keeps_p ? h : 0),
          x(plan.shared_input ? plan.input_rows * plan.cols : 0),
          given(has_given_weights(spec.network) ? draws * plan.rows * plan.rows : 0),
          each(draws) {}

    template <class T>
    [[nodiscard]] std::int64_t bytes() const {
        return buffer_bytes<T>(h) + buffer_bytes<T>(p) + buffer_bytes<T>(x) +
               buffer_bytes<float>(given) + 4 * buffer_bytes<double>(each);
    }
};

// `values` rounded to T: ordinary memory, which the runtime reads before this returns.
template <class T>
void upload_rounded(const std::vector<double>& values, T* to, cudaStream_t stream) {
    const std::vector<T> rounded(values.begin(), values.end());
    upload(to, rounded.data(), static_cast<std::int64_t>(rounded.size()), stream);
}

std::vector<double> identity(std::int64_t rows, std::int64_t cols) {
    std::vector<double> x(static_cast<std::size_t>(rows * cols), 0.0);
    for (std::int64_t i = 0; i < std::min(rows, cols); ++i)
        x[static_cast<std::size_t>(i * cols + i)] = 1.0;
    return x;
}

}  // namespace

template <class T>
MemoryNeed ChainPart<T>::need(const ChainSpec& spec, const ChainPlan& plan,
                              std::size_t shared_limit) {
    const std::int64_t none = Sizes(spec, plan, 0).bytes<T>();
    // Rounding to whole blocks of 256 bytes, for each of eight buffers.
    constexpr std::int64_t rounding = std::int64_t{8} * 256;
    MemoryNeed need;
    need.per_draw = Sizes(spec, plan, 256).bytes<T>() / 256 - none / 256;
    need.fixed = none + rounding;
    if (takes_large_path<T>(spec, plan, shared_limit)) {
        need.fixed += LargeChain<T>::need(large_shape(plan));
    }
    if (plan.compress) need.fixed += Compression<T>::need(plan.rows, plan.cols);
    return need;
}

template <class T>
ChainPart<T>::ChainPart(Memory& memory, const Queue& queue, std::size_t shared_limit,
                        const ChainSpec& spec, const ChainPlan& plan, DrawRange range)
    : queue_(queue),
      spec_(spec),
      plan_(plan),
      range_(range),
      first_path_(path_of<T>(spec, plan, true, shared_limit)),
      rest_path_(path_of<T>(spec, plan, false, shared_limit)) {
    const Sizes sizes(spec, plan, range.count);
    h_ = Buffer<T>(memory, sizes.h);
    p_ = Buffer<T>(memory, sizes.p);
    x_ = Buffer<T>(memory, sizes.x);
    given_ = Buffer<float>(memory, sizes.given);
    failed_layer_ = Buffer<std::int64_t>(memory, sizes.each);
    degenerate_rows_ = Buffer<std::int64_t>(memory, sizes.each);
    log_scale_ = Buffer<double>(memory, sizes.each);
    log_scale_before_ = Buffer<double>(memory, sizes.each);
    if (takes_large_path<T>(spec, plan, shared_limit)) {
        large_.emplace(memory, queue.cublas(), queue.stream(), large_shape(plan));
    }
    if (plan.compress) {
        compression_.emplace(memory, queue.cublas(), queue.stream(), plan.rows, plan.cols);
    }
    made_ = PinnedBuffer<float>(sizes.given);
    statuses_ = PinnedBuffer<std::int64_t>(2 * sizes.each);
    if (sizes.given > 0) uploaded_.emplace();
    fill();
}

template <class T>
void ChainPart<T>::fill() {
    auto* const stream = queue_.stream();
    const auto set = [&](auto& buffer, int byte) {
        check(cudaMemsetAsync(buffer.get(), byte,
                              static_cast<std::size_t>(buffer.size()) * sizeof(*buffer.get()),
                              stream),
              "cudaMemsetAsync");
    };
    set(failed_layer_, 0xff);  // -1
    set(degenerate_rows_, 0);
    set(log_scale_, 0);
    set(log_scale_before_, 0);

    const Input& input = spec_.input;
    T* const to = plan_.shared_input ? x_.get() : h_.get();
    if (is_generated(input.kind)) {
        InputBatch batch;
        batch.seed = spec_.seed;
        batch.first_draw = plan_.shared_input ? 0 : static_cast<std::uint64_t>(range_.first);
        batch.draws = plan_.shared_input ? 1 : range_.count;
        batch.rows = plan_.rows;
        batch.cols = plan_.cols;
        batch.duplicate_pairs = input.kind == Input::Kind::duplicate_pairs;
        check(make_input(batch, to, stream), "make_input");
    } else {
        upload_rounded(
            input.kind == Input::Kind::given ? *input.values : identity(plan_.rows, plan_.cols), to,
            stream);
    }
}

template <class T>
void ChainPart<T>::advance(std::int64_t from, std::int64_t to) {
    const bool given = has_given_weights(spec_.network);
    while (from < to) {
        if (from == 1 && plan_.compress) {
            compression_->compress(h_.get(), h_.get(), range_.count, plan_.centers);
        }
        const Path path = from == 0 ? first_path_ : rest_path_;
        std::int64_t next = to;
        if (given || (from == 0 && (plan_.compress || first_path_ != rest_path_))) next = from + 1;
        advance_leg(from, next, path);
        from = next;
    }
}

template <class T>
void ChainPart<T>::advance_leg(std::int64_t from, std::int64_t to, Path path) {
    FusedChain<T> chain = describe_chain<T>(spec_, plan_, from, to);
    chain.draws = range_.count;
    chain.first_draw = static_cast<std::uint64_t>(range_.first);
    chain.given = has_given_weights(spec_.network) ? upload_weights(to) : nullptr;
    const bool shared = from == 0 && plan_.shared_input;
    chain.input = shared ? x_.get() : h_.get();
    chain.input_stride = shared ? 0 : plan_.rows_at(from) * plan_.cols_at(to);
    chain.output = h_.get();
    chain.preactivation = p_.get();
    chain.failed_layer = failed_layer_.get();
    chain.degenerate_rows = degenerate_rows_.get();
    chain.log_scale = log_scale_.get();
    chain.log_scale_before = log_scale_before_.get();
    if (path == Path::large) {
        large_->advance(chain);
    } else {
        check(advance_chain(chain, path == Path::tensor ? Arithmetic::tensor : Arithmetic::plain,
                            queue_.stream()),
              "advance_chain");
    }
}

template <class T>
const float* ChainPart<T>::upload_weights(std::int64_t layer) {
    uploaded_->wait();
    const std::int64_t size = plan_.rows * plan_.rows;
    parallel_for(range_.count, omp_get_max_threads(), [&](std::int64_t b, int) {
        weights(spec_.network.weights, spec_.seed, static_cast<std::uint64_t>(range_.first + b),
                static_cast<std::uint32_t>(layer), plan_.rows, plan_.rows,
                {made_.get() + b * size, static_cast<std::size_t>(size)});
    });
    upload(given_.get(), made_.get(), made_.size(), queue_.stream());
    uploaded_->record(queue_.stream());
    return given_.get();
}

template <class T>
ObservedBatch<T> ChainPart<T>::observed(std::int64_t layer) const {
    ObservedBatch<T> batch;
    batch.draws = range_.count;
    batch.rows = plan_.rows_at(layer);
    batch.cols = plan_.cols_at(layer);
    batch.batch = plan_.cols;
    batch.layer = layer;
    batch.centred = plan_.rows_centred(layer);
    batch.failed_layer = failed_layer_.get();
    batch.stride = batch.rows * batch.cols;
    if (layer == 0) {
        batch.data = plan_.shared_input ? x_.get() : h_.get();
        if (plan_.shared_input) batch.stride = 0;
        return batch;
    }
    batch.data = plan_.keeps_p ? p_.get() : h_.get();
    // P of act-norm comes before the norm of its own layer.
    batch.log_scale =
        plan_.keeps_p && plan_.p_before_norm ? log_scale_before_.get() : log_scale_.get();
    return batch;
}

template <class T>
void ChainPart<T>::download_status() {
    download(statuses_.get(), failed_layer_.get(), range_.count, queue_.stream());
    download(statuses_.get() + range_.count, degenerate_rows_.get(), range_.count, queue_.stream());
}

template <class T>
DrawStatus ChainPart<T>::status(std::int64_t b) const {
    DrawStatus status;
    status.failed_layer = statuses_[b];
    status.degenerate_rows = statuses_[range_.count + b];
    return status;
}

template class ChainPart<float>;
template class ChainPart<double>;

}  // namespace rankchain::cuda

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Streams and events. Work is done where it is enqueued, or, under opt().deferred, as late as
// somebody waits for it and in an order among the streams that opt().seed draws: what was not
// waited for is not there.
#pragma once

#include "simt/errors.hpp"

#include <deque>
#include <set>

namespace simt {
struct Task {
    std::function<bool()> ready;
    std::function<void()> run;
};
}  // namespace simt
struct CUstream_st {
    std::deque<simt::Task> tasks;
    int priority = 0;
};
struct CUevent_st {
    unsigned long recorded = 0, done = 0;
};
using cudaStream_t = CUstream_st*;
using cudaEvent_t = CUevent_st*;
constexpr unsigned cudaStreamDefault = 0, cudaStreamNonBlocking = 1;
constexpr unsigned cudaEventDefault = 0, cudaEventDisableTiming = 2;

namespace simt {
// In the order of their creation, so that a seed means the same order every time.
inline std::vector<std::unique_ptr<CUstream_st>>& streams() {
    static std::vector<std::unique_ptr<CUstream_st>> s;
    return s;
}
inline std::vector<std::unique_ptr<CUevent_st>>& events() {
    static std::vector<std::unique_ptr<CUevent_st>> e;
    return e;
}
inline uint64_t& stream_order() {
    static uint64_t state = 0;
    return state;
}
template <class T>
bool known(const std::vector<std::unique_ptr<T>>& all, const T* one) {
    return std::any_of(all.begin(), all.end(), [=](auto& p) { return p.get() == one; });
}
// One task that may run now.
inline void step() {
    std::vector<CUstream_st*> can;
    for (auto& s : streams())
        if (!s->tasks.empty() && (!s->tasks.front().ready || s->tasks.front().ready()))
            can.push_back(s.get());
    if (can.empty()) throw Error("streams wait for each other, or for an event nobody records");
    CUstream_st* const s = can[opt().seed ? rnd(stream_order()) % can.size() : 0];
    Task task = std::move(s->tasks.front());
    s->tasks.pop_front();
    task.run();
}
inline void drain(CUstream_st* stream) {
    while (stream && !stream->tasks.empty())
        step();
}
inline void drain_all() {
    for (size_t i = 0; i < streams().size(); ++i)
        drain(streams()[i].get());
}
// The null stream's work is never put off.
inline void enqueue(CUstream_st* stream, std::function<void()> run,
                    std::function<bool()> ready = nullptr) {
    if (stream && opt().deferred)
        stream->tasks.push_back({std::move(ready), std::move(run)});
    else
        run();
}
}  // namespace simt

inline cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
    const cudaError_t e = simt::gate("cudaDeviceGetStreamPriorityRange");
    if (e == cudaSuccess) *least = 0, *greatest = -5;
    return e;
}
inline cudaError_t cudaStreamCreateWithPriority(cudaStream_t* s, unsigned, int priority) {
    const cudaError_t e = simt::gate("cudaStreamCreateWithPriority");
    if (e != cudaSuccess) return e;
    simt::streams().push_back(std::make_unique<CUstream_st>());
    *s = simt::streams().back().get();
    (*s)->priority = priority;
    return e;
}
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* s, unsigned flags) {
    return cudaStreamCreateWithPriority(s, flags, 0);
}
inline cudaError_t cudaStreamCreate(cudaStream_t* s) {
    return cudaStreamCreateWithPriority(s, cudaStreamDefault, 0);
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t s) {
    const cudaError_t e = simt::gate("cudaStreamSynchronize");
    if (e != cudaSuccess) return e;
    if (s && !simt::known(simt::streams(), s)) return simt::answer(cudaErrorInvalidResourceHandle);
    simt::drain(s);
    return e;
}
inline cudaError_t cudaStreamDestroy(cudaStream_t s) {
    const cudaError_t e = simt::gate("cudaStreamDestroy");
    if (e != cudaSuccess) return e;
    if (!simt::known(simt::streams(), s)) return simt::answer(cudaErrorInvalidResourceHandle);
    simt::drain(s);
    auto& all = simt::streams();
    all.erase(std::find_if(all.begin(), all.end(), [=](auto& p) { return p.get() == s; }));
    return e;
}
inline cudaError_t cudaDeviceSynchronize() {
    const cudaError_t e = simt::gate("cudaDeviceSynchronize");
    if (e == cudaSuccess) simt::drain_all();
    return e;
}
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
    const cudaError_t e = simt::gate("cudaEventCreateWithFlags");
    if (e != cudaSuccess) return e;
    simt::events().push_back(std::make_unique<CUevent_st>());
    *event = simt::events().back().get();
    return e;
}
inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t s) {
    const cudaError_t e = simt::gate("cudaEventRecord");
    if (e != cudaSuccess) return e;
    if (!simt::known(simt::events(), event)) return simt::answer(cudaErrorInvalidResourceHandle);
    const unsigned long mark = ++event->recorded;
    simt::enqueue(s, [=] { event->done = std::max(event->done, mark); });
    return e;
}
inline cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t event, unsigned) {
    const cudaError_t e = simt::gate("cudaStreamWaitEvent");
    if (e != cudaSuccess) return e;
    if (!simt::known(simt::events(), event)) return simt::answer(cudaErrorInvalidResourceHandle);
    const unsigned long mark = event->recorded;
    simt::enqueue(
        s, [] {}, [=] { return event->done >= mark; });
    return e;
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    const cudaError_t e = simt::gate("cudaEventSynchronize");
    if (e != cudaSuccess) return e;
    if (!simt::known(simt::events(), event)) return simt::answer(cudaErrorInvalidResourceHandle);
    const unsigned long mark = event->recorded;
    while (event->done < mark)
        simt::step();
    return e;
}
inline cudaError_t cudaEventQuery(cudaEvent_t event) {
    const cudaError_t e = simt::gate("cudaEventQuery");
    if (e != cudaSuccess) return e;
    return event->done < event->recorded ? cudaErrorNotReady : cudaSuccess;
}
inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
    const cudaError_t e = simt::gate("cudaEventDestroy");
    if (e != cudaSuccess) return e;
    auto& all = simt::events();
    const auto at = std::find_if(all.begin(), all.end(), [=](auto& p) { return p.get() == event; });
    if (at == all.end()) return simt::answer(cudaErrorInvalidResourceHandle);
    simt::drain_all();  // tasks name it
    all.erase(std::find_if(all.begin(), all.end(), [=](auto& p) { return p.get() == event; }));
    return e;
}

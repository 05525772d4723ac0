// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// cuRAND and cuBLAS composed by hand, as a C interface for cuda_composed.py: weights by cuRAND's
// Philox in float32, widened where the chain is float64; one batched product; batch normalisation
// in one kernel. Every function of type int returns 0, or 1 with composed_error() saying why.
#include "bench/rivals/cuda_composed.hpp"

#include <algorithm>

extern "C" {  // kernels.cu
void normalize_float32(const float*, float*, long long, int);
void normalize_float64(const double*, double*, long long, int);
void widen(const float*, double*, long long);
}

namespace rivals {
namespace {

/// Z = factor W H + beta Z of row-major matrices, which are transposed ones to cuBLAS.
template <class T>
void layer_products(std::int64_t d, std::int64_t n, T factor, const T* w, const T* h, T beta, T* z,
                    std::int64_t batch) {
    multiply(CUBLAS_OP_N, CUBLAS_OP_N, n, d, d, factor, h, w, beta, z, batch);
}

class AnyChains {
  public:
    virtual ~AnyChains() = default;
    virtual void begin() = 0;
    virtual void run(std::int64_t layers) = 0;
    virtual void given(const float* weights, std::int64_t layers, const float* x) = 0;
    virtual void poison() = 0;
    [[nodiscard]] virtual const void* hidden() const = 0;
};

template <class T>
class Chains final : public AnyChains {
  public:
    Chains(std::int64_t d, std::int64_t n, std::int64_t batch, double factor, bool residual)
        : d_(d),
          n_(n),
          batch_(batch),
          factor_(static_cast<T>(factor)),
          residual_(residual),
          drawn_(std::max(batch * d * d, batch * d * n) + 1),
          w_(single ? 0 : batch * d * d),
          z_(batch * d * n),
          h_(batch * d * n) {
        begin();
    }

    void begin() override { draw(batch_ * d_ * n_, h_.get()); }

    void run(std::int64_t layers) override {
        for (std::int64_t l = 0; l < layers; ++l) {
            if constexpr (single) {
                draw(batch_ * d_ * d_, nullptr);
                layer(drawn_.get());
            } else {
                draw(batch_ * d_ * d_, w_.get());
                layer(w_.get());
            }
        }
        CHECKED(cudaDeviceSynchronize());
    }

    void given(const float* weights, std::int64_t layers, const float* x) override {
        for (std::int64_t b = 0; b < batch_; ++b)
            upload(x, d_ * n_, h_.get() + b * d_ * n_);
        const Buffer<T> w(batch_ * d_ * d_);
        for (std::int64_t l = 0; l < layers; ++l) {
            upload(weights + l * batch_ * d_ * d_, batch_ * d_ * d_, w.get());
            layer(w.get());
        }
        CHECKED(cudaDeviceSynchronize());
    }

    void poison() override {  // all ones is a NaN
        CHECKED(cudaMemset(z_.get(), 0xff, sizeof(T) * static_cast<std::size_t>(batch_ * d_ * n_)));
        CHECKED(cudaMemset(drawn_.get(), 0xff, 4 * static_cast<std::size_t>(batch_ * d_ * d_)));
    }

    [[nodiscard]] const void* hidden() const override { return h_.get(); }

  private:
    static constexpr bool single = std::is_same_v<T, float>;

    /// Normals into drawn_ and on to `to`, if there is one.
    void draw(std::int64_t size, T* to) {
        const auto even = static_cast<std::size_t>(size + size % 2);
        CHECKED(curandGenerateNormal(Libraries::get().random, drawn_.get(), even, 0, 1));
        if (to == nullptr) return;
        if constexpr (single) {
            CHECKED(cudaMemcpyAsync(to, drawn_.get(), 4 * static_cast<std::size_t>(size),
                                    cudaMemcpyDeviceToDevice));
        } else {
            launch(widen, size, drawn_.get(), to, size);
        }
    }

    static void upload(const float* from, std::int64_t size, T* to) {
        const std::vector<T> wide(from, from + size);
        CHECKED(cudaMemcpy(to, wide.data(), wide.size() * sizeof(T), cudaMemcpyHostToDevice));
    }

    void layer(const T* w) {
        T beta = 0;
        if (residual_) {
            const auto bytes = sizeof(T) * static_cast<std::size_t>(batch_ * d_ * n_);
            CHECKED(cudaMemcpyAsync(z_.get(), h_.get(), bytes, cudaMemcpyDeviceToDevice));
            beta = 1;
        }
        layer_products(d_, n_, factor_, w, h_.get(), beta, z_.get(), batch_);
        const std::int64_t rows = batch_ * d_;
        if constexpr (single) {
            launch(normalize_float32, 32 * rows, z_.get(), h_.get(), rows, n_);
        } else {
            launch(normalize_float64, 32 * rows, z_.get(), h_.get(), rows, n_);
        }
    }

    std::int64_t d_, n_, batch_;
    T factor_;
    bool residual_;
    Buffer<float> drawn_;
    Buffer<T> w_, z_, h_;
};

thread_local std::string last_error;

template <class Work>
int guarded(const Work& work) {
    try {
        work();
        return 0;
    } catch (const std::exception& error) {
        last_error = error.what();
        return 1;
    }
}

}  // namespace

extern "C" {

const char* composed_error() {
    return last_error.c_str();
}

/// The device's name, and half of the bytes that are free on it.
int composed_device(char* name, std::int64_t* bytes) {
    return guarded([&] {
        int devices = 0;
        CHECKED(cudaGetDeviceCount(&devices));
        if (devices < 1) throw std::runtime_error("no CUDA device");
        cudaDeviceProp properties{};
        CHECKED(cudaGetDeviceProperties(&properties, 0));
        std::copy_n(properties.name, sizeof properties.name, name);
        std::size_t free = 0;
        std::size_t total = 0;
        CHECKED(cudaMemGetInfo(&free, &total));
        *bytes = static_cast<std::int64_t>(free / 2);
    });
}

int composed_create(int single, std::int64_t d, std::int64_t n, std::int64_t batch, double factor,
                    int residual, void** chains) {
    return guarded([&] {
        std::unique_ptr<AnyChains> made;
        if (single != 0) {
            made = std::make_unique<Chains<float>>(d, n, batch, factor, residual != 0);
        } else {
            made = std::make_unique<Chains<double>>(d, n, batch, factor, residual != 0);
        }
        *chains = made.release();
    });
}

void composed_destroy(void* chains) {
    const std::unique_ptr<AnyChains> owned(static_cast<AnyChains*>(chains));
}

int composed_begin(void* chains) {
    return guarded([&] { static_cast<AnyChains*>(chains)->begin(); });
}

int composed_run(void* chains, std::int64_t layers) {
    return guarded([&] { static_cast<AnyChains*>(chains)->run(layers); });
}

int composed_given(void* chains, const float* weights, std::int64_t layers, const float* x) {
    return guarded([&] { static_cast<AnyChains*>(chains)->given(weights, layers, x); });
}

int composed_poison(void* chains) {
    return guarded([&] { static_cast<AnyChains*>(chains)->poison(); });
}

const void* composed_hidden(const void* chains) {
    return static_cast<const AnyChains*>(chains)->hidden();
}

int composed_upload(const void* from, std::int64_t bytes, void** to) {
    return guarded([&] {
        Buffer<char> buffer(bytes);
        CHECKED(cudaMemcpy(buffer.get(), from, static_cast<std::size_t>(bytes),
                           cudaMemcpyHostToDevice));
        *to = buffer.release();
    });
}

int composed_download(const void* from, std::int64_t bytes, void* to) {
    return guarded([&] {
        CHECKED(cudaMemcpy(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost));
    });
}

void composed_free(void* data) {
    (void)cudaFree(data);
}

/// counts [total, tau_count] of the matrices h [total, rows, cols] on the device; `least` is tau
/// times the columns.
int composed_count(int single, const void* h, std::int64_t total, std::int64_t rows,
                   std::int64_t cols, int jacobi, const double* least, std::int64_t tau_count,
                   long long* counts) {
    return guarded([&] {
        const std::vector<double> taus(least, least + tau_count);
        if (single != 0) {
            count(static_cast<const float*>(h), total, rows, cols, jacobi != 0, taus, counts);
        } else {
            count(static_cast<const double*>(h), total, rows, cols, jacobi != 0, taus, counts);
        }
    });
}

}  // extern "C"

}  // namespace rivals

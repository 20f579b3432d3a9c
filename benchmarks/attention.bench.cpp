#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

struct AttentionProblem {
  kernels::AttentionSizes z;
  kernels::AttentionScores<float> scores;
  Tensor<float> q = random({z.n, z.t, z.heads*z.d}), k = random({z.n, z.s, z.heads*z.d}),
                v = random({z.n, z.s, z.heads*z.v}), dy = random({z.n, z.t, z.heads*z.v});
  Tensor<float> y = dy, statistics{{z.n, z.heads, z.t, 2}}, dq = q, dk = k, dv = v;

  /// Heads side by side in the rows, as the products before them leave them.
  template <class T>
  kernels::HeadsView<T> heads(T* data, Index rows, Index d) const {
    return {data, rows * z.heads * d, d, z.heads * d};
  }
  kernels::AttentionInputs<float> inputs() const {
    return {heads(q.data(), z.t, z.d), heads(k.data(), z.s, z.d), heads(v.data(), z.s, z.v)};
  }
  void forward() { kernels::attention(z, inputs(), scores, heads(y.data(), z.t, z.v), statistics.data()); }
  void backward() {
    kernels::attention_backward<float>(
        z, inputs(), scores,
        {heads(std::as_const(y).data(), z.t, z.v), heads(std::as_const(dy).data(), z.t, z.v),
         std::as_const(statistics).data()},
        {{heads(dq.data(), z.t, z.d)}, {heads(dk.data(), z.s, z.d)}, {heads(dv.data(), z.s, z.v)}});
  }
};

void add_attention(const std::string& name, const kernels::AttentionSizes& z,
                   const kernels::AttentionScores<float>& scores = {}) {
  const double flops =
      2 * static_cast<double>(z.n * z.heads) * static_cast<double>(z.t * z.s) * static_cast<double>(z.d + z.v);
  add_flops("attention/" + name + "/forward", flops, [=] {
    return [p = AttentionProblem{z, scores}]() mutable { p.forward(); };
  });
  add_flops("attention/" + name + "/backward", 2.5 * flops, [=] {
    AttentionProblem problem{z, scores};
    problem.forward();
    return [p = std::move(problem)]() mutable { p.backward(); };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_attention("64x32", {16, 4, 64, 64, 32, 32});
  add_attention("64x32/dropout", {16, 4, 64, 64, 32, 32}, {.dropout = {1, 2, 0, 0x20000000, 1.14}});
  add_attention("512x64", {2, 8, 512, 512, 64, 64});
  add_attention("512x64/causal", {2, 8, 512, 512, 64, 64}, {.causal = true});
  return true;
}();

}  // namespace

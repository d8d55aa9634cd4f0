// oneDNN's products of 8-bit matrices, row-major, behind plain functions: dnnl_gemm_u8s8s32 and _s8s8s32, and the
// matmul primitive with weights in the layout that it chooses (their reordering is not timed).
#include <cstdint>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

namespace {

struct Matmul {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::memory a, b, c;
  dnnl::matmul primitive;
};

}  // namespace

extern "C" {

__attribute__((visibility("default"))) const char* bench_dnnl_version() {
  static char text[32];
  const dnnl_version_t* v = dnnl_version();
  std::snprintf(text, sizeof text, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
  return text;
}

// C (s32) := A (u8, or s8) * B (s8). False: oneDNN refused.
__attribute__((visibility("default"))) bool bench_dnnl_gemm(bool a_signed, std::int64_t m, std::int64_t n,
                                                            std::int64_t k, const void* a, const std::int8_t* b,
                                                            std::int32_t* c) {
  const std::int32_t zero = 0;
  if (a_signed)
    return dnnl_gemm_s8s8s32('N', 'N', 'F', m, n, k, 1.0f, static_cast<const std::int8_t*>(a), k, 0, b, n, 0, 0.0f, c,
                             n, &zero) == dnnl_success;
  return dnnl_gemm_u8s8s32('N', 'N', 'F', m, n, k, 1.0f, static_cast<const std::uint8_t*>(a), k, 0, b, n, 0, 0.0f, c, n,
                           &zero) == dnnl_success;
}

// A product with packed weights, or null.
__attribute__((visibility("default"))) void* bench_dnnl_matmul(bool a_signed, std::int64_t m, std::int64_t n,
                                                               std::int64_t k, const std::int8_t* b) try {
  using dnnl::memory;
  auto made = std::make_unique<Matmul>();
  const auto a_type = a_signed ? memory::data_type::s8 : memory::data_type::u8;
  const memory::desc a({m, k}, a_type, memory::format_tag::ab),
      any({k, n}, memory::data_type::s8, memory::format_tag::any),
      plain({k, n}, memory::data_type::s8, memory::format_tag::ab),
      c({m, n}, memory::data_type::s32, memory::format_tag::ab);
  const dnnl::matmul::primitive_desc description({a, any, c}, made->engine);
  made->primitive = dnnl::matmul(description);
  made->a = memory(a, made->engine, nullptr);
  made->c = memory(c, made->engine, nullptr);
  made->b = memory(description.weights_desc(), made->engine);
  memory from(plain, made->engine, const_cast<std::int8_t*>(b));
  dnnl::reorder(from, made->b).execute(made->stream, from, made->b);
  made->stream.wait();
  return made.release();
} catch (const dnnl::error&) {
  return nullptr;
}

__attribute__((visibility("default"))) void bench_dnnl_matmul_run(void* matmul, const void* a, std::int32_t* c) {
  Matmul& m = *static_cast<Matmul*>(matmul);
  m.a.set_data_handle(const_cast<void*>(a));
  m.c.set_data_handle(c);
  m.primitive.execute(m.stream, {{DNNL_ARG_SRC, m.a}, {DNNL_ARG_WEIGHTS, m.b}, {DNNL_ARG_DST, m.c}});
  m.stream.wait();
}

__attribute__((visibility("default"))) void bench_dnnl_matmul_destroy(void* matmul) {
  delete static_cast<Matmul*>(matmul);
}

}  // extern "C"

// The loops that find what the machine can do, one set per ISA. They are assembly: what is measured must not depend
// on the compiler or its flags, and must not be optimised away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::bench {

struct MachineLoops {
  const char* isa;  // named as TESSERA_ISA names it
  bool (*usable)();
  // `iterations` times this many floating-point operations, in enough independent chains to hide their latency.
  void (*fma_f32)(int64_t iterations);
  double fma_f32_flops;
  void (*fma_f64)(int64_t iterations);
  double fma_f64_flops;
  // Loads or stores every byte once. `bytes` is a multiple of 512, the address of 64.
  void (*read)(const void* from, size_t bytes);
  void (*write)(void* to, size_t bytes);
};

// Lowest first. Empty on an architecture without loops.
std::span<const MachineLoops> machine_loops();

}  // namespace tessera::bench

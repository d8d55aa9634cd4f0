#include <cstdio>

#include "kernel/contract.h"

namespace tessera {

void kernel_name(const KernelDescriptor& kernel, char (&name)[kKernelNameSize]) {
  if (kernel.a != kernel.c) {
    std::snprintf(name, kKernelNameSize, "gemm_%s%s%s_%dx%dx%d_u%d_%s", name_of(kernel.a), name_of(kernel.b),
                  name_of(kernel.c), kernel.mr, kernel.nr, kernel.kr, kernel.k_unroll, isa_info(kernel.isa).name);
    return;
  }
  std::snprintf(name, kKernelNameSize, "gemm_%s_%dx%d_u%d_%s%s", name_of(kernel.c), kernel.mr, kernel.nr,
                kernel.k_unroll, kernel.in_order ? "inorder_" : "", isa_info(kernel.isa).name);
}

}  // namespace tessera

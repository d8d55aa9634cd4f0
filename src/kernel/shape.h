// One line of a kernel list.
#pragma once

namespace tessera::kernel {

struct Shape {
  int mr;  // rows
  int nv;  // vectors of columns
  int k_unroll;
  bool test_only = false;
  bool in_order = false;  // for cores that issue in order
};

}  // namespace tessera::kernel

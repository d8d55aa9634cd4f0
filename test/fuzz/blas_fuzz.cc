// BLAS through its shared library: Fortran and CBLAS names of levels 1, 2 and 3, results by their definition, and for a
// wrong argument one report at its position and nothing written.
#include "fuzz/blas_model.h"

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 2)) {
    case 0:
      return level1(in);
    case 1:
      return level2(in);
    default:
      return level3(in);
  }
}

// A GEMM call in the form the plan and the loops work on.
//
// Kernels want rows of C contiguous. A call whose C has contiguous columns is the same problem transposed:
// C^T = B^T A^T. So row-major and column-major cost the same, and below this line only "left" (broadcast, m x k),
// "right" (vectors, k x n) and C remain. Alpha always scales the caller's A, whichever side that has become, so that an
// element's bits do not depend on the layout.
#pragma once

#include "gemm/gemm.h"

namespace tessera {

struct Matrix {
  const char* p;
  index_t rs, cs;  // elements
};

struct GemmProblem {
  DType type;
  index_t m, n, k;  // in elements of `type`
  Matrix left, right;
  char* c;
  index_t c_rs, c_cs;
  bool conj_left, conj_right;
  bool alpha_right;  // the caller's A is the right operand
  double alpha_re, alpha_im;
  double beta_re, beta_im;
};

// The problem of a call, untransposed.
GemmProblem make_problem(const GemmCall& call);

// The same problem with the operands' roles exchanged.
constexpr GemmProblem transposed(const GemmProblem& g) {
  return {g.type,
          g.n,
          g.m,
          g.k,
          {g.right.p, g.right.cs, g.right.rs},
          {g.left.p, g.left.cs, g.left.rs},
          g.c,
          g.c_cs,
          g.c_rs,
          g.conj_right,
          g.conj_left,
          !g.alpha_right,
          g.alpha_re,
          g.alpha_im,
          g.beta_re,
          g.beta_im};
}

// The problem restricted to rows [i, i + m) and columns [j, j + n) of C.
constexpr GemmProblem sub_problem(const GemmProblem& g, index_t i, index_t m, index_t j, index_t n) {
  GemmProblem s = g;
  const index_t size = size_of(g.type);
  s.m = m;
  s.n = n;
  s.left.p += i * g.left.rs * size;
  s.right.p += j * g.right.cs * size;
  s.c += (i * g.c_rs + j * g.c_cs) * size;
  return s;
}

}  // namespace tessera

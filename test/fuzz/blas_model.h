// BLAS by its definition: how a matrix lies in memory, and what it means.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "blas/oracle.h"
#include "blas/xerbla_recorder.h"
#include "fuzz/memory.h"
#include "support/random.h"

namespace tessera::fuzz {

enum class Shape { full, band, packed };
enum class Kind { general, symmetric, hermitian, triangular };

// A matrix of rows x cols elements as BLAS stores it.
struct Storage {
  Kind kind = Kind::general;
  bool by_rows = false;
  Index rows = 0, cols = 0, ld = 1;
  Shape shape = Shape::full;
  bool upper = true, unit = false;  // of a triangle or the stored half
  Index kl = 0, ku = 0;             // of a band

  // Where element (i, j) lies; -1: nowhere.
  Index place(Index i, Index j) const {
    if (kind != Kind::general && (upper ? i > j : i < j)) return -1;
    const Index lower = kind == Kind::general || !upper ? kl : 0, above = kind == Kind::general || upper ? ku : 0;
    switch (shape) {
      case Shape::full:
        return by_rows ? i * ld + j : j * ld + i;
      case Shape::band:
        if (j - i > above || i - j > lower) return -1;
        return by_rows ? i * ld + lower + j - i : j * ld + above + i - j;
      default: {
        // Lines one after the other: of the upper half by columns, 1, 2, ... long, of the lower one n, n - 1, ...
        const Index line = by_rows ? i : j, along = by_rows ? j : i;
        if (by_rows != upper) return line * (line + 1) / 2 + along;
        return along - line + line * (2 * rows - line + 1) / 2;
      }
    }
  }
  // Elements up to the last one that is stored.
  Index size() const {
    Index last = -1;
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < cols; ++j) last = std::max(last, place(i, j));
    return last + 1;
  }
};

// Calls f.operator()<T>() for one of the four types.
template <class F>
void with_any_type(Input& in, F&& f) {
  switch (in.integer(0, 3)) {
    case 0:
      return f.template operator()<float>();
    case 1:
      return f.template operator()<double>();
    case 2:
      return f.template operator()<c32>();
    default:
      return f.template operator()<c64>();
  }
}

// A matrix with its numbers, the values that it had when it was filled, and NaN where nothing is stored.
template <class T>
class Matrix : public Storage {
 public:
  Matrix(Input& in, const Storage& storage, test::Random& random, bool solvable = false, bool read = true)
      : Storage(storage), memory_(in, static_cast<std::size_t>(size()) * sizeof(T)) {
    for (Index i = 0; i < size(); ++i) data()[i] = nan_of<T>();
    for (Index i = 0; read && i < rows; ++i)
      for (Index j = 0; j < cols; ++j) {
        const Index at = place(i, j);
        if (at < 0 || (kind == Kind::triangular && unit && i == j)) continue;
        T x = number(random);
        // A triangle whose solutions stay of the size of the right-hand side.
        if (solvable) x = i == j ? x + T(x == T(0) ? 2 : 3) : x / T(static_cast<RealOf<T>>(rows));
        // What is not looked at.
        if constexpr (kComplex<T>) {
          if (kind == Kind::hermitian && i == j) x.imag(1000);
        }
        data()[at] = x;
      }
    before_ = memory_.bytes();
  }
  static T number(test::Random& random) {
    if constexpr (kComplex<T>) {
      const auto re = random.number<RealOf<T>>();
      return {re, random.number<RealOf<T>>()};
    } else {
      return random.number<T>();
    }
  }
  T* data() { return reinterpret_cast<T*>(memory_.data()); }
  T now(Index i, Index j) { return data()[place(i, j)]; }
  // The element that the matrix means, of what it was at first.
  Wide<T> operator()(Index i, Index j) const {
    if (kind == Kind::triangular && unit && i == j) return 1;
    Index at = place(i, j);
    const bool mirrored = at < 0 && (kind == Kind::symmetric || kind == Kind::hermitian);
    if (mirrored) at = place(j, i);
    if (at < 0) return 0;
    const Wide<T> x = wide(reinterpret_cast<const T*>(before_.data())[at]);
    if (kind != Kind::hermitian) return x;
    return i == j ? Wide<T>(std::real(x)) : conj_if<T>(mirrored, x);
  }
  Wide<T> op(char trans, Index i, Index j) const {
    return is_trans(trans) ? conj_if<T>(is_conj(trans), (*this)(j, i)) : (*this)(i, j);
  }
  // Nothing beside the elements has been written; nor the elements, of an input.
  bool intact(bool output) {
    std::vector<char> want = before_;
    for (Index i = 0; output && i < rows; ++i)
      for (Index j = 0; j < cols; ++j)
        if (const Index at = place(i, j); at >= 0)
          std::memcpy(want.data() + static_cast<std::size_t>(at) * sizeof(T), data() + at, sizeof(T));
    return memory_.is(want);
  }

 private:
  Memory memory_;
  std::vector<char> before_;
};

// A vector is a matrix of one column or row whose elements are inc apart, from the last one where inc is negative.
template <class T>
class Vector {
 public:
  Vector(Input& in, Index n, Index inc, test::Random& random, bool read = true)
      : n_(n),
        inc_(inc),
        // |inc| lines of which the first alone is stored.
        matrix_(in, Storage{.by_rows = true, .rows = n, .cols = n > 0 ? 1 : 0, .ld = inc < 0 ? -inc : inc}, random,
                false, read) {}
  T* data() { return matrix_.data(); }
  Wide<T> operator()(Index i) const { return matrix_(line(i), 0); }
  T now(Index i) { return matrix_.now(line(i), 0); }
  bool intact(bool output) { return matrix_.intact(output); }

 private:
  Index line(Index i) const { return inc_ < 0 ? n_ - 1 - i : i; }
  Index n_, inc_;
  Matrix<T> matrix_;
};

// Arguments in their order, and whether each of them is wrong.
struct Check {
  int position;
  bool wrong;
};
inline int first_wrong(std::initializer_list<Check> checks) {
  for (const Check& c : checks)
    if (c.wrong) return c.position;
  return 0;
}

// A letter of a list, in either case, or one that is none.
inline char letter(Input& in, const char* letters) {
  if (in.one_in(32)) return '/';
  const std::string all(letters);
  const char c = all[static_cast<std::size_t>(in.integer(0, static_cast<Index>(all.size()) - 1))];
  return in.one_in(4) ? static_cast<char>(c | 0x20) : c;
}
inline bool is_letter(char c, const char* letters) { return std::string(letters).find(c & ~0x20) != std::string::npos; }

// What the library has reported since the last call: once where something is wrong, at its position if that is known.
inline void expect_reported(const char* routine, int position, bool exact) {
  const auto calls = take_xerbla_calls();
  FUZZ_EXPECT(calls.size() == (position != 0 ? 1u : 0u), "%s: %zu reports, position %d", routine, calls.size(),
              position);
  if (position != 0 && exact)
    FUZZ_EXPECT(calls[0].position == position, "%s: position %d instead of %d", routine, calls[0].position, position);
}

template <class T>
T scalar_of(Input& in) {
  const RealOf<T> x = in.one_of<RealOf<T>>({1, 0, -1, RealOf<T>(0.75), -2});
  if constexpr (kComplex<T>) {
    return {x, in.one_of<RealOf<T>>({0, 1, RealOf<T>(-0.5)})};
  } else {
    return x;
  }
}

inline Index blas_size(Input& in) { return in.one_in(8) ? in.integer(0, 70) : in.integer(0, 16); }

// Levels, each for one of the four types.
void level1(Input& in);
void level2(Input& in);
void level3(Input& in);

}  // namespace tessera::fuzz

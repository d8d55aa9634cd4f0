// Matrices of bytes, transposed: images from one order of channels and pixels to the other.
#pragma once

#include "base/dtype.h"

namespace tessera {

// dst(j, i) = src(i, j) for rows x columns of src; rows of src (dst) are src_row (dst_row) bytes apart.
void transpose_bytes(const char* src, index_t src_row, index_t rows, index_t columns, char* dst, index_t dst_row);

}  // namespace tessera

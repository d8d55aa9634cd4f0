/**
 * @file types.h
 * @brief Scalar types and export macro of the C API.
 */
#ifndef TESSERA_TYPES_H
#define TESSERA_TYPES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TSR_API __attribute__((visibility("default")))
#else
#define TSR_API
#endif

#ifdef __cplusplus
#define TSR_EXTERN_C_BEGIN extern "C" {
#define TSR_EXTERN_C_END }
#else
#define TSR_EXTERN_C_BEGIN
#define TSR_EXTERN_C_END
#endif

TSR_EXTERN_C_BEGIN

/** Sizes and strides. Strides count elements and may be negative or zero where a function says so. */
typedef int64_t tsr_index;

/** Single precision complex number; layout-compatible with C99 `float _Complex` and std::complex<float>. */
typedef struct tsr_c32 {
  float re;
  float im;
} tsr_c32;

/** A bfloat16 number: the upper half of a float's bits. */
typedef uint16_t tsr_bf16;

/** The bits of an IEEE binary16 number. */
typedef uint16_t tsr_f16;

/** Double precision complex number; layout-compatible with C99 `double _Complex`. */
typedef struct tsr_c64 {
  double re;
  double im;
} tsr_c64;

TSR_EXTERN_C_END

#endif

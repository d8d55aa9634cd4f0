/**
 * @file status.h
 * @brief What every function of the C API returns.
 */
#ifndef TESSERA_STATUS_H
#define TESSERA_STATUS_H

#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/**
 * Zero is success. A negative value -i says that the i-th argument (counted from 1) is invalid, as LAPACK's INFO does.
 * A positive value is one of ::tsr_error. After any failure the outputs are untouched.
 */
typedef int32_t tsr_status;

/** Success. */
#define TSR_OK ((tsr_status)0)

/** Failures that no single argument is to blame for. */
enum tsr_error {
  TSR_OUT_OF_MEMORY = 1, /**< no memory for an object or for workspace */
  TSR_UNSUPPORTED = 2    /**< the request is valid but this build or CPU cannot serve it */
};

/**
 * A short English sentence for a status; never NULL. The pointer stays valid until the calling thread
 * calls this function again. Thread-safe.
 */
TSR_API const char* tsr_status_string(tsr_status status);

TSR_EXTERN_C_END

#endif

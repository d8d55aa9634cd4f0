/**
 * @file version.h
 * @brief Version of the header and of the library that was loaded.
 */
#ifndef TESSERA_VERSION_H
#define TESSERA_VERSION_H

#include <tessera/types.h>

#define TESSERA_VERSION_MAJOR 0
#define TESSERA_VERSION_MINOR 1
#define TESSERA_VERSION_PATCH 0

TSR_EXTERN_C_BEGIN

/** "major.minor.patch" of the loaded library. Static storage; thread-safe. */
TSR_API const char* tsr_version(void);

TSR_EXTERN_C_END

#endif

/**
 * @file tune.h
 * @brief Tuning profiles: what a program can do about the one in use.
 *
 * A profile is a JSON file that tessera-tune writes. It sets block sizes, kernels and thresholds, and cannot change a
 * result. Without a word of the program the library looks for one at the first call that needs it (docs/tuning.md); a
 * program that wants none calls tsr_profile_unload() first.
 *
 * While the environment variable TESSERA_PROFILE is set (and honoured: not in a setuid program) the user has decided,
 * and nothing here puts another profile in use.
 *
 * Thread-safe. Calls under way finish with the profile that they began with.
 */
#ifndef TESSERA_TUNE_H
#define TESSERA_TUNE_H

#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/**
 * Uses the profile in `path` from the next call on. On failure one line on standard error says why, and what was in use
 * stays. Errors: -1 (NULL, not readable, or not a profile); TSR_UNSUPPORTED (made on another CPU or for other kernels);
 * TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_profile_load(const char* path);

/** Looks again where the library looks by itself: after tessera-tune has written a profile, without a restart.
 * Errors: TSR_OUT_OF_MEMORY. */
TSR_API tsr_status tsr_profile_reload(void);

/** Uses analytic defaults from the next call on. Errors: TSR_OUT_OF_MEMORY. */
TSR_API tsr_status tsr_profile_unload(void);

/**
 * Writes what is in use, such as "analytic defaults" or "profile /etc/tessera/x.json (of this system)", to `text`, cut
 * off to `size` bytes with the final zero. Errors: -1 (NULL), -2 (zero).
 */
TSR_API tsr_status tsr_profile_describe(char* text, size_t size);

TSR_EXTERN_C_END

#endif

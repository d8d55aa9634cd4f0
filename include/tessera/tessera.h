/**
 * @file tessera.h
 * @brief The whole C API.
 */
#ifndef TESSERA_TESSERA_H
#define TESSERA_TESSERA_H

#include <tessera/context.h>
#include <tessera/conv.h>
#include <tessera/conv_q8.h>
#include <tessera/epilogue.h>
#include <tessera/gemm.h>
#include <tessera/half.h>
#include <tessera/nn.h>
#include <tessera/packed.h>
#include <tessera/quant.h>
#include <tessera/status.h>
#include <tessera/tune.h>
#include <tessera/types.h>
#include <tessera/version.h>

#endif

# The one list of instruction sets: name, processor, compiler flags, families of kernels.
# A new ISA is a block here, a row in src/base/isa.h, a register wrapper src/base/simd/<isa>.h and a list of tiles
# src/kernel/tiles_<isa>.h.

set(TESSERA_ISA_LIST "" CACHE STRING "Build these instruction sets only (baseline is always there); empty: all")

# What is compiled for: a 64-bit kernel names its own architecture to a 32-bit system too, as on many a Raspberry Pi.
set(TESSERA_PROCESSOR ${CMAKE_SYSTEM_PROCESSOR})
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  string(REGEX REPLACE "^(aarch64|arm64)$" "arm" TESSERA_PROCESSOR ${TESSERA_PROCESSOR})
  string(REGEX REPLACE "^(x86_64|AMD64)$" "i686" TESSERA_PROCESSOR ${TESSERA_PROCESSOR})
endif()

# tessera_isa(<name> PROCESSORS <regex> [FLAGS <flag>...] [FAMILIES <family>...])
# Appends <name> to TESSERA_ISAS, and to TESSERA_ISAS_<family> for each of its families (real: f32 and f64; int8), when the
# target processor matches and TESSERA_ISA_LIST has it; objects of that ISA get FLAGS and nothing else does. Without
# FAMILIES it has all.
set(TESSERA_ISAS "")
set(TESSERA_ISAS_real "")
set(TESSERA_ISAS_int8 "")
function(tessera_isa name)
  cmake_parse_arguments(ISA "" "PROCESSORS" "FLAGS;FAMILIES" ${ARGN})
  if(TESSERA_ISA_LIST AND NOT name STREQUAL "baseline" AND NOT name IN_LIST TESSERA_ISA_LIST)
    return()
  endif()
  if(TESSERA_PROCESSOR MATCHES "^(${ISA_PROCESSORS})$")
    if(NOT ISA_FAMILIES)
      set(ISA_FAMILIES real int8)
    endif()
    foreach(family IN LISTS ISA_FAMILIES)
      set(TESSERA_ISAS_${family} ${TESSERA_ISAS_${family}} ${name} PARENT_SCOPE)
    endforeach()
    set(TESSERA_ISAS ${TESSERA_ISAS} ${name} PARENT_SCOPE)
    set(TESSERA_ISA_FLAGS_${name} "${ISA_FLAGS}" PARENT_SCOPE)
  endif()
endfunction()

# Where every CPU of the last ten years has more than the baseline, what counts of it is its size: half a megabyte less.
set(TESSERA_BASELINE_FLAGS "")
if(TESSERA_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  set(TESSERA_BASELINE_FLAGS -Os)
endif()
tessera_isa(baseline PROCESSORS ".*" FLAGS ${TESSERA_BASELINE_FLAGS})
tessera_isa(avx2     PROCESSORS "x86_64|AMD64" FLAGS -mavx2 -mfma -mf16c)
tessera_isa(avxvnni  PROCESSORS "x86_64|AMD64" FLAGS -mavx2 -mfma -mf16c -mavxvnni FAMILIES int8)
set(TESSERA_AVX512_FLAGS -mavx2 -mfma -mf16c -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
tessera_isa(avx512   PROCESSORS "x86_64|AMD64" FLAGS ${TESSERA_AVX512_FLAGS})
tessera_isa(avx512vnni PROCESSORS "x86_64|AMD64" FLAGS ${TESSERA_AVX512_FLAGS} -mavx512vnni FAMILIES int8)
# g++ hoists loads across the tile's loop and then spills them: no scheduling before register allocation.
# With SVE, elimination of partial redundancies makes it store every sum in every turn.
set(TESSERA_NEON_FLAGS "")
set(TESSERA_SVE_FLAGS "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(TESSERA_NEON_FLAGS -fno-schedule-insns)
  set(TESSERA_SVE_FLAGS -fno-schedule-insns -fno-tree-pre)
endif()
tessera_isa(neon     PROCESSORS "aarch64|arm64" FLAGS ${TESSERA_NEON_FLAGS})
tessera_isa(neondot  PROCESSORS "aarch64|arm64" FLAGS ${TESSERA_NEON_FLAGS} -march=armv8.2-a+dotprod FAMILIES int8)
tessera_isa(neoni8mm PROCESSORS "aarch64|arm64" FLAGS ${TESSERA_NEON_FLAGS} -march=armv8.2-a+dotprod+i8mm FAMILIES int8)
# Compiled for registers of exactly 256 bits; where they have 128, NEON's kernels do as much. No integers: a Neoverse V1
# multiplies as many bytes by smmla on NEON's registers as on SVE's, and half as many by SVE's sdot (llvm-mca).
tessera_isa(sve256   PROCESSORS "aarch64|arm64" FLAGS ${TESSERA_SVE_FLAGS} -march=armv8.2-a+sve -msve-vector-bits=256
            FAMILIES real)
# No -mfpu alone: a compiler may be made for Armv6.
tessera_isa(neon32   PROCESSORS "arm|armv[78].*" FLAGS ${TESSERA_NEON_FLAGS} -march=armv7-a -mfpu=neon-vfpv4)

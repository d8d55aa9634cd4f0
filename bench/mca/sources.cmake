# Writes the NEON kernels' sources as an AArch64 build by g++ has them: cmake -D OUT=<directory> -P sources.cmake
# Left in OUT: <type>.cc, the header they include, and flags.txt, the compiler flags of the instruction set.
cmake_minimum_required(VERSION 3.25)
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER_ID GNU)
include(${root}/cmake/isa.cmake)
include(${root}/cmake/generate_kernels.cmake)

tessera_write_isa_list(${OUT}/include/tessera_isa_list.h)
set(ISA neon)
foreach(TYPE f32 f64)
  string(TOUPPER ${TYPE} TYPE_CLASS)
  configure_file(${root}/src/kernel/gemm_kernels.cc.in ${OUT}/${TYPE}.cc @ONLY)
endforeach()
list(JOIN TESSERA_ISA_FLAGS_${ISA} "\n" flags)
file(WRITE ${OUT}/flags.txt "${flags}\n")

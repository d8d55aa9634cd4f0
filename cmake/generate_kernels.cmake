# Writes one source per (template, ISA, type) into the build tree and compiles each with its ISA's flags alone.

# tessera_generate(<target> TEMPLATE <file.in> STEM <stem> FAMILY <family> [NO_SANITIZE] TYPES <type>...)
# One object for each type and each ISA that has the family (isa.cmake). In the template, @ISA@ is the ISA's name, @TYPE@ the
# type (f32, f64, int8), @TYPE_CLASS@ its wrapper (F32, F64, INT8). NO_SANITIZE: not instrumented in sanitizer builds.
function(tessera_generate target)
  cmake_parse_arguments(GEN "NO_SANITIZE" "TEMPLATE;STEM;FAMILY" "TYPES" ${ARGN})
  foreach(ISA IN LISTS TESSERA_ISAS_${GEN_FAMILY})
    foreach(TYPE IN LISTS GEN_TYPES)
      string(TOUPPER ${TYPE} TYPE_CLASS)
      set(source ${CMAKE_CURRENT_BINARY_DIR}/${GEN_STEM}_${TYPE}_${ISA}.cc)
      configure_file(${GEN_TEMPLATE} ${source} @ONLY)
      target_sources(${target} PRIVATE ${source})
      set(flags ${TESSERA_ISA_FLAGS_${ISA}} -fno-stack-protector)
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ 12 warns of the deliberately undefined registers in its own intrinsics header.
        list(APPEND flags -Wno-maybe-uninitialized -Wno-uninitialized)
      endif()
      if(GEN_FAMILY STREQUAL "int8")
        list(APPEND flags -fwrapv)  # sums of 8-bit products are modulo 2^32
      endif()
      if(TESSERA_SANITIZE AND GEN_NO_SANITIZE)
        list(APPEND flags -fno-sanitize=all)
      endif()
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${flags}")
    endforeach()
  endforeach()
endfunction()

# TESSERA_FOR_EACH_ISA(X), the ISAs with the family `real`, and TESSERA_FOR_EACH_INT8_ISA(X), for C++ sources that list what
# was compiled.
function(tessera_write_isa_list path)
  foreach(family real int8)
    set(calls_${family} "")
    foreach(ISA IN LISTS TESSERA_ISAS_${family})
      string(APPEND calls_${family} " X(${ISA})")
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${path} CONTENT
       "// The ISAs this build was configured with, lowest first.\n#pragma once\n#define TESSERA_FOR_EACH_ISA(X)${calls_real}\n#define TESSERA_FOR_EACH_INT8_ISA(X)${calls_int8}\n")
endfunction()

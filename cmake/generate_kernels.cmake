# Writes one source per (template, ISA, type) into the build tree and compiles each with its ISA's flags alone.

# tessera_generate(<target> TEMPLATE <file.in> STEM <stem> TYPES <type>...)
# In the template, @ISA@ is the ISA's name, @TYPE@ the real type (f32, f64), @TYPE_CLASS@ its wrapper (F32, F64).
function(tessera_generate target)
  cmake_parse_arguments(GEN "" "TEMPLATE;STEM" "TYPES" ${ARGN})
  foreach(ISA IN LISTS TESSERA_ISAS)
    foreach(TYPE IN LISTS GEN_TYPES)
      string(TOUPPER ${TYPE} TYPE_CLASS)
      set(source ${CMAKE_CURRENT_BINARY_DIR}/${GEN_STEM}_${TYPE}_${ISA}.cc)
      configure_file(${GEN_TEMPLATE} ${source} @ONLY)
      target_sources(${target} PRIVATE ${source})
      set(flags ${TESSERA_ISA_FLAGS_${ISA}})
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ 12 warns of the deliberately undefined registers in its own intrinsics header.
        list(APPEND flags -Wno-uninitialized -Wno-maybe-uninitialized)
      endif()
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${flags}")
    endforeach()
  endforeach()
endfunction()

# TESSERA_FOR_EACH_ISA(X) for C++ sources that list what was compiled.
function(tessera_write_isa_list path)
  set(calls "")
  foreach(ISA IN LISTS TESSERA_ISAS)
    string(APPEND calls " X(${ISA})")
  endforeach()
  file(CONFIGURE OUTPUT ${path} CONTENT
       "// The ISAs this build was configured with, lowest first.\n#pragma once\n#define TESSERA_FOR_EACH_ISA(X)${calls}\n")
endfunction()

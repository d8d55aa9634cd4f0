# Target docs, where doxygen is: the C API of include/tessera as HTML in <build>/docs/html. A mistake in a docstring is an
# error.
find_program(TESSERA_DOXYGEN doxygen)
if(TESSERA_DOXYGEN)
  configure_file(docs/Doxyfile.in docs/Doxyfile @ONLY)
  if(PROJECT_IS_TOP_LEVEL)  # another project may have a target of this name
    add_custom_target(docs COMMAND ${TESSERA_DOXYGEN} ${PROJECT_BINARY_DIR}/docs/Doxyfile VERBATIM)
  endif()
endif()

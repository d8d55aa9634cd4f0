# What `cmake --install` puts where. Components: runtime, development, tools.
#
# The drop-ins have folders of their own to go to, because a distribution keeps several libblas.so.3 side by side and
# lets the administrator choose (cmake/debian.cmake).
include(CMakePackageConfigHelpers)
set(TESSERA_BLAS_LIBDIR ${CMAKE_INSTALL_LIBDIR})
set(TESSERA_BLAS_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
if(TESSERA_DEBIAN)
  set(TESSERA_BLAS_LIBDIR ${CMAKE_INSTALL_LIBDIR}/tessera)
  set(TESSERA_BLAS_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR}/${CMAKE_LIBRARY_ARCHITECTURE}/tessera)
endif()

install(DIRECTORY include/tessera DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/blas64/include/tessera_blas64.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT development)
install(FILES include/cblas.h DESTINATION ${TESSERA_BLAS_INCLUDEDIR} COMPONENT development)

install(TARGETS tessera blas64_ EXPORT TesseraTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS blas blas64 EXPORT TesseraTargets
        LIBRARY DESTINATION ${TESSERA_BLAS_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
        INCLUDES DESTINATION ${TESSERA_BLAS_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR})
if(NOT TESSERA_SANITIZE)
  install(FILES ${PROJECT_BINARY_DIR}/lib/libtessera.a DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(FILES ${PROJECT_BINARY_DIR}/lib/libblas.a ${PROJECT_BINARY_DIR}/lib/libblas64.a
          DESTINATION ${TESSERA_BLAS_LIBDIR} COMPONENT development)
endif()
install(TARGETS openblas_names LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT tools)
foreach(tool tessera-info tessera-tune)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
    install(FILES docs/man/${tool}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
  endif()
endforeach()

# tessera_pkg_config(<name> <library> <libdir> <includedir> <description> [<flag>...]): <libdir>/pkgconfig/<name>.pc. Paths
# are relative to the file, so an installed tree may be moved.
function(tessera_pkg_config name library libdir includedir description)
  list(JOIN ARGN " " flags)
  string(REGEX REPLACE "[^/]+" ".." up ${libdir}/pkgconfig)
  configure_file(cmake/package/pkgconfig.pc.in ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc DESTINATION ${libdir}/pkgconfig COMPONENT development)
endfunction()
tessera_pkg_config(tessera tessera ${CMAKE_INSTALL_LIBDIR} ${CMAKE_INSTALL_INCLUDEDIR} "${PROJECT_DESCRIPTION}")
foreach(name blas cblas)
  tessera_pkg_config(${name} blas ${TESSERA_BLAS_LIBDIR} ${TESSERA_BLAS_INCLUDEDIR} "Tessera's BLAS, Fortran and C names")
endforeach()
tessera_pkg_config(blas64 blas64 ${TESSERA_BLAS_LIBDIR} ${TESSERA_BLAS_INCLUDEDIR} "Tessera's BLAS with 64-bit integers"
                   -DTESSERA_ILP64)
tessera_pkg_config(blas64_ blas64_ ${CMAKE_INSTALL_LIBDIR} ${CMAKE_INSTALL_INCLUDEDIR}
                   "Tessera's BLAS with 64-bit integers and suffixed names")

set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Tessera)
install(EXPORT TesseraTargets NAMESPACE Tessera:: DESTINATION ${cmake_dir} COMPONENT development)
configure_package_config_file(cmake/package/TesseraConfig.cmake.in ${PROJECT_BINARY_DIR}/package/TesseraConfig.cmake
                              INSTALL_DESTINATION ${cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/TesseraConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/TesseraConfig.cmake ${PROJECT_BINARY_DIR}/package/TesseraConfigVersion.cmake
        DESTINATION ${cmake_dir} COMPONENT development)

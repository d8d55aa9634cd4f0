# Debian packages (`cpack -G DEB` in a tree configured with TESSERA_DEBIAN): libtessera0, libtessera-dev, tessera-tools.
#
# They follow Debian's own BLAS packages: several libblas.so.3 lie in folders of their own, and alternatives choose the
# one that programs get. 110 stands above netlib (10), ATLAS (35), BLIS (75) and OpenBLAS (100): who installs this package
# wants it. liblapack.so.3 is claimed by those alone that have all of LAPACK.
set(triplet ${CMAKE_LIBRARY_ARCHITECTURE})
set(priority 110)
set(blas_libdir ${CMAKE_INSTALL_PREFIX}/${TESSERA_BLAS_LIBDIR})
set(blas_includedir ${CMAKE_INSTALL_PREFIX}/${TESSERA_BLAS_INCLUDEDIR})
foreach(script runtime/postinst runtime/prerm runtime/triggers runtime/shlibs development/postinst development/prerm)
  configure_file(cmake/package/debian/${script}.in ${PROJECT_BINARY_DIR}/debian/${script} @ONLY
                 FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
foreach(name triggers shlibs)
  file(CHMOD ${PROJECT_BINARY_DIR}/debian/runtime/${name} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Tessera <tessera@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES TRUE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime development tools)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libtessera0)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "BLAS and DNN performance library
 libtessera.so.0, and BLAS as alternatives for libblas.so.3 and libblas64.so.3.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_PROVIDES "libblas.so.3, libblas64.so.3")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtessera-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "BLAS and DNN performance library (development files)
 Headers, pkg-config files, the CMake package, and alternatives for libblas.so and libblas64.so.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_PROVIDES "libblas.so, libblas64.so")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libtessera0 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME tessera-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "BLAS and DNN performance library (tools)
 tessera-info shows what the library sees of a machine and what it would do there;
 libopenblas-thread-names.so gives its thread control the names that threadpoolctl knows.")
foreach(component runtime development)
  string(TOUPPER ${component} name)
  file(GLOB scripts ${PROJECT_BINARY_DIR}/debian/${component}/*)
  set(CPACK_DEBIAN_${name}_PACKAGE_CONTROL_EXTRA ${scripts})
endforeach()
foreach(component runtime development tools)
  string(TOUPPER ${component} name)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${name}_PACKAGE_NAME} RENAME copyright
          COMPONENT ${component})
endforeach()
include(CPack)

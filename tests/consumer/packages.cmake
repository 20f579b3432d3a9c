# What is given to others: the Debian package of BUILD, unpacked into a folder, is found by CMake and by pkg-config from
# there, and FetchContent takes the sources. The same program must come of each.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(packaged ${SOURCE}/tests/consumer/packaged)
set(labels ${SOURCE}/tests/data/fashion-mnist/train-labels-idx1-ubyte.gz)
file(READ ${SOURCE}/cmake/packages/vcpkg/latent/vcpkg.json manifest)
string(JSON version GET "${manifest}" version)  # Conan's recipe reads it from the header
set(flags "${FLAGS} -Wall -Wextra -Wpedantic -Werror")

# Runs a program, whose words must be those of the one before, with vcpkg's version.
function(expect_same program)
  execute_process(COMMAND ${program} ${labels} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
  message(STATUS "${program}: ${output}")
  if(NOT output MATCHES "^latent ${version}, ")
    message(FATAL_ERROR "cmake/packages/vcpkg/latent/vcpkg.json has version ${version}")
  endif()
  get_property(before GLOBAL PROPERTY output)
  if(before AND NOT output STREQUAL before)
    message(FATAL_ERROR "which is not what the one before said: ${before}")
  endif()
  set_property(GLOBAL PROPERTY output "${output}")
endfunction()

# build(FOLDER OPTION..): by CMake.
function(build name)
  run(${CMAKE_COMMAND} -S ${packaged} -B ${WORK}/${name} ${ARGN}
      -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${flags}" -DCMAKE_BUILD_TYPE=Debug)
  run(${CMAKE_COMMAND} --build ${WORK}/${name})
endfunction()

file(REMOVE_RECURSE ${WORK})
build(fetched -DFETCHED=${SOURCE})
expect_same(${WORK}/fetched/packaged)

find_program(DPKG_DEB dpkg-deb)
if(DPKG_DEB)
  run(${CMAKE_CPACK_COMMAND} -G DEB --config ${BUILD}/CPackConfig.cmake -B ${WORK}/cpack)
  file(GLOB package ${WORK}/cpack/liblatent-dev_*_all.deb)
  run(${DPKG_DEB} -x ${package} ${WORK}/unpacked)
  set(documents copyright changelog.gz changelog.Debian.gz)
  list(TRANSFORM documents PREPEND doc/liblatent-dev/)
else()
  message(STATUS "without dpkg-deb there is no Debian package: its files are installed")
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/unpacked/usr)
endif()

# All headers, and what finds them.
set(usr ${WORK}/unpacked/usr)
file(GLOB_RECURSE headers RELATIVE ${SOURCE}/include ${SOURCE}/include/*.hpp)
list(TRANSFORM headers PREPEND include/)
set(expected ${documents} pkgconfig/latent.pc)
foreach(file FindCsv FindStb build_type dependencies latent-config latent-config-version latent-targets mpi)
  list(APPEND expected cmake/latent/${file}.cmake)
endforeach()
list(TRANSFORM expected PREPEND share/)
list(APPEND expected ${headers})
file(GLOB_RECURSE files RELATIVE ${usr} ${usr}/*)
list(SORT expected)
list(SORT files)
if(NOT files STREQUAL expected)
  message(FATAL_ERROR "the package has ${files}\nexpected ${expected}")
endif()

build(found -DCMAKE_PREFIX_PATH=${usr})
expect_same(${WORK}/found/packaged)

# Another compiler than the one that latent was installed with may have no OpenMP.
build(one_thread -DCMAKE_PREFIX_PATH=${usr} -DCMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON)
execute_process(COMMAND ${WORK}/one_thread/packaged ${labels} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
if(NOT output MATCHES ": 1 threads")
  message(FATAL_ERROR "without OpenMP the program says ${output}")
endif()

find_program(PKG_CONFIG pkg-config)
if(NOT PKG_CONFIG)
  message(STATUS "without pkg-config latent.pc is not tested")
  return()
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${usr}/share/pkgconfig
  ${PKG_CONFIG} --cflags --libs latent COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE found)
separate_arguments(found UNIX_COMMAND "${found}")
separate_arguments(flags UNIX_COMMAND "${flags}")
run(${COMPILER} -std=c++20 ${flags} ${packaged}/main.cpp -o ${WORK}/bare ${found})
expect_same(${WORK}/bare)

# Installs latent from BUILD into a folder of its own, builds the consumer against it, and runs what it built. Builds
# projects of other habits as well, with latent as a folder of theirs.
# The README must hold them word for word, and guide.cpp and distributed.cpp what docs/guide.md and docs/distributed.md
# show.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(READ ${SOURCE}/README.md readme)
foreach(name train.cpp resume.cpp distributed.cpp swish.cpp)
  file(READ ${SOURCE}/tests/consumer/${name} program)
  string(FIND "${readme}" "```cpp\n${program}```" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "README.md does not hold tests/consumer/${name} as it is")
  endif()
endforeach()

# Each piece of code of a document stands in a program, between `before` and `after`.
function(check_shown document name before after least)
  file(READ ${SOURCE}/docs/${document} text)
  file(READ ${SOURCE}/tests/consumer/${name} program)
  set(blocks 0)
  while(TRUE)
    string(FIND "${text}" "```cpp\n" begin)
    if(begin EQUAL -1)
      break()
    endif()
    math(EXPR begin "${begin} + 7")
    string(SUBSTRING "${text}" ${begin} -1 text)
    string(FIND "${text}" "```" end)
    string(SUBSTRING "${text}" 0 ${end} block)
    string(FIND "${program}" "${before}${block}${after}" place)
    if(place EQUAL -1)
      message(FATAL_ERROR "tests/consumer/${name} does not hold what docs/${document} shows:\n${block}")
    endif()
    math(EXPR end "${end} + 3")
    string(SUBSTRING "${text}" ${end} -1 text)
    math(EXPR blocks "${blocks} + 1")
  endwhile()
  if(blocks LESS least)
    message(FATAL_ERROR "docs/${document} shows ${blocks} pieces of code")
  endif()
endfunction()
check_shown(guide.md guide.cpp "\n\n" "\n" 10)
check_shown(distributed.md distributed.cpp "\n" "" 4)

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/consumer -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/installed
    -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS} -O2 -Wall -Wextra -Wpedantic -Werror")
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${CMAKE_COMMAND} -E env FASHION_MNIST_DIR=${SOURCE}/tests/data/fashion-mnist ${WORK}/build/train)
run(${WORK}/build/check)
run(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/build/guide)

# A run that goes on, from the last checkpoint and from the one before, ends as the unbroken one.
foreach(removed nothing run.safetensors run.safetensors)
  file(REMOVE ${WORK}/${removed})
  execute_process(COMMAND ${CMAKE_COMMAND} -E env FASHION_MNIST_DIR=${SOURCE}/tests/data/fashion-mnist
    ${WORK}/build/resume WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
  list(APPEND outputs "${output}")
endforeach()
list(REMOVE_DUPLICATES outputs)
list(LENGTH outputs different)
if(NOT different EQUAL 1 OR NOT outputs MATCHES "^200 steps")
  message(FATAL_ERROR "the README's program that resumes says ${outputs}")
endif()

# Two processes learn what one learns; the program is there where MPI is.
if(EXISTS ${WORK}/build/distributed)
  set(outputs)
  foreach(processes 1 2)
    file(REMOVE ${WORK}/distributed.safetensors ${WORK}/distributed.safetensors.previous)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env FASHION_MNIST_DIR=${SOURCE}/tests/data/fashion-mnist
      OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
      OMPI_MCA_btl=self,vader mpirun -n ${processes} ${WORK}/build/distributed
      WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
    list(APPEND outputs "${output}")
  endforeach()
  list(REMOVE_DUPLICATES outputs)
  list(LENGTH outputs different)
  if(NOT different EQUAL 1 OR NOT outputs MATCHES "^epoch 1")
    message(FATAL_ERROR "the README's program for several processes says ${outputs}")
  endif()
endif()

run(${CMAKE_COMMAND} -S ${SOURCE}/tests/consumer/without_eigen -B ${WORK}/without_eigen
    -DCMAKE_PREFIX_PATH=${WORK}/installed -DCMAKE_CXX_COMPILER=${COMPILER})

foreach(type "" Release)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE}/tests/consumer/strict -B ${WORK}/strict${type}
    -DLATENT=${SOURCE} -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_BUILD_TYPE=${type}
    COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(FIND "${output}" "latent: CMAKE_BUILD_TYPE is not set" notice)
  if((type AND NOT notice EQUAL -1) OR (NOT type AND notice EQUAL -1))
    message(FATAL_ERROR "CMAKE_BUILD_TYPE is '${type}', and configuring says:\n${output}")
  endif()
endforeach()
run(${CMAKE_COMMAND} --build ${WORK}/strict)
run(${CMAKE_COMMAND} --install ${WORK}/strict --prefix ${WORK}/strict_installed)
foreach(order first last)
  run(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/strict/stb_${order})
endforeach()
file(GLOB_RECURSE files RELATIVE ${WORK}/strict_installed ${WORK}/strict_installed/*)
if(NOT files STREQUAL "bin/stb_first")
  message(FATAL_ERROR "the project that has latent as a folder installs ${files}")
endif()

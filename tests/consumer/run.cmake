# Installs latent from BUILD into a folder of its own, builds the consumer against it, and runs what it built.
# The README must hold them word for word.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(READ ${SOURCE}/README.md readme)
foreach(name train.cpp prelu.cpp)
  file(READ ${SOURCE}/tests/consumer/${name} program)
  string(FIND "${readme}" "```cpp\n${program}```" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "README.md does not hold tests/consumer/${name} as it is")
  endif()
endforeach()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/consumer -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/installed
    -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS} -O2 -Wall -Wextra -Wpedantic -Werror")
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${CMAKE_COMMAND} -E env FASHION_MNIST_DIR=${SOURCE}/tests/data/fashion-mnist ${WORK}/build/train)
run(${WORK}/build/check)

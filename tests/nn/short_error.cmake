# Fails unless FILE is refused by the compiler in one error, which names the type and what it lacks, of at most 4000
# characters: without a static_assert it was 15,000.
separate_arguments(COMMAND UNIX_COMMAND "${COMMAND}")
execute_process(COMMAND ${COMMAND} ${FILE} RESULT_VARIABLE result ERROR_VARIABLE text OUTPUT_QUIET)
string(LENGTH "${text}" length)
string(REGEX MATCHALL "error:" errors "${text}")
list(LENGTH errors count)
if(result EQUAL 0 OR NOT text MATCHES "a layer of this stack has no output_shape" OR NOT text MATCHES "Shapeless"
   OR NOT count EQUAL 1 OR length GREATER 4000)
  message(FATAL_ERROR "expected one short error, got ${count} in ${length} characters:\n${text}")
endif()

# The scripts of a release, in a repository of its own: .ci/set-address changes every address, and .ci/release says what is
# missing, then makes an archive, the single header and checksums.

set(clone "${WORKPLACE}/release")
file(REMOVE_RECURSE "${clone}")
foreach(needed IN ITEMS .ci .github .gitignore CMakeLists.txt LICENSE README.md cmake docs include)
  file(COPY "${REPOSITORY}/${needed}" DESTINATION "${clone}")
endforeach()

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${clone}" COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

function(commit)
  run("${GIT}" add -A)
  run("${GIT}" -c user.name=tests -c user.email=tests@localhost commit -qm "A change")
endfunction()

# Runs .ci/release, which has to fail and to say why.
function(expect_refusal message)
  execute_process(COMMAND .ci/release WORKING_DIRECTORY "${clone}" RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(status EQUAL 0 OR NOT output MATCHES "${message}")
    message(FATAL_ERROR "expected '${message}', but .ci/release ended with ${status} and said: ${output}")
  endif()
endfunction()

run("${GIT}" init -q)
expect_refusal("changes that are not committed")
commit()
expect_refusal("first .ci/set-address")
run(.ci/set-address somebody/something)
run(.ci/set-address someone/anything.else)
execute_process(COMMAND "${GIT}" grep -lE "github\\.com/(OWNER|somebody)|(OWNER|somebody)\\.github\\.io" -- ":!.ci/*"
                WORKING_DIRECTORY "${clone}" OUTPUT_VARIABLE left)
if(NOT left STREQUAL "")
  message(FATAL_ERROR "another address stands in ${left}")
endif()
execute_process(COMMAND "${GIT}" grep -hoE "github\\.com/someone/anything\\.else|someone\\.github\\.io/anything\\.else"
                WORKING_DIRECTORY "${clone}" OUTPUT_VARIABLE found)
if(NOT found MATCHES "github\\.com/" OR NOT found MATCHES "github\\.io/")
  message(FATAL_ERROR "the new address is not there: ${found}")
endif()
commit()
expect_refusal("docs/changes.md has no heading")
file(READ "${clone}/docs/changes.md" changes)
string(REPLACE "## ${VERSION}, in development" "## ${VERSION}, 2030-01-31" changes "${changes}")
file(WRITE "${clone}/docs/changes.md" "${changes}")
commit()
run(.ci/release)
execute_process(COMMAND sha512sum -c SHA512SUMS WORKING_DIRECTORY "${clone}/dist" OUTPUT_VARIABLE sums
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT sums MATCHES "concrete-${VERSION}.tar.gz: OK" OR NOT sums MATCHES "concrete.hpp: OK")
  message(FATAL_ERROR "dist has not what it should: ${sums}")
endif()

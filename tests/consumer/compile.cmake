# Compiles and runs the sources in PROGRAM by one call of COMPILER in FOLDER, without a build system, in the given
# STANDARD. The library's headers are in HEADERS, found by -I as if they were the program's own, and all warnings are
# errors; or else they are found by pkg-config, in a copy of PREFIX, the folder that the library is installed in.

file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")

if(HEADERS)
  set(flags -Wall -Wextra -Wpedantic -pedantic-errors -Werror "-I${HEADERS}" -isystem "${EIGEN_HEADERS}")
else()
  set(moved "${FOLDER}/moved prefix")
  file(COPY "${PREFIX}/" DESTINATION "${moved}")
  set(ENV{PKG_CONFIG_PATH} "${moved}/share/pkgconfig:${EIGEN_PC}")
  execute_process(COMMAND "${PKG_CONFIG}" --print-errors --cflags "concrete = ${VERSION}" OUTPUT_VARIABLE output
                          COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${output}")
endif()

# g++ and clang++ know a standard of their own time by this name.
string(REPLACE "23" "2b" STANDARD "${STANDARD}")

file(GLOB sources "${PROGRAM}/*.cpp")
list(FILTER sources EXCLUDE REGEX "_test.cpp$")
execute_process(COMMAND "${COMPILER}" "-std=c++${STANDARD}" ${flags} ${sources} -o program WORKING_DIRECTORY "${FOLDER}"
                        COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${FOLDER}/program" COMMAND_ERROR_IS_FATAL ANY)

# What every target of the project shares: language, warnings, sanitizers, and one helper per kind of target.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(SMSQUITTO_SANITIZE "" CACHE STRING "Sanitizers for every target, as in -fsanitize= (address,undefined or thread)")
option(SMSQUITTO_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(SMSQUITTO_CRASH_POINTS "Named places where tests kill the programs (common/crash.h)" OFF)
option(SMSQUITTO_DEVICE_ONLY "Build smsquitto-device and its radios for Android's Termux: no bridge, no tests" OFF)
option(SMSQUITTO_WERROR "Treat warnings as errors" OFF)

add_library(smsquitto_options INTERFACE)
target_compile_definitions(smsquitto_options INTERFACE _GNU_SOURCE SMSQUITTO_VERSION="${PROJECT_VERSION}")
target_include_directories(smsquitto_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(smsquitto_options INTERFACE
  -Wall -Wextra -Wshadow -Wpointer-arith -Wvla -Wformat-security -fno-common -fstack-protector-strong
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes;-Wwrite-strings>
  $<$<BOOL:${SMSQUITTO_WERROR}>:-Werror>)
target_link_options(smsquitto_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
if(SMSQUITTO_CRASH_POINTS)
  target_compile_definitions(smsquitto_options INTERFACE SMSQUITTO_CRASH_POINTS)
endif()
# What makes a bug harder to use; tests/unit/hardening.py looks for it in the programs.
if(NOT SMSQUITTO_SANITIZE)
  include(CheckCCompilerFlag)
  check_c_compiler_flag(-fstack-clash-protection HAVE_STACK_CLASH_PROTECTION) # not for every processor
  if(HAVE_STACK_CLASH_PROTECTION)
    target_compile_options(smsquitto_options INTERFACE -fstack-clash-protection)
  endif()
  if(CMAKE_BUILD_TYPE MATCHES "Rel")
    target_compile_options(smsquitto_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  endif()
endif()
if(SMSQUITTO_FUZZ)
  target_compile_options(smsquitto_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SMSQUITTO_SANITIZE)
  target_compile_options(smsquitto_options INTERFACE
    -fsanitize=${SMSQUITTO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(smsquitto_options INTERFACE -fsanitize=${SMSQUITTO_SANITIZE})
endif()
if(SMSQUITTO_FUZZ)
  # So that the fuzzer sees its way through the libraries too.
  target_compile_options(smsquitto_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(smsquitto_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# smsquitto_library(name SOURCES ... [LINK ...]): a static library under the project's options.
function(smsquitto_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC smsquitto_options ${ARG_LINK})
endfunction()

# smsquitto_program(name SOURCES ... [LINK ...]): an installed program.
function(smsquitto_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE smsquitto_options ${ARG_LINK})
  install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()

# smsquitto_unit_test(module [SOURCES ...] [LINK ...]): tests/unit/<module>_test.c with cmocka, one program a module.
function(smsquitto_unit_test module)
  if(SMSQUITTO_DEVICE_ONLY)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${module}_test "${PROJECT_SOURCE_DIR}/tests/unit/${module}_test.c" ${ARG_SOURCES})
  target_link_libraries(${module}_test PRIVATE smsquitto_options ${ARG_LINK} PkgConfig::CMOCKA)
  add_test(NAME unit.${module} COMMAND ${module}_test)
  set_tests_properties(unit.${module} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# smsquitto_wrap_memory(target): what it allocates, it asks of tests/unit/failing.c, in it or in who loads it.
function(smsquitto_wrap_memory target)
  foreach(name malloc calloc realloc strdup strndup asprintf open_memstream)
    target_link_options(${target} PRIVATE "-Wl,--wrap=${name}")
  endforeach()
endfunction()

# smsquitto_failing_test(module ...): such a test, in which memory and the store fail on demand (tests/unit/failing.h,
# failing_driver.h).
function(smsquitto_failing_test module)
  smsquitto_unit_test(${ARGV})
  set(folder "${PROJECT_SOURCE_DIR}/tests/unit")
  target_sources(${module}_test PRIVATE "${folder}/failing.c" "${folder}/failing_driver.c")
  target_link_libraries(${module}_test PRIVATE smsquitto_store PkgConfig::JANSSON PkgConfig::SQLITE)
  smsquitto_wrap_memory(${module}_test)
  target_link_options(${module}_test PRIVATE -Wl,--wrap=sqlite_driver)
endfunction()

if(NOT SMSQUITTO_DEVICE_ONLY)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)

# Without libpq the bridge has the store in a file only.
pkg_check_modules(LIBPQ IMPORTED_TARGET libpq)
option(SMSQUITTO_POSTGRES "Build the store on PostgreSQL" ${LIBPQ_FOUND})

# smsquitto_postgres_test(module): the unit test of that module again, with its store on PostgreSQL.
function(smsquitto_postgres_test module)
  add_test(NAME postgres.${module} COMMAND "${PROJECT_SOURCE_DIR}/scripts/with-postgres" $<TARGET_FILE:${module}_test>)
  set_tests_properties(postgres.${module} PROPERTIES LABELS postgres TIMEOUT 300)
endfunction()

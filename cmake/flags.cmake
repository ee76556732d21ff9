# Flags of every target: warnings are errors with gcc and clang; sanitizers and failpoints come from the preset.
add_library(iochub_flags INTERFACE)
target_compile_definitions(iochub_flags INTERFACE _GNU_SOURCE IOCHUB_VERSION="${PROJECT_VERSION}")
target_include_directories(iochub_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(iochub_flags INTERFACE
        -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual
        -Wwrite-strings
        $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes$<SEMICOLON>-Wmissing-prototypes$<SEMICOLON>-Wold-style-definition>
        $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions$<SEMICOLON>-fno-rtti>
        -Wimplicit-fallthrough -Wno-missing-field-initializers -fno-strict-aliasing
        -fno-omit-frame-pointer -fstack-protector-strong -g
        # nothing of ours may stand in for a shared library's own function of the same name (libyaml has a yaml_free)
        -fvisibility=hidden)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(iochub_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(iochub_flags INTERFACE -Wl,-z,relro,-z,now)
if(IOCHUB_FAILPOINTS)
        target_compile_definitions(iochub_flags INTERFACE IOCHUB_FAILPOINTS=1)
endif()
if(IOCHUB_SANITIZE)
        target_compile_options(iochub_flags INTERFACE -fsanitize=${IOCHUB_SANITIZE} -fno-sanitize-recover=all)
        target_link_options(iochub_flags INTERFACE -fsanitize=${IOCHUB_SANITIZE})
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_link_options(-pie)

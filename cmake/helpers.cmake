# iochub_library(name LINK libs…): every .c and .cc of the folder becomes libiochub_<name>.a.
function(iochub_library name)
        cmake_parse_arguments(arg "" "" "LINK;PRIVATE;EXTRA" ${ARGN})
        file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
        add_library(iochub_${name} STATIC ${sources} ${arg_EXTRA})
        target_link_libraries(iochub_${name} PUBLIC iochub_flags ${arg_LINK} PRIVATE ${arg_PRIVATE})
endfunction()

# iochub_program(target OUTPUT LINK libs…): every .c of the folder becomes bin/<target>.
function(iochub_program name)
        cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
        file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
        add_executable(${name} ${sources})
        target_link_libraries(${name} PRIVATE iochub_flags ${arg_LINK})
endfunction()

# iochub_unit_tests(folder LINK libs…): tests/unit/<folder>/test_<x>.c becomes the program unit_<folder>_<x> and a ctest;
# the folder's other .c files are what its tests share.
function(iochub_unit_tests folder)
        cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
        file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/test_*.c)
        file(GLOB shared CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.c)
        list(FILTER shared EXCLUDE REGEX "/test_[^/]*$")
        foreach(source ${sources})
                get_filename_component(name ${source} NAME_WE)
                string(REPLACE "test_" "unit_${folder}_" target ${name})
                add_executable(${target} ${source} ${shared})
                target_link_libraries(${target} PRIVATE iochub_flags ${arg_LINK} PkgConfig::CMOCKA)
                target_compile_definitions(${target} PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}" BUILD_DIR="${PROJECT_BINARY_DIR}")
                set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
                add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
        endforeach()
endfunction()

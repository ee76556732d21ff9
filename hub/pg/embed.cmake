# Writes the files NNN_name.sql as the table migration_files (hub/pg/migrate_int.h), in the order of their names.
list(SORT FILES)
set(text "// Made by hub/pg/embed.cmake from deploy/sql.\n#include \"hub/pg/migrate_int.h\"\n\n")
set(rows "")
foreach(file ${FILES})
        get_filename_component(name ${file} NAME_WE)
        if(NOT name MATCHES "^([0-9][0-9][0-9])_[a-z0-9_]+$")
                message(FATAL_ERROR "${file}: a migration is named NNN_name.sql")
        endif()
        set(number ${CMAKE_MATCH_1})
        file(READ ${file} hex HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        string(APPEND text "static const unsigned char file_${number}[] = { ${bytes}0 };\n") # the NUL ends it as a string
        math(EXPR plain "1${number} - 1000")
        string(APPEND rows "        { ${plain}, \"${name}\", (const char *)file_${number}, sizeof file_${number} - 1 },\n")
endforeach()
string(APPEND text "\nconst struct migration_file migration_files[] = {\n${rows}};\n"
        "const size_t migration_file_count = sizeof migration_files / sizeof *migration_files;\n")
file(WRITE ${OUTPUT} "${text}")

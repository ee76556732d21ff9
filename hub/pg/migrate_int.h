// The files of deploy/sql as the build embeds them.
#pragma once

#include <stddef.h>

struct migration_file {
        int number;
        const char *name; // 001_base
        const char *sql;
        size_t size;
};
extern const struct migration_file migration_files[];
extern const size_t migration_file_count;

// The files of deploy/sql as the build embeds them.
#pragma once

#include "hub/pg/conn.h"

struct migration_file {
        int number;
        const char *name; // 001_base
        const char *sql;
        size_t size;
};
extern const struct migration_file migration_files[];
extern const size_t migration_file_count;

// recipe.c: datasets whose objects an older program made. Behind: 0 none, 1 some.
int recipes_behind(struct pg *c, struct err *e) must_check;
int recipes_apply(struct pg *c, struct err *e) must_check;

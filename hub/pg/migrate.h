// Migrations: the numbered files of deploy/sql, built into the program, each applied once in a transaction of
// its own and recorded in hub.migration with its SHA-256. A file that was applied never changes; what it did
// is changed by the next.
#pragma once

#include "hub/pg/conn.h"

struct migration {
        int number;
        const char *name; // 001_base
        bool applied;     // now; false: it was there already
};

// Applies what is missing, in order, and then brings the tables and views of datasets that an older program
// registered to what this one makes; runs as the owner role. Two runs at once wait for each other. report
// (may be NULL) is called once a file. A file that differs from what was applied, or a database newer than
// this program, is an error.
int migrate_run(struct pg *c, void (*report)(void *context, const struct migration *m), void *context,
                struct err *e) must_check;
// Whether the database fits this program, for those who only use it. 0 it does, 1 `iochub db migrate` has
// work to do; the same errors as above.
int migrate_check(struct pg *c, struct err *e) must_check;

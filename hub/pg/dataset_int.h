// Inside of registering: one message of the file on its way.
#pragma once

#include "hub/pg/bi.h"
#include "hub/pg/dataset.h"

struct registration {
        struct pg *c; // NULL: none to ask
        struct buf *problems;
        struct schema *schema;
        struct table *table;
        struct buf subject; // `<dataset>-value`
        bool first;         // no version of the dataset was there
        size_t compared;
        struct changes changes; // against the newest earlier version
        struct map *columns;    // names of all versions
};

void registration_init(struct registration *r, struct pg *c, struct buf *problems);
void registration_done(struct registration *r);
// Compiles the message and plans its table; every problem is a line. partial: schema and table are kept as
// far as they can be made. 0 done, 1 problems.
int registration_load(struct registration *r, struct slice set, const char *message, bool partial) must_check;
// dataset_judge.c: compares with every earlier version. 0 done, 1 problems.
int registration_judge(struct registration *r, struct err *e) must_check;

// dataset_columns.c: appends what becomes of the columns.
void columns_compare(const struct table *old, const struct table *new, struct changes *out);

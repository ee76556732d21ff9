// What `schema check`, `diff` and `export` share.
#pragma once

#include "hub/cli/schema.h"
#include "hub/pg/dataset.h"

struct check_options {
        struct input_options input;
        const char *against;
        bool offline;
};

struct diff_options {
        struct input_options input;
        int64_t from, to; // -1: not given
};

struct export_options {
        int64_t version; // -1: the newest
        const char *dir;
        bool all, descriptor_set;
};

int cmd_schema_check(struct cli *c);
int cmd_schema_diff(struct cli *c);
int cmd_schema_export(struct cli *c);

// "  REFUSED  FIELD_REMOVED  t.proto:3  what; mend", a line each, and as the member `changes`.
void changes_print(const struct changes *changes, const struct compiled *p, struct buf *out);
void changes_json(const struct changes *changes, struct json *j);
// The message of old that new's message is compared with: of the same name, of the same dataset, or its only
// one; NULL: there is none. Freed by the caller.
char *structure_counterpart(const struct compiled *old, struct slice new_set, const char *message);

// What the files of `iochub schema` share.
#pragma once

#include "hub/cli/schema_input.h"

struct register_options {
        struct input_options input;
};

struct show_options {
        int64_t version; // -1: the newest
        bool proto, columns;
};

int cmd_schema_register(struct cli *c);
int cmd_schema_list(struct cli *c);
int cmd_schema_show(struct cli *c);

// schema_publish.c: puts what iochub.schemas lacks there and marks it. 0 done, otherwise the exit code.
int schemas_publish(struct cli *c, struct pg *pg) must_check;

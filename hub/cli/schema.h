// What the files of `iochub schema` share.
#pragma once

#include "hub/cli/cli.h"

struct register_options {
        struct texts include;
};

struct show_options {
        int64_t version; // -1: the newest
        bool proto, columns;
};

int cmd_schema_register(struct cli *c);
int cmd_schema_list(struct cli *c);
int cmd_schema_show(struct cli *c);

// A .proto file compiled by protoc, and how its name on the disk and its name inside the set go together.
struct compiled {
        struct buf set; // FileDescriptorSet with imports and source information
        char *shown;    // as the user typed it
        char *name;     // as the set calls it
};

// protoc.c. 0 done, otherwise the exit code; what protoc found fault with has been printed as file:line:col:
// text.
int protoc_compile(const char *file, const struct texts *include, struct compiled *out) must_check;
void compiled_done(struct compiled *p);
// Prints problem lines ("file:line: what") with the file's name as the user typed it.
void problems_print(const struct compiled *p, struct slice problems);

// schema_publish.c: puts what iochub.schemas lacks there and marks it. 0 done, otherwise the exit code.
int schemas_publish(struct cli *c, struct pg *pg) must_check;

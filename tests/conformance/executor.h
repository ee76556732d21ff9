// The executor that protovalidate's conformance tool runs: one request on stdin, one response on stdout. A
// request is a descriptor set and cases, each a message of one of its types; the answer says what our rules
// (or, in library mode, our formats) make of each message.
#pragma once

#include "hub/base/map.h"
#include "hub/msg/wire.h"

// A type that cases are of.
struct case_type {
        struct schema *schema; // NULL: it has problems
        const char *problems;
        // library mode
        bool (*holds)(const struct msg *m);
        const char *rule_id;
};

struct executor {
        const struct mode *mode;
        struct arena *a;         // everything made for this request
        struct schema *exchange; // harness.proto
        struct slice set;        // the request's descriptor set
        struct map *types;       // full name -> struct case_type, each loaded once
        int64_t now;
};

struct mode {
        // Fills schema or problems.
        void (*load)(struct executor *x, const char *name, struct case_type *t);
        // Judges a message of a type that could be loaded.
        void (*judge)(struct executor *x, const struct case_type *t, const struct msg *m, struct msg *result);
};
extern const struct mode rules_mode, library_mode;

// harness.c: the messages of harness.proto, made by the names of their fields.
struct schema *harness_load(void); // NULL: said why on stderr
const struct field *harness_field(const struct mtype *type, const char *name);
// The slot of a field, marked as set.
struct val *set_field(struct msg *m, const char *name);
void set_text(struct executor *x, struct msg *m, const char *name, const char *text);
struct msg *set_message(struct executor *x, struct msg *m, const char *name);
// One more message at the end of a list.
struct msg *add_message(struct executor *x, struct msg *m, const char *name);
// A field's value; zero where the type has no such field or it is absent.
const struct val *get_field(const struct msg *m, const char *name);

// paths.c: the text of a path (`a.b[2].c`, `m["key"]`) as a FieldPath. 0 done, 1 the path does not fit the
// type.
int write_path(struct executor *x, const struct mtype *type, const char *text, struct msg *path) must_check;

// Inside of a comparison: two loaders that have built all that their roots reach, and the list that the
// changes go to.
#pragma once

#include "hub/msg/compat.h"
#include "hub/msg/schema_int.h"

struct side {
        struct loader ld;
        struct type_entry *root;
        const struct dataset *dataset; // NULL: none
};

struct comparing {
        struct side old, new;
        struct changes *out;
};

// A type in both versions.
struct pair {
        const struct type_entry *old, *new;
};

// The place of a type of the newer version (field NULL), or of one of its fields.
struct change change_at(const struct comparing *cx, enum change_class class, const char *rule,
                        const struct type_entry *e, const struct field *field, const char *mend);

// compat_field.c: a field that has the same number in both.
void compare_field(struct comparing *cx, struct pair p, const struct field *was, const struct field *is);
// compat_reserved.c: numbers and names of a message or enum.
void compare_reserved(struct comparing *cx, struct pair p);
// compat_enum.c
void compare_enum(struct comparing *cx, struct pair p);
// compat_rules.c: protovalidate's annotations and our field options.
void compare_rules(struct comparing *cx, struct pair p, const struct field *was, const struct field *is);
bool field_required(struct comparing *cx, const struct type_entry *e, const struct field *f);
void compare_message_rules(struct comparing *cx, struct pair p);
// compat_dataset.c
void compare_dataset(struct comparing *cx);

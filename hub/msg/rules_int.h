// Between the files that compile rules.
#pragma once

#include "hub/msg/rules.h"
#include "hub/msg/schema_int.h"

// The rules being compiled for one place: a field, the items of a list, the keys or the values of a map.
struct place {
        struct loader *ld;
        const struct type_entry *e;
        int index;             // descriptor's field index, for problem lines
        const char *name;      // full name of the field, for problem lines
        const struct field *f; // the field; for keys and values that of the map entry
        bool element;          // an item of a repeated field
        struct rules *rules;
        struct rule *rule; // room for as many as the message of rules has set
};

// "rule `type.name` … is not supported".
void rules_unsupported(const struct place *p, const char *type, const char *name);
// Compiles buf.validate.<Type>Rules m, given as FieldRules' member `type`, into p->rules.
void rules_compile_type(struct place *p, const char *type, const struct msg *m);
// The operand as people read it, for sentences; f is the field that the rule is about.
const char *operand_text(struct arena *a, enum value_class class, const struct field *f,
                         const union operand *o);
const char *operand_list_text(struct arena *a, enum value_class class, const struct field *f,
                              const union operand *items, size_t count);

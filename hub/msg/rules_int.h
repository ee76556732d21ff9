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
        const char *prefix;    // of rule paths: "", "repeated.items.", "map.keys.", "map.values."
        const struct field *f; // the field; for keys and values that of the map entry
        bool element;          // an item of a repeated field
        struct rules *rules;
        struct rule *rule; // room for as many as the message of rules has set
};

// One member of a message of rules, with its value: `min_len` of `string`.
struct member {
        const char *type;
        const struct msg *m;
        const struct field *f;
        const struct val *v;
};

// "rule `type.name` of field … what".
void rules_problem(const struct place *p, const struct member *m, const char *what);
// Compiles buf.validate.<Type>Rules m, given as FieldRules' member `type`, into p->rules.
void rules_compile_type(struct place *p, const char *type, const struct msg *m);

// rules_bounds.c: lt, lte, gt, gte together are one rule.
struct bounds {
        struct member low, high; // f is NULL where there is none
};
// True where m is a bound and was taken.
bool bounds_take(struct bounds *b, const struct member *m);
// Adds the rule, where there are bounds.
void bounds_compile(struct place *p, const struct bounds *b);

// rules_format.c: the well-known formats. True where m is one; its rule is added.
bool rules_compile_format(struct place *p, const struct member *m);

// The next rule of the place, zeroed.
struct rule *rules_add(struct place *p);
// Its id, path and sentences; name is the member that the path leads to.
const struct rule_words *rules_words(struct place *p, const char *id, const char *type, const char *name,
                                     const char *vi, const char *en);
// A pattern that lives as long as the schema; NULL: a problem was noted.
const struct regex *rules_regex(struct place *p, const struct member *m, struct slice pattern);

// rules_text.c: the operand as people read it, for sentences; f is the field that the rule is about.
const char *operand_text(struct arena *a, enum value_class class, const struct field *f,
                         const union operand *o);
const char *operand_list_text(struct arena *a, enum value_class class, const struct field *f,
                              const union operand *items, size_t count);

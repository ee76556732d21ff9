// Compiled rules: a flat list of tests for each field, made from protovalidate's annotations when a schema is
// loaded, with their ids and sentences ready. rules_compile*.c make them, rules_run.c runs one, validate.c
// walks a message.
#pragma once

#include "hub/msg/schema.h"
#include "hub/msg/value.h"

enum rule_kind {
        RULE_EQUAL,
        RULE_RANGE,
        RULE_IN,
        RULE_NOT_IN,
        RULE_FINITE,
        RULE_LEN, // code points
        RULE_MIN_LEN,
        RULE_MAX_LEN,
        RULE_LEN_BYTES,
        RULE_MIN_BYTES,
        RULE_MAX_BYTES,
        RULE_PREFIX,
        RULE_SUFFIX,
        RULE_CONTAINS,
        RULE_NOT_CONTAINS,
        RULE_DEFINED_ONLY,
        RULE_LT_NOW,
        RULE_GT_NOW,
        RULE_WITHIN, // of now
        // of a whole list or map
        RULE_MIN_ITEMS,
        RULE_MAX_ITEMS,
        RULE_UNIQUE,
};

// How values and operands compare.
enum value_class { VALUE_INT, VALUE_UINT, VALUE_DOUBLE, VALUE_BYTES, VALUE_TIME };

// Timestamps and durations, nanos normalised to 0..999999999.
struct span {
        int64_t seconds;
        int32_t nanos;
};

union operand {
        int64_t i;
        uint64_t u;
        double d;
        struct slice s;
        struct span t;
};

struct bound {
        bool set, inclusive;
        union operand value;
};

struct rule {
        enum rule_kind kind;
        enum value_class class;
        const char *id; // `string.min_len`
        const char *text_vi, *text_en;
        union {
                union operand value;
                struct {
                        struct bound low, high;
                        bool outside; // low above high: one of the two suffices
                } range;
                struct {
                        union operand *items; // sorted
                        size_t count;
                } set;
                const struct etype *enumeration; // RULE_DEFINED_ONLY
        };
};

enum rules_ignore { IGNORE_UNSPECIFIED, IGNORE_IF_ZERO, IGNORE_ALWAYS = 3 };

// A protobuf oneof that is required, or a oneof made of a message's fields by (buf.validate.message).oneof.
struct oneof_rule {
        const uint16_t *fields; // indices
        size_t count;
        bool required, exclusive;
        const char *id, *path, *text_vi, *text_en;
};

struct rules {
        // of a field, an item, a key or a value
        bool required;
        enum rules_ignore ignore;
        const struct rule *rule;
        size_t count;
        const struct rules *items, *keys, *values; // NULL: none
        // of a message type
        const uint16_t *visit; // fields that have rules or lead to some
        size_t visit_count;
        const struct oneof_rule *oneof;
        size_t oneof_count;
};

struct loader;
struct type_entry;

// Compiles the rules of all types that are built; problems are noted in the loader.
void rules_compile(struct loader *ld);

// -1, 0, 1, or 2 where one is NaN.
int operand_compare(enum value_class class, const union operand *a, const union operand *b);
union operand operand_of(enum value_class class, const struct val *v);
enum value_class value_class_of(const struct field *f);
struct span span_of(int64_t seconds, int64_t nanos);

// True where the value keeps the rule. List and map rules get the field's own slot.
bool rule_holds(const struct rule *r, const struct field *f, const struct val *v, int64_t now);

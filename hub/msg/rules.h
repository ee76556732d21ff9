// Compiled rules: for each type of message the fields to look at, for each of them a flat list of tests with
// their operands worked out, and the ids and sentences of a failure ready to be pointed at. Made from
// protovalidate's annotations when a schema is loaded (rules_compile*.c); rules_run.c runs the tests of one
// value, validate.c walks a message. Inside of hub/msg.
#pragma once

#include "hub/msg/format.h"
#include "hub/msg/regex.h"
#include "hub/msg/schema.h"
#include "hub/msg/value.h"

enum rule_kind {
        // numbers, enums, bool
        RULE_WHOLE, // integers: at most `width` above `low`, modulo 2^64
        RULE_REAL,
        RULE_FINITE,
        RULE_BITS, // integers: one of 0..63
        RULE_WHOLE_IN,
        RULE_REAL_IN,
        // Timestamp and Duration
        RULE_TIME,
        RULE_TIME_IN,
        RULE_LT_NOW,
        RULE_GT_NOW,
        RULE_WITHIN, // of now
        // string and bytes
        RULE_EQUAL,
        RULE_TEXT_IN,
        RULE_LEN, // code points
        RULE_MIN_LEN,
        RULE_MAX_LEN,
        RULE_LEN_BYTES,
        RULE_MIN_BYTES,
        RULE_MAX_BYTES,
        RULE_PREFIX,
        RULE_SUFFIX,
        RULE_CONTAINS,
        RULE_FORMAT,
        RULE_PATTERN,
        RULE_BYTES_PATTERN,
        // Any, FieldMask
        RULE_ANY_IN, // its type URL
        RULE_MASK_EQUAL,
        RULE_MASK_IN,     // every path is a path of the set or below one
        RULE_MASK_NOT_IN, // none is
        // a whole list or map
        RULE_MIN_ITEMS,
        RULE_MAX_ITEMS,
        RULE_UNIQUE,
};

// How values and operands compare. A time is nanoseconds, exact for all that fits into the messages.
enum value_class { VALUE_INT, VALUE_UINT, VALUE_DOUBLE, VALUE_BYTES, VALUE_TIME };

typedef __int128 nanos_t;

union operand {
        int64_t i;
        uint64_t u;
        double d;
        struct slice s;
        nanos_t t;
};

struct rule_words {
        const char *id;   // `string.min_len`
        const char *path; // `repeated.items.string.min_len`
        const char *text_vi, *text_en;
};

struct rule {
        uint8_t kind;  // enum rule_kind
        bool negate;   // the test must fail
        bool outside;  // RULE_REAL, RULE_TIME: at or above low, or at or below high
        uint8_t class; // enum value_class, RULE_UNIQUE
        union {
                struct {
                        uint64_t low, width;
                } whole;
                struct {
                        double low, high; // both allowed; NaN allows nothing
                } real;
                struct {
                        nanos_t low, high; // both allowed
                } time;
                struct {
                        const union operand *items; // sorted (RULE_MASK_*: as declared)
                        size_t count;
                } set;
                uint64_t bits, size;
                struct slice text;
                const struct regex *regex;
                enum format format;
        };
        const struct rule_words *words;
        const struct rule_words *other; // of an empty text; RULE_BYTES_PATTERN: of no UTF-8; NULL: the same
};

enum rules_ignore { IGNORE_UNSPECIFIED, IGNORE_IF_ZERO, IGNORE_ALWAYS = 3 };

// The rules of a field, of the items of a list, of the keys or the values of a map.
struct rules {
        bool required; // of a field only
        enum rules_ignore ignore;
        const struct rule *rule;
        size_t count;
        const struct rules *items, *keys, *values; // NULL: none
};

enum visit_kind { VISIT_VALUE, VISIT_WRAPPER, VISIT_LIST, VISIT_MAP };

// What is done where the field is not present.
enum visit_absent { ABSENT_LEFT_OUT, ABSENT_JUDGED, ABSENT_MISSING };

// One field that has rules or leads to some.
struct visit {
        const struct field *field;
        const struct rules *rules; // NULL: none of its own
        const struct rule *rule;   // rules[0..] where they are all there is to do for the value
        uint32_t count;
        uint16_t index; // the field's
        uint8_t kind;   // enum visit_kind
        uint8_t absent; // enum visit_absent
        bool plain;     // rule and count are set
        bool below;     // the message has rules inside
};

// A protobuf oneof that is required, or a oneof made of a message's fields by (buf.validate.message).oneof.
struct oneof_rule {
        const uint16_t *fields; // indices
        size_t count;
        bool required, exclusive;
        const char *name; // of a protobuf oneof; "" where the message itself is at fault
        const char *id, *text_vi, *text_en;
};

// What validation has to do for a message of the type.
struct type_rules {
        const struct visit *visit; // in the order of declaration
        size_t visit_count;
        const struct oneof_rule *oneof;
        size_t oneof_count;
};

struct loader;

// Compiles the rules of all types that are built; problems are noted in the loader.
void rules_compile(struct loader *ld);

// -1, 0, 1, or 2 where one is NaN.
int operand_compare(enum value_class class, const union operand *a, const union operand *b);
union operand operand_of(enum value_class class, const struct val *v);
enum value_class value_class_of(const struct field *f);
// Nanoseconds of a Timestamp or Duration message.
nanos_t nanos_of(const struct msg *m);

// rules_unique.c. True where no two items of a list are equal (NaN equals nothing).
bool list_differs(enum value_class class, const struct list *l, struct arena *a);
// The entries of a map that count: of those with the same key the last. *l itself where all keys differ.
struct list map_entries(const struct field *key, const struct list *l, struct arena *a);

// The first of rules [from, end) that the value breaks; NULL where it keeps them. List and map rules get the
// field's own slot. now: microseconds; the arena serves uniqueness of long lists alone.
const struct rule *rules_broken(const struct rule *from, const struct rule *end, const struct val *v,
                                int64_t now, struct arena *a);
// What a failure is called; *unjudged tells that the rule could not be applied.
const struct rule_words *rule_words(const struct rule *r, const struct val *v, bool *unjudged);

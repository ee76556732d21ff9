// Inside of mapping: one entry's plan, shared by its reading, binding and running. Not for others.
#pragma once

#include "connectors/sdk/mapping.h"
#include "hub/base/text.h"

#define MAPPING_DEPTH   8
#define MAPPING_COLUMNS 16 // alternatives of one field

enum time_form { TIME_RFC3339, TIME_UNIX, TIME_UNIX_MS, TIME_FORMAT };
enum duration_unit { DURATION_SECONDS, DURATION_MILLISECONDS, DURATION_MINUTES, DURATION_HOURS };

// As the configuration gives it.
struct entry_conf {
        char *column, *value;
        struct conf_strings columns, missing, true_words, false_words;
        struct conf_pairs values;
        char *format, *zone, *unit, *decimal, *thousands, *split;
        bool trim;
};

struct entry {
        const char *path;
        const struct yaml_node *at;    // the path's key
        const struct yaml_node *value; // what stands behind it
        struct entry_conf conf;
        const char *label; // column as people see it in a reject
        size_t columns[MAPPING_COLUMNS];
        size_t column_count;
        bool missing_given;
        const struct zone *zone;
        enum time_form time_form;
        struct date_format format;
        enum duration_unit duration_unit;
        struct number_form number;
        struct slice split;
        // after binding
        const struct field *steps[MAPPING_DEPTH]; // from the root; the last one is the field itself
        unsigned depth;
};

struct mapping {
        struct entry *entries;
        size_t count;
        const char **names; // of wanted columns
        struct source_columns columns;
        const struct mtype *root;
};

// One text (trimmed, neither missing nor translated away) to a value of the entry's field type. 0 done, 1
// refused.
int convert_text(const struct entry *e, const struct field *field, struct slice text, struct arena *a,
                 struct val *out, struct row_fault *f) must_check;

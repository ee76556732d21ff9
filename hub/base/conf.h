// Option tables: one row an option with name, type, bounds, default and a sentence. The same rows read the
// configuration, write the manual (docs/CONFIGURATION.md), the JSON Schema and `--help-config`.
// Reading reports every mistake at once, each as file:line:col with the nearest known key.
#pragma once

#include "hub/base/yaml.h"

enum conf_type {
        CONF_STRING,   // char *, heap
        CONF_BOOL,     // bool
        CONF_INT,      // int64_t, min..max
        CONF_BYTES,    // int64_t; accepts suffixes KiB MiB GiB
        CONF_DURATION, // int64_t microseconds; accepts suffixes us ms s min h d
        CONF_ENUM,     // int, one of `words` (index)
        CONF_LIST,     // struct conf_strings: a list of scalars (one scalar is a list of one)
        CONF_PAIRS,    // struct conf_pairs: a map of scalars, kept in order (pass-through, such as `kafka:`)
        CONF_SECTION,  // struct embedded at offset, described by `section`
        CONF_MANY,     // struct conf_array of structs described by `section`: a list of maps
        CONF_NODE,     // const struct yaml_node *: read later by whoever knows its keys
};

struct conf_strings {
        char **items;
        size_t count;
};
struct conf_pairs {
        char **names, **values;
        size_t count;
};
struct conf_array {
        void *items; // count structs of `size` bytes
        size_t count;
};

struct conf_option {
        const char *name; // NULL ends the table
        enum conf_type type;
        size_t offset;        // in the struct that is filled
        const char *sentence; // for people
        const char *fallback; // default as text, NULL: none
        bool required;
        int64_t min, max;         // CONF_INT, CONF_BYTES, CONF_DURATION; 0,0: no bounds; max < min: min only
        const char *const *words; // CONF_ENUM, NULL-terminated
        const struct conf_option *section;
        size_t size; // of one struct, CONF_MANY
};

// Mistakes collected while reading. The first 100 are written, the rest only counted: a hostile file must not
// cost time or memory.
struct conf_errors {
        struct buf text; // one line a mistake: "file:line:col: message\n"
        size_t count;
        const char *file;
};
void conf_errors_init(struct conf_errors *errors, const char *file);
void conf_errors_done(struct conf_errors *errors);
// `at` may be NULL: no place in the file.
void conf_error(struct conf_errors *errors, const struct yaml_node *at, const char *format, ...)
    printf_like(3, 4);

// Fills *out (zeroed by the caller) from a map node by the table. Mistakes go to errors; defaults are set
// first. An absent section has its defaults; what is required inside it is asked for only where the section
// is there (make the section itself required where it must be). A fallback that its own row refuses is a bug
// and aborts.
void conf_read(const struct conf_option *table, const struct yaml_node *map, void *out,
               struct conf_errors *errors);
// Frees what conf_read allocated and zeroes those fields.
void conf_release(const struct conf_option *table, void *out);
// The table as a Markdown table (option, type, default, bounds, meaning); options of sections have dotted
// names behind the prefix, those of a list of sections `name[].option`.
struct json;
void conf_manual(const struct conf_option *table, const char *prefix, struct buf *out);
// The table as a JSON Schema object (2020-12), written as one value.
void conf_json_schema(const struct conf_option *table, struct json *out);
// A bound or value of a CONF_INT, CONF_BYTES or CONF_DURATION option as people write it: `10`, `64KiB`,
// `5min`.
void conf_format(enum conf_type type, int64_t v, struct buf *out);

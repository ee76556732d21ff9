// Strict YAML 1.1 subset on libyaml's events: mappings, sequences, scalars. No anchors, aliases, tags,
// duplicate keys, several documents; depth <= 32, size <= 4 MiB. Scalars stay text (plain or quoted); meaning
// is given by hub/base/conf.
#pragma once

#include "hub/base/buf.h"

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

// Nodes live as long as their document.
struct yaml_node {
        enum yaml_kind kind;
        unsigned line, column; // from 1
        const char *text;      // scalar: UTF-8 without NUL
        bool quoted;           // scalar was quoted or a block: never null, number or bool by itself
        size_t count;          // of keys or items
        struct yaml_node **items;
        struct yaml_node **keys; // map only: scalars
};

struct yaml;

// Reads a file (or, for tests and fuzzing, text named `name`). On failure the text is "file:line:col: what".
struct yaml *yaml_load_file(const char *path, struct err *e) must_check;
struct yaml *yaml_load(const char *name, struct slice text, struct err *e) must_check;
// Hidden: libyaml exports a function of its own by this name, which must not find ours.
__attribute__((visibility("hidden"))) struct yaml *yaml_free(struct yaml *y);
const struct yaml_node *yaml_root(const struct yaml *y);
const char *yaml_name(const struct yaml *y);
// Value of a key, or NULL.
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

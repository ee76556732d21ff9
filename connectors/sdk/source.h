// What a kind of source is to the runner: a const vtable that gives rows of text values, says where it is as
// a cursor (any bytes of its own, kept in the log by CHECKPOINT records) and goes on from such a cursor. A
// new kind is one folder and one line in connectors/main/kinds.c. One thread uses a source.
#pragma once

#include "hub/base/conf.h"

#define SOURCE_CURSOR_MAX (512 * 1024) // bytes a cursor may have
#define ROW_REASON        256

// Why a row cannot be converted, for people. The slice lives as long as the row.
struct row_fault {
        const char *column; // "" where it is the whole row
        struct slice value;
        char vi[ROW_REASON], en[ROW_REASON];
};
// Fills the fault and returns 1. The texts are finished sentences without the value.
int row_fault_set(struct row_fault *f, const char *column, struct slice value, const char *vi,
                  const char *en);

// Valid until the next call.
struct source_row {
        const struct slice *values; // one a wanted column; UTF-8 without NUL
        struct slice position;      // unique within the source, part of the message id
        const char *file;           // where people find it
        uint64_t line;
        bool recheck; // may have been sent in a way the cursor cannot tell
        struct row_fault fault;
};

// Columns that the mapping reads, and where the configuration names each.
struct source_columns {
        const char *const *names;
        size_t count;
};

// Options that every kind has; first member of each kind's own options.
struct source_common {
        char *kind;
        char *name; // part of the message id
};
#define SOURCE_COMMON_OPTIONS(owner, default_name)                                                           \
        { .name = "kind",                                                                                    \
          .type = CONF_STRING,                                                                               \
          .offset = offsetof(owner, common.kind),                                                            \
          .required = true,                                                                                  \
          .sentence = "Kind of the source." },                                                               \
        {                                                                                                    \
                .name = "name", .type = CONF_STRING, .offset = offsetof(owner, common.name),                 \
                .fallback = default_name,                                                                    \
                .sentence = "Name of the source inside the agency; part of each message's id, so it must "   \
                            "stay as it is."                                                                 \
        }

enum source_result {
        SOURCE_ROW = 0,
        SOURCE_BAD_ROW = 1,  // cannot be read as a row: row->fault says why
        SOURCE_PART_END = 2, // a file was finished: a good place for a checkpoint
        SOURCE_IDLE = 3,     // nothing now
        SOURCE_END = 4,      // nothing any more
};

struct source;

struct source_kind {
        const char *name;
        const char *sentence;
        const struct conf_option *options;
        size_t conf_size; // of the struct that the options fill, which starts with struct source_common
        // Mistakes that the table cannot see. folder: of the configuration file, for relative paths.
        void (*check)(const void *conf, const struct yaml_node *at, struct conf_errors *errors);
        // conf and columns outlive the source. Nothing is read yet.
        struct source *(*open)(const void *conf, const char *folder, const struct source_columns *columns,
                               struct err *e);
        struct source *(*close)(struct source *s);
        // A source_result, or <0: the feed ends here with a named error. After it the cursor is still good.
        int (*next)(struct source *s, struct source_row *row, struct err *e);
        // Appends the cursor behind the last row that next gave; at most SOURCE_CURSOR_MAX bytes.
        int (*save)(struct source *s, struct buf *out, struct err *e);
        // Goes to a cursor (bytes from outside). 0 done, <0 it is none of this kind.
        int (*restore)(struct source *s, struct slice cursor, struct err *e);
        // Goes where a person says: "end", or a place in the kind's own words.
        int (*go)(struct source *s, const char *where, struct err *e);
};

// Inside of a table: the columns that a message type makes, and the steps that fill a row from a message.
// Steps are walked from first to last: ENTER goes into a nested message (or, where it is absent, past it),
// LEAVE comes back, COLUMN writes one field. Shared by the files of this folder; everything lives in the
// plan's arena.
#pragma once

#include "hub/pg/table.h"

#define NAME_MAX_BYTES 63   // NAMEDATALEN - 1: PostgreSQL would cut longer ones silently
#define COLUMN_MAX     1200 // PostgreSQL takes 1600 columns; system columns and later versions need room
#define TABLE_MAX      1600 // MaxHeapAttributeNumber
#define ROW_MAX_BYTES  8160 // MaxHeapTupleSize of 8 KiB pages
#define SYSTEM_BYTES   150  // at least, of a row's header and its system columns
#define PROBLEM_MAX    50   // lines of one table

// How a value is written.
enum cell {
        CELL_BOOL,
        CELL_INT4,
        CELL_INT8,
        CELL_UINT4,
        CELL_UINT8,
        CELL_REAL,
        CELL_DOUBLE,
        CELL_TEXT,
        CELL_BYTES,
        CELL_ENUM,
        CELL_DECIMAL,
        CELL_TIMESTAMP,
        CELL_INTERVAL,
        CELL_MASK,
        CELL_JSON,
        CELL_COUNT,
};

struct cell_type {
        const char *sql; // type name
        uint32_t oid;    // of array elements
};
extern const struct cell_type cell_types[CELL_COUNT];

#define ENUM_DIRECT 32 // enum numbers below are looked up directly

struct column {
        const char *name;
        const char *path;    // the field's path, for problems and faults
        const char *comment; // "" where none
        const struct field *field;
        enum cell cell;
        bool array;
        bool wrapper;  // the value is in a google.protobuf.*Value
        bool presence; // NULL where absent
        bool key;
        struct slice *names; // CELL_ENUM: of numbers below ENUM_DIRECT; empty: no such value
};

enum plan_kind { PLAN_COLUMN, PLAN_ENTER, PLAN_LEAVE };

struct plan_step {
        enum plan_kind kind;
        uint32_t slot;    // in msg.f
        uint32_t column;  // PLAN_COLUMN
        uint32_t columns; // PLAN_ENTER: how many are NULL where the message is absent
        uint32_t past;    // PLAN_ENTER: the step behind its LEAVE
};

struct table {
        const struct schema *schema;
        struct arena *arena;
        struct column *columns;
        size_t column_count, column_cap;
        struct plan_step *steps;
        size_t step_count, step_cap;
        size_t depth;   // of nested messages
        uint16_t tuple; // columns of a COPY tuple, system columns included
        const struct column **key;
        const char *time_column;
        const char *copy_sql;
        const char *stage_sql, *amend_sql, *fold_sql, *clear_sql; // UPSERT
        const char *amended_copy_sql;                             // APPEND
        const char *identity_sql;                                 // APPEND with a natural key
};

struct system_column {
        const char *name, *type, *comment;
        const char *reading; // its name in the views of bi
        bool nullable;
        bool history; // in history only
};
extern const struct system_column system_columns[];
extern const size_t system_column_count;

static inline bool table_upserts(const struct table *t)
{
        return t->schema->dataset->mode == MODE_UPSERT;
}

// APPEND with key fields: a message says no more than once what its key and event time name.
static inline bool table_identified(const struct table *t)
{
        return t->schema->dataset->mode == MODE_APPEND && t->schema->dataset->key_count > 0;
}

// The type of a column, `text[]`, into out.
void column_type_sql(const struct column *c, struct buf *out);
// Fills the columns and steps. 0 done, 1 problems.
int plan_build(struct table *t, struct buf *problems) must_check;
// The texts of COPY, staging table and fold.
void plan_statements(struct table *t);
// identity.c: the look-up of a natural key, into sql.
void plan_identity(const struct table *t, struct buf *sql);

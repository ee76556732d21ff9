// Tables from descriptors: the column plan of a dataset, its DDL, and binary COPY rows made from decoded
// messages. Mapping (docs/ARCHITECTURE.md, "Types"): enum -> text, uint64 -> numeric(20), Timestamp ->
// timestamptz, Duration -> interval, singular nested -> a_b columns, repeated scalar -> array, other ->
// jsonb, NULL: absent.
#pragma once

#include "hub/msg/envelope.h"
#include "hub/msg/schema.h"
#include "hub/msg/value.h"

struct table;

// System columns of a row, and what only `history` keeps (operation, relates_to, reason).
struct row {
        struct slice agency, provider; // provider empty: the agency itself, which is stored in its place
        uint8_t message_id[ID_SIZE];
        bool has_event_time;
        int64_t event_time, received_at;
        int32_t feed, part;
        int64_t offset;
        uint32_t schema_id;
        const char *const *flags;
        size_t flag_count;
        uint8_t digest[SHA256_SIZE];
        enum operation operation;
        struct slice relates_to, reason;
        const struct msg *message;
};

// Plan of a dataset's table. 0 done, 1 the schema cannot be a table: problems has a line each (name clash,
// over 63 bytes…).
int table_new(const struct schema *s, struct table **out, struct buf *problems) must_check;
struct table *table_free(struct table *t);
const struct schema *table_schema(const struct table *t);

// DDL that makes schema objects of the dataset (data.x; history.x for UPSERT; part.*; bi.x view; comments),
// for `schema register`'s transaction. existing: column names that data.x has now, NULL-terminated, or NULL
// for a new table: then ALTER … ADD COLUMN for the missing ones.
void table_ddl(const struct table *t, const char *const *existing, struct buf *sql);

// COPY target. APPEND: data.x. UPSERT: a temporary table stage_<schema id> of history's shape, folded by
// table_fold_sql.
const char *table_copy_sql(const struct table *t);
// Appends one binary COPY tuple. 0 done, 1 the row cannot be stored (fault is filled, out is as it was): a
// value outside PostgreSQL's range, or an operation that the mode does not have (APPEND: PUT; UPSERT: PUT,
// CORRECT, DELETE, of which the last stores its key only). The arena is used for faults alone.
struct fault;
int table_row(const struct table *t, const struct row *r, struct arena *a, struct buf *out,
              struct fault *f) must_check;
// UPSERT (NULL for APPEND): statements that make the temporary table, once a connection, outside of any
// transaction; and those that fold it, once a transaction. Each schema has its own, so a batch may hold
// several versions, folded in any order.
const char *table_stage_sql(const struct table *t);
const char *table_fold_sql(const struct table *t);
// Name of the partition parent's month column: "_event_time" or "_received_at".
const char *table_time_column(const struct table *t);

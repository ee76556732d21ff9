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
// The same for a dataset whose tables have all columns: makes what an older program did not, and the views
// anew.
void table_redo_ddl(const struct table *t, struct buf *sql);

// COPY target. APPEND: data.x. UPSERT: a temporary table stage_<schema id> of history's shape, folded by
// table_fold_sql.
const char *table_copy_sql(const struct table *t);
// Appends one binary COPY tuple. 0 done, 1 the row cannot be stored (fault is filled, out is as it was): a
// value outside PostgreSQL's range, or an operation that the mode does not have (APPEND: PUT, CORRECT;
// UPSERT: all, of which DELETE and RETRACT store their key only). The arena is used for faults alone.
struct fault;
int table_row(const struct table *t, const struct row *r, struct arena *a, struct buf *out,
              struct fault *f) must_check;
// APPEND: the tuple of part.x_amended that goes with a CORRECT or is all there is of a RETRACT. Results as
// table_row.
const char *table_amended_copy_sql(const struct table *t);
int table_amended_row(const struct table *t, const struct row *r, struct arena *a, struct buf *out,
                      struct fault *f) must_check;

// UPSERT (NULL for APPEND): statements that make the temporary table, once a connection, outside of any
// transaction; and those that fold it. Each schema has its own, so a batch may hold several versions. A fold
// may hold many rows of a key, in any order, but of a key with a CORRECT or RETRACT this one row alone over
// all versions of the dataset: such a fold is preceded by table_amend_sql. table_clear_sql empties the table
// for another fold of the same transaction.
const char *table_stage_sql(const struct table *t);
const char *table_amend_sql(const struct table *t);
const char *table_fold_sql(const struct table *t);
const char *table_clear_sql(const struct table *t);

// APPEND with a natural key (NULL otherwise): looks stored rows up by identity. Parameters are arrays as
// text, one element a message: agencies, then each key field's text (as msg_key writes it), then event times
// in RFC 3339 where the dataset has one; table_identity_params says how many. Columns: element from 1, feed,
// part, offset, message id (hex), digest (hex), corrected, retracted (booleans).
const char *table_identity_sql(const struct table *t);
size_t table_identity_params(const struct table *t);
// Name of the partition parent's month column: "_event_time" or "_received_at".
const char *table_time_column(const struct table *t);

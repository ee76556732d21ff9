// One PostgreSQL connection: queries with text parameters, COPY, and errors told apart by SQLSTATE. One
// thread uses it. The only folder that includes libpq's header.
#pragma once

#include "hub/base/buf.h"

struct pg;
struct pg_rows;

// What settle needs to know of a failure (err.sqlstate has the detail).
enum pg_failure {
        PG_LOST,  // connection gone, server starting or stopping: reconnect and try again
        PG_BUSY,  // deadlock, serialization, lock or statement timeout, too many connections: try again
        PG_FULL,  // disk or memory full: wait and try again
        PG_DATA,  // the row itself is refused (class 22, 23, 54): quarantine
        PG_OTHER, // a mistake in the program or the set-up: stop
};
enum pg_failure pg_classify(const struct err *e);

// conninfo as libpq takes it; application is shown in pg_stat_activity. keepalives and connect_timeout are
// set.
struct pg *pg_open(const char *conninfo, const char *application, struct err *e) must_check;
struct pg *pg_close(struct pg *c);
bool pg_alive(const struct pg *c);
int pg_backend_pid(const struct pg *c);

// One or more statements without parameters; results are thrown away.
int pg_exec(struct pg *c, const char *sql, struct err *e) must_check;
// One statement with text parameters (NULL: SQL NULL). rows may be NULL to throw the result away.
int pg_query(struct pg *c, const char *sql, size_t count, const char *const *params, struct pg_rows **rows,
             struct err *e) must_check;
// The same, prepared once a connection under the statement's address: for statements that run every batch.
int pg_query_prepared(struct pg *c, const char *sql, size_t count, const char *const *params,
                      struct pg_rows **rows, struct err *e) must_check;

size_t pg_rows_count(const struct pg_rows *r);
size_t pg_rows_affected(const struct pg_rows *r);
// Text of a cell, or NULL for SQL NULL; lives until pg_rows_free.
const char *pg_text(const struct pg_rows *r, size_t row, size_t column);
struct slice pg_slice(const struct pg_rows *r, size_t row, size_t column);
int64_t pg_int(const struct pg_rows *r, size_t row, size_t column); // 0 for SQL NULL
bool pg_bool(const struct pg_rows *r, size_t row, size_t column);
// Decodes bytea text (`\x…`) into out; 0 done, 1 not bytea.
int pg_bytes(const struct pg_rows *r, size_t row, size_t column, struct buf *out) must_check;
const char *pg_column(const struct pg_rows *r, size_t column);
size_t pg_columns(const struct pg_rows *r);
struct pg_rows *pg_rows_free(struct pg_rows *r);
void cleanup_pg_rows(struct pg_rows **r);

// COPY … FROM STDIN (FORMAT binary). The header and trailer are written here; rows come ready
// (hub/pg/table.h). A COPY that is not ended is given up by the next statement.
int pg_copy_begin(struct pg *c, const char *sql, struct err *e) must_check;
int pg_copy_put(struct pg *c, struct slice rows, struct err *e) must_check;
int pg_copy_end(struct pg *c, uint64_t *rows, struct err *e) must_check;
// Row of the last COPY at which the server stopped, from 1; 0: it named none.
uint64_t pg_copy_line(const struct pg *c);

// Terminates a backend and waits for its end (5 s): used at takeover of a stopped holder. 0 also where it is
// gone already.
int pg_terminate(struct pg *c, int backend_pid, struct err *e) must_check;
// Quotes an identifier into out.
void pg_quote_name(struct buf *out, const char *name);
void pg_quote_text(struct buf *out, const char *text);

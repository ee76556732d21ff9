// Inside of a connection, shared by the files of this folder that speak to libpq.
#pragma once

#include <libpq-fe.h>

#include "hub/pg/conn.h"

// A statement prepared on this connection; its name is `s<index>`.
struct statement {
        const char *address; // of the caller's text
        char *text;          // copy, so that another text at the same address is noticed
};

struct pg {
        PGconn *conn;
        struct statement *statements;
        size_t statement_count, statement_cap;
        bool copying;       // between pg_copy_begin and pg_copy_end
        uint64_t copy_line; // row at which the last COPY failed, from 1; 0 unknown
};

struct pg_rows {
        PGresult *result;
};

// SQLSTATE that stands for a connection which died without a word of the server (connection_failure).
#define SQLSTATE_LOST "08006"

// Fills *e from a failed result (NULL: from the connection) and returns -1.
int link_error(const struct pg *c, const PGresult *r, const char *what, struct err *e);
// Appends a message of libpq as one line.
void link_one_line(struct buf *out, const char *text);
// Ends a COPY that its caller gave up, so that the next statement can run. Without a connection (NULL) it
// fails as one that was lost.
int link_settle(struct pg *c, struct err *e) must_check;
// Opens the connection; NULL: *e says why.
PGconn *link_connect(const char *conninfo, const char *application, struct err *e) must_check;

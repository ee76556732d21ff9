// COPY … FROM STDIN (FORMAT binary): header, chunks, trailer, and the row at which the server stopped.
#include <stdlib.h>

#include "hub/pg/link.h"

// libpq sends what it holds beyond 8 KiB at each call, so a call per row costs a system call per few rows;
// and it doubles its buffer up to what it is given, so one call for a whole batch would keep a second copy of
// it.
#define CHUNK (128 * 1024)

static const uint8_t header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; // signature, no flags, no extension
static const uint8_t trailer[2] = { 0xff, 0xff };

static int put(struct pg *c, const uint8_t *p, size_t n, struct err *e)
{
        if (PQputCopyData(c->conn, (const char *)p, (int)n) == 1)
                return 0;
        c->copying = false;
        return link_error(c, NULL, "COPY was cut off", e);
}

int pg_copy_begin(struct pg *c, const char *sql, struct err *e)
{
        if (link_settle(c, e) != 0)
                return -1;
        c->copy_line = 0;
        PGresult *r = PQexec(c->conn, sql);
        int rc = PQresultStatus(r) == PGRES_COPY_IN ? 0 : link_error(c, r, "PostgreSQL refused COPY", e);
        PQclear(r);
        if (rc != 0)
                return rc;
        c->copying = true;
        return put(c, header, sizeof header, e);
}

int pg_copy_put(struct pg *c, struct slice rows, struct err *e)
{
        for (size_t at = 0; at < rows.n;) {
                size_t n = rows.n - at < CHUNK ? rows.n - at : CHUNK;
                if (put(c, rows.p + at, n, e) != 0)
                        return -1;
                at += n;
        }
        return 0;
}

// "COPY phan_anh, line 5, column a": the line counts the rows of this COPY from 1.
static uint64_t find_line(const PGresult *r)
{
        const char *context = PQresultErrorField(r, PG_DIAG_CONTEXT);
        const char *at = context ? strstr(context, ", line ") : NULL;
        return at ? strtoull(at + 7, NULL, 10) : 0;
}

int pg_copy_end(struct pg *c, uint64_t *rows, struct err *e)
{
        if (put(c, trailer, sizeof trailer, e) != 0)
                return -1;
        c->copying = false;
        if (PQputCopyEnd(c->conn, NULL) != 1)
                return link_error(c, NULL, "COPY could not be ended", e);
        int rc = 0;
        uint64_t count = 0;
        for (PGresult *r; (r = PQgetResult(c->conn)) != NULL; PQclear(r)) {
                if (PQresultStatus(r) == PGRES_COMMAND_OK) {
                        count = strtoull(PQcmdTuples(r), NULL, 10);
                } else if (rc == 0) {
                        c->copy_line = find_line(r);
                        rc = link_error(c, r, "PostgreSQL refused the rows", e);
                }
        }
        if (rc == 0 && !pg_alive(c))
                rc = link_error(c, NULL, "COPY could not be ended", e);
        if (rc == 0)
                *rows = count;
        return rc;
}

uint64_t pg_copy_line(const struct pg *c)
{
        return c->copy_line;
}

int link_settle(struct pg *c, struct err *e)
{
        if (c == NULL) { // between a lost connection and the next one callbacks may ask
                err_set(e, ERR_DATABASE, "the connection to PostgreSQL is gone");
                if (e != NULL)
                        memcpy(e->sqlstate, SQLSTATE_LOST, sizeof(SQLSTATE_LOST)), e->retriable = true;
                return -1;
        }
        if (!c->copying)
                return 0;
        c->copying = false;
        if (PQputCopyEnd(c->conn, "given up by the sender") != 1)
                return link_error(c, NULL, "COPY could not be given up", e);
        for (PGresult *r; (r = PQgetResult(c->conn)) != NULL;)
                PQclear(r); // its error is the one just asked for
        return 0;
}

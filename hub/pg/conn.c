// Statements on one connection, and errors told apart. libpq runs in blocking mode: the hub's workers own one
// connection each and have nothing else to do meanwhile.
#include "hub/pg/conn.h"

#include <stdlib.h>
#include <strings.h>

#include "hub/pg/link.h"

struct state_class {
        const char *prefix; // of the SQLSTATE; the first row that fits decides
        enum pg_failure failure;
};

// Appendix A of PostgreSQL's manual.
static const struct state_class classes[] = {
        { "08", PG_LOST },    // connection exceptions
        { "57P", PG_LOST },   // shutdown, crash, cannot connect now, database dropped, idle session timeout
        { "58", PG_LOST },    // I/O error and missing files below the server
        { "25006", PG_LOST }, // read-only: a standby; the primary is elsewhere or will be
        { "25P03", PG_LOST }, // the server ended an idle transaction, and the connection with it
        { "40003", PG_LOST }, // statement completion unknown
        { "40", PG_BUSY },    // serialization failure, deadlock
        { "55P03", PG_BUSY }, // lock not available
        { "55006", PG_BUSY }, // object in use
        { "57014", PG_BUSY }, // cancelled: statement timeout
        { "53300", PG_BUSY }, // too many connections
        { "53", PG_FULL },    // disk full, out of memory, configured limit
        { "22", PG_DATA },    { "23", PG_DATA }, { "54", PG_DATA },
};

enum pg_failure pg_classify(const struct err *e)
{
        for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
                if (strncmp(e->sqlstate, classes[i].prefix, strlen(classes[i].prefix)) == 0)
                        return classes[i].failure;
        return PG_OTHER;
}

void link_one_line(struct buf *out, const char *text)
{
        size_t start = out->n;
        for (; *text != '\0'; text++)
                buf_add_char(out, *text == '\n' || *text == '\t' ? ' ' : *text);
        while (out->n > start && out->p[out->n - 1] == ' ')
                out->n--;
}

static void add_field(struct buf *out, const char *label, const char *text)
{
        if (text == NULL || *text == '\0')
                return;
        buf_add_str(out, label);
        link_one_line(out, text);
}

// A write that fails is reported while libpq still takes the connection for good; reading on shows its end.
static bool connection_lost(PGconn *conn)
{
        for (int i = 0; i < 4 && PQstatus(conn) == CONNECTION_OK && PQconsumeInput(conn) != 0; i++)
                ;
        return PQstatus(conn) == CONNECTION_BAD;
}

int link_error(const struct pg *c, const PGresult *r, const char *what, struct err *e)
{
        const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
        struct buf text;
        buf_init(&text);
        if (state != NULL) {
                link_one_line(&text, PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
                add_field(&text, "; ", PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL));
                add_field(&text, "; ", PQresultErrorField(r, PG_DIAG_MESSAGE_HINT));
                add_field(&text, "; in ", PQresultErrorField(r, PG_DIAG_CONTEXT));
        } else {
                link_one_line(&text, PQerrorMessage(c->conn));
        }
        err_set(e, ERR_DATABASE, "%s: %s", what,
                text.n ? buf_cstr(&text) : "the connection to PostgreSQL is gone");
        buf_done(&text);
        if (e == NULL)
                return -1;
        if (state == NULL && connection_lost(c->conn))
                state = SQLSTATE_LOST;
        if (state != NULL)
                memcpy(e->sqlstate, state, 5), e->sqlstate[5] = '\0';
        enum pg_failure f = pg_classify(e);
        e->retriable = f == PG_LOST || f == PG_BUSY || f == PG_FULL;
        return -1;
}

struct pg *pg_open(const char *conninfo, const char *application, struct err *e)
{
        PGconn *conn = link_connect(conninfo, application, e);
        if (conn == NULL)
                return NULL;
        struct pg *c = calloc(1, sizeof *c);
        if (c == NULL)
                abort();
        c->conn = conn;
        return c;
}

struct pg *pg_close(struct pg *c)
{
        if (c == NULL)
                return NULL;
        PQfinish(c->conn);
        for (size_t i = 0; i < c->statement_count; i++)
                free(c->statements[i].text);
        free(c->statements);
        free(c);
        return NULL;
}

bool pg_alive(const struct pg *c)
{
        return c != NULL && PQstatus(c->conn) == CONNECTION_OK;
}

int pg_backend_pid(const struct pg *c)
{
        return PQbackendPID(c->conn);
}

// Takes the result: hands it out or clears it.
static int finish(struct pg *c, PGresult *r, const char *what, struct pg_rows **rows, struct err *e)
{
        ExecStatusType status = PQresultStatus(r);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
                int rc = link_error(c, r, what, e);
                PQclear(r);
                return rc;
        }
        if (rows == NULL) {
                PQclear(r);
                return 0;
        }
        *rows = calloc(1, sizeof **rows);
        if (*rows == NULL)
                abort();
        (*rows)->result = r;
        return 0;
}

int pg_exec(struct pg *c, const char *sql, struct err *e)
{
        if (link_settle(c, e) != 0)
                return -1;
        PGresult *r = PQexec(c->conn, sql);
        // COMMIT of a transaction that has failed is no error to the server: it answers ROLLBACK.
        bool undone = strcasecmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(r), "ROLLBACK") == 0;
        if (finish(c, r, "PostgreSQL refused a statement", NULL, e) != 0)
                return -1;
        if (!undone)
                return 0;
        err_set(e, ERR_DATABASE, "PostgreSQL rolled the transaction back: a statement of it had failed");
        if (e != NULL)
                memcpy(e->sqlstate, "25P02", sizeof "25P02");
        return -1;
}

int pg_query(struct pg *c, const char *sql, size_t count, const char *const *params, struct pg_rows **rows,
             struct err *e)
{
        if (link_settle(c, e) != 0)
                return -1;
        PGresult *r = PQexecParams(c->conn, sql, (int)count, NULL, params, NULL, NULL, 0);
        return finish(c, r, "PostgreSQL refused a query", rows, e);
}

static struct statement *statement_add(struct pg *c, const char *sql)
{
        if (c->statement_count == c->statement_cap) {
                c->statement_cap = c->statement_cap ? 2 * c->statement_cap : 16;
                c->statements = realloc(c->statements, c->statement_cap * sizeof *c->statements);
                if (c->statements == NULL)
                        abort();
        }
        struct statement *s = &c->statements[c->statement_count++];
        *s = (struct statement){ .address = sql, .text = strdup(sql) };
        if (s->text == NULL)
                abort();
        return s;
}

static const struct statement *statement_find(const struct pg *c, const char *sql)
{
        for (size_t i = 0; i < c->statement_count; i++)
                if (c->statements[i].address == sql && strcmp(c->statements[i].text, sql) == 0)
                        return &c->statements[i];
        return NULL;
}

int pg_query_prepared(struct pg *c, const char *sql, size_t count, const char *const *params,
                      struct pg_rows **rows, struct err *e)
{
        if (link_settle(c, e) != 0)
                return -1;
        char name[24];
        const struct statement *s = statement_find(c, sql);
        if (s == NULL) {
                snprintf(name, sizeof name, "s%zu", c->statement_count);
                PGresult *r = PQprepare(c->conn, name, sql, (int)count, NULL);
                if (finish(c, r, "PostgreSQL refused to prepare a query", NULL, e) != 0)
                        return -1;
                s = statement_add(c, sql);
        }
        snprintf(name, sizeof name, "s%zu", (size_t)(s - c->statements));
        PGresult *r = PQexecPrepared(c->conn, name, (int)count, params, NULL, NULL, 0);
        return finish(c, r, "PostgreSQL refused a query", rows, e);
}

int pg_terminate(struct pg *c, int backend_pid, struct err *e)
{
        char pid[16];
        snprintf(pid, sizeof pid, "%d", backend_pid);
        struct pg_rows *rows = NULL;
        // True also where it ended by itself; the server waits up to 5 s for the end, so its locks are free
        // on return.
        const char *sql = "SELECT pg_terminate_backend($1::int, 5000)"
                          " OR NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1::int)";
        if (pg_query(c, sql, 1, (const char *const[]){ pid }, &rows, e) != 0)
                return -1;
        bool gone = pg_bool(rows, 0, 0);
        pg_rows_free(rows);
        if (gone)
                return 0;
        err_set(e, ERR_DATABASE, "backend %d did not end within 5 s", backend_pid);
        if (e != NULL)
                e->retriable = true;
        return -1;
}

static void quote(struct buf *out, const char *text, char mark)
{
        buf_add_char(out, mark);
        for (; *text != '\0'; text++) {
                if (*text == mark)
                        buf_add_char(out, mark);
                buf_add_char(out, *text);
        }
        buf_add_char(out, mark);
}

void pg_quote_name(struct buf *out, const char *name)
{
        quote(out, name, '"');
}

// A constant that reads the same whatever standard_conforming_strings says.
void pg_quote_text(struct buf *out, const char *text)
{
        if (strchr(text, '\\') == NULL) {
                quote(out, text, '\'');
                return;
        }
        buf_add_str(out, " E'");
        for (; *text != '\0'; text++) {
                if (*text == '\'' || *text == '\\')
                        buf_add_char(out, *text);
                buf_add_char(out, *text);
        }
        buf_add_char(out, '\'');
}

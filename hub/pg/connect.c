// Opening a connection: libpq's asynchronous start, because only there can it be asked for the server's
// SQLSTATE, which tells a wrong password (a mistake: stop) from a server that is still starting (wait).
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/pg/link.h"

#define CONNECT_SECONDS 5

static void notice(void *context, const PGresult *r)
{
        (void)context;
        const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
        const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY);
        log_debug("PostgreSQL says", F_STR("severity", severity ? severity : ""),
                  F_STR("text", text ? text : ""));
}

// Verbose messages read "FATAL:  28P01: password …"; copies the five characters.
static bool find_sqlstate(const char *message, char out[6])
{
        for (const char *p = strstr(message, ":  "); p != NULL; p = strstr(p + 1, ":  ")) {
                const char *s = p + 3;
                size_t n = 0;
                while (n < 5 && (isdigit((unsigned char)s[n]) || isupper((unsigned char)s[n])))
                        n++;
                if (n == 5 && s[5] == ':') {
                        memcpy(out, s, 5), out[5] = '\0';
                        return true;
                }
        }
        return false;
}

static const char *hint(const char *sqlstate)
{
        if (strncmp(sqlstate, "28", 2) == 0)
                return "; check user, password file and pg_hba.conf";
        if (strcmp(sqlstate, "3D000") == 0)
                return "; check dbname, or create the database";
        if (strcmp(sqlstate, SQLSTATE_LOST) == 0)
                return "; is the server up, and are host and port right?";
        return "";
}

static int connect_error(const PGconn *conn, const char *what, struct err *e)
{
        struct buf text;
        buf_init(&text);
        char state[6] = SQLSTATE_LOST;
        const char *message = what ? what : PQerrorMessage(conn);
        (void)find_sqlstate(message, state);
        link_one_line(&text, message);
        err_set(e, ERR_DATABASE, "cannot connect to PostgreSQL at %s port %s: %s%s",
                PQhost(conn) && *PQhost(conn) ? PQhost(conn) : "the default host",
                PQport(conn) && *PQport(conn) ? PQport(conn) : "5432", buf_cstr(&text), hint(state));
        if (e != NULL) {
                memcpy(e->sqlstate, state, sizeof state);
                enum pg_failure f = pg_classify(e);
                e->retriable = f == PG_LOST || f == PG_BUSY || f == PG_FULL;
        }
        buf_done(&text);
        return -1;
}

// Waits until libpq can go on; 0 done, 1 too late.
static int await(PGconn *conn, PostgresPollingStatusType want, int64_t deadline)
{
        for (;;) {
                int64_t left = deadline - clock_monotonic_usec();
                if (left <= 0)
                        return 1;
                struct pollfd p = { .fd = PQsocket(conn),
                                    .events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT };
                int n = poll(&p, 1, (int)(left / 1000) + 1);
                if (n > 0 || (n < 0 && errno != EINTR))
                        return 0;
        }
}

static int drive(PGconn *conn, int64_t timeout_usec, struct err *e)
{
        int64_t deadline = clock_monotonic_usec() + timeout_usec;
        PostgresPollingStatusType status = PGRES_POLLING_WRITING;
        while (status != PGRES_POLLING_OK) {
                if (status == PGRES_POLLING_FAILED)
                        return connect_error(conn, NULL, e);
                if (await(conn, status, deadline) != 0)
                        return connect_error(conn, "no answer in time", e);
                status = PQconnectPoll(conn);
        }
        return 0;
}

// Seconds that connecting may take: connect_timeout of conninfo, or our default, for each host. -1: cannot be
// parsed.
static int timeout_of(const char *conninfo)
{
        PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
        if (options == NULL)
                return -1;
        int seconds = CONNECT_SECONDS, hosts = 1;
        for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
                if (o->val == NULL)
                        continue;
                if (strcmp(o->keyword, "connect_timeout") == 0 && atoi(o->val) > 0)
                        seconds = atoi(o->val);
                if (strcmp(o->keyword, "host") == 0)
                        for (const char *p = o->val; (p = strchr(p, ',')) != NULL; p++)
                                hosts++;
        }
        PQconninfoFree(options);
        return seconds < INT_MAX / hosts / 1000 ? seconds * hosts : CONNECT_SECONDS;
}

PGconn *link_connect(const char *conninfo, const char *application, struct err *e)
{
        int seconds = timeout_of(conninfo);
        if (seconds < 0) { // libpq's own words would quote the text, password included
                err_set(e, ERR_CONFIG,
                        "the database's conninfo is not of the form `name=value …` or postgresql://…");
                return NULL;
        }
        // What stands before dbname is a default; what stands after it wins over conninfo.
        const char *const names[] = { "keepalives_idle",           "keepalives_interval",
                                      "keepalives_count",          "tcp_user_timeout",
                                      "fallback_application_name", "dbname",
                                      "client_encoding",           NULL };
        const char *const values[] = { "10", "5", "3", "30000", application, conninfo, "UTF8", NULL };
        PGconn *conn = PQconnectStartParams(names, values, 1);
        if (conn == NULL)
                abort(); // out of memory, as everywhere
        PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
        int rc = PQstatus(conn) == CONNECTION_BAD ? connect_error(conn, NULL, e)
                                                  : drive(conn, (int64_t)seconds * USEC_PER_SEC, e);
        if (rc != 0) {
                PQfinish(conn);
                return NULL;
        }
        PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
        PQsetNoticeReceiver(conn, notice, NULL);
        return conn;
}

// How a failure is told: one line on standard error with the next step where we know it, and an exit code
// that scripts can rely on. What the servers say is never changed, only completed.
#include "hub/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>

static bool says(const struct err *e, const char *what)
{
        return strcasestr(e->text, what) != NULL;
}

static bool state_is(const struct err *e, const char *state)
{
        return strncmp(e->sqlstate, state, strlen(state)) == 0;
}

static bool is_denied(const struct err *e)
{
        return state_is(e, "42501") || state_is(e, "28") || says(e, "password authentication failed") ||
               says(e, "no pg_hba.conf entry") || says(e, "authorization failed") ||
               says(e, "not authorized") || says(e, "authentication failed");
}

// Tables of the hub are not there.
static bool is_unmigrated(const struct err *e)
{
        return state_is(e, "42P01") || state_is(e, "3F000");
}

static int exit_code_of_database(const struct err *e)
{
        if (is_unmigrated(e) || state_is(e, "23"))
                return EXIT_ABSENT;
        if (state_is(e, "3D000"))
                return EXIT_CONFIG;
        return pg_classify(e) == PG_OTHER || pg_classify(e) == PG_DATA ? EXIT_INTERNAL : EXIT_AWAY;
}

int exit_code_of(const struct err *e)
{
        if ((e->code == ERR_DATABASE || e->code == ERR_KAFKA) && is_denied(e))
                return EXIT_DENIED;
        switch (e->code) {
        case ERR_CONFIG:
                return EXIT_CONFIG;
        case ERR_INPUT:
        case ERR_STATE:
                return EXIT_ABSENT;
        case ERR_KAFKA:
                return EXIT_AWAY;
        case ERR_DATABASE:
                return exit_code_of_database(e);
        case ERR_NONE:
        case ERR_IO:
        case ERR_LIMIT:
                break;
        }
        return EXIT_INTERNAL;
}

void fail_text(const struct err *e, struct buf *out)
{
        buf_add_str(out, e->text);
        if (e->code == ERR_DATABASE && is_unmigrated(e))
                buf_add_str(out, "; the hub's tables are not there yet: run `iochub db migrate`");
        else if (e->code == ERR_DATABASE && exit_code_of(e) == EXIT_DENIED)
                buf_add_str(out, "; use a role that may do this (database.conninfo of the configuration)");
}

int cli_fail(const struct err *e)
{
        struct buf text = { 0 };

        fail_text(e, &text);
        fflush(stdout);
        fprintf(stderr, "iochub: %s\n", buf_cstr(&text));
        buf_done(&text);
        return exit_code_of(e);
}

int cli_refuse(int code, const char *format, ...)
{
        va_list args;

        fputs("iochub: ", stderr);
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fputc('\n', stderr);
        return code;
}

void cli_note(const char *format, ...)
{
        va_list args;

        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fputc('\n', stderr);
}

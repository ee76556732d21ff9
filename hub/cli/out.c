#include "hub/cli/out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/text.h"
#include "hub/cli/grid.h"

void cli_flush(struct cli *c)
{
        size_t at = 0;

        while (at < c->out.n) {
                ssize_t n = write(STDOUT_FILENO, c->out.p + at, c->out.n - at);

                if (n < 0 && errno == EINTR)
                        continue;
                // The reader has seen enough (`| head`): nothing is wrong.
                if (n < 0 && errno == EPIPE)
                        _exit(EXIT_DONE);
                if (n < 0) {
                        cli_refuse(EXIT_INTERNAL, "standard output: %s", strerror(errno));
                        _exit(EXIT_INTERNAL);
                }
                at += (size_t)n;
        }
        buf_reset(&c->out);
}

size_t terminal_width(void)
{
        struct winsize size;

        if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
                return 0;
        return size.ws_col;
}

int time_read(const char *text, int64_t *usec)
{
        char rfc[64];
        size_t n = strlen(text), zone;

        if (n < 20 || n > sizeof(rfc) - 4)
                return 1;
        memcpy(rfc, text, n + 1);
        rfc[10] = 'T';
        // `+07` lacks the minutes that RFC 3339 wants.
        for (zone = n; zone > 19 && rfc[zone] != '+' && rfc[zone] != '-'; zone--)
                ;
        if (n - zone == 3)
                memcpy(rfc + n, ":00", 4);
        return instant_parse(slice_str(rfc), usec);
}

void age_format(const struct cli *c, int64_t usec, char out[AGE_TEXT])
{
        static const struct {
                int64_t seconds;
                struct words unit;
        } units[] = { { 86400, { "ngày", "d" } }, { 3600, { "giờ", "h" } }, { 60, { "phút", "min" } } };
        int64_t seconds = usec / USEC_PER_SEC;

        for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
                if (seconds < 2 * units[i].seconds)
                        continue;
                snprintf(out, AGE_TEXT, "%lld %s", (long long)(seconds / units[i].seconds),
                         say(c, units[i].unit));
                return;
        }
        snprintf(out, AGE_TEXT, "%lld %s", (long long)(seconds < 0 ? 0 : seconds),
                 c->global.lang == LANG_VI ? "giây" : "s");
}

void number_format(int64_t v, char out[NUMBER_TEXT])
{
        char digits[NUMBER_TEXT];
        size_t n = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                    v < 0 ? 0ULL - (unsigned long long)v : (unsigned long long)v);
        size_t at = 0;

        if (v < 0)
                out[at++] = '-';
        for (size_t i = 0; i < n; i++) {
                // Four digits stay together.
                if (i && n > 4 && (n - i) % 3 == 0)
                        out[at++] = ' ';
                out[at++] = digits[i];
        }
        out[at] = '\0';
}

static void human_time(const char *text, struct grid *g)
{
        char shown[64];
        size_t n = strcspn(text, "."), zone = n + (text[n] ? 1 + strspn(text + n + 1, "0123456789") : 0);

        snprintf(shown, sizeof(shown), "%.*s%s", (int)n, text, text + zone);
        grid_cell(g, shown);
}

static void human_cell(const struct cli *c, const struct column *column, const char *text, struct grid *g)
{
        bool vi = c->global.lang == LANG_VI;
        char number[NUMBER_TEXT];
        int64_t v;

        if (!text) {
                grid_cell(g, "-");
        } else if (column->kind == CELL_TIME) {
                human_time(text, g);
        } else if (column->kind == CELL_BOOL) {
                grid_cell(g, *text == 't' ? (vi ? "có" : "yes") : (vi ? "không" : "no"));
        } else if (column->kind == CELL_INT && text_int64(slice_str(text), &v) == 0) {
                number_format(v, number);
                grid_cell(g, number);
        } else {
                grid_cell(g, text);
        }
}

static bool is_seen(const struct cli *c, const struct column *k)
{
        return !(k->flags & (COLUMN_FOR_JSON | (c->global.lang == LANG_VI ? COLUMN_FOR_EN : COLUMN_FOR_VI)));
}

void rows_human(const struct cli *c, const struct column *columns, const struct pg_rows *rows,
                struct buf *out)
{
        struct grid g;
        size_t count = 0;

        for (const struct column *k = columns; k->key; k++)
                count += is_seen(c, k);
        grid_init(&g, count);
        for (const struct column *k = columns; k->key; k++) {
                if (!is_seen(c, k))
                        continue;
                if (k->kind == CELL_INT)
                        grid_right(&g, g.count);
                if (k->flags & COLUMN_FLEXIBLE)
                        g.flexible = (int)g.count;
                grid_cell(&g, say(c, k->heading));
        }
        for (size_t i = 0; i < pg_rows_count(rows); i++)
                for (size_t k = 0; columns[k].key; k++)
                        if (is_seen(c, &columns[k]))
                                human_cell(c, &columns[k], pg_text(rows, i, k), &g);
        grid_print(&g, terminal_width(), out);
        grid_done(&g);
}

void row_human(const struct cli *c, const struct column *columns, const struct pg_rows *rows, size_t row,
               struct buf *out)
{
        struct grid g;

        grid_init(&g, 2);
        for (size_t k = 0; columns[k].key; k++) {
                if (!is_seen(c, &columns[k]) || !pg_text(rows, row, k))
                        continue;
                grid_cell(&g, say(c, columns[k].heading));
                human_cell(c, &columns[k], pg_text(rows, row, k), &g);
        }
        grid_print(&g, 0, out);
        grid_done(&g);
}

static void json_cell(const struct column *column, const char *text, struct json *j)
{
        int64_t v;

        if (!text) {
                json_null(j);
                return;
        }
        switch (column->kind) {
        case CELL_INT:
                text_int64(slice_str(text), &v) == 0 ? json_int(j, v) : json_str(j, text);
                return;
        case CELL_TIME:
                time_read(text, &v) == 0 ? json_instant(j, v) : json_str(j, text);
                return;
        case CELL_BOOL:
                json_bool(j, *text == 't');
                return;
        case CELL_JSON:
                json_raw(j, slice_str(text));
                return;
        case CELL_TEXT:
                break;
        }
        json_str(j, text);
}

void row_json(const struct column *columns, const struct pg_rows *rows, size_t row, struct json *j)
{
        for (size_t k = 0; columns[k].key; k++) {
                if (columns[k].flags & COLUMN_FOR_PEOPLE)
                        continue;
                json_key(j, columns[k].key);
                json_cell(&columns[k], pg_text(rows, row, k), j);
        }
}

void rows_json(const struct column *columns, const struct pg_rows *rows, struct json *j)
{
        json_array(j);
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                json_object(j);
                row_json(columns, rows, i, j);
                json_end_object(j);
        }
        json_end_array(j);
}

void rows_json_document(struct cli *c, const char *key, const struct column *columns,
                        const struct pg_rows *rows)
{
        struct json j;

        json_init(&j, &c->out, true);
        json_object(&j);
        json_key(&j, key);
        rows_json(columns, rows, &j);
        json_end_object(&j);
        buf_add_char(&c->out, '\n');
}

int rows_command(struct cli *c, const char *sql, const char *key, const struct column *columns,
                 struct words nothing)
{
        struct pg_rows *rows cleanup(cleanup_pg_rows) = NULL;
        struct pg *pg;
        struct err e;
        int code = cli_database(c, &pg), rc;

        if (code != EXIT_DONE)
                return code;
        rc = pg_query(pg, sql, 0, NULL, &rows, &e);
        pg_close(pg);
        if (rc < 0)
                return cli_fail(&e);
        if (c->global.json)
                rows_json_document(c, key, columns, rows);
        else if (pg_rows_count(rows) == 0)
                buf_printf(&c->out, "%s\n", say(c, nothing));
        else
                rows_human(c, columns, rows, &c->out);
        return EXIT_DONE;
}

// `iochub quarantine list`: newest first, with the first violation of each; counts by reason where they are
// asked for.
#include <ctype.h>
#include <stdio.h>

#include "hub/base/json.h"
#include "hub/cli/grid.h"
#include "hub/cli/out.h"
#include "hub/cli/quarantine.h"

// $1 feed, $2 dataset, $3 agency, $4 code, $5 state: NULL says any.
#define FILTER                                                                                               \
        " FROM hub.quarantine q WHERE ($1::int IS NULL OR feed = $1::int) AND ($2::text IS NULL OR dataset " \
        "= $2) "                                                                                             \
        "AND ($3::text IS NULL OR agency = $3) AND ($4::text IS NULL OR code = $4) AND ($5::text IS NULL "   \
        "OR state = $5) "
#define FILTERS 5

static const char list_sql[] = "SELECT concat_ws('/', feed, part, \"offset\"), q.received_at, agency, "
                               "dataset, code, violations->0->>'field', "
                               "violations->0->>'rule', coalesce(violations->0->>$6, ''), state, source, "
                               "source_position, encode(message_id, 'hex')::uuid, "
                               "violations, quarantined_at" FILTER
                               "ORDER BY quarantined_at DESC, feed, part, \"offset\" DESC LIMIT $7::bigint";

static const struct column list_columns[] = {
        { "id", { "Vị trí", "Id" }, CELL_TEXT, 0 },
        { "received_at", { "Nhận lúc", "Received" }, CELL_TIME, 0 },
        { "agency", { "Cơ quan", "Agency" }, CELL_TEXT, 0 },
        { "dataset", { "Bộ dữ liệu", "Dataset" }, CELL_TEXT, 0 },
        { "code", { "Mã lý do", "Code" }, CELL_TEXT, 0 },
        { "field", { "Trường", "Field" }, CELL_TEXT, 0 },
        { "rule", { "Quy tắc", "Rule" }, CELL_TEXT, 0 },
        { "text", { "Lý do", "Why" }, CELL_TEXT, COLUMN_FOR_PEOPLE | COLUMN_FLEXIBLE },
        { "state", { "Trạng thái", "State" }, CELL_TEXT, COLUMN_FOR_JSON },
        { "source", { "Nguồn", "Source" }, CELL_TEXT, COLUMN_FOR_JSON },
        { "source_position", { "Vị trí nguồn", "Source position" }, CELL_TEXT, COLUMN_FOR_JSON },
        { "message_id", { "Mã thông điệp", "Message id" }, CELL_TEXT, COLUMN_FOR_JSON },
        { "violations", { "Vi phạm", "Violations" }, CELL_JSON, COLUMN_FOR_JSON },
        { "quarantined_at", { "Cách ly lúc", "Quarantined" }, CELL_TIME, COLUMN_FOR_JSON },
        { 0 },
};

static const char summary_sql[] =
    "SELECT code, coalesce(violations->0->>'field', ''), coalesce(violations->0->>'rule', ''), "
    "count(*)" FILTER "GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3";

static const struct column summary_columns[] = {
        { "code", { "Mã lý do", "Code" }, CELL_TEXT, 0 },
        { "field", { "Trường", "Field" }, CELL_TEXT, 0 },
        { "rule", { "Quy tắc", "Rule" }, CELL_TEXT, 0 },
        { "count", { "Số lượng", "Count" }, CELL_INT, 0 },
        { 0 },
};

#define BAR_WIDTH 30

struct list {
        const char *params[FILTERS + 2];
        char feed[24], limit[24], state[16];
        struct pg_rows *rows, *summary;
        int64_t total;
};

static void set_params(struct list *l, const struct cli *c, const struct quarantine_options *o)
{
        const char *state = quarantine_states[o->state];

        snprintf(l->feed, sizeof(l->feed), "%lld", (long long)o->feed);
        snprintf(l->limit, sizeof(l->limit), "%lld", (long long)o->limit);
        for (size_t i = 0; state[i] && i < sizeof(l->state) - 1; i++)
                l->state[i] = (char)toupper((unsigned char)state[i]);
        l->params[0] = o->feed < 0 ? NULL : l->feed;
        l->params[1] = o->dataset;
        l->params[2] = o->agency;
        l->params[3] = o->code;
        l->params[4] = strcmp(state, "all") == 0 ? NULL : l->state;
        l->params[5] = c->global.lang == LANG_VI ? "vi" : "en";
        l->params[6] = l->limit;
}

static int ask(struct list *l, struct pg *pg, bool summary, struct err *e)
{
        struct pg_rows *count cleanup(cleanup_pg_rows) = NULL;

        if (pg_query(pg, "SELECT count(*)" FILTER, FILTERS, l->params, &count, e) < 0 ||
            pg_query(pg, list_sql, FILTERS + 2, l->params, &l->rows, e) < 0)
                return -1;
        l->total = pg_int(count, 0, 0);
        return summary ? pg_query(pg, summary_sql, FILTERS, l->params, &l->summary, e) : 0;
}

static void print_json(struct cli *c, const struct list *l)
{
        struct json j;

        json_init(&j, &c->out, true);
        json_object(&j);
        json_key(&j, "total");
        json_int(&j, l->total);
        if (l->summary) {
                json_key(&j, "summary");
                rows_json(summary_columns, l->summary, &j);
        }
        json_key(&j, "quarantine");
        rows_json(list_columns, l->rows, &j);
        json_end_object(&j);
        buf_add_char(&c->out, '\n');
}

static void print_summary(struct cli *c, const struct pg_rows *rows)
{
        int64_t most = pg_rows_count(rows) ? pg_int(rows, 0, 3) : 1;
        struct grid g;

        grid_init(&g, 5);
        grid_right(&g, 3);
        for (const struct column *k = summary_columns; k->key; k++)
                grid_cell(&g, say(c, k->heading));
        grid_cell(&g, "");
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                int64_t n = pg_int(rows, i, 3), width = (n * BAR_WIDTH + most - 1) / most;
                char number[NUMBER_TEXT];
                struct buf bar = { 0 };

                for (size_t k = 0; k < 3; k++)
                        grid_cell(&g, pg_text(rows, i, k));
                number_format(n, number);
                grid_cell(&g, number);
                while (width-- > 0)
                        buf_add_str(&bar, "█");
                grid_cell(&g, buf_cstr(&bar));
                buf_done(&bar);
        }
        grid_print(&g, 0, &c->out);
        grid_done(&g);
        buf_add_char(&c->out, '\n');
}

static void print_human(struct cli *c, const struct list *l)
{
        bool vi = c->global.lang == LANG_VI;
        size_t shown = pg_rows_count(l->rows);

        if (l->total == 0) {
                buf_add_str(&c->out, vi ? "Không có thông điệp nào\n" : "No messages\n");
                return;
        }
        if (l->summary)
                print_summary(c, l->summary);
        rows_human(c, list_columns, l->rows, &c->out);
        if ((int64_t)shown < l->total)
                buf_printf(&c->out,
                           vi ? "\n%zu trong %lld thông điệp; --limit N cho xem thêm\n"
                              : "\n%zu of %lld messages; --limit N shows more\n",
                           shown, (long long)l->total);
}

int cmd_quarantine_list(struct cli *c)
{
        const struct quarantine_options *o = c->options;
        struct list l = { 0 };
        struct pg *pg;
        struct err e;
        int code = cli_database(c, &pg);

        if (code != EXIT_DONE)
                return code;
        set_params(&l, c, o);
        if (ask(&l, pg, o->summary, &e) < 0)
                code = cli_fail(&e);
        else
                c->global.json ? print_json(c, &l) : print_human(c, &l);
        pg_rows_free(l.rows);
        pg_rows_free(l.summary);
        pg_close(pg);
        return code;
}

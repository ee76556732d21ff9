// A table is made once a schema and shared by its readers: its columns, its steps, and the texts of its
// statements.
#include "hub/pg/table.h"

#include <stdlib.h>

#include "hub/pg/plan.h"

#define PLAN_BLOCK (16 * 1024)

int table_new(const struct schema *s, struct table **out, struct buf *problems)
{
        if (s->dataset == NULL) {
                buf_printf(problems, "%s: the message carries no dataset options (iochub.v1.dataset)\n",
                           s->root->full_name);
                return 1;
        }
        struct arena *a = arena_new(PLAN_BLOCK);
        struct table *t = arena_zalloc(a, sizeof *t);
        t->schema = s, t->arena = a;
        t->time_column =
            s->dataset->mode == MODE_APPEND && s->dataset->event_time ? "_event_time" : "_received_at";
        if (plan_build(t, problems) != 0) {
                arena_free(a);
                return 1;
        }
        plan_statements(t);
        *out = t;
        return 0;
}

struct table *table_free(struct table *t)
{
        if (t != NULL)
                arena_free(t->arena);
        return NULL;
}

const struct schema *table_schema(const struct table *t)
{
        return t->schema;
}

const char *table_copy_sql(const struct table *t)
{
        return t->copy_sql;
}

const char *table_amended_copy_sql(const struct table *t)
{
        return t->amended_copy_sql;
}

const char *table_stage_sql(const struct table *t)
{
        return t->stage_sql;
}

const char *table_amend_sql(const struct table *t)
{
        return t->amend_sql;
}

const char *table_fold_sql(const struct table *t)
{
        return t->fold_sql;
}

const char *table_clear_sql(const struct table *t)
{
        return t->clear_sql;
}

const char *table_identity_sql(const struct table *t)
{
        return t->identity_sql;
}

size_t table_identity_params(const struct table *t)
{
        const struct dataset *d = t->schema->dataset;
        return 1 + d->key_count + (d->event_time != NULL);
}

const char *table_time_column(const struct table *t)
{
        return t->time_column;
}

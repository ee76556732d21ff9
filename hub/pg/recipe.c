// Objects of datasets that an older program registered, brought to what this one makes: hub.dataset.recipe
// says which recipe they follow. One transaction a dataset, so that what is done stays done.
#include <stdlib.h>

#include "hub/pg/bi.h"
#include "hub/pg/migrate_int.h"
#include "hub/pg/registry.h"

#define BEHIND "SELECT name FROM hub.dataset WHERE recipe < " TABLE_RECIPE_TEXT " ORDER BY name"

int recipes_behind(struct pg *c, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query(c, BEHIND, 0, NULL, &rows, e) != 0)
                return -1;
        return pg_rows_count(rows) > 0;
}

static int apply_ddl(struct pg *c, const struct table *t, struct err *e)
{
        cleanup(buf_done) struct buf sql = { 0 };
        table_redo_ddl(t, &sql);
        if (pg_exec(c, "BEGIN; SET LOCAL lock_timeout = '20s'", e) != 0)
                return -1;
        if (pg_exec(c, buf_cstr(&sql), e) == 0 && pg_exec(c, "COMMIT", e) == 0)
                return 0;
        struct err ignored;
        if (pg_alive(c) && pg_exec(c, "ROLLBACK", &ignored) != 0)
                return -1; // the first error is the one that tells
        return -1;
}

static int apply_one(struct pg *c, const char *dataset, struct err *e)
{
        struct registry_entry latest = { 0 };
        struct schema *s = NULL;
        struct table *t = NULL;
        cleanup(buf_done) struct buf problems = { 0 };
        int rc = registry_latest(c, dataset, &latest, e);
        if (rc != 0)
                return rc < 0 ? rc : err_set(e, ERR_STATE, "dataset %s has no registered structure", dataset);
        if (schema_load(latest.descriptor_set, latest.message, &s, &problems) != 0 ||
            table_new(s, &t, &problems) != 0)
                rc = err_set(e, ERR_STATE, "the registered version %u of %s (schema %u) cannot be loaded: %s",
                             latest.version, dataset, latest.id, buf_cstr(&problems));
        else if (apply_ddl(c, t, e) != 0)
                rc = err_prefix(e, "views of %s", dataset);
        registry_entry_done(&latest);
        table_free(t);
        schema_free(s);
        return rc;
}

int recipes_apply(struct pg *c, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query(c, BEHIND, 0, NULL, &rows, e) != 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(rows); i++)
                if (apply_one(c, pg_text(rows, i, 0), e) != 0)
                        return -1;
        return 0;
}

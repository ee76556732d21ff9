// Registering a dataset: the one transaction that turns a descriptor set into an entry of the registry and
// tables. Its order: compile, lock, compare with what is stored, put, record, DDL, partitions.
#include <stdio.h>
#include <stdlib.h>

#include "hub/pg/bi.h"
#include "hub/pg/registry_file.h"

// What a registration holds while it runs.
struct registration {
        struct pg *c;
        struct buf *problems;
        struct schema *schema, *old_schema; // old: the newest registered version, NULL: none
        struct table *table, *old_table;
};

static void registration_done(struct registration *r)
{
        table_free(r->table);
        table_free(r->old_table);
        schema_free(r->schema);
        schema_free(r->old_schema);
}

static const struct column *column_named(const struct table *t, const char *name)
{
        for (size_t i = 0; i < t->column_count; i++)
                if (strcmp(t->columns[i].name, name) == 0)
                        return &t->columns[i];
        return NULL;
}

static void compare_columns(const struct table *old, const struct table *new, struct buf *problems)
{
        for (size_t i = 0; i < old->column_count; i++) {
                const struct column *was = &old->columns[i];
                const struct column *is = column_named(new, was->name);
                if (is == NULL) {
                        buf_printf(
                            problems,
                            "%s.%s: column \"%s\" holds stored data and would be gone; keep the field, or "
                            "make a new dataset\n",
                            new->schema->root->full_name, was->path, was->name);
                } else if (was->array != is->array ||
                           strcmp(cell_types[was->cell].sql, cell_types[is->cell].sql) != 0) {
                        buf_printf(problems,
                                   "%s.%s: column \"%s\" is %s%s and would become %s%s; keep its type, or "
                                   "make a new "
                                   "dataset\n",
                                   new->schema->root->full_name, is->path, was->name,
                                   cell_types[was->cell].sql, was->array ? "[]" : "",
                                   cell_types[is->cell].sql, is->array ? "[]" : "");
                }
        }
}

static bool same_keys(const struct table *a, const struct table *b)
{
        size_t i = 0;
        while (a->key[i] != NULL && b->key[i] != NULL && strcmp(a->key[i]->name, b->key[i]->name) == 0)
                i++;
        return a->key[i] == NULL && b->key[i] == NULL;
}

static void compare_options(const struct table *old, const struct table *new, struct buf *problems)
{
        const struct dataset *was = old->schema->dataset, *is = new->schema->dataset;
        const char *name = new->schema->root->full_name;
        bool same_time = (was->event_time == NULL) == (is->event_time == NULL) &&
                         (is->event_time == NULL || strcmp(was->event_time->name, is->event_time->name) == 0);
        if (was->mode != is->mode)
                buf_printf(problems,
                           "%s: option mode cannot change once rows are kept by it; make a new dataset\n",
                           name);
        if (!same_keys(old, new))
                buf_printf(problems,
                           "%s: option key cannot change once rows are kept by it; make a new dataset\n",
                           name);
        if (!same_time)
                buf_printf(
                    problems,
                    "%s: option event_time cannot change once rows are kept by it; make a new dataset\n",
                    name);
        if (was->order_by_event_time != is->order_by_event_time)
                buf_printf(
                    problems,
                    "%s: option order_by_event_time cannot change once rows are kept by it; make a new "
                    "dataset\n",
                    name);
}

// Loads the newest registered version, if there is one. 0 done.
static int load_old(struct registration *r, struct err *e)
{
        struct registry_entry latest = { 0 };
        cleanup(buf_done) struct buf problems = { 0 };
        int rc = registry_latest(r->c, r->schema->dataset->name, &latest, e);
        if (rc != 0)
                return rc < 0 ? rc : 0;
        if (schema_load(latest.descriptor_set, latest.message, &r->old_schema, &problems) != 0 ||
            table_new(r->old_schema, &r->old_table, &problems) != 0)
                rc = err_set(e, ERR_STATE, "the registered version %u of %s (schema %u) cannot be loaded: %s",
                             latest.version, latest.dataset, latest.id, buf_cstr(&problems));
        registry_entry_done(&latest);
        return rc;
}

// Column names that data.x has now, NULL-terminated; NULL: there is no table. They live as long as *rows.
static int existing_columns(struct registration *r, struct pg_rows **rows, const char ***names, struct err *e)
{
        const char *const params[] = { r->schema->dataset->table };
        if (pg_query(
                r->c,
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(format('data.%I', $1::text)) "
                "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                1, params, rows, e) != 0)
                return -1;
        size_t n = pg_rows_count(*rows);
        *names = n ? calloc(n + 1, sizeof **names) : NULL;
        if (n && *names == NULL)
                abort();
        for (size_t i = 0; i < n; i++)
                (*names)[i] = pg_text(*rows, i, 0);
        return 0;
}

static int run_ddl(struct registration *r, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        cleanup(buf_done) struct buf sql = { 0 };
        const char **existing;
        if (existing_columns(r, &rows, &existing, e) != 0)
                return -1;
        table_ddl(r->table, existing, &sql);
        free(existing);
        return pg_exec(r->c, buf_cstr(&sql), e);
}

static int record_dataset(struct registration *r, uint32_t schema_id, struct err *e)
{
        static const char *const personal[] = { "NONE", "BASIC", "SENSITIVE" };
        const struct dataset *d = r->schema->dataset;
        char retention[16], id[16];
        snprintf(retention, sizeof retention, "%u", d->retention_days);
        snprintf(id, sizeof id, "%u", schema_id);
        const char *const params[] = { d->name,
                                       d->table,
                                       d->domain,
                                       table_upserts(r->table) ? "UPSERT" : "APPEND",
                                       r->table->time_column,
                                       retention,
                                       d->approval_required ? "t" : "f",
                                       personal[d->personal_data],
                                       d->title_vi,
                                       d->title_en,
                                       id };
        return pg_query(
            r->c,
            "INSERT INTO hub.dataset (name, table_name, domain, mode, time_column, retention_days, "
            "approval_required, personal_data, title_vi, title_en, latest_schema) "
            "VALUES ($1, $2, $3, $4, $5, $6::int, $7::bool, $8, $9, $10, $11::int) ON CONFLICT (name) DO "
            "UPDATE "
            "SET (domain, retention_days, approval_required, personal_data, title_vi, title_en, "
            "latest_schema) = "
            "(excluded.domain, excluded.retention_days, excluded.approval_required, excluded.personal_data, "
            "excluded.title_vi, excluded.title_en, excluded.latest_schema)",
            11, params, NULL, e);
}

static int add_partitions(struct registration *r, struct err *e)
{
        if (r->old_table != NULL || strcmp(r->table->time_column, "_received_at") != 0)
                return 0; // months of event times are made when they are met
        const char *const params[] = { table_upserts(r->table) ? "history" : "data",
                                       r->schema->dataset->table };
        return pg_query(r->c,
                        "SELECT hub.add_partition($1, $2, now()), "
                        "hub.add_partition($1, $2, now() + interval '1 month')",
                        2, params, NULL, e);
}

static int register_in_transaction(struct registration *r, struct registry_entry *out, struct err *e)
{
        cleanup(buf_done) struct buf subject = { 0 };
        buf_printf(&subject, "%s-value", r->schema->dataset->name);
        // A hub that holds the table open for a batch lets go within seconds; waiting longer would stop all
        // others behind us.
        if (pg_exec(r->c, "SET LOCAL lock_timeout = '20s'", e) != 0 ||
            registry_lock(r->c, buf_cstr(&subject), e) != 0 || load_old(r, e) != 0)
                return -1;
        int rc = registry_put(r->c, buf_cstr(&subject), r->schema->dataset->name, r->schema->root->full_name,
                              r->schema->descriptor_set, r->schema->fingerprint, out, e);
        if (rc != 0)
                return rc;
        if (r->old_table != NULL) {
                compare_options(r->old_table, r->table, r->problems);
                compare_columns(r->old_table, r->table, r->problems);
                if (bi_compare(r->old_table, r->table, r->problems) != 0)
                        return 2;
                if (r->problems->n > 0)
                        return 2;
        }
        rc = registry_put_files(r->c, out, r->problems, e);
        if (rc != 0)
                return rc < 0 ? rc : 2;
        if (record_dataset(r, out->id, e) != 0 || run_ddl(r, e) != 0 || add_partitions(r, e) != 0)
                return -1;
        return pg_exec(r->c, "COMMIT", e);
}

int dataset_register(struct pg *c, struct slice descriptor_set, const char *message,
                     struct registry_entry *out, struct buf *problems, struct err *e)
{
        struct registration r = { .c = c, .problems = problems };
        struct registry_entry entry = { 0 };
        int rc = schema_load(descriptor_set, message, &r.schema, problems) != 0 ? 2 : 0;
        if (rc == 0 && table_new(r.schema, &r.table, problems) != 0)
                rc = 2;
        if (rc == 0)
                rc = pg_exec(c, "BEGIN", e);
        if (rc == 0) {
                rc = register_in_transaction(&r, &entry, e);
                if (rc != 0 && pg_alive(c) && pg_exec(c, "ROLLBACK", NULL) != 0)
                        rc = -1;
        }
        registration_done(&r);
        if (rc == 0 || rc == 1)
                *out = entry;
        else
                registry_entry_done(&entry);
        return rc;
}

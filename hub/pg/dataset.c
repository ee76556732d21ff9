// Registering: the one transaction that turns a descriptor set into entries of the registry and tables. Its
// order: compile all messages of the file; lock; of each: compare with what is registered, put, record; then
// DDL and partitions of all. Whatever is refused, every message is looked at first.
#include "hub/pg/dataset.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/pg/dataset_int.h"
#include "hub/pg/registry_file.h"

#define OTHERS_DEPEND "2BP01" // dependent_objects_still_exist

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

// 0 done, 1 refused.
static int run_ddl(struct registration *r, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        cleanup(buf_done) struct buf sql = { 0 };
        const char **existing;
        if (existing_columns(r, &rows, &existing, e) != 0)
                return -1;
        table_ddl(r->table, existing, &sql);
        free(existing);
        struct err refused = { 0 };
        if (pg_exec(r->c, buf_cstr(&sql), &refused) == 0)
                return 0;
        if (strcmp(refused.sqlstate, OTHERS_DEPEND) == 0) {
                const struct mtype *root = r->schema->root;
                buf_printf(r->problems,
                           "%s:%d: %s: a column of the views goes with its field, and views of your own need "
                           "it (%s); "
                           "drop those, register, and make them anew\n",
                           root->file, root->line, root->full_name, refused.text);
                return 1;
        }
        if (e != NULL)
                *e = refused;
        return -1;
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
        if (!r->first || strcmp(r->table->time_column, "_received_at") != 0)
                return 0; // months of event times are made when they are met
        const char *const params[] = { table_upserts(r->table) ? "history" : "data",
                                       r->schema->dataset->table };
        return pg_query(r->c,
                        "SELECT hub.add_partition($1, $2, now()), "
                        "hub.add_partition($1, $2, now() + interval '1 month')",
                        2, params, NULL, e);
}

static int by_subject(const void *a, const void *b)
{
        const struct registration *const *x = a, *const *y = b;
        return strcmp((const char *)(*x)->subject.p, (const char *)(*y)->subject.p);
}

// Always in the same order, so that two registrations do not wait for each other.
static int lock_all(struct pg *c, struct registration *all, size_t count, struct err *e)
{
        struct registration **sorted = calloc(count + 1, sizeof *sorted);
        if (sorted == NULL)
                abort();
        for (size_t i = 0; i < count; i++) {
                buf_cstr(&all[i].subject);
                sorted[i] = &all[i];
        }
        qsort(sorted, count, sizeof *sorted, by_subject);
        int rc = 0;
        for (size_t i = 0; i < count && rc == 0; i++)
                rc = registry_lock(c, buf_cstr(&sorted[i]->subject), e);
        free(sorted);
        return rc;
}

// 0 done, 1 refused.
static int put(struct registration *r, struct dataset_entry *out, struct err *e)
{
        struct registry_entry same = { 0 };
        const char *subject = buf_cstr(&r->subject);
        int rc = registry_find(r->c, subject, r->schema->fingerprint, &same, e);
        registry_entry_done(&same);
        if (rc == 1)
                rc = registration_judge(r, e);
        if (rc != 0)
                return rc;
        rc = registry_put(r->c, subject, r->schema->dataset->name, r->schema->root->full_name,
                          r->schema->descriptor_set, r->schema->fingerprint, &out->entry, e);
        if (rc < 0)
                return rc;
        out->is_new = rc == 0;
        return out->is_new ? registry_put_files(r->c, &out->entry, r->problems, e) : 0;
}

static int register_all(struct pg *c, struct registration *all, size_t count, struct dataset_entry *out,
                        struct err *e)
{
        // A hub that holds the table open for a batch lets go within seconds; waiting longer would stop all
        // others behind us.
        if (pg_exec(c, "SET LOCAL lock_timeout = '20s'", e) != 0 || lock_all(c, all, count, e) != 0)
                return -1;
        int refused = 0;
        for (size_t i = 0; i < count; i++) {
                int rc = put(&all[i], &out[i], e);
                if (rc < 0)
                        return rc;
                refused |= rc;
        }
        if (refused)
                return 1;
        for (size_t i = 0; i < count; i++)
                if (out[i].is_new &&
                    (record_dataset(&all[i], out[i].entry.id, e) != 0 ||
                     (refused = run_ddl(&all[i], e)) != 0 || add_partitions(&all[i], e) != 0))
                        return refused > 0 ? 1 : -1;
        return pg_exec(c, "COMMIT", e);
}

static int load_all(struct registration *all, struct slice set, const char *const *messages, size_t count)
{
        int rc = 0;
        for (size_t i = 0; i < count; i++) {
                rc |= registration_load(&all[i], set, messages[i], true);
                for (size_t k = 0; k < i && all[i].subject.n; k++)
                        if (slice_eq(buf_slice(&all[k].subject), buf_slice(&all[i].subject))) {
                                const struct mtype *root = all[i].schema->root;
                                buf_printf(
                                    all[i].problems,
                                    "%s:%d: dataset %s is %s already; give each message a name of its own\n",
                                    root->file, root->line, all[i].schema->dataset->name, messages[k]);
                                rc = 1;
                        }
        }
        return rc;
}

int datasets_register(struct pg *c, struct slice descriptor_set, const char *const *messages, size_t count,
                      struct dataset_entry *out, struct buf *problems, struct err *e)
{
        struct registration *all = calloc(count + 1, sizeof *all);
        if (all == NULL)
                abort();
        memset(out, 0, count * sizeof *out);
        for (size_t i = 0; i < count; i++)
                registration_init(&all[i], c, problems);
        int rc = load_all(all, descriptor_set, messages, count);
        if (rc == 0)
                rc = pg_exec(c, "BEGIN", e);
        if (rc == 0) {
                rc = register_all(c, all, count, out, e);
                if (rc != 0 && pg_alive(c) && pg_exec(c, "ROLLBACK", NULL) != 0)
                        rc = -1;
        }
        for (size_t i = 0; i < count; i++) {
                registration_done(&all[i]);
                if (rc != 0)
                        registry_entry_done(&out[i].entry);
        }
        free(all);
        return rc;
}

#include "hub/pg/migrate.h"

#include <stdio.h>

#include "hub/base/digest.h"
#include "hub/pg/migrate_int.h"

// Held by the session while it migrates.
#define LOCK   "SELECT pg_advisory_lock(hashtextextended('iochub.migrate', 0))"
#define UNLOCK "SELECT pg_advisory_unlock(hashtextextended('iochub.migrate', 0))"

static void checksum(const struct migration_file *f, uint8_t out[SHA256_SIZE])
{
        struct digest *d = digest_new();
        digest_sha256(d, slice_of(f->sql, f->size), out);
        digest_free(d);
}

static const struct migration_file *file_numbered(int64_t number)
{
        for (size_t i = 0; i < migration_file_count; i++)
                if (migration_files[i].number == number)
                        return &migration_files[i];
        return NULL;
}

static int compare(const struct pg_rows *rows, size_t row, struct err *e)
{
        const struct migration_file *f = file_numbered(pg_int(rows, row, 0));
        if (f == NULL)
                return err_set(e, ERR_STATE,
                               "the database has migration %s, which this program does not know; use the "
                               "newer program",
                               pg_text(rows, row, 1));
        uint8_t sum[SHA256_SIZE];
        char hex[2 * SHA256_SIZE + 1];
        checksum(f, sum);
        hex_encode(sum, sizeof sum, hex);
        if (strcmp(hex, pg_text(rows, row, 2)) != 0 || strcmp(f->name, pg_text(rows, row, 1)) != 0)
                return err_set(e, ERR_STATE,
                               "deploy/sql/%s.sql is not the file that was applied as %s: a migration never "
                               "changes once it is released; add a new one",
                               f->name, pg_text(rows, row, 1));
        return 0;
}

// How many files, from the first, the database has; all of them are compared.
static int applied_count(struct pg *c, size_t *count, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query(c, "SELECT to_regclass('hub.migration') IS NOT NULL", 0, NULL, &rows, e) != 0)
                return -1;
        *count = 0;
        if (!pg_bool(rows, 0, 0))
                return 0;
        rows = pg_rows_free(rows);
        if (pg_query(c, "SELECT number, name, encode(checksum, 'hex') FROM hub.migration ORDER BY number", 0,
                     NULL, &rows, e) != 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                if (compare(rows, i, e) != 0)
                        return -1;
                if (pg_int(rows, i, 0) != migration_files[i].number)
                        return err_set(e, ERR_STATE,
                                       "migration %s is missing in the database, which has %s already",
                                       migration_files[i].name, pg_text(rows, i, 1));
        }
        *count = pg_rows_count(rows);
        return 0;
}

static int apply_in_transaction(struct pg *c, const struct migration_file *f, struct err *e)
{
        uint8_t sum[SHA256_SIZE];
        char number[16], hex[2 * SHA256_SIZE + 1];
        checksum(f, sum);
        hex_encode(sum, sizeof sum, hex);
        snprintf(number, sizeof number, "%d", f->number);
        const char *const params[] = { number, f->name, hex };
        if (pg_exec(c, f->sql, e) != 0 ||
            pg_query(
                c,
                "INSERT INTO hub.migration (number, name, checksum) VALUES ($1::int, $2, decode($3, 'hex'))",
                3, params, NULL, e) != 0)
                return -1;
        return pg_exec(c, "COMMIT", e);
}

static int apply(struct pg *c, const struct migration_file *f, struct err *e)
{
        if (pg_exec(c, "BEGIN", e) != 0)
                return -1;
        if (apply_in_transaction(c, f, e) == 0)
                return 0;
        struct err ignored;
        if (pg_alive(c) && pg_exec(c, "ROLLBACK", &ignored) != 0)
                c = NULL; // the first error is the one that tells
        return err_prefix(e, "deploy/sql/%s.sql", f->name);
}

static int run_locked(struct pg *c, void (*report)(void *, const struct migration *), void *context,
                      struct err *e)
{
        size_t done;
        if (applied_count(c, &done, e) != 0)
                return -1;
        for (size_t i = 0; i < migration_file_count; i++) {
                const struct migration_file *f = &migration_files[i];
                if (i >= done && apply(c, f, e) != 0)
                        return -1;
                if (report != NULL)
                        report(context, &(struct migration){ f->number, f->name, i >= done });
        }
        return recipes_apply(c, e);
}

int migrate_run(struct pg *c, void (*report)(void *context, const struct migration *m), void *context,
                struct err *e)
{
        if (pg_exec(c, LOCK, e) != 0)
                return -1;
        int rc = run_locked(c, report, context, e);
        struct err unlocking;
        if (pg_alive(c) && pg_exec(c, UNLOCK, rc == 0 ? e : &unlocking) != 0)
                rc = -1;
        return rc;
}

int migrate_check(struct pg *c, struct err *e)
{
        size_t done;
        if (applied_count(c, &done, e) != 0)
                return -1;
        return done < migration_file_count ? 1 : recipes_behind(c, e);
}

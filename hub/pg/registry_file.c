// An imported file is known by what it says and what it imports says: the same content under the same path is
// the same version, whoever imports it. Ids come from the sequence of hub.schema, so they never clash with
// its own.
#include "hub/pg/registry_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/msg/twin.h"

// Registrations add files one at a time.
#define LOCK "SELECT pg_advisory_xact_lock(hashtextextended('iochub.schema_file', 0))"

struct filing {
        struct pg *c;
        const struct registry_entry *entry;
        struct twin *twin;
        uint32_t *ids; // of the twin's files
        struct buf *problems;
};

static void filing_done(struct filing *f)
{
        twin_free(f->twin);
        free(f->ids);
}

static void add_hex(struct buf *out, struct slice s)
{
        buf_add_str(out, "\\x");
        hex_encode(s.p, s.n, (char *)buf_reserve(out, 2 * s.n + 1));
        out->n += 2 * s.n;
}

static int add_references(struct filing *f, size_t file, struct err *e)
{
        const struct twin_file *t = &f->twin->files[file];
        char id[16], position[32], target[16];
        const char *const params[] = { id, position, target };
        snprintf(id, sizeof id, "%u", f->ids[file]);
        for (size_t i = 0; i < t->reference_count; i++) {
                snprintf(position, sizeof position, "%zu", i);
                snprintf(target, sizeof target, "%u", f->ids[t->references[i]]);
                if (pg_query_prepared(f->c,
                                      "INSERT INTO hub.schema_reference (file, position, target) VALUES "
                                      "($1::int, $2::int, $3::int)",
                                      3, params, NULL, e) != 0)
                        return -1;
        }
        return 0;
}

// One of both numbers is given (the entry's own), or both are new.
static int insert(struct filing *f, size_t file, const char *subject, const char *id, const char *version,
                  struct err *e)
{
        const struct twin_file *t = &f->twin->files[file];
        cleanup(buf_done) struct buf fingerprint = { 0 }, descriptor = { 0 }, text = { 0 };
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (twin_text(f->twin, file, &text, f->problems) != 0)
                return 1;
        add_hex(&fingerprint, slice_of(t->fingerprint, sizeof t->fingerprint));
        add_hex(&descriptor, t->descriptor);
        const char *const params[] = {
                subject, id, version, buf_cstr(&fingerprint), buf_cstr(&descriptor), buf_cstr(&text)
        };
        if (pg_query_prepared(
                f->c,
                "INSERT INTO hub.schema_file (id, subject, version, fingerprint, descriptor, content) "
                "SELECT coalesce($2::int, nextval('hub.schema_id')), $1, coalesce($3::int, "
                "(SELECT 1 + coalesce(max(version), 0) FROM hub.schema_file WHERE subject = $1)), "
                "$4::bytea, $5::bytea, $6 RETURNING id",
                6, params, &rows, e) != 0)
                return -1;
        f->ids[file] = (uint32_t)pg_int(rows, 0, 0);
        return add_references(f, file, e);
}

static int put_imported(struct filing *f, size_t file, struct err *e)
{
        const struct twin_file *t = &f->twin->files[file];
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        char hex[2 * SHA256_SIZE + 1];
        hex_encode(t->fingerprint, SHA256_SIZE, hex);
        const char *const params[] = { t->path, hex };
        if (pg_query_prepared(
                f->c,
                "SELECT id FROM hub.schema_file WHERE subject = $1 AND fingerprint = decode($2, 'hex') "
                "ORDER BY version DESC LIMIT 1",
                2, params, &rows, e) != 0)
                return -1;
        if (pg_rows_count(rows) == 0)
                return insert(f, file, t->path, NULL, NULL, e);
        f->ids[file] = (uint32_t)pg_int(rows, 0, 0);
        return 0;
}

static int put_all(struct filing *f, struct err *e)
{
        size_t last = f->twin->count - 1;
        char id[16], version[16];
        f->ids = calloc(f->twin->count, sizeof *f->ids);
        if (f->ids == NULL)
                abort();
        for (size_t i = 0; i < last; i++) {
                int rc = put_imported(f, i, e);
                if (rc != 0)
                        return rc;
        }
        snprintf(id, sizeof id, "%u", f->entry->id);
        snprintf(version, sizeof version, "%u", f->entry->version);
        return insert(f, last, f->entry->subject, id, version, e);
}

static int is_there(struct pg *c, uint32_t id, bool *there, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        char text[16];
        const char *const params[] = { text };
        snprintf(text, sizeof text, "%u", id);
        if (pg_exec(c, LOCK, e) != 0 ||
            pg_query_prepared(c, "SELECT FROM hub.schema_file WHERE id = $1::int", 1, params, &rows, e) != 0)
                return -1;
        *there = pg_rows_count(rows) > 0;
        return 0;
}

int registry_put_files(struct pg *c, const struct registry_entry *entry, struct buf *problems, struct err *e)
{
        struct filing f = { .c = c, .entry = entry, .problems = problems };
        bool there;
        if (is_there(c, entry->id, &there, e) != 0)
                return -1;
        if (there)
                return 0;
        int rc = twin_new(entry->descriptor_set, entry->message, entry->dataset, &f.twin, problems);
        if (rc == 0)
                rc = put_all(&f, e);
        filing_done(&f);
        return rc;
}

// ---------------------------------------------------------------- what was registered earlier

static int complete_one(struct pg *c, uint32_t id, struct err *e)
{
        cleanup(buf_done) struct buf problems = { 0 };
        struct registry_entry entry = { 0 };
        int rc = registry_get(c, id, &entry, e);
        if (rc == 0)
                rc = registry_put_files(c, &entry, &problems, e);
        if (rc > 0)
                rc = err_set(e, ERR_STATE, "schema %u (%s) cannot be shown by the registry: %s", id,
                             entry.subject ? entry.subject : "?", buf_cstr(&problems));
        registry_entry_done(&entry);
        return rc;
}

static int complete_in_transaction(struct pg *c, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_exec(c, LOCK, e) != 0 ||
            pg_query(
                c,
                "SELECT id FROM hub.schema s WHERE NOT EXISTS (SELECT FROM hub.schema_file f WHERE f.id = "
                "s.id) ORDER BY id",
                0, NULL, &rows, e) != 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(rows); i++)
                if (complete_one(c, (uint32_t)pg_int(rows, i, 0), e) != 0)
                        return -1;
        return pg_exec(c, "COMMIT", e);
}

int registry_complete_files(struct pg *c, struct err *e)
{
        if (pg_exec(c, "BEGIN", e) != 0)
                return -1;
        int rc = complete_in_transaction(c, e);
        if (rc != 0 && pg_alive(c) && pg_exec(c, "ROLLBACK", NULL) != 0)
                return -1;
        return rc;
}

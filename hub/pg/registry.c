#include "hub/pg/registry.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/pg/registry_file.h"

#define COLUMNS                                                                                              \
        "id, version, subject, dataset, message, encode(fingerprint, 'hex'), "                               \
        "(extract(epoch FROM registered_at) * 1000000)::bigint, registered_by"
#define WITH_SET    COLUMNS ", descriptor_set FROM hub.schema "
#define WITHOUT_SET COLUMNS " FROM hub.schema "

void registry_entry_done(struct registry_entry *entry)
{
        if (entry == NULL)
                return;
        free(entry->subject);
        free(entry->dataset);
        free(entry->message);
        free(entry->registered_by);
        struct buf set = { .p = entry->set };
        buf_done(&set);
        *entry = (struct registry_entry){ 0 };
}

void registry_list_done(struct registry_list *list)
{
        if (list == NULL)
                return;
        for (size_t i = 0; i < list->count; i++)
                registry_entry_done(&list->entries[i]);
        free(list->entries);
        *list = (struct registry_list){ 0 };
}

static struct slice lend(const char *text)
{
        return text ? slice_str(text) : (struct slice){ 0 };
}

struct schema_record registry_record(const struct registry_entry *entry)
{
        return (struct schema_record){
                .id = entry->id,
                .version = entry->version,
                .subject = lend(entry->subject),
                .dataset = lend(entry->dataset),
                .message = lend(entry->message),
                .descriptor_set = entry->descriptor_set,
                .fingerprint = slice_of(entry->fingerprint, sizeof entry->fingerprint),
                .registered_at = entry->registered_at,
                .registered_by = lend(entry->registered_by),
        };
}

static char *copy_text(const struct pg_rows *rows, size_t row, size_t column)
{
        const char *text = pg_text(rows, row, column);
        char *copy = text ? strdup(text) : NULL;
        if (text != NULL && copy == NULL)
                abort();
        return copy;
}

// A row of COLUMNS, with or without the descriptor set behind them.
static int read_entry(const struct pg_rows *rows, size_t row, struct registry_entry *out, struct err *e)
{
        struct registry_entry r = {
                .id = (uint32_t)pg_int(rows, row, 0),
                .version = (uint32_t)pg_int(rows, row, 1),
                .registered_at = pg_int(rows, row, 6),
        };
        const char *fingerprint = pg_text(rows, row, 5);
        struct buf set = { 0 };
        if (fingerprint == NULL || hex_decode(fingerprint, r.fingerprint, sizeof r.fingerprint) != 0 ||
            (pg_columns(rows) > 8 && pg_bytes(rows, row, 8, &set) != 0)) {
                buf_done(&set);
                return err_set(e, ERR_STATE, "hub.schema %u cannot be read", r.id);
        }
        r.set = set.p;
        r.descriptor_set = buf_slice(&set);
        r.subject = copy_text(rows, row, 2);
        r.dataset = copy_text(rows, row, 3);
        r.message = copy_text(rows, row, 4);
        r.registered_by = copy_text(rows, row, 7);
        *out = r;
        return 0;
}

static int read_one(struct pg *c, const char *sql, const char *param, struct registry_entry *out,
                    struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query_prepared(c, sql, 1, &param, &rows, e) != 0)
                return -1;
        return pg_rows_count(rows) == 0 ? 1 : read_entry(rows, 0, out, e);
}

int registry_get(struct pg *c, uint32_t id, struct registry_entry *out, struct err *e)
{
        char text[16];
        snprintf(text, sizeof text, "%u", id);
        return read_one(c, "SELECT " WITH_SET "WHERE id = $1::bigint", text, out,
                        e); // ids from frames may exceed integer
}

int registry_latest(struct pg *c, const char *dataset, struct registry_entry *out, struct err *e)
{
        return read_one(c, "SELECT " WITH_SET "WHERE dataset = $1 ORDER BY version DESC LIMIT 1", dataset,
                        out, e);
}

int registry_version(struct pg *c, const char *dataset, uint32_t version, struct registry_entry *out,
                     struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        char text[16];
        snprintf(text, sizeof text, "%u", version);
        const char *const params[] = { dataset, text };
        if (pg_query(c, "SELECT " WITH_SET "WHERE dataset = $1 AND version = $2::bigint", 2, params, &rows,
                     e) != 0)
                return -1;
        return pg_rows_count(rows) == 0 ? 1 : read_entry(rows, 0, out, e);
}

int registry_own_id(struct pg *c, const char *subject, uint32_t *id, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query(c, "SELECT max(id) FROM hub.schema WHERE subject = $1", 1, &subject, &rows, e) != 0)
                return -1;
        if (pg_text(rows, 0, 0) == NULL)
                return err_set(e, ERR_STATE, "the database has no schema for %s; run `iochub db migrate`",
                               subject);
        *id = (uint32_t)pg_int(rows, 0, 0);
        return 0;
}

static int read_list(struct pg *c, const char *sql, struct registry_list *out, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query(c, sql, 0, NULL, &rows, e) != 0)
                return -1;
        struct registry_list l = { .entries = calloc(pg_rows_count(rows) + 1, sizeof *l.entries) };
        if (l.entries == NULL)
                abort();
        for (; l.count < pg_rows_count(rows); l.count++) {
                if (read_entry(rows, l.count, &l.entries[l.count], e) == 0)
                        continue;
                registry_list_done(&l);
                return -1;
        }
        *out = l;
        return 0;
}

int registry_list_all(struct pg *c, struct registry_list *out, struct err *e)
{
        return read_list(c, "SELECT " WITHOUT_SET "ORDER BY subject, version", out, e);
}

int registry_unpublished(struct pg *c, struct registry_list *out, struct err *e)
{
        return read_list(c, "SELECT " WITH_SET "WHERE published_at IS NULL ORDER BY id LIMIT 100", out, e);
}

int registry_mark_published(struct pg *c, uint32_t id, struct err *e)
{
        char text[16];
        snprintf(text, sizeof text, "%u", id);
        const char *const params[] = { text };
        return pg_query(
            c, "UPDATE hub.schema SET published_at = now() WHERE id = $1::bigint AND published_at IS NULL", 1,
            params, NULL, e);
}

// One registration of a subject at a time, so that versions count without holes.
int registry_lock(struct pg *c, const char *subject, struct err *e)
{
        const char *const params[] = { subject };
        return pg_query(c, "SELECT pg_advisory_xact_lock(hashtextextended('iochub.schema.' || $1::text, 0))",
                        1, params, NULL, e);
}

int registry_find(struct pg *c, const char *subject, const uint8_t fingerprint[SHA256_SIZE],
                  struct registry_entry *out, struct err *e)
{
        char hex[2 * SHA256_SIZE + 1];
        hex_encode(fingerprint, SHA256_SIZE, hex);
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        const char *const params[] = { subject, hex };
        if (pg_query(c, "SELECT " WITH_SET "WHERE subject = $1 AND fingerprint = decode($2, 'hex')", 2,
                     params, &rows, e) != 0)
                return -1;
        return pg_rows_count(rows) == 0 ? 1 : read_entry(rows, 0, out, e);
}

int registry_put(struct pg *c, const char *subject, const char *dataset, const char *message,
                 struct slice descriptor_set, const uint8_t fingerprint[32], struct registry_entry *out,
                 struct err *e)
{
        char hex[2 * SHA256_SIZE + 1];
        hex_encode(fingerprint, SHA256_SIZE, hex);
        if (registry_lock(c, subject, e) != 0)
                return -1;
        int rc = registry_find(c, subject, fingerprint, out, e);
        if (rc <= 0)
                return rc == 0 ? 1 : rc;
        cleanup(buf_done) struct buf set = { 0 };
        buf_add_str(&set, "\\x");
        hex_encode(descriptor_set.p, descriptor_set.n, (char *)buf_reserve(&set, 2 * descriptor_set.n + 1));
        const char *const params[] = { subject, dataset, message, hex, (const char *)set.p };
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (pg_query(
                c,
                "INSERT INTO hub.schema (subject, version, dataset, message, fingerprint, descriptor_set) "
                "SELECT $1, 1 + coalesce(max(version), 0), $2, $3, decode($4, 'hex'), $5::bytea FROM "
                "hub.schema "
                "WHERE subject = $1 RETURNING " COLUMNS ", descriptor_set",
                5, params, &rows, e) != 0)
                return -1;
        return read_entry(rows, 0, out, e);
}

static int put_own_files(struct pg *c, const struct registry_entry *entry, struct err *e)
{
        cleanup(buf_done) struct buf problems = { 0 };
        int rc = registry_put_files(c, entry, &problems, e);
        return rc <= 0 ? rc : err_set(e, ERR_STATE, "%s", buf_cstr(&problems));
}

static int put_own(struct pg *c, struct err *e)
{
        static const char *const own[][2] = {
                { "iochub.routing-value", "iochub.v1.RoutingEvent" },
                { "rejected-value", "iochub.v1.Reject" },
                { "iochub.schemas-value", "iochub.v1.SchemaRecord" },
        };
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
                struct registry_entry entry = { 0 };
                const char *subject = own[i][0], *message = own[i][1];
                int rc = registry_put(c, subject, NULL, message, schema_own_descriptors(),
                                      schema_own(message)->fingerprint, &entry, e);
                if (rc >= 0)
                        rc = put_own_files(c, &entry, e);
                registry_entry_done(&entry);
                if (rc < 0)
                        return rc;
        }
        return 0;
}

int registry_register_own(struct pg *c, struct err *e)
{
        if (pg_exec(c, "BEGIN", e) != 0)
                return -1;
        int rc = put_own(c, e);
        if (rc == 0)
                rc = pg_exec(c, "COMMIT", e);
        if (rc != 0 && pg_alive(c) && pg_exec(c, "ROLLBACK", NULL) != 0)
                return -1;
        return rc;
}

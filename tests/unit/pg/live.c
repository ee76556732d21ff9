#include "tests/unit/pg/live.h"

#include <unistd.h>

static struct pg *connect_as(const char *role)
{
        struct err e = { 0 };
        char conninfo[64];
        snprintf(conninfo, sizeof conninfo, "user=%s", role);
        struct pg *c = pg_open(conninfo, "test", &e);
        if (c == NULL)
                fail_msg("%s", e.text);
        return c;
}

struct live *live_new(void)
{
        const char *host = getenv("PGHOST");
        if (host == NULL || *host == '\0')
                return NULL;
        struct err e = { 0 };
        struct live *l = calloc(1, sizeof *l);
        l->owner = connect_as("iochub_owner");
        if (migrate_run(l->owner, NULL, NULL, &e) != 0)
                fail_msg("%s", e.text);
        l->hub = connect_as("iochub_hub");
        l->arena = arena_new(64 * 1024);
        l->digest = digest_new();
        return l;
}

struct live *live_free(struct live *l)
{
        if (l == NULL)
                return NULL;
        pg_close(l->owner);
        pg_close(l->hub);
        arena_free(l->arena);
        digest_free(l->digest);
        free(l);
        return NULL;
}

static void read_all(const char *command, struct buf *out)
{
        FILE *f = popen(command, "r");
        assert_non_null(f);
        uint8_t chunk[4096];
        for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
                buf_add(out, chunk, n);
        if (pclose(f) != 0)
                fail_msg("%s failed", command);
}

#define INCLUDES "-I'" SOURCE_DIR "/schemas' -I'" SOURCE_DIR "/tests/unit/pg' -I/usr/include "

void live_compile(const char *file, const char *from, const char *to, struct buf *set)
{
        char folder[] = "/tmp/iochub-live-XXXXXX", path[128], command[1024];
        struct buf text;
        buf_init(&text);
        assert_non_null(mkdtemp(folder));
        snprintf(command, sizeof command, "cat '%s/tests/unit/pg/%s'", SOURCE_DIR, file);
        read_all(command, &text);
        snprintf(path, sizeof path, "%s/%s", folder, file);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        const char *start = buf_cstr(&text), *at = from ? strstr(start, from) : NULL;
        assert_true(from == NULL || at != NULL);
        if (at != NULL)
                fprintf(f, "%.*s%s%s", (int)(at - start), start, to, at + strlen(from));
        else
                fputs(start, f);
        fclose(f);
        snprintf(command, sizeof command,
                 "protoc -I%s " INCLUDES "--include_imports --include_source_info "
                 "--descriptor_set_out=/dev/stdout %s",
                 folder, path);
        buf_reset(set);
        read_all(command, set);
        unlink(path);
        rmdir(folder);
        buf_done(&text);
}

int live_register(struct pg *c, struct slice set, const char *message, struct registry_entry *out,
                  struct buf *problems, struct err *e)
{
        struct dataset_entry entry;
        int rc = datasets_register(c, set, &message, 1, &entry, problems, e);
        if (rc == 0)
                *out = entry.entry;
        return rc == 0 ? !entry.is_new : rc == 1 ? 2 : rc;
}

struct table *live_table(struct live *l, const struct buf *set, const char *message)
{
        struct registry_entry entry = { 0 };
        struct err e = { 0 };
        struct buf problems;
        buf_init(&problems);
        int rc = live_register(l->owner, buf_slice(set), message, &entry, &problems, &e);
        if (rc != 0 && rc != 1)
                fail_msg("%s%s", e.text, buf_cstr(&problems));
        struct schema *s = NULL;
        struct table *t = NULL;
        assert_int_equal(schema_load(entry.descriptor_set, entry.message, &s, &problems), 0);
        s->id = entry.id, s->version = entry.version;
        assert_int_equal(table_new(s, &t, &problems), 0);
        if (table_stage_sql(t) != NULL && pg_exec(l->hub, table_stage_sql(t), &e) != 0)
                fail_msg("%s", e.text);
        registry_entry_done(&entry);
        buf_done(&problems);
        return t;
}

struct table *live_table_free(struct table *t)
{
        if (t == NULL)
                return NULL;
        struct schema *s = (struct schema *)(uintptr_t)table_schema(t);
        table_free(t);
        schema_free(s);
        return NULL;
}

struct msg *live_message(struct live *l, const struct table *t, const char *file, const char *text)
{
        char in[] = "/tmp/iochub-text-XXXXXX", command[1024];
        int fd = mkstemp(in);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
        const char *type = table_schema(t)->root->full_name;
        snprintf(command, sizeof command, "protoc " INCLUDES "--encode=%s '%s/tests/unit/pg/%s' < %s", type,
                 SOURCE_DIR, file, in);
        struct buf bytes;
        buf_init(&bytes);
        read_all(command, &bytes);
        unlink(in);
        struct slice kept = arena_copy(l->arena, buf_slice(&bytes));
        buf_done(&bytes);
        struct msg *m = NULL;
        struct fault f = { 0 };
        assert_int_equal(wire_read(table_schema(t)->root, kept, l->arena, &m, &f), 0);
        return m;
}

struct row live_row(struct live *l, const struct msg *m)
{
        int64_t offset = ++l->offset;
        struct row r = {
                .agency = slice_str("H10.01"),
                .received_at = MARCH + offset * USEC_PER_SEC,
                .feed = 1,
                .offset = offset,
                .schema_id = 7,
                .operation = OP_PUT,
                .message = m,
        };
        digest_id(l->digest, &(struct slice){ (const uint8_t *)&offset, sizeof offset }, 1, r.message_id);
        digest_sha256(l->digest, slice_str("data"), r.digest);
        return r;
}

static void add_months(struct live *l, const struct table *t, const struct row *r, struct err *e)
{
        bool event = strcmp(table_time_column(t), "_event_time") == 0;
        char time[INSTANT_TEXT];
        instant_format(event ? r->event_time : r->received_at, time);
        const struct dataset *d = table_schema(t)->dataset;
        const char *const params[] = { d->mode == MODE_UPSERT ? "history" : "data", d->table, time };
        if (pg_query(l->hub, "SELECT hub.add_partition($1, $2, $3::timestamptz)", 3, params, NULL, e) != 0)
                fail_msg("%s", e->text);
}

static int copy(struct live *l, const char *sql, const struct buf *rows, size_t count, struct err *e)
{
        uint64_t stored = 0;
        if (pg_copy_begin(l->hub, sql, e) != 0 || pg_copy_put(l->hub, buf_slice(rows), e) != 0 ||
            pg_copy_end(l->hub, &stored, e) != 0)
                return -1;
        assert_int_equal(stored, count);
        return 0;
}

void live_store(struct live *l, const struct table *t, const struct row *rows, size_t count)
{
        struct err e = { 0 };
        struct fault f = { 0 };
        struct buf out, amended;
        size_t amendments = 0, retractions = 0;
        bool upsert = table_fold_sql(t) != NULL;
        buf_init(&out), buf_init(&amended);
        for (size_t i = 0; i < count; i++) {
                bool amends = operation_amends(rows[i].operation), retracts = rows[i].operation == OP_RETRACT;
                amendments += amends, retractions += retracts;
                if (!upsert && amends && table_amended_row(t, &rows[i], l->arena, &amended, &f) != 0)
                        fail_msg("%s: %s", f.items[0].field, f.items[0].text_en);
                if (!upsert && retracts)
                        continue;
                add_months(l, t, &rows[i], &e);
                if (table_row(t, &rows[i], l->arena, &out, &f) != 0)
                        fail_msg("%s: %s", f.items[0].field, f.items[0].text_en);
        }
        if (pg_exec(l->hub, "BEGIN", &e) != 0 ||
            copy(l, table_copy_sql(t), &out, upsert ? count : count - retractions, &e) != 0 ||
            (!upsert && copy(l, table_amended_copy_sql(t), &amended, amendments, &e) != 0) ||
            (upsert && amendments > 0 && pg_exec(l->hub, table_amend_sql(t), &e) != 0) ||
            (upsert && pg_exec(l->hub, table_fold_sql(t), &e) != 0) || pg_exec(l->hub, "COMMIT", &e) != 0)
                fail_msg("%s", e.text);
        buf_done(&out), buf_done(&amended);
}

const char *live_value(struct live *l, const char *sql)
{
        struct err e = { 0 };
        struct pg_rows *rows = NULL;
        if (pg_query(l->owner, sql, 0, NULL, &rows, &e) != 0)
                fail_msg("%s\n%s", sql, e.text);
        if (pg_rows_count(rows) != 1)
                fail_msg("%s\ngave %zu rows", sql, pg_rows_count(rows));
        const char *text = pg_text(rows, 0, 0);
        text = arena_strdup(l->arena, text ? text : "");
        pg_rows_free(rows);
        return text;
}

void live_exec(struct live *l, const char *sql)
{
        struct err e = { 0 };
        if (pg_exec(l->owner, sql, &e) != 0)
                fail_msg("%s\n%s", sql, e.text);
}

// `iochub quarantine show`: all facts of one refused message, its violations in both languages, what it says
// as far as it can be read, and its bytes. The structure comes from PostgreSQL, so Kafka need not be there.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/cli/decode.h"
#include "hub/cli/grid.h"
#include "hub/cli/out.h"
#include "hub/cli/quarantine.h"
#include "hub/pg/registry.h"

static const char show_sql[] = "SELECT concat_ws('/', q.feed, q.part, q.\"offset\"), q.state, q.code, "
                               "q.agency, q.dataset, f.topic, q.schema_id, "
                               "encode(q.message_id, 'hex')::uuid, q.source, q.source_position, "
                               "to_hex(q.session), q.sequence, q.received_at, "
                               "q.quarantined_at, q.decided_at, q.decided_by, q.decided_why, "
                               "octet_length(q.value), q.violations, q.record_key, q.value "
                               "FROM hub.quarantine q JOIN hub.feed f ON f.id = q.feed "
                               "WHERE q.feed = $1::int AND q.part = $2::int AND q.\"offset\" = $3::bigint";
enum { VIOLATIONS = 18, RECORD_KEY, VALUE };

static const struct column show_columns[] = {
        { "id", { "Vị trí", "Id" }, CELL_TEXT, 0 },
        { "state", { "Trạng thái", "State" }, CELL_TEXT, 0 },
        { "code", { "Mã lý do", "Code" }, CELL_TEXT, 0 },
        { "agency", { "Cơ quan", "Agency" }, CELL_TEXT, 0 },
        { "dataset", { "Bộ dữ liệu", "Dataset" }, CELL_TEXT, 0 },
        { "topic", { "Topic", "Topic" }, CELL_TEXT, 0 },
        { "schema_id", { "Mã cấu trúc", "Schema id" }, CELL_INT, 0 },
        { "message_id", { "Mã thông điệp", "Message id" }, CELL_TEXT, 0 },
        { "source", { "Nguồn", "Source" }, CELL_TEXT, 0 },
        { "source_position", { "Vị trí nguồn", "Source position" }, CELL_TEXT, 0 },
        { "session", { "Phiên", "Session" }, CELL_TEXT, 0 },
        { "sequence", { "Số thứ tự", "Sequence" }, CELL_INT, 0 },
        { "received_at", { "Nhận lúc", "Received" }, CELL_TIME, 0 },
        { "quarantined_at", { "Cách ly lúc", "Quarantined" }, CELL_TIME, 0 },
        { "decided_at", { "Quyết định lúc", "Decided" }, CELL_TIME, 0 },
        { "decided_by", { "Người quyết định", "Decided by" }, CELL_TEXT, 0 },
        { "decided_why", { "Lý do quyết định", "Decided why" }, CELL_TEXT, 0 },
        { "bytes", { "Số byte", "Bytes" }, CELL_INT, 0 },
        { 0 },
};

static const char violations_sql[] =
    "SELECT coalesce(v->>'field', ''), coalesce(v->>'rule', ''), coalesce(v->>'severity', ''), "
    "coalesce(v->>'vi', ''), "
    "coalesce(v->>'en', '') FROM hub.quarantine q, jsonb_array_elements(q.violations) v "
    "WHERE q.feed = $1::int AND q.part = $2::int AND q.\"offset\" = $3::bigint";

struct show {
        struct cli *c;
        struct pg *pg;
        char feed[12], part[12], offset[24];
        struct pg_rows *row, *violations;
        struct schema *schema;
        struct buf value, key;
        struct decoded message;
};

// FEED/PART/OFFSET
static int read_id(struct show *s, const char *id)
{
        int64_t feed, part, offset;
        struct slice left = slice_str(id), pieces[3];
        size_t count = 0;

        for (const uint8_t *mark = left.p; mark && count < 3; count++) {
                mark = count < 2 ? memchr(left.p, '/', left.n) : NULL;
                pieces[count] = slice_of(left.p, mark ? (size_t)(mark - left.p) : left.n);
                if (mark)
                        left = slice_of(mark + 1, left.n - pieces[count].n - 1);
        }
        if (count != 3 || text_int64(pieces[0], &feed) != 0 || text_int64(pieces[1], &part) != 0 ||
            text_int64(pieces[2], &offset) != 0 || feed < 1 || feed > INT32_MAX || part < 0 ||
            part > INT32_MAX || offset < 0)
                return cli_refuse(EXIT_BAD_USE,
                                  "`%s` is no place in a feed; it looks like 1/0/12 (feed/partition/offset)",
                                  id);
        snprintf(s->feed, sizeof(s->feed), "%d", (int)feed);
        snprintf(s->part, sizeof(s->part), "%d", (int)part);
        snprintf(s->offset, sizeof(s->offset), "%lld", (long long)offset);
        return EXIT_DONE;
}

static const struct schema *find_schema(void *self, uint32_t id)
{
        struct show *s = self;
        struct registry_entry entry;
        struct buf problems = { 0 };
        struct err e;

        if (!s->schema && registry_get(s->pg, id, &entry, &e) == 0) {
                if (schema_load(entry.descriptor_set, entry.message, &s->schema, &problems) == 0)
                        s->schema->id = entry.id, s->schema->version = entry.version;
                registry_entry_done(&entry);
        }
        buf_done(&problems);
        return s->schema;
}

static int read_row(struct show *s)
{
        const char *params[] = { s->feed, s->part, s->offset };
        struct err e;

        if (pg_query(s->pg, show_sql, 3, params, &s->row, &e) < 0 ||
            pg_query(s->pg, violations_sql, 3, params, &s->violations, &e) < 0)
                return cli_fail(&e);
        if (pg_rows_count(s->row) == 0)
                return cli_refuse(
                    EXIT_ABSENT,
                    "nothing in quarantine at %s/%s/%s; `iochub quarantine list --state all` lists "
                    "what is there",
                    s->feed, s->part, s->offset);
        if (pg_bytes(s->row, 0, VALUE, &s->value) != 0)
                return cli_refuse(EXIT_INTERNAL, "the stored bytes cannot be read");
        // An absent key is an empty one.
        (void)!pg_bytes(s->row, 0, RECORD_KEY, &s->key);
        return EXIT_DONE;
}

static void decode_row(struct show *s)
{
        struct decoder d = {
                .find = find_schema, .self = s, .arena = arena_new(64 << 10), .digest = digest_new()
        };

        decode_value(&d, buf_slice(&s->value), &s->message);
        arena_free(d.arena);
        digest_free(d.digest);
}

static void print_json(const struct show *s)
{
        struct json j;

        json_init(&j, &s->c->out, true);
        json_object(&j);
        row_json(show_columns, s->row, 0, &j);
        json_key(&j, "violations");
        json_raw(&j, slice_str(pg_text(s->row, 0, VIOLATIONS)));
        json_key(&j, "message");
        s->message.message.n ? json_raw(&j, buf_slice(&s->message.message)) : json_null(&j);
        json_key(&j, "note");
        s->message.note.n ? json_slice(&j, buf_slice(&s->message.note)) : json_null(&j);
        json_key(&j, "key_hex");
        json_hex(&j, buf_slice(&s->key));
        json_key(&j, "value_hex");
        json_hex(&j, buf_slice(&s->value));
        json_end_object(&j);
        buf_add_char(&s->c->out, '\n');
}

static void print_violations(const struct show *s)
{
        struct buf *out = &s->c->out;

        for (size_t i = 0; i < pg_rows_count(s->violations); i++) {
                const char *field = pg_text(s->violations, i, 0);

                buf_add_str(out, "  ");
                text_show(out, slice_str(*field ? field : "-"), 256, "");
                buf_add_str(out, "  ");
                for (size_t k = 1; k < 3; k++) {
                        text_show(out, slice_str(pg_text(s->violations, i, k)), 256, "");
                        buf_add_str(out, k == 1 ? "  " : "\n");
                }
                for (size_t k = 3; k < 5; k++) {
                        buf_add_str(out, k == 3 ? "    vi  " : "    en  ");
                        text_show(out, slice_str(pg_text(s->violations, i, k)), 2000, "");
                        buf_add_char(out, '\n');
                }
        }
}

static void print_human(const struct show *s)
{
        bool vi = s->c->global.lang == LANG_VI;
        struct buf *out = &s->c->out;

        row_human(s->c, show_columns, s->row, 0, out);
        buf_add_str(out, vi ? "\nVi phạm\n" : "\nViolations\n");
        print_violations(s);
        buf_add_str(out, vi ? "\nNội dung\n" : "\nMessage\n");
        if (s->message.message.n)
                buf_printf(out, "  %.*s\n", (int)s->message.message.n, (const char *)s->message.message.p);
        if (s->message.note.n)
                buf_printf(out, "  (%.*s)\n", (int)s->message.note.n, (const char *)s->message.note.p);
        buf_add_str(out, vi ? "\nKhoá\n" : "\nKey\n");
        hex_dump(buf_slice(&s->key), out);
        buf_add_str(out, vi ? "\nNguyên văn\n" : "\nBytes\n");
        hex_dump(buf_slice(&s->value), out);
}

int cmd_quarantine_show(struct cli *c)
{
        struct show s = { .c = c };
        int code = read_id(&s, c->args[0]);

        if (code == EXIT_DONE)
                code = cli_database(c, &s.pg);
        if (code == EXIT_DONE)
                code = read_row(&s);
        if (code == EXIT_DONE) {
                decode_row(&s);
                c->global.json ? print_json(&s) : print_human(&s);
        }
        pg_rows_free(s.row);
        pg_rows_free(s.violations);
        schema_free(s.schema);
        decoded_done(&s.message);
        buf_done(&s.value);
        buf_done(&s.key);
        pg_close(s.pg);
        return code;
}

// Answers of the registry. A subject that stands for a topic is answered under the name by which it was asked
// for.
#include <stdarg.h>
#include <stdio.h>

#include "hub/base/digest.h"
#include "hub/base/json.h"
#include "hub/flow/registry_http_int.h"
#include "hub/msg/proto_same.h"

#define SHOWN (int)r->subject.n, (const char *)r->subject.p

void registry_error(struct web_answer *answer, enum registry_error error, const char *format, ...)
{
        char text[512];
        struct json j;
        va_list ap;
        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        answer->status = (unsigned)(error >= 1000 ? error / 100 : error);
        buf_reset(&answer->body);
        json_init(&j, &answer->body, false);
        json_object(&j);
        json_key(&j, "error_code");
        json_int(&j, error);
        json_key(&j, "message");
        json_str(&j, text);
        json_end_object(&j);
}

bool registry_answer_fixed(const struct registry_request *r, struct web_answer *answer)
{
        if (r->ask == ASK_ROOT)
                buf_add_str(&answer->body, "{}");
        else if (r->ask == ASK_TYPES)
                buf_add_str(&answer->body, "[\"PROTOBUF\"]");
        else if (r->ask == ASK_CONFIG && r->subject.n == 0)
                buf_add_str(&answer->body, "{\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
        else if (r->ask == ASK_MODE && r->subject.n == 0)
                buf_add_str(&answer->body, "{\"mode\":\"READONLY\"}");
        else if (r->ask == ASK_SUBJECTS && r->deleted_only)
                buf_add_str(&answer->body, "[]");
        else
                return false;
        return true;
}

bool registry_answer_lasts(const struct registry_request *r, struct buf *key)
{
        bool by_id = r->ask == ASK_ID || r->ask == ASK_ID_TEXT;
        bool by_version = (r->ask == ASK_VERSION || r->ask == ASK_VERSION_TEXT) && r->version > 0;
        buf_reset(key);
        buf_printf(key, "%d %d %u ", (int)r->ask, r->serialized, by_id ? r->id : r->version);
        buf_add_slice(key, r->subject);
        return by_id || by_version;
}

// ---------------------------------------------------------------- queries

// The subject as the database has it, as a parameter.
static const char *stored_subject(const struct registry_request *r, struct buf *text)
{
        buf_add_slice(text, registry_subject(r->subject));
        return buf_cstr(text);
}

static int subject_is_there(struct pg *pg, const struct registry_request *r, bool *there, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        cleanup(buf_done) struct buf subject = { 0 };
        const char *const params[] = { stored_subject(r, &subject) };
        if (pg_query_prepared(pg, "SELECT FROM hub.schema_file WHERE subject = $1 LIMIT 1", 1, params, &rows,
                              e) < 0)
                return -1;
        *there = pg_rows_count(rows) > 0;
        return 0;
}

static int no_version(struct pg *pg, const struct registry_request *r, struct web_answer *answer,
                      struct err *e)
{
        bool there;
        if (subject_is_there(pg, r, &there, e) < 0)
                return -1;
        if (there)
                registry_error(answer, ERROR_VERSION, "Version %u not found.", r->version);
        else
                registry_error(answer, ERROR_SUBJECT, "Subject '%.*s' not found.", SHOWN);
        return 0;
}

enum { ROW_ID, ROW_SUBJECT, ROW_VERSION, ROW_SCHEMA };
#define FORMS                                                                                                \
        "SELECT id, subject, version, CASE WHEN $1::bool THEN translate(encode(descriptor, 'base64'), "      \
        "E'\\n', '') ELSE content END FROM hub.schema_file "

// The one row that the request names. No row: there is none.
static int find(struct pg *pg, const struct registry_request *r, struct pg_rows **rows, struct err *e)
{
        static const char by_id[] = FORMS "WHERE id = $2::int";
        static const char by_version[] =
            FORMS "WHERE subject = $2 AND ($3::int = 0 OR version = $3::int) ORDER BY version DESC LIMIT 1";
        cleanup(buf_done) struct buf subject = { 0 };
        char number[16];
        const char *const form = r->serialized ? "t" : "f";
        snprintf(number, sizeof(number), "%u", r->id ? r->id : r->version);
        if (r->id)
                return pg_query_prepared(pg, by_id, 2, (const char *const[]){ form, number }, rows, e);
        return pg_query_prepared(pg, by_version, 3,
                                 (const char *const[]){ form, stored_subject(r, &subject), number }, rows, e);
}

static int write_references(struct pg *pg, const char *id, struct json *j, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        const char *const params[] = { id };
        if (pg_query_prepared(
                pg,
                "SELECT t.subject, t.version FROM hub.schema_reference r JOIN hub.schema_file t "
                "ON t.id = r.target WHERE r.file = $1::int ORDER BY r.position",
                1, params, &rows, e) < 0)
                return -1;
        if (pg_rows_count(rows) == 0)
                return 0;
        json_key(j, "references");
        json_array(j);
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                json_object(j);
                json_key(j, "name");
                json_str(j, pg_text(rows, i, 0));
                json_key(j, "subject");
                json_str(j, pg_text(rows, i, 0));
                json_key(j, "version");
                json_int(j, pg_int(rows, i, 1));
                json_end_object(j);
        }
        json_end_array(j);
        return 0;
}

// ---------------------------------------------------------------- answers of one schema

static int write_schema(struct pg *pg, const struct registry_request *r, const struct pg_rows *rows,
                        struct buf *out, struct err *e)
{
        struct json j;
        json_init(&j, out, false);
        json_object(&j);
        if (r->ask == ASK_VERSION) {
                json_key(&j, "subject");
                json_slice(&j, r->subject);
                json_key(&j, "version");
                json_int(&j, pg_int(rows, 0, ROW_VERSION));
                json_key(&j, "id");
                json_int(&j, pg_int(rows, 0, ROW_ID));
        }
        json_key(&j, "schemaType");
        json_str(&j, "PROTOBUF");
        if (write_references(pg, pg_text(rows, 0, ROW_ID), &j, e) < 0)
                return -1;
        json_key(&j, "schema");
        json_slice(&j, pg_slice(rows, 0, ROW_SCHEMA));
        json_end_object(&j);
        return 0;
}

static int write_referenced_by(struct pg *pg, const char *id, struct buf *out, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        const char *const params[] = { id };
        struct json j;
        if (pg_query_prepared(
                pg, "SELECT DISTINCT file FROM hub.schema_reference WHERE target = $1::int ORDER BY 1", 1,
                params, &rows, e) < 0)
                return -1;
        json_init(&j, out, false);
        json_array(&j);
        for (size_t i = 0; i < pg_rows_count(rows); i++)
                json_int(&j, pg_int(rows, i, 0));
        json_end_array(&j);
        return 0;
}

// Where an id stands: under one subject, as one version.
static void write_place(const struct registry_request *r, const struct pg_rows *rows, struct buf *out)
{
        struct json j;
        json_init(&j, out, false);
        json_array(&j);
        if (r->ask == ASK_ID_VERSIONS) {
                json_object(&j);
                json_key(&j, "subject");
                json_str(&j, pg_text(rows, 0, ROW_SUBJECT));
                json_key(&j, "version");
                json_int(&j, pg_int(rows, 0, ROW_VERSION));
                json_end_object(&j);
        } else {
                json_str(&j, pg_text(rows, 0, ROW_SUBJECT));
        }
        json_end_array(&j);
}

static int answer_schema(struct pg *pg, const struct registry_request *r, struct web_answer *answer,
                         struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        if (find(pg, r, &rows, e) < 0)
                return -1;
        if (pg_rows_count(rows) == 0 && r->id == 0)
                return no_version(pg, r, answer, e);
        if (pg_rows_count(rows) == 0) {
                registry_error(answer, ERROR_SCHEMA, "Schema %u not found.", r->id);
                return 0;
        }
        if (r->ask == ASK_ID || r->ask == ASK_VERSION)
                return write_schema(pg, r, rows, &answer->body, e);
        if (r->ask == ASK_REFERENCED_BY)
                return write_referenced_by(pg, pg_text(rows, 0, ROW_ID), &answer->body, e);
        if (r->ask == ASK_ID_VERSIONS || r->ask == ASK_ID_SUBJECTS)
                write_place(r, rows, &answer->body);
        else
                buf_add_slice(&answer->body, pg_slice(rows, 0, ROW_SCHEMA));
        return 0;
}

// ---------------------------------------------------------------- lists

static int answer_subjects(struct pg *pg, const struct registry_request *r, struct web_answer *answer,
                           struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        cleanup(buf_done) struct buf prefix = { 0 };
        char offset[16], limit[16];
        struct json j;
        buf_add_slice(&prefix, r->prefix);
        snprintf(offset, sizeof(offset), "%u", r->offset);
        snprintf(limit, sizeof(limit), "%d", r->limit);
        const char *const params[] = { buf_cstr(&prefix), offset, r->limit < 0 ? NULL : limit };
        if (pg_query_prepared(
                pg,
                "SELECT DISTINCT subject FROM hub.schema_file WHERE starts_with(subject, $1) ORDER "
                "BY subject OFFSET $2::bigint LIMIT $3::bigint",
                3, params, &rows, e) < 0)
                return -1;
        json_init(&j, &answer->body, false);
        json_array(&j);
        for (size_t i = 0; i < pg_rows_count(rows); i++)
                json_str(&j, pg_text(rows, i, 0));
        json_end_array(&j);
        return 0;
}

static int answer_versions(struct pg *pg, const struct registry_request *r, struct web_answer *answer,
                           struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        cleanup(buf_done) struct buf subject = { 0 };
        const char *const params[] = { stored_subject(r, &subject) };
        struct json j;
        if (pg_query_prepared(pg, "SELECT version FROM hub.schema_file WHERE subject = $1 ORDER BY version",
                              1, params, &rows, e) < 0)
                return -1;
        if (pg_rows_count(rows) == 0) {
                registry_error(answer, ERROR_SUBJECT, "Subject '%.*s' not found.", SHOWN);
                return 0;
        }
        json_init(&j, &answer->body, false);
        json_array(&j);
        for (size_t i = 0; i < pg_rows_count(rows); i++)
                json_int(&j, pg_int(rows, i, 0));
        json_end_array(&j);
        return 0;
}

// What holds of all holds of each that there is.
static int answer_for_subject(struct pg *pg, const struct registry_request *r, struct web_answer *answer,
                              struct err *e)
{
        const struct registry_request all = { .ask = r->ask };
        bool there;
        if (subject_is_there(pg, r, &there, e) < 0)
                return -1;
        if (!there || !registry_answer_fixed(&all, answer))
                registry_error(answer, ERROR_SUBJECT, "Subject '%.*s' not found.", SHOWN);
        return 0;
}

// ---------------------------------------------------------------- looking a schema up

// The newest version that says what `schema` does, which is .proto text or base64 of a descriptor; 0: none.
static uint32_t same_version(const struct pg_rows *rows, struct slice schema)
{
        cleanup(buf_done) struct buf wanted = { 0 }, stored = { 0 };
        bool descriptor = base64_decode(schema, &wanted) == 0 && wanted.n > 0;
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                bool same = slice_eq(pg_slice(rows, i, 1), schema);
                buf_reset(&stored);
                if (!same && descriptor && pg_bytes(rows, i, 2, &stored) == 0)
                        same = proto_same(buf_slice(&wanted), buf_slice(&stored));
                if (same)
                        return (uint32_t)pg_int(rows, i, 0);
        }
        return 0;
}

// Reading, though it is a POST: the id of a schema that the client has already.
static int answer_lookup(struct pg *pg, const struct registry_request *r, struct slice body,
                         struct web_answer *answer, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        cleanup(buf_done) struct buf subject = { 0 }, schema = { 0 };
        const char *const params[] = { stored_subject(r, &subject) };
        if (json_member(body, "schema", &schema) != 0) {
                registry_error(answer, ERROR_BODY, "The body is not a JSON object with a text \"schema\".");
                return 0;
        }
        if (pg_query_prepared(
                pg,
                "SELECT version, content, descriptor FROM hub.schema_file WHERE subject = $1 ORDER "
                "BY version DESC",
                1, params, &rows, e) < 0)
                return -1;
        struct registry_request found = { .ask = ASK_VERSION, .subject = r->subject };
        found.serialized = r->serialized;
        found.version = same_version(rows, buf_slice(&schema));
        if (found.version > 0)
                return answer_schema(pg, &found, answer, e);
        if (pg_rows_count(rows) == 0)
                registry_error(answer, ERROR_SUBJECT, "Subject '%.*s' not found.", SHOWN);
        else
                registry_error(answer, ERROR_SCHEMA, "Schema not found");
        return 0;
}

int registry_answer(struct pg *pg, const struct registry_request *r, struct slice body,
                    struct web_answer *answer, struct err *e)
{
        switch (r->ask) {
        case ASK_LOOKUP:
                return answer_lookup(pg, r, body, answer, e);
        case ASK_SUBJECTS:
                return answer_subjects(pg, r, answer, e);
        case ASK_VERSIONS:
                return answer_versions(pg, r, answer, e);
        case ASK_CONFIG:
        case ASK_MODE:
                return answer_for_subject(pg, r, answer, e);
        default:
                return answer_schema(pg, r, answer, e);
        }
}

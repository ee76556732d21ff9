// Values that lie in jsonb as protobuf's JSON mapping writes them (hub/msg/msg_json.c), read back into the
// types of columns. A value that the mapping wrote as something else (a time outside of years 1 to 9999)
// reads as NULL: a view must not fail for what one sender put into one row.
#include "hub/pg/bi.h"
#include "hub/pg/conn.h"

// What numeric takes without fail: far below its 131072 digits.
#define DECIMAL "'^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?$'"

static const struct field *inner(const struct field *f)
{
        bool wrapped = f->type == TYPE_MESSAGE && f->message->well_known == WK_WRAPPER;
        return wrapped ? &f->message->fields[0] : f;
}

bool bi_json_scalar(const struct field *f)
{
        if (f->type != TYPE_MESSAGE && f->type != TYPE_GROUP)
                return true;
        switch (f->message->well_known) {
        case WK_TIMESTAMP:
        case WK_DURATION:
        case WK_FIELD_MASK:
        case WK_WRAPPER:
                return true;
        case WK_NONE:
        case WK_EMPTY:
                return f->message->count == 0;
        default:
                return false;
        }
}

static const char *message_value(struct arena *a, const struct mtype *m, const char *json)
{
        switch (m->well_known) {
        case WK_TIMESTAMP: // floored to microseconds, as in columns; a cast alone would round
                return arena_printf(a,
                                    "CASE WHEN jsonb_typeof(%s) = 'string' THEN regexp_replace(%s #>> '{}', "
                                    "'(\\.[0-9]{6})[0-9]+', '\\1')::timestamp with time zone END",
                                    json, json);
        case WK_DURATION:
                return arena_printf(
                    a,
                    "CASE WHEN jsonb_typeof(%s) = 'string' THEN (trim_scale(floor(rtrim(%s #>> "
                    "'{}', 's')::numeric * 1000000) / 1000000)::text || ' s')::interval END",
                    json, json);
        case WK_FIELD_MASK:
                return arena_printf(a, "%s #>> '{}'", json);
        case WK_NONE:
        case WK_EMPTY:
                if (m->count == 0)
                        return arena_printf(a, "%s IS NOT NULL", json);
                return json;
        default:
                return json;
        }
}

static const char *scalar_value(struct arena *a, const struct field *f, const char *json)
{
        static const char *const casts[] = {
                [TYPE_DOUBLE] = "double precision",
                [TYPE_FLOAT] = "real",
                [TYPE_INT64] = "bigint",
                [TYPE_UINT64] = "numeric(20)",
                [TYPE_INT32] = "integer",
                [TYPE_FIXED64] = "numeric(20)",
                [TYPE_FIXED32] = "bigint",
                [TYPE_BOOL] = "boolean",
                [TYPE_UINT32] = "bigint",
                [TYPE_SFIXED32] = "integer",
                [TYPE_SFIXED64] = "bigint",
                [TYPE_SINT32] = "integer",
                [TYPE_SINT64] = "bigint",
        };
        switch (f->type) {
        case TYPE_STRING:
                if (f->column_type == COLUMN_NUMERIC)
                        return arena_printf(a,
                                            "CASE WHEN length(%s #>> '{}') <= 1000 AND %s #>> '{}' ~ " DECIMAL
                                            " THEN (%s #>> '{}')::numeric END",
                                            json, json, json);
                return arena_printf(a, "%s #>> '{}'", json);
        case TYPE_ENUM:
                return arena_printf(a, "%s #>> '{}'", json);
        case TYPE_BYTES:
                return arena_printf(a, "decode(%s #>> '{}', 'base64')", json);
        default:
                return arena_printf(a, "(%s #>> '{}')::%s", json, casts[f->type]);
        }
}

static const char *zero(struct arena *a, const struct field *f)
{
        const char *name;
        switch (f->type) {
        case TYPE_STRING:
                return "''";
        case TYPE_BYTES:
                return "'\\x'::bytea";
        case TYPE_BOOL:
                return "false";
        case TYPE_ENUM:
                name = etype_name(f->enumeration, 0);
                return arena_printf(a, "'%s'", name ? name : f->enumeration->values[0].name);
        default:
                return "0";
        }
}

const char *bi_json_value(struct arena *a, const struct field *f, const char *json, const char *owner)
{
        if (f->type == TYPE_MESSAGE && f->message->well_known != WK_WRAPPER)
                return message_value(a, f->message, json);
        const char *value = scalar_value(a, inner(f), json);
        if (f->presence || f->repeated || f->type == TYPE_MESSAGE || f->column_type == COLUMN_NUMERIC)
                return value;
        value = arena_printf(a, "coalesce(%s, %s)", value, zero(a, f));
        return owner ? arena_printf(a, "CASE WHEN %s IS NOT NULL THEN %s END", owner, value) : value;
}

const char *bi_json_array(struct arena *a, const struct field *f, const char *json)
{
        return arena_printf(
            a, "ARRAY(SELECT %s FROM jsonb_array_elements(%s) WITH ORDINALITY AS j(v, n) ORDER BY j.n)",
            bi_json_value(a, f, "j.v", NULL), json);
}

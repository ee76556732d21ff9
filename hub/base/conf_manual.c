// What the option tables say, for people (Markdown) and for editors (JSON Schema).
#include "hub/base/conf.h"
#include "hub/base/json.h"
#include "hub/base/text.h"

static const char *const type_names[] = {
        [CONF_STRING] = "text",
        [CONF_BOOL] = "true or false",
        [CONF_INT] = "whole number",
        [CONF_BYTES] = "size",
        [CONF_DURATION] = "duration",
        [CONF_ENUM] = "word",
        [CONF_LIST] = "list of texts",
        [CONF_PAIRS] = "map of texts",
        [CONF_SECTION] = "section",
        [CONF_MANY] = "list of sections",
        [CONF_NODE] = "see its own manual",
};

static void bounds_cell(const struct conf_option *o, struct buf *out)
{
        if (o->type == CONF_ENUM) {
                for (size_t i = 0; o->words[i]; i++)
                        buf_printf(out, "%s`%s`", i ? ", " : "", o->words[i]);
        } else if (o->min != 0 || o->max != 0) {
                if (o->max < o->min)
                        buf_add_str(out, "at least ");
                conf_format(o->type, o->min, out);
                if (o->max >= o->min) {
                        buf_add_str(out, " to ");
                        conf_format(o->type, o->max, out);
                }
        }
}

static void default_cell(const struct conf_option *o, struct buf *out)
{
        if (o->required)
                buf_add_str(out, "required");
        else if (o->fallback && *o->fallback)
                buf_printf(out, "`%s`", o->fallback);
        else if (o->fallback)
                buf_add_str(out, "empty");
}

static void rows(const struct conf_option *table, const char *prefix, struct buf *out)
{
        for (const struct conf_option *o = table; o->name; o++) {
                buf_printf(out, "| `%s%s` | %s | ", prefix, o->name, type_names[o->type]);
                default_cell(o, out);
                buf_add_str(out, " | ");
                bounds_cell(o, out);
                buf_add_str(out, " | ");
                text_show(out, slice_str(o->sentence), SIZE_MAX, "|");
                buf_add_str(out, " |\n");
                if (o->type != CONF_SECTION && o->type != CONF_MANY)
                        continue;
                struct buf inner;
                buf_init(&inner);
                buf_printf(&inner, "%s%s%s.", prefix, o->name, o->type == CONF_MANY ? "[]" : "");
                rows(o->section, buf_cstr(&inner), out);
                buf_done(&inner);
        }
}

void conf_manual(const struct conf_option *table, const char *prefix, struct buf *out)
{
        buf_add_str(out, "| option | type | default | bounds | meaning |\n|---|---|---|---|---|\n");
        rows(table, prefix, out);
}

static void text_member(struct json *out, const char *name, const char *value)
{
        json_key(out, name);
        json_str(out, value);
}

// A scalar of any kind: the pass-through options take `true` and `10` as texts.
static void scalar_types(struct json *out)
{
        json_key(out, "type");
        json_array(out);
        json_str(out, "string");
        json_str(out, "number");
        json_str(out, "boolean");
        json_end_array(out);
}

static void list_schema(struct json *out)
{
        json_key(out, "anyOf");
        json_array(out);
        json_object(out);
        scalar_types(out);
        json_end_object(out);
        json_object(out);
        text_member(out, "type", "array");
        json_key(out, "items");
        json_object(out);
        scalar_types(out);
        json_end_object(out);
        json_end_object(out);
        json_end_array(out);
}

static void int_schema(const struct conf_option *o, struct json *out)
{
        text_member(out, "type", "integer");
        if (o->min == 0 && o->max == 0)
                return;
        json_key(out, "minimum");
        json_int(out, o->min);
        if (o->max >= o->min) {
                json_key(out, "maximum");
                json_int(out, o->max);
        }
}

static void units_schema(const char *pattern, struct json *out)
{
        json_key(out, "type");
        json_array(out);
        json_str(out, "string");
        json_str(out, "integer");
        json_end_array(out);
        text_member(out, "pattern", pattern);
}

static void enum_schema(const struct conf_option *o, struct json *out)
{
        json_key(out, "enum");
        json_array(out);
        for (size_t i = 0; o->words[i]; i++)
                json_str(out, o->words[i]);
        json_end_array(out);
}

static void table_members(const struct conf_option *table, struct json *out);

static void type_members(const struct conf_option *o, struct json *out)
{
        switch (o->type) {
        case CONF_STRING:
                scalar_types(out);
                break;
        case CONF_BOOL:
                text_member(out, "type", "boolean");
                break;
        case CONF_INT:
                int_schema(o, out);
                break;
        case CONF_BYTES:
                units_schema("^[0-9]+( ?(KiB|MiB|GiB))?$", out);
                break;
        case CONF_DURATION:
                units_schema("^(0|[0-9]+ ?(us|ms|s|min|h|d))$", out);
                break;
        case CONF_ENUM:
                enum_schema(o, out);
                break;
        case CONF_LIST:
                list_schema(out);
                break;
        case CONF_PAIRS:
                text_member(out, "type", "object");
                json_key(out, "additionalProperties");
                json_object(out);
                scalar_types(out);
                json_end_object(out);
                break;
        case CONF_SECTION:
                table_members(o->section, out);
                break;
        case CONF_MANY:
                text_member(out, "type", "array");
                json_key(out, "items");
                json_object(out);
                table_members(o->section, out);
                json_end_object(out);
                break;
        case CONF_NODE:
                break;
        }
}

// A default as a value of its own kind, so that the schema accepts it.
static void default_member(const struct conf_option *o, struct json *out)
{
        json_key(out, "default");
        if (o->type == CONF_BOOL || o->type == CONF_INT)
                json_raw(out, slice_str(o->fallback));
        else
                json_str(out, o->fallback);
}

static void required_member(const struct conf_option *table, struct json *out)
{
        json_key(out, "required");
        json_array(out);
        for (const struct conf_option *o = table; o->name; o++) {
                if (o->required)
                        json_str(out, o->name);
        }
        json_end_array(out);
}

static void table_members(const struct conf_option *table, struct json *out)
{
        text_member(out, "type", "object");
        json_key(out, "additionalProperties");
        json_bool(out, false);
        json_key(out, "properties");
        json_object(out);
        for (const struct conf_option *o = table; o->name; o++) {
                json_key(out, o->name);
                json_object(out);
                text_member(out, "description", o->sentence);
                type_members(o, out);
                if (o->fallback)
                        default_member(o, out);
                json_end_object(out);
        }
        json_end_object(out);
        required_member(table, out);
}

void conf_json_schema(const struct conf_option *table, struct json *out)
{
        json_object(out);
        table_members(table, out);
        json_end_object(out);
}

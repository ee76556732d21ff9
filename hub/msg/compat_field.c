// A field that has its number in both versions: name, type, cardinality, presence, oneof, JSON name, default.
#include "hub/msg/compat_int.h"

#include <stdlib.h>

static const char *type_text(const struct field *f, struct arena *a)
{
        static const char *const words[] = {
                [TYPE_DOUBLE] = "double",     [TYPE_FLOAT] = "float",   [TYPE_INT64] = "int64",
                [TYPE_UINT64] = "uint64",     [TYPE_INT32] = "int32",   [TYPE_FIXED64] = "fixed64",
                [TYPE_FIXED32] = "fixed32",   [TYPE_BOOL] = "bool",     [TYPE_STRING] = "string",
                [TYPE_BYTES] = "bytes",       [TYPE_UINT32] = "uint32", [TYPE_SFIXED32] = "sfixed32",
                [TYPE_SFIXED64] = "sfixed64", [TYPE_SINT32] = "sint32", [TYPE_SINT64] = "sint64",
        };
        if (f->map)
                return arena_printf(a, "map<%s, %s>", type_text(&f->message->fields[0], a),
                                    type_text(&f->message->fields[1], a));
        if (f->type == TYPE_MESSAGE)
                return f->message->full_name;
        return f->type == TYPE_ENUM ? f->enumeration->full_name : words[f->type];
}

static const char *cardinality_text(const struct field *f)
{
        return f->map ? "a map" : f->repeated ? "a list" : f->required ? "required" : "single";
}

static void refuse(struct comparing *cx, struct pair p, const struct field *f, const char *rule,
                   const char *mend, const char *was, const char *is)
{
        change_add(cx->out, change_at(cx, CHANGE_REFUSED, rule, p.new, f, mend),
                   "field %s.%s = %u was %s and is %s now", p.new->full_name, f->name, f->number, was, is);
}

static bool same_type(const struct field *was, const struct field *is)
{
        if (was->type != is->type)
                return false;
        if (was->map && is->map)
                return same_type(&was->message->fields[0], &is->message->fields[0]) &&
                       same_type(&was->message->fields[1], &is->message->fields[1]);
        if (was->type == TYPE_ENUM)
                return strcmp(was->enumeration->full_name, is->enumeration->full_name) == 0;
        return was->type != TYPE_MESSAGE || strcmp(was->message->full_name, is->message->full_name) == 0;
}

static bool compare_type(struct comparing *cx, struct pair p, const struct field *was, const struct field *is)
{
        struct arena *a = cx->out->arena;
        if (was->map != is->map || was->repeated != is->repeated || was->required != is->required) {
                refuse(cx, p, is, "CARDINALITY_CHANGED",
                       "keep it as it was, and add a field with a number of its own", cardinality_text(was),
                       cardinality_text(is));
                return false;
        }
        if (!same_type(was, is)) {
                refuse(cx, p, is, "FIELD_TYPE_CHANGED",
                       "keep the type, and add a field with a number of its own", type_text(was, a),
                       type_text(is, a));
                return false;
        }
        return true;
}

static void compare_presence(struct comparing *cx, struct pair p, const struct field *was,
                             const struct field *is)
{
        if (was->presence && !is->presence)
                change_add(
                    cx->out, change_at(cx, CHANGE_REFUSED, "PRESENCE_LOST", p.new, is, "keep `optional`"),
                    "field %s.%s could be absent and cannot now: absent and zero would be one value, in "
                    "rows that tell them apart",
                    p.new->full_name, is->name);
        else if (!was->presence && is->presence)
                change_add(cx->out, change_at(cx, CHANGE_NOTED, "PRESENCE_GAINED", p.new, is, ""),
                           "field %s.%s can be absent now; rows stored earlier hold the default in its place",
                           p.new->full_name, is->name);
}

static void compare_oneof(struct comparing *cx, struct pair p, const struct field *was,
                          const struct field *is)
{
        const char *from = was->oneof < 0 ? NULL : p.old->mtype->oneof_names[was->oneof];
        const char *to = is->oneof < 0 ? NULL : p.new->mtype->oneof_names[is->oneof];
        if ((from == NULL && to == NULL) || (from && to && strcmp(from, to) == 0))
                return;
        struct arena *a = cx->out->arena;
        refuse(
            cx, p, is, "ONEOF_CHANGED",
            "leave it where it was: a reader of the other version would clear its neighbours, or keep both",
            from ? arena_printf(a, "in oneof %s", from) : "in no oneof",
            to ? arena_printf(a, "in oneof %s", to) : "in no oneof");
}

// What readers put where a message without the field says nothing: a default that says what protobuf says
// anyway is none, and an enum's is its first value.
static const char *default_of(const struct field *f, const Google__Protobuf__FieldDescriptorProto *d)
{
        const char *text = d->default_value ? d->default_value : "";
        char *end;
        switch (f->type) {
        case TYPE_STRING:
        case TYPE_BYTES:
                return text;
        case TYPE_BOOL:
                return strcmp(text, "true") == 0 ? text : "";
        case TYPE_ENUM:
                return *text ? text : f->enumeration->values[0].name;
        default:
                return *text && strtod(text, &end) == 0 && *end == '\0' && *text != '-' ? "" : text;
        }
}

static int32_t number_named(const struct etype *t, const char *name)
{
        size_t i = 0;
        while (i + 1 < t->count && strcmp(t->values[i].name, name) != 0)
                i++;
        return t->values[i].number;
}

static void compare_default(struct comparing *cx, struct pair p, const struct field *was,
                            const struct field *is)
{
        const char *from = default_of(was, p.old->message->field[schema_field_index(p.old, was)]);
        const char *to = default_of(is, p.new->message->field[schema_field_index(p.new, is)]);
        // An enum's value under another name is told of the enum.
        if (was->type == TYPE_ENUM ? number_named(was->enumeration, from) == number_named(is->enumeration, to)
                                   : strcmp(from, to) == 0)
                return;
        struct arena *a = cx->out->arena;
        refuse(cx, p, is, "DEFAULT_CHANGED", "keep the default: readers put it where a message says nothing",
               arena_printf(a, "`%s` by default", from), arena_printf(a, "`%s`", to));
}

void compare_field(struct comparing *cx, struct pair p, const struct field *was, const struct field *is)
{
        if (strcmp(was->name, is->name) != 0) {
                change_add(
                    cx->out,
                    change_at(cx, CHANGE_REFUSED, "FIELD_RENAMED", p.new, is,
                              "keep the name; for another meaning reserve number and name and take a new "
                              "number"),
                    "number %u of %s was `%s` and is `%s` now", is->number, p.new->full_name, was->name,
                    is->name);
        } else if (strcmp(was->json_name, is->json_name) != 0) {
                change_add(
                    cx->out,
                    change_at(cx, CHANGE_REFUSED, "JSON_NAME_CHANGED", p.new, is, "keep json_name as it was"),
                    "field %s.%s was `%s` in JSON and is `%s` now", p.new->full_name, is->name,
                    was->json_name, is->json_name);
        }
        compare_oneof(cx, p, was, is);
        if (compare_type(cx, p, was, is)) {
                if (was->oneof < 0 && is->oneof < 0 && !is->repeated)
                        compare_presence(cx, p, was, is);
                if (!is->repeated && is->type != TYPE_MESSAGE)
                        compare_default(cx, p, was, is);
                compare_rules(cx, p, was, is);
        }
        if (strcmp(was->comment, is->comment) != 0)
                change_add(cx->out, change_at(cx, CHANGE_SAFE, "COMMENT_CHANGED", p.new, is, ""),
                           "the comment of %s.%s is another", p.new->full_name, is->name);
}

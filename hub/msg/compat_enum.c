// Enums. A value is a number on the wire, a name in JSON, and a name in the table: the first of its names.
#include "hub/msg/compat_int.h"

static bool has_name(const struct etype *t, int32_t number, const char *name)
{
        for (size_t i = 0; i < t->count; i++)
                if (t->values[i].number == number && strcmp(t->values[i].name, name) == 0)
                        return true;
        return false;
}

static const struct enum_value *value_named(const struct etype *t, const char *name)
{
        for (size_t i = 0; i < t->count; i++)
                if (strcmp(t->values[i].name, name) == 0)
                        return &t->values[i];
        return NULL;
}

static int line_of(const struct etype *t, int32_t number)
{
        for (size_t i = 0; i < t->count; i++)
                if (t->values[i].number == number)
                        return t->values[i].line;
        return t->line;
}

// The number has no name left.
static void value_removed(struct comparing *cx, struct pair p, const struct enum_value *v)
{
        const struct enum_value *moved = value_named(p.new->etype, v->name);
        bool number = schema_reserves_number(p.new, v->number), name = schema_reserves_name(p.new, v->name);
        struct change at = change_at(cx, CHANGE_REFUSED, "ENUM_VALUE_REMOVED", p.new, NULL, "");
        if (moved) {
                at.rule = "ENUM_VALUE_NUMBER_CHANGED";
                at.line = moved->line;
                at.mend = "keep the number; a value of another meaning gets another name";
                change_add(cx->out, at, "value %s of enum %s was %d and is %d now", v->name, p.new->full_name,
                           v->number, moved->number);
        } else if (!number || !name) {
                at.mend = arena_printf(cx->out->arena,
                                       "keep it, or write `reserved %d; reserved \"%s\";` in its place",
                                       v->number, v->name);
                change_add(cx->out, at, "value %s = %d of enum %s is gone and %s not reserved", v->name,
                           v->number, p.new->full_name,
                           number ? "its name is"
                           : name ? "its number is"
                                  : "number and name are");
        } else {
                at.class = CHANGE_SAFE;
                at.rule = "ENUM_VALUE_RETIRED";
                change_add(cx->out, at, "value %s = %d of enum %s is gone, its number and name are reserved",
                           v->name, v->number, p.new->full_name);
        }
}

static void compare_value(struct comparing *cx, struct pair p, const struct enum_value *v)
{
        const struct etype *is = p.new->etype;
        const char *now = etype_name(is, v->number), *was = etype_name(p.old->etype, v->number);
        struct change at =
            change_at(cx, CHANGE_REFUSED, "ENUM_VALUE_RENAMED", p.new, NULL,
                      "keep the name, and first where there are several: tables hold it and JSON writes it");
        at.line = line_of(is, v->number);
        if (now == NULL)
                value_removed(cx, p, v);
        else if (!has_name(is, v->number, v->name))
                change_add(cx->out, at, "value %d of enum %s was `%s` and is `%s` now", v->number,
                           p.new->full_name, v->name, now);
        else if (strcmp(was, now) != 0)
                change_add(cx->out, at, "value %d of enum %s has `%s` in front of `%s` now, which rows hold",
                           v->number, p.new->full_name, now, was);
}

void compare_enum(struct comparing *cx, struct pair p)
{
        const struct etype *was = p.old->etype, *is = p.new->etype;
        for (size_t i = 0; i < was->count; i++)
                compare_value(cx, p, &was->values[i]);
        for (size_t i = 0; i < is->count; i++) {
                const struct enum_value *v = &is->values[i];
                const char *name = etype_name(was, v->number);
                struct change at = change_at(cx, CHANGE_SAFE, "ENUM_VALUE_ADDED", p.new, NULL, "");
                at.line = v->line;
                // Another name of a number is new where the first one stays; else it was told as renamed.
                if (value_named(was, v->name) == NULL &&
                    (name == NULL || strcmp(name, etype_name(is, v->number)) == 0))
                        change_add(cx->out, at, "value %s = %d of enum %s is new", v->name, v->number,
                                   p.new->full_name);
        }
        if (!was->closed && is->closed)
                change_add(
                    cx->out,
                    change_at(cx, CHANGE_REFUSED, "ENUM_CLOSED", p.new, NULL,
                              "leave it open, as proto3 has it"),
                    "enum %s was open and is closed now: numbers that it does not name would be dropped",
                    p.new->full_name);
        if (was->closed && !is->closed)
                change_add(cx->out, change_at(cx, CHANGE_NOTED, "ENUM_OPENED", p.new, NULL, ""),
                           "enum %s is open now: numbers that it does not name are kept", p.new->full_name);
        compare_reserved(cx, p);
}

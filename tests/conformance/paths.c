// Paths as text become FieldPaths by walking the types that they lead through. Text keys are taken back from
// the form in which hub/msg/path.c writes them.
#include <stdlib.h>

#include "hub/base/text.h"
#include "tests/conformance/executor.h"

static void add_kind(struct msg *element, const char *name, const struct field *f)
{
        set_field(element, name)->i = f->delimited ? TYPE_GROUP : (int64_t)f->type;
}

static char *hex_byte(const char *p, char *out)
{
        char text[3] = { p[0], p[0] ? p[1] : '\0', '\0' };
        *out = (char)strtoul(text, NULL, 16);
        return out + 1;
}

// *at is behind the opening quote and gets behind the closing one.
static struct slice quoted(struct executor *x, const char **at)
{
        const char *p = *at;
        char *text = arena_alloc(x->a, strlen(p) + 1), *end = text;
        while (*p && *p != '"') {
                if (p[0] == '\\' && p[1] == 'x') {
                        end = hex_byte(p + 2, end);
                        p += 4;
                        continue;
                }
                p += *p == '\\';
                *end++ = *p++;
        }
        *at = p + (*p == '"');
        return slice_of(text, (size_t)(end - text));
}

// The key of a map. 0 done, 1 no such key.
static int write_key(struct executor *x, const struct field *key, const char **at, struct msg *element)
{
        const char *p = *at;
        struct slice text = slice_of(p, strcspn(p, "]"));
        if (key->type == TYPE_STRING) {
                if (*p != '"')
                        return 1;
                *at = p + 1;
                set_field(element, "string_key")->s = quoted(x, at);
                return 0;
        }
        *at = p + text.n;
        switch (key->type) {
        case TYPE_BOOL:
                set_field(element, "bool_key")->u = slice_eq_str(text, "true");
                return 0;
        case TYPE_UINT32:
        case TYPE_UINT64:
        case TYPE_FIXED32:
        case TYPE_FIXED64:
                return text_uint64(text, &set_field(element, "uint_key")->u);
        default:
                return text_int64(text, &set_field(element, "int_key")->i);
        }
}

// What stands in brackets behind a field. 0 done, 1 it does not fit the field.
static int write_subscript(struct executor *x, const struct field *f, const char **at, struct msg *element)
{
        if (f->map) {
                const struct field *entry = f->message->fields;
                add_kind(element, "key_type", &entry[0]);
                add_kind(element, "value_type", &entry[1]);
                if (write_key(x, &entry[0], at, element))
                        return 1;
        } else {
                struct slice text = slice_of(*at, strcspn(*at, "]"));
                if (!f->repeated || text_uint64(text, &set_field(element, "index")->u))
                        return 1;
                *at += text.n;
        }
        return *(*at)++ != ']';
}

static bool is_oneof(const struct mtype *type, struct slice name)
{
        for (size_t i = 0; i < type->oneofs; i++)
                if (slice_eq_str(name, type->oneof_names[i]))
                        return true;
        return false;
}

int write_path(struct executor *x, const struct mtype *type, const char *text, struct msg *path)
{
        for (const char *p = text;;) {
                struct slice name = slice_of(p, strcspn(p, ".["));
                struct msg *element = add_message(x, path, "elements");
                set_field(element, "field_name")->s = arena_copy(x->a, name);
                p += name.n;
                const struct field *f = type ? mtype_field_named(type, name) : NULL;
                if (f == NULL)
                        return *p != '\0' || type == NULL || !is_oneof(type, name);
                set_field(element, "field_number")->i = f->number;
                add_kind(element, "field_type", f);
                if (*p == '[' && (p++, write_subscript(x, f, &p, element)))
                        return 1;
                if (*p == '\0')
                        return 0;
                if (*p++ != '.')
                        return 1;
                type = f->map ? f->message->fields[1].message : f->message;
        }
}

// Options as .proto text. Their messages are described by the set itself, which holds descriptor.proto and
// the files that declare the extensions.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/cli/proto_scan.h"
#include "hub/msg/wire.h"

enum { FILE_EXTENSION = 7, FILE_PACKAGE = 2 };
enum { FIELD_NAME = 1, FIELD_EXTENDEE = 2, FIELD_NUMBER = 3, FIELD_TYPE_NAME = 6 };
#define DEPTH  16
#define INDENT 8 // columns a level

static void message_text(struct printer *p, const struct msg *m, unsigned depth, const char *line);

// The compiled type of that full name, from the set; NULL where the set has none.
static const struct mtype *type_of(struct printer *p, struct slice name)
{
        struct schema *s = map_get(p->types, name);
        struct buf problems = { 0 };

        if (!s && schema_load(p->set, arena_strndup(p->arena, name.p, name.n), &s, &problems) == 0)
                map_set(p->types, name, s);
        buf_done(&problems);
        return s ? s->root : NULL;
}

static void quoted(struct buf *out, struct slice s)
{
        buf_add_char(out, '"');
        for (size_t i = 0; i < s.n; i++) {
                uint8_t c = s.p[i];

                if (c == '"' || c == '\\')
                        buf_printf(out, "\\%c", c);
                else if (c == '\n')
                        buf_add_str(out, "\\n");
                else if (c < ' ' || c == 0x7f)
                        buf_printf(out, "\\%03o", c);
                else
                        buf_add_char(out, (char)c);
        }
        buf_add_char(out, '"');
}

// Bytes need not be UTF-8.
static void quoted_bytes(struct buf *out, struct slice s)
{
        buf_add_char(out, '"');
        for (size_t i = 0; i < s.n; i++)
                if (s.p[i] < ' ' || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
                        buf_printf(out, "\\%03o", s.p[i]);
                else
                        buf_add_char(out, (char)s.p[i]);
        buf_add_char(out, '"');
}

static void value_text(struct printer *p, const struct field *f, const struct val *v, unsigned depth)
{
        char number[TEXT_DOUBLE];
        const char *name;

        switch (f->type) {
        case TYPE_DOUBLE:
        case TYPE_FLOAT:
                text_format_double(v->d, number);
                buf_add_str(p->out, number);
                return;
        case TYPE_BOOL:
                buf_add_str(p->out, v->u ? "true" : "false");
                return;
        case TYPE_STRING:
                quoted(p->out, v->s);
                return;
        case TYPE_BYTES:
                quoted_bytes(p->out, v->s);
                return;
        case TYPE_MESSAGE:
        case TYPE_GROUP:
                message_text(p, v->m, depth + 1, NULL);
                return;
        case TYPE_ENUM:
                name = etype_name(f->enumeration, (int32_t)v->i);
                name ? buf_add_str(p->out, name) : buf_printf(p->out, "%d", (int)v->i);
                return;
        case TYPE_UINT64:
        case TYPE_UINT32:
        case TYPE_FIXED64:
        case TYPE_FIXED32:
                buf_printf(p->out, "%llu", (unsigned long long)v->u);
                return;
        default:
                buf_printf(p->out, "%lld", (long long)v->i);
        }
}

// line: what every field starts with, NULL: all on one line.
static void message_text(struct printer *p, const struct msg *m, unsigned depth, const char *line)
{
        if (depth > DEPTH) {
                p->damaged = true;
                return;
        }
        buf_add_str(p->out, line ? "{\n" : "{ ");
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *f = &m->type->fields[i];
                const struct val *v = &m->f[i];
                size_t count = !v->set ? 0 : f->repeated || f->map ? v->list.n : 1;

                for (size_t k = 0; k < count; k++) {
                        buf_printf(p->out, "%s%s: ", line ? line : "", f->name);
                        value_text(p, f, f->repeated || f->map ? &v->list.items[k] : v, depth);
                        buf_add_char(p->out, line ? '\n' : ' ');
                }
        }
        if (line)
                buf_add(p->out, line, strlen(line) - INDENT);
        buf_add_char(p->out, '}');
}

// Finds the extension of `.google.protobuf.<kind>` with that number: `package.name` and its type.
static bool extension_find(const struct printer *p, const char *kind, uint32_t number, char *name,
                           size_t size, struct slice *type)
{
        char extendee[64];
        struct slice files = p->set, file;
        struct piece f, x;

        snprintf(extendee, sizeof(extendee), ".google.protobuf.%s", kind);
        while (piece_next(&files, &f) == 1) {
                if (f.number != 1)
                        continue;
                for (file = f.s; piece_next(&file, &x) == 1;) {
                        struct slice package = piece_bytes(f.s, FILE_PACKAGE), own;

                        if (x.number != FILE_EXTENSION || piece_number(x.s, FIELD_NUMBER) != number ||
                            !slice_eq_str(piece_bytes(x.s, FIELD_EXTENDEE), extendee))
                                continue;
                        own = piece_bytes(x.s, FIELD_NAME);
                        snprintf(name, size, "%.*s%s%.*s", (int)package.n, (const char *)package.p,
                                 package.n ? "." : "", (int)own.n, (const char *)own.p);
                        *type = piece_bytes(x.s, FIELD_TYPE_NAME);
                        return true;
                }
        }
        return false;
}

// Several pieces of one extension are one message: joined bytes merge.
static void extension_join(struct slice options, uint32_t number, struct buf *joined)
{
        struct piece x;

        while (piece_next(&options, &x) == 1)
                if (x.number == number && x.wire == 2)
                        buf_add_slice(joined, x.s);
}

static bool extension_text(struct printer *p, const char *kind, uint32_t number, struct slice options,
                           const char *before, const char *after)
{
        struct buf joined = { 0 };
        struct fault fault = { 0 };
        const struct mtype *t = NULL;
        struct slice type;
        struct msg *m;
        char name[256];
        bool done = false;

        if (extension_find(p, kind, number, name, sizeof(name), &type) && type.n > 1)
                t = type_of(p, slice_of(type.p + 1, type.n - 1));
        extension_join(options, number, &joined);
        if (t && wire_read(t, arena_copy(p->arena, buf_slice(&joined)), p->arena, &m, &fault) == 0) {
                char line[sizeof("                ") * DEPTH];

                buf_printf(p->out, "%s(%s) = ", before, name);
                // `option …` stands at its level; its fields one deeper.
                snprintf(line, sizeof(line), "%*s", (int)strspn(before, " ") + INDENT, "");
                message_text(p, m, 0, after[0] == ';' ? line : NULL);
                buf_add_str(p->out, after);
                done = true;
        }
        buf_done(&joined);
        return done;
}

static size_t plain_text(struct printer *p, const char *kind, struct slice options, const char *before,
                         const char *after)
{
        char full[64];
        const struct mtype *t;
        struct fault fault = { 0 };
        struct msg *m;
        size_t count = 0;

        snprintf(full, sizeof(full), "google.protobuf.%s", kind);
        t = type_of(p, slice_str(full));
        if (!t || wire_read(t, options, p->arena, &m, &fault) != 0)
                return 0;
        for (size_t i = 0; i < t->count; i++) {
                if (!m->f[i].set || t->fields[i].repeated || t->fields[i].type == TYPE_MESSAGE ||
                    strcmp(t->fields[i].name, "map_entry") == 0)
                        continue;
                buf_printf(p->out, "%s%s = ", before, t->fields[i].name);
                value_text(p, &t->fields[i], &m->f[i], 0);
                buf_add_str(p->out, after);
                count++;
        }
        return count;
}

size_t options_text(struct printer *p, const char *kind, struct slice options, const char *before,
                    const char *after)
{
        struct slice left = options;
        uint32_t last = 0;
        struct piece x;
        size_t count;

        if (options.n == 0)
                return 0;
        count = plain_text(p, kind, options, before, after);
        while (piece_next(&left, &x) == 1) {
                // protoc writes the pieces of one extension side by side.
                if (x.number < 1000 || x.number == last)
                        continue;
                last = x.number;
                count += extension_text(p, kind, x.number, options, before, after);
        }
        return count;
}

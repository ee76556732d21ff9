// Options as .proto text. Their messages are described by the set itself, which holds descriptor.proto and
// the files that declare the extensions.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/msg/proto_text_int.h"
#include "hub/msg/schema_int.h"
#include "hub/msg/wire.h"

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

void options_quoted(struct buf *out, struct slice s)
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
                options_quoted(p->out, v->s);
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

// Finds the extension of `.google.protobuf.<kind>` with that number among those at the top of a file.
static bool extension_find(const struct printer *p, const char *kind, uint32_t number, struct slice *package,
                           struct slice *field)
{
        struct slice files = p->set, file;
        char extendee[64];

        snprintf(extendee, sizeof(extendee), ".google.protobuf.%s", kind);
        while (piece_find(&files, 1, &file)) {
                *package = piece_bytes(file, FILE_PACKAGE);
                while (piece_find(&file, FILE_EXTENSION, field))
                        if (piece_number(*field, FIELD_NUMBER) == number &&
                            slice_eq_str(piece_bytes(*field, FIELD_EXTENDEE), extendee))
                                return true;
        }
        return false;
}

static void add_piece(struct buf *out, uint32_t number, struct slice body)
{
        uint64_t head[] = { number << 3 | 2, body.n };

        for (size_t i = 0; i < 2; i++) {
                for (; head[i] >= 0x80; head[i] >>= 7)
                        buf_add_char(out, (char)(head[i] | 0x80));
                buf_add_char(out, (char)head[i]);
        }
        buf_add_slice(out, body);
}

// A message type that has the extension as its one field, compiled beside the set's own types.
static const struct mtype *extension_type(struct printer *p, struct slice name, struct slice extension)
{
        struct buf field cleanup(buf_done) = { 0 }, type cleanup(buf_done) = { 0 };
        struct buf file cleanup(buf_done) = { 0 }, set cleanup(buf_done) = { 0 };
        struct buf problems cleanup(buf_done) = { 0 };
        struct schema *s = map_get(p->types, name);
        struct piece x;

        if (s)
                return s->root;
        while (extension.n) {
                const uint8_t *start = extension.p;

                if (piece_next(&extension, &x) == 1 && x.number != FIELD_EXTENDEE &&
                    x.number != FIELD_OPTIONAL && x.number != FIELD_OPTIONS)
                        buf_add(&field, start, (size_t)(extension.p - start));
        }
        add_piece(&type, NAME, slice_str("Option"));
        add_piece(&type, TYPE_FIELD, buf_slice(&field));
        add_piece(&file, FILE_NAME, slice_str("option.proto"));
        add_piece(&file, FILE_PACKAGE, slice_str("iochub.printed"));
        add_piece(&file, FILE_MESSAGE, buf_slice(&type));
        buf_add_slice(&set, p->set);
        add_piece(&set, 1, buf_slice(&file));
        if (schema_load_trusted(buf_slice(&set), "iochub.printed.Option", &s, &problems) != 0)
                return NULL;
        map_set(p->types, name, s);
        return s->root;
}

// Every piece of that number, with its tag: a message of extension_type. only: the piece of that index alone,
// -1: all.
static struct slice extension_pieces(struct printer *p, struct slice options, uint32_t number, long only)
{
        struct buf joined cleanup(buf_done) = { 0 };
        struct piece x;

        for (long i = 0; options.n;) {
                const uint8_t *start = options.p;

                if (piece_next(&options, &x) != 1)
                        break;
                if (x.number == number && (only < 0 || only == i))
                        buf_add(&joined, start, (size_t)(options.p - start));
                i += x.number == number;
        }
        return arena_copy(p->arena, buf_slice(&joined));
}

// The one field that is set, with one value; NULL: none, or several.
static const struct field *only_field(const struct msg *m, const struct val **v)
{
        const struct field *f = NULL;

        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *each = &m->type->fields[i];

                if (!m->f[i].set)
                        continue;
                if (f || each->map || (each->repeated && m->f[i].list.n != 1))
                        return NULL;
                f = each;
                *v = each->repeated ? &m->f[i].list.items[0] : &m->f[i];
        }
        return f;
}

// `(a).b.c = value`: what protoc makes a piece of its own, so that the same bytes come of it.
static bool path_text(struct printer *p, const char *name, const struct msg *m, const char *before,
                      const char *after)
{
        const struct val *v = NULL, *inner = NULL;
        const struct field *f = only_field(m, &v);

        if (!f)
                return false;
        buf_printf(p->out, "%s(%s).%s", before, name, f->name);
        while (f->type == TYPE_MESSAGE && !f->repeated && only_field(v->m, &inner)) {
                f = only_field(v->m, &v);
                buf_printf(p->out, ".%s", f->name);
        }
        buf_add_str(p->out, " = ");
        value_text(p, f, v, 0);
        buf_add_str(p->out, after);
        return true;
}

// A message option that was written in several statements. False: it was not, or not so that it can be told.
static bool paths_text(struct printer *p, const char *name, const struct mtype *t, uint32_t number,
                       struct slice options, const char *before, const char *after)
{
        size_t start = p->out->n;
        struct fault fault = { 0 };
        struct slice piece;
        struct msg *m;
        long i = 0;

        if (t->fields[0].type != TYPE_MESSAGE || t->fields[0].repeated ||
            extension_pieces(p, options, number, 1).n == 0)
                return false;
        while ((piece = extension_pieces(p, options, number, i++)).n)
                if (wire_read(t, piece, p->arena, &m, &fault) != 0 || !m->f[0].set ||
                    !path_text(p, name, m->f[0].m, before, after)) {
                        p->out->n = start;
                        return false;
                }
        return true;
}

static size_t extension_text(struct printer *p, const char *kind, uint32_t number, struct slice options,
                             const char *before, const char *after)
{
        char line[sizeof("                ") * DEPTH];
        struct slice package, extension, own;
        struct fault fault = { 0 };
        const struct mtype *t;
        const struct val *v;
        const char *name;
        struct msg *m;

        if (!extension_find(p, kind, number, &package, &extension))
                return 0;
        own = piece_bytes(extension, NAME);
        name = arena_printf(p->arena, "%.*s%s%.*s", (int)package.n, (const char *)package.p,
                            package.n ? "." : "", (int)own.n, (const char *)own.p);
        t = extension_type(p, slice_str(name), extension);
        if (t && t->count == 1 && paths_text(p, name, t, number, options, before, after))
                return 1;
        if (!t || t->count != 1 ||
            wire_read(t, extension_pieces(p, options, number, -1), p->arena, &m, &fault) != 0 || !m->f[0].set)
                return 0;
        // `option …` stands at its level; its fields one deeper.
        snprintf(line, sizeof(line), "%*s", (int)strspn(before, " ") + INDENT, "");
        v = &m->f[0];
        for (size_t i = 0, n = t->fields[0].repeated ? v->list.n : 1; i < n; i++) {
                const struct val *item = t->fields[0].repeated ? &v->list.items[i] : v;

                buf_printf(p->out, "%s(%s) = ", before, name);
                if (t->fields[0].type == TYPE_MESSAGE)
                        message_text(p, item->m, 0, after[0] == ';' ? line : NULL);
                else
                        value_text(p, &t->fields[0], item, 0);
                buf_add_str(p->out, after);
        }
        return 1;
}

// Editions: what a file, type or field sets of its behaviour.
static size_t features_text(struct printer *p, const struct msg *features, const char *before,
                            const char *after)
{
        size_t count = 0;

        for (size_t i = 0; i < features->type->count; i++) {
                const struct field *f = &features->type->fields[i];

                if (!features->f[i].set || f->repeated || f->type == TYPE_MESSAGE)
                        continue;
                buf_printf(p->out, "%sfeatures.%s = ", before, f->name);
                value_text(p, f, &features->f[i], 0);
                buf_add_str(p->out, after);
                count++;
        }
        return count;
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
                if (m->f[i].set && strcmp(t->fields[i].name, "features") == 0 && !t->fields[i].repeated)
                        count += features_text(p, m->f[i].m, before, after);
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

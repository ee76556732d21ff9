#include "tests/fuzz/text.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/msg/value_int.h"

static void add_indent(struct buf *out, unsigned indent)
{
        for (unsigned i = 0; i < indent; i++)
                buf_add_str(out, "  ");
}

static void add_quoted(struct buf *out, struct slice s)
{
        static const char plain[] = "\n\r\t\"'\\", escaped[] = "nrt\"'\\";
        buf_add_char(out, '"');
        for (size_t i = 0; i < s.n; i++) {
                const char *special = s.p[i] ? strchr(plain, s.p[i]) : NULL;
                if (special)
                        buf_printf(out, "\\%c", escaped[special - plain]);
                else if (s.p[i] < 0x20 || s.p[i] > 0x7e)
                        buf_printf(out, "\\%03o", s.p[i]);
                else
                        buf_add_char(out, (char)s.p[i]);
        }
        buf_add_char(out, '"');
}

static void add_number(struct buf *out, double v, bool single)
{
        char text[40];
        int digits = single ? FLT_DIG : DBL_DIG;
        if (!isfinite(v)) {
                buf_add_str(out, isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
                return;
        }
        snprintf(text, sizeof(text), "%.*g", digits, v);
        errno = 0;
        bool same = single ? strtof(text, NULL) == (float)v && errno == 0 : strtod(text, NULL) == v;
        if (!same) // protoc takes a denormal float for one that does not read back
                snprintf(text, sizeof(text), "%.*g", digits + (single ? 3 : 2), v);
        buf_add_str(out, text);
}

static void add_scalar(struct buf *out, const struct field *f, const struct val *v)
{
        const char *name;
        switch (f->type) {
        case TYPE_DOUBLE:
        case TYPE_FLOAT:
                add_number(out, v->d, f->type == TYPE_FLOAT);
                break;
        case TYPE_BOOL:
                buf_add_str(out, v->u ? "true" : "false");
                break;
        case TYPE_STRING:
        case TYPE_BYTES:
                add_quoted(out, v->s);
                break;
        case TYPE_UINT32:
        case TYPE_UINT64:
        case TYPE_FIXED32:
        case TYPE_FIXED64:
                buf_printf(out, "%" PRIu64, v->u);
                break;
        case TYPE_ENUM:
                name = etype_name(f->enumeration, (int32_t)v->i);
                if (name) {
                        buf_add_str(out, name);
                        break;
                }
                buf_printf(out, "%" PRId64, v->i);
                break;
        default:
                buf_printf(out, "%" PRId64, v->i);
        }
}

static void add_field(struct buf *out, unsigned indent, const struct field *f, const struct val *v)
{
        add_indent(out, indent);
        buf_add_str(out, f->delimited ? f->message->name : f->name);
        if (f->type == TYPE_MESSAGE) {
                buf_add_str(out, " {\n");
                text_format(v->m, indent + 1, out);
                add_indent(out, indent);
                buf_add_str(out, "}\n");
        } else {
                buf_add_str(out, ": ");
                add_scalar(out, f, v);
                buf_add_char(out, '\n');
        }
}

static int compare_keys(const struct field *f, const struct val *x, const struct val *y)
{
        if (f->type == TYPE_STRING) {
                size_t n = x->s.n < y->s.n ? x->s.n : y->s.n;
                int c = n ? memcmp(x->s.p, y->s.p, n) : 0;
                return c ? c : (x->s.n > y->s.n) - (x->s.n < y->s.n);
        }
        if (f->type == TYPE_UINT64 || f->type == TYPE_BOOL)
                return (x->u > y->u) - (x->u < y->u);
        return (x->i > y->i) - (x->i < y->i);
}

// By key; protoc shows entries with the same key, too, as they came.
static void add_map(struct buf *out, unsigned indent, const struct field *f, const struct list *l)
{
        struct val *sorted = malloc((l->n + 1) * sizeof(*sorted));
        for (uint32_t i = 0; i < l->n; i++) {
                uint32_t k = i;
                for (; k > 0 &&
                       compare_keys(&f->message->fields[0], &sorted[k - 1].m->f[0], &l->items[i].m->f[0]) > 0;
                     k--)
                        sorted[k] = sorted[k - 1];
                sorted[k] = l->items[i];
        }
        for (uint32_t i = 0; i < l->n; i++)
                add_field(out, indent, f, &sorted[i]);
        free(sorted);
}

void text_format(const struct msg *m, unsigned indent, struct buf *out)
{
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *f = &m->type->fields[i];
                const struct val *v = &m->f[i];
                if (f->map) {
                        add_map(out, indent, f, &v->list);
                } else if (f->repeated) {
                        for (uint32_t k = 0; k < v->list.n; k++)
                                add_field(out, indent, f, &v->list.items[k]);
                } else if (m->type->map_entry || field_present(f, v)) {
                        add_field(out, indent, f, v);
                }
        }
}

void text_without_unknown(const char *text, struct buf *out)
{
        size_t skip = 0; // indentation of the unknown message that is left out, plus 1
        while (*text) {
                size_t n = strcspn(text, "\n"), indent = strspn(text, " ");
                const char *next = text + n + (text[n] == '\n');
                if (skip) {
                        if (indent == skip - 1 && text[indent] == '}')
                                skip = 0;
                } else if (isdigit((unsigned char)text[indent])) {
                        if (text[n - 1] == '{')
                                skip = indent + 1;
                } else {
                        buf_add(out, text, (size_t)(next - text));
                }
                text = next;
        }
}

void text_narrow(const char *text, struct buf *out)
{
        while (*text) {
                size_t n = strcspn(text, "\n"), indent = strspn(text, " ");
                const char *next = text + n + (text[n] == '\n');
                size_t name = strspn(text + indent, "0123456789"), value = indent + name + 2;
                if (name > 0 && value < n && strspn(text + value, "0123456789") == n - value) {
                        buf_add(out, text, value);
                        buf_printf(out, "%d\n", (int32_t)(uint32_t)strtoull(text + value, NULL, 10));
                } else {
                        buf_add(out, text, (size_t)(next - text));
                }
                text = next;
        }
}

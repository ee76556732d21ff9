// Serialises in field order. A message's length is known only after its bytes: one byte is left for it, and
// the bytes move up where it needs more.
#include "hub/msg/value_int.h"
#include "hub/msg/wire_int.h"

static void add_varint(struct buf *b, uint64_t v)
{
        b->n += wire_put_varint(buf_reserve(b, 10), v);
}

static void add_tag(struct buf *b, const struct field *f, unsigned wire_type)
{
        add_varint(b, (uint64_t)f->number << 3 | wire_type);
}

// Opens a length; close_length writes it.
static size_t open_length(struct buf *b)
{
        buf_add_char(b, 0);
        return b->n;
}

static void close_length(struct buf *b, size_t start)
{
        uint8_t text[10];
        size_t length = b->n - start, n = wire_put_varint(text, length);
        if (n > 1) {
                buf_reserve(b, n - 1);
                memmove(b->p + start + n - 1, b->p + start, length);
                b->n += n - 1;
        }
        memcpy(b->p + start - 1, text, n);
}

static void add_fixed(struct buf *b, const struct field *f, const struct val *v)
{
        float single;
        uint32_t low;
        switch (f->type) {
        case TYPE_FLOAT:
                single = (float)v->d;
                buf_add(b, &single, 4);
                break;
        case TYPE_FIXED32:
        case TYPE_SFIXED32:
                low = (uint32_t)v->u;
                buf_add(b, &low, 4);
                break;
        default:
                buf_add(b, &v->u, 8);
        }
}

static void add_number(struct buf *b, const struct field *f, const struct val *v)
{
        switch (f->type) {
        case TYPE_SINT32:
        case TYPE_SINT64:
                add_varint(b, ((uint64_t)v->i << 1) ^ (uint64_t)(v->i >> 63));
                break;
        default:
                add_varint(b, v->u);
        }
}

// Without tag.
static void add_value(struct buf *b, const struct field *f, const struct val *v)
{
        size_t start;
        switch (f->wire_type) {
        case WIRE_VARINT:
                add_number(b, f, v);
                break;
        case WIRE_START_GROUP:
                wire_write(v->m, b);
                add_tag(b, f, WIRE_END_GROUP);
                break;
        case WIRE_BYTES:
                if (f->type == TYPE_MESSAGE) {
                        start = open_length(b);
                        wire_write(v->m, b);
                        close_length(b, start);
                } else {
                        add_varint(b, v->s.n);
                        buf_add_slice(b, v->s);
                }
                break;
        default:
                add_fixed(b, f, v);
        }
}

static void add_list(struct buf *b, const struct field *f, const struct list *l)
{
        if (f->packed) {
                add_tag(b, f, WIRE_BYTES);
                size_t start = open_length(b);
                for (uint32_t i = 0; i < l->n; i++)
                        add_value(b, f, &l->items[i]);
                close_length(b, start);
                return;
        }
        for (uint32_t i = 0; i < l->n; i++) {
                add_tag(b, f, f->wire_type);
                add_value(b, f, &l->items[i]);
        }
}

void wire_write(const struct msg *m, struct buf *out)
{
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *f = &m->type->fields[i];
                const struct val *v = &m->f[i];
                if (!field_present(f, v))
                        continue;
                if (f->repeated) {
                        add_list(out, f, &v->list);
                } else {
                        add_tag(out, f, f->wire_type);
                        add_value(out, f, v);
                }
        }
        const struct unknown *last = m->unknown, *u = last;
        if (last)
                do {
                        u = u->next;
                        buf_add_slice(out, u->bytes);
                } while (u != last);
}

// Operands as people read them.
#include <inttypes.h>

#include "hub/base/digest.h"
#include "hub/base/text.h"
#include "hub/msg/rules_int.h"
#include "hub/msg/time_text.h"

#define SHOWN_BYTES 80
#define SHOWN_ITEMS 12
#define NANOS       1000000000

static void add_bytes(struct buf *b, const struct field *f, struct slice s)
{
        size_t n = s.n < SHOWN_BYTES ? s.n : SHOWN_BYTES;
        if (f->type == TYPE_BYTES) {
                char hex[2 * SHOWN_BYTES + 1];
                hex_encode(s.p, n, hex);
                buf_add_str(b, hex);
        } else {
                while (n < s.n && n > 0 && (s.p[n] & 0xc0) == 0x80)
                        n--;
                buf_add_str(b, "\"");
                buf_add(b, s.p, n);
                buf_add_str(b, "\"");
        }
        if (n < s.n)
                buf_add_str(b, "…");
}

static void add_double(struct buf *b, double d)
{
        char text[TEXT_DOUBLE];
        buf_add(b, text, text_format_double(d, text));
}

// A time before 1970 has nanos that count up, a duration below zero has both parts below zero.
static void add_time(struct buf *b, const struct field *f, nanos_t t)
{
        char text[TIME_TEXT];
        int64_t seconds = (int64_t)(t / NANOS);
        int32_t nanos = (int32_t)(t % NANOS);
        bool instant = f->type == TYPE_MESSAGE && f->message->well_known == WK_TIMESTAMP;
        if (instant && nanos < 0 && timestamp_text(seconds - 1, nanos + NANOS, text) == 0)
                buf_add_str(b, text);
        else if (instant && nanos >= 0 && timestamp_text(seconds, nanos, text) == 0)
                buf_add_str(b, text);
        else if (duration_text(seconds, nanos, text) == 0)
                buf_add_str(b, text);
        else
                buf_printf(b, "%" PRId64 "s", seconds);
}

static void add_operand(struct buf *b, enum value_class class, const struct field *f, const union operand *o)
{
        const char *name;
        switch (class) {
        case VALUE_INT:
                name = f->type == TYPE_ENUM ? etype_name(f->enumeration, (int32_t)o->i) : NULL;
                if (name)
                        buf_add_str(b, name);
                else
                        buf_printf(b, "%" PRId64, o->i);
                break;
        case VALUE_UINT:
                if (f->type == TYPE_BOOL)
                        buf_add_str(b, o->u ? "true" : "false");
                else
                        buf_printf(b, "%" PRIu64, o->u);
                break;
        case VALUE_DOUBLE:
                add_double(b, o->d);
                break;
        case VALUE_BYTES:
                add_bytes(b, f, o->s);
                break;
        case VALUE_TIME:
                add_time(b, f, o->t);
                break;
        }
}

const char *operand_text(struct arena *a, enum value_class class, const struct field *f,
                         const union operand *o)
{
        struct buf b cleanup(buf_done);
        buf_init(&b);
        add_operand(&b, class, f, o);
        return arena_strndup(a, b.p ? (const char *)b.p : "", b.n);
}

const char *operand_list_text(struct arena *a, enum value_class class, const struct field *f,
                              const union operand *items, size_t count)
{
        struct buf b cleanup(buf_done);
        buf_init(&b);
        buf_add_char(&b, '[');
        for (size_t i = 0; i < count && i < SHOWN_ITEMS; i++) {
                if (i > 0)
                        buf_add_str(&b, ", ");
                add_operand(&b, class, f, &items[i]);
        }
        buf_add_str(&b, count > SHOWN_ITEMS ? ", …]" : "]");
        return arena_strndup(a, b.p, b.n);
}

// One state byte a nesting level says whether it is an object or an array, whether it has an item, and
// whether a key waits for its value; level 0 is the place of the whole value.
#include "hub/base/json.h"

#include <math.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/digest.h"
#include "hub/base/text.h"

enum { IN_OBJECT = 1, HAS_ITEM = 2, KEY_WAITS = 4 };

void json_init(struct json *j, struct buf *out, bool pretty)
{
        *j = (struct json){ .out = out, .pretty = pretty };
}

static void new_line(struct json *j)
{
        buf_add_char(j->out, '\n');
        for (unsigned i = 0; i < j->depth; i++)
                buf_add(j->out, "  ", 2);
}

// Comma and line break before the next item of the current level.
static void separate(struct json *j)
{
        uint8_t *state = &j->state[j->depth];
        if (*state & HAS_ITEM)
                buf_add_char(j->out, ',');
        if (j->pretty && j->depth > 0)
                new_line(j);
        *state |= HAS_ITEM;
}

// What stands before a value: in an object its key has done it.
static void before_value(struct json *j)
{
        uint8_t *state = &j->state[j->depth];
        if (*state & IN_OBJECT) {
                if (!(*state & KEY_WAITS))
                        abort();
                *state &= (uint8_t)~KEY_WAITS;
                return;
        }
        if (j->depth == 0 && (*state & HAS_ITEM))
                abort();
        separate(j);
}

static void open_level(struct json *j, char bracket, uint8_t state)
{
        before_value(j);
        if (j->depth + 1 == JSON_DEPTH)
                abort();
        buf_add_char(j->out, bracket);
        j->state[++j->depth] = state;
}

static void close_level(struct json *j, char bracket, uint8_t kind)
{
        uint8_t state = j->state[j->depth];
        if (j->depth == 0 || (state & IN_OBJECT) != kind || (state & KEY_WAITS))
                abort();
        j->depth--;
        if (j->pretty && (state & HAS_ITEM))
                new_line(j);
        buf_add_char(j->out, bracket);
}

void json_object(struct json *j)
{
        open_level(j, '{', IN_OBJECT);
}

void json_end_object(struct json *j)
{
        close_level(j, '}', IN_OBJECT);
}

void json_array(struct json *j)
{
        open_level(j, '[', 0);
}

void json_end_array(struct json *j)
{
        close_level(j, ']', 0);
}

static bool is_plain(uint8_t c)
{
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// A string with its quotes: runs of plain ASCII are copied whole, what is left is shown (control characters
// escaped, bytes that are not UTF-8 replaced).
static void put_string(struct buf *out, struct slice s)
{
        buf_add_char(out, '"');
        size_t i = 0;
        while (i < s.n) {
                size_t from = i;
                while (i < s.n && is_plain(s.p[i]))
                        i++;
                buf_add(out, s.p + from, i - from);
                from = i;
                while (i < s.n && !is_plain(s.p[i]))
                        i++;
                text_show(out, slice_of(s.p + from, i - from), SIZE_MAX, "\"\\");
        }
        buf_add_char(out, '"');
}

void json_key_slice(struct json *j, struct slice key)
{
        uint8_t *state = &j->state[j->depth];
        if (!(*state & IN_OBJECT) || (*state & KEY_WAITS))
                abort();
        separate(j);
        put_string(j->out, key);
        buf_add_char(j->out, ':');
        if (j->pretty)
                buf_add_char(j->out, ' ');
        *state |= KEY_WAITS;
}

void json_key(struct json *j, const char *key)
{
        json_key_slice(j, slice_str(key));
}

void json_slice(struct json *j, struct slice s)
{
        before_value(j);
        put_string(j->out, s);
}

void json_str(struct json *j, const char *s)
{
        json_slice(j, slice_str(s));
}

void json_raw(struct json *j, struct slice s)
{
        before_value(j);
        buf_add_slice(j->out, s);
}

void json_uint(struct json *j, uint64_t v)
{
        char digits[20];
        size_t at = sizeof(digits);
        do
                digits[--at] = (char)('0' + v % 10);
        while (v /= 10);
        json_raw(j, slice_of(digits + at, sizeof(digits) - at));
}

void json_int(struct json *j, int64_t v)
{
        if (v >= 0) {
                json_uint(j, (uint64_t)v);
                return;
        }
        before_value(j);
        buf_printf(j->out, "%lld", (long long)v);
}

void json_double(struct json *j, double v)
{
        // As protobuf's JSON mapping names them.
        if (isnan(v)) {
                json_str(j, "NaN");
        } else if (isinf(v)) {
                json_str(j, v > 0 ? "Infinity" : "-Infinity");
        } else {
                char text[TEXT_DOUBLE];
                json_raw(j, slice_of(text, text_format_double(v, text)));
        }
}

void json_bool(struct json *j, bool v)
{
        json_raw(j, v ? slice_str("true") : slice_str("false"));
}

void json_null(struct json *j)
{
        json_raw(j, slice_str("null"));
}

void json_base64(struct json *j, struct slice s)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        before_value(j);
        buf_add_char(j->out, '"');
        uint8_t *p = buf_reserve(j->out, (s.n + 2) / 3 * 4 + 1), *start = p;
        for (size_t i = 0; i < s.n; i += 3) {
                size_t left = s.n - i;
                uint32_t v = (uint32_t)s.p[i] << 16;
                v |= left > 1 ? (uint32_t)s.p[i + 1] << 8 : 0;
                v |= left > 2 ? s.p[i + 2] : 0;
                *p++ = (uint8_t)letters[v >> 18];
                *p++ = (uint8_t)letters[v >> 12 & 63];
                *p++ = left > 1 ? (uint8_t)letters[v >> 6 & 63] : '=';
                *p++ = left > 2 ? (uint8_t)letters[v & 63] : '=';
        }
        j->out->n += (size_t)(p - start);
        buf_add_char(j->out, '"');
}

void json_hex(struct json *j, struct slice s)
{
        before_value(j);
        buf_add_char(j->out, '"');
        hex_encode(s.p, s.n, (char *)buf_reserve(j->out, 2 * s.n + 1));
        j->out->n += 2 * s.n;
        buf_add_char(j->out, '"');
}

void json_instant(struct json *j, int64_t usec)
{
        char text[INSTANT_TEXT];
        json_slice(j, slice_of(text, instant_format(usec, text)));
}

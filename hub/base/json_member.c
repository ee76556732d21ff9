// One text out of a JSON object (RFC 8259), for requests that carry little else: the rest is only checked.
#include "hub/base/json.h"
#include "hub/base/text.h"

#define DEPTH_MAX 32

struct reader {
        const uint8_t *p, *end;
        unsigned depth;
};

static bool read_value(struct reader *r);

static void skip_space(struct reader *r)
{
        while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
                r->p++;
}

static bool take(struct reader *r, char c)
{
        skip_space(r);
        if (r->p == r->end || *r->p != (uint8_t)c)
                return false;
        r->p++;
        return true;
}

static bool read_hex(struct reader *r, uint32_t *out)
{
        *out = 0;
        if (r->end - r->p < 4)
                return false;
        for (int i = 0; i < 4; i++) {
                uint8_t c = *r->p++, lower = c | 0x20;
                if (c >= '0' && c <= '9')
                        *out = *out << 4 | (uint32_t)(c - '0');
                else if (lower >= 'a' && lower <= 'f')
                        *out = *out << 4 | (uint32_t)(lower - 'a' + 10);
                else
                        return false;
        }
        return true;
}

static void add_utf8(struct buf *out, uint32_t c)
{
        if (c < 0x80) {
                buf_add_char(out, (char)c);
                return;
        }
        if (c < 0x800) {
                buf_add_char(out, (char)(0xc0 | c >> 6));
        } else {
                if (c < 0x10000) {
                        buf_add_char(out, (char)(0xe0 | c >> 12));
                } else {
                        buf_add_char(out, (char)(0xf0 | c >> 18));
                        buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
                }
                buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        }
        buf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

// Behind `\u`: one code point, of a pair where it needs two.
static bool read_code_point(struct reader *r, struct buf *out)
{
        uint32_t c, low;
        if (!read_hex(r, &c) || (c >= 0xdc00 && c <= 0xdfff))
                return false;
        if (c >= 0xd800 && c <= 0xdbff) {
                if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
                        return false;
                r->p += 2;
                if (!read_hex(r, &low) || low < 0xdc00 || low > 0xdfff)
                        return false;
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        add_utf8(out, c);
        return true;
}

static bool read_escape(struct reader *r, struct buf *out)
{
        static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
        if (r->p == r->end)
                return false;
        char c = (char)*r->p++;
        if (c == 'u')
                return read_code_point(r, out);
        const char *at = c ? strchr(names, c) : NULL;
        if (at == NULL)
                return false;
        buf_add_char(out, values[at - names]);
        return true;
}

// Appends the text; the bytes are UTF-8 already.
static bool read_string(struct reader *r, struct buf *out)
{
        if (!take(r, '"'))
                return false;
        while (r->p < r->end) {
                const uint8_t *start = r->p;
                while (r->p < r->end && *r->p != '"' && *r->p != '\\' && *r->p >= 0x20)
                        r->p++;
                buf_add(out, start, (size_t)(r->p - start));
                if (r->p == r->end || *r->p < 0x20)
                        return false;
                if (*r->p++ == '"')
                        return true;
                if (!read_escape(r, out))
                        return false;
        }
        return false;
}

static bool read_word(struct reader *r, const char *word)
{
        size_t n = strlen(word);
        if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
                return false;
        r->p += n;
        return true;
}

static bool read_digits(struct reader *r)
{
        const uint8_t *start = r->p;
        while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
                r->p++;
        return r->p > start;
}

static bool read_number(struct reader *r)
{
        if (*r->p == '-')
                r->p++;
        bool zero = r->p < r->end && *r->p == '0';
        const uint8_t *start = r->p;
        if (!read_digits(r) || (zero && r->p - start > 1))
                return false;
        if (r->p < r->end && *r->p == '.') {
                r->p++;
                if (!read_digits(r))
                        return false;
        }
        if (r->p < r->end && (*r->p | 0x20) == 'e') {
                r->p++;
                if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
                        r->p++;
                return read_digits(r);
        }
        return true;
}

static bool read_array(struct reader *r)
{
        if (take(r, ']'))
                return true;
        do {
                if (!read_value(r))
                        return false;
        } while (take(r, ','));
        return take(r, ']');
}

static bool read_object(struct reader *r)
{
        struct buf ignored cleanup(buf_done) = { 0 };
        if (take(r, '}'))
                return true;
        do {
                buf_reset(&ignored);
                if (!read_string(r, &ignored) || !take(r, ':') || !read_value(r))
                        return false;
        } while (take(r, ','));
        return take(r, '}');
}

static bool read_value(struct reader *r)
{
        struct buf ignored cleanup(buf_done) = { 0 };
        skip_space(r);
        if (r->p == r->end)
                return false;
        switch (*r->p) {
        case '"':
                return read_string(r, &ignored);
        case 't':
                return read_word(r, "true");
        case 'f':
                return read_word(r, "false");
        case 'n':
                return read_word(r, "null");
        case '{':
        case '[':
                if (++r->depth > DEPTH_MAX)
                        return false;
                bool good = *r->p++ == '{' ? read_object(r) : read_array(r);
                r->depth--;
                return good;
        default:
                return read_number(r);
        }
}

// A member whose value is text replaces *out where it has the name.
static bool read_member(struct reader *r, const char *name, struct buf *out, bool *found)
{
        struct buf key cleanup(buf_done) = { 0 };
        if (!read_string(r, &key) || !take(r, ':'))
                return false;
        skip_space(r);
        if (!slice_eq_str(buf_slice(&key), name) || r->p == r->end || *r->p != '"')
                return read_value(r);
        *found = true;
        buf_reset(out);
        return read_string(r, out);
}

int json_member(struct slice json, const char *name, struct buf *out)
{
        struct reader r = { .p = json.p, .end = json.p + json.n };
        bool found = false;
        if (!text_is_utf8(json) || !take(&r, '{'))
                return 2;
        if (!take(&r, '}')) {
                do {
                        if (!read_member(&r, name, out, &found))
                                return 2;
                } while (take(&r, ','));
                if (!take(&r, '}'))
                        return 2;
        }
        skip_space(&r);
        if (r.p != r.end)
                return 2;
        return found ? 0 : 1;
}

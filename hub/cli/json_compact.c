// A checker for JSON text that somebody else wrote, so that it can stand inside our own JSON lines. Recursive
// descent over the bytes; white space outside strings is dropped; anything that RFC 8259 does not allow
// refuses the whole.
#include "hub/base/text.h"
#include "hub/cli/decode.h"

#define DEPTH 32

struct reader {
        const uint8_t *p, *end;
        struct buf *out;
        unsigned depth;
};

static int value(struct reader *r);

static int peek(struct reader *r)
{
        while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
                r->p++;
        return r->p < r->end ? *r->p : -1;
}

static int literal(struct reader *r, const char *word)
{
        size_t n = strlen(word);

        if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
                return 1;
        buf_add(r->out, word, n);
        r->p += n;
        return 0;
}

static size_t digits(struct reader *r)
{
        const uint8_t *from = r->p;

        while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
                r->p++;
        return (size_t)(r->p - from);
}

static int number(struct reader *r)
{
        const uint8_t *from = r->p;

        if (*r->p == '-')
                r->p++;
        if (r->p < r->end && *r->p == '0')
                r->p++;
        else if (!digits(r))
                return 1;
        if (r->p < r->end && *r->p == '.') {
                r->p++;
                if (!digits(r))
                        return 1;
        }
        if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
                r->p++;
                if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
                        r->p++;
                if (!digits(r))
                        return 1;
        }
        buf_add(r->out, from, (size_t)(r->p - from));
        return 0;
}

// Bytes of the escape at p (which is a backslash), 0: no such escape.
static size_t escape(const struct reader *r)
{
        size_t left = (size_t)(r->end - r->p);

        if (left < 2 || r->p[1] == '\0')
                return 0;
        if (r->p[1] != 'u')
                return strchr("\"\\/bfnrt", r->p[1]) ? 2 : 0;
        for (size_t i = 2; i < 6; i++)
                if (i >= left || !strchr("0123456789abcdefABCDEF", r->p[i]) || !r->p[i])
                        return 0;
        return 6;
}

static int string(struct reader *r)
{
        const uint8_t *from = r->p++;

        while (r->p < r->end && *r->p != '"') {
                size_t n = *r->p == '\\' ? escape(r) : *r->p >= ' ';

                if (n == 0)
                        return 1;
                r->p += n;
        }
        if (r->p >= r->end)
                return 1;
        r->p++;
        buf_add(r->out, from, (size_t)(r->p - from));
        return 0;
}

static int member(struct reader *r, bool object)
{
        if (!object)
                return value(r);
        if (peek(r) != '"' || string(r) != 0 || peek(r) != ':')
                return 1;
        buf_add_char(r->out, ':');
        r->p++;
        return value(r);
}

static int members(struct reader *r, char close)
{
        buf_add_char(r->out, (char)*r->p++);
        if (peek(r) != close) {
                if (member(r, close == '}') != 0)
                        return 1;
                while (peek(r) == ',') {
                        buf_add_char(r->out, ',');
                        r->p++;
                        if (member(r, close == '}') != 0)
                                return 1;
                }
        }
        if (peek(r) != close)
                return 1;
        buf_add_char(r->out, close);
        r->p++;
        return 0;
}

static int value(struct reader *r)
{
        int c = peek(r), rc;

        if (++r->depth > DEPTH)
                return 1;
        if (c == '{' || c == '[')
                rc = members(r, c == '{' ? '}' : ']');
        else if (c == '"')
                rc = string(r);
        else if (c == 't' || c == 'f' || c == 'n')
                rc = literal(r, c == 't' ? "true" : c == 'f' ? "false" : "null");
        else
                rc = c == '-' || (c >= '0' && c <= '9') ? number(r) : 1;
        r->depth--;
        return rc;
}

int json_compact(struct slice text, struct buf *out)
{
        struct reader r = { .p = text.p, .end = text.p + text.n, .out = out };
        size_t before = out->n;

        if (text.n && text_is_utf8(text) && value(&r) == 0 && peek(&r) < 0)
                return 0;
        out->n = before;
        return 1;
}

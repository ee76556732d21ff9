// Growing buffers: capacity doubles, memory is given back only by buf_done.
#include "hub/base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST 64

void buf_init(struct buf *b)
{
        *b = (struct buf){ 0 };
}

void buf_done(struct buf *b)
{
        if (b == NULL)
                return;
        free(b->p);
        buf_init(b);
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
        if (n > SIZE_MAX / 2 - b->n)
                abort();
        size_t need = b->n + n;
        if (need > b->cap) {
                size_t cap = b->cap ? b->cap : BUF_FIRST;
                while (cap < need)
                        cap *= 2;
                uint8_t *p = realloc(b->p, cap);
                if (p == NULL)
                        abort();
                b->p = p;
                b->cap = cap;
        }
        return b->p ? b->p + b->n : NULL;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
        if (n == 0)
                return;
        memcpy(buf_reserve(b, n), p, n);
        b->n += n;
}

void buf_add_str(struct buf *b, const char *s)
{
        buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
        *buf_reserve(b, 1) = (uint8_t)c;
        b->n++;
}

void buf_printf(struct buf *b, const char *format, ...)
{
        va_list args, again;
        va_start(args, format);
        va_copy(again, args);
        size_t room = b->cap - b->n;
        int n = vsnprintf(b->p ? (char *)b->p + b->n : NULL, room, format, args);
        va_end(args);
        if (n < 0)
                abort();
        if ((size_t)n >= room)
                vsnprintf((char *)buf_reserve(b, (size_t)n + 1), (size_t)n + 1, format, again);
        va_end(again);
        b->n += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
        *buf_reserve(b, 1) = '\0';
        return (const char *)b->p;
}

void cleanup_free(void *pp)
{
        void *p;
        memcpy(&p, pp, sizeof(p));
        free(p);
}

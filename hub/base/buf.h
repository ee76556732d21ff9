// Slices (borrowed bytes) and growing buffers (owned bytes).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hub/base/err.h"

// Borrowed bytes; p may be NULL only where n is 0. Whoever lends them says how long they live.
struct slice {
        const uint8_t *p;
        size_t n;
};

static inline struct slice slice_of(const void *p, size_t n)
{
        return (struct slice){ (const uint8_t *)p, n };
}

static inline struct slice slice_str(const char *s)
{
        return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
        return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_eq_str(struct slice a, const char *s)
{
        return slice_eq(a, slice_str(s));
}

// Growing buffer. Running out of memory aborts the process: memory is bounded by the callers' caps, so it is
// a bug.
struct buf {
        uint8_t *p;
        size_t n;   // bytes used
        size_t cap; // bytes allocated
};

void buf_init(struct buf *b);
void buf_done(struct buf *b);
static inline void buf_reset(struct buf *b)
{
        b->n = 0;
}
// Makes room for n more bytes and returns where they start; b->n is not changed.
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
static inline void buf_add_slice(struct buf *b, struct slice s)
{
        buf_add(b, s.p, s.n);
}
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) printf_like(2, 3);
// The text with a NUL behind it (which b->n does not count).
const char *buf_cstr(struct buf *b);
static inline struct slice buf_slice(const struct buf *b)
{
        return (struct slice){ b->p, b->n };
}

// Big-endian stores, for frames and binary COPY.
static inline void put_be16(uint8_t *p, uint16_t v)
{
        p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
}
static inline void put_be32(uint8_t *p, uint32_t v)
{
        v = __builtin_bswap32(v), memcpy(p, &v, 4);
}
static inline void put_be64(uint8_t *p, uint64_t v)
{
        v = __builtin_bswap64(v), memcpy(p, &v, 8);
}
static inline uint32_t get_be32(const uint8_t *p)
{
        uint32_t v;
        memcpy(&v, p, 4);
        return __builtin_bswap32(v);
}

// Ownership by cleanup attribute.
#define cleanup(f) __attribute__((cleanup(f)))
// free() for `cleanup(cleanup_free)` on any pointer variable.
void cleanup_free(void *pp);

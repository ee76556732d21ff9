// A chain of blocks in the order they were first needed; allocation bumps a pointer in the current one. After
// a reset the kept blocks are used again in the same order. Under the address sanitizer what is not handed
// out is poisoned, so that a pointer kept across a reset is found.
#include "hub/base/arena.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define poison(p, n)   ((void)0)
#define unpoison(p, n) ((void)0)
#endif

#define ALIGN 16

struct block {
        struct block *next;
        size_t size; // of data
        size_t used;
        _Alignas(ALIGN) uint8_t data[];
};

struct arena {
        struct block *first;
        struct block *current; // blocks behind it are unused
        size_t block_size;
        size_t used;
};

static size_t round_up(size_t n)
{
        if (n > SIZE_MAX / 2)
                abort();
        return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

struct arena *arena_new(size_t block_size)
{
        struct arena *a = calloc(1, sizeof(*a));
        if (a == NULL)
                abort();
        a->block_size = round_up(block_size ? block_size : 1);
        return a;
}

static void free_chain(struct block *b)
{
        while (b) {
                struct block *next = b->next;
                unpoison(b->data, b->size);
                free(b);
                b = next;
        }
}

struct arena *arena_free(struct arena *a)
{
        if (a) {
                free_chain(a->first);
                free(a);
        }
        return NULL;
}

// Makes a block with room for n bytes the current one: the next kept block where it is large enough, else a
// new one in front of it.
static struct block *advance(struct arena *a, size_t n)
{
        struct block **link = a->current ? &a->current->next : &a->first;
        struct block *b = *link;
        if (b == NULL || b->size < n) {
                size_t size = n > a->block_size ? n : a->block_size;
                b = malloc(sizeof(*b) + size);
                if (b == NULL)
                        abort();
                b->next = *link;
                b->size = size;
                poison(b->data, size);
                *link = b;
        }
        b->used = 0;
        a->current = b;
        return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
        size_t rounded = round_up(n ? n : 1);
        struct block *b = a->current;
        if (b == NULL || b->size - b->used < rounded)
                b = advance(a, rounded);
        void *p = b->data + b->used;
        b->used += rounded;
        a->used += rounded;
        unpoison(p, n);
        return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
        return memset(arena_alloc(a, n), 0, n);
}

char *arena_strndup(struct arena *a, const void *s, size_t n)
{
        char *p = arena_alloc(a, n + 1);
        if (n)
                memcpy(p, s, n);
        p[n] = '\0';
        return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
        return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
        va_list args, again;
        va_start(args, format);
        va_copy(again, args);
        int n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (n < 0)
                abort();
        char *p = arena_alloc(a, (size_t)n + 1);
        vsnprintf(p, (size_t)n + 1, format, again);
        va_end(again);
        return p;
}

struct slice arena_copy(struct arena *a, struct slice s)
{
        uint8_t *p = arena_alloc(a, s.n);
        if (s.n)
                memcpy(p, s.p, s.n);
        return slice_of(p, s.n);
}

void arena_reset(struct arena *a, size_t keep)
{
        size_t kept = 0;
        struct block **link = &a->first;
        while (*link && (*link)->size <= keep - kept) {
                kept += (*link)->size;
                (*link)->used = 0;
                poison((*link)->data, (*link)->size);
                link = &(*link)->next;
        }
        free_chain(*link);
        *link = NULL;
        a->current = NULL;
        a->used = 0;
}

size_t arena_used(const struct arena *a)
{
        return a->used;
}

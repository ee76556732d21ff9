// Arena: bump allocation for one batch, reset as a whole, never freed piecemeal.
#pragma once

#include <stddef.h>

#include "hub/base/buf.h"

struct arena;

// Blocks are of block_size bytes (rounded up); larger requests get a block of their own.
struct arena *arena_new(size_t block_size);
struct arena *arena_free(struct arena *a);
// 16-byte aligned, uninitialised; aborts when memory runs out (as buf.h).
void *arena_alloc(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const void *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) printf_like(2, 3);
// Copies the bytes into the arena.
struct slice arena_copy(struct arena *a, struct slice s);
// Forgets everything; keeps the first blocks (up to keep bytes) for the next batch.
void arena_reset(struct arena *a, size_t keep);
// Bytes handed out since the last reset.
size_t arena_used(const struct arena *a);

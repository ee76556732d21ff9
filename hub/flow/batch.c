#include "hub/flow/batch.h"

#include <stdlib.h>

#define ARENA_BLOCK (256 * 1024)
#define ARENA_KEEP  (16 * 1024 * 1024)
#define ROWS_KEEP   (16 * 1024 * 1024)

struct batch *batch_new(size_t capacity)
{
        struct batch *b = calloc(1, sizeof(*b));
        if (b == NULL)
                abort();
        b->arena = arena_new(ARENA_BLOCK);
        b->items = calloc(capacity, sizeof(*b->items));
        if (b->items == NULL)
                abort();
        b->capacity = capacity;
        return b;
}

struct batch *batch_free(struct batch *b)
{
        if (b == NULL)
                return NULL;
        arena_free(b->arena);
        free(b->items);
        free(b);
        return NULL;
}

static void forget_rows(struct buf *rows)
{
        if (rows->cap > ROWS_KEEP) {
                buf_done(rows);
                buf_init(rows);
        }
        buf_reset(rows);
}

void batch_reset(struct batch *b, struct structures *structures)
{
        b->count = b->decided = b->done = 0;
        arena_reset(b->arena, ARENA_KEEP);
        for (struct structure *t = structures_first(structures); t != NULL; t = t->next) {
                forget_rows(&t->rows);
                forget_rows(&t->amended);
        }
}

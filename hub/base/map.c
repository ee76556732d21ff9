// Linear probing over a power-of-two table, at most 3/4 full; removal shifts the run back, so there are no
// tombstones. The hash is keyed with random bytes per map: keys may come from outside.
#include "hub/base/map.h"

#include <stdlib.h>

#include "hub/base/digest.h"

#define FIRST_SLOTS 16

struct slot {
        uint64_t hash;
        uint8_t *key; // heap; NULL only where n is 0
        size_t n;
        void *value; // NULL: the slot is free
};

struct map {
        struct slot *slots;
        size_t size; // power of two
        size_t count;
        uint64_t seed;
};

static void *checked(void *p)
{
        if (p == NULL)
                abort();
        return p;
}

struct map *map_new(void)
{
        struct map *m = checked(calloc(1, sizeof(*m)));
        random_bytes(&m->seed, sizeof(m->seed));
        m->size = FIRST_SLOTS;
        m->slots = checked(calloc(m->size, sizeof(*m->slots)));
        return m;
}

struct map *map_free(struct map *m)
{
        if (m) {
                map_clear(m);
                free(m->slots);
                free(m);
        }
        return NULL;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
        __uint128_t r = (__uint128_t)a * b;
        return (uint64_t)r ^ (uint64_t)(r >> 64);
}

static uint64_t hash_of(const struct map *m, struct slice key)
{
        uint64_t h = m->seed ^ 0xa0761d6478bd642fULL, word;
        const uint8_t *p = key.p;
        size_t n = key.n;
        for (; n >= 8; p += 8, n -= 8) {
                memcpy(&word, p, 8);
                h = mix(h ^ word, 0xe7037ed1a0b428dbULL ^ m->seed);
        }
        word = 0;
        if (n)
                memcpy(&word, p, n);
        return mix(h ^ word, 0x8ebc6af09c88c6e3ULL ^ (uint64_t)key.n);
}

// The slot that holds the key, or the free slot where it belongs.
static size_t find(const struct map *m, struct slice key, uint64_t hash)
{
        size_t i = (size_t)hash & (m->size - 1);
        while (m->slots[i].value) {
                const struct slot *s = &m->slots[i];
                if (s->hash == hash && slice_eq(slice_of(s->key, s->n), key))
                        break;
                i = (i + 1) & (m->size - 1);
        }
        return i;
}

static void grow(struct map *m)
{
        struct slot *old = m->slots;
        size_t size = m->size;
        m->size *= 2;
        m->slots = checked(calloc(m->size, sizeof(*m->slots)));
        for (size_t i = 0; i < size; i++) {
                if (old[i].value == NULL)
                        continue;
                size_t at = (size_t)old[i].hash & (m->size - 1);
                while (m->slots[at].value)
                        at = (at + 1) & (m->size - 1);
                m->slots[at] = old[i];
        }
        free(old);
}

void *map_get(const struct map *m, struct slice key)
{
        return m->slots[find(m, key, hash_of(m, key))].value;
}

void *map_set(struct map *m, struct slice key, void *value)
{
        if (value == NULL)
                abort();
        uint64_t hash = hash_of(m, key);
        size_t i = find(m, key, hash);
        void *former = m->slots[i].value;
        if (former) {
                m->slots[i].value = value;
                return former;
        }
        if ((m->count + 1) * 4 > m->size * 3) {
                grow(m);
                i = find(m, key, hash);
        }
        uint8_t *copy = NULL;
        if (key.n) {
                copy = checked(malloc(key.n));
                memcpy(copy, key.p, key.n);
        }
        m->slots[i] = (struct slot){ .hash = hash, .key = copy, .n = key.n, .value = value };
        m->count++;
        return NULL;
}

void *map_remove(struct map *m, struct slice key)
{
        size_t mask = m->size - 1;
        size_t hole = find(m, key, hash_of(m, key));
        void *former = m->slots[hole].value;
        if (former == NULL)
                return NULL;
        free(m->slots[hole].key);
        for (size_t i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
                size_t home = (size_t)m->slots[i].hash & mask;
                // A slot may move into the hole where the hole lies on its way from home.
                if (((i - home) & mask) >= ((i - hole) & mask)) {
                        m->slots[hole] = m->slots[i];
                        hole = i;
                }
        }
        m->slots[hole] = (struct slot){ 0 };
        m->count--;
        return former;
}

size_t map_count(const struct map *m)
{
        return m->count;
}

void map_clear(struct map *m)
{
        for (size_t i = 0; i < m->size; i++)
                free(m->slots[i].key);
        memset(m->slots, 0, m->size * sizeof(*m->slots));
        m->count = 0;
}

bool map_next(const struct map *m, size_t *at, struct slice *key, void **value)
{
        for (size_t i = *at; i < m->size; i++) {
                const struct slot *s = &m->slots[i];
                if (s->value) {
                        *at = i + 1;
                        *key = slice_of(s->key, s->n);
                        *value = s->value;
                        return true;
                }
        }
        return false;
}

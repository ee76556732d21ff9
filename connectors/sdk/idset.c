// Open addressing with linear probing; ids are digests, so their first bytes are the hash. A byte a slot says
// whether it is used and whether it was taken.
#include "connectors/sdk/idset.h"

#include <stdlib.h>

enum { FREE, HELD, TAKEN };

struct idset {
        uint8_t *ids;
        uint8_t *state;
        size_t room, used, left; // room is a power of two
};

static void make_room(struct idset *s, size_t room)
{
        s->ids = malloc(room * ID_SIZE);
        s->state = calloc(room, 1);
        if (s->ids == NULL || s->state == NULL)
                abort();
        s->room = room;
}

struct idset *idset_new(void)
{
        struct idset *s = calloc(1, sizeof(*s));
        if (s == NULL)
                abort();
        make_room(s, 1024);
        return s;
}

struct idset *idset_free(struct idset *s)
{
        if (s) {
                free(s->ids);
                free(s->state);
        }
        free(s);
        return NULL;
}

// The id's slot, or the free one where it belongs.
static size_t find(const struct idset *s, const uint8_t id[ID_SIZE])
{
        uint64_t hash;
        memcpy(&hash, id, sizeof(hash));
        size_t i = hash & (s->room - 1);
        while (s->state[i] != FREE && memcmp(s->ids + i * ID_SIZE, id, ID_SIZE) != 0)
                i = (i + 1) & (s->room - 1);
        return i;
}

static void grow(struct idset *s)
{
        struct idset old = *s;
        make_room(s, old.room * 2);
        for (size_t i = 0; i < old.room; i++) {
                if (old.state[i] == FREE)
                        continue;
                size_t to = find(s, old.ids + i * ID_SIZE);
                memcpy(s->ids + to * ID_SIZE, old.ids + i * ID_SIZE, ID_SIZE);
                s->state[to] = old.state[i];
        }
        free(old.ids);
        free(old.state);
}

void idset_add(struct idset *s, const uint8_t id[ID_SIZE])
{
        if (s->used * 4 >= s->room * 3)
                grow(s);
        size_t i = find(s, id);
        if (s->state[i] != FREE)
                return;
        memcpy(s->ids + i * ID_SIZE, id, ID_SIZE);
        s->state[i] = HELD;
        s->used++;
        s->left++;
}

bool idset_take(struct idset *s, const uint8_t id[ID_SIZE])
{
        size_t i = find(s, id);
        if (s->state[i] == FREE)
                return false;
        if (s->state[i] == HELD) {
                s->state[i] = TAKEN;
                s->left--;
        }
        return true;
}

size_t idset_left(const struct idset *s)
{
        return s->left;
}

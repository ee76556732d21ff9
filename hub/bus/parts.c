// Two levels: a map from topic names, and in each topic an array by partition number; entries never move.
#include "hub/bus/parts.h"

#include <stdlib.h>

#include "hub/base/map.h"
#include "hub/bus/client.h"

// Far above what a topic has; a larger number is a broken answer.
#define PARTITIONS_MAX 100000

struct topic {
        char *name;
        struct part **by_number;
        size_t size;
};

struct parts {
        struct map *topics;
        struct part **all;
        size_t count, room;
};

struct parts *parts_new(void)
{
        struct parts *t = client_alloc(1, sizeof(*t));
        t->topics = map_new();
        return t;
}

struct parts *parts_free(struct parts *t)
{
        if (t == NULL)
                return NULL;
        size_t at = 0;
        struct slice name;
        void *value;
        while (map_next(t->topics, &at, &name, &value)) {
                struct topic *topic = value;
                free(topic->name);
                free(topic->by_number);
                free(topic);
        }
        for (size_t i = 0; i < t->count; i++)
                free(t->all[i]);
        free(t->all);
        map_free(t->topics);
        free(t);
        return NULL;
}

struct part *parts_find(const struct parts *t, const char *topic, int32_t partition)
{
        const struct topic *found = map_get(t->topics, slice_str(topic));
        if (found == NULL || partition < 0 || (size_t)partition >= found->size)
                return NULL;
        return found->by_number[partition];
}

static void *grown(void *p, size_t count, size_t size)
{
        p = reallocarray(p, count, size);
        if (p == NULL)
                abort();
        return p;
}

static struct topic *add_topic(struct parts *t, const char *name)
{
        struct topic *topic = map_get(t->topics, slice_str(name));
        if (topic != NULL)
                return topic;
        topic = client_alloc(1, sizeof(*topic));
        topic->name = client_text(name);
        map_set(t->topics, slice_str(name), topic);
        return topic;
}

struct part *parts_add(struct parts *t, const char *name, int32_t partition)
{
        if (partition < 0 || partition >= PARTITIONS_MAX)
                return NULL;
        struct topic *topic = add_topic(t, name);
        size_t index = (size_t)partition;
        if (index >= topic->size) {
                size_t size = index + 8;
                topic->by_number = grown(topic->by_number, size, sizeof(struct part *));
                memset(topic->by_number + topic->size, 0, (size - topic->size) * sizeof(struct part *));
                topic->size = size;
        }
        if (topic->by_number[index] != NULL)
                return topic->by_number[index];
        struct part *p = client_alloc(1, sizeof(*p));
        p->topic = topic->name;
        p->partition = partition;
        p->epoch = -1;
        if (t->count == t->room) {
                t->room = t->room * 2 + 16;
                t->all = grown(t->all, t->room, sizeof(struct part *));
        }
        t->all[t->count++] = p;
        return topic->by_number[index] = p;
}

size_t parts_count(const struct parts *t)
{
        return t->count;
}

struct part *parts_at(const struct parts *t, size_t i)
{
        return t->all[i];
}

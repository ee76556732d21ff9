// Hash map from byte strings to pointers: open addressing, keys copied, grows. Not for the per-record path of
// values.
#pragma once

#include "hub/base/buf.h"

struct map;

struct map *map_new(void);
// Frees the map and its keys, not the values.
struct map *map_free(struct map *m);
// The value or NULL.
void *map_get(const struct map *m, struct slice key);
// Sets (value must not be NULL); returns the former value or NULL.
void *map_set(struct map *m, struct slice key, void *value);
void *map_remove(struct map *m, struct slice key);
size_t map_count(const struct map *m);
void map_clear(struct map *m);
// Iteration in no order: start with *at = 0; false ends. The map must not change meanwhile.
bool map_next(const struct map *m, size_t *at, struct slice *key, void **value);

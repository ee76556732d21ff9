// Set of message ids (16 bytes each), for what a resume found in the log: about 22 bytes an id.
#pragma once

#include "hub/base/digest.h"

struct idset;

struct idset *idset_new(void);
struct idset *idset_free(struct idset *s);
void idset_add(struct idset *s, const uint8_t id[ID_SIZE]);
// True where the id is in the set; the first such call for an id also lowers idset_left.
bool idset_take(struct idset *s, const uint8_t id[ID_SIZE]);
// Ids that were never taken.
size_t idset_left(const struct idset *s);

// The .proto files that the registry shows of what is registered (hub.schema_file, hub/msg/twin.h).
#pragma once

#include "hub/pg/registry.h"

// Adds the files of a registered structure in the caller's transaction; files that are there already are
// referred to. 0 done, or was done before; 1 it cannot be shown: problems has a line each.
int registry_put_files(struct pg *c, const struct registry_entry *entry, struct buf *problems,
                       struct err *e) must_check;
// Adds those of all structures that have none: what was registered before there was this table.
int registry_complete_files(struct pg *c, struct err *e) must_check;

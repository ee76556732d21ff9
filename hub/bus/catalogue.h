// The registered structures as the compacted topic iochub.schemas holds them: what connectors and readers
// without a database know them from.
#pragma once

#include "hub/bus/bus.h"
#include "hub/msg/schema.h"

struct catalogue;

struct catalogue *catalogue_open(const struct bus_conf *conf, struct err *e) must_check;
struct catalogue *catalogue_close(struct catalogue *c);
// Reads what has come since the last call, up to the topic's present end. 0 done, 1 the topic does not exist
// yet.
int catalogue_refresh(struct catalogue *c, int timeout_ms, struct err *e) must_check;
// Newest version of a dataset, or NULL. Schemas live as long as the catalogue.
const struct schema *catalogue_dataset(const struct catalogue *c, const char *dataset);
// By id, or NULL; also the hub's own messages, whose root is the message itself.
const struct schema *catalogue_schema(const struct catalogue *c, uint32_t id);

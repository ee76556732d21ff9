// What a worker does once a second beside the records: says that it lives, reads the catalog, publishes
// schemas, saves watermarks when idle, and looks whether the topics are still the same.
#pragma once

#include "hub/flow/worker.h"

int tick(struct worker *w, struct err *e) must_check;
// Says that this hub lives where a step waits for something else than the database; at most once a second, no
// transaction open.
void tick_alive(struct worker *w);
// Broker connection state, said once on change.
void tick_broker(void *self, bool up, const char *text);

// The topics the hub and `iochub` make, with their retention (docs/ARCHITECTURE.md, "Topics"). What is there
// already is left as it is.
#pragma once

#include "hub/bus/admin.h"

// iochub.schemas, iochub.routing, iochub.events.
int topics_ensure_own(struct admin *a, struct err *e) must_check;
// in.<agency>.<dataset>, rejected.<agency>, out.<agency>. 0 the feed's topic was made, 1 it was there.
int topics_ensure_feed(struct admin *a, const char *agency, const char *dataset, int32_t partitions,
                       char feed_topic[TOPIC_MAX + 1], struct err *e) must_check;
// shared.<dataset>
int topics_ensure_dataset(struct admin *a, const char *dataset, struct err *e) must_check;
// A topic shared.<dataset> or out.<agency> that a grant or a rule names.
int topics_ensure_destination(struct admin *a, const char *topic, struct err *e) must_check;

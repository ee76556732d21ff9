// Time zones as tables of changes, so that a local time becomes an instant by a search without locks or libc
// calls. Built at configuration time, on one thread, before any other uses the environment's TZ.
#pragma once

#include "hub/base/buf.h"

struct zone;
struct zones; // all that were asked for, each built once

struct zones *zones_new(void);
struct zones *zones_free(struct zones *z);
// An IANA name (`America/New_York`), `UTC`, or a fixed offset (`+07:00`). Lives as long as the zones.
// 0 done, 1 there is no such zone.
int zones_get(struct zones *z, const char *name, const struct zone **out) must_check;
// Seconds to subtract from a local time (seconds since 1970-01-01 00:00 local). What happens twice is taken
// the first time, what the clocks skip by the offset before the change (Python's fold=0).
int32_t zone_offset(const struct zone *z, int64_t local_seconds);

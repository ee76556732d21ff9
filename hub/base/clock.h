// Time: instants are microseconds since 1970-01-01T00:00:00Z (int64); durations come from the monotonic
// clock.
#pragma once

#include "hub/base/buf.h"

#define USEC_PER_SEC 1000000LL
// PostgreSQL's epoch (2000-01-01Z) as an instant.
#define PG_EPOCH_USEC 946684800000000LL
// Range that both protobuf's Timestamp and PostgreSQL hold: years 1 to 9999.
#define INSTANT_MIN (-62135596800LL * USEC_PER_SEC)
#define INSTANT_MAX (253402300800LL * USEC_PER_SEC - 1)

int64_t clock_now(void); // wall clock
int64_t clock_monotonic_usec(void);

// Days since 1970-01-01 of a proleptic Gregorian date, and back.
int64_t civil_to_days(int year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int *year, unsigned *month, unsigned *day);

// "2025-03-01T00:01:30.535926Z" (fraction only where not zero) with a NUL; needs 32 bytes.
#define INSTANT_TEXT 32
size_t instant_format(int64_t usec, char out[INSTANT_TEXT]);
// RFC 3339 with Z or offset, up to 9 fraction digits (floored to microseconds). 0 done, 1 not such a text.
int instant_parse(struct slice s, int64_t *out) must_check;

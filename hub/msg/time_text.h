// Timestamps and durations as protobuf's JSON mapping writes them: 0, 3, 6 or 9 fraction digits.
#pragma once

#include <stdint.h>

#include "hub/base/err.h"

#define TIME_TEXT 48

// "2025-03-01T00:01:30.535926Z". 0 done, 1 outside years 1 to 9999 or nanos outside 0..999999999.
int timestamp_text(int64_t seconds, int32_t nanos, char out[TIME_TEXT]) must_check;
// "-1.500s". 0 done, 1 outside of ±315576000000 s or signs differ.
int duration_text(int64_t seconds, int32_t nanos, char out[TIME_TEXT]) must_check;

// PostgreSQL's binary numeric (src/backend/utils/adt/numeric.c, numeric_recv): groups of four decimal digits,
// exact.
#pragma once

#include "hub/base/buf.h"

// Appends a decimal text (`-12.50`, `1e-3`) as the payload of a numeric; the scale is the text's own.
// 0 done, 1 not a decimal number, 2 more than 131072 digits before the point or 16383 behind it. Unchanged
// unless 0.
int numeric_text(struct slice text, struct buf *out) must_check;
// The same of an integer.
void numeric_uint64(uint64_t v, struct buf *out);

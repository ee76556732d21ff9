// Wire reader and writer (protobuf encoding), driven by a compiled schema. One pass; nothing is allocated outside the
// arena. Limits: depth 32, 100 000 elements a message in all, 10-byte varints. Strings are checked for UTF-8 and NUL.
#pragma once

#include "hub/msg/fault.h"
#include "hub/msg/value.h"

#define WIRE_DEPTH    32
#define WIRE_ELEMENTS 100000

// 0 done, 1 refused (fault is filled). Unknown fields are skipped after a check of their form; groups are refused.
int wire_read(const struct mtype *type, struct slice bytes, struct arena *a, struct msg **out, struct fault *f) must_check;
// Serialises in field order; unset fields and, without presence, defaults are left out.
void wire_write(const struct msg *m, struct buf *out);

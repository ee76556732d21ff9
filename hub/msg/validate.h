// The rules of a schema: protovalidate's standard rules and the dataset's comparisons, compiled by
// schema_load.
#pragma once

#include "hub/msg/fault.h"
#include "hub/msg/value.h"

// Judges a message of the schema's root type. All violations are reported in f; f->code is FAULT_RULE where
// one of them rejects. now: instant for timestamp rules relative to it. 0 stored (flags may be in f), 1
// rejected.
int validate(const struct schema *s, const struct msg *m, int64_t now, struct arena *a,
             struct fault *f) must_check;

// Where in a message a fault is: a chain of steps on the stack of whoever walks the message, written out only
// when a fault is found. Form of protovalidate: `a.b[2].c`, `m["key"]`.
#pragma once

#include "hub/base/arena.h"
#include "hub/msg/value.h"

enum step_kind { STEP_FIELD, STEP_INDEX, STEP_KEY };

struct step {
        const struct step *up; // NULL: the root message
        const struct field *field;
        enum step_kind kind;
        uint32_t index;        // STEP_INDEX
        const struct msg *key; // STEP_KEY: the map entry
};

// The path in the arena; "" for NULL.
const char *path_text(const struct step *at, struct arena *a);

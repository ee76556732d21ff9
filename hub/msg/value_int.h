// What writers and rules ask of a slot.
#pragma once

#include "hub/msg/value.h"

// True where the wire (or the builder) has set the field at all.
static inline bool field_is_set(const struct field *f, const struct val *v)
{
        return f->repeated ? v->list.n > 0 : v->set;
}

// True where the value is the zero of its type (a set message never is).
bool value_is_zero(const struct field *f, const struct val *v);

// Presence as protobuf has it: a list has items, a field with presence is set, any other differs from its
// zero.
static inline bool field_present(const struct field *f, const struct val *v)
{
        if (f->repeated)
                return v->list.n > 0;
        return v->set && (f->presence || !value_is_zero(f, v));
}

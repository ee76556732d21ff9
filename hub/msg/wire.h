// Wire reader and writer (protobuf encoding), driven by a compiled schema. One pass; nothing is allocated
// outside the arena. Limits: depth 32, 100 000 elements a message in all, 10-byte varints. Strings are
// checked for UTF-8 and NUL.
//
// Semantics are protobuf's: the last value of a singular field wins, sub-messages merge, packed and unpacked
// are both accepted, a oneof member clears its siblings, numbers of a closed enum that it does not name are
// unknown fields (in a map, the entry is), a field with another wire type than its own is unknown, 32-bit
// fields take the low 32 bits. Map entries are appended as they come (later duplicates win for whoever looks
// a key up); key and value of a read entry are always set. A field that is absent is not set, whatever
// default its declaration names. Groups are read where a field is declared as one; an unknown group is
// refused.
#pragma once

#include "hub/msg/fault.h"
#include "hub/msg/value.h"

#define WIRE_DEPTH    32
#define WIRE_ELEMENTS 100000
#define WIRE_MEMORY   (32 * 1024 * 1024) // bytes of slots a message

struct wire_limits {
        uint32_t elements; // items of all lists and maps; wire_check counts a message in a list as 16
        size_t memory;     // bytes of slots, wire_read only
        bool strict;       // unknown fields are refused
        bool keep_unknown; // they are kept in msg.unknown, wire_read only; else they are skipped
        bool nul;          // text may hold U+0000, wire_read only: no database will hold the message
};

// 0 done, 1 refused (fault is filled). Unknown fields are skipped after a check of their form.
int wire_read(const struct mtype *type, struct slice bytes, struct arena *a, struct msg **out,
              struct fault *f) must_check;
// The same with limits of one's own.
int wire_read_within(const struct mtype *type, struct slice bytes, const struct wire_limits *limits,
                     struct arena *a, struct msg **out, struct fault *f) must_check;
// Checks the form only and makes nothing (the arena holds the fault's texts): what stands in front of
// protobuf-c.
int wire_check(const struct mtype *type, struct slice bytes, const struct wire_limits *limits,
               struct arena *a, struct fault *f) must_check;
// wire_check for a reader that does not merge messages rightly (protobuf-c's, of proto3): where a singular
// message comes in pieces, *bytes is replaced by bytes in the arena that say the same, unknown fields
// included, with each message whole.
int wire_check_whole(const struct mtype *type, struct slice *bytes, const struct wire_limits *limits,
                     struct arena *a, struct fault *f) must_check;
// Serialises in field order; unset fields and, without presence, zeros are left out. Unknown fields that were
// kept stand at the end of their message.
void wire_write(const struct msg *m, struct buf *out);

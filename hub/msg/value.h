// A decoded message: one slot a field, in the arena of its batch. Strings and bytes point into the bytes that
// were read.
#pragma once

#include "hub/msg/schema.h"

struct msg;
struct val;

struct list {
        struct val *items;
        uint32_t n;
};

// Which member holds depends on the field: integers and enums `i` (signed) or `u` (unsigned, bool), float and
// double `d`, string and bytes `s`, messages `m`, repeated fields and maps `list` (map entries are messages
// of two fields).
struct val {
        union {
                int64_t i;
                uint64_t u;
                double d;
                struct slice s;
                struct msg *m;
                struct list list;
        };
        bool set; // present on the wire (repeated: at least one element)
};

// Bytes of fields that the type does not know, tags included, in the order in which they came: a ring.
struct unknown {
        struct unknown *next;
        struct slice bytes;
};

struct msg {
        const struct mtype *type;
        struct unknown *unknown; // the last; NULL: none, or not asked for (wire_limits)
        struct val f[];          // type->count
};

// A message with nothing set.
struct msg *msg_new(const struct mtype *type, struct arena *a);
// Seconds and nanos of a Timestamp or Duration message.
int64_t msg_seconds(const struct msg *m);
int32_t msg_nanos(const struct msg *m);
// A Timestamp as an instant, floored to microseconds. 0 done, 1 outside years 1 to 9999 or nanos outside
// 0..999999999.
int msg_instant(const struct msg *timestamp, int64_t *out) must_check;
// Makes a Timestamp message.
struct msg *msg_timestamp(const struct mtype *type, int64_t usec, struct arena *a);
// The dataset's key fields as text joined by 0x1f. 0 done, 1 a key field is absent or holds 0x1f or NUL
// (fault is filled).
struct fault;
int msg_key(const struct dataset *d, const struct msg *m, struct arena *a, struct slice *out,
            struct fault *f) must_check;
// The dataset's event time. 0 done, 1 absent or the dataset has none, 2 not a valid time.
int msg_event_time(const struct dataset *d, const struct msg *m, int64_t *out) must_check;

// protobuf's JSON mapping with the .proto's field names; unset fields are left out.
struct json;
void msg_json(const struct msg *m, struct json *j);
// The same of one field's value (a list or map as a whole, empty where nothing is in it), without its name.
void msg_json_field(const struct field *f, const struct val *v, struct json *j);

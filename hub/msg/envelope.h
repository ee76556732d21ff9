// The frame (00, schema id big-endian, 00) and the envelope iochub.v1.DataMessage, as plain structs.
// Envelopes are checked by the wire reader's rules before protobuf-c unpacks them into the arena.
#pragma once

#include "hub/base/digest.h"
#include "hub/msg/fault.h"

#define FRAME_SIZE     6
#define VALUE_MAX      (4 * 1024 * 1024) // bytes of one Kafka value
#define RECORD_KEY_MAX (16 * 1024)       // bytes of a Kafka record's key
#define KEY_SEPARATOR  '\x1f'

enum operation {
        OP_NONE = 0,
        OP_PUT = 1,
        OP_DELETE = 2,
        OP_CORRECT = 3,
        OP_RETRACT = 4,
        OP_START = 16,
        OP_CHECKPOINT = 17,
        OP_HEARTBEAT = 18,
        OP_COUNT = 19,
};
static inline bool operation_is_control(enum operation op)
{
        return op >= OP_START;
}
// Says something of another message, named by relates_to.
static inline bool operation_amends(enum operation op)
{
        return op == OP_CORRECT || op == OP_RETRACT;
}
const char *operation_word(enum operation op); // "PUT", …; NULL: no such operation

// Slices point into the arena or whatever the writer lends.
struct header {
        struct slice agency, provider, dataset;
        enum operation operation;
        struct slice key;
        bool has_event_time;
        int64_t event_time; // instants
        int64_t sent_time;
        uint64_t session, sequence;
        struct slice source, source_position;
        struct slice relates_to, reason, trace;
        bool recheck;
};

struct checkpoint {
        struct slice cursor;
        const int64_t *start_offset;
        size_t start_count;
        const int64_t *last_offset;
        size_t last_count;
        uint64_t local_rejects, records, reject_bytes;
};

struct control {
        // START
        struct slice client, host;
        // CHECKPOINT
        struct checkpoint checkpoint;
        // HEARTBEAT
        int64_t read_at;
        // COUNT
        int64_t from, to;
        uint64_t records;
        struct slice digest;
};

struct envelope {
        uint32_t schema_id;
        struct header header;
        struct slice data;      // data operations
        struct control control; // control operations: the member of header.operation
};

// Splits a framed value. 0 done, 1 not such a frame.
int frame_read(struct slice value, uint32_t *schema_id, struct slice *message) must_check;
void frame_write(uint32_t schema_id, struct buf *out);

// 0 done, 1 refused (fault is filled; out->schema_id and out->header hold what could be read, zeroed
// otherwise). Checks form, depth, UTF-8, NUL, that agency, dataset, operation and (of data operations) source
// position are there, that times are times, and that a control operation carries its own control message.
// out->data lies in value, the rest in the arena; all of it where the envelope came in pieces
// (wire_check_whole).
int envelope_read(struct slice value, struct arena *a, struct envelope *out, struct fault *f) must_check;
// Appends frame and message. Text must hold no NUL.
void envelope_write(const struct envelope *e, struct buf *out);
// Message id of (agency, dataset, source, source position).
void envelope_id(const struct header *h, struct digest *d, uint8_t id[ID_SIZE]);

// A batch: the records of one poll, each with its fate, from intake to the last routing acknowledgement.
// Strings live in the batch's arena or in the records, both kept until the batch has been handed to the
// producer.
#pragma once

#include "hub/bus/consumer.h"
#include "hub/flow/part.h"
#include "hub/flow/structures.h"

enum fate {
        FATE_SKIP,    // below next_offset, or not ours any more
        FATE_CONTROL, // START, CHECKPOINT, HEARTBEAT, COUNT
        FATE_REPEAT,  // seen before: counted, not stored
        FATE_STORE,
        FATE_REJECT, // quarantine
};

struct item {
        const struct record *record;
        struct part *part;
        enum fate fate;
        bool derived; // decided by an earlier holder: route only
        bool has_id, has_event_time;
        bool recheck;
        uint8_t id[ID_SIZE];
        int64_t event_time;
        struct envelope *envelope; // NULL: could not be read
        struct msg *message;       // STORE
        struct structure *structure;
        struct fault fault;
        const char *const *flags;
        size_t flag_count;
        size_t row_from, row_to;         // in structure->rows; the same: it has no row
        size_t amended_from, amended_to; // in structure->amended, likewise
        uint64_t gap_first, gap_last;    // missing before this record; 0: none
        struct seen after;
};

struct batch {
        struct arena *arena;
        struct item *items;
        size_t count, capacity;
        size_t decided; // items whose fate is known
        size_t done;    // items that are committed (or need not be)
};

struct batch *batch_new(size_t capacity);
struct batch *batch_free(struct batch *b);
// Forgets the items and their memory.
void batch_reset(struct batch *b, struct structures *structures);

// Kafka values as JSON: framed protobuf by its schema id, a data message with its own fields under `data`,
// the hub's own messages as they are, JSON text as it stands. What cannot be read is told in a note and shown
// as far as it goes.
#pragma once

#include "hub/base/digest.h"
#include "hub/cli/cli.h"
#include "hub/msg/schema.h"

struct decoder {
        // The schema of an id, or NULL.
        const struct schema *(*find)(void *self, uint32_t id);
        void *self;
        struct arena *arena;   // scratch; the caller resets it
        struct digest *digest; // for message ids
};

struct decoded {
        bool framed;
        uint32_t schema_id;          // where framed
        const struct schema *schema; // NULL: not known
        bool has_id;
        uint8_t id[ID_SIZE]; // of the data message that this is or speaks of
        struct buf message;  // one line of JSON; empty where nothing could be read
        struct buf note;     // why something is missing; empty where nothing is
};

// Appends to message and note (the caller resets or frees them) and sets the rest.
void decode_value(const struct decoder *d, struct slice value, struct decoded *out);
void decoded_done(struct decoded *d);

// Checks JSON text from outside (RFC 8259, depth 32) and appends it without white space. 0 done, 1 not JSON.
int json_compact(struct slice text, struct buf *out) must_check;
// Lower-case `8-4-4-4-12`, as PostgreSQL shows uuid; needs 37 bytes.
#define UUID_TEXT 37
void uuid_format(const uint8_t id[ID_SIZE], char out[UUID_TEXT]);
// Appends a hex dump, 16 bytes a line: place, bytes, ASCII.
void hex_dump(struct slice bytes, struct buf *out);
// Appends lower-case hexadecimal.
void hex_append(struct slice bytes, struct buf *out);

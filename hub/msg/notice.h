// What the hub itself says, as plain structs that pack to framed protobuf: routing events, rejects, schema
// records.
#pragma once

#include "hub/base/digest.h"
#include "hub/msg/envelope.h"

enum routing_state { ROUTING_PROPOSED = 1, ROUTING_APPROVED, ROUTING_SENT, ROUTING_RETURNED };
enum routing_basis { BASIS_DEFAULT = 1, BASIS_SPECIFIC, BASIS_RULE, BASIS_CASE };
enum routing_part { PART_NONE, PART_LEAD, PART_SUPPORT, PART_INFORM };

struct routing_event {
        uint8_t id[ID_SIZE], message_id[ID_SIZE];
        enum routing_state state;
        enum routing_basis basis;
        int64_t grant_id, rule_id;
        uint32_t rule_version;
        struct slice destination, agency;
        enum routing_part part;
        bool has_due;
        int64_t due;
        struct slice dataset;
        uint32_t schema_id;
        struct slice sender, provider, key;
        enum operation operation;
        int32_t feed, partition;
        int64_t offset;
        bool has_event_time;
        int64_t event_time, received_at;
        uint32_t replay, priority;
        struct slice trace;
        const char *const *flags;
        size_t flag_count;
};

struct reject {
        struct slice agency, dataset, topic;
        int32_t feed, partition;
        int64_t offset;
        bool has_id;
        uint8_t message_id[ID_SIZE];
        const struct fault *fault;
        struct slice source, source_position, key;
        uint64_t session, sequence;
        int64_t received_at;
        uint32_t schema_id;
};

struct schema_record {
        uint32_t id, version;
        struct slice subject, dataset, message, descriptor_set, fingerprint;
        int64_t registered_at;
        struct slice registered_by;
};

// Event id: first 16 bytes of SHA-256(message id, destination, basis as decimal, replay as decimal),
// length-prefixed.
void routing_event_id(struct digest *d, struct routing_event *e);
// Each appends the frame with that schema id and the message. The arena is scratch.
void routing_event_write(const struct routing_event *e, uint32_t schema_id, struct arena *a, struct buf *out);
void reject_write(const struct reject *r, uint32_t schema_id, struct arena *a, struct buf *out);
void schema_record_write(const struct schema_record *r, uint32_t schema_id, struct arena *a, struct buf *out);
// Reads framed ones; 0 done, 1 malformed. Slices point into the arena.
int schema_record_read(struct slice value, struct arena *a, struct schema_record *out) must_check;
int reject_read(struct slice value, struct arena *a, struct reject *out, struct fault *fault) must_check;

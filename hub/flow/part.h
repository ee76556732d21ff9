// A partition in this hub's hands: what hub.progress says of it, and how far intake and routing are ahead of
// that.
#pragma once

#include "hub/flow/catalog.h"

// Where a sender stands in its numbering (docs/DELIVERY.md, "Sessions and sequences").
struct seen {
        bool known; // a session was met
        uint64_t session, sequence;
        uint32_t unreadable; // records since that sequence whose header could not be read
};

// Counters of one transaction.
struct tally {
        int64_t stored, flagged, rejected, repeats, controls, gaps;
};

// The broker's topic against the one that the feed was added with.
enum topic_state { TOPIC_SAME, TOPIC_IS_ANOTHER, TOPIC_IS_GONE };

// A record in quarantine.
struct refused {
        int64_t offset;
        enum fault_code code;
};

struct part {
        struct feed *feed;
        int32_t number;
        int64_t epoch;         // fences every transaction
        int64_t next_offset;   // committed: offset after the last record decided
        int64_t hinted_offset; // last one published as group offset
        int32_t leader_epoch;  // of the last record decided, -1: unknown
        struct seen seen;      // after the last record that intake looked at
        int64_t local_rejects; // as the newest CHECKPOINT says, -1: none met
        bool recheck;          // every id is looked up (after a reset)
        // Routing: all before routed_offset has been acknowledged by the broker.
        int64_t routed_offset;
        struct seen routed;
        bool routed_unsaved;
        // Records below this offset were committed by an earlier holder: they are only routed again.
        int64_t derive_until;
        struct seen committed;   // what seen must be at derive_until
        struct refused *refused; // of [routed_offset, derive_until), ascending
        size_t refused_count;
        // Hands off: records of it are dropped. revoked parts are freed between batches.
        bool revoked, stopped;
        enum topic_state topic; // to be stopped for it
        int64_t unknown_since;  // monotonic: the broker knows no such topic; 0: it does
        // Scratch of the transaction under way.
        bool in_slice, already, locked;
        int64_t slice_next;
        struct seen slice_seen;
        int32_t slice_leader_epoch;
        struct tally tally;
        int64_t last_event_time, last_received_at; // 0: none in this slice
        struct part *next;
};

struct part *part_free(struct part *p);
enum topic_state part_topic(const struct part *p, const struct topic_info *info);
// Why an earlier holder put that record into quarantine; FAULT_NONE where it did not.
enum fault_code part_refused(const struct part *p, int64_t offset);

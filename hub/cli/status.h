// What `iochub status` sees in one look: feeds by partition from PostgreSQL, ends of the logs from Kafka, hub
// instances. Each server is asked by itself, so that one may be away.
#pragma once

#include "hub/bus/admin.h"
#include "hub/cli/cli.h"

// From the best to the worst: the worst partition speaks for its feed.
enum feed_state { STATE_RUNNING, STATE_NEW, STATE_GAP, STATE_UNATTENDED, STATE_STOPPED, FEED_STATES };

enum tally_kind {
        TALLY_STORED,
        TALLY_FLAGGED,
        TALLY_REJECTED,
        TALLY_REPEATS,
        TALLY_GAPS,
        TALLY_LOCAL_REJECTS,
        TALLIES
};

struct look_part {
        int32_t part;
        enum feed_state state;
        char *why, *owner; // owner NULL: nobody's
        int64_t since, updated_at;
        int64_t next_offset, routed_offset, end_offset; // end -1: not known
        int64_t tally[TALLIES];
        int64_t last_event_time, last_received_at; // 0: none
};

struct look_feed {
        int32_t feed;
        char *agency, *dataset, *topic;
        struct look_part *parts;
        size_t count;
        double rate; // records a second over the time between updates
};

struct look_hub {
        char *id, *host, *version;
        int64_t pid, started_at, seen_at, parts;
        bool alive;
};

// A feed topic as Kafka has it, for when PostgreSQL is away.
struct look_topic {
        char *name;
        int32_t partitions;
        int64_t first, next; // summed over the partitions
};

struct look {
        int64_t now; // the database's clock, ours where it is away
        struct look_feed *feeds;
        size_t feed_count;
        struct look_hub *hubs;
        size_t hub_count;
        struct look_topic *topics;
        size_t topic_count;
        bool database, kafka; // answered
        struct err database_error, kafka_error;
};

struct sight {
        struct pg *pg;
        struct admin *admin;
        const char *conninfo;
        struct bus_conf bus;
};

// status_look.c
void look_take(struct sight *s, struct look *out);
void look_done(struct look *l);
// Sets the rates of now by the look before it.
void look_rates(struct look *now, const struct look *before);
// The partition that speaks for its feed.
const struct look_part *look_worst(const struct look_feed *f);
int64_t look_sum(const struct look_feed *f, enum tally_kind kind);
// Records not read yet, and read but not routed yet; -1: not known.
int64_t look_lag(const struct look_feed *f);
int64_t look_unrouted(const struct look_feed *f);
int64_t look_last_received(const struct look_feed *f);
extern const char *const state_words[FEED_STATES];

// status_print.c
void look_json(const struct look *l, bool pretty, struct buf *out);
void look_human(const struct cli *c, const struct look *l, struct buf *out);

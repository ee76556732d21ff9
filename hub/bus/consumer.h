// Consumers: with a group, partitions come and go through callbacks and start where the owner says (progress
// lives in PostgreSQL, never in Kafka's group offsets); without one, a reader of assigned ranges. One thread
// uses a consumer.
#pragma once

#include "hub/bus/bus.h"

struct consumer;

// Records stay valid until consumer_release.
struct record {
        const char *topic; // same pointer for the same topic in one batch
        int32_t partition;
        int32_t leader_epoch; // -1: unknown
        int64_t offset;
        int64_t timestamp; // broker's append time, instant in microseconds
        struct slice key, value;
        void *cookie; // what the owner attached to the partition
};

struct place {
        const char *topic;
        int32_t partition;
        int64_t offset;       // where to start
        int32_t leader_epoch; // of the record before offset; -1: unknown
        void *cookie;
        bool skip; // owner: do not fetch this one (it stays assigned in the group)
};

struct consumer_owner {
        void *self;
        // Fill offset, leader_epoch, cookie, or skip, of each. Called inside consumer_poll.
        void (*assigned)(void *self, struct place *places, size_t count);
        // Let go; lost: somebody else may own them already. Offsets are not to be trusted.
        void (*revoked)(void *self, const struct place *places, size_t count, bool lost);
        // A partition cannot go on: offset out of range, checksum, truncated log, topic gone or not allowed.
        // It is paused until consumer_seek and told once. Records before the place may come with the same
        // poll. partition -1: a subscribed topic that cannot be read at all. NULL: consumer_poll fails
        // instead.
        void (*failed)(void *self, const char *topic, int32_t partition, const struct err *e);
        // No broker is connected, or one is again, for people: said once on change. NULL: to the log.
        void (*broker)(void *self, bool up, const char *text);
};

// group NULL: reader. instance: static membership id (group only), may be NULL. owner may be NULL for a
// reader.
struct consumer *consumer_open(const struct bus_conf *conf, const char *group, const char *instance,
                               const struct consumer_owner *owner, struct err *e) must_check;
// Leaves the group, a static member too, so that others take over at once (revoked is called), and frees
// everything, records included. A static member that is killed keeps its partitions for the session (10 s)
// and, started again in that time, gets them back without a rebalance.
struct consumer *consumer_close(struct consumer *c);
int consumer_subscribe(struct consumer *c, const char *const *topics, size_t count, struct err *e) must_check;
// Reader: replaces the assignment.
int consumer_assign(struct consumer *c, const struct place *places, size_t count, struct err *e) must_check;
// Waits up to timeout_ms for a first record, then takes what is there up to max. *count 0 is no error. <0:
// the whole consumer cannot go on (instance name used twice, no right to the group); open another.
int consumer_poll(struct consumer *c, int timeout_ms, size_t max, const struct record **records,
                  size_t *count, struct err *e) must_check;
// Gives the records of all polls since the last release back.
void consumer_release(struct consumer *c);
int consumer_pause(struct consumer *c, const char *topic, int32_t partition, struct err *e) must_check;
// Goes on, or back, at offset (also after a pause, a failure or a skip).
int consumer_seek(struct consumer *c, const char *topic, int32_t partition, int64_t offset,
                  struct err *e) must_check;
// Publishes a position as the group's committed offset: a hint for lag tools, never read back. Asynchronous.
void consumer_hint(struct consumer *c, const char *topic, int32_t partition, int64_t offset);
// First and next offset of a partition, asked of the broker.
int consumer_range(struct consumer *c, const char *topic, int32_t partition, int timeout_ms, int64_t *first,
                   int64_t *next, struct err *e) must_check;
// Keeps the group alive while the owner waits for something else: serves callbacks, delivers no records.
// Cheap; call it every 100 ms or so. From 1 s after the last poll on, fetching is paused and what was fetched
// ahead is thrown away.
void consumer_serve(struct consumer *c);
struct bus_header;
// Headers of a record that has not been released yet, at most max of them; returns their number. They live as
// the record.
size_t consumer_headers(const struct consumer *c, const struct record *r, struct bus_header *out, size_t max);

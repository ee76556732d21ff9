// What the files consumer*.c share. Private to hub/bus.
#pragma once

#include "hub/bus/client.h"
#include "hub/bus/parts.h"

// Records of one poll; messages[i] holds the bytes that records[i] points to.
struct batch {
        struct batch *next;
        rd_kafka_message_t **messages;
        struct record *records;
        size_t count, room;
};

struct consumer {
        struct client client; // first: librdkafka's opaque
        struct consumer_owner owner;
        rd_kafka_queue_t *queue;
        struct parts *parts;
        struct batch *held;  // handed out, not released
        struct batch *spare; // released
        bool group;
        bool is_static; // a static member does not leave by itself
        bool closing;
        bool idle;         // everything is paused while the owner waits for something else
        int64_t last_poll; // monotonic µs
        // A rebalance that librdkafka told and the owner has not heard of yet; it waits for the answer.
        rd_kafka_resp_err_t rebalance;
        rd_kafka_topic_partition_list_t *rebalance_list;
        bool failed; // the whole consumer; fault says why
        struct err fault;
};

// consumer_group.c
void group_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                        void *opaque);
// Tells the owner of a rebalance that is waiting. True where there was one.
bool group_answer(struct consumer *c);
// Replaces librdkafka's assignment by what parts says: fetched entries from their positions.
int group_assign(struct consumer *c, struct err *e) must_check;

// consumer_error.c
// Takes in an error that came in place of a record.
void consumer_take_error(struct consumer *c, const rd_kafka_message_t *m);
// Takes in an error of the handle: a topic that is gone is told this way, with its name in the text only.
void consumer_hear_error(struct client *client, rd_kafka_resp_err_t code, const char *text);
// The whole consumer cannot go on.
void consumer_break(struct consumer *c, const struct err *e);

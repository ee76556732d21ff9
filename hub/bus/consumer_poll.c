// From librdkafka's queue to records. A batch call waits until the batch is full or its time is over, so the
// first record is waited for alone and the rest is taken without waiting.
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/bus/consumer_state.h"

// A wait shorter than this keeps what was fetched ahead; a longer one pauses everything so that callbacks,
// which stand behind the fetched records in the same queue, are served.
#define IDLE_AFTER_USEC (1000 * 1000LL)
#define IDLE_BATCH      64

static struct batch *batch_take(struct consumer *c, size_t room)
{
        struct batch *b = c->spare;
        if (b != NULL)
                c->spare = b->next;
        else
                b = client_alloc(1, sizeof(*b));
        if (b->room < room) {
                free(b->messages);
                free(b->records);
                b->messages = client_alloc(room, sizeof(rd_kafka_message_t *));
                b->records = client_alloc(room, sizeof(struct record));
                b->room = room;
        }
        b->count = 0;
        b->next = c->held;
        return c->held = b;
}

void consumer_release(struct consumer *c)
{
        while (c->held != NULL) {
                struct batch *b = c->held;
                c->held = b->next;
                for (size_t i = 0; i < b->count; i++)
                        rd_kafka_message_destroy(b->messages[i]);
                b->count = 0;
                b->next = c->spare;
                c->spare = b;
        }
}

static int64_t instant_of(const rd_kafka_message_t *m)
{
        rd_kafka_timestamp_type_t type;
        int64_t ms = rd_kafka_message_timestamp(m, &type);
        // A topic with the sender's time may say anything.
        if (ms < INSTANT_MIN / 1000 || ms > INSTANT_MAX / 1000)
                return ms < 0 ? INSTANT_MIN : INSTANT_MAX;
        return ms * 1000;
}

static bool wanted(struct part *p, const rd_kafka_message_t *m)
{
        if (p == NULL || !p->assigned || p->failed || m->offset < p->next)
                return false;
        if (!p->paused)
                return true;
        p->rewind = true;
        return false;
}

static void record_of(struct record *r, struct part *p, const rd_kafka_message_t *m)
{
        p->next = m->offset + 1;
        p->epoch = rd_kafka_message_leader_epoch(m);
        *r = (struct record){ .topic = p->topic,
                              .partition = p->partition,
                              .leader_epoch = p->epoch,
                              .offset = m->offset,
                              .timestamp = instant_of(m),
                              .key = slice_of(m->key, m->key_len),
                              .value = slice_of(m->payload, m->len),
                              .cookie = p->cookie };
}

// Turns count messages into records; b->messages keeps those that became one.
static void convert(struct consumer *c, struct batch *b, size_t count)
{
        const rd_kafka_topic_t *topic = NULL; // held by a message of this batch, so its address stays its own
        int32_t partition = -1;
        struct part *p = NULL;
        for (size_t i = 0; i < count; i++) {
                rd_kafka_message_t *m = b->messages[i];
                if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                        consumer_take_error(c, m);
                        rd_kafka_message_destroy(m);
                        continue;
                }
                if (m->rkt != topic || m->partition != partition) {
                        topic = m->rkt;
                        partition = m->partition;
                        p = parts_find(c->parts, rd_kafka_topic_name(m->rkt), partition);
                }
                if (!wanted(p, m)) {
                        rd_kafka_message_destroy(m);
                        topic = NULL;
                        continue;
                }
                record_of(&b->records[b->count], p, m);
                b->messages[b->count++] = m;
        }
}

static size_t consume(struct consumer *c, int timeout_ms, rd_kafka_message_t **messages, size_t room)
{
        ssize_t n = rd_kafka_consume_batch_queue(c->queue, timeout_ms, messages, room);
        return n > 0 ? (size_t)n : 0;
}

// Every partition that may run and is not stopped by its owner, as a list for pause, resume and seek.
static rd_kafka_topic_partition_list_t *running(struct consumer *c, bool rewound_only)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
        for (size_t i = 0; i < parts_count(c->parts); i++) {
                struct part *p = parts_at(c->parts, i);
                if (p->assigned && p->fetched && !p->paused && !p->failed && (p->rewind || !rewound_only))
                        rd_kafka_topic_partition_list_add(list, p->topic, p->partition)->offset = p->next;
        }
        return list;
}

static void go_idle(struct consumer *c)
{
        rd_kafka_topic_partition_list_t *list = running(c, false);
        if (list->cnt > 0)
                rd_kafka_pause_partitions(c->client.rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        c->idle = true;
}

static void leave_idle(struct consumer *c)
{
        rd_kafka_topic_partition_list_t *back = running(c, true);
        rd_kafka_topic_partition_list_t *list = running(c, false);
        if (back->cnt > 0)
                rd_kafka_error_destroy(rd_kafka_seek_partitions(c->client.rk, back, IDLE_AFTER_USEC / 1000));
        if (list->cnt > 0)
                rd_kafka_resume_partitions(c->client.rk, list);
        rd_kafka_topic_partition_list_destroy(back);
        rd_kafka_topic_partition_list_destroy(list);
        for (size_t i = 0; i < parts_count(c->parts); i++)
                parts_at(c->parts, i)->rewind = false;
        c->idle = false;
}

int consumer_poll(struct consumer *c, int timeout_ms, size_t max, const struct record **records,
                  size_t *count, struct err *e)
{
        if (max == 0)
                return err_set(e, ERR_LIMIT, "a poll for no records");
        if (c->idle)
                leave_idle(c);
        struct batch *b = batch_take(c, max);
        size_t n = consume(c, c->rebalance_list != NULL ? 0 : timeout_ms, b->messages, 1);
        bool changed = group_answer(c);
        if (n > 0 && !changed)
                n += consume(c, 0, b->messages + n, max - n);
        group_answer(c);
        convert(c, b, n);
        client_serve(&c->client);
        c->last_poll = clock_monotonic_usec();
        if (c->failed) {
                *e = c->fault;
                return -1;
        }
        *records = b->records;
        *count = b->count;
        return 0;
}

void consumer_serve(struct consumer *c)
{
        rd_kafka_message_t *messages[IDLE_BATCH];
        if (!c->idle && clock_monotonic_usec() - c->last_poll < IDLE_AFTER_USEC) {
                // Takes nothing and counts as a poll.
                (void)consume(c, 0, messages, 0);
                client_serve(&c->client);
                return;
        }
        if (!c->idle)
                go_idle(c);
        size_t n = consume(c, 0, messages, IDLE_BATCH);
        for (size_t i = 0; i < n; i++) {
                rd_kafka_message_t *m = messages[i];
                struct part *p = NULL;
                if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                        consumer_take_error(c, m);
                else
                        p = parts_find(c->parts, rd_kafka_topic_name(m->rkt), m->partition);
                if (p != NULL)
                        p->rewind = true;
                rd_kafka_message_destroy(m);
        }
        group_answer(c);
        client_serve(&c->client);
}

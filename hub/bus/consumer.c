// Consumers: one librdkafka handle and one queue for all partitions. Positions are ours (parts.h); the group
// only says which partitions are ours to read. This file: life, assignment by hand, going back, and
// questions.
#include "hub/bus/consumer.h"

#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/bus/consumer_state.h"

#define SEEK_MS  5000
#define LEAVE_MS 2000

// librdkafka makes an assignment only on a handle with a group; a reader's is never joined or committed to.
#define READER_GROUP "iochub-reader"

enum { GROUP_ID, INSTANCE_ID, SETTINGS };

static const struct setting consumer_settings[] = {
        [GROUP_ID] = { "group.id", READER_GROUP, true },
        [INSTANCE_ID] = { "group.instance.id", "", true },
        // Progress lives in PostgreSQL; a position is never taken from the group or made up.
        { "enable.auto.commit", "false", true },
        { "enable.auto.offset.store", "false", true },
        { "auto.offset.reset", "error", true },
        { "enable.partition.eof", "false", true },
        { "group.protocol", "classic", true },
        { "partition.assignment.strategy", "roundrobin" },
        { "session.timeout.ms", "10000" },
        { "heartbeat.interval.ms", "2000" },
        { "check.crcs", "true" },
        { "isolation.level", "read_uncommitted" },
        // A wrong name is told after this time; a topic just made has spread by then.
        { "topic.metadata.propagation.max.ms", "10000" },
        { "allow.auto.create.topics", "false" },
        // Three batches fetched ahead, looked at again soon after the queue was full, and bounded: beside its
        // bytes a record takes about 430 more here. With 100 000 a hub of three busy feeds peaked at 218 MB,
        // with 30 000 at 118 MB, at the same CPU time.
        { "queued.min.messages", "30000" },
        { "queued.max.messages.kbytes", "24576" },
        { "fetch.queue.backoff.ms", "5" },
        { "fetch.wait.max.ms", "50" },
        { "fetch.error.backoff.ms", "200" },
        { "fetch.max.bytes", "16777216" },
};

struct consumer *consumer_open(const struct bus_conf *conf, const char *group, const char *instance,
                               const struct consumer_owner *owner, struct err *e)
{
        enum { COUNT = sizeof(consumer_settings) / sizeof(consumer_settings[0]) };
        struct setting settings[COUNT];
        memcpy(settings, consumer_settings, sizeof(settings));
        if (group != NULL)
                settings[GROUP_ID].value = group;
        if (group != NULL && instance != NULL)
                settings[INSTANCE_ID].value = instance;
        else
                settings[INSTANCE_ID] = (struct setting){ "enable.auto.commit", "false", true };
        rd_kafka_conf_t *handle = client_conf(conf, settings, COUNT, e);
        if (handle == NULL)
                return NULL;
        if (group != NULL)
                rd_kafka_conf_set_rebalance_cb(handle, group_on_rebalance);
        struct consumer *c = client_alloc(1, sizeof(*c));
        c->parts = parts_new();
        c->group = group != NULL;
        c->is_static = group != NULL && instance != NULL;
        if (owner != NULL)
                c->owner = *owner;
        c->client.self = c->owner.self;
        c->client.broker = c->owner.broker;
        c->client.error = consumer_hear_error;
        c->last_poll = clock_monotonic_usec();
        if (client_open(&c->client, RD_KAFKA_CONSUMER, handle, e) < 0)
                return consumer_close(c);
        rd_kafka_poll_set_consumer(c->client.rk);
        c->queue = rd_kafka_queue_get_consumer(c->client.rk);
        return c;
}

static bool has_assigned(const struct consumer *c)
{
        for (size_t i = 0; i < parts_count(c->parts); i++)
                if (parts_at(c->parts, i)->assigned)
                        return true;
        return false;
}

// A static member that just closes keeps its partitions until its session ends; one that unsubscribes first
// leaves at once, so that others take over.
static void leave(struct consumer *c)
{
        int64_t until = clock_monotonic_usec() + LEAVE_MS * 1000LL;
        c->closing = true;
        group_answer(c);
        if (!c->is_static || c->client.down)
                return;
        rd_kafka_unsubscribe(c->client.rk);
        while (has_assigned(c) && clock_monotonic_usec() < until) {
                rd_kafka_message_t *m = rd_kafka_consumer_poll(c->client.rk, 50);
                if (m != NULL)
                        rd_kafka_message_destroy(m);
        }
        rd_kafka_message_t *last = rd_kafka_consumer_poll(c->client.rk, 50);
        if (last != NULL)
                rd_kafka_message_destroy(last);
}

static struct batch *free_batches(struct batch *b)
{
        while (b != NULL) {
                struct batch *next = b->next;
                free(b->messages);
                free(b->records);
                free(b);
                b = next;
        }
        return NULL;
}

struct consumer *consumer_close(struct consumer *c)
{
        if (c == NULL)
                return NULL;
        consumer_release(c);
        if (c->client.rk != NULL) {
                if (c->group)
                        leave(c);
                rd_kafka_consumer_close(c->client.rk);
        }
        if (c->queue != NULL)
                rd_kafka_queue_destroy(c->queue);
        client_done(&c->client);
        if (c->rebalance_list != NULL)
                rd_kafka_topic_partition_list_destroy(c->rebalance_list);
        free_batches(c->spare);
        parts_free(c->parts);
        free(c);
        return NULL;
}

int consumer_subscribe(struct consumer *c, const char *const *topics, size_t count, struct err *e)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
        for (size_t i = 0; i < count; i++)
                if (rd_kafka_topic_partition_list_find(list, topics[i], RD_KAFKA_PARTITION_UA) == NULL)
                        rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
        rd_kafka_resp_err_t code =
            count > 0 ? rd_kafka_subscribe(c->client.rk, list) : rd_kafka_unsubscribe(c->client.rk);
        rd_kafka_topic_partition_list_destroy(list);
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : client_fail(e, code, NULL, "subscribing");
}

int consumer_assign(struct consumer *c, const struct place *places, size_t count, struct err *e)
{
        for (size_t i = 0; i < parts_count(c->parts); i++)
                parts_at(c->parts, i)->assigned = false;
        for (size_t i = 0; i < count; i++) {
                struct part *p = parts_add(c->parts, places[i].topic, places[i].partition);
                if (p == NULL)
                        return err_set(e, ERR_STATE, "topic %s has no partition %d", places[i].topic,
                                       (int)places[i].partition);
                const char *topic = p->topic;
                *p = (struct part){ .topic = topic,
                                    .partition = places[i].partition,
                                    .next = places[i].offset,
                                    .epoch = places[i].leader_epoch,
                                    .cookie = places[i].cookie,
                                    .assigned = true,
                                    .fetched = !places[i].skip };
        }
        return group_assign(c, e);
}

static int find_assigned(struct consumer *c, const char *topic, int32_t partition, struct part **found,
                         struct err *e)
{
        *found = parts_find(c->parts, topic, partition);
        if (*found == NULL || !(*found)->assigned)
                return err_set(e, ERR_STATE, "topic %s, partition %d is not assigned to this consumer", topic,
                               (int)partition);
        return 0;
}

int consumer_pause(struct consumer *c, const char *topic, int32_t partition, struct err *e)
{
        struct part *p;
        if (find_assigned(c, topic, partition, &p, e) < 0)
                return -1;
        p->paused = true;
        if (!p->fetched)
                return 0;
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, topic, partition);
        rd_kafka_resp_err_t code = rd_kafka_pause_partitions(c->client.rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
                   ? 0
                   : client_fail(e, code, NULL, "topic %s, partition %d: pausing", topic, (int)partition);
}

// 0 done, 1 the fetcher of this partition is not running.
static int seek_running(struct consumer *c, const struct part *p, struct err *e)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, p->topic, p->partition)->offset = p->next;
        rd_kafka_error_t *error = rd_kafka_seek_partitions(c->client.rk, list, SEEK_MS);
        rd_kafka_resp_err_t code = error != NULL ? rd_kafka_error_code(error) : list->elems[0].err;
        rd_kafka_error_destroy(error);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && p->paused && !c->idle)
                code = rd_kafka_resume_partitions(c->client.rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        if (code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
                return 1;
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
                   ? 0
                   : client_fail(e, code, NULL, "topic %s, partition %d: going to %lld", p->topic,
                                 (int)p->partition, (long long)p->next);
}

// A fetcher that gave up, or was never started, starts with a new assignment only; a pause outlives that.
static int start_again(struct consumer *c, const struct part *p, struct err *e)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, p->topic, p->partition);
        rd_kafka_resume_partitions(c->client.rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        return group_assign(c, e);
}

int consumer_seek(struct consumer *c, const char *topic, int32_t partition, int64_t offset, struct err *e)
{
        struct part *p;
        if (find_assigned(c, topic, partition, &p, e) < 0)
                return -1;
        p->next = offset;
        p->epoch = -1;
        p->rewind = false;
        int r = p->fetched && !p->failed ? seek_running(c, p, e) : 1;
        if (r < 0)
                return -1;
        p->fetched = true;
        p->failed = false;
        p->paused = false;
        return r == 1 ? start_again(c, p, e) : 0;
}

void consumer_hint(struct consumer *c, const char *topic, int32_t partition, int64_t offset)
{
        const struct part *p = parts_find(c->parts, topic, partition);
        if (!c->group || p == NULL || !p->assigned)
                return;
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
        rd_kafka_resp_err_t code = rd_kafka_commit(c->client.rk, list, 1);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                log_debug("the hint for lag tools was not published", F_STR("topic", topic),
                          F_STR("text", rd_kafka_err2str(code)));
        rd_kafka_topic_partition_list_destroy(list);
}

int consumer_range(struct consumer *c, const char *topic, int32_t partition, int timeout_ms, int64_t *first,
                   int64_t *next, struct err *e)
{
        int64_t low, high;
        rd_kafka_resp_err_t code =
            rd_kafka_query_watermark_offsets(c->client.rk, topic, partition, &low, &high, timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, code, NULL, "topic %s, partition %d: asking for its range", topic,
                                   (int)partition);
        *first = low;
        *next = high;
        return 0;
}

// Idempotent producer. librdkafka's queue is the only buffer and is bounded; who finds it full polls (which
// delivers reports) and tries again. What is under way is counted here: sent and not yet reported.
#include "hub/bus/producer.h"

#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/base/map.h"
#include "hub/bus/client.h"

#define CLOSE_MS 2000

struct producer {
        struct client client; // first: librdkafka's opaque
        producer_report report;
        void *self;
        struct map *topics; // name -> struct producer_topic
        size_t queued;
};

struct producer_topic {
        struct producer *producer;
        rd_kafka_topic_t *rkt;
        int32_t partitions; // 0: not asked yet
        uint32_t turn; // of records without key; librdkafka's thread may take one while it learns a topic
};

static const struct setting producer_settings[] = {
        { "enable.idempotence", "true", true },
        // The partitioner below is asked for records without key, too.
        { "sticky.partitioning.linger.ms", "0", true },
        { "delivery.report.only.error", "false", true },
        { "acks", "all" },
        { "message.timeout.ms", "0" },
        { "linger.ms", "5" },
        { "compression.type", "lz4" },
        // A value of 4 MiB, the most that is taken in, with its key; topics take 32 KiB more for what goes
        // round it.
        { "message.max.bytes", "4227072" },
        // A record takes 250 to 500 bytes beside its own, so the count bounds small messages to some 40 MiB.
        { "queue.buffering.max.kbytes", "65536" },
        { "queue.buffering.max.messages", "50000" },
};

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
        struct producer *p = opaque;
        (void)rk;
        p->queued--;
        if (p->report == NULL)
                return;
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                p->report(p->self, m->_private, m->partition, m->offset, NULL);
                return;
        }
        struct err e;
        client_fail(&e, m->err, NULL, "topic %s, partition %d: the record was not stored",
                    rd_kafka_topic_name(m->rkt), (int)m->partition);
        p->report(p->self, m->_private, m->partition, m->offset, &e);
}

// As Kafka's Java client does it for records with a key, so that both put a key into the same partition.
static int32_t choose_partition(const rd_kafka_topic_t *rkt, const void *key, size_t size, int32_t count,
                                void *topic, void *message)
{
        (void)rkt, (void)message;
        struct producer_topic *t = topic;
        uint32_t hash =
            key != NULL ? murmur2(slice_of(key, size)) : __atomic_fetch_add(&t->turn, 1, __ATOMIC_RELAXED);
        return (int32_t)((hash & 0x7fffffff) % (uint32_t)count);
}

struct producer *producer_open(const struct bus_conf *conf, producer_report report, void *self, struct err *e)
{
        rd_kafka_conf_t *settings =
            client_conf(conf, producer_settings, sizeof(producer_settings) / sizeof(producer_settings[0]), e);
        if (settings == NULL)
                return NULL;
        rd_kafka_conf_set_dr_msg_cb(settings, on_report);
        struct producer *p = client_alloc(1, sizeof(*p));
        p->report = report;
        p->self = self;
        p->topics = map_new();
        if (client_open(&p->client, RD_KAFKA_PRODUCER, settings, e) < 0)
                return producer_close(p);
        return p;
}

struct producer *producer_close(struct producer *p)
{
        if (p == NULL)
                return NULL;
        if (p->client.rk != NULL) {
                rd_kafka_purge(p->client.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
                (void)rd_kafka_flush(p->client.rk, CLOSE_MS);
        }
        size_t at = 0;
        struct slice name;
        void *value;
        while (map_next(p->topics, &at, &name, &value)) {
                struct producer_topic *t = value;
                rd_kafka_topic_destroy(t->rkt);
        }
        client_done(&p->client); // no partitioner runs after this
        for (at = 0; map_next(p->topics, &at, &name, &value);)
                free(value);
        map_free(p->topics);
        free(p);
        return NULL;
}

struct producer_topic *producer_topic(struct producer *p, const char *name, struct err *e)
{
        struct producer_topic *t = map_get(p->topics, slice_str(name));
        if (t != NULL)
                return t;
        t = client_alloc(1, sizeof(*t));
        t->producer = p;
        rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(p->client.rk);
        rd_kafka_topic_conf_set_opaque(conf, t);
        rd_kafka_topic_conf_set_partitioner_cb(conf, choose_partition);
        t->rkt = rd_kafka_topic_new(p->client.rk, name, conf); // conf is its own now, also where it fails
        if (t->rkt == NULL) {
                client_fail(e, rd_kafka_last_error(), NULL, "topic %.100s", name);
                free(t);
                return NULL;
        }
        map_set(p->topics, slice_str(name), t);
        return t;
}

// Says why librdkafka did not take a record.
static int refused(struct producer_topic *t, rd_kafka_resp_err_t code, struct err *e)
{
        char text[512];
        const char *name = rd_kafka_topic_name(t->rkt);
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
                return 1;
        if (code == RD_KAFKA_RESP_ERR__FATAL) {
                code = rd_kafka_fatal_error(t->producer->client.rk, text, sizeof(text));
                return client_fail(e, code, text, "topic %s: this producer cannot go on", name);
        }
        client_fail(e, code, NULL, "topic %s: the record cannot be sent", name);
        if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && e != NULL)
                e->code = ERR_LIMIT;
        return -1;
}

static rd_kafka_resp_err_t send_headers(struct producer_topic *t, int32_t partition, struct slice key,
                                        struct slice value, const struct bus_header *headers, size_t count,
                                        void *tag)
{
        rd_kafka_headers_t *list = rd_kafka_headers_new(count);
        for (size_t i = 0; i < count; i++)
                rd_kafka_header_add(list, headers[i].name, -1, headers[i].value.p,
                                    (ssize_t)headers[i].value.n);
        union {
                const uint8_t *in;
                void *out;
        } name = { .in = key.p },
          bytes = { .in = value.p }; // librdkafka copies them, their types do not say so
        rd_kafka_resp_err_t code =
            rd_kafka_producev(t->producer->client.rk, RD_KAFKA_V_RKT(t->rkt), RD_KAFKA_V_PARTITION(partition),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(name.out, key.n),
                              RD_KAFKA_V_VALUE(bytes.out, value.n), RD_KAFKA_V_OPAQUE(tag),
                              RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                rd_kafka_headers_destroy(list);
        return code;
}

static rd_kafka_resp_err_t send_plain(struct producer_topic *t, int32_t partition, struct slice key,
                                      struct slice value, void *tag)
{
        union {
                const uint8_t *in;
                void *out;
        } bytes = { .in = value.p };
        if (rd_kafka_produce(t->rkt, partition, RD_KAFKA_MSG_F_COPY, bytes.out, value.n, key.p, key.n, tag) ==
            0)
                return RD_KAFKA_RESP_ERR_NO_ERROR;
        return rd_kafka_last_error();
}

int producer_send(struct producer_topic *t, int32_t partition, struct slice key, struct slice value,
                  const struct bus_header *headers, size_t header_count, void *tag, struct err *e)
{
        rd_kafka_resp_err_t code = header_count > 0
                                       ? send_headers(t, partition, key, value, headers, header_count, tag)
                                       : send_plain(t, partition, key, value, tag);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return refused(t, code, e);
        t->producer->queued++;
        return 0;
}

void producer_poll(struct producer *p, int timeout_ms)
{
        rd_kafka_poll(p->client.rk, timeout_ms);
        client_serve(&p->client);
}

int producer_flush(struct producer *p, int timeout_ms, struct err *e)
{
        char text[512];
        rd_kafka_resp_err_t code = rd_kafka_flush(p->client.rk, timeout_ms);
        client_serve(&p->client);
        rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(p->client.rk, text, sizeof(text));
        if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, fatal, text, "this producer cannot go on");
        if (code == RD_KAFKA_RESP_ERR__TIMED_OUT)
                return 1;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, code, NULL, "waiting for what was sent");
        return 0;
}

size_t producer_queued(const struct producer *p)
{
        return p->queued;
}

int producer_partitions(struct producer_topic *t, int timeout_ms, int32_t *count, struct err *e)
{
        if (t->partitions == 0) {
                const struct rd_kafka_metadata *answer;
                const char *name = rd_kafka_topic_name(t->rkt);
                rd_kafka_resp_err_t code =
                    rd_kafka_metadata(t->producer->client.rk, 0, t->rkt, &answer, timeout_ms);
                if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                        return client_fail(e, code, NULL, "topic %s: asking for its partitions", name);
                code =
                    answer->topic_cnt == 1 ? answer->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
                int32_t found = code == RD_KAFKA_RESP_ERR_NO_ERROR ? answer->topics[0].partition_cnt : 0;
                rd_kafka_metadata_destroy(answer);
                if (found <= 0)
                        return client_fail(e, code, NULL, "topic %s: asking for its partitions", name);
                t->partitions = found;
        }
        *count = t->partitions;
        return 0;
}

// Errors that come in place of records: one partition stops, or the whole consumer, or librdkafka tries again
// by itself and people need not know.
#include <stdio.h>

#include "hub/base/log.h"
#include "hub/bus/consumer_state.h"

void consumer_break(struct consumer *c, const struct err *e)
{
        if (c->failed)
                return;
        c->failed = true;
        c->fault = *e;
}

static void tell(struct consumer *c, const char *topic, int32_t partition, const struct err *e)
{
        if (c->owner.failed != NULL)
                c->owner.failed(c->owner.self, topic, partition, e);
        else
                consumer_break(c, e);
}

// librdkafka would go on behind a damaged batch: what it has fetched of the partition is thrown away by the
// pause.
static void stop_partition(struct consumer *c, struct part *p, rd_kafka_resp_err_t code, const char *text)
{
        struct err e;
        if (!p->assigned || p->failed)
                return;
        p->failed = true;
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, p->topic, p->partition);
        rd_kafka_pause_partitions(c->client.rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        client_fail(&e, code, text, "topic %s, partition %d stops at offset %lld", p->topic,
                    (int)p->partition, (long long)p->next);
        e.retriable = false;
        tell(c, p->topic, p->partition, &e);
}

enum reach { REACH_NONE, REACH_PARTITION, REACH_ALL };

// How much an error stops. What is not listed is tried again by librdkafka.
static enum reach reach_of(const struct consumer *c, rd_kafka_resp_err_t code)
{
        switch (code) {
        case RD_KAFKA_RESP_ERR__BAD_MSG:
        case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
        case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED: // a message format or compression that librdkafka does not
                                                 // know
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR__LOG_TRUNCATION:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
                return REACH_PARTITION;
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
                return REACH_ALL;
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
        case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
                // A reader has a group in name only.
                return c->group ? REACH_ALL : REACH_NONE;
        default:
                return REACH_NONE;
        }
}

static void stop_all(struct consumer *c, rd_kafka_resp_err_t code, const char *text)
{
        struct err e;
        char fatal_text[512];
        rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(c->client.rk, fatal_text, sizeof(fatal_text));
        if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
                client_fail(&e, fatal, fatal_text, "this consumer cannot go on");
        else
                client_fail(&e, code, text, "this consumer cannot go on");
        consumer_break(c, &e);
}

void consumer_take_error(struct consumer *c, const rd_kafka_message_t *m)
{
        const char *topic = m->rkt != NULL ? rd_kafka_topic_name(m->rkt) : NULL;
        enum reach reach = reach_of(c, m->err);
        if (reach == REACH_ALL) {
                stop_all(c, m->err, rd_kafka_message_errstr(m));
        } else if (reach == REACH_PARTITION && topic != NULL) {
                struct part *p = parts_find(c->parts, topic, m->partition);
                struct err e;
                if (p != NULL) {
                        stop_partition(c, p, m->err, rd_kafka_message_errstr(m));
                } else if (m->partition < 0) {
                        client_fail(&e, m->err, rd_kafka_message_errstr(m), "topic %s", topic);
                        tell(c, topic, -1, &e);
                }
        } else {
                log_debug("a fetch is tried again", F_STR("topic", topic != NULL ? topic : ""),
                          F_INT("partition", m->partition), F_STR("text", rd_kafka_message_errstr(m)));
        }
}

void consumer_hear_error(struct client *client, rd_kafka_resp_err_t code, const char *text)
{
        struct consumer *c = (struct consumer *)client; // its first member
        enum reach reach = reach_of(c, code);
        if (reach == REACH_ALL)
                stop_all(c, code, text);
        for (size_t i = 0; reach == REACH_PARTITION && i < parts_count(c->parts); i++) {
                struct part *p = parts_at(c->parts, i);
                char name[TOPIC_MAX + 32];
                int n = snprintf(name, sizeof(name), "%s [%d]:", p->topic, (int)p->partition);
                if (n > 0 && (size_t)n < sizeof(name) && strncmp(text, name, (size_t)n) == 0)
                        stop_partition(c, p, code, text);
        }
}

// librdkafka's codes in the project's terms: a sentence, the next step, and whether waiting helps.
#include <stdarg.h>
#include <stdio.h>

#include "hub/bus/client.h"

struct hint {
        rd_kafka_resp_err_t code;
        const char *text;
};

static const struct hint hints[] = {
        { RD_KAFKA_RESP_ERR__RESOLVE, "the host in kafka: bootstrap.servers is not known; check its spelling "
                                      "and this machine's name service" },
        { RD_KAFKA_RESP_ERR__TRANSPORT, "check that the broker runs and that kafka: bootstrap.servers and "
                                        "security.protocol name its listener" },
        { RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
          "check that the broker runs and that kafka: bootstrap.servers names its listener" },
        { RD_KAFKA_RESP_ERR__TIMED_OUT, "the broker did not answer in time; check that it runs and that the "
                                        "address it advertises can be reached" },
        { RD_KAFKA_RESP_ERR__SSL, "check kafka: ssl.ca.location, the name in the broker's certificate and "
                                  "the dates of both certificates" },
        { RD_KAFKA_RESP_ERR__AUTHENTICATION, "check kafka: security.protocol, sasl.mechanism, sasl.username, "
                                             "sasl.password or the client certificate" },
        { RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
          "check kafka: sasl.mechanism, sasl.username and sasl.password" },
        { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
          "ask the broker's administrator for an ACL on this topic for this principal" },
        { RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
          "ask the broker's administrator for a READ ACL on this consumer group for this principal" },
        { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
          "ask the broker's administrator for the ACL on the cluster that this operation needs" },
        { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "the topic does not exist; make it first" },
        { RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "the topic does not exist; make it first" },
        { RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "the topic has fewer partitions than that" },
        { RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, "there are fewer brokers than copies asked for" },
        { RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
          "another process runs under the same instance name; give each instance a name of its own" },
        { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
          "raise message.max.bytes under kafka: and max.message.bytes of the topic, or send less" },
        { RD_KAFKA_RESP_ERR__BAD_MSG,
          "what the broker stores is damaged; restore the log from a replica before going on" },
        { RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET,
          "the place to go on from is no longer in the log; a person has to decide where to go on" },
        { RD_KAFKA_RESP_ERR__LOG_TRUNCATION,
          "the log was cut back behind what was read already; a person has to decide where to go on" },
};

const char *client_hint(rd_kafka_resp_err_t code)
{
        for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
                if (hints[i].code == code)
                        return hints[i].text;
        return NULL;
}

bool client_retriable(rd_kafka_resp_err_t code)
{
        switch (code) {
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR__WAIT_COORD:
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
        case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
        case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
        case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
        case RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
        case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
                return true;
        default:
                return false;
        }
}

int client_fail(struct err *e, rd_kafka_resp_err_t code, const char *text, const char *format, ...)
{
        char what[256];
        const char *hint = client_hint(code);
        va_list args;
        va_start(args, format);
        vsnprintf(what, sizeof(what), format, args);
        va_end(args);
        err_set(e, ERR_KAFKA, "%s: %s%s%s", what,
                text != NULL && text[0] != '\0' ? text : rd_kafka_err2str(code), hint != NULL ? "; " : "",
                hint != NULL ? hint : "");
        if (e != NULL)
                e->retriable = client_retriable(code);
        return -1;
}

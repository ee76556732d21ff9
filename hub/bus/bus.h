// Connection settings of every Kafka client, and topic names. The only folder that includes librdkafka's
// header.
#pragma once

#include "hub/base/conf.h"

// `kafka:` of a configuration: librdkafka properties passed through as they are.
struct bus_conf {
        struct conf_pairs kafka;
        const char *client_id; // shown in broker logs
};

#define TOPIC_MAX     249
#define TOPIC_SCHEMAS "iochub.schemas"
#define TOPIC_ROUTING "iochub.routing"
#define TOPIC_EVENTS  "iochub.events"

// in.<agency>.<dataset>, shared.<dataset>, out.<agency>, rejected.<agency>. Text only, never parsed for
// meaning. 0 done, 1 longer than TOPIC_MAX.
int topic_in(char out[TOPIC_MAX + 1], const char *agency, const char *dataset) must_check;
int topic_shared(char out[TOPIC_MAX + 1], const char *dataset) must_check;
int topic_out(char out[TOPIC_MAX + 1], const char *agency) must_check;
int topic_rejected(char out[TOPIC_MAX + 1], const char *agency) must_check;

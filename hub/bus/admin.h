// Topics as the broker knows them: create, describe (topic id), ranges. Blocking calls with a bound, and one
// asynchronous describe, for the look that runs beside a COPY.
#pragma once

#include "hub/bus/bus.h"

struct admin;

#define TOPIC_ID_SIZE 16

struct topic_info {
        bool exists;
        uint8_t id[TOPIC_ID_SIZE]; // changes when a topic is deleted and made again
        int32_t partitions;
};

struct topic_config {
        const char *name, *value;
};

struct admin *admin_open(const struct bus_conf *conf, struct err *e) must_check;
struct admin *admin_close(struct admin *a);
// 0 made, and known to a broker that was asked; 1 it is already there. The number of copies is the broker's
// default.
int admin_create_topic(struct admin *a, const char *topic, int32_t partitions,
                       const struct topic_config *configs, size_t count, int timeout_ms,
                       struct err *e) must_check;
// 0 deleted, 1 there is no such topic.
int admin_delete_topic(struct admin *a, const char *topic, int timeout_ms, struct err *e) must_check;
// infos[i] for topics[i].
int admin_describe(struct admin *a, const char *const *topics, size_t count, int timeout_ms,
                   struct topic_info *infos, struct err *e) must_check;
// The same in two halves; one may be under way at a time.
int admin_describe_begin(struct admin *a, const char *const *topics, size_t count, int timeout_ms,
                         struct err *e) must_check;
int admin_describe_end(struct admin *a, struct topic_info *infos, struct err *e) must_check;
// First and next offset of each partition 0..count-1 of a topic.
int admin_ranges(struct admin *a, const char *topic, int32_t count, int timeout_ms, int64_t *first,
                 int64_t *next, struct err *e) must_check;
// All topic names, one a line, internal ones left out.
int admin_topics(struct admin *a, int timeout_ms, struct buf *names, struct err *e) must_check;

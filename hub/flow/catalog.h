// What the database says about feeds, grants and rules, read again every second. Feeds stay where they are
// for the life of the catalog (parts point at them); grants and rules are replaced as a whole.
#pragma once

#include "hub/bus/admin.h"
#include "hub/bus/bus.h"
#include "hub/msg/notice.h"
#include "hub/pg/conn.h"

struct feed {
        int32_t id;
        char *agency, *dataset, *topic;
        uint8_t topic_id[TOPIC_ID_SIZE];
        int32_t partitions;
        char **providers; // whose data the sender may carry
        size_t provider_count;
        bool retired;
};

struct grant {
        int64_t id;
        char *dataset;
};

struct rule {
        int64_t id;
        uint32_t version;
        char *dataset;
        char *field, *value; // NULL: every message
        char *agency;
        enum routing_part part;
        uint32_t priority;
};

struct catalog;

struct catalog *catalog_new(void);
struct catalog *catalog_free(struct catalog *c);
// *changed: the set of feeds in force is another one.
int catalog_refresh(struct catalog *c, struct pg *pg, bool *changed, struct err *e) must_check;
// Feed in force of a topic, or NULL.
struct feed *catalog_feed(const struct catalog *c, const char *topic);
// Topics of the feeds in force; valid until the next refresh.
const char *const *catalog_topics(const struct catalog *c, size_t *count);
// Default-sharing grant of a dataset in force, or NULL.
const struct grant *catalog_default_grant(const struct catalog *c, const char *dataset);
// Rules of a dataset in force, by priority (greatest first) and id.
const struct rule *catalog_rules(const struct catalog *c, const char *dataset, size_t *count);
// All that are in force.
const struct grant *catalog_all_grants(const struct catalog *c, size_t *count);
const struct rule *catalog_all_rules(const struct catalog *c, size_t *count);
bool feed_carries(const struct feed *f, struct slice provider);

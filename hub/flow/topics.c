#include "hub/flow/topics.h"

#define SHARED_PARTITIONS 4
#define TIMEOUT_MS        15000
#define DAYS_14           "1209600000"
#define DAYS_30           "2592000000"
// Room for the headers that a shared copy has beyond the input's 4 MiB.
#define MAX_BYTES "4259840"

static const struct topic_config compacted[] = { { "cleanup.policy", "compact" },
                                                 { "max.message.bytes", MAX_BYTES } };
static const struct topic_config days_14[] = { { "retention.ms", DAYS_14 },
                                               { "message.timestamp.type", "LogAppendTime" },
                                               { "max.message.bytes", MAX_BYTES } };
static const struct topic_config days_30[] = { { "retention.ms", DAYS_30 },
                                               { "max.message.bytes", MAX_BYTES } };

static int ensure(struct admin *a, const char *topic, int32_t partitions, const struct topic_config *configs,
                  size_t count, struct err *e)
{
        int r = admin_create_topic(a, topic, partitions, configs, count, TIMEOUT_MS, e);
        return r < 0 ? err_prefix(e, "topic %s", topic) : r;
}

int topics_ensure_own(struct admin *a, struct err *e)
{
        if (ensure(a, TOPIC_SCHEMAS, 1, compacted, 2, e) < 0 ||
            ensure(a, TOPIC_ROUTING, SHARED_PARTITIONS, days_30, 2, e) < 0 ||
            ensure(a, TOPIC_EVENTS, 1, days_30, 2, e) < 0)
                return -1;
        return 0;
}

int topics_ensure_feed(struct admin *a, const char *agency, const char *dataset, int32_t partitions,
                       char feed_topic[TOPIC_MAX + 1], struct err *e)
{
        char rejected[TOPIC_MAX + 1], out[TOPIC_MAX + 1];
        if (topic_in(feed_topic, agency, dataset) != 0 || topic_rejected(rejected, agency) != 0 ||
            topic_out(out, agency) != 0)
                return err_set(e, ERR_INPUT, "agency and dataset make a topic name above %d characters",
                               TOPIC_MAX);
        if (ensure(a, rejected, 1, days_30, 2, e) < 0 || ensure(a, out, 1, days_30, 2, e) < 0)
                return -1;
        return ensure(a, feed_topic, partitions, days_14, 3, e);
}

int topics_ensure_dataset(struct admin *a, const char *dataset, struct err *e)
{
        char topic[TOPIC_MAX + 1];
        if (topic_shared(topic, dataset) != 0)
                return err_set(e, ERR_INPUT, "dataset %s makes a topic name above %d characters", dataset,
                               TOPIC_MAX);
        return topics_ensure_destination(a, topic, e);
}

int topics_ensure_destination(struct admin *a, const char *topic, struct err *e)
{
        bool shared = strncmp(topic, "shared.", strlen("shared.")) == 0;
        return ensure(a, topic, shared ? SHARED_PARTITIONS : 1, days_30, 2, e) < 0 ? -1 : 0;
}

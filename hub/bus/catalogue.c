// Reads iochub.schemas with a group-less consumer, from where the last call ended to the topic's end at the
// time of the call. Every version is compiled and kept; a record that does not compile is said once and
// passed over, so that one bad structure does not hide the others.
#include "hub/bus/catalogue.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/map.h"
#include "hub/bus/admin.h"
#include "hub/bus/consumer.h"
#include "hub/msg/notice.h"

#define PARTITIONS_MAX 64
#define BATCH          64
#define QUIET_USEC     (3 * USEC_PER_SEC)

struct catalogue {
        struct admin *admin;
        struct consumer *consumer;
        struct arena *arena;
        struct map *by_id, *by_dataset;
        struct schema **schemas; // all, for freeing
        size_t count;
        int32_t partitions; // 0: not known yet
        int64_t position[PARTITIONS_MAX];
        bool failed;
        struct err failure;
};

static void on_failed(void *self, const char *topic, int32_t partition, const struct err *e)
{
        struct catalogue *c = self;
        c->failed = true;
        c->failure = *e;
        err_prefix(&c->failure, "%s [%d]", topic, (int)partition);
}

// Whoever asks hears it from catalogue_refresh.
static void on_broker(void *self, bool up, const char *text)
{
        (void)self, (void)up, (void)text;
}

struct catalogue *catalogue_open(const struct bus_conf *conf, struct err *e)
{
        struct catalogue *c = calloc(1, sizeof(*c));
        if (c == NULL)
                abort();
        struct consumer_owner owner = { .self = c, .failed = on_failed, .broker = on_broker };
        c->arena = arena_new(64 * 1024);
        c->by_id = map_new();
        c->by_dataset = map_new();
        c->admin = admin_open(conf, e);
        if (c->admin == NULL)
                return catalogue_close(c);
        c->consumer = consumer_open(conf, NULL, NULL, &owner, e);
        if (c->consumer == NULL)
                return catalogue_close(c);
        return c;
}

struct catalogue *catalogue_close(struct catalogue *c)
{
        if (c == NULL)
                return NULL;
        if (c->consumer)
                consumer_close(c->consumer);
        if (c->admin)
                admin_close(c->admin);
        for (size_t i = 0; i < c->count; i++)
                schema_free(c->schemas[i]);
        free(c->schemas);
        map_free(c->by_id);
        map_free(c->by_dataset);
        arena_free(c->arena);
        free(c);
        return NULL;
}

static void keep(struct catalogue *c, struct schema *s)
{
        c->schemas = reallocarray(c->schemas, c->count + 1, sizeof(*c->schemas));
        if (c->schemas == NULL)
                abort();
        c->schemas[c->count++] = s;
        map_set(c->by_id, slice_of(&s->id, sizeof(s->id)), s);
        if (s->dataset == NULL)
                return;
        struct slice name = slice_str(s->dataset->name);
        const struct schema *newest = map_get(c->by_dataset, name);
        if (newest == NULL || newest->version < s->version)
                map_set(c->by_dataset, name, s);
}

static void take(struct catalogue *c, const struct record *record)
{
        struct schema_record r;
        if (record->value.n == 0)
                return;
        arena_reset(c->arena, 1024 * 1024);
        if (schema_record_read(record->value, c->arena, &r) != 0) {
                log_warn("a record of the schema topic is not a schema record; it is passed over",
                         F_STR("topic", TOPIC_SCHEMAS), F_INT("offset", record->offset));
                return;
        }
        if (map_get(c->by_id, slice_of(&r.id, sizeof(r.id))))
                return;
        char *message = arena_strndup(c->arena, r.message.p, r.message.n);
        struct buf problems;
        buf_init(&problems);
        struct schema *s;
        if (schema_load(r.descriptor_set, message, &s, &problems) == 0) {
                s->id = r.id;
                s->version = r.version;
                keep(c, s);
        } else {
                log_warn("a registered structure cannot be read; it is passed over",
                         F_STR("message", message), F_INT("schema", r.id),
                         F_STR("problem", buf_cstr(&problems)));
        }
        buf_done(&problems);
}

// 0 known, 1 there is no such topic.
static int find_topic(struct catalogue *c, int timeout_ms, struct err *e)
{
        if (c->partitions > 0)
                return 0;
        const char *const topics[] = { TOPIC_SCHEMAS };
        struct topic_info info;
        if (admin_describe(c->admin, topics, 1, timeout_ms, &info, e) < 0)
                return -1;
        if (!info.exists)
                return 1;
        if (info.partitions < 1 || info.partitions > PARTITIONS_MAX)
                return err_set(e, ERR_LIMIT, "topic %s has %d partitions; 1 is enough, %d are the most",
                               TOPIC_SCHEMAS, (int)info.partitions, PARTITIONS_MAX);
        c->partitions = info.partitions;
        return 0;
}

static bool reached(const struct catalogue *c, const int64_t *next)
{
        for (int32_t i = 0; i < c->partitions; i++) {
                if (c->position[i] < next[i])
                        return false;
        }
        return true;
}

// A compacted partition may lack its last offsets, so silence for a while counts as the end too.
static int read_to(struct catalogue *c, const int64_t *next, int timeout_ms, struct err *e)
{
        int64_t now = clock_monotonic_usec(), quiet = now + QUIET_USEC, end = now + timeout_ms * 1000LL;
        while (!reached(c, next) && now < quiet) {
                const struct record *records;
                size_t count;
                if (consumer_poll(c->consumer, 100, BATCH, &records, &count, e) < 0)
                        return -1;
                for (size_t i = 0; i < count; i++) {
                        take(c, &records[i]);
                        c->position[records[i].partition] = records[i].offset + 1;
                }
                consumer_release(c->consumer);
                if (c->failed) {
                        c->failed = false;
                        *e = c->failure;
                        return -1;
                }
                now = clock_monotonic_usec();
                if (count > 0)
                        quiet = now + QUIET_USEC;
                if (now > end && !reached(c, next)) {
                        err_set(e, ERR_KAFKA, "topic %s could not be read in %d ms", TOPIC_SCHEMAS,
                                timeout_ms);
                        e->retriable = true;
                        return -1;
                }
        }
        return 0;
}

int catalogue_refresh(struct catalogue *c, int timeout_ms, struct err *e)
{
        int r = find_topic(c, timeout_ms, e);
        if (r != 0)
                return r;
        int64_t first[PARTITIONS_MAX], next[PARTITIONS_MAX];
        if (admin_ranges(c->admin, TOPIC_SCHEMAS, c->partitions, timeout_ms, first, next, e) < 0)
                return -1;
        for (int32_t i = 0; i < c->partitions; i++) {
                if (c->position[i] < first[i])
                        c->position[i] = first[i];
        }
        if (reached(c, next))
                return 0;
        struct place places[PARTITIONS_MAX];
        for (int32_t i = 0; i < c->partitions; i++)
                places[i] = (struct place){
                        .topic = TOPIC_SCHEMAS, .partition = i, .offset = c->position[i], .leader_epoch = -1
                };
        if (consumer_assign(c->consumer, places, (size_t)c->partitions, e) < 0)
                return -1;
        r = read_to(c, next, timeout_ms, e);
        // Nothing is fetched between two calls.
        struct err ignored;
        if (consumer_assign(c->consumer, NULL, 0, r < 0 ? &ignored : e) < 0)
                return -1;
        return r;
}

const struct schema *catalogue_dataset(const struct catalogue *c, const char *dataset)
{
        return map_get(c->by_dataset, slice_str(dataset));
}

const struct schema *catalogue_schema(const struct catalogue *c, uint32_t id)
{
        return map_get(c->by_id, slice_of(&id, sizeof(id)));
}

#include "hub/flow/tick.h"

#include <stdio.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/map.h"
#include "hub/flow/topics.h"
#include "hub/pg/registry.h"

#define TICK_USEC   USEC_PER_SEC
#define DESCRIBE_MS 2000
#define PUBLISH_MS  5000

static const char beat_sql[] =
    "INSERT INTO hub.instance (id, host, pid, version) VALUES ($1, $2, $3::int, $4) "
    "ON CONFLICT (id) DO UPDATE SET host = $2, version = $4, seen_at = now(), pid = $3::int, "
    "started_at = CASE hub.instance.pid WHEN $3::int THEN hub.instance.started_at ELSE now() END";

static int beat(struct worker *w, struct err *e)
{
        char host[256] = "", pid[16];
        if (gethostname(host, sizeof(host) - 1) != 0)
                host[0] = '\0';
        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        const char *params[] = { w->conf->hub.instance, host, pid, IOCHUB_VERSION };
        return pg_query_prepared(w->pg, beat_sql, 4, params, NULL, e);
}

void tick_alive(struct worker *w)
{
        struct err e = { 0 };
        if (clock_monotonic_usec() < w->next_beat || !pg_alive(w->pg))
                return;
        w->next_beat = clock_monotonic_usec() + TICK_USEC;
        if (beat(w, &e) < 0)
                log_debug("heartbeat not written", F_STR("error", e.text));
}

static int ensure_destination(struct worker *w, const char *topic, struct err *e)
{
        if (map_get(w->destinations, slice_str(topic)) != NULL)
                return 0;
        if (topics_ensure_destination(w->admin, topic, e) < 0)
                return -1;
        map_set(w->destinations, slice_str(topic), w);
        return 0;
}

// Where grants and rules send to must be there before a record is routed by them.
static int ensure_destinations(struct worker *w, struct err *e)
{
        size_t grants, rules;
        char topic[TOPIC_MAX + 1];
        const struct grant *grant = catalog_all_grants(w->catalog, &grants);
        const struct rule *rule = catalog_all_rules(w->catalog, &rules);
        for (size_t i = 0; i < grants; i++)
                if (topic_shared(topic, grant[i].dataset) == 0 && ensure_destination(w, topic, e) < 0)
                        return -1;
        for (size_t i = 0; i < rules; i++)
                if (topic_out(topic, rule[i].agency) == 0 && ensure_destination(w, topic, e) < 0)
                        return -1;
        return 0;
}

static int refresh(struct worker *w, struct err *e)
{
        bool changed;
        size_t count;
        if (catalog_refresh(w->catalog, w->pg, &changed, e) < 0)
                return -1;
        if (changed)
                w->subscribed = false;
        if (ensure_destinations(w, e) < 0)
                return -1;
        if (w->subscribed)
                return 0;
        const char *const *topics = catalog_topics(w->catalog, &count);
        if (consumer_subscribe(w->consumer, topics, count, e) < 0)
                return -1;
        w->subscribed = true;
        return 0;
}

// Lag tools read group offsets; nothing of ours does.
static void hint_offsets(struct worker *w)
{
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                if (p->revoked || p->stopped || p->hinted_offset == p->next_offset)
                        continue;
                consumer_hint(w->consumer, p->feed->topic, p->number, p->next_offset);
                p->hinted_offset = p->next_offset;
        }
}

// Schemas that PostgreSQL has and iochub.schemas lacks: PostgreSQL is the truth.
static int publish(struct worker *w, struct err *e)
{
        struct registry_list list = { 0 };
        struct routing *sent = &w->publication;
        if (sent->pending > 0) // what an earlier tick sent has no answer yet
                return 0;
        if (registry_unpublished(w->pg, &list, e) < 0)
                return -1;
        sent->failed = false;
        int r = 0;
        if (list.count > 0) {
                struct producer_topic *topic = producer_topic(w->producer, TOPIC_SCHEMAS, e);
                r = topic == NULL ? -1 : 0;
                for (size_t i = 0; i < list.count && r == 0; i++) {
                        const struct registry_entry *entry = &list.entries[i];
                        char key[16];
                        snprintf(key, sizeof(key), "%u", entry->id);
                        buf_reset(&w->scratch);
                        struct schema_record record = registry_record(entry);
                        schema_record_write(&record, w->record_schema, w->batch->arena, &w->scratch);
                        r = send_counted(w, sent, topic, slice_str(key), buf_slice(&w->scratch), NULL, 0, e);
                }
                if (r == 0 && producer_flush(w->producer, PUBLISH_MS, e) == 0 && !sent->failed)
                        for (size_t i = 0; i < list.count && r == 0; i++)
                                r = registry_mark_published(w->pg, list.entries[i].id, e);
        }
        registry_list_done(&list);
        return r;
}

// A topic deleted and made again is noticed here when no record comes. A broker that does not answer is no
// reason to stop.
static void look_at_topics(struct worker *w)
{
        size_t count;
        struct err e = { 0 };
        const char *const *topics = catalog_topics(w->catalog, &count);
        struct topic_info *infos = arena_zalloc(w->batch->arena, (count + 1) * sizeof(*infos));
        if (count == 0 || admin_describe(w->admin, topics, count, DESCRIBE_MS, infos, &e) < 0)
                return;
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                if (p->stopped || p->revoked)
                        continue;
                for (size_t i = 0; i < count; i++) {
                        if (topics[i] != p->feed->topic || part_topic(p, &infos[i]) != TOPIC_IS_ANOTHER)
                                continue;
                        p->topic = TOPIC_IS_ANOTHER;
                        part_stop_for_topic(w, p);
                }
        }
}

int tick(struct worker *w, struct err *e)
{
        if (beat(w, e) < 0 || refresh(w, e) < 0 || publish(w, e) < 0)
                return -1;
        if (w->idle && watermarks_save(w, e) < 0)
                return -1;
        look_at_topics(w);
        hint_offsets(w);
        w->next_tick = clock_monotonic_usec() + TICK_USEC;
        return 0;
}

void tick_broker(void *self, bool up, const char *text)
{
        struct worker *w = self;
        if (up && w->broker_away)
                log_info("broker is back");
        if (!up && !w->broker_away)
                log_warn("broker is away; waiting", F_STR("error", text));
        w->broker_away = !up;
}

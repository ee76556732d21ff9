// What the hub says about this process's records: topic rejected.<agency>, read from its end at start, or
// from its end when it is there, since `feed add` may come later. A reject with STALE_SESSION says that a
// newer session took over, so this process must end; others are counted and said once a code, for the
// agency's people.
#include <stdio.h>

#include "connectors/sdk/feed.h"
#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/msg/notice.h"

#define LOOK_USEC 500000
#define OPEN_USEC (10 * USEC_PER_SEC) // between two tries to open
#define ASK_MS    2000
#define BATCH     200

void rejects_open(struct runner *r)
{
        char topic[TOPIC_MAX + 1];
        const char *const topics[] = { topic };
        struct topic_info info;
        struct err e;
        if (topic_rejected(topic, r->config->agency) != 0)
                return;
        r->rejects_at = clock_monotonic_usec();
        if (admin_describe(r->admin, topics, 1, ASK_MS, &info, &e) < 0 || !info.exists ||
            info.partitions > PARTITIONS_MAX)
                return;
        int64_t first[PARTITIONS_MAX], next[PARTITIONS_MAX];
        struct place places[PARTITIONS_MAX];
        if (admin_ranges(r->admin, topic, info.partitions, ASK_MS, first, next, &e) < 0)
                return;
        for (int32_t p = 0; p < info.partitions; p++)
                places[p] =
                    (struct place){ .topic = topic, .partition = p, .offset = next[p], .leader_epoch = -1 };
        struct consumer_owner owner = { .self = r, .broker = ignore_broker };
        r->reject_reader = consumer_open(&r->config->bus, NULL, NULL, &owner, &e);
        if (r->reject_reader && consumer_assign(r->reject_reader, places, (size_t)info.partitions, &e) < 0)
                r->reject_reader = consumer_close(r->reject_reader);
        if (r->reject_reader == NULL)
                log_warn("rejects cannot be read", F_STR("topic", topic), F_STR("error", e.text));
}

static struct feed *feed_of(struct runner *r, uint64_t session)
{
        for (size_t i = 0; i < r->feed_count; i++) {
                if (session != 0 && r->feeds[i].session == session)
                        return &r->feeds[i];
        }
        return NULL;
}

static void take(struct runner *r, const struct feed *f, const struct reject *reject,
                 const struct fault *fault)
{
        if (fault->code == FAULT_STALE_SESSION) {
                r->stale = true;
                log_error("a newer session of this feed is at work, so this one ends; is a second connector "
                          "running?",
                          F_STR("topic", f->conf->topic), F_STR("agency", r->config->agency));
                return;
        }
        if (fault->code >= FAULT_CODES || r->reject_counts[fault->code]++ > 0)
                return;
        char position[256];
        snprintf(position, sizeof(position), "%.*s", (int)reject->source_position.n,
                 (const char *)reject->source_position.p);
        log_warn("the hub rejected a record; more of this kind are only counted",
                 F_STR("topic", f->conf->topic), F_STR("code", fault_word(fault->code)),
                 F_STR("field", fault->count ? fault->items[0].field : ""),
                 F_STR("rule", fault->count ? fault->items[0].rule : ""), F_STR("position", position));
}

void rejects_poll(struct runner *r)
{
        const struct record *records;
        size_t count;
        struct err e;
        int64_t now = clock_monotonic_usec();
        if (now - r->rejects_at < (r->reject_reader ? LOOK_USEC : OPEN_USEC))
                return;
        if (r->reject_reader == NULL) {
                rejects_open(r);
                return;
        }
        r->rejects_at = now;
        if (consumer_poll(r->reject_reader, 0, BATCH, &records, &count, &e) < 0)
                return;
        struct arena *arena = count ? arena_new(64 * 1024) : NULL;
        for (size_t i = 0; i < count; i++) {
                struct reject reject;
                struct fault fault = { 0 };
                if (reject_read(records[i].value, arena, &reject, &fault) != 0)
                        continue;
                const struct feed *f = feed_of(r, reject.session);
                if (f)
                        take(r, f, &reject, &fault);
        }
        arena_free(arena);
        consumer_release(r->reject_reader);
}

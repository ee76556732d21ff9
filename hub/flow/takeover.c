// Takeover: partitions that the group gives this worker are taken in the database, one row a transaction,
// before a record of them is read. A stopped holder that keeps the row locked is terminated.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/flow/worker.h"

static const char take_sql[] =
    "UPDATE hub.progress SET owner = $3, epoch = epoch + 1, backend_pid = pg_backend_pid(), "
    "state_since = CASE state WHEN 'RUNNING' THEN state_since ELSE now() END, state = 'RUNNING', "
    "state_reason = '' "
    "WHERE feed = $1::int AND part = $2::int AND state <> 'STOPPED' "
    "RETURNING epoch, next_offset, leader_epoch, session, sequence, unreadable, routed_offset, "
    "routed_session, "
    "routed_sequence, routed_unreadable, recheck";

// The row's state, and the connections of its owner that hold a lock on hub.progress: a stopped owner may
// have reconnected since it last wrote backend_pid.
static const char holder_sql[] =
    "SELECT p.state, p.state_reason, a.pid FROM hub.progress p LEFT JOIN pg_stat_activity a ON a.pid <> "
    "pg_backend_pid() "
    "AND starts_with(a.application_name, 'iochub-hub ' || p.owner || '/') AND EXISTS (SELECT FROM pg_locks l "
    "WHERE l.pid = a.pid AND l.granted AND l.relation = 'hub.progress'::regclass) "
    "WHERE p.feed = $1::int AND p.part = $2::int";

static const char quarantined_sql[] =
    "SELECT \"offset\", code FROM hub.quarantine WHERE feed = $1::int AND part = $2::int "
    "AND \"offset\" >= $3::bigint AND \"offset\" < $4::bigint ORDER BY \"offset\"";

struct key {
        char feed[16], part[16];
};

static struct key key_of(const struct part *p)
{
        struct key k;
        snprintf(k.feed, sizeof(k.feed), "%d", p->feed->id);
        snprintf(k.part, sizeof(k.part), "%d", p->number);
        return k;
}

static void part_fill(struct part *p, const struct pg_rows *r)
{
        p->epoch = pg_int(r, 0, 0);
        p->next_offset = pg_int(r, 0, 1);
        p->leader_epoch = (int32_t)pg_int(r, 0, 2);
        p->committed = (struct seen){ pg_text(r, 0, 3) != NULL, (uint64_t)pg_int(r, 0, 3),
                                      (uint64_t)pg_int(r, 0, 4), (uint32_t)pg_int(r, 0, 5) };
        p->routed_offset = pg_int(r, 0, 6);
        p->routed = (struct seen){ pg_text(r, 0, 7) != NULL, (uint64_t)pg_int(r, 0, 7),
                                   (uint64_t)pg_int(r, 0, 8), (uint32_t)pg_int(r, 0, 9) };
        p->recheck = pg_bool(r, 0, 10);
        p->local_rejects = -1;
        p->seen = p->routed;
        p->derive_until = p->routed_offset < p->next_offset ? p->next_offset : 0;
        if (p->derive_until == 0)
                p->seen = p->committed;
}

// One try under a lock timeout. 0 taken, 1 no such row or stopped, <0 failed (SQLSTATE 55P03: the row is
// locked).
static int take_once(struct worker *w, struct part *p, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        struct key k = key_of(p);
        const char *params[] = { k.feed, k.part, w->conf->hub.instance };
        int result = pg_exec(w->pg, "BEGIN; SET LOCAL lock_timeout = '3s'", e);
        if (result == 0)
                result = pg_query_prepared(w->pg, take_sql, 3, params, &r, e);
        if (result < 0) {
                struct err rollback = { 0 };
                if (pg_alive(w->pg) && pg_exec(w->pg, "ROLLBACK", &rollback) < 0)
                        log_debug("rollback failed", F_STR("error", rollback.text));
                return -1;
        }
        if (pg_exec(w->pg, "COMMIT", e) < 0)
                return -1;
        if (pg_rows_count(r) == 0)
                return 1;
        part_fill(p, r);
        return 0;
}

// The row is locked: by a holder that was stopped in the middle of a transaction. Its backend is ended.
static int end_holder(struct worker *w, const struct part *p, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        struct key k = key_of(p);
        const char *params[] = { k.feed, k.part };
        if (pg_query(w->pg, holder_sql, 2, params, &r, e) < 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(r); i++) {
                if (pg_text(r, i, 2) == NULL)
                        continue;
                log_warn("a stopped holder keeps a partition locked; its connection is ended",
                         F_STR("topic", p->feed->topic), F_INT("partition", p->number),
                         F_INT("backend", pg_int(r, i, 2)));
                if (pg_terminate(w->pg, (int)pg_int(r, i, 2), e) < 0)
                        return -1;
        }
        return 0;
}

static int take(struct worker *w, struct part *p, struct err *e)
{
        for (int attempt = 0;; attempt++) {
                int r = take_once(w, p, e);
                if (r >= 0 || strcmp(e->sqlstate, "55P03") != 0 || attempt == 5)
                        return r;
                if (end_holder(w, p, e) < 0)
                        return -1;
        }
}

static int load_quarantined(struct worker *w, struct part *p, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        struct key k = key_of(p);
        char from[24], to[24];
        snprintf(from, sizeof(from), "%lld", (long long)p->routed_offset);
        snprintf(to, sizeof(to), "%lld", (long long)p->derive_until);
        const char *params[] = { k.feed, k.part, from, to };
        if (p->derive_until == 0)
                return 0;
        if (pg_query(w->pg, quarantined_sql, 4, params, &r, e) < 0)
                return -1;
        p->refused_count = pg_rows_count(r);
        p->refused = calloc(p->refused_count + 1, sizeof(*p->refused));
        if (p->refused == NULL)
                abort();
        for (size_t i = 0; i < p->refused_count; i++)
                p->refused[i] = (struct refused){ pg_int(r, i, 0), fault_of_word(pg_text(r, i, 1)) };
        return 0;
}

static void say_not_taken(struct worker *w, const struct part *p)
{
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        struct err e = { 0 };
        struct key k = key_of(p);
        const char *params[] = { k.feed, k.part };
        if (pg_query(w->pg, holder_sql, 2, params, &r, &e) < 0)
                return;
        if (pg_rows_count(r) == 0)
                log_error("partition has no row in hub.progress and is not read; `iochub feed add` makes it",
                          F_STR("topic", p->feed->topic), F_INT("partition", p->number));
        else
                log_error("partition is stopped and is not read", F_STR("topic", p->feed->topic),
                          F_INT("partition", p->number), F_STR("reason", pg_text(r, 0, 1)));
}

// 0 taken, 1 not to be read, <0 the database could not be asked.
static int take_place(struct worker *w, struct place *place, struct err *e)
{
        struct feed *feed = catalog_feed(w->catalog, place->topic);
        if (feed == NULL)
                return 1;
        struct part *p = calloc(1, sizeof(*p));
        if (p == NULL)
                abort();
        p->feed = feed;
        p->number = place->partition;
        int r = take(w, p, e);
        if (r == 0)
                r = load_quarantined(w, p, e);
        if (r != 0) {
                if (r > 0)
                        say_not_taken(w, p);
                part_free(p);
                return r;
        }
        place->offset = p->routed_offset;
        place->leader_epoch = p->derive_until == 0 ? p->leader_epoch : -1;
        place->cookie = p;
        p->next = w->parts;
        w->parts = p;
        log_info("partition taken", F_STR("topic", feed->topic), F_INT("partition", p->number),
                 F_INT("epoch", p->epoch), F_INT("next_offset", p->next_offset),
                 F_INT("routed_offset", p->routed_offset));
        return 0;
}

void takeover_assigned(void *self, struct place *places, size_t count)
{
        struct worker *w = self;
        struct err e = { 0 };
        for (size_t i = 0; i < count; i++) {
                int r = w->restart ? 1 : take_place(w, &places[i], &e);
                places[i].skip = r != 0;
                if (r < 0) {
                        log_warn("partitions could not be taken over; starting over", F_STR("error", e.text));
                        w->restart = true;
                }
        }
}

static struct part *part_find(struct worker *w, const char *topic, int32_t partition)
{
        for (struct part *p = w->parts; p != NULL; p = p->next)
                if (!p->revoked && p->number == partition && strcmp(p->feed->topic, topic) == 0)
                        return p;
        return NULL;
}

static const char watermark_sql[] = "UPDATE hub.progress SET routed_offset = $4::bigint, routed_session = "
                                    "$5::bigint, routed_sequence = $6::bigint, "
                                    "routed_unreadable = $7::int, updated_at = clock_timestamp() WHERE feed "
                                    "= $1::int AND part = $2::int AND epoch = $3::bigint";

static int watermark_save(struct worker *w, struct part *p, struct err *e)
{
        struct key k = key_of(p);
        char epoch[24], offset[24], session[24], sequence[24], unreadable[16];
        snprintf(epoch, sizeof(epoch), "%lld", (long long)p->epoch);
        snprintf(offset, sizeof(offset), "%lld", (long long)p->routed_offset);
        snprintf(session, sizeof(session), "%lld", (long long)p->routed.session);
        snprintf(sequence, sizeof(sequence), "%lld", (long long)p->routed.sequence);
        snprintf(unreadable, sizeof(unreadable), "%u", p->routed.unreadable);
        const char *params[] = { k.feed,   k.part,    epoch, offset, p->routed.known ? session : NULL,
                                 sequence, unreadable };
        if (pg_query_prepared(w->pg, watermark_sql, 7, params, NULL, e) < 0)
                return -1;
        p->routed_unsaved = false;
        return 0;
}

int watermarks_save(struct worker *w, struct err *e)
{
        for (struct part *p = w->parts; p != NULL; p = p->next)
                if (p->routed_unsaved && !p->stopped && !p->revoked && watermark_save(w, p, e) < 0)
                        return -1;
        return 0;
}

void takeover_revoked(void *self, const struct place *places, size_t count, bool lost)
{
        struct worker *w = self;
        for (size_t i = 0; i < count; i++) {
                struct part *p = part_find(w, places[i].topic, places[i].partition);
                struct err e = { 0 };
                if (p == NULL)
                        continue;
                if (!lost && p->routed_unsaved && pg_alive(w->pg) && watermark_save(w, p, &e) < 0)
                        log_debug("watermark not saved", F_STR("topic", p->feed->topic),
                                  F_STR("error", e.text));
                p->revoked = true;
                log_info("partition let go", F_STR("topic", p->feed->topic), F_INT("partition", p->number),
                         F_BOOL("lost", lost));
        }
}

#define LOOK_MS 2000

// A partition that cannot be read on: the topic may be gone, or be another one under the same name.
void takeover_failed(void *self, const char *topic, int32_t partition, const struct err *e)
{
        struct worker *w = self;
        struct part *p = part_find(w, topic, partition);
        struct topic_info info = { .exists = true };
        struct err looked = { 0 };
        if (p == NULL)
                log_error("topic cannot be read", F_STR("topic", topic), F_STR("error", e->text));
        if (p == NULL || p->stopped)
                return;
        bool seen = admin_describe(w->admin, &topic, 1, LOOK_MS, &info, &looked) == 0;
        p->topic = seen ? part_topic(p, &info) : TOPIC_SAME;
        if (p->topic == TOPIC_SAME)
                part_stop(w, p, "LOG_UNREADABLE", e->text);
        else
                part_stop_for_topic(w, p);
}

void part_stop_for_topic(struct worker *w, struct part *p)
{
        if (p->topic == TOPIC_IS_GONE)
                part_stop(w, p, "TOPIC_DELETED", "the topic was deleted");
        else
                part_stop(w, p, "TOPIC_RECREATED",
                          "the topic was deleted and made again; its offsets mean other records now");
}

static const char stop_sql[] =
    "UPDATE hub.progress SET state = 'STOPPED', state_reason = $4, state_since = now() "
    "WHERE feed = $1::int AND part = $2::int AND epoch = $3::bigint";

void part_stop(struct worker *w, struct part *p, const char *word, const char *reason)
{
        struct err e = { 0 };
        struct key k = key_of(p);
        char epoch[24], text[600];
        snprintf(epoch, sizeof(epoch), "%lld", (long long)p->epoch);
        snprintf(text, sizeof(text), "%s: %s", word, reason);
        const char *params[] = { k.feed, k.part, epoch, text };
        p->stopped = true;
        log_error("feed partition stopped", F_STR("topic", p->feed->topic), F_INT("partition", p->number),
                  F_STR("reason", text));
        if (consumer_pause(w->consumer, p->feed->topic, p->number, &e) < 0)
                log_warn("stopped partition could not be paused", F_STR("error", e.text));
        if (pg_query(w->pg, stop_sql, 4, params, NULL, &e) < 0) {
                log_warn("stop could not be written to hub.progress; starting over", F_STR("error", e.text));
                w->restart = true;
        }
        event_send(w, NULL, "vn.iochub.feed.stopped", p, text, 0, 0);
}

void parts_sweep(struct worker *w)
{
        for (struct part **at = &w->parts; *at != NULL;) {
                struct part *p = *at;
                if (!p->revoked) {
                        at = &p->next;
                        continue;
                }
                for (size_t i = 0; i < ROUTINGS; i++)
                        for (size_t k = 0; k < w->routings[i].mark_count; k++)
                                if (w->routings[i].marks[k].part == p)
                                        w->routings[i].marks[k].part = NULL;
                *at = p->next;
                part_free(p);
        }
}

#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/cli/out.h"
#include "hub/cli/status.h"

#define KAFKA_MS 3000

const char *const state_words[FEED_STATES] = { "RUNNING", "NEW", "GAP", "UNATTENDED", "STOPPED" };

static const char feeds_sql[] =
    "SELECT s.feed, s.part, s.agency, s.dataset, s.topic, s.state, s.why, s.since, s.owner, s.updated_at, "
    "s.next_offset, "
    "p.routed_offset, s.stored, s.flagged, s.rejected, s.repeats, s.gaps, s.local_rejects, "
    "s.last_event_time, "
    "s.last_received_at, now() FROM hub.feed_status s JOIN hub.progress p USING (feed, part) "
    "ORDER BY s.agency, s.dataset, s.feed, s.part";
enum {
        FEED,
        PART,
        AGENCY,
        DATASET,
        TOPIC,
        STATE,
        WHY,
        SINCE,
        OWNER,
        UPDATED,
        NEXT,
        ROUTED,
        STORED,
        EVENT = STORED + TALLIES,
        RECEIVED,
        NOW,
};

static const char hubs_sql[] =
    "SELECT i.id, i.host, i.pid, i.version, i.started_at, i.seen_at, i.seen_at > now() - interval '15 s', "
    "count(p.feed), now() FROM hub.instance i LEFT JOIN hub.progress p ON p.owner = i.id GROUP BY i.id ORDER "
    "BY i.id";

static void *allocate(size_t count, size_t size)
{
        void *p = calloc(count ? count : 1, size);

        if (!p)
                abort();
        return p;
}

static char *copy(const char *text)
{
        char *p = text ? strdup(text) : NULL;

        if (text && !p)
                abort();
        return p;
}

// 0 where it is NULL or no time.
static int64_t time_of(const struct pg_rows *r, size_t row, size_t column)
{
        const char *text = pg_text(r, row, column);
        int64_t usec;

        return text && time_read(text, &usec) == 0 ? usec : 0;
}

static enum feed_state state_of(const char *word)
{
        for (int i = 0; i < FEED_STATES; i++)
                if (strcmp(state_words[i], word) == 0)
                        return (enum feed_state)i;
        return STATE_STOPPED;
}

static void take_part(const struct pg_rows *r, size_t row, struct look_part *p)
{
        *p = (struct look_part){
                .part = (int32_t)pg_int(r, row, PART),
                .state = state_of(pg_text(r, row, STATE)),
                .why = copy(pg_text(r, row, WHY)),
                .owner = copy(pg_text(r, row, OWNER)),
                .since = time_of(r, row, SINCE),
                .updated_at = time_of(r, row, UPDATED),
                .next_offset = pg_int(r, row, NEXT),
                .routed_offset = pg_int(r, row, ROUTED),
                .end_offset = -1,
                .last_event_time = time_of(r, row, EVENT),
                .last_received_at = time_of(r, row, RECEIVED),
        };
        for (size_t i = 0; i < TALLIES; i++)
                p->tally[i] = pg_int(r, row, STORED + i);
}

static void take_feeds(const struct pg_rows *r, struct look *l)
{
        size_t rows = pg_rows_count(r);
        struct look_feed *f = NULL;

        l->feeds = allocate(rows, sizeof(*l->feeds));
        for (size_t i = 0; i < rows; i++) {
                int32_t feed = (int32_t)pg_int(r, i, FEED);

                if (!f || f->feed != feed) {
                        f = &l->feeds[l->feed_count++];
                        *f = (struct look_feed){ .feed = feed,
                                                 .agency = copy(pg_text(r, i, AGENCY)),
                                                 .dataset = copy(pg_text(r, i, DATASET)),
                                                 .topic = copy(pg_text(r, i, TOPIC)),
                                                 .parts = allocate(rows - i, sizeof(*f->parts)) };
                }
                take_part(r, i, &f->parts[f->count++]);
                l->now = time_of(r, i, NOW);
        }
}

static void take_hubs(const struct pg_rows *r, struct look *l)
{
        l->hub_count = pg_rows_count(r);
        l->hubs = allocate(l->hub_count, sizeof(*l->hubs));
        for (size_t i = 0; i < l->hub_count; i++) {
                l->hubs[i] = (struct look_hub){ .id = copy(pg_text(r, i, 0)),
                                                .host = copy(pg_text(r, i, 1)),
                                                .pid = pg_int(r, i, 2),
                                                .version = copy(pg_text(r, i, 3)),
                                                .started_at = time_of(r, i, 4),
                                                .seen_at = time_of(r, i, 5),
                                                .alive = pg_bool(r, i, 6),
                                                .parts = pg_int(r, i, 7) };
                l->now = time_of(r, i, 8);
        }
}

static void look_at_database(struct sight *s, struct look *l)
{
        struct pg_rows *feeds cleanup(cleanup_pg_rows) = NULL;
        struct pg_rows *hubs cleanup(cleanup_pg_rows) = NULL;

        if (s->pg && !pg_alive(s->pg))
                s->pg = pg_close(s->pg);
        if (!s->pg)
                s->pg = pg_open(s->conninfo, "iochub", &l->database_error);
        if (!s->pg || pg_query(s->pg, feeds_sql, 0, NULL, &feeds, &l->database_error) < 0 ||
            pg_query(s->pg, hubs_sql, 0, NULL, &hubs, &l->database_error) < 0)
                return;
        l->database = true;
        take_feeds(feeds, l);
        take_hubs(hubs, l);
}

// Ends of one feed's log; a topic that is not there leaves them unknown.
static int feed_ends(struct sight *s, struct look_feed *f, const struct topic_info *info, struct err *e)
{
        int32_t count = info->partitions;
        int64_t *first, *next;
        int rc;

        if (!info->exists || count < 1)
                return 0;
        first = allocate((size_t)count, sizeof(*first));
        next = allocate((size_t)count, sizeof(*next));
        rc = admin_ranges(s->admin, f->topic, count, KAFKA_MS, first, next, e);
        for (size_t i = 0; i < f->count && rc == 0; i++)
                if (f->parts[i].part < count)
                        f->parts[i].end_offset = next[f->parts[i].part];
        free(first);
        free(next);
        return rc;
}

static void look_at_ends(struct sight *s, struct look *l)
{
        const char **topics = allocate(l->feed_count, sizeof(*topics));
        struct topic_info *infos = allocate(l->feed_count, sizeof(*infos));

        for (size_t i = 0; i < l->feed_count; i++)
                topics[i] = l->feeds[i].topic;
        l->kafka = admin_describe(s->admin, topics, l->feed_count, KAFKA_MS, infos, &l->kafka_error) == 0;
        for (size_t i = 0; i < l->feed_count && l->kafka; i++)
                l->kafka = feed_ends(s, &l->feeds[i], &infos[i], &l->kafka_error) == 0;
        free(topics);
        free(infos);
}

static int topic_range(struct sight *s, struct look_topic *t, struct err *e)
{
        const char *name = t->name;
        struct topic_info info;
        int64_t *first, *next;
        int rc = admin_describe(s->admin, &name, 1, KAFKA_MS, &info, e);

        if (rc < 0 || !info.exists)
                return rc;
        t->partitions = info.partitions;
        first = allocate((size_t)t->partitions, sizeof(*first));
        next = allocate((size_t)t->partitions, sizeof(*next));
        rc = admin_ranges(s->admin, name, t->partitions, KAFKA_MS, first, next, e);
        for (int32_t p = 0; p < t->partitions && rc == 0; p++) {
                t->first += first[p];
                t->next += next[p];
        }
        free(first);
        free(next);
        return rc;
}

// Without the database: the topics that senders write to.
static void look_at_topics(struct sight *s, struct look *l)
{
        struct buf names = { 0 };
        char *save = NULL;

        l->kafka = admin_topics(s->admin, KAFKA_MS, &names, &l->kafka_error) == 0;
        buf_cstr(&names);
        for (char *name = strtok_r((char *)names.p, "\n", &save); name && l->kafka;
             name = strtok_r(NULL, "\n", &save)) {
                struct look_topic *t;

                if (strncmp(name, "in.", 3) != 0)
                        continue;
                l->topics = realloc(l->topics, (l->topic_count + 1) * sizeof(*l->topics));
                if (!l->topics)
                        abort();
                t = &l->topics[l->topic_count++];
                *t = (struct look_topic){ .name = copy(name) };
                l->kafka = topic_range(s, t, &l->kafka_error) == 0;
        }
        buf_done(&names);
}

void look_take(struct sight *s, struct look *out)
{
        *out = (struct look){ .now = clock_now() };
        look_at_database(s, out);
        if (!s->admin)
                s->admin = admin_open(&s->bus, &out->kafka_error);
        if (!s->admin)
                return;
        if (out->database && out->feed_count)
                look_at_ends(s, out);
        else
                look_at_topics(s, out);
}

void look_done(struct look *l)
{
        for (size_t i = 0; i < l->feed_count; i++) {
                struct look_feed *f = &l->feeds[i];

                for (size_t k = 0; k < f->count; k++) {
                        free(f->parts[k].why);
                        free(f->parts[k].owner);
                }
                free(f->parts);
                free(f->agency);
                free(f->dataset);
                free(f->topic);
        }
        for (size_t i = 0; i < l->hub_count; i++) {
                free(l->hubs[i].id);
                free(l->hubs[i].host);
                free(l->hubs[i].version);
        }
        for (size_t i = 0; i < l->topic_count; i++)
                free(l->topics[i].name);
        free(l->feeds);
        free(l->hubs);
        free(l->topics);
        *l = (struct look){ 0 };
}

// Persist: one transaction stores the rows, the quarantine and the progress of the next records of the batch.
// The progress rows are locked in order first; a partition whose epoch or offset is not what this worker
// holds is dropped from the slice and let go (docs/DELIVERY.md, "Into PostgreSQL: exactly once").
#include "hub/base/clock.h"
#include "hub/base/failpoint.h"
#include "hub/base/log.h"
#include "hub/flow/worker.h"

// Appends ",v" or "{v" to a text array.
static void array_int(struct buf *b, int64_t v)
{
        buf_printf(b, "%c%lld", b->n == 0 ? '{' : ',', (long long)v);
}

static void array_null_or_int(struct buf *b, bool null, int64_t v)
{
        if (null)
                buf_printf(b, "%cNULL", b->n == 0 ? '{' : ',');
        else
                array_int(b, v);
}

static const char *array_end(struct buf *b)
{
        buf_add_char(b, '}');
        return buf_cstr(b);
}

static bool counts(const struct item *item)
{
        return !item->derived && item->fate != FATE_SKIP;
}

static void tally_item(struct part *p, const struct item *item)
{
        struct tally *t = &p->tally;
        switch (item->fate) {
        case FATE_STORE:
                t->stored++;
                t->flagged += item->flag_count > 0;
                if (item->has_event_time && item->event_time > p->last_event_time)
                        p->last_event_time = item->event_time;
                break;
        case FATE_REJECT:
                t->rejected++;
                break;
        case FATE_REPEAT:
                t->repeats++;
                break;
        case FATE_CONTROL:
                t->controls++;
                break;
        case FATE_SKIP:
                break;
        }
        t->gaps += item->gap_first > 0;
}

// Gathers, per partition, what the transaction will say. Returns the end of the slice.
static size_t slice_begin(struct worker *w)
{
        struct batch *b = w->batch;
        size_t to = store_end(w, b->done + w->limit < b->decided ? b->done + w->limit : b->decided);
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                p->in_slice = p->already = p->locked = false;
                p->tally = (struct tally){ 0 };
                p->last_event_time = p->last_received_at = 0;
        }
        for (size_t i = b->done; i < to; i++) {
                struct item *item = &b->items[i];
                struct part *p = item->part;
                if (p->revoked || p->stopped)
                        item->fate = FATE_SKIP;
                if (!counts(item))
                        continue;
                p->in_slice = true;
                p->slice_next = item->record->offset + 1;
                p->slice_leader_epoch = item->record->leader_epoch;
                p->slice_seen = item->after;
                p->last_received_at = item->record->timestamp;
                tally_item(p, item);
        }
        return to;
}

static void drop_part(struct worker *w, struct part *p, size_t to)
{
        p->in_slice = false;
        for (size_t i = w->batch->done; i < to; i++)
                if (w->batch->items[i].part == p)
                        w->batch->items[i].fate = FATE_SKIP;
}

static const char lock_sql[] =
    "SELECT p.feed, p.part, p.epoch, p.next_offset FROM hub.progress p "
    "JOIN unnest($1::int[], $2::int[]) AS w(feed, part) ON w.feed = p.feed AND w.part = p.part "
    "ORDER BY p.feed, p.part FOR UPDATE OF p";

// One locked row against what this worker holds: the same, already committed (a COMMIT whose answer was
// lost), or another's.
static void compare_progress(struct worker *w, struct part *p, int64_t epoch, int64_t next, size_t to)
{
        if (epoch == p->epoch && next == p->next_offset)
                return;
        if (epoch == p->epoch && next == p->slice_next) {
                p->already = true;
                return;
        }
        log_warn("partition belongs to another hub now; let go", F_STR("topic", p->feed->topic),
                 F_INT("partition", p->number), F_INT("epoch", p->epoch), F_INT("their_epoch", epoch),
                 F_INT("next_offset", p->next_offset), F_INT("their_offset", next));
        p->stopped = true;
        w->restart = true; // the group decides anew who reads it
        drop_part(w, p, to);
}

static int lock_progress(struct worker *w, size_t to, struct err *e)
{
        cleanup(buf_done) struct buf feeds, parts;
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        buf_init(&feeds), buf_init(&parts);
        size_t wanted = 0;
        for (struct part *p = w->parts; p != NULL; p = p->next)
                if (p->in_slice)
                        array_int(&feeds, p->feed->id), array_int(&parts, p->number), wanted++;
        if (wanted == 0)
                return 0;
        const char *params[] = { array_end(&feeds), array_end(&parts) };
        if (pg_query_prepared(w->pg, lock_sql, 2, params, &r, e) < 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(r); i++)
                for (struct part *p = w->parts; p != NULL; p = p->next)
                        if (p->in_slice && p->feed->id == pg_int(r, i, 0) && p->number == pg_int(r, i, 1)) {
                                p->locked = true;
                                compare_progress(w, p, pg_int(r, i, 2), pg_int(r, i, 3), to);
                        }
        for (struct part *p = w->parts; p != NULL; p = p->next)
                if (p->in_slice && !p->locked) {
                        log_error("partition has lost its row in hub.progress and is not read on",
                                  F_STR("topic", p->feed->topic), F_INT("partition", p->number));
                        p->stopped = true;
                        drop_part(w, p, to);
                }
        return 0;
}

// Marks the structures with rows in the slice and makes what they need outside the transaction.
static int prepare_structures(struct worker *w, size_t to, struct err *e)
{
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next)
                t->touched = false;
        for (size_t i = w->batch->done; i < to; i++)
                if (w->batch->items[i].fate == FATE_STORE && !w->batch->items[i].derived)
                        w->batch->items[i].structure->touched = true;
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next) {
                if (!t->touched || t->staged || t->schema->dataset->mode != MODE_UPSERT)
                        continue;
                if (pg_exec(w->pg, table_stage_sql(t->table), e) < 0)
                        return -1;
                t->staged = true;
        }
        return structures_add_months(w->structures, w->pg, e);
}

static const char progress_sql[] =
    "UPDATE hub.progress p SET next_offset = w.next_offset, leader_epoch = w.leader_epoch, session = "
    "w.session, "
    "sequence = w.sequence, unreadable = w.unreadable, routed_offset = w.routed_offset, routed_session = "
    "w.routed_session, "
    "routed_sequence = w.routed_sequence, routed_unreadable = w.routed_unreadable, stored = p.stored + "
    "w.stored, "
    "flagged = p.flagged + w.flagged, rejected = p.rejected + w.rejected, repeats = p.repeats + w.repeats, "
    "controls = p.controls + w.controls, gaps = p.gaps + w.gaps, local_rejects = coalesce(w.local_rejects, "
    "p.local_rejects), "
    "last_event_time = greatest(p.last_event_time, to_timestamp(w.event_time / 1e6)), "
    "last_received_at = to_timestamp(w.received_at / 1e6), backend_pid = pg_backend_pid(), updated_at = "
    "clock_timestamp() "
    "FROM unnest($1::int[], $2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::int[], "
    "$8::bigint[], "
    "$9::bigint[], $10::bigint[], $11::int[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], "
    "$16::bigint[], "
    "$17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[]) AS w(feed, part, next_offset, leader_epoch, "
    "session, "
    "sequence, unreadable, routed_offset, routed_session, routed_sequence, routed_unreadable, stored, "
    "flagged, rejected, "
    "repeats, controls, gaps, local_rejects, event_time, received_at) WHERE p.feed = w.feed AND p.part = "
    "w.part";
#define PROGRESS_COLUMNS 20

static void progress_row(struct buf *c, const struct part *p)
{
        const struct tally *t = &p->tally;
        const struct seen *s = &p->slice_seen, *r = &p->routed;
        array_int(c++, p->feed->id);
        array_int(c++, p->number);
        array_int(c++, p->slice_next);
        array_int(c++, p->slice_leader_epoch);
        array_null_or_int(c++, !s->known, (int64_t)s->session);
        array_int(c++, (int64_t)s->sequence);
        array_int(c++, s->unreadable);
        array_int(c++, p->routed_offset);
        array_null_or_int(c++, !r->known, (int64_t)r->session);
        array_int(c++, (int64_t)r->sequence);
        array_int(c++, r->unreadable);
        array_int(c++, t->stored);
        array_int(c++, t->flagged);
        array_int(c++, t->rejected);
        array_int(c++, t->repeats);
        array_int(c++, t->controls);
        array_int(c++, t->gaps);
        array_null_or_int(c++, p->local_rejects < 0, p->local_rejects);
        array_null_or_int(c++, p->last_event_time == 0, p->last_event_time);
        array_int(c, p->last_received_at);
}

static int update_progress(struct worker *w, struct err *e)
{
        struct buf columns[PROGRESS_COLUMNS];
        const char *params[PROGRESS_COLUMNS];
        size_t rows = 0;
        int r = 0;
        for (size_t i = 0; i < PROGRESS_COLUMNS; i++)
                buf_init(&columns[i]);
        for (struct part *p = w->parts; p != NULL; p = p->next)
                if (p->in_slice)
                        progress_row(columns, p), rows++;
        for (size_t i = 0; i < PROGRESS_COLUMNS; i++)
                params[i] = rows > 0 ? array_end(&columns[i]) : NULL;
        if (rows > 0)
                r = pg_query_prepared(w->pg, progress_sql, PROGRESS_COLUMNS, params, NULL, e);
        for (size_t i = 0; i < PROGRESS_COLUMNS; i++)
                buf_done(&columns[i]);
        return r;
}

#define UNKNOWN_USEC (10 * USEC_PER_SEC)

// What the broker says of a part's topic. A topic that it does not know for a moment may be in the middle of
// an election.
static int compare_topic(struct part *p, const struct topic_info *info, struct err *e)
{
        int64_t now = clock_monotonic_usec();
        enum topic_state state = part_topic(p, info);
        if (state == TOPIC_SAME) {
                p->unknown_since = 0;
                return 0;
        }
        if (!info->exists && p->unknown_since == 0)
                p->unknown_since = now;
        if (!info->exists && now - p->unknown_since < UNKNOWN_USEC)
                return err_set(e, ERR_KAFKA, "the broker does not know topic %s at the moment",
                               p->feed->topic);
        p->topic = state;
        return err_set(e, ERR_STATE, "topic %s is gone or another one", p->feed->topic);
}

// The topics must be the ones that hub.feed knows: a client that is running does not notice a topic made
// again.
static int topics_same(struct worker *w, const char **topics, size_t count, struct err *e)
{
        if (count == 0)
                return 0;
        struct topic_info *infos = arena_zalloc(w->batch->arena, count * sizeof(*infos));
        if (admin_describe_end(w->admin, infos, e) < 0)
                return -1;
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                size_t i = 0;
                while (i < count && topics[i] != p->feed->topic)
                        i++;
                if (p->in_slice && i < count && compare_topic(p, &infos[i], e) < 0)
                        return -1;
        }
        return 0;
}

static size_t slice_topics(struct worker *w, const char ***topics)
{
        size_t count = 0, capacity = 0;
        for (struct part *p = w->parts; p != NULL; p = p->next)
                capacity++;
        *topics = arena_alloc(w->batch->arena, (capacity + 1) * sizeof(**topics));
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                size_t i = 0;
                while (i < count && (*topics)[i] != p->feed->topic)
                        i++;
                if (p->in_slice && i == count)
                        (*topics)[count++] = p->feed->topic;
        }
        return count;
}

// Between BEGIN and COMMIT.
static int transaction(struct worker *w, size_t to, struct err *e)
{
        const char **topics;
        size_t count = slice_topics(w, &topics);
        if (count > 0 && admin_describe_begin(w->admin, topics, count, 10000, e) < 0)
                return -1;
        int r = lock_progress(w, to, e);
        bool already = false;
        for (struct part *p = w->parts; p != NULL; p = p->next)
                already |= p->in_slice && p->already;
        if (r == 0 && !already) {
                r = store_rows(w, to, e);
                if (r == 0)
                        r = quarantine_write(w, w->batch->done, to, e);
        }
        struct err looked = { 0 };
        if (topics_same(w, topics, count, &looked) < 0 && r == 0) {
                *e = looked;
                r = -1;
        }
        if (r == 0 && !already)
                r = update_progress(w, e);
        if (r == 0 && failpoint_hit("hub-progress-updated"))
                r = err_set(e, ERR_DATABASE, "failpoint hub-progress-updated");
        return r;
}

static void slice_committed(struct worker *w, size_t to)
{
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                if (!p->in_slice)
                        continue;
                p->next_offset = p->slice_next;
                p->leader_epoch = p->slice_leader_epoch;
                p->routed_unsaved = false;
                p->in_slice = false;
        }
        w->batch->done = to;
}

int persist(struct worker *w, struct err *e)
{
        size_t to = slice_begin(w);
        bool any = false;
        for (struct part *p = w->parts; p != NULL; p = p->next)
                any |= p->in_slice;
        if (!any) {
                w->batch->done = to;
                return 0;
        }
        if (prepare_structures(w, to, e) < 0 || pg_exec(w->pg, "BEGIN", e) < 0)
                return -1;
        int r = transaction(w, to, e);
        if (r == 0) {
                (void)failpoint_hit("hub-before-commit");
                r = pg_exec(w->pg, "COMMIT", e);
                (void)failpoint_hit("hub-committed");
        } else if (pg_alive(w->pg)) {
                struct err rollback = { 0 };
                if (pg_exec(w->pg, "ROLLBACK", &rollback) < 0)
                        log_debug("rollback failed", F_STR("error", rollback.text));
        }
        if (r == 0)
                slice_committed(w, to);
        return r;
}

void persist_refuse(struct worker *w, const struct err *why)
{
        struct item *item = &w->batch->items[w->batch->done];
        fault_set(&item->fault, w->batch->arena, FAULT_REFUSED_BY_STORE, "",
                  "Cơ sở dữ liệu không nhận bản ghi này", "%s", why->text);
        item->fate = FATE_REJECT;
}

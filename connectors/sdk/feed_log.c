// Reading the feed's own log at start: the newest valid CHECKPOINT and the ids behind it. A record counts
// only when its session is that of the last START before it on its partition. START goes to partition 0 first
// and is reported before the others, so a CHECKPOINT that stands on partition 0 before any newer START covers
// nothing that came after one.
#include <stdlib.h>

#include "connectors/sdk/feed.h"
#include "hub/base/stop.h"

#define WINDOW 20000
#define BATCH  2000

// What a visitor sees of a record. v is NULL where it cannot be read.
typedef void (*visit)(void *self, const struct record *record, const struct envelope *v);

// Which session's records count, as a partition is read forward.
struct in_force {
        bool known;
        uint64_t session;
};

static void note_start(struct in_force *now, const struct envelope *v)
{
        if (v && v->header.operation == OP_START) {
                now->known = true;
                now->session = v->header.session;
        }
}

// Gives every record of [from, to) to the visitor. The caller's own START stands at or behind `to`, so the
// end is always seen. 0 done, 2 stop, <0.
static int read_log(struct feed *f, int32_t partition, int64_t from, int64_t to, visit visitor, void *self,
                    struct err *e)
{
        struct runner *r = f->runner;
        if (from >= to)
                return 0;
        struct place place = {
                .topic = f->conf->topic, .partition = partition, .offset = from, .leader_epoch = -1
        };
        r->reader_failed = false;
        int result = consumer_assign(r->reader, &place, 1, e);
        for (bool more = result == 0; more;) {
                const struct record *records;
                size_t count;
                result = stop_requested() ? 2 : consumer_poll(r->reader, 100, BATCH, &records, &count, e);
                if (result != 0)
                        break;
                arena_reset(f->arena, 1024 * 1024);
                for (size_t i = 0; i < count && more; i++) {
                        struct envelope v;
                        struct fault fault = { 0 };
                        more = records[i].offset < to;
                        if (more)
                                visitor(self, &records[i],
                                        envelope_read(records[i].value, f->arena, &v, &fault) == 0 ? &v
                                                                                                   : NULL);
                }
                consumer_release(r->reader);
                producer_poll(r->producer, 0);
                if (r->reader_failed) {
                        *e = r->reader_error;
                        result = -1;
                        break;
                }
        }
        struct err ignored;
        if (consumer_assign(r->reader, NULL, 0, result < 0 ? &ignored : e) < 0)
                return -1;
        return result;
}

void resume_init(struct resume *r, int32_t partitions)
{
        *r = (struct resume){ 0 };
        buf_init(&r->cursor);
        r->last_offset = calloc((size_t)partitions, sizeof(*r->last_offset));
        r->start_offsets = calloc((size_t)partitions, sizeof(*r->start_offsets));
        if (r->last_offset == NULL || r->start_offsets == NULL)
                abort();
}

void resume_done(struct resume *r)
{
        buf_done(&r->cursor);
        free(r->last_offset);
        free(r->start_offsets);
}

struct search {
        struct feed *feed;
        struct resume *found;
        struct in_force now;
        bool doubted; // a checkpoint was seen whose START is not known yet
};

// Could be ours at all: one entry a partition, nothing at or behind this session's START.
static bool plausible(const struct feed *f, const struct checkpoint *c, int64_t offset)
{
        if (c->start_count != (size_t)f->partitions || c->last_count != (size_t)f->partitions)
                return false;
        for (int32_t p = 0; p < f->partitions; p++) {
                if (c->last_offset[p] < -1 || c->last_offset[p] >= f->parts[p].start ||
                    c->start_offset[p] < 0)
                        return false;
        }
        return c->start_offset[0] < offset;
}

static void keep_checkpoint(struct search *s, const struct envelope *v)
{
        struct resume *r = s->found;
        const struct checkpoint *c = &v->control.checkpoint;
        size_t size = c->last_count * sizeof(*c->last_offset);
        r->found = true;
        r->session = v->header.session;
        buf_reset(&r->cursor);
        buf_add_slice(&r->cursor, c->cursor);
        memcpy(r->last_offset, c->last_offset, size);
        memcpy(r->start_offsets, c->start_offset, size);
        r->records = c->records;
        r->local_rejects = c->local_rejects;
        r->reject_bytes = c->reject_bytes;
}

static void look_for_checkpoint(void *self, const struct record *record, const struct envelope *v)
{
        struct search *s = self;
        note_start(&s->now, v);
        if (v == NULL || v->header.operation != OP_CHECKPOINT || v->header.session == 0)
                return;
        const struct checkpoint *c = &v->control.checkpoint;
        if (!plausible(s->feed, c, record->offset))
                return;
        // Offset and sequence have grown by the same number since its START: nothing else came between.
        bool alone = (uint64_t)(record->offset - c->start_offset[0]) == v->header.sequence;
        if (!s->now.known && alone) {
                s->now.known = true;
                s->now.session = v->header.session;
        }
        if (!s->now.known)
                s->doubted = true;
        else if (s->now.session == v->header.session)
                keep_checkpoint(s, v);
}

struct newness {
        struct in_force now;
        bool data;
};

// STARTs, and what a session sent after its successor's START, do not make a log old: nobody takes them.
static void look_for_data(void *self, const struct record *record, const struct envelope *v)
{
        struct newness *n = self;
        (void)record;
        note_start(&n->now, v);
        bool stale = v && v->header.session != 0 && n->now.known && v->header.session != n->now.session;
        if (v == NULL || (v->header.operation != OP_START && !stale))
                n->data = true;
}

static int check_new(struct feed *f, const int64_t *first, struct resume *r, struct err *e)
{
        for (int32_t p = 0; p < f->partitions; p++) {
                if (first[p] != 0)
                        return 0;
                // A look at the beginning tells most old logs from new ones.
                struct newness n = { 0 };
                for (int64_t from = 0, size = 100; from < f->parts[p].start && !n.data;
                     from += size, size = WINDOW) {
                        int64_t to = from + size < f->parts[p].start ? from + size : f->parts[p].start;
                        int result = read_log(f, p, from, to, look_for_data, &n, e);
                        if (result != 0)
                                return result;
                }
                if (n.data)
                        return 0;
        }
        r->new_log = true;
        return 0;
}

static int ask_ranges(struct feed *f, int64_t *first, struct err *e)
{
        int64_t *next = arena_alloc(f->arena, (size_t)f->partitions * sizeof(*next));
        for (;;) {
                if (stop_requested())
                        return 2;
                if (admin_ranges(f->runner->admin, f->conf->topic, f->partitions, 5000, first, next, e) == 0)
                        return 0;
                if (!e->retriable)
                        return -1;
                stop_sleep_ms(200);
        }
}

int log_find_checkpoint(struct feed *f, struct resume *r, struct err *e)
{
        int64_t first[PARTITIONS_MAX];
        int result = ask_ranges(f, first, e);
        if (result != 0)
                return result;
        int64_t high = f->parts[0].start, size = WINDOW;
        while (!r->found && high > first[0]) {
                struct search s = { .feed = f, .found = r };
                int64_t low = high - size > first[0] ? high - size : first[0];
                result = read_log(f, 0, low, high, look_for_checkpoint, &s, e);
                if (result != 0)
                        return result;
                if (r->found || low == first[0])
                        break;
                size *= 2;
                // Where a checkpoint was doubted the next window holds this one too, down to the START that
                // decides.
                if (!s.doubted)
                        high = low;
        }
        if (r->found)
                return 0;
        return check_new(f, first, r, e);
}

struct collect {
        struct feed *feed;
        struct in_force now;
        int64_t after; // ids count from the offset behind this one
        bool lost;     // a record's START is not in the log any more
};

static void collect_id(void *self, const struct record *record, const struct envelope *v)
{
        struct collect *c = self;
        uint8_t id[ID_SIZE];
        // The last record at or before the cursor counted itself, so its session was in force.
        if (record->offset == c->after && !c->now.known && v)
                c->now = (struct in_force){ true, v->header.session };
        note_start(&c->now, v);
        if (v == NULL || operation_is_control(v->header.operation) || record->offset <= c->after)
                return;
        if (!c->now.known && v->header.session != 0)
                c->lost = true;
        if (!c->now.known || v->header.session != c->now.session)
                return;
        envelope_id(&v->header, c->feed->digest, id);
        idset_add(c->feed->known, id);
}

int log_collect_ids(struct feed *f, const struct resume *r, struct err *e)
{
        int64_t first[PARTITIONS_MAX];
        int result = ask_ranges(f, first, e);
        for (int32_t p = 0; p < f->partitions && result == 0; p++) {
                struct collect c = { .feed = f, .after = r->last_offset[p] };
                c.lost = first[p] > r->last_offset[p] + 1;
                if (r->last_offset[p] >= r->start_offsets[p])
                        c.now = (struct in_force){ true, r->session };
                int64_t from = r->last_offset[p] > first[p] ? r->last_offset[p] : first[p];
                if (!c.lost)
                        result = read_log(f, p, from, f->parts[p].start, collect_id, &c, e);
                if (result == 0 && c.lost)
                        return err_set(e, ERR_STATE,
                                       "%s [%d]: the log begins at offset %lld and lacks what followed the "
                                       "newest checkpoint (offset %lld), so what was sent cannot be known; "
                                       "say where to go on with `iochub-connector resume -f %s --from …`",
                                       f->conf->topic, (int)p, (long long)first[p],
                                       (long long)r->last_offset[p], f->conf->dataset);
        }
        return result;
}

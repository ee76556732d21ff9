// Snapshots wait in a ring, oldest first. Reports of a partition come in order, so a snapshot is complete
// when each partition's last record before it is reported; no record needs an entry of its own.
#include <stdlib.h>

#include "connectors/sdk/feed.h"
#include "hub/base/clock.h"

#define CURSOR_VERSION "iochub 1 "

static struct snapshot *at(struct feed *f, size_t i)
{
        return &f->snapshots[(f->snapshot_first + i) % SNAPSHOTS];
}

void snapshots_clear(struct feed *f)
{
        f->snapshot_first = f->snapshot_count = 0;
        f->since_snapshot = 0;
        f->snapshot_at = clock_monotonic_usec();
        for (int32_t p = 0; p < f->partitions; p++)
                f->parts[p].watch = INT64_MAX;
}

void snapshots_free(struct feed *f)
{
        for (size_t i = 0; i < SNAPSHOTS; i++) {
                buf_done(&f->snapshots[i].cursor);
                free(f->snapshots[i].sent);
                free(f->snapshots[i].last_offset);
        }
}

void cursor_wrap(const struct feed *f, struct slice inner, struct buf *out)
{
        buf_printf(out, CURSOR_VERSION "%s %s\n", f->conf->kind->name, f->recheck_goes_on ? "recheck" : "-");
        buf_add_slice(out, inner);
}

int cursor_unwrap(struct feed *f, struct slice cursor, struct slice *inner, bool *recheck, struct err *e)
{
        struct buf head;
        buf_init(&head);
        for (int flag = 0; flag < 2; flag++) {
                buf_reset(&head);
                buf_printf(&head, CURSOR_VERSION "%s %s\n", f->conf->kind->name, flag ? "recheck" : "-");
                if (cursor.n >= head.n && memcmp(cursor.p, head.p, head.n) == 0) {
                        *inner = slice_of(cursor.p + head.n, cursor.n - head.n);
                        *recheck = flag;
                        buf_done(&head);
                        return 0;
                }
        }
        buf_done(&head);
        return err_set(e, ERR_STATE,
                       "the newest checkpoint of %s is not of a source of kind %s; say where to go on with "
                       "`iochub-connector resume -f %s --from …`",
                       f->conf->topic, f->conf->kind->name, f->conf->dataset);
}

static void reserve(struct snapshot *s, int32_t partitions)
{
        s->sent = reallocarray(s->sent, (size_t)partitions, sizeof(*s->sent));
        s->last_offset = reallocarray(s->last_offset, (size_t)partitions, sizeof(*s->last_offset));
        if (s->sent == NULL || s->last_offset == NULL)
                abort();
}

int snapshot_take(struct feed *f, struct err *e)
{
        buf_reset(&f->cursor);
        if (f->conf->kind->save(f->source, &f->cursor, e) < 0)
                return -1;
        if (f->snapshot_count < SNAPSHOTS)
                f->snapshot_count++;
        struct snapshot *s = at(f, f->snapshot_count - 1);
        reserve(s, f->partitions);
        buf_reset(&s->cursor);
        cursor_wrap(f, buf_slice(&f->cursor), &s->cursor);
        s->missing = 0;
        for (int32_t p = 0; p < f->partitions; p++) {
                struct feed_part *part = &f->parts[p];
                s->sent[p] = part->next - 1;
                s->last_offset[p] = part->offset;
                if (part->reported < s->sent[p]) {
                        s->missing++;
                        if (part->watch > s->sent[p])
                                part->watch = s->sent[p];
                }
        }
        s->local_rejects = f->local_rejects;
        s->records = f->records;
        s->reject_bytes = reject_file_length(f->rejects);
        f->since_snapshot = 0;
        f->snapshot_at = clock_monotonic_usec();
        return 0;
}

void snapshot_reported(struct feed *f, int32_t partition, int64_t sequence, int64_t offset)
{
        struct feed_part *part = &f->parts[partition];
        part->watch = INT64_MAX;
        for (size_t i = 0; i < f->snapshot_count; i++) {
                struct snapshot *s = at(f, i);
                if (s->sent[partition] == sequence) {
                        s->last_offset[partition] = offset;
                        s->missing--;
                } else if (s->sent[partition] > sequence && s->sent[partition] < part->watch) {
                        part->watch = s->sent[partition];
                }
        }
}

int snapshot_send_due(struct feed *f, struct err *e)
{
        struct snapshot *newest = NULL;
        size_t done = 0;
        for (; done < f->snapshot_count && at(f, done)->missing == 0; done++)
                newest = at(f, done);
        if (newest == NULL || f->held_partition >= 0)
                return 0;
        // What was rejected up to the cursor must outlive the machine before the log says so.
        if (reject_file_sync(f->rejects, e) < 0)
                return -1;
        if (feed_send_checkpoint(f, newest, e) < 0)
                return -1;
        f->snapshot_first = (f->snapshot_first + done) % SNAPSHOTS;
        f->snapshot_count -= done;
        f->checkpoint_at = clock_monotonic_usec();
        return 0;
}

// Records on their way out. A sequence number is spent when a record is packed; if the producer has no room
// the packed record is held, and nothing else is sent before it.
#include "connectors/sdk/feed.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/failpoint.h"
#include "hub/msg/wire.h"

static_assert(sizeof(void *) == 8, "a tag holds a slot and a sequence");

static void *make_tag(uint32_t slot, int64_t sequence)
{
        return (void *)(((uintptr_t)slot << SEQUENCE_BITS) |
                        (uintptr_t)sequence); // NOLINT: a number, never followed
}

int feed_send_held(struct feed *f, struct err *e)
{
        int32_t p = f->held_partition;
        if (p < 0)
                return 0;
        void *tag = make_tag(f->slot + (uint32_t)p, f->parts[p].next - 1);
        int r = producer_send(f->topic, p, buf_slice(&f->key), buf_slice(&f->value), NULL, 0, tag, e);
        if (r < 0 && e->code == ERR_LIMIT) {
                // Larger than the configuration lets a record be: as if it had not been packed.
                f->parts[p].next--;
                f->held_partition = -1;
                return 2;
        }
        if (r != 0) {
                f->runner->producer_lost |= r < 0;
                return r;
        }
        f->held_partition = -1;
        f->in_flight++;
        f->runner->in_flight++;
        return 0;
}

static void add_key(struct feed *f, struct slice key)
{
        buf_reset(&f->key);
        buf_add_str(&f->key, f->runner->config->agency);
        buf_add_char(&f->key, KEY_SEPARATOR);
        buf_add_slice(&f->key, key);
}

static void fill_header(struct feed *f, int32_t partition, struct header *h)
{
        h->agency = slice_str(f->runner->config->agency);
        h->dataset = slice_str(f->conf->dataset);
        h->source = slice_str(((const struct source_common *)f->conf->source)->name);
        h->sent_time = clock_now();
        h->session = f->session;
        h->sequence = (uint64_t)f->parts[partition].next;
}

// The key is in f->key already.
static int pack_and_send(struct feed *f, int32_t partition, struct envelope *v, struct err *e)
{
        v->schema_id = f->schema->id;
        buf_reset(&f->value);
        envelope_write(v, &f->value);
        if (f->value.n > MESSAGE_MAX)
                return 2;
        f->parts[partition].next++;
        f->held_partition = partition;
        return feed_send_held(f, e);
}

static int send_control(struct feed *f, int32_t partition, struct envelope *v, struct err *e)
{
        fill_header(f, partition, &v->header);
        // Control records have a position of their own, so that their ids differ.
        char position[64];
        int n = snprintf(position, sizeof(position), "%016llx/%lld", (unsigned long long)f->session,
                         (long long)f->parts[partition].next);
        v->header.source_position = slice_of(position, (size_t)n);
        buf_reset(&f->key);
        buf_add_str(&f->key, f->runner->config->agency);
        int r = pack_and_send(f, partition, v, e);
        v->header.source_position = slice_of(NULL, 0);
        if (r == 2)
                return err_set(e, ERR_LIMIT, "%s: a checkpoint of %zu bytes is larger than a message may be",
                               f->conf->topic, f->value.n);
        return r;
}

int feed_send_start(struct feed *f, int32_t partition, struct err *e)
{
        char host[256] = "";
        if (gethostname(host, sizeof(host) - 1) < 0)
                host[0] = '\0';
        struct envelope v = { .header.operation = OP_START };
        v.control.client = slice_str("iochub-connector/" IOCHUB_VERSION);
        v.control.host = slice_str(host);
        return send_control(f, partition, &v, e);
}

int feed_send_heartbeat(struct feed *f, struct err *e)
{
        struct envelope v = { .header.operation = OP_HEARTBEAT };
        v.control.read_at = clock_now();
        return send_control(f, 0, &v, e);
}

int feed_send_checkpoint(struct feed *f, const struct snapshot *s, struct err *e)
{
        struct envelope v = { .header.operation = OP_CHECKPOINT };
        int64_t *starts = arena_alloc(f->arena, (size_t)f->partitions * sizeof(*starts));
        for (int32_t p = 0; p < f->partitions; p++)
                starts[p] = f->parts[p].start;
        v.control.checkpoint = (struct checkpoint){
                .cursor = buf_slice(&s->cursor),
                .start_offset = starts,
                .start_count = (size_t)f->partitions,
                .last_offset = s->last_offset,
                .last_count = (size_t)f->partitions,
                .local_rejects = s->local_rejects,
                .records = s->records,
                .reject_bytes = s->reject_bytes,
        };
        int r = send_control(f, 0, &v, e);
        if (r >= 0 && failpoint_hit("connector-checkpoint-sent"))
                return err_set(e, ERR_STATE, "failpoint");
        return r;
}

static int32_t choose_partition(const struct feed *f)
{
        if (f->partitions == 1)
                return 0;
        return (int32_t)((murmur2(buf_slice(&f->key)) & 0x7fffffff) % (uint32_t)f->partitions);
}

// The record's key: agency and the dataset's key, or the message's id as text where the dataset has none.
static void row_key(struct feed *f, const struct header *h, struct slice key)
{
        if (f->schema->dataset->key_count > 0) {
                add_key(f, key);
                return;
        }
        uint8_t id[ID_SIZE];
        char text[2 * ID_SIZE + 1];
        envelope_id(h, f->digest, id);
        hex_encode(id, ID_SIZE, text);
        add_key(f, slice_str(text));
}

int feed_send_row(struct feed *f, const struct msg *m, const struct source_row *row, struct row_fault *fault,
                  struct err *e)
{
        struct envelope v = { .header.operation = OP_PUT };
        struct header *h = &v.header;
        struct fault refused = { 0 };
        const struct dataset *d = f->schema->dataset;
        // A key that is missing is the hub's to judge, as any other broken rule.
        if (msg_key(d, m, f->arena, &h->key, &refused) != 0)
                h->key = slice_of(NULL, 0);
        h->has_event_time = msg_event_time(d, m, &h->event_time) == 0;
        h->source_position = row->position;
        h->recheck = f->recheck || row->recheck;
        fill_header(f, 0, h);
        row_key(f, h, h->key);
        int32_t partition = choose_partition(f);
        fill_header(f, partition, h);
        struct buf *data = &f->cursor; // scratch
        buf_reset(data);
        wire_write(m, data);
        v.data = buf_slice(data);
        int r = pack_and_send(f, partition, &v, e);
        if (r == 2)
                row_fault_set(fault, "", slice_of(NULL, 0), "thông điệp lớn hơn mức cho phép",
                              "the message would be too large");
        if ((r == 0 || r == 1) && failpoint_hit("connector-produced"))
                return err_set(e, ERR_STATE, "failpoint");
        return r;
}

void feed_reported(struct feed *f, int32_t partition, int64_t sequence, int64_t offset, const struct err *e)
{
        struct feed_part *part = &f->parts[partition];
        f->in_flight--;
        if (f->state == FEED_BROKEN || f->state == FEED_FAILED || f->state == FEED_DONE)
                return;
        bool in_order = sequence == part->reported + 1;
        if (e == NULL && in_order) {
                part->reported = sequence;
                part->offset = offset;
                if (partition == 0 && part->start >= 0 && offset - part->start != sequence)
                        f->mixed = true;
                if (part->watch == sequence)
                        snapshot_reported(f, partition, sequence, offset);
                return;
        }
        if (e)
                f->report_error = *e;
        else
                err_set(&f->report_error, ERR_KAFKA, "%s [%d]: reports came out of order", f->conf->topic,
                        (int)partition);
        f->state = FEED_BROKEN;
}

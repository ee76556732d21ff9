// Route: after the commit, the batch's events, copies and rejects go to the producer; its partitions'
// watermarks move once every one of them is acknowledged.
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/failpoint.h"
#include "hub/base/stop.h"
#include "hub/flow/tick.h"
#include "hub/flow/worker.h"

#define REJECT_MAX (1024 * 1024) // bytes of a reject with all that its record's header says

void route_report(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        struct worker *w = self;
        struct routing *r = tag;
        (void)partition, (void)offset;
        if (r == NULL)
                return;
        if (e != NULL && !r->failed) {
                r->failed = true;
                w->routing_error = *e;
        }
        r->pending--;
}

int send_counted(struct worker *w, struct routing *r, struct producer_topic *topic, struct slice key,
                 struct slice value, const struct bus_header *headers, size_t count, struct err *e)
{
        for (;;) {
                int sent = producer_send(topic, -1, key, value, headers, count, r, e);
                if (sent < 0)
                        return -1;
                if (sent == 0)
                        break;
                producer_poll(w->producer, 50);
                consumer_serve(w->consumer);
                tick_alive(w);
                if (stop_requested())
                        return err_set(e, ERR_KAFKA, "stopped while the broker took no more routing events");
        }
        if (r != NULL)
                r->pending++;
        return 0;
}

static void routing_close(struct routing *r)
{
        for (size_t i = 0; i < r->mark_count; i++) {
                struct part *p = r->marks[i].part;
                if (p == NULL || p->epoch != r->marks[i].epoch)
                        continue;
                p->routed_offset = r->marks[i].offset;
                p->routed = r->marks[i].seen;
                p->routed_unsaved = true;
        }
        r->mark_count = 0;
        r->open = false;
}

int route_wait(struct worker *w, size_t left, struct err *e)
{
        int64_t give_up = 0;
        producer_poll(w->producer, 0);
        for (;;) {
                size_t open = 0;
                for (unsigned i = 0; i < ROUTINGS; i++) { // oldest first: watermarks never overtake
                        struct routing *r = &w->routings[(w->turn + i) % ROUTINGS];
                        if (r->failed) {
                                *e = w->routing_error;
                                return -1;
                        }
                        if (r->open && r->pending == 0 && open == 0)
                                routing_close(r);
                        open += r->open;
                }
                if (open <= left)
                        return 0;
                if (stop_requested() && give_up == 0)
                        give_up = clock_monotonic_usec() + 5 * USEC_PER_SEC;
                if (give_up != 0 && clock_monotonic_usec() > give_up)
                        return err_set(e, ERR_KAFKA,
                                       "stopped before the broker had acknowledged all routing events");
                producer_poll(w->producer, 20);
                consumer_serve(w->consumer);
                tick_alive(w);
        }
}

static int send_reject(struct worker *w, struct routing *r, const struct item *item, struct err *e)
{
        const struct feed *f = item->part->feed;
        const struct header *h = item->envelope == NULL ? NULL : &item->envelope->header;
        struct slice message;
        struct reject reject = {
                .agency = slice_str(f->agency),
                .dataset = slice_str(f->dataset),
                .topic = slice_str(f->topic),
                .feed = f->id,
                .partition = item->part->number,
                .offset = item->record->offset,
                .has_id = item->has_id,
                .fault = &item->fault,
                .received_at = item->record->timestamp,
        };
        memcpy(reject.message_id, item->id, ID_SIZE);
        if (frame_read(item->record->value, &reject.schema_id, &message) != 0)
                reject.schema_id = 0;
        if (h != NULL) {
                reject.source = h->source;
                reject.source_position = h->source_position;
                reject.key = h->key;
                reject.session = h->session;
                reject.sequence = h->sequence;
        }
        char topic[TOPIC_MAX + 1];
        if (topic_rejected(topic, f->agency) != 0)
                return err_set(e, ERR_STATE, "agency code of feed %d is too long for a topic", f->id);
        struct producer_topic *t = producer_topic(w->producer, topic, e);
        if (t == NULL)
                return -1;
        buf_reset(&w->scratch);
        reject_write(&reject, w->reject_schema, w->batch->arena, &w->scratch);
        if (w->scratch.n > REJECT_MAX) { // what a hostile header holds must not stop the routing
                reject.source = reject.source_position = reject.key = slice_of(NULL, 0);
                buf_reset(&w->scratch);
                reject_write(&reject, w->reject_schema, w->batch->arena, &w->scratch);
        }
        struct slice key = item->record->key.n <= RECORD_KEY_MAX ? item->record->key : slice_of(NULL, 0);
        return send_counted(w, r, t, key, buf_slice(&w->scratch), NULL, 0, e);
}

static void mark(struct routing *r, struct part *p, const struct item *item)
{
        struct mark *m = NULL;
        for (size_t i = 0; i < r->mark_count && m == NULL; i++)
                if (r->marks[i].part == p)
                        m = &r->marks[i];
        if (m == NULL) {
                if (r->mark_count == r->mark_capacity) {
                        r->mark_capacity = r->mark_capacity == 0 ? 64 : 2 * r->mark_capacity;
                        r->marks = realloc(r->marks, r->mark_capacity * sizeof(*r->marks));
                        if (r->marks == NULL)
                                abort();
                }
                m = &r->marks[r->mark_count++];
        }
        *m = (struct mark){ p, p->epoch, item->record->offset + 1, item->after };
}

static int route_one(struct worker *w, struct routing *r, const struct item *item, struct err *e)
{
        if (item->gap_first > 0)
                event_send(w, r, "vn.iochub.feed.gap", item->part,
                           "sequence numbers are missing before this offset", (int64_t)item->gap_first,
                           (int64_t)item->gap_last);
        if (item->fate == FATE_STORE)
                return route_item(w, r, item, e);
        if (item->fate == FATE_REJECT)
                return send_reject(w, r, item, e);
        return 0;
}

int route(struct worker *w, struct err *e)
{
        if (route_wait(w, ROUTINGS - 1, e) < 0)
                return -1;
        struct routing *r = &w->routings[w->turn];
        w->turn = (w->turn + 1) % ROUTINGS;
        r->open = true;
        for (size_t i = 0; i < w->batch->count; i++) {
                struct item *item = &w->batch->items[i];
                if (item->fate == FATE_SKIP || item->part->revoked)
                        continue;
                if (route_one(w, r, item, e) < 0)
                        return -1;
                mark(r, item->part, item);
                if (i == w->batch->count / 2)
                        (void)failpoint_hit("hub-routing-half");
                if (i % 256 == 255)
                        producer_poll(w->producer, 0);
        }
        producer_poll(w->producer, 0);
        (void)failpoint_hit("hub-routed");
        return 0;
}

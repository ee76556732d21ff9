// Events of the hub itself, for the monitoring team: CloudEvents 1.0 in JSON on iochub.events.
#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/base/log.h"
#include "hub/flow/worker.h"

static void envelope_part(struct worker *w, struct json *j, const char *type, const struct part *p)
{
        uint8_t id[ID_SIZE];
        char hex[2 * ID_SIZE + 1];
        random_bytes(id, sizeof(id));
        hex_encode(id, sizeof(id), hex);
        json_key(j, "specversion"), json_str(j, "1.0");
        json_key(j, "id"), json_str(j, hex);
        json_key(j, "source"), json_str(j, w->name);
        json_key(j, "type"), json_str(j, type);
        json_key(j, "subject"), json_str(j, p->feed->topic);
        json_key(j, "time"), json_instant(j, clock_now());
        json_key(j, "datacontenttype"), json_str(j, "application/json");
}

void event_send(struct worker *w, struct routing *r, const char *type, const struct part *p, const char *text,
                int64_t first, int64_t last)
{
        struct json j;
        struct err e = { 0 };
        cleanup(buf_done) struct buf out;
        buf_init(&out);
        json_init(&j, &out, false);
        json_object(&j);
        envelope_part(w, &j, type, p);
        json_key(&j, "data");
        json_object(&j);
        json_key(&j, "agency"), json_str(&j, p->feed->agency);
        json_key(&j, "dataset"), json_str(&j, p->feed->dataset);
        json_key(&j, "feed"), json_int(&j, p->feed->id);
        json_key(&j, "partition"), json_int(&j, p->number);
        json_key(&j, "text"), json_str(&j, text);
        if (first > 0) {
                json_key(&j, "first"), json_int(&j, first);
                json_key(&j, "last"), json_int(&j, last);
        }
        json_end_object(&j);
        json_end_object(&j);
        if (send_counted(w, r, w->events_topic, slice_str(p->feed->topic), buf_slice(&out), NULL, 0, &e) < 0)
                log_warn("event not sent", F_STR("type", type), F_STR("error", e.text));
}

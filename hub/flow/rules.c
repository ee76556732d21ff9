// Which events a stored message causes: the default grant of its dataset and the routing rules that its
// fields meet.
#include <stdio.h>

#include "hub/flow/worker.h"

// True where the field's value, as text, is the rule's. Enums by name, numbers in decimal.
static bool value_is(const struct field *f, const struct val *v, const char *wanted)
{
        char text[32];
        switch (f->type) {
        case TYPE_STRING:
                return slice_eq_str(v->s, wanted);
        case TYPE_ENUM: {
                const char *name = etype_name(f->enumeration, (int32_t)v->i);
                return name != NULL && strcmp(name, wanted) == 0;
        }
        case TYPE_BOOL:
                return strcmp(v->u ? "true" : "false", wanted) == 0;
        case TYPE_UINT32:
        case TYPE_UINT64:
        case TYPE_FIXED32:
        case TYPE_FIXED64:
                snprintf(text, sizeof(text), "%llu", (unsigned long long)v->u);
                return strcmp(text, wanted) == 0;
        case TYPE_INT32:
        case TYPE_INT64:
        case TYPE_SINT32:
        case TYPE_SINT64:
        case TYPE_SFIXED32:
        case TYPE_SFIXED64:
                snprintf(text, sizeof(text), "%lld", (long long)v->i);
                return strcmp(text, wanted) == 0;
        default:
                return false;
        }
}

static bool rule_fires(const struct rule *rule, const struct item *item)
{
        if (rule->field == NULL)
                return true;
        const struct field *f = mtype_field_named(item->message->type, slice_str(rule->field));
        if (f == NULL || f->repeated)
                return false;
        const struct val *v = &item->message->f[f->index];
        return v->set && value_is(f, v, rule->value);
}

static struct slice origin_text(char *out, size_t size, int64_t v)
{
        return slice_of(out, (size_t)snprintf(out, size, "%lld", (long long)v));
}

// Sends a value with the headers by which readers know it again: id, feed, part, offset.
static int send_with_origin(struct worker *w, struct routing *r, struct producer_topic *topic,
                            const struct item *item, const uint8_t id[ID_SIZE], struct slice value,
                            struct err *e)
{
        char hex[2 * ID_SIZE + 1], feed[24], part[24], offset[24];
        hex_encode(id, ID_SIZE, hex);
        const struct bus_header headers[] = {
                { "iochub.id", slice_of(hex, 2 * ID_SIZE) },
                { "iochub.feed", origin_text(feed, sizeof(feed), item->part->feed->id) },
                { "iochub.part", origin_text(part, sizeof(part), item->part->number) },
                { "iochub.offset", origin_text(offset, sizeof(offset), item->record->offset) },
        };
        return send_counted(w, r, topic, item->record->key, value, headers, 4, e);
}

static void event_fill(struct routing_event *v, const struct item *item)
{
        const struct header *h = &item->envelope->header;
        *v = (struct routing_event){
                .dataset = h->dataset,
                .schema_id = item->structure->id,
                .sender = h->agency,
                .provider = h->provider.n > 0 ? h->provider : h->agency,
                .key = h->key,
                .operation = h->operation,
                .feed = item->part->feed->id,
                .partition = item->part->number,
                .offset = item->record->offset,
                .has_event_time = item->has_event_time,
                .event_time = item->event_time,
                .received_at = item->record->timestamp,
                .trace = h->trace,
                .flags = item->flags,
                .flag_count = item->flag_count,
        };
        memcpy(v->message_id, item->id, ID_SIZE);
}

static int send_event(struct worker *w, struct routing *r, const struct item *item, struct routing_event *v,
                      struct err *e)
{
        routing_event_id(w->digest, v);
        buf_reset(&w->scratch);
        routing_event_write(v, w->routing_schema, w->batch->arena, &w->scratch);
        return send_with_origin(w, r, w->routing_topic, item, v->id, buf_slice(&w->scratch), e);
}

// The event, and with it the copy (the input's bytes unchanged) where the message may leave.
static int send_to(struct worker *w, struct routing *r, const struct item *item, struct routing_event *v,
                   const char *topic, struct err *e)
{
        v->destination = slice_str(topic);
        if (send_event(w, r, item, v, e) < 0)
                return -1;
        if (v->state != ROUTING_SENT)
                return 0;
        struct producer_topic *t = producer_topic(w->producer, topic, e);
        if (t == NULL)
                return -1;
        return send_with_origin(w, r, t, item, v->id, item->record->value, e);
}

static int route_rules(struct worker *w, struct routing *r, const struct item *item, size_t *fired,
                       struct err *e)
{
        const struct dataset *d = item->structure->schema->dataset;
        size_t count;
        const struct rule *rules = catalog_rules(w->catalog, d->name, &count);
        for (size_t i = 0; i < count; i++) {
                bool again = false; // one event a destination: the first rule by priority names it
                for (size_t k = 0; k < i && !again; k++)
                        again = strcmp(rules[k].agency, rules[i].agency) == 0 && rule_fires(&rules[k], item);
                if (again || !rule_fires(&rules[i], item))
                        continue;
                char topic[TOPIC_MAX + 1];
                if (topic_out(topic, rules[i].agency) != 0)
                        return err_set(e, ERR_STATE, "route rule %lld: agency code is too long",
                                       (long long)rules[i].id);
                struct routing_event v;
                event_fill(&v, item);
                v.state = d->approval_required ? ROUTING_PROPOSED : ROUTING_SENT;
                v.basis = BASIS_RULE;
                v.rule_id = rules[i].id;
                v.rule_version = rules[i].version;
                v.agency = slice_str(rules[i].agency);
                v.part = rules[i].part;
                v.priority = rules[i].priority;
                if (send_to(w, r, item, &v, topic, e) < 0)
                        return -1;
                (*fired)++;
        }
        return 0;
}

int route_item(struct worker *w, struct routing *r, const struct item *item, struct err *e)
{
        const struct dataset *d = item->structure->schema->dataset;
        size_t fired = 0;
        struct routing_event v;
        if (route_rules(w, r, item, &fired, e) < 0)
                return -1;
        if (d->approval_required) {
                if (fired > 0)
                        return 0;
                event_fill(&v, item);
                v.state = ROUTING_PROPOSED;
                v.basis = BASIS_RULE;
                return send_event(w, r, item, &v, e);
        }
        const struct grant *grant = catalog_default_grant(w->catalog, d->name);
        if (grant == NULL)
                return 0;
        char topic[TOPIC_MAX + 1];
        if (topic_shared(topic, d->name) != 0)
                return err_set(e, ERR_STATE, "dataset %s: name is too long for a topic", d->name);
        event_fill(&v, item);
        v.state = ROUTING_SENT;
        v.basis = BASIS_DEFAULT;
        v.grant_id = grant->id;
        return send_to(w, r, item, &v, topic, e);
}

// Routing events, rejects and schema records: plain structs to and from protobuf-c's.
#include "hub/msg/notice.h"

#include <stdio.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "hub/base/clock.h"
#include "hub/msg/pb.h"
#include "hub/msg/wire.h"
#include "iochub/v1/reject.pb-c.h"
#include "iochub/v1/routing.pb-c.h"
#include "iochub/v1/schema.pb-c.h"

static char *text(struct arena *a, struct slice s)
{
        return arena_strndup(a, s.p ? s.p : (const uint8_t *)"", s.n);
}

static ProtobufCBinaryData binary(const void *p, size_t n)
{
        return (ProtobufCBinaryData){ .len = n, .data = pb_borrow(p) };
}

static Google__Protobuf__Timestamp *instant(struct arena *a, int64_t usec)
{
        Google__Protobuf__Timestamp *t = arena_alloc(a, sizeof(*t));
        google__protobuf__timestamp__init(t);
        int64_t rest = usec % USEC_PER_SEC;
        t->seconds = usec / USEC_PER_SEC - (rest < 0);
        t->nanos = (int32_t)((rest < 0 ? rest + USEC_PER_SEC : rest) * 1000);
        return t;
}

// 0 where there is no time or it is out of range: what the hub wrote is in range.
static int64_t usec(const Google__Protobuf__Timestamp *t)
{
        bool valid =
            t && t->seconds >= INSTANT_MIN / USEC_PER_SEC && t->seconds <= INSTANT_MAX / USEC_PER_SEC;
        return valid ? t->seconds * USEC_PER_SEC + t->nanos / 1000 : 0;
}

void routing_event_id(struct digest *d, struct routing_event *e)
{
        char basis[16], replay[16];
        snprintf(basis, sizeof(basis), "%d", (int)e->basis);
        snprintf(replay, sizeof(replay), "%u", e->replay);
        const struct slice parts[] = { slice_of(e->message_id, ID_SIZE), e->destination, slice_str(basis),
                                       slice_str(replay) };
        digest_id(d, parts, sizeof(parts) / sizeof(parts[0]), e->id);
}

static void fill_routing_event(const struct routing_event *e, struct arena *a, Iochub__V1__RoutingEvent *p)
{
        p->id = binary(e->id, ID_SIZE);
        p->message_id = binary(e->message_id, ID_SIZE);
        p->state = (Iochub__V1__RoutingState)e->state;
        p->basis = (Iochub__V1__RoutingBasis)e->basis;
        p->grant_id = e->grant_id;
        p->rule_id = e->rule_id;
        p->rule_version = e->rule_version;
        p->destination = text(a, e->destination);
        p->agency = text(a, e->agency);
        p->part = (Iochub__V1__RoutingPart)e->part;
        p->due = e->has_due ? instant(a, e->due) : NULL;
        p->dataset = text(a, e->dataset);
        p->schema_id = e->schema_id;
        p->sender = text(a, e->sender);
        p->provider = text(a, e->provider);
        p->key = text(a, e->key);
        p->operation = (int32_t)e->operation;
        p->feed = e->feed;
        p->partition = e->partition;
        p->offset = e->offset;
        p->event_time = e->has_event_time ? instant(a, e->event_time) : NULL;
        p->received_at = instant(a, e->received_at);
        p->replay = e->replay;
        p->priority = e->priority;
        p->trace = text(a, e->trace);
        p->n_flags = e->flag_count;
        p->flags = pb_borrow(e->flags);
}

void routing_event_write(const struct routing_event *e, uint32_t schema_id, struct arena *a, struct buf *out)
{
        Iochub__V1__RoutingEvent p;
        iochub__v1__routing_event__init(&p);
        fill_routing_event(e, a, &p);
        frame_write(schema_id, out);
        pb_pack(&p.base, out);
}

static void fill_violations(const struct fault *f, struct arena *a, Iochub__V1__Reject *p)
{
        p->violations = arena_alloc(a, (f->count + 1) * sizeof(*p->violations));
        for (size_t i = 0; i < f->count; i++) {
                Iochub__V1__Violation *v = arena_alloc(a, sizeof(*v));
                iochub__v1__violation__init(v);
                v->field = pb_borrow(f->items[i].field);
                v->rule = pb_borrow(f->items[i].rule);
                v->text_vi = pb_borrow(f->items[i].text_vi);
                v->text_en = pb_borrow(f->items[i].text_en);
                p->violations[p->n_violations++] = v;
        }
}

void reject_write(const struct reject *r, uint32_t schema_id, struct arena *a, struct buf *out)
{
        Iochub__V1__Reject p;
        iochub__v1__reject__init(&p);
        p.agency = text(a, r->agency);
        p.dataset = text(a, r->dataset);
        p.topic = text(a, r->topic);
        p.feed = r->feed;
        p.partition = r->partition;
        p.offset = r->offset;
        if (r->has_id)
                p.message_id = binary(r->message_id, ID_SIZE);
        p.code = pb_borrow(fault_word(r->fault->code));
        fill_violations(r->fault, a, &p);
        p.source = text(a, r->source);
        p.source_position = text(a, r->source_position);
        p.session = r->session;
        p.sequence = r->sequence;
        p.received_at = instant(a, r->received_at);
        p.key = text(a, r->key);
        p.schema_id = r->schema_id;
        frame_write(schema_id, out);
        pb_pack(&p.base, out);
}

void schema_record_write(const struct schema_record *r, uint32_t schema_id, struct arena *a, struct buf *out)
{
        Iochub__V1__SchemaRecord p;
        iochub__v1__schema_record__init(&p);
        p.id = r->id;
        p.subject = text(a, r->subject);
        p.version = r->version;
        p.dataset = text(a, r->dataset);
        p.message = text(a, r->message);
        p.descriptor_set = binary(r->descriptor_set.p, r->descriptor_set.n);
        p.fingerprint = binary(r->fingerprint.p, r->fingerprint.n);
        p.registered_at = instant(a, r->registered_at);
        p.registered_by = text(a, r->registered_by);
        frame_write(schema_id, out);
        pb_pack(&p.base, out);
}

// Frame, check and unpack. NULL: malformed.
static void *unpack(struct slice value, struct arena *a, const char *type,
                    const ProtobufCMessageDescriptor *descriptor)
{
        static const struct wire_limits limits = { .elements = WIRE_ELEMENTS };
        struct fault ignored = { 0 };
        struct slice message;
        uint32_t schema_id;
        ProtobufCAllocator allocator = pb_allocator(a);
        if (value.n > 2 * VALUE_MAX || frame_read(value, &schema_id, &message) ||
            wire_check_whole(schema_own(type)->root, &message, &limits, a, &ignored))
                return NULL;
        return protobuf_c_message_unpack(descriptor, &allocator, message.n, message.p);
}

int schema_record_read(struct slice value, struct arena *a, struct schema_record *out)
{
        const Iochub__V1__SchemaRecord *p =
            unpack(value, a, "iochub.v1.SchemaRecord", &iochub__v1__schema_record__descriptor);
        if (p == NULL)
                return 1;
        *out = (struct schema_record){
                .id = p->id,
                .version = p->version,
                .subject = slice_str(p->subject),
                .dataset = slice_str(p->dataset),
                .message = slice_str(p->message),
                .descriptor_set = slice_of(p->descriptor_set.data, p->descriptor_set.len),
                .fingerprint = slice_of(p->fingerprint.data, p->fingerprint.len),
                .registered_at = usec(p->registered_at),
                .registered_by = slice_str(p->registered_by),
        };
        return 0;
}

static enum fault_code code_of(const char *word)
{
        for (int c = FAULT_NONE + 1; c < FAULT_CODES; c++)
                if (strcmp(word, fault_word((enum fault_code)c)) == 0)
                        return (enum fault_code)c;
        return FAULT_NONE;
}

int reject_read(struct slice value, struct arena *a, struct reject *out, struct fault *fault)
{
        const Iochub__V1__Reject *p = unpack(value, a, "iochub.v1.Reject", &iochub__v1__reject__descriptor);
        if (p == NULL || (p->message_id.len != 0 && p->message_id.len != ID_SIZE))
                return 1;
        *fault = (struct fault){ 0 };
        for (size_t i = 0; i < p->n_violations; i++) {
                const Iochub__V1__Violation *v = p->violations[i];
                fault_add(
                    fault, a,
                    (struct violation){
                        .field = v->field, .rule = v->rule, .text_vi = v->text_vi, .text_en = v->text_en });
        }
        fault->code = code_of(p->code);
        *out = (struct reject){
                .agency = slice_str(p->agency),
                .dataset = slice_str(p->dataset),
                .topic = slice_str(p->topic),
                .feed = p->feed,
                .partition = p->partition,
                .offset = p->offset,
                .has_id = p->message_id.len == ID_SIZE,
                .fault = fault,
                .source = slice_str(p->source),
                .source_position = slice_str(p->source_position),
                .key = slice_str(p->key),
                .session = p->session,
                .sequence = p->sequence,
                .received_at = usec(p->received_at),
                .schema_id = p->schema_id,
        };
        if (out->has_id)
                memcpy(out->message_id, p->message_id.data, ID_SIZE);
        return 0;
}

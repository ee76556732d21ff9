// The envelope on the wire. Reading: the wire reader's rules first, over all of it; then protobuf-c unpacks
// header and control, and data stays where it is.
#include "hub/msg/envelope.h"

#include <stdlib.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "hub/base/clock.h"
#include "hub/msg/pb.h"
#include "hub/msg/wire_int.h"
#include "iochub/v1/message.pb-c.h"

enum { PART_HEADER = 1, PART_DATA = 2, PART_CONTROL = 3, PARTS };

static const char header_vi[] = "Phần đầu thông điệp thiếu hoặc sai trường này";

const char *operation_word(enum operation op)
{
        static const char *const words[] = {
                [OP_PUT] = "PUT",
                [OP_DELETE] = "DELETE",
                [OP_CORRECT] = "CORRECT",
                [OP_RETRACT] = "RETRACT",
                [OP_START] = "START",
                [OP_CHECKPOINT] = "CHECKPOINT",
                [OP_HEARTBEAT] = "HEARTBEAT",
                [OP_COUNT] = "COUNT",
        };
        return (unsigned)op < sizeof(words) / sizeof(words[0]) ? words[op] : NULL;
}

int frame_read(struct slice value, uint32_t *schema_id, struct slice *message)
{
        if (value.n < FRAME_SIZE || value.p[0] != 0 || value.p[5] != 0)
                return 1;
        *schema_id = get_be32(value.p + 1);
        *message = slice_of(value.p + FRAME_SIZE, value.n - FRAME_SIZE);
        return 0;
}

void frame_write(uint32_t schema_id, struct buf *out)
{
        uint8_t frame[FRAME_SIZE] = { 0 };
        put_be32(frame + 1, schema_id);
        buf_add(out, frame, sizeof(frame));
}

static const struct mtype *envelope_type(void)
{
        static const struct mtype *type;
        const struct mtype *t = __atomic_load_n(&type, __ATOMIC_ACQUIRE);
        if (t == NULL) {
                t = schema_own("iochub.v1.DataMessage")->root;
                __atomic_store_n(&type, t, __ATOMIC_RELEASE);
        }
        return t;
}

// The parts of a checked message, each of which comes once at most; p is NULL where one is absent.
static void split(struct slice message, struct slice part[PARTS])
{
        const uint8_t *p = message.p, *end = message.p + message.n;
        uint32_t tag;
        memset(part, 0, PARTS * sizeof(*part));
        while (p && p < end && (p = wire_tag(p, end, &tag)) != NULL) {
                if (tag >> 3 < PARTS && (tag & 7) == WIRE_BYTES)
                        p = wire_bytes(p, end, &part[tag >> 3]);
                else
                        p = wire_skip(tag, p, end);
        }
}

static int refuse_header(struct fault *f, struct arena *a, const char *field, const char *en)
{
        return fault_set(f, a, FAULT_HEADER, field, header_vi, "%s %s", field, en);
}

// 0 done, 1 not a time.
static int instant(const Google__Protobuf__Timestamp *t, int64_t *out)
{
        if (t->seconds < INSTANT_MIN / USEC_PER_SEC || t->seconds > INSTANT_MAX / USEC_PER_SEC ||
            t->nanos < 0 || t->nanos > 999999999)
                return 1;
        *out = t->seconds * USEC_PER_SEC + t->nanos / 1000;
        return 0;
}

static struct slice bytes_of(ProtobufCBinaryData b)
{
        return slice_of(b.data, b.len);
}

static int read_header(const Iochub__V1__Header *p, struct arena *a, struct header *h, struct fault *f)
{
        *h = (struct header){
                .agency = slice_str(p->agency),
                .provider = slice_str(p->provider),
                .dataset = slice_str(p->dataset),
                .operation = (enum operation)p->operation,
                .key = slice_str(p->key),
                .session = p->session,
                .sequence = p->sequence,
                .source = slice_str(p->source),
                .source_position = slice_str(p->source_position),
                .relates_to = bytes_of(p->relates_to),
                .reason = slice_str(p->reason),
                .trace = slice_str(p->trace),
                .recheck = p->recheck,
        };
        if (p->event_time && instant(p->event_time, &h->event_time))
                return refuse_header(f, a, "header.event_time", "is not a valid time");
        h->has_event_time = p->event_time != NULL;
        if (p->sent_time && instant(p->sent_time, &h->sent_time))
                return refuse_header(f, a, "header.sent_time", "is not a valid time");
        if (h->agency.n == 0)
                return refuse_header(f, a, "header.agency", "is missing");
        if (h->dataset.n == 0)
                return refuse_header(f, a, "header.dataset", "is missing");
        if (operation_word(h->operation) == NULL)
                return refuse_header(f, a, "header.operation", "is missing or not known");
        if (h->sequence > INT64_MAX) // counts from 1; no column holds more
                return refuse_header(f, a, "header.sequence", "is out of range");
        if (!operation_is_control(h->operation) && h->source_position.n == 0)
                return refuse_header(f, a, "header.source_position", "is missing");
        return 0;
}

static void read_checkpoint(const Iochub__V1__Checkpoint *p, struct checkpoint *c)
{
        *c = (struct checkpoint){
                .cursor = bytes_of(p->cursor),
                .start_offset = p->start_offset,
                .start_count = p->n_start_offset,
                .last_offset = p->last_offset,
                .last_count = p->n_last_offset,
                .local_rejects = p->local_rejects,
                .records = p->records,
                .reject_bytes = p->reject_bytes,
        };
}

static int read_count(const Iochub__V1__Count *p, struct arena *a, struct control *c, struct fault *f)
{
        if ((p->from && instant(p->from, &c->from)) || (p->to && instant(p->to, &c->to)))
                return refuse_header(f, a, "control.count", "holds a time that is not valid");
        c->records = p->records;
        c->digest = bytes_of(p->digest);
        return 0;
}

static int read_control(const Iochub__V1__Control *p, enum operation op, struct arena *a, struct control *c,
                        struct fault *f)
{
        static const struct {
                enum operation op;
                Iochub__V1__Control__KindCase kind;
        } kinds[] = {
                { OP_START, IOCHUB__V1__CONTROL__KIND_START },
                { OP_CHECKPOINT, IOCHUB__V1__CONTROL__KIND_CHECKPOINT },
                { OP_HEARTBEAT, IOCHUB__V1__CONTROL__KIND_HEARTBEAT },
                { OP_COUNT, IOCHUB__V1__CONTROL__KIND_COUNT },
        };
        if (p == NULL || p->kind_case != kinds[op - OP_START].kind)
                return refuse_header(f, a, "control", "does not carry what header.operation says");
        switch (op) {
        case OP_START:
                c->client = slice_str(p->start->client);
                c->host = slice_str(p->start->host);
                return 0;
        case OP_CHECKPOINT:
                read_checkpoint(p->checkpoint, &c->checkpoint);
                return 0;
        case OP_HEARTBEAT:
                if (p->heartbeat->read_at && instant(p->heartbeat->read_at, &c->read_at))
                        return refuse_header(f, a, "control.heartbeat.read_at", "is not a valid time");
                return 0;
        default:
                return read_count(p->count, a, c, f);
        }
}

static int malformed(struct fault *f, struct arena *a, const char *field)
{
        return fault_set(f, a, FAULT_MALFORMED, field, "Dữ liệu không đúng khuôn dạng protobuf của cấu trúc",
                         "The bytes are not a well-formed message of the type");
}

static int read_parts(const struct slice part[PARTS], struct arena *a, struct envelope *out, struct fault *f)
{
        ProtobufCAllocator allocator = pb_allocator(a);
        if (part[PART_HEADER].p == NULL)
                return refuse_header(f, a, "header", "is missing");
        const Iochub__V1__Header *h =
            iochub__v1__header__unpack(&allocator, part[PART_HEADER].n, part[PART_HEADER].p);
        if (h == NULL)
                return malformed(f, a, "header");
        if (read_header(h, a, &out->header, f))
                return 1;
        out->data = part[PART_DATA];
        if (!operation_is_control(out->header.operation))
                return 0;
        const Iochub__V1__Control *c = NULL;
        if (part[PART_CONTROL].p) {
                c = iochub__v1__control__unpack(&allocator, part[PART_CONTROL].n, part[PART_CONTROL].p);
                if (c == NULL)
                        return malformed(f, a, "control");
        }
        return read_control(c, out->header.operation, a, &out->control, f);
}

int envelope_read(struct slice value, struct arena *a, struct envelope *out, struct fault *f)
{
        static const struct wire_limits limits = { .elements = WIRE_ELEMENTS };
        struct slice message, part[PARTS];
        memset(out, 0, sizeof(*out));
        if (value.n > VALUE_MAX)
                return fault_set(f, a, FAULT_TOO_LARGE, "", "Thông điệp lớn hơn mức cho phép",
                                 "The value has %zu bytes, more than %d", value.n, VALUE_MAX);
        if (frame_read(value, &out->schema_id, &message))
                return fault_set(f, a, FAULT_FRAME, "", "Thông điệp không có khung 00, mã cấu trúc, 00",
                                 "The value does not start with 00, a schema id and 00");
        if (wire_check_whole(envelope_type(), &message, &limits, a, f))
                return 1;
        split(message, part);
        return read_parts(part, a, out, f);
}

// NUL-ended copies for protobuf-c, of lengths that are known before.
struct texts {
        char *at, *heap;
        char room[1024];
};

static void texts_init(struct texts *t, size_t need)
{
        t->heap = need > sizeof(t->room) ? malloc(need) : NULL;
        if (need > sizeof(t->room) && t->heap == NULL)
                abort();
        t->at = t->heap ? t->heap : t->room;
}

static char *text(struct texts *t, struct slice s)
{
        char *out = t->at;
        if (s.n)
                memcpy(out, s.p, s.n);
        out[s.n] = '\0';
        t->at += s.n + 1;
        return out;
}

static ProtobufCBinaryData binary(struct slice s)
{
        return (ProtobufCBinaryData){ .len = s.n, .data = pb_borrow(s.p) };
}

static void set_time(Google__Protobuf__Timestamp *t, int64_t usec)
{
        google__protobuf__timestamp__init(t);
        int64_t rest = usec % USEC_PER_SEC;
        t->seconds = usec / USEC_PER_SEC - (rest < 0);
        t->nanos = (int32_t)((rest < 0 ? rest + USEC_PER_SEC : rest) * 1000);
}

// What protobuf-c packs, with all that it points to.
struct packing {
        struct texts texts;
        Iochub__V1__DataMessage message;
        Iochub__V1__Header header;
        Iochub__V1__Control control;
        Iochub__V1__Start start;
        Iochub__V1__Checkpoint checkpoint;
        Iochub__V1__Heartbeat heartbeat;
        Iochub__V1__Count count;
        Google__Protobuf__Timestamp event_time, sent_time, from, to;
};

static size_t text_bytes(const struct envelope *e)
{
        const struct header *h = &e->header;
        return h->agency.n + h->provider.n + h->dataset.n + h->key.n + h->source.n + h->source_position.n +
               h->reason.n + h->trace.n + e->control.client.n + e->control.host.n + 10;
}

static void fill_header(struct packing *k, const struct header *h)
{
        Iochub__V1__Header *p = &k->header;
        struct texts *t = &k->texts;
        iochub__v1__header__init(p);
        p->agency = text(t, h->agency);
        p->provider = text(t, h->provider);
        p->dataset = text(t, h->dataset);
        p->operation = (Iochub__V1__Operation)h->operation;
        p->key = text(t, h->key);
        if (h->has_event_time) {
                set_time(&k->event_time, h->event_time);
                p->event_time = &k->event_time;
        }
        set_time(&k->sent_time, h->sent_time);
        p->sent_time = &k->sent_time;
        p->session = h->session;
        p->sequence = h->sequence;
        p->source = text(t, h->source);
        p->source_position = text(t, h->source_position);
        p->relates_to = binary(h->relates_to);
        p->reason = text(t, h->reason);
        p->trace = text(t, h->trace);
        p->recheck = h->recheck;
        k->message.header = p;
}

static void fill_checkpoint(struct packing *k, const struct checkpoint *c)
{
        Iochub__V1__Checkpoint *p = &k->checkpoint;
        iochub__v1__checkpoint__init(p);
        p->cursor = binary(c->cursor);
        p->n_start_offset = c->start_count;
        p->start_offset = pb_borrow(c->start_offset);
        p->n_last_offset = c->last_count;
        p->last_offset = pb_borrow(c->last_offset);
        p->local_rejects = c->local_rejects;
        p->records = c->records;
        p->reject_bytes = c->reject_bytes;
        k->control.checkpoint = p;
        k->control.kind_case = IOCHUB__V1__CONTROL__KIND_CHECKPOINT;
}

static void fill_count(struct packing *k, const struct control *c)
{
        iochub__v1__count__init(&k->count);
        set_time(&k->from, c->from);
        set_time(&k->to, c->to);
        k->count.from = &k->from;
        k->count.to = &k->to;
        k->count.records = c->records;
        k->count.digest = binary(c->digest);
        k->control.count = &k->count;
        k->control.kind_case = IOCHUB__V1__CONTROL__KIND_COUNT;
}

static void fill_control(struct packing *k, enum operation op, const struct control *c)
{
        iochub__v1__control__init(&k->control);
        k->message.control = &k->control;
        switch (op) {
        case OP_START:
                iochub__v1__start__init(&k->start);
                k->start.client = text(&k->texts, c->client);
                k->start.host = text(&k->texts, c->host);
                k->control.start = &k->start;
                k->control.kind_case = IOCHUB__V1__CONTROL__KIND_START;
                break;
        case OP_CHECKPOINT:
                fill_checkpoint(k, &c->checkpoint);
                break;
        case OP_HEARTBEAT:
                iochub__v1__heartbeat__init(&k->heartbeat);
                set_time(&k->from, c->read_at);
                k->heartbeat.read_at = &k->from;
                k->control.heartbeat = &k->heartbeat;
                k->control.kind_case = IOCHUB__V1__CONTROL__KIND_HEARTBEAT;
                break;
        default:
                fill_count(k, c);
        }
}

void envelope_write(const struct envelope *e, struct buf *out)
{
        struct packing k;
        texts_init(&k.texts, text_bytes(e));
        iochub__v1__data_message__init(&k.message);
        fill_header(&k, &e->header);
        if (operation_is_control(e->header.operation))
                fill_control(&k, e->header.operation, &e->control);
        else
                k.message.data = binary(e->data);
        frame_write(e->schema_id, out);
        pb_pack(&k.message.base, out);
        free(k.texts.heap);
}

void envelope_id(const struct header *h, struct digest *d, uint8_t id[ID_SIZE])
{
        const struct slice parts[] = { h->agency, h->dataset, h->source, h->source_position };
        digest_id(d, parts, sizeof(parts) / sizeof(parts[0]), id);
}

// Walks protobuf bytes by their type and makes nothing: form, depth, UTF-8, NUL, counts.
#include "hub/msg/wire_int.h"

#define MESSAGE_WEIGHT 16

static const uint8_t *check_fields(struct wire *w, const struct mtype *t, const uint8_t *p,
                                   const uint8_t *end, const struct step *at);

static bool count(struct wire *w, size_t weight)
{
        if (w->elements < weight)
                return false;
        w->elements -= weight;
        return true;
}

static const uint8_t *check_child(struct wire *w, const struct field *f, struct slice body,
                                  const struct step *at)
{
        struct step here = { .up = at, .field = f };
        if (!count(w, MESSAGE_WEIGHT))
                return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
        if (++w->depth >= WIRE_DEPTH)
                return wire_refuse(w, FAULT_TOO_DEEP, at, f, NULL);
        const uint8_t *p = check_fields(w, f->message, body.p, body.p + body.n, &here);
        w->depth--;
        return p;
}

static const uint8_t *check_packed(struct wire *w, const struct field *f, struct slice body,
                                   const struct step *at)
{
        const uint8_t *p = body.p, *end = body.p + body.n;
        while (p < end) {
                if (!count(w, 1))
                        return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
                p = wire_skip(f->wire_type, p, end);
                if (p == NULL)
                        return wire_refuse(w, FAULT_MALFORMED, at, f, "the packed list is cut off");
        }
        return p;
}

static const uint8_t *check_body(struct wire *w, const struct field *f, const uint8_t *p, const uint8_t *end,
                                 const struct step *at)
{
        struct slice body;
        const uint8_t *after =
            f->delimited ? wire_group(f->number, p, end, &body) : wire_bytes(p, end, &body);
        if (after == NULL)
                return wire_refuse(w, FAULT_MALFORMED, at, f, "the value is cut off");
        if (f->type == TYPE_MESSAGE)
                return check_child(w, f, body, at) ? after : NULL;
        if (wire_packable(f->type))
                return check_packed(w, f, body, at) ? after : NULL;
        if (!count(w, 1))
                return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
        enum fault_code code = f->type == TYPE_STRING ? wire_text(body) : FAULT_NONE;
        return code == FAULT_NONE ? after : wire_refuse(w, code, at, f, NULL);
}

static const uint8_t *check_fields(struct wire *w, const struct mtype *t, const uint8_t *p,
                                   const uint8_t *end, const struct step *at)
{
        uint64_t seen = 0; // singular messages, by number; those from 63 on share a bit
        while (p < end) {
                const uint8_t *start = p;
                uint32_t tag;
                p = wire_tag(p, end, &tag);
                if (p == NULL)
                        return wire_refuse_tag(w, at, start, end);
                const struct field *f = wire_field(t, tag >> 3);
                bool packed = f && f->repeated && wire_packable(f->type) && (tag & 7) == WIRE_BYTES;
                bool known = packed || (f && (tag & 7) == f->wire_type);
                if (packed || (known && (f->type == TYPE_MESSAGE || f->wire_type == WIRE_BYTES))) {
                        if (f->type == TYPE_MESSAGE && !f->repeated) {
                                uint64_t bit = 1ull << (f->number < 63 ? f->number : 63);
                                w->pieces = w->pieces || (seen & bit);
                                seen |= bit;
                        }
                        p = check_body(w, f, p, end, at);
                        if (p == NULL)
                                return NULL;
                        continue;
                }
                if (f && f->repeated && !count(w, 1))
                        return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
                const uint8_t *value = p;
                p = w->strict && !known ? NULL : wire_skip(tag, p, end);
                if (p == NULL)
                        return wire_unknown(w, at, f, tag, value, end);
        }
        return p;
}

static int check(struct wire *w, const struct mtype *type, struct slice bytes,
                 const struct wire_limits *limits, struct arena *a, struct fault *f)
{
        *w = (struct wire){ .a = a, .f = f, .elements = limits->elements, .strict = limits->strict };
        return bytes.n > 0 && check_fields(w, type, bytes.p, bytes.p + bytes.n, NULL) == NULL;
}

int wire_check(const struct mtype *type, struct slice bytes, const struct wire_limits *limits,
               struct arena *a, struct fault *f)
{
        struct wire w;
        return check(&w, type, bytes, limits, a, f);
}

static const struct wire_limits whole_limits = { .elements = WIRE_ELEMENTS,
                                                 .memory = WIRE_MEMORY,
                                                 .keep_unknown = true };

int wire_check_whole(const struct mtype *type, struct slice *bytes, const struct wire_limits *limits,
                     struct arena *a, struct fault *f)
{
        struct wire w;
        struct msg *m;
        if (check(&w, type, *bytes, limits, a, f))
                return 1;
        if (!w.pieces)
                return 0;
        if (wire_read_within(type, *bytes, &whole_limits, a, &m, f))
                return 1;
        struct buf whole cleanup(buf_done);
        buf_init(&whole);
        wire_write(m, &whole);
        *bytes = arena_copy(a, buf_slice(&whole));
        return 0;
}

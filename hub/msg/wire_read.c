// Reads protobuf bytes into slots. One loop a message: the tag finds its field by direct[] (numbers below
// 64), the field's type picks the case; lists grow by doubling in the arena, so their capacity follows from
// their length.
#include "hub/msg/wire_int.h"

static const uint8_t *read_fields(struct wire *w, struct msg *m, const uint8_t *p, const uint8_t *end,
                                  const struct step *at);

static void *slots(struct wire *w, size_t n)
{
        if (n > w->memory)
                return NULL;
        w->memory -= n;
        return arena_alloc(w->a, n);
}

static struct msg *new_message(struct wire *w, const struct mtype *t)
{
        size_t n = sizeof(struct msg) + t->count * sizeof(struct val);
        struct msg *m = slots(w, n);
        if (m) {
                memset(m, 0, n);
                m->type = t;
        }
        return m;
}

static bool enum_knows(const struct etype *e, int32_t number)
{
        for (size_t i = 0; i < e->count; i++)
                if (e->values[i].number == number)
                        return true;
        return false;
}

static inline const uint8_t *read_number(struct wire *w, const struct field *f, struct val *v,
                                         const uint8_t *p, const uint8_t *end)
{
        uint64_t x;
        p = wire_varint(p, end, &x);
        if (__builtin_expect(p == NULL, 0))
                return NULL;
        switch (f->type) {
        case TYPE_BOOL:
                v->u = x != 0;
                break;
        case TYPE_INT32:
                v->i = (int32_t)(uint32_t)x;
                break;
        case TYPE_UINT32:
                v->u = (uint32_t)x;
                break;
        case TYPE_SINT32:
                v->i = (int32_t)(((uint32_t)x >> 1) ^ -((uint32_t)x & 1));
                break;
        case TYPE_SINT64:
                v->i = (int64_t)((x >> 1) ^ -(x & 1));
                break;
        case TYPE_ENUM:
                if (f->enumeration->closed && !enum_knows(f->enumeration, (int32_t)(uint32_t)x)) {
                        w->dropped = true;
                        w->number = x;
                        return w->strict ? NULL : p;
                }
                v->i = (int32_t)(uint32_t)x;
                break;
        default:
                v->u = x;
        }
        v->set = true;
        return p;
}

static inline const uint8_t *read_fixed(const struct field *f, struct val *v, const uint8_t *p,
                                        const uint8_t *end)
{
        size_t n = f->wire_type == WIRE_64 ? 8 : 4;
        if ((size_t)(end - p) < n)
                return NULL;
        uint32_t low;
        float single;
        switch (f->type) {
        case TYPE_FLOAT:
                memcpy(&single, p, 4);
                v->d = single;
                break;
        case TYPE_FIXED32:
                memcpy(&low, p, 4);
                v->u = low;
                break;
        case TYPE_SFIXED32:
                memcpy(&low, p, 4);
                v->i = (int32_t)low;
                break;
        default:
                memcpy(&v->u, p, 8);
        }
        v->set = true;
        return p + n;
}

// A value that is no message; at is the value's own place. NULL: the fault is filled.
static inline const uint8_t *read_value(struct wire *w, const struct field *f, struct val *v,
                                        const uint8_t *p, const uint8_t *end, const struct step *at)
{
        const uint8_t *q;
        switch (f->wire_type) {
        case WIRE_VARINT:
                q = read_number(w, f, v, p, end);
                break;
        case WIRE_BYTES:
                q = wire_bytes(p, end, &v->s);
                if (q && f->type == TYPE_STRING) {
                        enum fault_code code = wire_text(v->s);
                        if (__builtin_expect(code != FAULT_NONE, 0) && !(code == FAULT_NUL && w->nul))
                                return wire_refuse(w, code, at, NULL, NULL);
                }
                v->set = q != NULL;
                break;
        default:
                q = read_fixed(f, v, p, end);
        }
        if (__builtin_expect(q == NULL, 0))
                return wire_refuse(w, FAULT_MALFORMED, at, NULL, "the value is cut off or out of range");
        return q;
}

// The next item of a list, zeroed; NULL where a limit is reached. Capacity: 4, 8, 16… by length.
static struct val *list_push(struct wire *w, struct val *slot)
{
        struct list *l = &slot->list;
        if (w->elements == 0)
                return NULL;
        if (l->n == 0 || (l->n >= 4 && (l->n & (l->n - 1)) == 0)) {
                struct val *items = slots(w, (l->n ? (size_t)l->n * 2 : 4) * sizeof(*items));
                if (items == NULL)
                        return NULL;
                if (l->n)
                        memcpy(items, l->items, l->n * sizeof(*items));
                l->items = items;
        }
        w->elements--;
        struct val *v = &l->items[l->n++];
        *v = (struct val){ .u = 0 };
        slot->set = true;
        return v;
}

static void list_pop(struct val *slot)
{
        slot->list.n--;
        slot->set = slot->list.n > 0;
}

// Adds to the message's unknown fields, in one piece with the last where they touch. False: the limit is
// reached.
static bool keep_bytes(struct wire *w, struct msg *m, struct slice bytes)
{
        struct unknown *last = m->unknown;
        if (last && last->bytes.p + last->bytes.n == bytes.p) {
                last->bytes.n += bytes.n;
                return true;
        }
        struct unknown *u = slots(w, sizeof(*u));
        if (u == NULL)
                return false;
        *u = (struct unknown){ .next = last ? last->next : u, .bytes = bytes };
        if (last)
                last->next = u;
        m->unknown = u;
        return true;
}

// A number that a closed enum does not name is an unknown field; one of a packed list has no tag of its own.
static const uint8_t *drop_number(struct wire *w, const struct field *f, struct msg *m, const uint8_t *p,
                                  const struct step *at)
{
        w->dropped = false;
        w->lost = m->type->map_entry;
        if (!w->keep)
                return p;
        uint8_t text[20], *kept;
        size_t n = wire_put_varint(text, (uint64_t)f->number << 3 | WIRE_VARINT);
        n += wire_put_varint(text + n, w->number);
        kept = slots(w, n);
        if (kept == NULL || !keep_bytes(w, m, slice_of(memcpy(kept, text, n), n)))
                return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
        return p;
}

static const uint8_t *read_item(struct wire *w, const struct field *f, struct val *slot, const uint8_t *p,
                                const uint8_t *end, const struct step *at)
{
        struct val *v = list_push(w, slot);
        if (v == NULL)
                return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
        struct step here = { .up = at, .field = f, .kind = STEP_INDEX, .index = slot->list.n - 1 };
        p = read_value(w, f, v, p, end, &here);
        if (p && !v->set)
                list_pop(slot);
        return p;
}

static const uint8_t *read_packed(struct wire *w, const struct field *f, struct msg *m, const uint8_t *p,
                                  const uint8_t *end, const struct step *at)
{
        struct slice body;
        const uint8_t *after = wire_bytes(p, end, &body);
        if (after == NULL)
                return wire_refuse(w, FAULT_MALFORMED, at, f, "the packed list is cut off");
        for (p = body.p; p < after;) {
                p = read_item(w, f, &m->f[f->index], p, after, at);
                if (p && w->dropped)
                        p = drop_number(w, f, m, p, at);
                if (p == NULL)
                        return NULL;
        }
        return after;
}

static void clear_siblings(const struct field *f, struct msg *m)
{
        const struct mtype *t = m->type;
        for (size_t i = 0; i < t->count; i++)
                if (t->fields[i].oneof == f->oneof && i != f->index)
                        m->f[i] = (struct val){ .u = 0 };
}

// Key and value of a map entry are there even where the wire leaves them out. False: the limit is reached.
static bool complete_entry(struct wire *w, struct msg *entry)
{
        struct val *value = &entry->f[1];
        const struct field *f = &entry->type->fields[1];
        if (f->type == TYPE_MESSAGE && !value->set) {
                value->m = new_message(w, f->message);
                if (value->m == NULL)
                        return false;
        }
        entry->f[0].set = value->set = true;
        return true;
}

// A map entry with a value that its closed enum does not name is an unknown field as a whole.
static bool keep_entry(struct wire *w, const struct field *f, struct msg *m, struct slice body)
{
        uint8_t head[20];
        size_t n = wire_put_varint(head, (uint64_t)f->number << 3 | WIRE_BYTES);
        n += wire_put_varint(head + n, body.n);
        uint8_t *kept = slots(w, n + body.n);
        if (kept == NULL)
                return false;
        memcpy(kept, head, n);
        memcpy(kept + n, body.p, body.n);
        return keep_bytes(w, m, slice_of(kept, n + body.n));
}

static const uint8_t *read_entry(struct wire *w, const struct field *f, struct msg *m, struct slice body,
                                 const struct step *at)
{
        struct val *slot = &m->f[f->index];
        struct val *v = list_push(w, slot);
        struct step here = { .up = at, .field = f, .kind = STEP_INDEX, .index = slot->list.n - 1 };
        if (v == NULL || (v->m = new_message(w, f->message)) == NULL)
                return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
        v->set = true;
        w->lost = false;
        const uint8_t *p = read_fields(w, v->m, body.p, body.p + body.n, &here);
        if (p == NULL || !f->map)
                return p;
        if (w->lost && !v->m->f[1].set) {
                list_pop(slot);
                return w->keep && !keep_entry(w, f, m, body) ? wire_refuse(w, FAULT_TOO_MANY, at, f, NULL)
                                                             : p;
        }
        return complete_entry(w, v->m) ? p : wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
}

static const uint8_t *read_child(struct wire *w, const struct field *f, struct msg *m, const uint8_t *p,
                                 const uint8_t *end, const struct step *at)
{
        struct val *slot = &m->f[f->index];
        struct slice body;
        const uint8_t *after =
            f->delimited ? wire_group(f->number, p, end, &body) : wire_bytes(p, end, &body);
        if (after == NULL)
                return wire_refuse(w, FAULT_MALFORMED, at, f,
                                   f->delimited ? "the group does not end" : "the message is cut off");
        if (++w->depth >= WIRE_DEPTH)
                return wire_refuse(w, FAULT_TOO_DEEP, at, f, NULL);
        if (f->repeated) {
                p = read_entry(w, f, m, body, at);
        } else {
                if (f->oneof >= 0)
                        clear_siblings(f, m);
                struct step here = { .up = at, .field = f };
                if (!slot->set) {
                        slot->m = new_message(w, f->message);
                        if (slot->m == NULL)
                                return wire_refuse(w, FAULT_TOO_MANY, at, f, NULL);
                        slot->set = true;
                }
                p = read_fields(w, slot->m, body.p, body.p + body.n, &here);
        }
        w->depth--;
        return p ? after : NULL;
}

static const uint8_t *read_member(struct wire *w, const struct field *f, struct msg *m, const uint8_t *p,
                                  const uint8_t *end, const struct step *at)
{
        struct val v = { .u = 0 };
        struct step here = { .up = at, .field = f };
        p = read_value(w, f, &v, p, end, &here);
        if (p && v.set) {
                clear_siblings(f, m);
                m->f[f->index] = v;
        }
        return p;
}

static const uint8_t *read_fields(struct wire *w, struct msg *m, const uint8_t *p, const uint8_t *end,
                                  const struct step *at)
{
        const struct mtype *t = m->type;
        while (p < end) {
                const uint8_t *start = p;
                uint32_t tag;
                p = wire_tag(p, end, &tag);
                if (__builtin_expect(p == NULL, 0))
                        return wire_refuse_tag(w, at, start, end);
                const struct field *f = wire_field(t, tag >> 3);
                if (__builtin_expect(f == NULL || (tag & 7) != f->wire_type, 0)) {
                        if (f && f->repeated && (tag & 7) == WIRE_BYTES && wire_packable(f->type)) {
                                p = read_packed(w, f, m, p, end, at);
                        } else {
                                const uint8_t *value = p;
                                p = w->strict ? NULL : wire_skip(tag, p, end);
                                if (p == NULL)
                                        return wire_unknown(w, at, f, tag, value, end);
                                if (w->keep && !keep_bytes(w, m, slice_of(start, (size_t)(p - start))))
                                        return wire_refuse(w, FAULT_TOO_MANY, at, NULL, NULL);
                        }
                } else if (f->type == TYPE_MESSAGE) {
                        p = read_child(w, f, m, p, end, at);
                } else if (f->repeated) {
                        p = read_item(w, f, &m->f[f->index], p, end, at);
                } else if (f->oneof >= 0) {
                        p = read_member(w, f, m, p, end, at);
                } else {
                        struct step here = { .up = at, .field = f };
                        p = read_value(w, f, &m->f[f->index], p, end, &here);
                }
                if (__builtin_expect(p == NULL, 0))
                        return NULL;
                if (__builtin_expect(w->dropped, 0) && drop_number(w, f, m, p, at) == NULL)
                        return NULL;
        }
        return p;
}

// proto2's required fields, where the type has any at some depth.
static bool complete(struct wire *w, const struct msg *m, const struct step *at)
{
        const struct mtype *t = m->type;
        for (size_t i = 0; i < t->count && t->required_below; i++) {
                const struct field *f = &t->fields[i];
                const struct val *v = &m->f[i];
                if (f->required && !v->set) {
                        wire_refuse(w, FAULT_MALFORMED, at, f, "a required field is missing");
                        return false;
                }
                if (f->type != TYPE_MESSAGE || !v->set)
                        continue;
                struct step here = { .up = at, .field = f, .kind = f->repeated ? STEP_INDEX : STEP_FIELD };
                for (; here.index < (f->repeated ? v->list.n : 1); here.index++)
                        if (!complete(w, f->repeated ? v->list.items[here.index].m : v->m, &here))
                                return false;
        }
        return true;
}

int wire_read_within(const struct mtype *type, struct slice bytes, const struct wire_limits *limits,
                     struct arena *a, struct msg **out, struct fault *f)
{
        struct wire w = { .a = a,
                          .f = f,
                          .elements = limits->elements,
                          .memory = limits->memory,
                          .strict = limits->strict,
                          .keep = limits->keep_unknown,
                          .nul = limits->nul };
        struct msg *m = new_message(&w, type);
        if (m == NULL) {
                wire_refuse(&w, FAULT_TOO_MANY, NULL, NULL, NULL);
                return 1;
        }
        if (bytes.n > 0 && read_fields(&w, m, bytes.p, bytes.p + bytes.n, NULL) == NULL)
                return 1;
        if (type->required_below && !complete(&w, m, NULL))
                return 1;
        *out = m;
        return 0;
}

int wire_read(const struct mtype *type, struct slice bytes, struct arena *a, struct msg **out,
              struct fault *f)
{
        static const struct wire_limits limits = { .elements = WIRE_ELEMENTS, .memory = WIRE_MEMORY };
        return wire_read_within(type, bytes, &limits, a, out, f);
}

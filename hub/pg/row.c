// One binary COPY tuple: data columns by the plan's steps, then system columns. The one function on the path
// of every record: it writes into the caller's buffer and allocates nothing else but the jsonb texts' room in
// that same buffer.
#include <math.h>

#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/msg/wire.h"
#include "hub/pg/numeric.h"
#include "hub/pg/plan.h"

#define JSONB_VERSION 1
#define KEY_BYTES_MAX 2000           // a b-tree entry must fit a third of an 8 KiB page
#define DURATION_MAX  315576000000LL // seconds, of google.protobuf.Duration

struct writer {
        const struct table *t;
        struct buf *out;
        struct arena *arena;
        struct fault *fault;
        int64_t item; // of the array that is being written, or -1
};

static inline uint8_t *room(struct buf *b, size_t n)
{
        uint8_t *p = b->cap - b->n >= n ? b->p + b->n : buf_reserve(b, n);
        b->n += n;
        return p;
}

static inline void put_null(struct buf *b)
{
        put_be32(room(b, 4), UINT32_MAX);
}

static inline void put_bytes(struct buf *b, struct slice s)
{
        uint8_t *p = room(b, 4 + s.n);
        put_be32(p, (uint32_t)s.n);
        if (s.n > 0)
                memcpy(p + 4, s.p, s.n);
}

static inline void put_int4(struct buf *b, uint32_t v)
{
        uint8_t *p = room(b, 8);
        put_be32(p, 4), put_be32(p + 4, v);
}

static inline void put_int8(struct buf *b, uint64_t v)
{
        uint8_t *p = room(b, 12);
        put_be32(p, 8), put_be64(p + 4, v);
}

static inline void put_instant(struct buf *b, int64_t usec)
{
        put_int8(b, (uint64_t)(usec - PG_EPOCH_USEC));
}

// For payloads whose length is known behind them: leaves room for it, and fills it in.
static inline size_t open_value(struct buf *b)
{
        size_t at = b->n;
        room(b, 4);
        return at;
}

static inline void close_value(struct buf *b, size_t at)
{
        put_be32(b->p + at, (uint32_t)(b->n - at - 4));
}

static int refuse(struct writer *w, const struct column *c, const char *text_vi, const char *text_en)
{
        const char *path = c->path;
        if (w->item >= 0)
                path = arena_printf(w->arena, "%s[%lld]", path, (long long)w->item);
        return fault_set(w->fault, w->arena, FAULT_REFUSED_BY_STORE, path, text_vi, "%s", text_en);
}

static int put_timestamp(struct writer *w, const struct column *c, const struct msg *m)
{
        int64_t usec;
        if (msg_instant(m, &usec) != 0)
                return refuse(
                    w, c, "thời điểm nằm ngoài năm 1 đến 9999",
                    "the time is outside years 1 to 9999, or its nanoseconds are not 0 to 999999999");
        put_instant(w->out, usec);
        return 0;
}

// The whole duration stands in interval's microseconds, so days and months stay 0 and nothing is rounded but
// below 1 µs.
static int put_interval(struct writer *w, const struct column *c, const struct msg *m)
{
        int64_t seconds = msg_seconds(m);
        int32_t nanos = msg_nanos(m);
        bool agree = nanos == 0 || seconds == 0 || (nanos > 0) == (seconds > 0);
        if (seconds > DURATION_MAX || seconds < -DURATION_MAX || nanos > 999999999 || nanos < -999999999 ||
            !agree)
                return refuse(
                    w, c, "khoảng thời gian không hợp lệ",
                    "the duration is longer than 10000 years, or its nanoseconds do not fit its seconds");
        int64_t micros =
            nanos >= 0 ? nanos / 1000 : -((-(int64_t)nanos + 999) / 1000); // floored, as timestamps are
        uint8_t *p = room(w->out, 20);
        put_be32(p, 16);
        put_be64(p + 4, (uint64_t)(seconds * USEC_PER_SEC + micros));
        memset(p + 12, 0, 8);
        return 0;
}

static int put_decimal(struct writer *w, const struct column *c, struct slice s)
{
        if (s.n == 0 && !c->presence) {
                put_null(w->out); // without presence an empty text is all there is to say "absent"
                return 0;
        }
        size_t at = open_value(w->out);
        switch (numeric_text(s, w->out)) {
        case 0:
                close_value(w->out, at);
                return 0;
        case 1:
                return refuse(w, c, "không phải số thập phân",
                              "the text is not a decimal number such as -12.50");
        default:
                return refuse(w, c, "số quá dài",
                              "the number has more than 131072 digits before the point or 16383 behind it");
        }
}

static void put_enum(struct buf *b, const struct column *c, int32_t number)
{
        struct slice name = { 0 };
        if (number >= 0 && number < ENUM_DIRECT)
                name = c->names[number];
        const char *other = name.n ? NULL : etype_name(c->field->enumeration, number);
        if (other != NULL)
                name = slice_str(other);
        if (name.n > 0) {
                put_bytes(b, name);
                return;
        }
        size_t at = open_value(b); // an open enum may hold a number that this version does not name
        buf_printf(b, "%d", number);
        close_value(b, at);
}

static void put_json(struct writer *w, const struct column *c, const struct val *v)
{
        struct json j;
        size_t at = open_value(w->out);
        *room(w->out, 1) = JSONB_VERSION;
        json_init(&j, w->out, false);
        msg_json_field(c->field, v, &j);
        close_value(w->out, at);
}

// FieldMask as protobuf's JSON has it, but with the fields' own names: paths joined by commas.
static void put_mask(struct buf *b, const struct msg *m)
{
        size_t at = open_value(b);
        const struct list *paths = &m->f[0].list;
        for (uint32_t i = 0; i < paths->n; i++) {
                if (i > 0)
                        buf_add_char(b, ',');
                buf_add_slice(b, paths->items[i].s);
        }
        close_value(b, at);
}

static inline void put_real(struct buf *b, float v)
{
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        put_int4(b, bits);
}

static inline void put_double(struct buf *b, double v)
{
        uint64_t bits;
        memcpy(&bits, &v, sizeof bits);
        put_int8(b, bits);
}

static void put_bool(struct buf *b, bool v)
{
        uint8_t *p = room(b, 5);
        put_be32(p, 1), p[4] = v;
}

static int put_value(struct writer *w, const struct column *c, const struct val *v)
{
        struct buf *b = w->out;
        size_t at;
        switch (c->cell) {
        case CELL_BOOL:
                put_bool(b, v->u != 0);
                return 0;
        case CELL_INT4:
                put_int4(b, (uint32_t)v->i);
                return 0;
        case CELL_INT8:
        case CELL_UINT4:
                put_int8(b, v->u);
                return 0;
        case CELL_UINT8:
                at = open_value(b);
                numeric_uint64(v->u, b);
                close_value(b, at);
                return 0;
        case CELL_REAL:
                put_real(b, (float)v->d);
                return 0;
        case CELL_DOUBLE:
                put_double(b, v->d);
                return 0;
        case CELL_TEXT:
        case CELL_BYTES:
                put_bytes(b, v->s);
                return 0;
        case CELL_ENUM:
                put_enum(b, c, (int32_t)v->i);
                return 0;
        case CELL_DECIMAL:
                return put_decimal(w, c, v->s);
        case CELL_TIMESTAMP:
                return put_timestamp(w, c, v->m);
        case CELL_INTERVAL:
                return put_interval(w, c, v->m);
        case CELL_MASK:
                put_mask(b, v->m);
                return 0;
        case CELL_JSON:
                put_json(w, c, v);
                return 0;
        case CELL_COUNT:
                break;
        }
        __builtin_unreachable();
}

// array_recv: dimensions, has-null flag, element type, then length and lower bound of the dimension.
static int put_array(struct writer *w, const struct column *c, const struct list *list)
{
        size_t at = open_value(w->out);
        uint8_t *p = room(w->out, list->n ? 20 : 12);
        put_be32(p, list->n ? 1 : 0), put_be32(p + 4, 0), put_be32(p + 8, cell_types[c->cell].oid);
        if (list->n > 0)
                put_be32(p + 12, list->n), put_be32(p + 16, 1);
        for (uint32_t i = 0; i < list->n; i++) {
                const struct val *v = &list->items[i];
                w->item = i;
                if (put_value(w, c, c->wrapper ? &v->m->f[0] : v) != 0)
                        return 1;
        }
        w->item = -1;
        close_value(w->out, at);
        return 0;
}

static int put_column(struct writer *w, const struct column *c, const struct val *v)
{
        if (c->presence && !v->set) {
                put_null(w->out);
                return 0;
        }
        if (c->array)
                return put_array(w, c, &v->list);
        return put_value(w, c, c->wrapper ? &v->m->f[0] : v);
}

static int put_data(struct writer *w, const struct msg *m)
{
        const struct msg *stack[WIRE_DEPTH + 1];
        size_t depth = 0;
        const struct plan_step *end = w->t->steps + w->t->step_count;
        for (const struct plan_step *s = w->t->steps; s < end; s++) {
                const struct val *v = &m->f[s->slot];
                if (s->kind == PLAN_COLUMN) {
                        if (put_column(w, &w->t->columns[s->column], v) != 0)
                                return 1;
                } else if (s->kind == PLAN_LEAVE) {
                        m = depth > 0 ? stack[--depth] : m;
                } else if (v->set) {
                        stack[depth++] = m, m = v->m;
                } else {
                        for (uint32_t i = 0; i < s->columns; i++)
                                put_null(w->out);
                        s = w->t->steps + s->past - 1;
                }
        }
        return 0;
}

// A tombstone says its key and nothing else: what the sender left out must not be taken for values.
static int put_key_only(struct writer *w, const struct msg *m)
{
        for (size_t i = 0; i < w->t->column_count; i++) {
                const struct column *c = &w->t->columns[i];
                if (!c->key)
                        put_null(w->out);
                else if (put_column(w, c, &m->f[c->field->index]) != 0)
                        return 1;
        }
        return 0;
}

static void put_flags(struct buf *b, const char *const *flags, size_t n)
{
        size_t at = open_value(b);
        uint8_t *p = room(b, n ? 20 : 12);
        put_be32(p, n ? 1 : 0), put_be32(p + 4, 0), put_be32(p + 8, cell_types[CELL_TEXT].oid);
        if (n > 0)
                put_be32(p + 12, (uint32_t)n), put_be32(p + 16, 1);
        for (size_t i = 0; i < n; i++)
                put_bytes(b, slice_str(flags[i]));
        close_value(b, at);
}

static void put_system(struct buf *b, const struct row *r, bool history)
{
        put_bytes(b, r->agency);
        put_bytes(b, r->provider.n ? r->provider : r->agency);
        put_bytes(b, slice_of(r->message_id, ID_SIZE));
        if (r->has_event_time)
                put_instant(b, r->event_time);
        else
                put_null(b);
        put_instant(b, r->received_at);
        put_int4(b, (uint32_t)r->feed);
        put_int4(b, (uint32_t)r->part);
        put_int8(b, (uint64_t)r->offset);
        put_int4(b, r->schema_id);
        put_flags(b, r->flags, r->flag_count);
        put_bytes(b, slice_of(r->digest, SHA256_SIZE));
        if (!history)
                return;
        put_bytes(b, slice_str(operation_word(r->operation)));
        if (r->relates_to.n)
                put_bytes(b, r->relates_to);
        else
                put_null(b);
        if (r->reason.n)
                put_bytes(b, r->reason);
        else
                put_null(b);
}

static bool in_range(int64_t usec)
{
        return usec >= INSTANT_MIN && usec <= INSTANT_MAX;
}

// What no table could hold, whatever its columns.
static int check_row(const struct table *t, const struct row *r, struct arena *a, struct fault *f)
{
        bool upsert = table_upserts(t), amends = operation_amends(r->operation);
        if (r->operation != OP_PUT && !amends && !(upsert && r->operation == OP_DELETE))
                return fault_set(f, a, FAULT_OPERATION, "", "bộ dữ liệu không có thao tác này",
                                 "operation %s does not apply to dataset %s (mode %s)",
                                 operation_word(r->operation) ? operation_word(r->operation) : "?",
                                 t->schema->dataset->name, upsert ? "UPSERT" : "APPEND");
        if (r->relates_to.n != ID_SIZE && (amends || r->relates_to.n != 0))
                return fault_set(f, a, FAULT_HEADER, "relates_to", "mã thông điệp liên quan phải có 16 byte",
                                 "header field relates_to has %zu bytes and must have %d", r->relates_to.n,
                                 ID_SIZE);
        if ((r->has_event_time && !in_range(r->event_time)) || !in_range(r->received_at))
                return fault_set(f, a, FAULT_REFUSED_BY_STORE, "", "thời điểm nằm ngoài năm 1 đến 9999",
                                 "the event time or the time of receipt is outside years 1 to 9999");
        if (!upsert && r->operation != OP_RETRACT && !r->has_event_time &&
            t->schema->dataset->event_time != NULL)
                return fault_set(f, a, FAULT_REFUSED_BY_STORE, t->schema->dataset->event_time->name,
                                 "thiếu thời điểm sự kiện",
                                 "the event time is absent, and rows are kept by its month");
        return 0;
}

// Bytes that the index over the key holds, at most: only texts vary.
static size_t key_bytes(const struct table *t, const struct row *r)
{
        size_t n = r->agency.n;
        for (const struct column *const *k = t->key; *k != NULL; k++)
                n += (*k)->cell == CELL_TEXT || (*k)->cell == CELL_BYTES
                         ? r->message->f[(*k)->field->index].s.n + 4
                         : 64;
        return n;
}

int table_row(const struct table *t, const struct row *r, struct arena *a, struct buf *out, struct fault *f)
{
        struct writer w = { .t = t, .out = out, .arena = a, .fault = f, .item = -1 };
        if (check_row(t, r, a, f) != 0)
                return 1;
        if (t->key[0] != NULL && key_bytes(t, r) > KEY_BYTES_MAX)
                return fault_set(f, a, FAULT_REFUSED_BY_STORE, t->key[0]->path, "khoá quá dài",
                                 "the key fields hold more than %d bytes, which is beyond an index",
                                 KEY_BYTES_MAX);
        size_t start = out->n;
        put_be16(room(out, 2), t->tuple);
        bool empty = r->operation == OP_DELETE || r->operation == OP_RETRACT;
        int rc = empty ? put_key_only(&w, r->message) : put_data(&w, r->message);
        if (rc != 0) {
                out->n = start;
                return 1;
        }
        put_system(out, r, table_upserts(t));
        return 0;
}

int table_amended_row(const struct table *t, const struct row *r, struct arena *a, struct buf *out,
                      struct fault *f)
{
        if (check_row(t, r, a, f) != 0)
                return 1;
        put_be16(room(out, 2), (uint16_t)system_column_count);
        put_system(out, r, true);
        return 0;
}

#include "hub/msg/value_int.h"

#include <inttypes.h>
#include <stdio.h>

#include "hub/base/clock.h"
#include "hub/base/text.h"
#include "hub/msg/envelope.h"
#include "hub/msg/fault.h"

#define SECONDS_MIN (-62135596800LL)
#define SECONDS_MAX 253402300799LL

struct msg *msg_new(const struct mtype *type, struct arena *a)
{
        struct msg *m = arena_zalloc(a, sizeof(*m) + type->count * sizeof(m->f[0]));
        m->type = type;
        return m;
}

// Floats too: only +0.0 has no bit set, and only that is left out on the wire.
bool value_is_zero(const struct field *f, const struct val *v)
{
        switch (f->type) {
        case TYPE_STRING:
        case TYPE_BYTES:
                return v->s.n == 0;
        case TYPE_MESSAGE:
                return !v->set;
        default:
                return v->u == 0;
        }
}

int64_t msg_seconds(const struct msg *m)
{
        return m->f[0].i;
}

int32_t msg_nanos(const struct msg *m)
{
        return (int32_t)m->f[1].i;
}

int msg_instant(const struct msg *timestamp, int64_t *out)
{
        int64_t seconds = msg_seconds(timestamp);
        int32_t nanos = msg_nanos(timestamp);
        if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos < 0 || nanos > 999999999)
                return 1;
        *out = seconds * USEC_PER_SEC + nanos / 1000;
        return 0;
}

struct msg *msg_timestamp(const struct mtype *type, int64_t usec, struct arena *a)
{
        struct msg *m = msg_new(type, a);
        int64_t seconds = usec / USEC_PER_SEC, rest = usec % USEC_PER_SEC;
        if (rest < 0) {
                rest += USEC_PER_SEC;
                seconds--;
        }
        m->f[0] = (struct val){ .i = seconds, .set = true };
        m->f[1] = (struct val){ .i = rest * 1000, .set = true };
        return m;
}

static int refuse_key(const struct field *f, const char *vi, const char *en, struct arena *a,
                      struct fault *fault)
{
        return fault_set(fault, a, FAULT_WRONG_KEY, f->name, vi, "The key field %s %s", f->name, en);
}

// Text of one key field, which may point into `scratch`. 0 done, 1 refused.
static int key_text(const struct field *f, const struct val *v, char scratch[64], struct slice *out,
                    struct arena *a, struct fault *fault)
{
        int64_t instant;
        const char *name = NULL;
        if ((f->presence && !v->set) || (f->type == TYPE_STRING && v->s.n == 0))
                return refuse_key(f, "Trường khóa không có giá trị", "is absent", a, fault);
        switch (f->type) {
        case TYPE_STRING:
                if (memchr(v->s.p, KEY_SEPARATOR, v->s.n) || text_has_nul(v->s))
                        return refuse_key(f, "Trường khóa chứa ký tự điều khiển không được phép",
                                          "holds U+001F or U+0000", a, fault);
                *out = v->s;
                return 0;
        case TYPE_MESSAGE:
                if (msg_instant(v->m, &instant))
                        return refuse_key(f, "Thời điểm trong khóa không hợp lệ", "is not a valid time", a,
                                          fault);
                *out = slice_of(scratch, instant_format(instant, scratch));
                return 0;
        case TYPE_BOOL:
                *out = slice_str(v->u ? "true" : "false");
                return 0;
        case TYPE_ENUM:
                name = etype_name(f->enumeration, (int32_t)v->i);
                if (name) {
                        *out = slice_str(name);
                        return 0;
                }
                break;
        default:
                break;
        }
        bool without_sign = f->type == TYPE_UINT32 || f->type == TYPE_UINT64 || f->type == TYPE_FIXED32 ||
                            f->type == TYPE_FIXED64;
        int n =
            without_sign ? snprintf(scratch, 64, "%" PRIu64, v->u) : snprintf(scratch, 64, "%" PRId64, v->i);
        *out = slice_of(scratch, (size_t)n);
        return 0;
}

int msg_key(const struct dataset *d, const struct msg *m, struct arena *a, struct slice *out, struct fault *f)
{
        struct slice parts[DATASET_KEYS_MAX] = { 0 };
        char scratch[DATASET_KEYS_MAX][64];
        size_t n = 0;
        for (size_t i = 0; i < d->key_count; i++) {
                if (key_text(d->key[i], &m->f[d->key[i]->index], scratch[i], &parts[i], a, f))
                        return 1;
                n += parts[i].n + 1;
        }
        uint8_t *text = arena_alloc(a, n ? n : 1), *p = text;
        for (size_t i = 0; i < d->key_count; i++) {
                if (i > 0)
                        *p++ = KEY_SEPARATOR;
                if (parts[i].n > 0)
                        memcpy(p, parts[i].p, parts[i].n);
                p += parts[i].n;
        }
        *out = slice_of(text, (size_t)(p - text));
        return 0;
}

int msg_event_time(const struct dataset *d, const struct msg *m, int64_t *out)
{
        if (d->event_time == NULL)
                return 1;
        const struct val *v = &m->f[d->event_time->index];
        if (!v->set)
                return 1;
        return msg_instant(v->m, out) ? 2 : 0;
}

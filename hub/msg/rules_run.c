// Tests of one value. Sets of values are looked through by halves once they are long.
#include <math.h>

#include "hub/base/clock.h"
#include "hub/base/text.h"
#include "hub/msg/rules.h"

#define NANOS     1000000000
#define SHORT_SET 8 // values looked through one by one

#define RARE __attribute__((noinline)) // keeps the frame of the others small

static inline nanos_t nanos_in(const struct msg *m)
{
        return (nanos_t)m->f[0].i * NANOS + (int32_t)m->f[1].i;
}

nanos_t nanos_of(const struct msg *m)
{
        return nanos_in(m);
}

enum value_class value_class_of(const struct field *f)
{
        switch (f->type) {
        case TYPE_DOUBLE:
        case TYPE_FLOAT:
                return VALUE_DOUBLE;
        case TYPE_UINT64:
        case TYPE_UINT32:
        case TYPE_FIXED64:
        case TYPE_FIXED32:
        case TYPE_BOOL:
                return VALUE_UINT;
        case TYPE_STRING:
        case TYPE_BYTES:
                return VALUE_BYTES;
        case TYPE_MESSAGE:
                return VALUE_TIME;
        default:
                return VALUE_INT;
        }
}

union operand operand_of(enum value_class class, const struct val *v)
{
        union operand o = { .i = v->i };
        if (class == VALUE_BYTES)
                o.s = v->s;
        else if (class == VALUE_TIME)
                o.t = nanos_of(v->m);
        return o;
}

static int compare_bytes(struct slice a, struct slice b)
{
        size_t n = a.n < b.n ? a.n : b.n;
        int c = n ? memcmp(a.p, b.p, n) : 0;
        return c ? (c < 0 ? -1 : 1) : (a.n > b.n) - (a.n < b.n);
}

int operand_compare(enum value_class class, const union operand *a, const union operand *b)
{
        switch (class) {
        case VALUE_INT:
                return (a->i > b->i) - (a->i < b->i);
        case VALUE_UINT:
                return (a->u > b->u) - (a->u < b->u);
        case VALUE_DOUBLE:
                if (isnan(a->d) || isnan(b->d))
                        return 2;
                return (a->d > b->d) - (a->d < b->d);
        case VALUE_BYTES:
                return compare_bytes(a->s, b->s);
        default:
                return (a->t > b->t) - (a->t < b->t);
        }
}

static bool in_set(const struct rule *r, enum value_class class, union operand v)
{
        size_t low = 0, high = r->set.count;
        if (high <= SHORT_SET) {
                for (size_t i = 0; i < high; i++) {
                        const union operand *item = &r->set.items[i];
                        if (class == VALUE_BYTES ? slice_eq(v.s, item->s)
                                                 : operand_compare(class, &v, item) == 0)
                                return true;
                }
                return false;
        }
        while (low < high) {
                size_t middle = (low + high) / 2;
                int c = operand_compare(class, &v, &r->set.items[middle]);
                if (c == 0)
                        return true;
                if (c < 0)
                        high = middle;
                else // NaN as well: it ends beyond the last
                        low = middle + 1;
        }
        return false;
}

// n bytes hold (n + 3) / 4 to n characters: most lengths are decided without counting.
static bool length_holds(const struct rule *r, struct slice s)
{
        uint64_t least = (s.n + 3) / 4;
        switch (r->kind) {
        case RULE_LEN:
                return s.n >= r->size && least <= r->size && text_length(s) == r->size;
        case RULE_MIN_LEN:
                return least >= r->size || (s.n >= r->size && text_length(s) >= r->size);
        default: // RULE_MAX_LEN
                return s.n <= r->size || (least <= r->size && text_length(s) <= r->size);
        }
}

static bool contains(struct slice s, struct slice part)
{
        return part.n == 0 || (s.n >= part.n && memmem(s.p, s.n, part.p, part.n) != NULL);
}

static bool starts_with(struct slice s, struct slice part)
{
        return s.n >= part.n && (part.n == 0 || memcmp(s.p, part.p, part.n) == 0);
}

static bool ends_with(struct slice s, struct slice part)
{
        return s.n >= part.n && (part.n == 0 || memcmp(s.p + s.n - part.n, part.p, part.n) == 0);
}

static bool time_holds(const struct rule *r, nanos_t t, int64_t now_usec)
{
        nanos_t now = (nanos_t)now_usec * (NANOS / USEC_PER_SEC);
        switch (r->kind) {
        case RULE_TIME:
                return r->outside ? t >= r->time.low || t <= r->time.high
                                  : t >= r->time.low && t <= r->time.high;
        case RULE_TIME_IN:
                return in_set(r, VALUE_TIME, (union operand){ .t = t });
        case RULE_LT_NOW:
                return t <= now;
        case RULE_GT_NOW:
                return t >= now;
        default: // RULE_WITHIN
                return t >= now + r->time.low && t <= now + r->time.high;
        }
}

// Path `a.b` covers itself and what begins with `a.b.`.
static bool covered(const struct rule *r, struct slice path)
{
        for (size_t i = 0; i < r->set.count; i++) {
                struct slice by = r->set.items[i].s;
                if (starts_with(path, by) && (path.n == by.n || path.p[by.n] == '.'))
                        return true;
        }
        return false;
}

RARE static bool mask_holds(const struct rule *r, const struct list *paths)
{
        if (r->kind == RULE_MASK_EQUAL && paths->n != r->set.count)
                return false;
        for (uint32_t i = 0; i < paths->n; i++) {
                bool holds = r->kind == RULE_MASK_EQUAL ? slice_eq(paths->items[i].s, r->set.items[i].s)
                                                        : covered(r, paths->items[i].s);
                if (holds == (r->kind == RULE_MASK_NOT_IN))
                        return false;
        }
        return true;
}

static inline bool text_holds(const struct rule *r, struct slice s)
{
        switch (r->kind) {
        case RULE_EQUAL:
                return slice_eq(s, r->text);
        case RULE_TEXT_IN:
                return in_set(r, VALUE_BYTES, (union operand){ .s = s });
        case RULE_LEN:
        case RULE_MIN_LEN:
        case RULE_MAX_LEN:
                return length_holds(r, s);
        case RULE_LEN_BYTES:
                return s.n == r->size;
        case RULE_MIN_BYTES:
                return s.n >= r->size;
        case RULE_MAX_BYTES:
                return s.n <= r->size;
        case RULE_PREFIX:
                return starts_with(s, r->text);
        case RULE_SUFFIX:
                return ends_with(s, r->text);
        case RULE_CONTAINS:
                return contains(s, r->text);
        case RULE_FORMAT:
                return format_holds(r->format, s);
        case RULE_PATTERN:
                return regex_finds(r->regex, s);
        default: // RULE_BYTES_PATTERN
                return text_is_utf8(s) && regex_finds(r->regex, s);
        }
}

static inline bool test(const struct rule *r, const struct val *v, int64_t now, struct arena *a)
{
        switch (r->kind) {
        case RULE_WHOLE:
                return v->u - r->whole.low <= r->whole.width;
        case RULE_REAL:
                return r->outside ? v->d >= r->real.low || v->d <= r->real.high
                                  : v->d >= r->real.low && v->d <= r->real.high;
        case RULE_FINITE:
                return isfinite(v->d);
        case RULE_BITS:
                return v->u < 64 && (r->bits >> v->u & 1);
        case RULE_WHOLE_IN:
                return in_set(r, VALUE_UINT, (union operand){ .u = v->u });
        case RULE_REAL_IN:
                return in_set(r, VALUE_DOUBLE, (union operand){ .d = v->d });
        case RULE_TIME:
        case RULE_TIME_IN:
        case RULE_LT_NOW:
        case RULE_GT_NOW:
        case RULE_WITHIN:
                return time_holds(r, nanos_in(v->m), now);
        case RULE_ANY_IN:
                return in_set(r, VALUE_BYTES, (union operand){ .s = v->m->f[0].s });
        case RULE_MASK_EQUAL:
        case RULE_MASK_IN:
        case RULE_MASK_NOT_IN:
                return mask_holds(r, &v->m->f[0].list);
        case RULE_MIN_ITEMS:
                return v->list.n >= r->size;
        case RULE_MAX_ITEMS:
                return v->list.n <= r->size;
        case RULE_UNIQUE:
                return list_differs((enum value_class)r->class, &v->list, a);
        default:
                return text_holds(r, v->s);
        }
}

const struct rule *rules_broken(const struct rule *from, const struct rule *end, const struct val *v,
                                int64_t now, struct arena *a)
{
        for (const struct rule *r = from; r < end; r++)
                if (__builtin_expect(test(r, v, now, a) == r->negate, 0))
                        return r;
        return NULL;
}

const struct rule_words *rule_words(const struct rule *r, const struct val *v, bool *unjudged)
{
        *unjudged = r->kind == RULE_BYTES_PATTERN && !text_is_utf8(v->s);
        return r->other && (*unjudged || v->s.n == 0) ? r->other : r->words;
}

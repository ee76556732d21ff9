#include <math.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/text.h"
#include "hub/msg/rules.h"

#define NANOS 1000000000

struct span span_of(int64_t seconds, int64_t nanos)
{
        int64_t carry = nanos / NANOS, rest = nanos % NANOS;
        if (rest < 0) {
                rest += NANOS;
                carry--;
        }
        if (__builtin_add_overflow(seconds, carry, &seconds))
                seconds = carry < 0 ? INT64_MIN : INT64_MAX;
        return (struct span){ .seconds = seconds, .nanos = (int32_t)rest };
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
                o.t = span_of(msg_seconds(v->m), msg_nanos(v->m));
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
                if (a->t.seconds != b->t.seconds)
                        return a->t.seconds < b->t.seconds ? -1 : 1;
                return (a->t.nanos > b->t.nanos) - (a->t.nanos < b->t.nanos);
        }
}

static bool within(const struct rule *r, const union operand *v)
{
        const struct bound *low = &r->range.low, *high = &r->range.high;
        int c = low->set ? operand_compare(r->class, v, &low->value) : 1;
        bool above = c == 1 || (c == 0 && low->inclusive);
        if (!high->set)
                return above;
        c = operand_compare(r->class, v, &high->value);
        bool below = c == -1 || (c == 0 && high->inclusive);
        return r->range.outside ? above || below : above && below;
}

static bool in_set(const struct rule *r, const union operand *v)
{
        size_t low = 0, high = r->set.count;
        while (low < high) {
                size_t middle = (low + high) / 2;
                int c = operand_compare(r->class, v, &r->set.items[middle]);
                if (c == 0)
                        return true;
                if (c == 2)
                        return false;
                if (c < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return false;
}

static bool contains(struct slice s, struct slice part)
{
        return part.n == 0 || (s.n >= part.n && memmem(s.p, s.n, part.p, part.n) != NULL);
}

static bool text_rule(const struct rule *r, struct slice s)
{
        struct slice o = r->value.s;
        switch (r->kind) {
        case RULE_LEN:
                return text_length(s) == r->value.u;
        case RULE_MIN_LEN:
                return s.n / 4 >= r->value.u || text_length(s) >= r->value.u;
        case RULE_MAX_LEN:
                return s.n <= r->value.u || text_length(s) <= r->value.u;
        case RULE_LEN_BYTES:
                return s.n == r->value.u;
        case RULE_MIN_BYTES:
                return s.n >= r->value.u;
        case RULE_MAX_BYTES:
                return s.n <= r->value.u;
        case RULE_PREFIX:
                return s.n >= o.n && (o.n == 0 || memcmp(s.p, o.p, o.n) == 0);
        case RULE_SUFFIX:
                return s.n >= o.n && (o.n == 0 || memcmp(s.p + s.n - o.n, o.p, o.n) == 0);
        case RULE_CONTAINS:
                return contains(s, o);
        default: // RULE_NOT_CONTAINS
                return !contains(s, o);
        }
}

static bool time_rule(const struct rule *r, const union operand *v, int64_t now)
{
        int64_t seconds = now / USEC_PER_SEC;
        union operand at = { .t = span_of(seconds, (now - seconds * USEC_PER_SEC) * 1000) };
        if (r->kind == RULE_LT_NOW)
                return operand_compare(VALUE_TIME, v, &at) <= 0;
        if (r->kind == RULE_GT_NOW)
                return operand_compare(VALUE_TIME, v, &at) >= 0;
        __int128 far = ((__int128)v->t.seconds - at.t.seconds) * NANOS + v->t.nanos - at.t.nanos;
        __int128 most = (__int128)r->value.t.seconds * NANOS + r->value.t.nanos;
        return far <= most && -far <= most;
}

static int by_value(const void *a, const void *b, void *class)
{
        return operand_compare(*(const enum value_class *)class, a, b);
}

// NaN equals nothing, so it is left out.
static bool all_differ(const struct field *f, const struct list *l)
{
        if (l->n < 2)
                return true;
        enum value_class class = value_class_of(f);
        union operand *items = malloc(l->n * sizeof(*items));
        if (items == NULL)
                abort();
        size_t n = 0;
        for (uint32_t i = 0; i < l->n; i++)
                if (class != VALUE_DOUBLE || !isnan(l->items[i].d))
                        items[n++] = operand_of(class, &l->items[i]);
        qsort_r(items, n, sizeof(*items), by_value, &class);
        bool differ = true;
        for (size_t i = 1; i < n && differ; i++)
                differ = operand_compare(class, &items[i - 1], &items[i]) != 0;
        free(items);
        return differ;
}

bool rule_holds(const struct rule *r, const struct field *f, const struct val *v, int64_t now)
{
        switch (r->kind) {
        case RULE_MIN_ITEMS:
                return v->list.n >= r->value.u;
        case RULE_MAX_ITEMS:
                return v->list.n <= r->value.u;
        case RULE_UNIQUE:
                return all_differ(f, &v->list);
        case RULE_DEFINED_ONLY:
                return etype_name(r->enumeration, (int32_t)v->i) != NULL;
        case RULE_FINITE:
                return isfinite(v->d);
        case RULE_EQUAL:
        case RULE_RANGE:
        case RULE_IN:
        case RULE_NOT_IN:
        case RULE_LT_NOW:
        case RULE_GT_NOW:
        case RULE_WITHIN:
                break;
        default:
                return text_rule(r, v->s);
        }
        enum value_class class = r->kind == RULE_WITHIN || r->kind == RULE_LT_NOW || r->kind == RULE_GT_NOW
                                     ? VALUE_TIME
                                     : r->class;
        union operand o = operand_of(class, v);
        switch (r->kind) {
        case RULE_EQUAL:
                return operand_compare(class, &o, &r->value) == 0;
        case RULE_RANGE:
                return within(r, &o);
        case RULE_IN:
                return in_set(r, &o);
        case RULE_NOT_IN:
                return !in_set(r, &o);
        default:
                return time_rule(r, &o, now);
        }
}

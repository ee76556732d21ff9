// Ranges. A lower and an upper bound make one rule (`int32.gt_lt`); with the lower above the upper it means
// "outside of them" (`_exclusive`). Bounds that are not allowed themselves become the next value that is, so
// that the test has one form: integers by adding one, doubles by the next double, times by a nanosecond.
#include <math.h>

#include "hub/msg/rules_int.h"

#define TIME_FAR ((nanos_t)1 << 100) // beyond all that a Timestamp or Duration can say

bool bounds_take(struct bounds *b, const struct member *m)
{
        const char *n = m->f->name;
        if ((n[0] != 'l' && n[0] != 'g') || n[1] != 't' || (n[2] != '\0' && strcmp(n + 2, "e") != 0))
                return false;
        *(n[0] == 'g' ? &b->low : &b->high) = *m;
        return true;
}

static bool inclusive(const struct member *m)
{
        return m->f->name[2] == 'e';
}

// Integers of both classes fit.
static nanos_t whole_of(enum value_class class, const struct member *m)
{
        return class == VALUE_INT ? (nanos_t)m->v->i : (nanos_t)m->v->u;
}

static void set_whole(struct rule *r, nanos_t from, nanos_t to, bool negate)
{
        r->kind = RULE_WHOLE;
        r->negate = negate;
        if (from > to) { // none: the opposite of all
                r->negate = !negate;
                r->whole.low = 0;
                r->whole.width = UINT64_MAX;
        } else {
                r->whole.low = (uint64_t)from;
                r->whole.width = (uint64_t)(to - from);
        }
}

static void make_whole(struct rule *r, enum value_class class, const struct bounds *b, bool outside)
{
        nanos_t low = class == VALUE_INT ? INT64_MIN : 0;
        nanos_t high = class == VALUE_INT ? INT64_MAX : UINT64_MAX;
        if (b->low.f)
                low = whole_of(class, &b->low) + !inclusive(&b->low);
        if (b->high.f)
                high = whole_of(class, &b->high) - !inclusive(&b->high);
        if (outside)
                set_whole(r, high + 1, low - 1, true);
        else
                set_whole(r, low, high, false);
}

static void make_real(struct rule *r, const struct bounds *b, bool outside)
{
        double low = -INFINITY, high = INFINITY;
        if (b->low.f) {
                low = b->low.v->d;
                if (!inclusive(&b->low))
                        low = low == (double)INFINITY ? (double)NAN : nextafter(low, INFINITY);
        }
        if (b->high.f) {
                high = b->high.v->d;
                if (!inclusive(&b->high))
                        high = high == (double)-INFINITY ? (double)NAN : nextafter(high, -INFINITY);
        }
        r->kind = RULE_REAL;
        r->outside = outside;
        r->real.low = low;
        r->real.high = high;
}

static void make_time(struct rule *r, const struct bounds *b, bool outside)
{
        r->kind = RULE_TIME;
        r->outside = outside;
        r->time.low = b->low.f ? nanos_of(b->low.v->m) + !inclusive(&b->low) : -TIME_FAR;
        r->time.high = b->high.f ? nanos_of(b->high.v->m) - !inclusive(&b->high) : TIME_FAR;
}

// "lớn hơn 1", "nhỏ hơn hoặc bằng 5": one bound's words, "" where there is none.
static const char *bound_text(struct arena *a, enum value_class class, const struct member *m,
                              const char *words, const char *or_equal)
{
        if (m->f == NULL)
                return "";
        union operand o = operand_of(class, m->v);
        return arena_printf(a, "%s%s %s", words, inclusive(m) ? or_equal : "",
                            operand_text(a, class, m->f, &o));
}

static const struct rule_words *bounds_words(struct place *p, enum value_class class, const struct bounds *b,
                                             bool outside)
{
        struct arena *a = p->ld->a;
        const struct member *low = &b->low, *high = &b->high, *first = low->f ? low : high;
        bool both = low->f && high->f;
        const char *low_vi = bound_text(a, class, low, "lớn hơn", " hoặc bằng");
        const char *high_vi = bound_text(a, class, high, "nhỏ hơn", " hoặc bằng");
        const char *low_en = bound_text(a, class, low, "greater than", " or equal to");
        const char *high_en = bound_text(a, class, high, "less than", " or equal to");
        const char *vi =
            arena_printf(a, "Phải %s%s%s", low_vi, both ? outside ? " hoặc " : " và " : "", high_vi);
        const char *en =
            arena_printf(a, "Must be %s%s%s", low_en, both ? outside ? " or " : " and " : "", high_en);
        const char *id = arena_printf(a, "%s.%s%s%s%s", first->type, first->f->name, both ? "_" : "",
                                      both ? high->f->name : "", outside ? "_exclusive" : "");
        return rules_words(p, id, first->type, first->f->name, vi, en);
}

void bounds_compile(struct place *p, const struct bounds *b)
{
        if (b->low.f == NULL && b->high.f == NULL)
                return;
        const struct member *any = b->low.f ? &b->low : &b->high;
        enum value_class class = value_class_of(any->f);
        union operand low = { .u = 0 }, high = { .u = 0 };
        if (b->low.f)
                low = operand_of(class, b->low.v);
        if (b->high.f)
                high = operand_of(class, b->high.v);
        if (class == VALUE_DOUBLE && (isnan(low.d) || isnan(high.d))) {
                rules_problem(p, isnan(high.d) ? &b->high : &b->low, "is NaN, which no number compares with");
                return;
        }
        bool outside = b->low.f && b->high.f && operand_compare(class, &high, &low) < 0;
        struct rule *r = rules_add(p);
        if (class == VALUE_DOUBLE)
                make_real(r, b, outside);
        else if (class == VALUE_TIME)
                make_time(r, b, outside);
        else
                make_whole(r, class, b, outside);
        r->words = bounds_words(p, class, b, outside);
}

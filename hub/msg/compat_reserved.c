// Reserved numbers and names: they may be added and never taken back, for they say what was once in use.
#include "hub/msg/compat_int.h"

#include <stdio.h>
#include <stdlib.h>

// Message ranges end behind their last number, enum ranges at it; here both end at it.
struct range {
        int64_t from, to;
};

static size_t range_count(const struct type_entry *e)
{
        return e->message ? e->message->n_reserved_range : e->enumeration->n_reserved_range;
}

static struct range range_at(const struct type_entry *e, size_t i)
{
        if (e->message)
                return (struct range){ e->message->reserved_range[i]->start,
                                       (int64_t)e->message->reserved_range[i]->end - 1 };
        return (struct range){ e->enumeration->reserved_range[i]->start,
                               e->enumeration->reserved_range[i]->end };
}

static size_t name_count(const struct type_entry *e)
{
        return e->message ? e->message->n_reserved_name : e->enumeration->n_reserved_name;
}

static const char *name_at(const struct type_entry *e, size_t i)
{
        return e->message ? e->message->reserved_name[i] : e->enumeration->reserved_name[i];
}

bool schema_reserves_number(const struct type_entry *e, int32_t number)
{
        for (size_t i = 0; i < range_count(e); i++)
                if (range_at(e, i).from <= number && number <= range_at(e, i).to)
                        return true;
        return false;
}

bool schema_reserves_name(const struct type_entry *e, const char *name)
{
        for (size_t i = 0; i < name_count(e); i++)
                if (strcmp(name_at(e, i), name) == 0)
                        return true;
        return false;
}

static int by_start(const void *a, const void *b)
{
        const struct range *x = a, *y = b;
        return x->from < y->from ? -1 : x->from > y->from;
}

static struct range *sorted_ranges(struct comparing *cx, const struct type_entry *e)
{
        struct range *all = arena_alloc(cx->new.ld.scratch, (range_count(e) + 1) * sizeof(*all));
        for (size_t i = 0; i < range_count(e); i++)
                all[i] = range_at(e, i);
        qsort(all, range_count(e), sizeof(*all), by_start);
        return all;
}

// The first number of r that none of the sorted ranges holds. False: there is none.
static bool first_gap(const struct range *sorted, size_t count, struct range r, int64_t *gap)
{
        *gap = r.from;
        for (size_t i = 0; i < count && sorted[i].from <= *gap; i++)
                if (sorted[i].to >= *gap)
                        *gap = sorted[i].to + 1;
        return *gap <= r.to;
}

static int line_of_user(const struct type_entry *e, int64_t number, const char *name)
{
        for (size_t i = 0; e->mtype && i < e->mtype->count; i++)
                if (name ? strcmp(e->mtype->fields[i].name, name) == 0 : e->mtype->fields[i].number == number)
                        return e->mtype->fields[i].line;
        for (size_t i = 0; e->etype && i < e->etype->count; i++)
                if (name ? strcmp(e->etype->values[i].name, name) == 0 : e->etype->values[i].number == number)
                        return e->etype->values[i].line;
        return 0;
}

static void taken_back(struct comparing *cx, struct pair p, int64_t number, const char *name)
{
        char text[300];
        int line = line_of_user(p.new, number, name);
        struct change at =
            change_at(cx, CHANGE_REFUSED, "RESERVED_REMOVED", p.new, NULL,
                      line ? "take another number and name for what is new" : "keep it reserved");
        if (name)
                snprintf(text, sizeof(text), "name `%.255s`", name);
        else
                snprintf(text, sizeof(text), "number %lld", (long long)number);
        at.line = line ? line : at.line;
        change_add(cx->out, at,
                   "%s of %s was reserved and is %s: messages and rows of an earlier meaning hold it", text,
                   p.new->full_name, line ? "in use again" : "free now");
}

void compare_reserved(struct comparing *cx, struct pair p)
{
        const struct range *sorted = sorted_ranges(cx, p.new);
        int64_t gap;
        for (size_t i = 0; i < range_count(p.old); i++) {
                struct range r = range_at(p.old, i);
                bool told = false;
                // A number in use is the place to show.
                for (size_t k = 0; p.new->mtype &&k < p.new->mtype->count; k++) {
                        int64_t number = p.new->mtype->fields[k].number;
                        if (r.from <= number && number <= r.to) {
                                taken_back(cx, p, number, NULL);
                                told = true;
                        }
                }
                if (!told && first_gap(sorted, range_count(p.new), r, &gap))
                        taken_back(cx, p, gap, NULL);
        }
        for (size_t i = 0; i < name_count(p.old); i++)
                if (!schema_reserves_name(p.new, name_at(p.old, i)))
                        taken_back(cx, p, 0, name_at(p.old, i));
}

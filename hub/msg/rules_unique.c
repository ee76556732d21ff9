// Equal items of a list, equal keys of a map. Few are compared pair by pair; many are sorted in the batch's
// arena by a heap sort, so that whatever a sender sends costs n log n and no memory of its own.
#include <math.h>

#include "hub/msg/rules.h"

#define FEW 16 // compared pair by pair

static void sift_down(enum value_class class, union operand *items, size_t at, size_t n)
{
        for (size_t child; (child = 2 * at + 1) < n; at = child) {
                if (child + 1 < n && operand_compare(class, &items[child], &items[child + 1]) < 0)
                        child++;
                if (operand_compare(class, &items[at], &items[child]) >= 0)
                        return;
                union operand moved = items[at];
                items[at] = items[child];
                items[child] = moved;
        }
}

static void sort(enum value_class class, union operand *items, size_t n)
{
        for (size_t i = n / 2; i-- > 0;)
                sift_down(class, items, i, n);
        for (size_t last = n; last-- > 1;) {
                union operand greatest = items[0];
                items[0] = items[last];
                items[last] = greatest;
                sift_down(class, items, 0, last);
        }
}

// Leaves many sorted.
static bool differ(enum value_class class, union operand *items, size_t n)
{
        if (n <= FEW) {
                for (size_t i = 1; i < n; i++)
                        for (size_t k = 0; k < i; k++)
                                if (operand_compare(class, &items[i], &items[k]) == 0)
                                        return false;
                return true;
        }
        sort(class, items, n);
        for (size_t i = 1; i < n; i++)
                if (operand_compare(class, &items[i - 1], &items[i]) == 0)
                        return false;
        return true;
}

bool list_differs(enum value_class class, const struct list *l, struct arena *a)
{
        union operand few[FEW];
        union operand *items = l->n <= FEW ? few : arena_alloc(a, l->n * sizeof(*items));
        size_t n = 0;
        for (uint32_t i = 0; i < l->n; i++)
                if (class != VALUE_DOUBLE || !isnan(l->items[i].d))
                        items[n++] = operand_of(class, &l->items[i]);
        return differ(class, items, n);
}

// Place of a key in sorted ones; of equal ones always the same.
static size_t find(enum value_class class, const union operand *sorted, size_t n, union operand key)
{
        size_t low = 0, high = n;
        while (low < high) {
                size_t middle = (low + high) / 2;
                if (operand_compare(class, &sorted[middle], &key) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

struct list map_entries(const struct field *key, const struct list *l, struct arena *a)
{
        enum value_class class = value_class_of(key);
        union operand few[FEW];
        union operand *keys = l->n <= FEW ? few : arena_alloc(a, l->n * sizeof(*keys));
        for (uint32_t i = 0; i < l->n; i++)
                keys[i] = operand_of(class, &l->items[i].m->f[0]);
        if (differ(class, keys, l->n))
                return *l;
        sort(class, keys, l->n);
        bool *seen = arena_zalloc(a, l->n);
        struct val *items = arena_alloc(a, l->n * sizeof(*items));
        uint32_t from = l->n; // filled from its end, in the order of the entries
        for (uint32_t i = l->n; i-- > 0;) {
                bool *met = &seen[find(class, keys, l->n, operand_of(class, &l->items[i].m->f[0]))];
                if (!*met)
                        items[--from] = l->items[i];
                *met = true;
        }
        return (struct list){ .items = items + from, .n = l->n - from };
}

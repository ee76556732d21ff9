// One table of the rules that a type of values can have: which test each annotation is, and its sentences.
// The four bounds make one range.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "hub/msg/rules_int.h"
#include "hub/msg/value_int.h"

struct row {
        const char *type; // NULL: any that has a rule of the name
        const char *name;
        enum rule_kind kind;
        const char *vi, *en; // %s is the operand
};

static const struct row rows[] = {
        { NULL, "const", RULE_EQUAL, "Phải bằng %s", "Must equal %s" },
        { NULL, "in", RULE_IN, "Phải là một trong %s", "Must be one of %s" },
        { NULL, "not_in", RULE_NOT_IN, "Không được là %s", "Must not be one of %s" },
        { NULL, "finite", RULE_FINITE, "Phải là số hữu hạn", "Must be finite" },
        { "string", "len", RULE_LEN, "Phải có đúng %s ký tự", "Must have exactly %s character(s)" },
        { "string", "min_len", RULE_MIN_LEN, "Phải có ít nhất %s ký tự",
          "Must have at least %s character(s)" },
        { "string", "max_len", RULE_MAX_LEN, "Được có nhiều nhất %s ký tự",
          "Must have at most %s character(s)" },
        { "string", "len_bytes", RULE_LEN_BYTES, "Phải có đúng %s byte", "Must have exactly %s byte(s)" },
        { "string", "min_bytes", RULE_MIN_BYTES, "Phải có ít nhất %s byte", "Must have at least %s byte(s)" },
        { "string", "max_bytes", RULE_MAX_BYTES, "Được có nhiều nhất %s byte",
          "Must have at most %s byte(s)" },
        { "bytes", "len", RULE_LEN_BYTES, "Phải có đúng %s byte", "Must have exactly %s byte(s)" },
        { "bytes", "min_len", RULE_MIN_BYTES, "Phải có ít nhất %s byte", "Must have at least %s byte(s)" },
        { "bytes", "max_len", RULE_MAX_BYTES, "Được có nhiều nhất %s byte", "Must have at most %s byte(s)" },
        { NULL, "prefix", RULE_PREFIX, "Phải bắt đầu bằng %s", "Must start with %s" },
        { NULL, "suffix", RULE_SUFFIX, "Phải kết thúc bằng %s", "Must end with %s" },
        { NULL, "contains", RULE_CONTAINS, "Phải chứa %s", "Must contain %s" },
        { NULL, "not_contains", RULE_NOT_CONTAINS, "Không được chứa %s", "Must not contain %s" },
        { "enum", "defined_only", RULE_DEFINED_ONLY, "Phải là một giá trị có trong danh mục",
          "Must be a defined value" },
        { "timestamp", "lt_now", RULE_LT_NOW, "Phải ở trong quá khứ", "Must be in the past" },
        { "timestamp", "gt_now", RULE_GT_NOW, "Phải ở trong tương lai", "Must be in the future" },
        { "timestamp", "within", RULE_WITHIN, "Phải cách hiện tại không quá %s", "Must be within %s of now" },
        { "repeated", "min_items", RULE_MIN_ITEMS, "Phải có ít nhất %s phần tử",
          "Must have at least %s item(s)" },
        { "repeated", "max_items", RULE_MAX_ITEMS, "Được có nhiều nhất %s phần tử",
          "Must have at most %s item(s)" },
        { "repeated", "unique", RULE_UNIQUE, "Các phần tử không được trùng nhau", "Items must be unique" },
        { "map", "min_pairs", RULE_MIN_ITEMS, "Phải có ít nhất %s cặp", "Must have at least %s pair(s)" },
        { "map", "max_pairs", RULE_MAX_ITEMS, "Được có nhiều nhất %s cặp", "Must have at most %s pair(s)" },
};

static const struct row *find(const char *type, const char *name)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if ((rows[i].type == NULL || strcmp(rows[i].type, type) == 0) &&
                    strcmp(rows[i].name, name) == 0)
                        return &rows[i];
        return NULL;
}

// Rules whose absence, emptiness or `false` says the same, and those judged elsewhere.
static bool without_effect(const struct field *f, const struct val *v)
{
        static const char *const elsewhere[] = { "example", "items", "keys", "values", "strict" };
        if (!field_is_set(f, v))
                return true;
        if (strcmp(f->name, "const") == 0)
                return false;
        for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
                if (strcmp(f->name, elsewhere[i]) == 0)
                        return true;
        return (f->type == TYPE_BOOL || f->type == TYPE_ENUM) && !f->repeated && v->u == 0;
}

// The operand lives as long as the schema.
static union operand keep_operand(struct place *p, enum value_class class, const struct val *v)
{
        union operand o = operand_of(class, v);
        if (class == VALUE_BYTES)
                o.s = arena_copy(p->ld->a, o.s);
        return o;
}

static int by_value(const void *a, const void *b, void *class)
{
        return operand_compare(*(enum value_class *)class, a, b);
}

static void make_set(struct place *p, struct rule *r, const struct list *l)
{
        r->set.items = arena_alloc(p->ld->a, (l->n + 1) * sizeof(*r->set.items));
        r->set.count = 0;
        for (uint32_t i = 0; i < l->n; i++)
                if (r->class != VALUE_DOUBLE || !isnan(l->items[i].d)) // NaN equals nothing
                        r->set.items[r->set.count++] = keep_operand(p, r->class, &l->items[i]);
        qsort_r(r->set.items, r->set.count, sizeof(*r->set.items), by_value, &r->class);
}

// The field that a sentence's operand is of: the rule's own field, but numbers of an enum are read by the
// enum.
static const struct field *reader(const struct place *p, const char *type, const struct field *member)
{
        return strcmp(type, "enum") == 0 ? p->f : member;
}

static void add_rule(struct place *p, const char *type, const struct row *row, const struct field *member,
                     const struct val *v)
{
        struct arena *a = p->ld->a;
        struct rule *r = &p->rule[p->rules->count++];
        const char *operand;
        r->kind = row->kind;
        r->class = value_class_of(member);
        r->id = arena_printf(a, "%s.%s", type, row->name);
        if (row->kind == RULE_IN || row->kind == RULE_NOT_IN) {
                make_set(p, r, &v->list);
                operand = operand_list_text(a, r->class, reader(p, type, member), r->set.items, r->set.count);
        } else if (row->kind == RULE_DEFINED_ONLY) {
                r->enumeration = p->f->enumeration;
                operand = "";
        } else {
                r->value = keep_operand(p, r->class, v);
                operand = operand_text(a, r->class, reader(p, type, member), &r->value);
        }
        const char *mark = strstr(row->vi, "%s"), *mark_en = strstr(row->en, "%s");
        r->text_vi =
            mark ? arena_printf(a, "%.*s%s%s", (int)(mark - row->vi), row->vi, operand, mark + 2) : row->vi;
        r->text_en =
            mark_en ? arena_printf(a, "%.*s%s%s", (int)(mark_en - row->en), row->en, operand, mark_en + 2)
                    : row->en;
}

// "lớn hơn 1 và nhỏ hơn 5": one bound's words.
static const char *bound_text(struct arena *a, const struct rule *r, const struct bound *b,
                              const struct field *f, const char *words, const char *or_equal)
{
        const char *operand = operand_text(a, r->class, f, &b->value);
        return arena_printf(a, "%s%s %s", words, b->inclusive ? or_equal : "", operand);
}

static void name_range(struct place *p, const char *type, struct rule *r, const struct field *f)
{
        struct arena *a = p->ld->a;
        bool low = r->range.low.set, high = r->range.high.set, both = low && high;
        const char *low_vi = low ? bound_text(a, r, &r->range.low, f, "lớn hơn", " hoặc bằng") : "";
        const char *high_vi = high ? bound_text(a, r, &r->range.high, f, "nhỏ hơn", " hoặc bằng") : "";
        const char *low_en = low ? bound_text(a, r, &r->range.low, f, "greater than", " or equal to") : "";
        const char *high_en = high ? bound_text(a, r, &r->range.high, f, "less than", " or equal to") : "";
        r->text_vi =
            arena_printf(a, "Phải %s%s%s", low_vi, both ? r->range.outside ? " hoặc " : " và " : "", high_vi);
        r->text_en = arena_printf(a, "Must be %s%s%s", low_en,
                                  both ? r->range.outside ? " or " : " and " : "", high_en);
        r->id = arena_printf(a, "%s.%s%s%s%s", type, low ? r->range.low.inclusive ? "gte" : "gt" : "",
                             both ? "_" : "", high ? r->range.high.inclusive ? "lte" : "lt" : "",
                             r->range.outside ? "_exclusive" : "");
}

// lt, lte, gt, gte. False: not one of them.
static bool add_bound(struct place *p, struct rule *r, const struct field *member, const struct val *v)
{
        const char *n = member->name;
        bool low = n[0] == 'g';
        if (strcmp(n, "lt") != 0 && strcmp(n, "lte") != 0 && strcmp(n, "gt") != 0 && strcmp(n, "gte") != 0)
                return false;
        r->kind = RULE_RANGE;
        r->class = value_class_of(member);
        struct bound *b = low ? &r->range.low : &r->range.high;
        *b = (struct bound){ .set = true, .inclusive = n[2] == 'e', .value = keep_operand(p, r->class, v) };
        return true;
}

void rules_compile_type(struct place *p, const char *type, const struct msg *m)
{
        struct rule range = { 0 };
        const struct field *bounded = NULL;
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *member = &m->type->fields[i];
                const struct val *v = &m->f[i];
                if (without_effect(member, v))
                        continue;
                if (add_bound(p, &range, member, v)) {
                        bounded = member;
                        continue;
                }
                bool whole = strcmp(type, "any") != 0 && strcmp(type, "field_mask") != 0;
                const struct row *row = whole ? find(type, member->name) : NULL;
                if (row == NULL)
                        rules_unsupported(p, type, member->name);
                else if (row->kind == RULE_UNIQUE && p->f->type == TYPE_MESSAGE)
                        schema_problem(p->ld, p->e, p->index,
                                       "rule repeated.unique of field %s is for scalars and enums only",
                                       p->name);
                else
                        add_rule(p, type, row, member, v);
        }
        if (bounded == NULL)
                return;
        struct bound *low = &range.range.low, *high = &range.range.high;
        range.range.outside =
            low->set && high->set && operand_compare(range.class, &high->value, &low->value) < 0;
        name_range(p, type, &range, bounded);
        p->rule[p->rules->count++] = range;
}

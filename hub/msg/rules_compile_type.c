// One table of the rules that a type of values can have: what makes each annotation's test, and its
// sentences.
#include <math.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/msg/rules_int.h"
#include "hub/msg/value_int.h"

// Makes r's test; returns the operand as people read it.
typedef const char *make_fn(struct place *p, const struct member *m, struct rule *r);

static make_fn make_equal, make_in, make_size, make_text, make_pattern, make_bare, make_within, make_defined,
    make_unique, make_any, make_mask, make_mask_in;

struct row {
        const char *type; // NULL: any that has a rule of the name
        const char *name;
        make_fn *make;
        enum rule_kind kind; // where it does not depend on the type
        bool negate;
        const char *vi, *en; // %s is the operand
};

static const struct row rows[] = {
        { "field_mask", "const", make_mask, RULE_MASK_EQUAL, false, "Phải gồm đúng các đường dẫn %s",
          "Must be exactly the paths %s" },
        { "field_mask", "in", make_mask_in, RULE_MASK_IN, false, "Chỉ được gồm các đường dẫn trong %s",
          "Must hold no other paths than %s" },
        { "field_mask", "not_in", make_mask_in, RULE_MASK_NOT_IN, false,
          "Không được chứa đường dẫn nào trong %s", "Must hold none of the paths %s" },
        { "any", "in", make_any, RULE_ANY_IN, false, "Kiểu phải là một trong %s",
          "The type URL must be one of %s" },
        { "any", "not_in", make_any, RULE_ANY_IN, true, "Kiểu không được là %s",
          "The type URL must not be one of %s" },
        { NULL, "const", make_equal, RULE_EQUAL, false, "Phải bằng %s", "Must equal %s" },
        { NULL, "in", make_in, RULE_TEXT_IN, false, "Phải là một trong %s", "Must be one of %s" },
        { NULL, "not_in", make_in, RULE_TEXT_IN, true, "Không được là %s", "Must not be one of %s" },
        { NULL, "finite", make_bare, RULE_FINITE, false, "Phải là số hữu hạn", "Must be finite" },
        { "string", "len", make_size, RULE_LEN, false, "Phải có đúng %s ký tự",
          "Must have exactly %s character(s)" },
        { "string", "min_len", make_size, RULE_MIN_LEN, false, "Phải có ít nhất %s ký tự",
          "Must have at least %s character(s)" },
        { "string", "max_len", make_size, RULE_MAX_LEN, false, "Được có nhiều nhất %s ký tự",
          "Must have at most %s character(s)" },
        { "string", "len_bytes", make_size, RULE_LEN_BYTES, false, "Phải có đúng %s byte",
          "Must have exactly %s byte(s)" },
        { "string", "min_bytes", make_size, RULE_MIN_BYTES, false, "Phải có ít nhất %s byte",
          "Must have at least %s byte(s)" },
        { "string", "max_bytes", make_size, RULE_MAX_BYTES, false, "Được có nhiều nhất %s byte",
          "Must have at most %s byte(s)" },
        { "bytes", "len", make_size, RULE_LEN_BYTES, false, "Phải có đúng %s byte",
          "Must have exactly %s byte(s)" },
        { "bytes", "min_len", make_size, RULE_MIN_BYTES, false, "Phải có ít nhất %s byte",
          "Must have at least %s byte(s)" },
        { "bytes", "max_len", make_size, RULE_MAX_BYTES, false, "Được có nhiều nhất %s byte",
          "Must have at most %s byte(s)" },
        { "string", "pattern", make_pattern, RULE_PATTERN, false, "Phải khớp với mẫu %s",
          "Must match the pattern %s" },
        { "bytes", "pattern", make_pattern, RULE_BYTES_PATTERN, false, "Phải khớp với mẫu %s",
          "Must match the pattern %s" },
        { NULL, "prefix", make_text, RULE_PREFIX, false, "Phải bắt đầu bằng %s", "Must start with %s" },
        { NULL, "suffix", make_text, RULE_SUFFIX, false, "Phải kết thúc bằng %s", "Must end with %s" },
        { NULL, "contains", make_text, RULE_CONTAINS, false, "Phải chứa %s", "Must contain %s" },
        { NULL, "not_contains", make_text, RULE_CONTAINS, true, "Không được chứa %s", "Must not contain %s" },
        { "enum", "defined_only", make_defined, RULE_WHOLE_IN, false, "Phải là một giá trị có trong danh mục",
          "Must be a defined value" },
        { "timestamp", "lt_now", make_bare, RULE_LT_NOW, false, "Phải ở trong quá khứ",
          "Must be in the past" },
        { "timestamp", "gt_now", make_bare, RULE_GT_NOW, false, "Phải ở trong tương lai",
          "Must be in the future" },
        { "timestamp", "within", make_within, RULE_WITHIN, false, "Phải cách hiện tại không quá %s",
          "Must be within %s of now" },
        { "repeated", "min_items", make_size, RULE_MIN_ITEMS, false, "Phải có ít nhất %s phần tử",
          "Must have at least %s item(s)" },
        { "repeated", "max_items", make_size, RULE_MAX_ITEMS, false, "Được có nhiều nhất %s phần tử",
          "Must have at most %s item(s)" },
        { "repeated", "unique", make_unique, RULE_UNIQUE, false, "Các phần tử không được trùng nhau",
          "Items must be unique" },
        { "map", "min_pairs", make_size, RULE_MIN_ITEMS, false, "Phải có ít nhất %s cặp",
          "Must have at least %s pair(s)" },
        { "map", "max_pairs", make_size, RULE_MAX_ITEMS, false, "Được có nhiều nhất %s cặp",
          "Must have at most %s pair(s)" },
};

static const struct row *find(const struct member *m)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if ((rows[i].type == NULL || strcmp(rows[i].type, m->type) == 0) &&
                    strcmp(rows[i].name, m->f->name) == 0)
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

// The field that a sentence's operand is of: the rule's own field, but numbers of an enum are read by the
// enum.
static const struct field *reader(const struct place *p, const struct member *m)
{
        return strcmp(m->type, "enum") == 0 ? p->f : m->f;
}

static int by_value(const void *a, const void *b, void *class)
{
        return operand_compare(*(enum value_class *)class, a, b);
}

static void sort_set(enum value_class class, union operand *items, size_t count)
{
        qsort_r(items, count, sizeof(*items), by_value, &class);
}

// Integers of either sign are found as unsigned ones; those of 0..63 as bits.
static void set_whole(struct rule *r, union operand *items, size_t count)
{
        uint64_t bits = 0;
        bool few = true;
        for (size_t i = 0; i < count; i++) {
                few = few && items[i].u < 64;
                bits |= 1ULL << (items[i].u & 63);
        }
        if (few) {
                r->kind = RULE_BITS;
                r->bits = bits;
                return;
        }
        sort_set(VALUE_UINT, items, count);
        r->kind = RULE_WHOLE_IN;
        r->set.items = items;
        r->set.count = count;
}

static void set_items(struct rule *r, enum value_class class, union operand *items, size_t count)
{
        sort_set(class, items, count);
        r->set.items = items;
        r->set.count = count;
}

static const char *make_in(struct place *p, const struct member *m, struct rule *r)
{
        enum value_class class = value_class_of(m->f);
        const struct list *l = &m->v->list;
        union operand *items = arena_alloc(p->ld->a, (l->n + 1) * sizeof(*items));
        size_t count = 0;
        for (uint32_t i = 0; i < l->n; i++)
                if (class != VALUE_DOUBLE || !isnan(l->items[i].d)) // NaN equals nothing
                        items[count++] = keep_operand(p, class, &l->items[i]);
        const char *text = operand_list_text(p->ld->a, class, reader(p, m), items, count);
        if (class == VALUE_INT || class == VALUE_UINT) {
                set_whole(r, items, count);
                return text;
        }
        r->kind = class == VALUE_DOUBLE ? RULE_REAL_IN : class == VALUE_TIME ? RULE_TIME_IN : RULE_TEXT_IN;
        set_items(r, class, items, count);
        return text;
}

static const char *make_equal(struct place *p, const struct member *m, struct rule *r)
{
        enum value_class class = value_class_of(m->f);
        union operand o = keep_operand(p, class, m->v);
        switch (class) {
        case VALUE_INT:
        case VALUE_UINT:
                r->kind = RULE_WHOLE;
                r->whole.low = o.u;
                r->whole.width = 0;
                break;
        case VALUE_DOUBLE:
                r->kind = RULE_REAL;
                r->real.low = r->real.high = o.d;
                break;
        case VALUE_TIME:
                r->kind = RULE_TIME;
                r->time.low = r->time.high = o.t;
                break;
        case VALUE_BYTES:
                r->text = o.s;
        }
        return operand_text(p->ld->a, class, reader(p, m), &o);
}

static const char *make_size(struct place *p, const struct member *m, struct rule *r)
{
        union operand o = { .u = m->v->u };
        r->size = o.u;
        return operand_text(p->ld->a, VALUE_UINT, m->f, &o);
}

static const char *make_text(struct place *p, const struct member *m, struct rule *r)
{
        union operand o = keep_operand(p, VALUE_BYTES, m->v);
        r->text = o.s;
        return operand_text(p->ld->a, VALUE_BYTES, m->f, &o);
}

static const char *make_bare(struct place *p, const struct member *m, struct rule *r)
{
        (void)p, (void)m, (void)r;
        return "";
}

static const char *make_within(struct place *p, const struct member *m, struct rule *r)
{
        union operand o = operand_of(VALUE_TIME, m->v);
        r->time.low = -o.t;
        r->time.high = o.t;
        return operand_text(p->ld->a, VALUE_TIME, m->f, &o);
}

static const char *make_defined(struct place *p, const struct member *m, struct rule *r)
{
        const struct etype *e = p->f->enumeration;
        union operand *items = arena_alloc(p->ld->a, (e->count + 1) * sizeof(*items));
        (void)m;
        for (size_t i = 0; i < e->count; i++)
                items[i].i = e->values[i].number;
        set_whole(r, items, e->count);
        return "";
}

static const char *make_unique(struct place *p, const struct member *m, struct rule *r)
{
        if (p->f->type == TYPE_MESSAGE)
                rules_problem(p, m, "is for scalars and enums only");
        r->class = value_class_of(p->f);
        return "";
}

static const char *make_pattern(struct place *p, const struct member *m, struct rule *r)
{
        union operand o = operand_of(VALUE_BYTES, m->v);
        r->regex = rules_regex(p, m, o.s);
        if (r->kind == RULE_BYTES_PATTERN)
                r->other = rules_words(p, arena_printf(p->ld->a, "%s.%s", m->type, m->f->name), m->type,
                                       m->f->name, "Phải là văn bản UTF-8 để so với mẫu",
                                       "Must be UTF-8 text to be compared with a pattern");
        return operand_text(p->ld->a, VALUE_BYTES, m->f, &o);
}

static const char *make_any(struct place *p, const struct member *m, struct rule *r)
{
        const char *text = make_in(p, m, r);
        r->kind = RULE_ANY_IN;
        return text;
}

// Paths as they are declared: `const` compares them in order.
static const char *make_paths(struct place *p, const struct field *f, const struct list *l, struct rule *r)
{
        union operand *items = arena_alloc(p->ld->a, (l->n + 1) * sizeof(*items));
        for (uint32_t i = 0; i < l->n; i++)
                items[i] = keep_operand(p, VALUE_BYTES, &l->items[i]);
        r->set.items = items;
        r->set.count = l->n;
        return operand_list_text(p->ld->a, VALUE_BYTES, f, items, l->n);
}

static const char *make_mask_in(struct place *p, const struct member *m, struct rule *r)
{
        return make_paths(p, m->f, &m->v->list, r);
}

static const char *make_mask(struct place *p, const struct member *m, struct rule *r)
{
        return make_paths(p, &m->f->message->fields[0], &m->v->m->f[0].list, r);
}

struct rule *rules_add(struct place *p)
{
        return &p->rule[p->rules->count++];
}

const struct rule_words *rules_words(struct place *p, const char *id, const char *type, const char *name,
                                     const char *vi, const char *en)
{
        struct arena *a = p->ld->a;
        struct rule_words *w = arena_alloc(a, sizeof(*w));
        *w = (struct rule_words){ .id = id,
                                  .path = arena_printf(a, "%s%s.%s", p->prefix, type, name),
                                  .text_vi = vi,
                                  .text_en = en };
        return w;
}

static const char *sentence(struct arena *a, const char *form, const char *operand)
{
        const char *mark = strstr(form, "%s");
        return mark ? arena_printf(a, "%.*s%s%s", (int)(mark - form), form, operand, mark + 2) : form;
}

static void compile_member(struct place *p, const struct member *m)
{
        struct arena *a = p->ld->a;
        if (rules_compile_format(p, m))
                return;
        const struct row *row = find(m);
        if (row == NULL) {
                rules_problem(p, m, "is not known to this hub; take it out of the schema");
                return;
        }
        struct rule *r = rules_add(p);
        r->kind = (uint8_t)row->kind;
        r->negate = row->negate;
        const char *operand = row->make(p, m, r);
        r->words = rules_words(p, arena_printf(a, "%s.%s", m->type, m->f->name), m->type, m->f->name,
                               sentence(a, row->vi, operand), sentence(a, row->en, operand));
}

void rules_compile_type(struct place *p, const char *type, const struct msg *m)
{
        struct bounds bounds = { 0 };
        for (size_t i = 0; i < m->type->count; i++) {
                struct member member = { .type = type, .m = m, .f = &m->type->fields[i], .v = &m->f[i] };
                if (!without_effect(member.f, member.v) && !bounds_take(&bounds, &member))
                        compile_member(p, &member);
        }
        bounds_compile(p, &bounds);
}

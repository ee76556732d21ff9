// Walks a message along the fields that its type's rules say are to be visited; a field without rules costs
// nothing.
#include "hub/msg/validate.h"

#include "hub/msg/path.h"
#include "hub/msg/rules.h"
#include "hub/msg/value_int.h"

struct judge {
        struct arena *a;
        struct fault *f;
        int64_t now;
        bool for_key;
};

static void check_message(struct judge *j, const struct msg *m, const struct step *at);

// Paths are written only for violations that are kept.
static const char *path_of(struct judge *j, const struct step *at)
{
        return fault_is_full(j->f) ? "" : path_text(at, j->a);
}

static void missing(struct judge *j, const struct step *at)
{
        fault_add(j->f, j->a,
                  (struct violation){ .field = path_of(j, at),
                                      .rule = "required",
                                      .rule_path = "required",
                                      .text_vi = "Bắt buộc phải có giá trị",
                                      .text_en = "A value is required" });
}

static void run(struct judge *j, const struct rules *rules, const struct val *v, const struct step *at)
{
        const struct rule *r = rules->rule, *end = r + rules->count;
        for (; (r = rules_broken(r, end, v, j->now, j->a)) != NULL; r++) {
                bool unjudged;
                const struct rule_words *w = rule_words(r, v, &unjudged);
                fault_add(j->f, j->a,
                          (struct violation){ .field = path_of(j, at),
                                              .rule = w->id,
                                              .rule_path = w->path,
                                              .text_vi = w->text_vi,
                                              .text_en = w->text_en,
                                              .for_key = j->for_key,
                                              .unjudged = unjudged });
        }
}

// A message is as empty as if it had never been sent.
static bool is_empty(const struct msg *m)
{
        for (size_t i = 0; i < m->type->count; i++)
                if (field_present(&m->type->fields[i], &m->f[i]))
                        return false;
        return true;
}

// Items, keys and values have no presence: the zero of an enum is its first value.
static bool is_zero(const struct field *f, const struct val *v)
{
        if (f->type == TYPE_MESSAGE)
                return is_empty(v->m);
        if (f->type == TYPE_ENUM)
                return v->i == f->enumeration->values[0].number;
        return value_is_zero(f, v);
}

// One item, key or value; r may be NULL.
static void check_element(struct judge *j, const struct rules *r, const struct field *f, const struct val *v,
                          const struct step *at)
{
        bool message = f->type == TYPE_MESSAGE;
        if (r && (r->ignore == IGNORE_ALWAYS || (r->ignore == IGNORE_IF_ZERO && is_zero(f, v))))
                return;
        if (r && r->count > 0)
                run(j, r, message && f->message->well_known == WK_WRAPPER ? &v->m->f[0] : v, at);
        if (message && f->message->rules)
                check_message(j, v->m, at);
}

static void check_list(struct judge *j, const struct visit *s, const struct val *v, const struct step *at)
{
        const struct rules *items = s->rules ? s->rules->items : NULL;
        if (s->rules)
                run(j, s->rules, v, at);
        if (!items && !s->below)
                return;
        struct step here = *at;
        here.kind = STEP_INDEX;
        for (; here.index < v->list.n; here.index++)
                check_element(j, items, s->field, &v->list.items[here.index], &here);
}

static void check_map(struct judge *j, const struct visit *s, const struct val *v, const struct step *at)
{
        const struct field *key = &s->field->message->fields[0], *value = &s->field->message->fields[1];
        const struct rules *keys = s->rules ? s->rules->keys : NULL;
        const struct rules *values = s->rules ? s->rules->values : NULL;
        struct val counted = { .list = map_entries(key, &v->list, j->a), .set = v->set };
        if (s->rules)
                run(j, s->rules, &counted, at);
        struct step here = *at;
        here.kind = STEP_KEY;
        for (uint32_t i = 0; i < counted.list.n; i++) {
                const struct msg *entry = counted.list.items[i].m;
                here.key = entry;
                j->for_key = true;
                check_element(j, keys, key, &entry->f[0], &here);
                j->for_key = false;
                check_element(j, values, value, &entry->f[1], &here);
        }
}

static void check_field(struct judge *j, const struct visit *s, const struct val *v, const struct step *at)
{
        switch ((enum visit_kind)s->kind) {
        case VISIT_MAP:
                check_map(j, s, v, at);
                return;
        case VISIT_LIST:
                check_list(j, s, v, at);
                return;
        case VISIT_WRAPPER:
                if (s->rules)
                        run(j, s->rules, &v->m->f[0], at);
                return;
        case VISIT_VALUE:
                if (s->rules)
                        run(j, s->rules, v, at);
                if (s->below)
                        check_message(j, v->m, at);
        }
}

static const char *join_path(struct judge *j, const struct step *at, const char *name)
{
        const char *up = path_of(j, at);
        if (*name == '\0' || *up == '\0')
                return *name ? name : up;
        return arena_printf(j->a, "%s.%s", up, name);
}

static void check_oneof(struct judge *j, const struct oneof_rule *o, const struct msg *m,
                        const struct step *at)
{
        size_t set = 0;
        for (size_t i = 0; i < o->count; i++)
                set += field_present(&m->type->fields[o->fields[i]], &m->f[o->fields[i]]);
        if ((set == 0 && o->required) || (set > 1 && o->exclusive))
                fault_add(j->f, j->a,
                          (struct violation){ .field = join_path(j, at, o->name),
                                              .rule = o->id,
                                              .text_vi = o->text_vi,
                                              .text_en = o->text_en });
}

static void check_message(struct judge *j, const struct msg *m, const struct step *up)
{
        const struct type_rules *r = m->type->rules;
        for (size_t i = 0; i < r->oneof_count; i++)
                check_oneof(j, &r->oneof[i], m, up);
        for (const struct visit *s = r->visit, *end = s + r->visit_count; s < end; s++) {
                const struct val *v = &m->f[s->index];
                bool judged = s->absent == ABSENT_JUDGED || field_present(s->field, v);
                if (judged ? s->plain && !rules_broken(s->rule, s->rule + s->count, v, j->now, j->a)
                           : s->absent == ABSENT_LEFT_OUT)
                        continue; // by far the most: nothing to say, so its place need not be known
                struct step at = { .up = up, .field = s->field };
                if (judged)
                        check_field(j, s, v, &at);
                else
                        missing(j, &at);
        }
}

static bool is_number(enum value_class c)
{
        return c == VALUE_INT || c == VALUE_UINT || c == VALUE_DOUBLE;
}

// Numbers of different classes compare exactly: a long double holds every 64-bit integer.
static long double as_number(enum value_class c, const union operand *o)
{
        return c == VALUE_INT ? (long double)o->i : c == VALUE_UINT ? (long double)o->u : (long double)o->d;
}

static int compare_values(const struct field *l, const struct val *lv, const struct field *r,
                          const struct val *rv)
{
        enum value_class lc = value_class_of(l), rc = value_class_of(r);
        union operand lo = operand_of(lc, lv), ro = operand_of(rc, rv);
        if (lc == rc || !is_number(lc))
                return operand_compare(lc, &lo, &ro);
        long double a = as_number(lc, &lo), b = as_number(rc, &ro);
        return a != a || b != b ? 2 : (a > b) - (a < b);
}

// Holds where either side is absent.
static bool compare_holds(const struct compare *c, const struct msg *m)
{
        const struct val *l = &m->f[c->left->index], *r = &m->f[c->right->index];
        if ((c->left->presence && !l->set) || (c->right->presence && !r->set))
                return true;
        int order = compare_values(c->left, l, c->right, r);
        switch (c->operator) {
        case COMPARE_LT:
                return order == -1;
        case COMPARE_LE:
                return order == -1 || order == 0;
        case COMPARE_EQ:
                return order == 0;
        case COMPARE_NE:
                return order != 0;
        case COMPARE_GE:
                return order == 0 || order == 1;
        default:
                return order == 1;
        }
}

static void check_compares(struct judge *j, const struct dataset *d, const struct msg *m)
{
        for (size_t i = 0; i < d->compare_count; i++) {
                const struct compare *c = &d->compare[i];
                if (!compare_holds(c, m))
                        fault_add(j->f, j->a,
                                  (struct violation){ .field = c->left->name,
                                                      .rule = c->id,
                                                      .text_vi = c->text_vi,
                                                      .text_en = c->text_en,
                                                      .flag = c->flag });
        }
}

int validate(const struct schema *s, const struct msg *m, int64_t now, struct arena *a, struct fault *f)
{
        struct judge j = { .a = a, .f = f, .now = now };
        size_t before = f->rejects;
        if (m->type->rules)
                check_message(&j, m, NULL);
        if (s->dataset)
                check_compares(&j, s->dataset, m);
        if (f->rejects == before)
                return 0;
        f->code = FAULT_RULE;
        return 1;
}

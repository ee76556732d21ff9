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
};

static void check_message(struct judge *j, const struct msg *m, const struct step *at);

static void broken(struct judge *j, const char *path, const char *rule, const char *vi, const char *en)
{
        fault_add(j->f, j->a,
                  (struct violation){ .field = path, .rule = rule, .text_vi = vi, .text_en = en });
}

static void run(struct judge *j, const struct rules *r, const struct field *f, const struct val *v,
                const struct step *at)
{
        for (size_t i = 0; i < r->count; i++)
                if (__builtin_expect(!rule_holds(&r->rule[i], f, v, j->now), 0))
                        broken(j, path_text(at, j->a), r->rule[i].id, r->rule[i].text_vi, r->rule[i].text_en);
}

// One value: of a singular field, an item, a key or a value of a map; r may be NULL.
static void check_value(struct judge *j, const struct rules *r, const struct field *f, const struct val *v,
                        const struct step *at)
{
        bool message = f->type == TYPE_MESSAGE;
        if (r && r->count > 0) {
                bool wrapped = message && f->message->well_known == WK_WRAPPER;
                run(j, r, wrapped ? &f->message->fields[0] : f, wrapped ? &v->m->f[0] : v, at);
        }
        if (message && f->message->rules)
                check_message(j, v->m, at);
}

static bool skipped(const struct rules *r, const struct field *f, const struct val *v)
{
        return r && (r->ignore == IGNORE_ALWAYS ||
                     (r->ignore == IGNORE_IF_ZERO && f->type != TYPE_MESSAGE && value_is_zero(f, v)));
}

static void check_list(struct judge *j, const struct field *f, const struct val *v, const struct step *at)
{
        const struct rules *items = f->rules ? f->rules->items : NULL;
        if (f->rules)
                run(j, f->rules, f, v, at);
        if (!items && (f->type != TYPE_MESSAGE || !f->message->rules))
                return;
        struct step here = *at;
        here.kind = STEP_INDEX;
        for (; here.index < v->list.n; here.index++) {
                const struct val *item = &v->list.items[here.index];
                if (!skipped(items, f, item))
                        check_value(j, items, f, item, &here);
        }
}

static void check_map(struct judge *j, const struct field *f, const struct val *v, const struct step *at)
{
        const struct field *key = &f->message->fields[0], *value = &f->message->fields[1];
        const struct rules *keys = f->rules ? f->rules->keys : NULL,
                           *values = f->rules ? f->rules->values : NULL;
        if (f->rules)
                run(j, f->rules, f, v, at);
        struct step here = *at;
        here.kind = STEP_KEY;
        for (uint32_t i = 0; i < v->list.n; i++) {
                const struct msg *entry = v->list.items[i].m;
                here.key = entry;
                if (keys && !skipped(keys, key, &entry->f[0]))
                        check_value(j, keys, key, &entry->f[0], &here);
                if (!skipped(values, value, &entry->f[1]))
                        check_value(j, values, value, &entry->f[1], &here);
        }
}

static void check_field(struct judge *j, const struct field *f, const struct val *v, const struct step *up)
{
        const struct rules *r = f->rules;
        struct step at = { .up = up, .field = f };
        if (!field_present(f, v)) {
                if (r == NULL)
                        return;
                if (r->required) {
                        broken(j, path_text(&at, j->a), "required", "Bắt buộc phải có giá trị",
                               "A value is required");
                        return;
                }
                if (f->presence || r->ignore == IGNORE_IF_ZERO)
                        return;
        }
        if (f->map)
                check_map(j, f, v, &at);
        else if (f->repeated)
                check_list(j, f, v, &at);
        else
                check_value(j, r, f, v, &at);
}

static const char *join_path(struct judge *j, const struct step *at, const char *name)
{
        const char *up = path_text(at, j->a);
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
                broken(j, join_path(j, at, o->path), o->id, o->text_vi, o->text_en);
}

static void check_message(struct judge *j, const struct msg *m, const struct step *at)
{
        const struct rules *r = m->type->rules;
        for (size_t i = 0; i < r->oneof_count; i++)
                check_oneof(j, &r->oneof[i], m, at);
        for (size_t i = 0; i < r->visit_count; i++) {
                const struct field *f = &m->type->fields[r->visit[i]];
                check_field(j, f, &m->f[r->visit[i]], at);
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

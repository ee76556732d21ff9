// From annotations to rules: finds them in the options of fields, oneofs and messages, and works out which
// fields validation has to visit. What this hub does not implement is a problem of the schema, named with its
// field.
#include "hub/base/text.h"
#include "hub/msg/rules_int.h"
#include "hub/msg/wire.h"

#define PATTERN_SHOWN 200 // bytes of RE2's words

// Reads one of protovalidate's messages; the field it does not know is refused too (predefined rules are
// such). NULL: a problem was noted, or there are no such options.
static const struct msg *read_rules(struct loader *ld, const struct type_entry *e, int index,
                                    const ProtobufCMessage *options, const char *type)
{
        static const struct wire_limits limits = { .elements = 20000,
                                                   .memory = 8 * 1024 * 1024,
                                                   .strict = true };
        struct slice bytes;
        if (!pb_unknown(options, OPTION_VALIDATE, ld->scratch, &bytes))
                return NULL;
        struct fault f = { 0 };
        struct msg *m;
        if (wire_read_within(schema_builtin(type), bytes, &limits, ld->scratch, &m, &f) == 0)
                return m;
        schema_problem(ld, e, index,
                       "the %s of %s%s%s cannot be used: %s (at `%s`); this hub knows protovalidate's "
                       "standard rules, no predefined ones",
                       type, e->full_name, index >= 0 ? "." : "",
                       index >= 0 ? e->message->field[index]->name : "", f.items[0].text_en,
                       f.items[0].field);
        return NULL;
}

void rules_problem(const struct place *p, const struct member *m, const char *what)
{
        schema_problem(p->ld, p->e, p->index, "rule %s.%s of field %s %s", m->type, m->f->name, p->name,
                       what);
}

static struct regex *make_regex(struct place *p, const struct member *m, struct slice pattern)
{
        struct buf why cleanup(buf_done), what cleanup(buf_done);
        struct regex *r;
        buf_init(&why);
        buf_init(&what);
        if (regex_new(pattern, &r, &why) == 0)
                return r;
        buf_add_str(&what, "is not RE2 syntax: ");
        text_show(&what, buf_slice(&why), PATTERN_SHOWN, "");
        rules_problem(p, m, buf_cstr(&what));
        return NULL;
}

const struct regex *rules_regex(struct place *p, const struct member *m, struct slice pattern)
{
        struct loader *ld = p->ld;
        for (const struct kept_regex *k = ld->regexes; k; k = k->next)
                if (slice_eq(k->pattern, pattern))
                        return k->regex;
        if (ld->regex_memory > SCHEMA_REGEX_MAX) {
                rules_problem(p, m, "is one pattern too many: those before it may take 1 GB already");
                return NULL;
        }
        struct regex *r = make_regex(p, m, pattern);
        if (r == NULL)
                return NULL;
        struct kept_regex *k = arena_alloc(ld->a, sizeof(*k));
        *k = (struct kept_regex){ .pattern = arena_copy(ld->a, pattern), .regex = r, .next = ld->regexes };
        ld->regexes = k;
        ld->regex_memory += regex_memory(r);
        return r;
}

static void refuse_cel(struct loader *ld, const struct type_entry *e, int index, const char *rule,
                       const char *name)
{
        schema_problem(ld, e, index,
                       "rule %s of %s is CEL, which this hub does not judge; say it with standard rules, or "
                       "with `compare` of the dataset's options where it compares two fields",
                       rule, name);
}

static const char *scalar_rules(const struct field *f)
{
        static const char *const names[] = {
                [TYPE_DOUBLE] = "double",     [TYPE_FLOAT] = "float",
                [TYPE_INT64] = "int64",       [TYPE_UINT64] = "uint64",
                [TYPE_INT32] = "int32",       [TYPE_FIXED64] = "fixed64",
                [TYPE_FIXED32] = "fixed32",   [TYPE_BOOL] = "bool",
                [TYPE_STRING] = "string",     [TYPE_GROUP] = "",
                [TYPE_MESSAGE] = "",          [TYPE_BYTES] = "bytes",
                [TYPE_UINT32] = "uint32",     [TYPE_ENUM] = "enum",
                [TYPE_SFIXED32] = "sfixed32", [TYPE_SFIXED64] = "sfixed64",
                [TYPE_SINT32] = "sint32",     [TYPE_SINT64] = "sint64",
        };
        if (f->type != TYPE_MESSAGE)
                return names[f->type];
        switch (f->message->well_known) {
        case WK_WRAPPER:
                return names[f->message->fields[0].type];
        case WK_TIMESTAMP:
                return "timestamp";
        case WK_DURATION:
                return "duration";
        case WK_ANY:
                return "any";
        case WK_FIELD_MASK:
                return "field_mask";
        default:
                return "";
        }
}

static struct rules *compile_rules(struct place *p, const struct msg *m);

// The rules of items, keys or values, where m's field is set.
static const struct rules *compile_inner(const struct place *p, const struct msg *m, const char *name,
                                         const char *prefix, const struct field *f)
{
        const struct field *member = mtype_field_named(m->type, slice_str(name));
        const struct val *v = member ? &m->f[member->index] : NULL;
        struct place inner = *p;
        if (v == NULL || !v->set)
                return NULL;
        inner.f = f;
        inner.prefix = prefix;
        inner.element = f == p->f;
        return compile_rules(&inner, v->m);
}

static void compile_typed(struct place *p, const char *type, const struct msg *m)
{
        const struct field *f = p->f;
        const char *expected = p->element    ? scalar_rules(f)
                               : f->map      ? "map"
                               : f->repeated ? "repeated"
                                             : scalar_rules(f);
        if (strcmp(type, expected) != 0) {
                schema_problem(p->ld, p->e, p->index, "rules %s of field %s do not fit its type%s%s", type,
                               p->name, *expected ? ", which takes rules " : "", expected);
                return;
        }
        size_t set = 1;
        for (size_t i = 0; i < m->type->count; i++)
                set += m->f[i].set;
        p->rule = arena_zalloc(p->ld->a, set * sizeof(*p->rule));
        p->rules->rule = p->rule;
        rules_compile_type(p, type, m);
        if (!p->element && f->map) {
                p->rules->keys = compile_inner(p, m, "keys", "map.keys.", &f->message->fields[0]);
                p->rules->values = compile_inner(p, m, "values", "map.values.", &f->message->fields[1]);
        } else if (!p->element && f->repeated) {
                p->rules->items = compile_inner(p, m, "items", "repeated.items.", f);
        }
}

// FieldRules.
static struct rules *compile_rules(struct place *p, const struct msg *m)
{
        static const struct rule none; // its address is one to count from
        struct rules *r = arena_zalloc(p->ld->a, sizeof(*r));
        r->rule = &none;
        p->rules = r;
        for (size_t i = 0; i < m->type->count; i++) {
                const char *name = m->type->fields[i].name;
                const struct val *v = &m->f[i];
                if (!v->set)
                        continue;
                if (strcmp(name, "required") == 0)
                        r->required = v->u;
                else if (strcmp(name, "ignore") == 0)
                        r->ignore = (enum rules_ignore)v->i;
                else if (m->type->fields[i].type == TYPE_MESSAGE && !m->type->fields[i].repeated)
                        compile_typed(p, name, v->m);
                else
                        refuse_cel(p->ld, p->e, p->index, name, p->name);
        }
        return r;
}

static bool sets_ignore(const struct msg *m)
{
        const struct field *f = mtype_field_named(m->type, slice_str("ignore"));
        return f && m->f[f->index].set;
}

static void compile_field(struct loader *ld, struct type_entry *e, struct field *f, bool in_oneof)
{
        int index = schema_field_index(e, f);
        const Google__Protobuf__FieldOptions *o = e->message->field[index]->options;
        const struct msg *m = o ? read_rules(ld, e, index, &o->base, "buf.validate.FieldRules") : NULL;
        if (m == NULL)
                return;
        struct place p = { .ld = ld, .e = e, .index = index, .f = f, .prefix = "" };
        p.name = arena_printf(ld->scratch, "%s.%s", e->full_name, f->name);
        struct rules *r = compile_rules(&p, m);
        if (in_oneof && !sets_ignore(m))
                r->ignore = IGNORE_IF_ZERO;
        f->rules = r;
}

static const char *join_names(struct arena *a, const struct mtype *t, const uint16_t *fields, size_t count)
{
        struct buf b cleanup(buf_done);
        buf_init(&b);
        for (size_t i = 0; i < count; i++)
                buf_printf(&b, "%s%s", i ? ", " : "", t->fields[fields[i]].name);
        return arena_strndup(a, b.p ? (const char *)b.p : "", b.n);
}

// A oneof of protobuf with (buf.validate.oneof).required.
static void compile_oneof(struct loader *ld, struct type_entry *e, size_t declared, struct oneof_rule *out,
                          size_t *count)
{
        const struct mtype *t = e->mtype;
        const Google__Protobuf__OneofOptions *o = e->message->oneof_decl[declared]->options;
        const struct msg *m = o ? read_rules(ld, e, -1, &o->base, "buf.validate.OneofRules") : NULL;
        if (m == NULL || !m->f[0].u || e->oneof_index[declared] < 0)
                return;
        uint16_t *fields = arena_alloc(ld->a, (t->count + 1) * sizeof(*fields));
        size_t n = 0;
        for (size_t i = 0; i < t->count; i++)
                if (t->fields[i].oneof == e->oneof_index[declared])
                        fields[n++] = (uint16_t)i;
        out[(*count)++] = (struct oneof_rule){
                .fields = fields,
                .count = n,
                .required = true,
                .id = "required",
                .name = t->oneof_names[e->oneof_index[declared]],
                .text_vi = "Phải có đúng một trong các trường của nhóm",
                .text_en = "Exactly one field of the oneof is required",
        };
}

// One of (buf.validate.message).oneof; marks its fields.
static void compile_message_oneof(struct loader *ld, struct type_entry *e, const struct msg *m,
                                  bool *in_oneof, struct oneof_rule *out, size_t *count)
{
        const struct mtype *t = e->mtype;
        const struct list *names = &m->f[0].list;
        uint16_t *fields = arena_alloc(ld->a, (names->n + 1) * sizeof(*fields));
        size_t n = 0;
        if (names->n == 0)
                schema_problem(ld, e, -1, "rule message.oneof of %s names no field", e->full_name);
        for (uint32_t i = 0; i < names->n; i++) {
                struct slice name = names->items[i].s;
                const struct field *f = mtype_field_named(t, name);
                if (f == NULL) {
                        schema_problem(
                            ld, e, -1,
                            "rule message.oneof of %s names the field `%.*s`, which does not exist",
                            e->full_name, (int)(name.n < 80 ? name.n : 80), (const char *)name.p);
                        return;
                }
                for (size_t k = 0; k < n; k++)
                        if (fields[k] == f->index) {
                                schema_problem(ld, e, -1, "rule message.oneof of %s names the field %s twice",
                                               e->full_name, f->name);
                                return;
                        }
                in_oneof[f->index] = true;
                fields[n++] = (uint16_t)f->index;
        }
        const char *list = join_names(ld->a, t, fields, n);
        bool required = m->f[1].u;
        out[(*count)++] = (struct oneof_rule){
                .fields = fields,
                .count = n,
                .required = required,
                .exclusive = true,
                .id = "message.oneof",
                .name = "",
                .text_vi = arena_printf(ld->a, "%s một trong các trường %s",
                                        required ? "Phải có đúng" : "Chỉ được có", list),
                .text_en = arena_printf(ld->a, "%s of %s must be set",
                                        required ? "Exactly one" : "At most one", list),
        };
}

static void compile_message(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__DescriptorProto *d = e->message;
        const struct msg *m =
            d->options ? read_rules(ld, e, -1, &d->options->base, "buf.validate.MessageRules") : NULL;
        const struct list *oneofs = NULL;
        for (size_t i = 0; m && i < m->type->count; i++) {
                if (strcmp(m->type->fields[i].name, "oneof") == 0)
                        oneofs = &m->f[i].list;
                else if (m->f[i].set)
                        refuse_cel(ld, e, -1, m->type->fields[i].name, e->full_name);
        }
        bool *in_oneof = arena_zalloc(ld->scratch, e->mtype->count + 1);
        size_t count = 0, most = d->n_oneof_decl + (oneofs ? oneofs->n : 0);
        struct oneof_rule *oneof = arena_alloc(ld->a, (most + 1) * sizeof(*oneof));
        for (uint32_t i = 0; oneofs && i < oneofs->n; i++)
                compile_message_oneof(ld, e, oneofs->items[i].m, in_oneof, oneof, &count);
        for (size_t i = 0; i < d->n_oneof_decl; i++)
                compile_oneof(ld, e, i, oneof, &count);
        bool any = count > 0;
        for (size_t i = 0; i < e->mtype->count; i++) {
                compile_field(ld, e, &e->mtype->fields[i], in_oneof[i]);
                any = any || e->mtype->fields[i].rules;
        }
        if (any) {
                struct type_rules *r = arena_zalloc(ld->a, sizeof(*r));
                r->oneof = oneof;
                r->oneof_count = count;
                e->mtype->rules = e->rules = r;
        }
}

// The type whose rules count below a field: that of a map's values, or the field's own message.
static const struct mtype *below(const struct field *f)
{
        if (f->type != TYPE_MESSAGE)
                return NULL;
        return f->map ? (f->message->fields[1].type == TYPE_MESSAGE ? f->message->fields[1].message : NULL)
                      : f->message;
}

static bool to_visit(const struct field *f)
{
        if (f->rules && f->rules->ignore == IGNORE_ALWAYS)
                return false;
        return f->rules || (below(f) && below(f)->rules);
}

static bool leads_on(const struct mtype *t)
{
        for (size_t i = 0; i < t->count; i++)
                if (to_visit(&t->fields[i]))
                        return true;
        return false;
}

static enum visit_kind kind_of(const struct field *f)
{
        if (f->repeated)
                return f->map ? VISIT_MAP : VISIT_LIST;
        return f->message && f->message->well_known == WK_WRAPPER ? VISIT_WRAPPER : VISIT_VALUE;
}

static enum visit_absent absent_of(const struct field *f)
{
        if (f->rules && f->rules->required)
                return ABSENT_MISSING;
        return f->presence || f->rules == NULL || f->rules->ignore == IGNORE_IF_ZERO ? ABSENT_LEFT_OUT
                                                                                     : ABSENT_JUDGED;
}

static struct visit visit_of(const struct field *f)
{
        struct visit v = { .field = f,
                           .rules = f->rules,
                           .index = (uint16_t)f->index,
                           .kind = (uint8_t)kind_of(f),
                           .absent = (uint8_t)absent_of(f),
                           .below = below(f) && below(f)->rules };
        v.plain = f->rules && v.kind == VISIT_VALUE && !v.below;
        if (v.plain) {
                v.rule = f->rules->rule;
                v.count = (uint32_t)f->rules->count;
        }
        return v;
}

static void list_visits(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__DescriptorProto *d = e->message;
        struct visit *visit = arena_alloc(ld->a, (e->mtype->count + 1) * sizeof(*visit));
        size_t n = 0;
        for (size_t i = 0; i < d->n_field; i++) {
                const struct field *f = mtype_field(e->mtype, (uint32_t)d->field[i]->number);
                if (f && to_visit(f))
                        visit[n++] = visit_of(f);
        }
        e->rules->visit = visit;
        e->rules->visit_count = n;
}

void rules_compile(struct loader *ld)
{
        for (struct type_entry *e = ld->first; e; e = e->next)
                if (e->mtype)
                        compile_message(ld, e);
        // types without rules of their own that lead to some
        for (bool changed = true; changed;) {
                changed = false;
                for (struct type_entry *e = ld->first; e; e = e->next)
                        if (e->mtype && !e->rules && leads_on(e->mtype)) {
                                e->mtype->rules = e->rules = arena_zalloc(ld->a, sizeof(*e->rules));
                                changed = true;
                        }
        }
        for (struct type_entry *e = ld->first; e; e = e->next)
                if (e->mtype && e->rules)
                        list_visits(ld, e);
}

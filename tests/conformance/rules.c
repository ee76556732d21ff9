// Main mode: the type is loaded as `iochub schema check` loads it, and the message is judged by its rules.
#include "hub/msg/schema_int.h"
#include "hub/msg/validate.h"
#include "tests/conformance/executor.h"

static void load(struct executor *x, const char *name, struct case_type *t)
{
        struct buf problems cleanup(buf_done);
        buf_init(&problems);
        if (schema_load(x->set, name, &t->schema, &problems))
                t->problems = arena_strdup(x->a, buf_cstr(&problems));
}

// 0 done, 1 one of its paths does not fit.
static int add_violation(struct executor *x, const struct mtype *type, const struct violation *v,
                         struct msg *violations)
{
        struct msg *out = add_message(x, violations, "violations");
        set_text(x, out, "rule_id", v->rule);
        set_text(x, out, "message", v->text_en);
        if (v->for_key)
                set_field(out, "for_key")->u = true;
        if (*v->field && write_path(x, type, v->field, set_message(x, out, "field")))
                return 1;
        return v->rule_path && write_path(x, schema_builtin("buf.validate.FieldRules"), v->rule_path,
                                          set_message(x, out, "rule"));
}

static void judge(struct executor *x, const struct case_type *t, const struct msg *m, struct msg *result)
{
        struct fault f = { 0 };
        if (validate(t->schema, m, x->now, x->a, &f) == 0) {
                set_field(result, "success")->u = true;
                return;
        }
        if (f.items[0].unjudged) {
                set_text(x, result, "runtime_error", f.items[0].text_en);
                return;
        }
        struct msg *violations = set_message(x, result, "validation_error");
        for (size_t i = 0; i < f.count; i++)
                if (add_violation(x, t->schema->root, &f.items[i], violations)) {
                        const char *rule = f.items[i].rule_path;
                        set_field(result, "validation_error")->set = false;
                        set_text(x, result, "unexpected_error",
                                 arena_printf(x->a, "no such path: field `%s`, rule `%s`", f.items[i].field,
                                              rule ? rule : ""));
                        return;
                }
}

const struct mode rules_mode = { .load = load, .judge = judge };

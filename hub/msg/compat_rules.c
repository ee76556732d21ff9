// Rules and field options. A message is judged by the version that its frame names, so another rule changes
// nothing of what is stored or queued; `required` is the exception, for whoever moves to the newer version
// without filling the field would have every message refused.
#include "hub/msg/compat_int.h"
#include "hub/msg/wire.h"

enum { RULES_REQUIRED = 25, RULES_IGNORE = 27, IGNORE_ALWAYS = 3 };
enum { MESSAGE_ONEOF = 4, ONEOF_FIELDS = 1, ONEOF_REQUIRED = 2, OPTION_ONEOF_REQUIRED = 1 };

// The annotation of that type among the options; NULL: there is none, or it cannot be read (which loading
// tells).
static struct msg *annotation(struct comparing *cx, const ProtobufCMessage *options, const char *type)
{
        struct slice bytes;
        struct fault f = { 0 };
        struct msg *m;
        if (options == NULL || !pb_unknown(options, OPTION_VALIDATE, cx->new.ld.scratch, &bytes))
                return NULL;
        return wire_read(schema_builtin(type), bytes, cx->new.ld.scratch, &m, &f) == 0 ? m : NULL;
}

static struct msg *field_rules(struct comparing *cx, const struct type_entry *e, const struct field *f)
{
        const Google__Protobuf__FieldOptions *o = e->message->field[schema_field_index(e, f)]->options;
        return annotation(cx, o ? &o->base : NULL, "buf.validate.FieldRules");
}

static struct val *slot(struct msg *m, uint32_t number)
{
        return &m->f[mtype_field(m->type, number)->index];
}

static bool requires(struct msg *rules)
{
        return rules && slot(rules, RULES_REQUIRED)->set && slot(rules, RULES_REQUIRED)->u &&
               !(slot(rules, RULES_IGNORE)->set && slot(rules, RULES_IGNORE)->i == IGNORE_ALWAYS);
}

bool field_required(struct comparing *cx, const struct type_entry *e, const struct field *f)
{
        return requires(field_rules(cx, e, f));
}

// In one order and without `required`, so that notations of the same rules are equal.
static void canonical(struct msg *rules, struct buf *out)
{
        if (rules == NULL)
                return;
        slot(rules, RULES_REQUIRED)->set = false;
        wire_write(rules, out);
}

static void compare_unit(struct comparing *cx, struct pair p, const struct field *was, const struct field *is)
{
        if (strcmp(was->unit, is->unit) == 0)
                return;
        if (*was->unit)
                change_add(cx->out,
                           change_at(cx, CHANGE_REFUSED, "UNIT_CHANGED", p.new, is,
                                     "keep the unit, and add a field with a number of its own"),
                           "field %s.%s was measured in `%s` and is in `%s` now: stored values would mean "
                           "something else",
                           p.new->full_name, is->name, was->unit, is->unit);
        else
                change_add(cx->out, change_at(cx, CHANGE_NOTED, "UNIT_ADDED", p.new, is, ""),
                           "field %s.%s is said to be measured in `%s`", p.new->full_name, is->name,
                           is->unit);
}

void compare_rules(struct comparing *cx, struct pair p, const struct field *was, const struct field *is)
{
        struct buf a cleanup(buf_done), b cleanup(buf_done);
        struct msg *before = field_rules(cx, p.old, was), *after = field_rules(cx, p.new, is);
        buf_init(&a), buf_init(&b);
        if (requires(after) && !requires(before))
                change_add(cx->out,
                           change_at(cx, CHANGE_REFUSED, "REQUIRED_ADDED", p.new, is,
                                     "leave `required` away, or make a new dataset"),
                           "field %s.%s is required now: senders that leave it out would all be refused",
                           p.new->full_name, is->name);
        if (requires(before) && !requires(after))
                change_add(cx->out, change_at(cx, CHANGE_NOTED, "REQUIRED_DROPPED", p.new, is, ""),
                           "field %s.%s is no longer required: readers may meet messages without it",
                           p.new->full_name, is->name);
        canonical(before, &a);
        canonical(after, &b);
        if (!slice_eq(buf_slice(&a), buf_slice(&b)))
                change_add(
                    cx->out, change_at(cx, CHANGE_NOTED, "RULES_CHANGED", p.new, is, ""),
                    "field %s.%s has other rules: each message is judged by the version that its sender "
                    "names",
                    p.new->full_name, is->name);
        compare_unit(cx, p, was, is);
        if (was->personal != is->personal)
                change_add(cx->out, change_at(cx, CHANGE_NOTED, "PERSONAL_CHANGED", p.new, is, ""),
                           "field %s.%s is %s personal data now", p.new->full_name, is->name,
                           is->personal ? "marked as" : "no longer marked as");
}

static bool lists(const struct list *names, struct slice name)
{
        for (uint32_t i = 0; i < names->n; i++)
                if (slice_eq(names->items[i].s, name))
                        return true;
        return false;
}

// Whoever met one of the old demands meets this one: some old rule asks for one of the same fields.
static bool was_demanded(struct msg *before, struct msg *rule)
{
        const struct list *now = &slot(rule, ONEOF_FIELDS)->list;
        const struct val *rules = before ? slot(before, MESSAGE_ONEOF) : NULL;
        for (uint32_t i = 0; rules && rules->set && i < rules->list.n; i++) {
                struct msg *old = rules->list.items[i].m;
                const struct list *then = &slot(old, ONEOF_FIELDS)->list;
                bool all = slot(old, ONEOF_REQUIRED)->set && slot(old, ONEOF_REQUIRED)->u;
                for (uint32_t k = 0; all && k < then->n; k++)
                        all = lists(now, then->items[k].s);
                if (all)
                        return true;
        }
        return false;
}

static void compare_message_oneofs(struct comparing *cx, struct pair p, struct msg *before, struct msg *after)
{
        const struct val *rules = slot(after, MESSAGE_ONEOF);
        for (uint32_t i = 0; rules->set && i < rules->list.n; i++) {
                struct msg *rule = rules->list.items[i].m;
                if (!slot(rule, ONEOF_REQUIRED)->set || !slot(rule, ONEOF_REQUIRED)->u ||
                    was_demanded(before, rule))
                        continue;
                change_add(cx->out,
                           change_at(cx, CHANGE_REFUSED, "REQUIRED_ADDED", p.new, NULL,
                                     "leave `required` away, or make a new dataset"),
                           "%s demands one of several fields now: senders that set none would all be refused",
                           p.new->full_name);
        }
}

static bool oneof_required(struct comparing *cx, const struct type_entry *e, const char *name)
{
        for (size_t i = 0; i < e->message->n_oneof_decl; i++) {
                const Google__Protobuf__OneofDescriptorProto *d = e->message->oneof_decl[i];
                struct msg *m = strcmp(d->name, name) == 0 && d->options
                                    ? annotation(cx, &d->options->base, "buf.validate.OneofRules")
                                    : NULL;
                if (m && slot(m, OPTION_ONEOF_REQUIRED)->set && slot(m, OPTION_ONEOF_REQUIRED)->u)
                        return true;
        }
        return false;
}

void compare_message_rules(struct comparing *cx, struct pair p)
{
        const Google__Protobuf__MessageOptions *was = p.old->message->options, *is = p.new->message->options;
        struct msg *before = annotation(cx, was ? &was->base : NULL, "buf.validate.MessageRules");
        struct msg *after = annotation(cx, is ? &is->base : NULL, "buf.validate.MessageRules");
        if (after)
                compare_message_oneofs(cx, p, before, after);
        for (size_t i = 0; i < p.new->mtype->oneofs; i++) {
                const char *name = p.new->mtype->oneof_names[i];
                if (oneof_required(cx, p.new, name) && !oneof_required(cx, p.old, name))
                        change_add(
                            cx->out,
                            change_at(cx, CHANGE_REFUSED, "REQUIRED_ADDED", p.new, NULL,
                                      "leave `required` away, or make a new dataset"),
                            "oneof %s.%s is required now: senders that set none of it would all be refused",
                            p.new->full_name, name);
        }
}

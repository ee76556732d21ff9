// Library mode: the suites library/* show protovalidate's functions through CEL rules of a message. We have
// the functions and no CEL, so the expression only tells which function is meant; its arguments are the
// message's fields of known names, and the violation is the one that the expression would give.
#include "hub/msg/format.h"
#include "hub/msg/schema_int.h"
#include "tests/conformance/executor.h"

static struct slice text(const struct msg *m)
{
        return get_field(m, "val")->s;
}

static bool is_email(const struct msg *m)
{
        return format_is_email(text(m));
}

static bool is_hostname(const struct msg *m)
{
        return format_is_hostname(text(m));
}

static bool is_host_and_port(const struct msg *m)
{
        return format_is_host_and_port(text(m), get_field(m, "port_required")->u);
}

static bool is_ip(const struct msg *m)
{
        return format_is_ip(text(m), get_field(m, "version")->i);
}

static bool is_ip_prefix(const struct msg *m)
{
        return format_is_ip_prefix(text(m), get_field(m, "version")->i, get_field(m, "strict")->u);
}

static bool is_uri(const struct msg *m)
{
        return format_is_uri(text(m));
}

static bool is_uri_ref(const struct msg *m)
{
        return format_is_uri_ref(text(m));
}

static const struct {
        const char *call;
        bool (*holds)(const struct msg *m);
} functions[] = {
        { ".isEmail(", is_email },
        { ".isHostname(", is_hostname },
        { ".isHostAndPort(", is_host_and_port },
        { ".isIp(", is_ip },
        { ".isIpPrefix(", is_ip_prefix },
        { ".isUri(", is_uri },
        { ".isUriRef(", is_uri_ref },
};

// The message's descriptor among those of the request; NULL where it is not there. Types of cases stand at
// file level.
static const struct msg *find_type(struct executor *x, const char *name)
{
        static const struct wire_limits limits = { .elements = WIRE_ELEMENTS, .memory = WIRE_MEMORY };
        struct fault f = { 0 };
        struct msg *set;
        if (wire_read_within(harness_field(x->exchange->root, "files")->message, x->set, &limits, x->a, &set,
                             &f))
                return NULL;
        const struct list *files = &get_field(set, "file")->list;
        for (uint32_t i = 0; i < files->n; i++) {
                struct slice package = get_field(files->items[i].m, "package")->s;
                const struct list *types = &get_field(files->items[i].m, "message_type")->list;
                for (uint32_t j = 0; j < types->n; j++) {
                        struct slice last = get_field(types->items[j].m, "name")->s;
                        struct slice full =
                            slice_str(arena_printf(x->a, "%.*s.%.*s", (int)package.n, (const char *)package.p,
                                                   (int)last.n, (const char *)last.p));
                        if (slice_eq_str(full, name))
                                return types->items[j].m;
                }
        }
        return NULL;
}

// The type's one CEL rule; NULL where it has another number of them.
static const struct msg *find_rule(struct executor *x, const char *name)
{
        const struct msg *type = find_type(x, name);
        const struct msg *options = type ? get_field(type, "options")->m : NULL;
        const struct msg *rules = options ? get_field(options, "rules")->m : NULL;
        const struct list *cel = rules ? &get_field(rules, "cel")->list : NULL;
        return cel && cel->n == 1 ? cel->items[0].m : NULL;
}

static void load(struct executor *x, const char *name, struct case_type *t)
{
        struct buf problems cleanup(buf_done);
        const struct msg *rule = find_rule(x, name);
        struct slice called = rule ? get_field(rule, "expression")->s : slice_str("");
        buf_init(&problems);
        for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
                if (memmem(called.p, called.n, functions[i].call, strlen(functions[i].call)))
                        t->holds = functions[i].holds;
        if (t->holds == NULL)
                t->problems = "its rule calls none of the library's functions";
        else if (schema_load_trusted(x->set, name, &t->schema, &problems))
                t->problems = arena_strdup(x->a, buf_cstr(&problems));
        else
                t->rule_id = arena_strndup(x->a, get_field(rule, "id")->s.p, get_field(rule, "id")->s.n);
}

static void judge(struct executor *x, const struct case_type *t, const struct msg *m, struct msg *result)
{
        if (t->holds(m))
                set_field(result, "success")->u = true;
        else
                set_text(x, add_message(x, set_message(x, result, "validation_error"), "violations"),
                         "rule_id", t->rule_id);
}

const struct mode library_mode = { .load = load, .judge = judge };

// The frame of a comparison: opens both sets, pairs what both roots reach, and keeps the list of changes.
#include "hub/msg/compat_int.h"

#include <stdio.h>
#include <stdlib.h>

const char *const change_words[] = {
        [CHANGE_SAFE] = "SAFE",
        [CHANGE_NOTED] = "NOTED",
        [CHANGE_REFUSED] = "REFUSED",
};

void changes_init(struct changes *c)
{
        *c = (struct changes){ .arena = arena_new(16 * 1024), .seen = map_new() };
}

void changes_done(struct changes *c)
{
        map_free(c->seen);
        arena_free(c->arena);
        *c = (struct changes){ 0 };
}

void change_add(struct changes *c, struct change at, const char *what, ...)
{
        char text[1024];
        va_list ap;
        va_start(ap, what);
        vsnprintf(text, sizeof(text), what, ap);
        va_end(ap);
        const char *key = arena_printf(c->arena, "%s %s %s", at.rule, at.subject, text);
        if (map_set(c->seen, slice_str(key), c))
                return;
        if (c->count == c->capacity) {
                size_t capacity = c->capacity ? 2 * c->capacity : 32;
                struct change *items = arena_alloc(c->arena, capacity * sizeof(*items));
                if (c->count)
                        memcpy(items, c->items, c->count * sizeof(*items));
                c->items = items;
                c->capacity = capacity;
        }
        at.file = arena_strdup(c->arena, at.file);
        at.subject = arena_strdup(c->arena, at.subject);
        at.mend = arena_strdup(c->arena, at.mend);
        at.what = arena_strdup(c->arena, text);
        c->items[c->count++] = at;
        c->refused += at.class == CHANGE_REFUSED;
}

void change_line(const struct change *c, struct buf *out)
{
        buf_add_str(out, c->file);
        if (c->line > 0)
                buf_printf(out, ":%d", c->line);
        buf_printf(out, ": [%s] %s%s%s\n", c->rule, c->what, *c->mend ? "; " : "", c->mend);
}

struct change change_at(const struct comparing *cx, enum change_class class, const char *rule,
                        const struct type_entry *e, const struct field *field, const char *mend)
{
        const char *subject =
            arena_printf(cx->out->arena, "%s%s%s", e->full_name, field ? "." : "", field ? field->name : "");
        const char *file = e->mtype ? e->mtype->file : e->etype->file;
        int line = field ? field->line : e->mtype ? e->mtype->line : e->etype->line;
        return (struct change){
                .class = class, .rule = rule, .file = file, .line = line, .subject = subject, .mend = mend
        };
}

static int side_open(struct side *s, const struct compat_version *v, struct buf *problems)
{
        s->ld = (struct loader){ .a = arena_new(64 * 1024),
                                 .scratch = arena_new(256 * 1024),
                                 .problems = problems };
        if (schema_set_open(&s->ld, v->descriptor_set) != 0)
                return 1;
        s->root = map_get(s->ld.types, slice_str(v->message));
        if (s->root == NULL || s->root->message == NULL) {
                schema_problem(&s->ld, NULL, -1, "message %.200s is not in the descriptor set", v->message);
                return 1;
        }
        if (schema_types_build(&s->ld, s->root) == NULL || s->ld.problem_count > 0)
                return 1;
        schema_check(&s->ld);
        if (s->ld.problem_count > 0)
                return 1;
        // What is wrong with the options is said by schema_load; what can be read of them is compared.
        struct buf ignored cleanup(buf_done);
        buf_init(&ignored);
        s->ld.problems = &ignored;
        schema_options(&s->ld);
        s->dataset = schema_dataset(&s->ld, s->root);
        s->ld.problems = problems;
        return 0;
}

static void side_close(struct side *s)
{
        schema_set_close(&s->ld);
        arena_free(s->ld.scratch);
        arena_free(s->ld.a);
}

static void field_added(struct comparing *cx, struct pair p, const struct field *f)
{
        if (mtype_field_named(p.old->mtype, slice_str(f->name)) != NULL)
                return; // told as FIELD_NUMBER_CHANGED
        if (f->required || field_required(cx, p.new, f))
                change_add(
                    cx->out,
                    change_at(cx, CHANGE_REFUSED, "REQUIRED_ADDED", p.new, f,
                              "leave `required` away, or make a new dataset"),
                    "field %s.%s is new and required: senders that do not know it would all be refused",
                    p.new->full_name, f->name);
        else
                change_add(cx->out, change_at(cx, CHANGE_SAFE, "FIELD_ADDED", p.new, f, ""),
                           "field %s.%s = %u is new", p.new->full_name, f->name, f->number);
}

static void field_removed(struct comparing *cx, struct pair p, const struct field *f)
{
        const struct field *same = mtype_field_named(p.new->mtype, slice_str(f->name));
        struct change at = change_at(cx, CHANGE_REFUSED, "FIELD_REMOVED", p.new, NULL, "");
        const char *subject = at.subject = arena_printf(cx->out->arena, "%s.%s", p.new->full_name, f->name);
        if (same) {
                at.rule = "FIELD_NUMBER_CHANGED";
                at.line = same->line;
                at.mend = "keep the number; a field of another meaning gets another name";
                change_add(cx->out, at, "field %s had the number %u and has %u now", subject, f->number,
                           same->number);
        } else if (f->required) {
                at.rule = "REQUIRED_REMOVED";
                at.mend = "keep the field: readers of the earlier version refuse messages without it";
                change_add(cx->out, at, "field %s was required and is gone", subject);
        } else if (!schema_reserves_number(p.new, (int32_t)f->number) ||
                   !schema_reserves_name(p.new, f->name)) {
                at.mend = arena_printf(cx->out->arena,
                                       "keep it, or write `reserved %u; reserved \"%s\";` in its place",
                                       f->number, f->name);
                change_add(cx->out, at, "field %s = %u is gone and %s not reserved", subject, f->number,
                           schema_reserves_number(p.new, (int32_t)f->number) ? "its name is"
                           : schema_reserves_name(p.new, f->name)            ? "its number is"
                                                                             : "number and name are");
        } else {
                at.class = CHANGE_SAFE;
                at.rule = "FIELD_RETIRED";
                change_add(cx->out, at, "field %s = %u is gone, its number and name are reserved", subject,
                           f->number);
        }
}

// Both lists are sorted by number.
static void compare_message(struct comparing *cx, struct pair p)
{
        const struct mtype *was = p.old->mtype, *is = p.new->mtype;
        size_t i = 0, k = 0;
        while (i < was->count && k < is->count) {
                const struct field *f = &was->fields[i], *g = &is->fields[k];
                if (f->number == g->number)
                        compare_field(cx, p, f, g);
                else if (f->number < g->number)
                        field_removed(cx, p, f);
                else
                        field_added(cx, p, g);
                i += f->number <= g->number;
                k += g->number <= f->number;
        }
        for (; i < was->count; i++)
                field_removed(cx, p, &was->fields[i]);
        for (; k < is->count; k++)
                field_added(cx, p, &is->fields[k]);
        compare_reserved(cx, p);
        compare_message_rules(cx, p);
        if (strcmp(was->comment, is->comment) != 0)
                change_add(cx->out, change_at(cx, CHANGE_SAFE, "COMMENT_CHANGED", p.new, NULL, ""),
                           "the comment of %s is another", p.new->full_name);
}

static void compare_types(struct comparing *cx)
{
        struct pair root = { cx->old.root, cx->new.root };
        if (strcmp(root.old->full_name, root.new->full_name) != 0) {
                change_add(cx->out,
                           change_at(cx, CHANGE_REFUSED, "MESSAGE_RENAMED", root.new, NULL,
                                     "keep package and name, or make a new dataset"),
                           "the dataset's message was %s and is %s now: readers find it by that name",
                           root.old->full_name, root.new->full_name);
                compare_message(cx, root);
        }
        for (const struct type_entry *e = cx->new.ld.first; e; e = e->next) {
                struct pair p = { map_get(cx->old.ld.types, slice_str(e->full_name)), e };
                if (p.old == NULL)
                        continue;
                if (e->mtype && p.old->mtype && e->mtype->well_known == WK_NONE && !e->mtype->map_entry)
                        compare_message(cx, p);
                else if (e->etype && p.old->etype)
                        compare_enum(cx, p);
        }
}

int schema_compare(const struct compat_version *old, const struct compat_version *new, struct changes *out,
                   struct buf *problems)
{
        struct comparing cx = { .out = out };
        int rc = side_open(&cx.old, old, problems);
        rc = side_open(&cx.new, new, problems) || rc;
        if (rc == 0) {
                compare_types(&cx);
                compare_dataset(&cx);
        }
        side_close(&cx.old);
        side_close(&cx.new);
        return rc;
}

int schema_compatible(const struct compat_version *old, const struct compat_version *new,
                      struct buf *problems)
{
        struct changes found;
        changes_init(&found);
        int rc = schema_compare(old, new, &found, problems);
        for (size_t i = 0; rc == 0 && i < found.count; i++)
                if (found.items[i].class == CHANGE_REFUSED)
                        change_line(&found.items[i], problems);
        rc = rc || found.refused > 0;
        changes_done(&found);
        return rc;
}

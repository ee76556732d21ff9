// Warnings of `schema check`: what is allowed and seldom meant. A field without presence stores its default
// where a sender leaves it out; what people read in reports comes from titles and comments, in both
// languages.
#include <stdio.h>

#include "hub/base/map.h"
#include "hub/cli/schema_input.h"
#include "hub/msg/validate.h"
#include "hub/msg/value.h"

#define DEPTH 8

struct lint {
        const struct schema *schema;
        struct arena *arena;
        struct map *seen;      // types and enums by full name
        const struct fault *f; // what an empty message breaks
        struct buf lines;
};

// Begins a line; the caller writes the sentence.
static struct buf *warning(struct lint *l, const char *file, int line, const char *rule)
{
        buf_add_str(&l->lines, file);
        if (line > 0)
                buf_printf(&l->lines, ":%d", line);
        buf_printf(&l->lines, ": warning: [%s] ", rule);
        return &l->lines;
}

// Types that somebody else wrote.
static bool is_foreign(const char *full_name)
{
        return strncmp(full_name, "google.protobuf.", 16) == 0 || strncmp(full_name, "iochub.v1.", 10) == 0;
}

static void lint_comment(struct lint *l, const char *file, int line, const char *comment, const char *what,
                         const char *name)
{
        if (*comment == '\0')
                buf_printf(warning(l, file, line, "NO_COMMENT"),
                           "%s %s has no comment; write one, `// Vietnamese | English`\n", what, name);
        else if (strstr(comment, " | ") == NULL)
                buf_printf(warning(l, file, line, "ONE_LANGUAGE"),
                           "the comment of %s %s is in one language; write `// Vietnamese | "
                           "English`\n",
                           what, name);
}

static bool is_key(const struct lint *l, const struct field *f)
{
        const struct dataset *d = l->schema->dataset;

        for (size_t i = 0; i < d->key_count; i++)
                if (d->key[i] == f)
                        return true;
        return false;
}

// A message in which the field is left out is refused: its default is never stored.
static bool is_demanded(const struct lint *l, const char *path)
{
        for (size_t i = 0; i < l->f->count; i++)
                if (strcmp(l->f->items[i].field, path) == 0 && !l->f->items[i].flag)
                        return true;
        return false;
}

static const char *default_text(const struct field *f)
{
        switch (f->type) {
        case TYPE_STRING:
        case TYPE_BYTES:
                return "an empty text";
        case TYPE_BOOL:
                return "false";
        case TYPE_ENUM:
                return f->enumeration->count ? f->enumeration->values[0].name : "0";
        default:
                return "0";
        }
}

// Zero stands for "not known" by its name.
static bool zero_is_unknown(const struct field *f)
{
        return f->type == TYPE_ENUM && f->enumeration->count &&
               strstr(f->enumeration->values[0].name, "UNSPECIFIED") != NULL;
}

static void lint_presence(struct lint *l, const struct mtype *t, const struct field *f, const char *path)
{
        if (f->presence || f->repeated || is_key(l, f) || zero_is_unknown(f) || is_demanded(l, path))
                return;
        buf_printf(
            warning(l, t->file, f->line, "NO_PRESENCE"),
            "field %s.%s stores %s where a sender leaves it out; write `optional` if that should be told "
            "apart\n",
            t->full_name, f->name, default_text(f));
}

static void lint_enum(struct lint *l, const struct etype *e)
{
        if (is_foreign(e->full_name) || map_set(l->seen, slice_str(e->full_name), l))
                return;
        for (size_t i = 0; i < e->count; i++)
                lint_comment(l, e->file, e->values[i].line, e->values[i].comment, "value", e->values[i].name);
}

static void lint_type(struct lint *l, const struct mtype *t, const char *prefix, unsigned depth)
{
        if (depth > DEPTH || is_foreign(t->full_name) || map_set(l->seen, slice_str(t->full_name), l))
                return;
        if (!t->map_entry)
                lint_comment(l, t->file, t->line, t->comment, "message", t->name);
        for (size_t i = 0; i < t->count; i++) {
                const struct field *f = &t->fields[i];
                const char *path = arena_printf(l->arena, "%s%s", prefix, f->name);

                if (!t->map_entry) {
                        lint_comment(l, t->file, f->line, f->comment, "field", f->name);
                        lint_presence(l, t, f, path);
                }
                if (f->type == TYPE_MESSAGE)
                        lint_type(l, f->message,
                                  arena_printf(l->arena, "%s%s.", path, f->repeated ? "[0]" : ""), depth + 1);
                else if (f->type == TYPE_ENUM)
                        lint_enum(l, f->enumeration);
        }
}

// A message whose parts are all there and all empty.
static struct msg *hollow(struct lint *l, const struct mtype *t, unsigned depth)
{
        struct msg *m = msg_new(t, l->arena);

        for (size_t i = 0; i < t->count && depth < DEPTH; i++) {
                const struct field *f = &t->fields[i];
                struct val *v = &m->f[i];

                if (f->type != TYPE_MESSAGE || f->map || is_foreign(f->message->full_name) || f->oneof >= 0)
                        continue;
                v->set = true;
                if (!f->repeated) {
                        v->m = hollow(l, f->message, depth + 1);
                        continue;
                }
                v->list = (struct list){ .items = arena_zalloc(l->arena, sizeof(*v->list.items)), .n = 1 };
                v->list.items[0].set = true;
                v->list.items[0].m = hollow(l, f->message, depth + 1);
        }
        return m;
}

static void lint_dataset(struct lint *l)
{
        const struct dataset *d = l->schema->dataset;
        const struct mtype *root = l->schema->root;

        if (*d->title_vi == '\0' || *d->title_en == '\0')
                buf_printf(warning(l, root->file, root->line, "NO_TITLE"),
                           "dataset %s has no %s; people read it in lists and reports\n", d->name,
                           *d->title_vi   ? "title_en"
                           : *d->title_en ? "title_vi"
                                          : "title_vi and title_en");
        if (*d->domain == '\0')
                buf_printf(warning(l, root->file, root->line, "NO_DOMAIN"),
                           "dataset %s has no domain; name the field of administration that owns it, such as "
                           "`y-te`\n",
                           d->name);
}

void structure_lint(const struct compiled *p, const char *message)
{
        struct fault f = { 0 };
        struct buf ignored = { 0 };
        struct schema *s = NULL;

        if (schema_load(buf_slice(&p->set), message, &s, &ignored) == 0 && s->dataset) {
                struct lint l = { .schema = s, .arena = arena_new(64 << 10), .seen = map_new(), .f = &f };

                // What it says goes into f; the verdict on an empty message is of no interest.
                if (validate(s, hollow(&l, s->root, 0), 0, l.arena, &f) >= 0)
                        lint_dataset(&l);
                lint_type(&l, s->root, "", 0);
                compiled_lines(p, buf_slice(&l.lines), &p->found->warnings);
                buf_done(&l.lines);
                map_free(l.seen);
                arena_free(l.arena);
        }
        schema_free(s);
        buf_done(&ignored);
}

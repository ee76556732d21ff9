// What becomes of a table's columns from one version to the next. A column belongs to one field for ever: it
// is never renamed, never of another type, never another field's. The column of a field that is retired
// stays, with what it holds.
#include "hub/pg/dataset_int.h"

struct columns {
        const struct table *old, *new;
        struct changes *out;
};

// A field of a table's message by its path, and the type that holds it. NULL: there is none.
static const struct field *field_at(const struct table *t, const char *path, const struct mtype **owner)
{
        const struct field *f = NULL;
        const struct mtype *type = t->schema->root;
        for (size_t n; type != NULL && *path != '\0'; path += n + (path[n] == '.')) {
                n = strcspn(path, ".");
                *owner = type;
                f = mtype_field_named(type, slice_of(path, n));
                if (f == NULL)
                        return NULL;
                type = f->message;
        }
        return f;
}

static const struct column *column_named(const struct table *t, const char *name)
{
        for (size_t i = 0; i < t->column_count; i++)
                if (strcmp(t->columns[i].name, name) == 0)
                        return &t->columns[i];
        return NULL;
}

static const struct column *column_at(const struct table *t, const char *path)
{
        for (size_t i = 0; i < t->column_count; i++)
                if (strcmp(t->columns[i].path, path) == 0)
                        return &t->columns[i];
        return NULL;
}

// The place of the field at that path in the new version; of one that is gone, of the root.
static struct change place(const struct columns *c, enum change_class class, const char *rule,
                           const char *path, const char *mend)
{
        const struct mtype *root = c->new->schema->root, *owner = root;
        const struct field *f = field_at(c->new, path, &owner);
        const char *subject =
            arena_printf(c->out->arena, "%s.%s", f ? owner->full_name : root->full_name, f ? f->name : path);
        return (struct change){ .class = class,
                                .rule = rule,
                                .file = f ? owner->file : root->file,
                                .line = f ? f->line : root->line,
                                .subject = subject,
                                .mend = mend };
}

// The field is refused already: what its column would become is no news.
static bool is_told(const struct columns *c, const struct change *at)
{
        for (size_t i = 0; i < c->out->count; i++)
                if (c->out->items[i].class == CHANGE_REFUSED &&
                    strcmp(c->out->items[i].subject, at->subject) == 0)
                        return true;
        return false;
}

static const char *type_of(const struct columns *c, const struct column *column)
{
        struct buf sql cleanup(buf_done);
        buf_init(&sql);
        column_type_sql(column, &sql);
        return arena_strdup(c->out->arena, buf_cstr(&sql));
}

static void compare_kept(const struct columns *c, const struct column *was, const struct column *is)
{
        const char *old_type = type_of(c, was), *new_type = type_of(c, is);
        if (strcmp(was->path, is->path) != 0) {
                change_add(c->out,
                           place(c, CHANGE_REFUSED, "COLUMN_REUSED", is->path,
                                 "give it another name with option (iochub.v1.field).column"),
                           "column %s holds what field %s sent and would be field %s's", was->name, was->path,
                           is->path);
        } else if (strcmp(old_type, new_type) != 0) {
                struct change at = place(c, CHANGE_REFUSED, "COLUMN_TYPE_CHANGED", is->path,
                                         "keep its type, or add a field");
                if (!is_told(c, &at))
                        change_add(c->out, at, "column %s is %s and would become %s", was->name, old_type,
                                   new_type);
        }
}

static void compare_gone(const struct columns *c, const struct column *was)
{
        const struct mtype *owner;
        const struct column *renamed = column_at(c->new, was->path);
        if (renamed != NULL) {
                change_add(c->out,
                           place(c, CHANGE_REFUSED, "COLUMN_RENAMED", was->path, "keep the column's name"),
                           "column %s would be %s: what is stored stays under the old name", was->name,
                           renamed->name);
        } else if (field_at(c->new, was->path, &owner) != NULL) {
                struct change at =
                    place(c, CHANGE_REFUSED, "COLUMN_MOVED", was->path, "keep it as it is stored");
                if (!is_told(c, &at))
                        change_add(c->out, at, "column %s would be empty: field %s goes into another column",
                                   was->name, was->path);
        } else {
                change_add(c->out, place(c, CHANGE_SAFE, "COLUMN_KEPT", was->path, ""),
                           "column %s stays, and is NULL in rows of this version", was->name);
        }
}

void columns_compare(const struct table *old, const struct table *new, struct changes *out)
{
        const struct columns c = { .old = old, .new = new, .out = out };
        for (size_t i = 0; i < old->column_count; i++) {
                const struct column *was = &old->columns[i], *is = column_named(new, was->name);
                if (is != NULL)
                        compare_kept(&c, was, is);
                else
                        compare_gone(&c, was);
        }
        for (size_t i = 0; i < new->column_count; i++) {
                const struct column *is = &new->columns[i];
                if (column_named(old, is->name) == NULL && column_at(old, is->path) == NULL)
                        change_add(out, place(&c, CHANGE_SAFE, "COLUMN_ADDED", is->path, ""),
                                   "column %s %s is new, NULL in rows that are there", is->name,
                                   type_of(&c, is));
        }
}

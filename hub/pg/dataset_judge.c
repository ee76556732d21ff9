// Whether a structure may be the next version of its dataset: against each version that was registered, the
// newest first, for messages of all of them are in topics and tables.
#include "hub/pg/dataset_int.h"

void registration_init(struct registration *r, struct pg *c, struct buf *problems)
{
        *r = (struct registration){ .c = c, .problems = problems, .first = true, .columns = map_new() };
        changes_init(&r->changes);
}

void registration_done(struct registration *r)
{
        table_free(r->table);
        schema_free(r->schema);
        buf_done(&r->subject);
        changes_done(&r->changes);
        map_free(r->columns);
}

int registration_load(struct registration *r, struct slice set, const char *message, bool partial)
{
        int rc = schema_examine(set, message, &r->schema, r->problems);
        if (r->schema == NULL || (rc != 0 && !partial))
                return 1;
        if (r->schema->dataset != NULL)
                buf_printf(&r->subject, "%s-value", r->schema->dataset->name);
        return table_new(r->schema, &r->table, r->problems) != 0 || rc != 0;
}

// Names of views that would show another thing.
static void compare_views(const struct table *old, const struct table *new, struct changes *out)
{
        const struct mtype *root = new->schema->root;
        struct buf lines cleanup(buf_done);
        buf_init(&lines);
        if (bi_compare(old, new, &lines) == 0)
                return;
        char *save = NULL, *text = arena_strdup(out->arena, buf_cstr(&lines));
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *what = strstr(line, ": "), *mend = strstr(line, "; ");
                if (mend != NULL)
                        *mend = '\0';
                change_add(out,
                           (struct change){ .class = CHANGE_REFUSED,
                                            .rule = "VIEW_CHANGED",
                                            .file = root->file,
                                            .line = root->line,
                                            .subject = root->full_name,
                                            .mend = mend ? mend + 2 : "" },
                           "%s", what ? what + 2 : line);
        }
}

static void compare_tables(const struct table *old, const struct table *new, struct changes *out)
{
        columns_compare(old, new, out);
        if (out->refused == 0)
                compare_views(old, new, out);
}

int dataset_compare(const struct compat_version *old, const struct compat_version *new, struct changes *out,
                    struct buf *problems)
{
        struct registration was, is;
        int rc = schema_compare(old, new, out, problems);
        registration_init(&was, NULL, problems);
        registration_init(&is, NULL, problems);
        // A message of the hub's own has no table.
        if (rc == 0 && schema_load(old->descriptor_set, old->message, &was.schema, problems) == 0 &&
            was.schema->dataset != NULL)
                rc = table_new(was.schema, &was.table, problems);
        if (rc == 0 && was.table != NULL &&
            (rc = registration_load(&is, new->descriptor_set, new->message, false)) == 0)
                compare_tables(was.table, is.table, out);
        registration_done(&was);
        registration_done(&is);
        return rc;
}

// The earlier version as this program reads it: what the hub does for each message of it.
static int load_version(const struct registry_entry *v, struct schema **schema, struct table **table,
                        struct err *e)
{
        struct buf said cleanup(buf_done);
        buf_init(&said);
        if (schema_load(v->descriptor_set, v->message, schema, &said) != 0 ||
            table_new(*schema, table, &said) != 0)
                return err_set(e, ERR_STATE,
                               "the registered version %u of %s (schema %u) cannot be loaded: %s", v->version,
                               v->dataset, v->id, buf_cstr(&said));
        return 0;
}

// What is refused, said once, with the newest version that stands against it.
static void tell(struct registration *r, const struct changes *found, uint32_t version, struct changes *told)
{
        for (size_t i = 0; i < found->count; i++) {
                const struct change *x = &found->items[i];
                size_t before = told->count;
                if (x->class != CHANGE_REFUSED)
                        continue;
                change_add(told, *x, "%s", x->what);
                if (told->count == before)
                        continue;
                struct change line = *x;
                line.what = arena_printf(told->arena, "%s (against version %u)", x->what, version);
                change_line(&line, r->problems);
        }
}

static void count_columns(struct registration *r, const struct table *t)
{
        for (size_t i = 0; t != NULL && i < t->column_count; i++)
                (void)map_set(r->columns, slice_str(t->columns[i].name), r);
}

// Columns of fields that are gone stay in the table, and count.
static void check_count(struct registration *r)
{
        count_columns(r, r->table);
        size_t count = map_count(r->columns) + system_column_count;
        const struct mtype *root = r->schema->root;
        if (count > TABLE_MAX)
                buf_printf(r->problems,
                           "%s:%d: %s: with those of earlier versions, which stay, the table would have %zu "
                           "columns and PostgreSQL takes %d; make a new dataset\n",
                           root->file, root->line, root->full_name, count, TABLE_MAX);
}

static int judge_version(struct registration *r, const struct registry_entry *v, struct changes *told,
                         struct err *e)
{
        struct compat_version old = { v->descriptor_set, v->message },
                              new = { r->schema->descriptor_set, r->schema->root->full_name };
        struct schema *schema = NULL;
        struct table *table = NULL;
        struct changes found, *out = r->compared == 0 ? &r->changes : &found;
        struct buf ignored cleanup(buf_done); // problems of the new version have been told
        buf_init(&ignored);
        changes_init(&found);
        int rc = load_version(v, &schema, &table, e);
        if (rc == 0 && schema_compare(&old, &new, out, &ignored) == 0 && r->table != NULL)
                compare_tables(table, r->table, out);
        count_columns(r, table);
        tell(r, out, v->version, told);
        table_free(table);
        schema_free(schema);
        changes_done(&found);
        r->compared++;
        return rc;
}

int registration_judge(struct registration *r, struct err *e)
{
        struct registry_entry v = { 0 };
        struct changes told;
        size_t before = r->problems->n;
        int rc = registry_latest(r->c, r->schema->dataset->name, &v, e);
        changes_init(&told);
        r->first = rc == 1;
        while (rc == 0) {
                uint32_t version = v.version;
                rc = judge_version(r, &v, &told, e);
                registry_entry_done(&v);
                if (rc != 0 || version == 1)
                        break;
                rc = registry_version(r->c, r->schema->dataset->name, version - 1, &v, e);
        }
        registry_entry_done(&v);
        changes_done(&told);
        if (rc >= 0)
                check_count(r);
        return rc < 0 ? rc : r->problems->n != before;
}

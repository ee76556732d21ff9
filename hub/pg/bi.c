// The views of a dataset's tables; those of list elements are in bi_list.c.
#include "hub/pg/bi.h"

#include <stdio.h>

#include "hub/pg/conn.h"

static const char operation_reading[] =
    "CASE %s.\"_operation\" WHEN 'PUT' THEN 'Ghi' WHEN 'DELETE' THEN 'Xoá' "
    "WHEN 'CORRECT' THEN 'Đính chính' WHEN 'RETRACT' THEN 'Rút lại' END";

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);
        return n > m && strcmp(text + n - m, end) == 0;
}

bool bi_reserved(const char *table)
{
        return strcmp(table, "ngay") == 0 || ends_with(table, "_lich_su") || ends_with(table, "_dinh_chinh");
}

const char *bi_source(struct bi *bi, const char *schema)
{
        return arena_printf(bi->a, "%s.\"%s\" d", schema, bi->t->schema->dataset->table);
}

const char *bi_current(struct bi *bi)
{
        if (table_upserts(bi->t))
                return "";
        return arena_printf(bi->a,
                            "NOT EXISTS (SELECT FROM part.\"%s_amended\" a WHERE a.\"_relates_to\" = "
                            "d.\"_message_id\" AND a.\"_agency\" = d.\"_agency\")",
                            bi->t->schema->dataset->table);
}

const char *bi_title(const struct bi *bi)
{
        const struct dataset *d = bi->t->schema->dataset;
        return *d->title_vi ? d->title_vi : bi_vietnamese(bi->a, bi->t->schema->root->comment);
}

const struct column *bi_event_column(const struct table *t)
{
        const struct field *f = t->schema->dataset->event_time;
        for (size_t i = 0; f != NULL && i < t->column_count; i++)
                if (t->columns[i].field == f && strchr(t->columns[i].path, '.') == NULL)
                        return &t->columns[i];
        return NULL;
}

// In APPEND tables the event time's column and _event_time are the same instant, and partitions are made by
// the latter: whoever asks for a period of the former must not have all months read.
const char *bi_expression(struct bi *bi, const struct column *c)
{
        if (!table_upserts(bi->t) && c == bi_event_column(bi->t) && c->cell == CELL_TIMESTAMP)
                return "d.\"_event_time\"";
        return arena_printf(bi->a, "d.\"%s\"", c->name);
}

// google.protobuf.Any is two columns: what it holds, and its bytes.
static void add_any(struct bi_view *v, const struct column *c, const char *value)
{
        struct arena *a = v->bi->a;
        const char *vi = bi_vietnamese(a, c->comment), *gap = *vi ? ": " : "";
        bi_view_make(v, c->name, "_kieu", "tdl", arena_printf(a, "%s ->> '@type'", value),
                     arena_printf(a, "%s%skiểu", vi, gap), arena_printf(a, "type %s", c->path));
        bi_view_make(v, c->name, "_noi_dung", "tdl",
                     arena_printf(a, "decode(%s ->> 'value', 'base64')", value),
                     arena_printf(a, "%s%snội dung", vi, gap), arena_printf(a, "content %s", c->path));
}

static bool is_any(const struct column *c)
{
        return c->cell == CELL_JSON && !c->field->repeated && c->field->type == TYPE_MESSAGE &&
               c->field->message->well_known == WK_ANY;
}

// Whether the column stands in the view under its own name.
static bool shown(const struct column *c)
{
        return !bi_list_replaces(c) && !is_any(c);
}

static void add_data_column(struct bi_view *v, const struct column *c)
{
        struct arena *a = v->bi->a;
        const char *value = bi_expression(v->bi, c);
        if (is_any(c)) {
                add_any(v, c, value);
                return;
        }
        if (!shown(c))
                return;
        const struct field *f = c->field;
        bool presence_only = c->cell == CELL_JSON && !f->repeated && f->type == TYPE_MESSAGE &&
                             f->message->count == 0 && f->column_type != COLUMN_JSONB;
        bi_view_add(v, c->name, presence_only ? arena_printf(a, "%s IS NOT NULL", value) : value, c->comment,
                    arena_printf(a, "data %s", c->path));
        if (c->cell == CELL_ENUM && !c->array)
                bi_view_reading(v, c->name, c->path, f->enumeration, value, c->comment);
        if (c == bi_event_column(v->bi->t))
                bi_view_day(v, c->name, value, c->comment, c->path);
}

// All of a table: data.x, or history.x with what only that keeps.
static void table_view(struct bi *bi, const char *name, const char *schema, const char *where,
                       const char *about)
{
        const struct table *t = bi->t;
        bool history = *schema == 'h';
        struct bi_view v;
        bi_view_init(&v, bi, name, bi_source(bi, schema), where, about);
        for (size_t i = 0; i < t->column_count; i++)
                if (shown(&t->columns[i]))
                        bi_view_keep(&v, t->columns[i].name);
        for (size_t i = 0; i < t->column_count; i++)
                add_data_column(&v, &t->columns[i]);
        for (size_t i = 0; i < system_column_count; i++) {
                const struct system_column *c = &system_columns[i];
                if (c->history && !history)
                        continue;
                bi_view_system(&v, c, "d");
                if (strcmp(c->name, "_operation") == 0)
                        bi_view_make(&v, c->reading, "_ten", "tdl",
                                     arena_printf(bi->a, operation_reading, "d"), "Thao tác: tên gọi",
                                     "reading _operation");
                if (strcmp(c->name, "_received_at") == 0 && bi_event_column(t) == NULL)
                        bi_view_day(&v, c->reading, "d.\"_received_at\"", c->comment, c->name);
        }
        bi_view_put(&v);
        bi_view_done(&v);
}

static void amended_view(struct bi *bi)
{
        const char *table = bi->t->schema->dataset->table;
        struct bi_view v;
        bi_view_init(&v, bi, arena_printf(bi->a, "%s_dinh_chinh", table),
                     arena_printf(bi->a, "part.\"%s_amended\" d", table), "",
                     arena_printf(bi->a, "%s: các lần đính chính, rút lại", bi_title(bi)));
        for (size_t i = 0; i < system_column_count; i++) {
                bi_view_system(&v, &system_columns[i], "d");
                if (strcmp(system_columns[i].name, "_operation") == 0)
                        bi_view_make(&v, system_columns[i].reading, "_ten", "tdl",
                                     arena_printf(bi->a, operation_reading, "d"), "Thao tác: tên gọi",
                                     "reading _operation");
        }
        bi_view_put(&v);
        bi_view_done(&v);
}

static void make_views(struct bi *bi)
{
        const char *table = bi->t->schema->dataset->table;
        bi->names = map_new();
        for (size_t i = 0; i < bi->t->column_count; i++)
                bi_list_keep(bi, &bi->t->columns[i]);
        table_view(bi, table, "data", bi_current(bi), bi_title(bi));
        if (table_upserts(bi->t))
                table_view(bi, arena_printf(bi->a, "%s_lich_su", table), "history", "",
                           arena_printf(bi->a, "%s: mọi phiên bản", bi_title(bi)));
        else
                amended_view(bi);
        for (size_t i = 0; i < bi->t->column_count; i++)
                bi_list_views(bi, &bi->t->columns[i]);
        bi->names = map_free(bi->names);
}

#define BLOCK (64 * 1024)

void bi_views(const struct table *t, struct buf *sql)
{
        struct bi bi = { .t = t, .a = arena_new(BLOCK), .sql = sql, .readings = map_new() };
        make_views(&bi);
        map_free(bi.readings);
        arena_free(bi.a);
}

static bool has_field(const struct mtype *type, const char *path)
{
        for (size_t n; type != NULL && *path != '\0'; path += n + (path[n] == '.')) {
                n = strcspn(path, ". ");
                const struct field *f = mtype_field_named(type, slice_of(path, n));
                if (f == NULL || path[n] == ' ')
                        return f != NULL;
                type = f->map ? f->message->fields[1].message : f->message;
        }
        return *path == '\0';
}

// Of what stands in list elements nothing but the views tells when another option takes its column away.
static bool lost(const struct table *new, const char *source)
{
        return strncmp(source, "list ", 5) == 0 && has_field(new->schema->root, source + 5);
}

int bi_compare(const struct table *old, const struct table *new, struct buf *problems)
{
        struct arena *a = arena_new(BLOCK);
        struct bi was = { .t = old, .a = a, .readings = map_new(), .columns = map_new() };
        struct bi is = { .t = new, .a = a, .readings = map_new(), .columns = map_new() };
        make_views(&was);
        make_views(&is);
        size_t before = problems->n, at = 0;
        struct slice name;
        for (void *source; map_next(was.columns, &at, &name, &source);) {
                const char *now = map_get(is.columns, name);
                if (now != NULL && strcmp(now, source) != 0)
                        buf_printf(problems,
                                   "%s: column %.*s of the views shows %s and would show %s; set option "
                                   "(iochub.v1.field).column of the new field\n",
                                   new->schema->root->full_name, (int)name.n, (const char *)name.p,
                                   (const char *)source, now);
                else if (now == NULL && lost(new, source))
                        buf_printf(
                            problems,
                            "%s: column %.*s of the views shows %s and would be gone; keep the field's "
                            "options `column` and `type`\n",
                            new->schema->root->full_name, (int)name.n, (const char *)name.p,
                            (const char *)source);
        }
        map_free(was.readings), map_free(was.columns);
        map_free(is.readings), map_free(is.columns);
        arena_free(a);
        return problems->n != before;
}

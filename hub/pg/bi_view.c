// One view: its columns with their names, and the call of hub.put_view (deploy/sql/003_bi.sql) that makes it.
#include <stdio.h>

#include "hub/base/digest.h"
#include "hub/pg/bi.h"
#include "hub/pg/conn.h"

#define COLUMNS_MAX 1500 // made columns stop here: PostgreSQL takes 1600
#define ZONE        "Asia/Ho_Chi_Minh"

void bi_view_init(struct bi_view *v, struct bi *bi, const char *name, const char *source, const char *where,
                  const char *about)
{
        *v = (struct bi_view){
                .bi = bi, .name = name, .source = source, .where = where, .about = about, .taken = map_new()
        };
        buf_init(&v->joins);
}

void bi_view_done(struct bi_view *v)
{
        v->taken = map_free(v->taken);
        buf_done(&v->joins);
}

const char *bi_name(struct arena *a, const char *base, const char *suffix)
{
        size_t n = strlen(base), m = strlen(suffix);
        if (n + m <= NAME_MAX_BYTES)
                return arena_printf(a, "%s%s", base, suffix);
        uint8_t sum[SHA256_SIZE];
        struct digest *d = digest_new();
        digest_sha256(d, slice_str(base), sum);
        digest_free(d);
        return arena_printf(a, "%.*s_%02x%02x%02x%02x%s", (int)(NAME_MAX_BYTES - m - 9), base, sum[0], sum[1],
                            sum[2], sum[3], suffix);
}

const char *bi_vietnamese(struct arena *a, const char *comment)
{
        const char *split = strstr(comment, " | ");
        return split ? arena_strndup(a, comment, (size_t)(split - comment)) : comment;
}

void bi_view_keep(struct bi_view *v, const char *name)
{
        (void)map_set(v->taken, slice_str(name), v);
}

void bi_view_add(struct bi_view *v, const char *name, const char *expression, const char *comment,
                 const char *source)
{
        if (v->count == v->cap) {
                size_t cap = v->cap ? 2 * v->cap : 64;
                struct bi_column *columns = arena_alloc(v->bi->a, cap * sizeof(*columns));
                if (v->count > 0)
                        memcpy(columns, v->columns, v->count * sizeof(*columns));
                v->columns = columns, v->cap = cap;
        }
        bi_view_keep(v, name);
        v->columns[v->count++] =
            (struct bi_column){ name, expression, bi_vietnamese(v->bi->a, comment), source };
}

void bi_view_make(struct bi_view *v, const char *base, const char *suffix, const char *prefix,
                  const char *expression, const char *comment, const char *source)
{
        if (v->count >= COLUMNS_MAX)
                return;
        const char *name = bi_name(v->bi->a, base, suffix);
        while (map_get(v->taken, slice_str(name)) != NULL)
                name = bi_name(v->bi->a, base = arena_printf(v->bi->a, "%s_%s", prefix, base), suffix);
        bi_view_add(v, name, expression, comment, source);
}

// hub.reading gets the values of an enum once a column, however many views show it.
static void write_readings(struct bi *bi, const char *path, const struct etype *e)
{
        if (bi->sql == NULL || map_set(bi->readings, slice_str(path), bi) != NULL)
                return;
        for (size_t i = 0; i < e->count; i++) {
                const struct enum_value *v = &e->values[i];
                const char *split = strstr(v->comment, " | ");
                buf_add_str(bi->sql,
                            i ? ", ("
                              : "INSERT INTO hub.reading (dataset, column_name, value, vi, en) VALUES (");
                const char *const texts[] = { bi->t->schema->dataset->name, path, v->name,
                                              *v->comment ? bi_vietnamese(bi->a, v->comment) : v->name,
                                              split ? split + 3 : v->name };
                for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++) {
                        buf_add_str(bi->sql, k ? ", " : "");
                        pg_quote_text(bi->sql, texts[k]);
                }
                buf_add_char(bi->sql, ')');
        }
        buf_add_str(
            bi->sql,
            " ON CONFLICT (dataset, column_name, value) DO UPDATE SET vi = excluded.vi, en = excluded.en;\n");
}

// A left join over hub.reading's whole key: PostgreSQL drops it where nobody asks for the column.
void bi_view_reading(struct bi_view *v, const char *base, const char *path, const struct etype *e,
                     const char *expression, const char *comment)
{
        struct arena *a = v->bi->a;
        if (v->count >= COLUMNS_MAX)
                return;
        size_t n = ++v->join_count;
        write_readings(v->bi, path, e);
        buf_printf(&v->joins, " LEFT JOIN hub.reading r%zu ON r%zu.dataset = ", n, n);
        pg_quote_text(&v->joins, v->bi->t->schema->dataset->name);
        buf_printf(&v->joins, " AND r%zu.column_name = ", n);
        pg_quote_text(&v->joins, path);
        buf_printf(&v->joins, " AND r%zu.value = %s COLLATE \"default\"", n, expression);
        const char *vi = bi_vietnamese(a, comment);
        bi_view_make(v, base, "_ten", "tdl",
                     arena_printf(a, "coalesce(r%zu.vi, %s COLLATE \"default\")", n, expression),
                     arena_printf(a, "%s%stên gọi", vi, *vi ? ": " : ""),
                     arena_printf(a, "reading %s", path));
}

void bi_view_day(struct bi_view *v, const char *base, const char *expression, const char *comment,
                 const char *source)
{
        struct arena *a = v->bi->a;
        const char *vi = bi_vietnamese(a, comment);
        bi_view_make(v, base, "_ngay", "tdl",
                     arena_printf(a, "(%s AT TIME ZONE '" ZONE "')::date", expression),
                     arena_printf(a, "%s%sngày theo giờ Việt Nam, nối với bi.ngay", vi, *vi ? ": " : ""),
                     arena_printf(a, "day %s", source));
}

void bi_view_system(struct bi_view *v, const struct system_column *c, const char *alias)
{
        struct arena *a = v->bi->a;
        bi_view_make(v, c->reading, "", "tdl", arena_printf(a, "%s.\"%s\"", alias, c->name), c->comment,
                     arena_printf(a, "system %s", c->name));
}

static void add_array(struct bi_view *v, size_t offset)
{
        struct buf *sql = v->bi->sql;
        for (size_t i = 0; i < v->count; i++) {
                const char *text;
                memcpy(&text, (const char *)&v->columns[i] + offset, sizeof(text));
                buf_add_str(sql, i ? ", " : ", ARRAY[");
                pg_quote_text(sql, text);
        }
        buf_add_str(sql, "]::text[]");
}

static void collect(const struct bi_view *v)
{
        struct bi *bi = v->bi;
        for (size_t i = 0; i < v->count; i++) {
                const char *key = arena_printf(bi->a, "%s.%s", v->name, v->columns[i].name);
                (void)map_set(bi->columns, slice_str(key), (void *)(uintptr_t)v->columns[i].source);
        }
}

void bi_view_put(struct bi_view *v)
{
        struct buf *sql = v->bi->sql;
        v->bi->views++;
        if (v->bi->columns != NULL)
                collect(v);
        if (sql == NULL)
                return;
        buf_add_str(sql, "SELECT hub.put_view(");
        pg_quote_text(sql, v->name);
        add_array(v, offsetof(struct bi_column, name));
        add_array(v, offsetof(struct bi_column, expression));
        add_array(v, offsetof(struct bi_column, comment));
        buf_add_str(sql, ", ");
        pg_quote_text(sql, arena_printf(v->bi->a, "%s%s%s%s", v->source, buf_cstr(&v->joins),
                                        *v->where ? " WHERE " : "", v->where));
        buf_add_str(sql, ", ");
        pg_quote_text(sql, v->about);
        buf_add_str(sql, ");\n");
}

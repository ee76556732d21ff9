// DDL of a dataset: data.x; for UPSERT history.x and part.x_gone (the newest deletion of each key), for
// APPEND part.x_amended (what corrections and retractions name) and an index over its natural key; comments.
// The views are made by bi.c. Identifiers are quoted throughout; roles and schemas are those of
// deploy/sql/001_base.sql.
#include "hub/pg/bi.h"
#include "hub/pg/conn.h"

#define HUB_ROLE "iochub_hub"

const struct system_column system_columns[] = {
        { "_agency", "text COLLATE \"C\"", "Cơ quan gửi | Sending agency", "co_quan_gui" },
        { "_provider", "text", "Cơ quan có dữ liệu | Agency whose data it is", "co_quan_cung_cap" },
        { "_message_id", "uuid", "Mã thông điệp dữ liệu | Id of the data message", "ma_thong_diep" },
        { "_event_time", "timestamp with time zone", "Thời điểm sự kiện | Event time", "thoi_diem_su_kien",
          .nullable = true },
        { "_received_at", "timestamp with time zone",
          "Thời điểm trục nhận được | When the broker received it", "thoi_diem_nhan" },
        { "_feed", "integer", "Nguồn cấp (hub.feed) | Feed (hub.feed)", "nguon_cap" },
        { "_part", "integer", "Phân vùng của nguồn cấp | Partition of the feed", "phan_vung" },
        { "_offset", "bigint", "Vị trí trong phân vùng | Offset in the partition", "vi_tri" },
        { "_schema", "integer", "Cấu trúc dữ liệu (hub.schema) | Exchange structure (hub.schema)",
          "cau_truc" },
        { "_flags", "text[]", "Các quy tắc bị đánh dấu | Rules that flagged the row", "danh_dau" },
        { "_digest", "bytea", "SHA-256 của dữ liệu gốc | SHA-256 of the data bytes", "ma_bam" },
        { "_operation", "text",
          "Thao tác: PUT, DELETE, CORRECT, RETRACT | Operation: PUT, DELETE, CORRECT, RETRACT", "thao_tac",
          .history = true },
        { "_relates_to", "uuid",
          "Thông điệp được đính chính, rút lại | Message that this one corrects or takes back",
          "thong_diep_lien_quan", .nullable = true, .history = true },
        { "_reason", "text", "Lý do đính chính, rút lại | Reason of the correction or retraction", "ly_do",
          .nullable = true, .history = true },
};
const size_t system_column_count = sizeof system_columns / sizeof *system_columns;

void column_type_sql(const struct column *c, struct buf *out)
{
        buf_add_str(out, cell_types[c->cell].sql);
        if (c->array)
                buf_add_str(out, "[]");
}

static void add_name(struct buf *sql, const char *schema, const struct table *t)
{
        buf_add_str(sql, schema);
        buf_add_char(sql, '.');
        pg_quote_name(sql, t->schema->dataset->table);
}

// Keys compare by bytes: an index over them needs no rules of a language, and is faster without.
static void add_column_sql(struct buf *sql, const struct column *c)
{
        pg_quote_name(sql, c->name);
        buf_add_char(sql, ' ');
        column_type_sql(c, sql);
        if (c->key && (c->cell == CELL_TEXT || c->cell == CELL_ENUM))
                buf_add_str(sql, " COLLATE \"C\"");
        if (c->key)
                buf_add_str(sql, " NOT NULL");
}

static void add_system_sql(struct buf *sql, const struct system_column *c, bool required)
{
        pg_quote_name(sql, c->name);
        buf_printf(sql, " %s%s", c->type, c->nullable && !required ? "" : " NOT NULL");
}

static void add_primary_key(struct buf *sql, const struct table *t)
{
        buf_add_str(sql, "        PRIMARY KEY (\"_agency\"");
        for (const struct column *const *k = t->key; *k != NULL; k++) {
                buf_add_str(sql, ", ");
                pg_quote_name(sql, (*k)->name);
        }
        buf_add_char(sql, ')');
}

static void create_table(struct buf *sql, const struct table *t, const char *schema, bool history)
{
        bool keyed = table_upserts(t) && !history;
        buf_add_str(sql, "CREATE TABLE ");
        add_name(sql, schema, t);
        buf_add_str(sql, " (\n");
        for (size_t i = 0; i < t->column_count; i++) {
                buf_add_str(sql, "        ");
                add_column_sql(sql, &t->columns[i]);
                buf_add_str(sql, ",\n");
        }
        const char *separator = "";
        for (size_t i = 0; i < system_column_count; i++) {
                if (system_columns[i].history && !history)
                        continue;
                buf_printf(sql, "%s        ", separator);
                add_system_sql(sql, &system_columns[i],
                               !keyed && strcmp(system_columns[i].name, t->time_column) == 0);
                separator = ",\n";
        }
        if (keyed) {
                buf_add_str(sql, ",\n");
                add_primary_key(sql, t);
                buf_add_str(sql, "\n);\n");
        } else {
                buf_printf(sql, "\n) PARTITION BY RANGE (\"%s\");\n", t->time_column);
        }
}

// Deletions outlive their row here, so that an older version that comes late does not bring the row back.
static void create_gone(struct buf *sql, const struct table *t)
{
        buf_printf(sql, "CREATE TABLE part.\"%s_gone\" (\n        \"_agency\" text COLLATE \"C\" NOT NULL,\n",
                   t->schema->dataset->table);
        for (const struct column *const *k = t->key; *k != NULL; k++) {
                buf_add_str(sql, "        ");
                add_column_sql(sql, *k);
                buf_add_str(sql, ",\n");
        }
        buf_add_str(sql, "        \"_event_time\" timestamp with time zone,\n"
                         "        \"_received_at\" timestamp with time zone NOT NULL,\n"
                         "        \"_feed\" integer NOT NULL,\n        \"_part\" integer NOT NULL,\n"
                         "        \"_offset\" bigint NOT NULL,\n");
        add_primary_key(sql, t);
        buf_printf(sql,
                   "\n);\nGRANT SELECT, INSERT, UPDATE ON part.\"%s_gone\" TO " HUB_ROLE ";\n"
                   "COMMENT ON TABLE part.\"%s_gone\" IS 'Lần xoá mới nhất của mỗi khoá | Newest deletion of "
                   "each key';\n",
                   t->schema->dataset->table, t->schema->dataset->table);
}

// Corrections and retractions of messages whose rows are never rewritten; bi.x leaves out what is named here.
static void create_amended(struct buf *sql, const struct table *t)
{
        const char *name = t->schema->dataset->table;
        buf_printf(sql, "CREATE TABLE IF NOT EXISTS part.\"%s_amended\" (\n", name);
        for (const struct system_column *c = system_columns; c < system_columns + system_column_count; c++) {
                buf_add_str(sql, c == system_columns ? "        " : ",\n        ");
                add_system_sql(sql, c, c->history);
        }
        buf_printf(sql,
                   "\n);\nCREATE INDEX IF NOT EXISTS \"%s_amended_of\" ON part.\"%s_amended\" "
                   "(\"_relates_to\", \"_agency\");\n"
                   "GRANT SELECT, INSERT ON part.\"%s_amended\" TO " HUB_ROLE ";\n"
                   "COMMENT ON TABLE part.\"%s_amended\" IS 'Các lần đính chính, rút lại | Corrections and "
                   "retractions';\n",
                   name, name, name, name);
}

// Finds what a message with a natural key repeats. Not unique: a correction has the identity of what it
// corrects.
static void create_identity(struct buf *sql, const struct table *t)
{
        const char *name = t->schema->dataset->table;
        buf_printf(sql, "CREATE INDEX IF NOT EXISTS \"%s_identity\" ON data.\"%s\" (\"_agency\"", name, name);
        for (const struct column *const *k = t->key; *k != NULL; k++) {
                buf_add_str(sql, ", ");
                pg_quote_name(sql, (*k)->name);
        }
        buf_add_str(sql, t->schema->dataset->event_time ? ", \"_event_time\");\n" : ");\n");
}

static bool among(const char *const *names, const char *name)
{
        for (; *names != NULL; names++)
                if (strcmp(*names, name) == 0)
                        return true;
        return false;
}

static void alter_table(struct buf *sql, const struct table *t, const char *schema,
                        const char *const *existing)
{
        for (size_t i = 0; i < t->column_count; i++) {
                if (among(existing, t->columns[i].name))
                        continue;
                buf_add_str(sql, "ALTER TABLE ");
                add_name(sql, schema, t);
                buf_add_str(sql, " ADD COLUMN ");
                add_column_sql(sql, &t->columns[i]);
                buf_add_str(sql, ";\n");
        }
}

static void comment_column(struct buf *sql, const struct table *t, const char *schema, const char *name,
                           const char *text)
{
        if (*text == '\0')
                return;
        buf_add_str(sql, "COMMENT ON COLUMN ");
        add_name(sql, schema, t);
        buf_add_char(sql, '.');
        pg_quote_name(sql, name);
        buf_add_str(sql, " IS ");
        pg_quote_text(sql, text);
        buf_add_str(sql, ";\n");
}

static void comment_table(struct buf *sql, const struct table *t, const char *schema)
{
        const struct dataset *d = t->schema->dataset;
        const char *comment = t->schema->root->comment;
        bool titled = *d->title_vi || *d->title_en;
        const char *text = !titled ? comment
                                   : arena_printf(t->arena, "%s%s%s%s%s", d->title_vi,
                                                  *d->title_vi && *d->title_en ? " | " : "", d->title_en,
                                                  *comment ? "\n" : "", comment);
        buf_add_str(sql, "COMMENT ON TABLE ");
        add_name(sql, schema, t);
        buf_add_str(sql, " IS ");
        pg_quote_text(sql, text);
        buf_add_str(sql, ";\n");
}

static void comment_all(struct buf *sql, const struct table *t, const char *schema, bool history)
{
        comment_table(sql, t, schema);
        for (size_t i = 0; i < t->column_count; i++)
                comment_column(sql, t, schema, t->columns[i].name, t->columns[i].comment);
        for (size_t i = 0; i < system_column_count; i++)
                if (history || !system_columns[i].history)
                        comment_column(sql, t, schema, system_columns[i].name, system_columns[i].comment);
}

static void create_all(struct buf *sql, const struct table *t)
{
        create_table(sql, t, "data", false);
        if (table_upserts(t)) {
                create_table(sql, t, "history", true);
                create_gone(sql, t);
        }
}

// What a dataset registered by an older program may lack as well.
static void complete(struct buf *sql, const struct table *t)
{
        if (!table_upserts(t))
                create_amended(sql, t);
        if (table_identified(t))
                create_identity(sql, t);
        comment_all(sql, t, "data", false);
        if (table_upserts(t))
                comment_all(sql, t, "history", true);
        bi_views(t, sql);
        buf_add_str(sql, "UPDATE hub.dataset SET recipe = " TABLE_RECIPE_TEXT " WHERE name = ");
        pg_quote_text(sql, t->schema->dataset->name);
        buf_add_str(sql, ";\n");
}

void table_ddl(const struct table *t, const char *const *existing, struct buf *sql)
{
        if (existing == NULL) {
                create_all(sql, t);
        } else {
                // In the order in which the fold locks them, or a hub at work and this would wait for each
                // other.
                if (table_upserts(t))
                        alter_table(sql, t, "history", existing);
                alter_table(sql, t, "data", existing);
        }
        complete(sql, t);
}

void table_redo_ddl(const struct table *t, struct buf *sql)
{
        complete(sql, t);
}

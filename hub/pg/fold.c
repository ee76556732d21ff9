// The statements of a batch. APPEND rows are copied straight into data.x. UPSERT rows go to a staging table
// and are folded: all into history.x; of each key the newest, where it is newer than what is there, into
// data.x or out of it.
//
// Newer is a matter of (feed, part, offset): a feed that was reset goes on under a greater id. Datasets
// ordered by event time put that first, and take the time of receipt where a message has none. Deletions are
// kept in part.x_gone, so that an older version which comes late does not bring its row back.
//
// A retraction takes the row out where the message that it names wrote it. Where the feed's order decides, it
// stays behind as a deletion does; where event times decide it does not, since what it took back never was,
// and an older version is right. There, a correction takes the place of the message that it names whatever
// its own event time is: that time may be what was wrong.
#include "hub/pg/conn.h"
#include "hub/pg/plan.h"

static const char *keep(const struct table *t, struct buf *sql)
{
        const char *text = arena_strdup(t->arena, buf_cstr(sql));
        buf_reset(sql);
        return text;
}

// prefix name, … of the key, agency first.
static void add_key(struct buf *sql, const struct table *t, const char *prefix)
{
        buf_printf(sql, "%s\"_agency\"", prefix);
        for (const struct column *const *k = t->key; *k != NULL; k++) {
                buf_printf(sql, ", %s", prefix);
                pg_quote_name(sql, (*k)->name);
        }
}

static void add_key_equality(struct buf *sql, const struct table *t, const char *left)
{
        buf_printf(sql, "%s.\"_agency\" = s.\"_agency\"", left);
        for (const struct column *const *k = t->key; *k != NULL; k++) {
                buf_printf(sql, " AND %s.", left);
                pg_quote_name(sql, (*k)->name);
                buf_add_str(sql, " = s.");
                pg_quote_name(sql, (*k)->name);
        }
}

static void add_order(struct buf *sql, const struct table *t, const char *prefix, const char *direction)
{
        if (t->schema->dataset->order_by_event_time)
                buf_printf(sql, "coalesce(%s\"_event_time\", %s\"_received_at\")%s, ", prefix, prefix,
                           direction);
        buf_printf(sql, "%s\"_feed\"%s, %s\"_part\"%s, %s\"_offset\"%s", prefix, direction, prefix, direction,
                   prefix, direction);
}

static void add_newer(struct buf *sql, const struct table *t, const char *newer, const char *older)
{
        buf_add_char(sql, '(');
        add_order(sql, t, newer, "");
        buf_add_str(sql, ") > (");
        add_order(sql, t, older, "");
        buf_add_char(sql, ')');
}

static size_t data_system_columns(void)
{
        size_t n = 0;
        for (size_t i = 0; i < system_column_count; i++)
                n += !system_columns[i].history;
        return n;
}

static void add_columns(struct buf *sql, const struct table *t, bool history)
{
        for (size_t i = 0; i < t->column_count; i++) {
                buf_add_str(sql, i ? ", " : "");
                pg_quote_name(sql, t->columns[i].name);
        }
        for (size_t i = 0; i < system_column_count; i++)
                if (history || !system_columns[i].history)
                        buf_printf(sql, ", \"%s\"", system_columns[i].name);
}

// Statements of the fold, in their order. stage names the staging table.
static void keep_history(struct buf *sql, const struct table *t, const char *stage)
{
        buf_printf(sql, "INSERT INTO history.\"%s\" (", t->schema->dataset->table);
        add_columns(sql, t, true);
        buf_add_str(sql, ") SELECT ");
        add_columns(sql, t, true);
        buf_printf(sql, " FROM %s;\n", stage);
}

static void keep_newest(struct buf *sql, const struct table *t, const char *stage)
{
        buf_printf(sql, "DELETE FROM %s s USING (SELECT ctid AS place, row_number() OVER (PARTITION BY ",
                   stage);
        add_key(sql, t, "");
        buf_add_str(sql, " ORDER BY ");
        add_order(sql, t, "", " DESC");
        buf_printf(sql, ") AS nth FROM %s) o WHERE o.nth > 1 AND s.ctid = o.place;\n", stage);
}

static void add_removal(struct buf *sql, const struct table *t, const char *stage)
{
        buf_printf(sql, "DELETE FROM data.\"%s\" d USING %s s WHERE ", t->schema->dataset->table, stage);
        add_key_equality(sql, t, "d");
        buf_add_str(sql, " AND ");
        add_newer(sql, t, "s.", "d.");
        buf_add_str(sql, " AND ");
}

static void remove_deleted(struct buf *sql, const struct table *t, const char *stage)
{
        add_removal(sql, t, stage);
        buf_add_str(sql, "s.\"_operation\" = 'DELETE';\n");
}

// Where a later version of the schema has added columns, a row of this one must not keep what they held: it
// is removed and inserted. The count is a filter that is looked at once, so where it does not hold, nothing
// is joined.
static void remove_wider(struct buf *sql, const struct table *t, const char *stage)
{
        add_removal(sql, t, stage);
        buf_printf(sql,
                   "s.\"_operation\" IN ('PUT', 'CORRECT') AND "
                   "(SELECT count(*) FROM pg_attribute WHERE attrelid = 'data.\"%s\"'::regclass AND attnum > "
                   "0 AND NOT "
                   "attisdropped) > %zu;\n",
                   t->schema->dataset->table, t->column_count + data_system_columns());
}

// The rows of source become deletions.
static void add_tombstones(struct buf *sql, const struct table *t, const char *source)
{
        const char *rest = "\"_event_time\", \"_received_at\", \"_feed\", \"_part\", \"_offset\"";
        buf_printf(sql, "INSERT INTO part.\"%s_gone\" AS g (", t->schema->dataset->table);
        add_key(sql, t, "");
        buf_printf(sql, ", %s) SELECT ", rest);
        add_key(sql, t, "");
        buf_printf(sql, ", %s FROM %s ON CONFLICT (", rest, source);
        add_key(sql, t, "");
        buf_printf(
            sql,
            ") DO UPDATE SET (%s) = (excluded.\"_event_time\", excluded.\"_received_at\", excluded.\"_feed\","
            " excluded.\"_part\", excluded.\"_offset\") WHERE ",
            rest);
        add_newer(sql, t, "excluded.", "g.");
        buf_add_str(sql, ";\n");
}

static void keep_tombstones(struct buf *sql, const struct table *t, const char *stage)
{
        add_tombstones(sql, t, arena_printf(t->arena, "%s WHERE \"_operation\" = 'DELETE'", stage));
}

// Of the data row that a staged message names, whatever the order says.
static void add_removal_of_named(struct buf *sql, const struct table *t, const char *stage,
                                 const char *operation)
{
        buf_printf(sql, "DELETE FROM data.\"%s\" d USING %s s WHERE ", t->schema->dataset->table, stage);
        add_key_equality(sql, t, "d");
        buf_printf(sql, " AND s.\"_operation\" = '%s' AND d.\"_message_id\" = s.\"_relates_to\"", operation);
}

static const char *amend_sql(const struct table *t, const char *stage, struct buf *sql)
{
        if (t->schema->dataset->order_by_event_time) {
                add_removal_of_named(sql, t, stage, "CORRECT");
                buf_add_str(sql, ";\n");
                add_removal_of_named(sql, t, stage, "RETRACT");
        } else {
                buf_add_str(sql, "WITH taken AS (");
                add_removal_of_named(sql, t, stage, "RETRACT");
                buf_add_str(sql, " RETURNING s.*) ");
                add_tombstones(sql, t, "taken");
        }
        return keep(t, sql);
}

// " (a, b) = (excluded.a, excluded.b)" of all but the key.
static void add_assignment(struct buf *sql, const struct table *t)
{
        const char *const prefixes[] = { "", "excluded." };
        for (size_t side = 0; side < 2; side++) {
                const char *separator = side ? " = (" : "(";
                for (size_t i = 0; i < t->column_count; i++) {
                        if (t->columns[i].key)
                                continue;
                        buf_printf(sql, "%s%s\"%s\"", separator, prefixes[side], t->columns[i].name);
                        separator = ", ";
                }
                for (size_t i = 1; i < system_column_count; i++) { // the first is _agency
                        if (system_columns[i].history)
                                continue;
                        buf_printf(sql, "%s%s\"%s\"", separator, prefixes[side], system_columns[i].name);
                        separator = ", ";
                }
                buf_add_char(sql, ')');
        }
}

static void insert_newest(struct buf *sql, const struct table *t, const char *stage)
{
        buf_printf(sql, "INSERT INTO data.\"%s\" AS d (", t->schema->dataset->table);
        add_columns(sql, t, false);
        buf_add_str(sql, ") SELECT ");
        add_columns(sql, t, false);
        buf_printf(sql,
                   " FROM %s s WHERE \"_operation\" IN ('PUT', 'CORRECT') AND NOT EXISTS (SELECT FROM "
                   "part.\"%s_gone\" g WHERE ",
                   stage, t->schema->dataset->table);
        add_key_equality(sql, t, "g");
        buf_add_str(sql, " AND ");
        add_newer(sql, t, "g.", "s.");
        buf_add_str(sql, ") ON CONFLICT (");
        add_key(sql, t, "");
        buf_add_str(sql, ") DO UPDATE SET ");
        add_assignment(sql, t);
        buf_add_str(sql, " WHERE ");
        add_newer(sql, t, "excluded.", "d.");
        buf_add_str(sql, ";\n");
}

static const char *fold_sql(const struct table *t, const char *stage, struct buf *sql)
{
        keep_history(sql, t, stage);
        keep_newest(sql, t, stage);
        remove_deleted(sql, t, stage);
        remove_wider(sql, t, stage);
        keep_tombstones(sql, t, stage);
        insert_newest(sql, t, stage);
        return keep(t, sql);
}

static void append_statements(struct table *t, struct buf *sql)
{
        buf_printf(sql, "COPY data.\"%s\" (", t->schema->dataset->table);
        add_columns(sql, t, false);
        buf_add_str(sql, ") FROM STDIN (FORMAT binary)");
        t->copy_sql = keep(t, sql);
        buf_printf(sql, "COPY part.\"%s_amended\" (", t->schema->dataset->table);
        for (size_t i = 0; i < system_column_count; i++)
                buf_printf(sql, "%s\"%s\"", i ? ", " : "", system_columns[i].name);
        buf_add_str(sql, ") FROM STDIN (FORMAT binary)");
        t->amended_copy_sql = keep(t, sql);
        if (table_identified(t)) {
                plan_identity(t, sql);
                t->identity_sql = keep(t, sql);
        }
}

static void upsert_statements(struct table *t, struct buf *sql)
{
        const char *stage = arena_printf(t->arena, "pg_temp.stage_%u", t->schema->id);
        buf_printf(sql, "COPY %s (", stage);
        add_columns(sql, t, true);
        buf_add_str(sql, ") FROM STDIN (FORMAT binary)");
        t->copy_sql = keep(t, sql);
        buf_printf(sql,
                   "DROP TABLE IF EXISTS %s;\nCREATE TEMPORARY TABLE %s (LIKE history.\"%s\") "
                   "ON COMMIT DELETE ROWS",
                   stage, stage, t->schema->dataset->table);
        t->stage_sql = keep(t, sql);
        t->amend_sql = amend_sql(t, stage, sql);
        t->fold_sql = fold_sql(t, stage, sql);
        t->clear_sql = arena_printf(t->arena, "DELETE FROM %s", stage);
}

void plan_statements(struct table *t)
{
        bool upsert = table_upserts(t);
        struct buf sql;
        buf_init(&sql);
        t->tuple = (uint16_t)(t->column_count + (upsert ? system_column_count : data_system_columns()));
        if (upsert)
                upsert_statements(t, &sql);
        else
                append_statements(t, &sql);
        buf_done(&sql);
}

// The look-up by natural key: for each message that a batch gives, the stored rows with the same agency, key
// fields and (where the dataset has one) event time. Each element is joined by its own index scan, so months
// that it does not name are not touched.
#include "hub/pg/conn.h"
#include "hub/pg/plan.h"

// "i.k0 COLLATE "C"": the index is over bytes.
static void add_condition(struct buf *sql, const struct table *t)
{
        buf_add_str(sql, "d.\"_agency\" = i.a COLLATE \"C\"");
        for (size_t k = 0; t->key[k] != NULL; k++) {
                bool text = t->key[k]->cell == CELL_TEXT || t->key[k]->cell == CELL_ENUM;
                buf_add_str(sql, " AND d.");
                pg_quote_name(sql, t->key[k]->name);
                buf_printf(sql, " = i.k%zu%s", k, text ? " COLLATE \"C\"" : "");
        }
        if (t->schema->dataset->event_time != NULL)
                buf_add_str(sql, " AND d.\"_event_time\" = i.t");
}

static void add_amended(struct buf *sql, const struct table *t, const char *operation)
{
        buf_printf(
            sql,
            ", EXISTS (SELECT FROM part.\"%s_amended\" x WHERE x.\"_relates_to\" = d.\"_message_id\" AND "
            "x.\"_agency\" = d.\"_agency\" AND x.\"_operation\" = '%s')",
            t->schema->dataset->table, operation);
}

void plan_identity(const struct table *t, struct buf *sql)
{
        buf_add_str(sql, "SELECT i.n, d.\"_feed\", d.\"_part\", d.\"_offset\", "
                         "encode(uuid_send(d.\"_message_id\"), 'hex'), encode(d.\"_digest\", 'hex')");
        add_amended(sql, t, "CORRECT");
        add_amended(sql, t, "RETRACT");
        buf_add_str(sql, " FROM unnest($1::text[]");
        size_t param = 2;
        for (size_t k = 0; t->key[k] != NULL; k++) {
                buf_printf(sql, ", $%zu::", param++);
                column_type_sql(t->key[k], sql);
                buf_add_str(sql, "[]");
        }
        if (t->schema->dataset->event_time != NULL)
                buf_printf(sql, ", $%zu::timestamp with time zone[]", param);
        buf_add_str(sql, ") WITH ORDINALITY AS i(a");
        for (size_t k = 0; t->key[k] != NULL; k++)
                buf_printf(sql, ", k%zu", k);
        buf_printf(sql, "%s, n) CROSS JOIN LATERAL (SELECT * FROM data.\"%s\" d WHERE ",
                   t->schema->dataset->event_time ? ", t" : "", t->schema->dataset->table);
        add_condition(sql, t);
        buf_add_str(sql, " OFFSET 0) d"); // kept apart, so that it is looked up and never scanned as a whole
}

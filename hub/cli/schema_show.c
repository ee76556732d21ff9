// `iochub schema show`: facts from the registry, columns from the table itself (so what is shown is what SQL
// sees), the .proto text from the descriptors.
#include <stdio.h>

#include "hub/base/json.h"
#include "hub/cli/names.h"
#include "hub/cli/out.h"
#include "hub/cli/schema.h"
#include "hub/msg/proto_text.h"

static const char find_sql[] =
    "SELECT s.id, coalesce(s.dataset, s.subject), s.version, s.message, d.domain, d.mode, 'data.' || "
    "d.table_name, d.title_vi, "
    "d.title_en, d.retention_days, d.personal_data, d.approval_required, s.registered_at, s.registered_by, "
    "s.published_at IS NOT NULL, encode(s.fingerprint, 'hex'), d.table_name, s.descriptor_set "
    "FROM hub.schema s LEFT JOIN hub.dataset d ON d.name = s.dataset "
    "WHERE (s.dataset = $1 OR s.subject = $1 OR s.subject = $1 || '-value' OR s.message = $1) "
    "AND ($2::int IS NULL OR s.version = $2::int) ORDER BY s.version DESC LIMIT 1";
enum { MESSAGE = 3, TABLE_NAME = 16, DESCRIPTOR_SET };

static const struct column fact_columns[] = {
        { "id", { "Mã", "Id" }, CELL_INT, 0 },
        { "name", { "Tên", "Name" }, CELL_TEXT, 0 },
        { "version", { "Bản", "Version" }, CELL_INT, 0 },
        { "message", { "Thông điệp", "Message" }, CELL_TEXT, 0 },
        { "domain", { "Lĩnh vực", "Domain" }, CELL_TEXT, 0 },
        { "mode", { "Cách lưu", "Mode" }, CELL_TEXT, 0 },
        { "table", { "Bảng", "Table" }, CELL_TEXT, 0 },
        { "title_vi", { "Tên gọi", "Title (vi)" }, CELL_TEXT, 0 },
        { "title_en", { "Tên tiếng Anh", "Title (en)" }, CELL_TEXT, 0 },
        { "retention_days", { "Số ngày giữ (0: mãi mãi)", "Days kept (0: for ever)" }, CELL_INT, 0 },
        { "personal_data", { "Dữ liệu cá nhân", "Personal data" }, CELL_TEXT, 0 },
        { "approval_required", { "Phải được duyệt", "Needs approval" }, CELL_BOOL, 0 },
        { "registered_at", { "Đăng ký lúc", "Registered" }, CELL_TIME, 0 },
        { "registered_by", { "Người đăng ký", "By" }, CELL_TEXT, 0 },
        { "published", { "Đã công bố", "Published" }, CELL_BOOL, 0 },
        { "fingerprint", { "Dấu vân", "Fingerprint" }, CELL_TEXT, 0 },
        { 0 },
};

static const char columns_sql[] = "SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, "
                                  "coalesce(col_description(a.attrelid, a.attnum), '') FROM pg_attribute a "
                                  "WHERE a.attrelid = to_regclass('data.' || quote_ident($1::text)) AND "
                                  "a.attnum > 0 AND NOT a.attisdropped "
                                  "ORDER BY a.attnum";

static const struct column column_columns[] = {
        { "name", { "Cột", "Column" }, CELL_TEXT, 0 },
        { "type", { "Kiểu", "Type" }, CELL_TEXT, 0 },
        { "nullable", { "Có thể trống", "May be absent" }, CELL_BOOL, 0 },
        { "comment", { "Chú thích", "Comment" }, CELL_TEXT, COLUMN_FLEXIBLE },
        { 0 },
};

static int find(struct pg *pg, const char *name, const struct show_options *o, struct pg_rows **rows)
{
        char version[16];
        const char *params[] = { name, NULL };
        struct err e;

        if (o->version > 0) {
                snprintf(version, sizeof(version), "%d", (int)o->version);
                params[1] = version;
        }
        if (pg_query(pg, find_sql, 2, params, rows, &e) < 0)
                return cli_fail(&e);
        if (pg_rows_count(*rows))
                return EXIT_DONE;
        if (o->version > 0)
                return cli_refuse(EXIT_ABSENT,
                                  "no version %d of `%s`; `iochub schema list` shows what there is",
                                  (int)o->version, name);
        return names_dataset(pg, name);
}

static int print_proto(struct cli *c, const struct pg_rows *rows)
{
        struct buf set = { 0 };
        int rc = pg_bytes(rows, 0, DESCRIPTOR_SET, &set);

        if (rc == 0)
                rc = proto_text(buf_slice(&set), pg_text(rows, 0, MESSAGE), &c->out);
        buf_done(&set);
        return rc == 0 ? EXIT_DONE : cli_refuse(EXIT_INTERNAL, "the stored descriptor set cannot be read");
}

static void print_json(struct cli *c, const struct pg_rows *facts, const struct pg_rows *columns,
                       bool columns_only)
{
        struct json j;

        json_init(&j, &c->out, true);
        json_object(&j);
        if (!columns_only)
                row_json(fact_columns, facts, 0, &j);
        json_key(&j, "columns");
        rows_json(column_columns, columns, &j);
        json_end_object(&j);
        buf_add_char(&c->out, '\n');
}

static int show(struct cli *c, struct pg *pg, const struct show_options *o)
{
        struct pg_rows *facts cleanup(cleanup_pg_rows) = NULL;
        struct pg_rows *columns cleanup(cleanup_pg_rows) = NULL;
        struct err e;
        int code = find(pg, c->args[0], o, &facts);

        if (code != EXIT_DONE)
                return code;
        if (o->proto)
                return print_proto(c, facts);
        if (pg_query(pg, columns_sql, 1, (const char *const[]){ pg_text(facts, 0, TABLE_NAME) }, &columns,
                     &e) < 0)
                return cli_fail(&e);
        if (c->global.json) {
                print_json(c, facts, columns, o->columns);
                return EXIT_DONE;
        }
        if (!o->columns)
                row_human(c, fact_columns, facts, 0, &c->out);
        if (!o->columns && pg_rows_count(columns))
                buf_add_char(&c->out, '\n');
        if (pg_rows_count(columns))
                rows_human(c, column_columns, columns, &c->out);
        return EXIT_DONE;
}

int cmd_schema_show(struct cli *c)
{
        const struct show_options *o = c->options;
        struct pg *pg;
        int code;

        if (o->proto && (o->columns || c->global.json))
                return cli_refuse(EXIT_BAD_USE,
                                  "--proto prints a file: it does not go with --columns or --json");
        code = cli_database(c, &pg);
        if (code != EXIT_DONE)
                return code;
        code = show(c, pg, o);
        pg_close(pg);
        return code;
}

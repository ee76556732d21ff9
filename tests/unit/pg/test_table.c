// What needs no server: the DDL and the statements of a dataset, and what is said of schemas that cannot be
// tables.
#include "tests/unit/pg/live.h"

static struct buf types, problems;

static int set_up(void **state)
{
        (void)state;
        live_compile("types.proto", NULL, NULL, &types);
        live_compile("problems.proto", NULL, NULL, &problems);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        buf_done(&types);
        buf_done(&problems);
        return 0;
}

static struct table *load(const struct buf *set, const char *message)
{
        struct schema *s = NULL;
        struct table *t = NULL;
        struct buf said;
        buf_init(&said);
        if (schema_load(buf_slice(set), message, &s, &said) != 0 || table_new(s, &t, &said) != 0)
                fail_msg("%s", buf_cstr(&said));
        buf_done(&said);
        return t;
}

static void expect_ddl(const char *message, const char *const *existing, const char *text)
{
        struct table *t = load(&types, message);
        struct buf sql;
        buf_init(&sql);
        table_ddl(t, existing, &sql);
        if (strstr(buf_cstr(&sql), text) == NULL)
                fail_msg("not there:\n%s\nin:\n%s", text, buf_cstr(&sql));
        buf_done(&sql);
        live_table_free(t);
}

static void test_append(void **state)
{
        (void)state;
        expect_ddl("test.pg.KhongGio", NULL,
                   "CREATE TABLE data.\"kt_khong_gio\" (\n"
                   "        \"so\" integer,\n"
                   "        \"_agency\" text COLLATE \"C\" NOT NULL,\n"
                   "        \"_provider\" text NOT NULL,\n"
                   "        \"_message_id\" uuid NOT NULL,\n"
                   "        \"_event_time\" timestamp with time zone,\n"
                   "        \"_received_at\" timestamp with time zone NOT NULL,\n"
                   "        \"_feed\" integer NOT NULL,\n"
                   "        \"_part\" integer NOT NULL,\n"
                   "        \"_offset\" bigint NOT NULL,\n"
                   "        \"_schema\" integer NOT NULL,\n"
                   "        \"_flags\" text[] NOT NULL,\n"
                   "        \"_digest\" bytea NOT NULL\n"
                   ") PARTITION BY RANGE (\"_received_at\");\n"
                   "CREATE TABLE IF NOT EXISTS part.\"kt_khong_gio_amended\" (\n");
        expect_ddl(
            "test.pg.KhongGio", NULL,
            "COMMENT ON TABLE data.\"kt_khong_gio\" IS 'Không có thời điểm sự kiện | Without event time';\n");
        expect_ddl("test.pg.MoiKieu", NULL, ") PARTITION BY RANGE (\"_event_time\");\n");
        expect_ddl("test.pg.MoiKieu", NULL, "\"_event_time\" timestamp with time zone NOT NULL,");
        struct table *t = load(&types, "test.pg.KhongGio");
        assert_string_equal(table_time_column(t), "_received_at");
        assert_null(table_stage_sql(t));
        assert_null(table_fold_sql(t));
        assert_string_equal(
            table_copy_sql(t),
            "COPY data.\"kt_khong_gio\" (\"so\", \"_agency\", \"_provider\", \"_message_id\", "
            "\"_event_time\", "
            "\"_received_at\", \"_feed\", \"_part\", \"_offset\", \"_schema\", \"_flags\", \"_digest\") "
            "FROM STDIN (FORMAT binary)");
        live_table_free(t);
}

static void test_upsert(void **state)
{
        (void)state;
        expect_ddl("test.pg.TrangThai", NULL,
                   "CREATE TABLE data.\"kt_trang_thai\" (\n"
                   "        \"ma\" text COLLATE \"C\" NOT NULL,\n"
                   "        \"lan\" integer NOT NULL,\n"
                   "        \"chu\" text,\n");
        expect_ddl(
            "test.pg.TrangThai", NULL,
            "        \"_digest\" bytea NOT NULL,\n        PRIMARY KEY (\"_agency\", \"ma\", \"lan\")\n);\n");
        expect_ddl(
            "test.pg.TrangThai", NULL,
            "        \"_operation\" text NOT NULL,\n        \"_relates_to\" uuid,\n        \"_reason\" text\n"
            ") PARTITION BY RANGE (\"_received_at\");\n");
        expect_ddl("test.pg.TrangThai", NULL, "CREATE TABLE part.\"kt_trang_thai_gone\" (");
        struct table *t = load(&types, "test.pg.TrangThai");
        assert_string_equal(table_stage_sql(t),
                            "DROP TABLE IF EXISTS pg_temp.stage_0;\nCREATE TEMPORARY TABLE "
                            "pg_temp.stage_0 (LIKE history.\"kt_trang_thai\") ON COMMIT DELETE ROWS");
        assert_string_equal(table_time_column(t), "_received_at");
        live_table_free(t);
}

static void test_added_columns(void **state)
{
        (void)state;
        static const char *const existing[] = { "ma", "lan", "so", "_agency", NULL };
        expect_ddl("test.pg.TrangThai", existing,
                   "ALTER TABLE history.\"kt_trang_thai\" ADD COLUMN \"chu\" text;\n"
                   "ALTER TABLE data.\"kt_trang_thai\" ADD COLUMN \"chu\" text;\n"
                   "COMMENT ON TABLE data.\"kt_trang_thai\"");
}

static void expect_problem(const char *message, const char *text)
{
        struct schema *s = NULL;
        struct table *t = NULL;
        struct buf said;
        buf_init(&said);
        assert_int_equal(schema_load(buf_slice(&problems), message, &s, &said), 0);
        assert_int_equal(table_new(s, &t, &said), 1);
        if (strstr(buf_cstr(&said), text) == NULL)
                fail_msg("not there: %s\nin: %s", text, buf_cstr(&said));
        assert_int_equal(said.p[said.n - 1], '\n');
        schema_free(s);
        buf_done(&said);
}

static void test_problems(void **state)
{
        (void)state;
        expect_problem("test.pg.DungTen", "test.pg.DungTen.a_b: column \"a_b\" is made by field a.b already");
        expect_problem("test.pg.TenHeThong", "test.pg.TenHeThong.xmin: PostgreSQL keeps the name \"xmin\"");
        expect_problem("test.pg.TenHeThong", "column name \"_agency\" must start with a letter");
        expect_problem("test.pg.TenDai", "has 64 bytes and PostgreSQL takes 63");
        expect_problem("test.pg.NhieuCot", "makes more than 1200 columns");
        expect_problem("test.pg.NhieuLoi", "is made by field");
        struct buf said;
        buf_init(&said);
        struct table *t = NULL;
        assert_int_equal(table_new(schema_own("iochub.v1.Reject"), &t, &said), 1);
        assert_non_null(strstr(buf_cstr(&said), "carries no dataset options"));
        buf_done(&said);
        assert_null(table_free(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_append),
                cmocka_unit_test(test_upsert),
                cmocka_unit_test(test_added_columns),
                cmocka_unit_test(test_problems),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

// Connections and COPY when things go wrong: each failure has its class, and the connection can be used
// again.
#include <unistd.h>

#include "tests/unit/pg/live.h"

static int set_up(void **state)
{
        struct live *l = live_new();
        *state = l;
        if (l != NULL)
                live_exec(l, "CREATE TEMP TABLE t (a integer PRIMARY KEY, b text NOT NULL)");
        return 0;
}

static int tear_down(void **state)
{
        *state = live_free(*state);
        return 0;
}

static int clean(void **state)
{
        struct live *l = *state;
        if (l != NULL)
                live_exec(l, "TRUNCATE t");
        return 0;
}

static void refused(const char *conninfo, enum pg_failure failure, const char *word)
{
        struct err e = { 0 };
        assert_null(pg_open(conninfo, "test", &e));
        assert_int_equal(pg_classify(&e), failure);
        assert_non_null(strstr(e.text, word));
        assert_null(strstr(e.text, "s3cret"));
        assert_int_equal(e.retriable, failure == PG_LOST);
}

static void test_connecting(void **state)
{
        LIVE(state);
        assert_true(pg_alive(l->owner));
        refused("dbname=there_is_none", PG_OTHER, "there_is_none");
        struct err e = { 0 };
        struct pg *trusted = pg_open("user=iochub_owner password=s3cret", "test", &e);
        if (trusted == NULL) // a server that trusts everybody does not ask
                refused("user=iochub_owner password=s3cret", PG_OTHER, "check user, password file");
        pg_close(trusted);
        refused("user=nobody_of_that_name password=s3cret", PG_OTHER, "nobody_of_that_name");
        refused("host=127.0.0.1 port=1 password=s3cret", PG_LOST, "is the server up");
        refused("host=/nowhere password=s3cret", PG_LOST, "is the server up");
        refused("host=x s3cret=", PG_OTHER, "not of the form");
        expect_sql(
            l,
            "SELECT application_name || ' ' || current_setting('client_encoding') FROM pg_stat_activity "
            "WHERE pid = pg_backend_pid()",
            "test UTF8");
}

static void fails(struct live *l, const char *sql, const char *sqlstate, enum pg_failure failure)
{
        struct err e = { 0 };
        assert_int_equal(pg_exec(l->owner, sql, &e), -1);
        assert_string_equal(e.sqlstate, sqlstate);
        assert_int_equal(pg_classify(&e), failure);
        assert_int_equal(e.code, ERR_DATABASE);
        assert_int_equal(strcspn(e.text, "\n"), strlen(e.text));
}

static void test_statements(void **state)
{
        LIVE(state);
        fails(l, "SELECT 1/0", "22012", PG_DATA);
        fails(l, "INSERT INTO t VALUES (1, NULL)", "23502", PG_DATA);
        fails(l, "nonsense", "42601", PG_OTHER);
        live_exec(l, "SET statement_timeout = 50");
        fails(l, "SELECT pg_sleep(5)", "57014", PG_BUSY);
        live_exec(l, "RESET statement_timeout");
        struct err e = { 0 };
        live_exec(l, "BEGIN; LOCK TABLE hub.instance IN ACCESS EXCLUSIVE MODE");
        assert_int_equal(pg_exec(l->hub, "SET lock_timeout = 50", &e), 0);
        assert_int_equal(pg_exec(l->hub, "SELECT * FROM hub.instance", &e), -1);
        assert_int_equal(pg_classify(&e), PG_BUSY);
        assert_true(e.retriable);
        live_exec(l, "ROLLBACK");
        assert_int_equal(pg_exec(l->hub, "RESET lock_timeout", &e), 0);
        live_exec(l, "BEGIN");
        fails(l, "SELECT 1/0", "22012", PG_DATA);
        fails(l, "COMMIT", "25P02", PG_OTHER); // which the server answers with ROLLBACK
        live_exec(l, "COMMIT; BEGIN; COMMIT");
}

static void test_rows(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        const char *const params[] = { "41", NULL, "\\x00ff" };
        const char *sql =
            "SELECT $1::bigint + 1 AS one, $2::text, $3::bytea, $1::int > 40, n FROM generate_series(1, 3) n";
        assert_int_equal(pg_query(l->owner, sql, 3, params, &r, &e), 0);
        assert_int_equal(pg_rows_count(r), 3);
        assert_int_equal(pg_columns(r), 5);
        assert_string_equal(pg_column(r, 0), "one");
        assert_int_equal(pg_int(r, 0, 0), 42);
        assert_null(pg_text(r, 0, 1));
        assert_int_equal(pg_int(r, 0, 1), 0);
        assert_int_equal(pg_slice(r, 0, 1).n, 0);
        assert_true(pg_bool(r, 2, 3));
        assert_int_equal(pg_int(r, 2, 4), 3);
        struct buf b;
        buf_init(&b);
        assert_int_equal(pg_bytes(r, 0, 2, &b), 0);
        assert_int_equal(b.n, 2);
        assert_memory_equal(b.p, "\0\377", 2);
        assert_int_equal(pg_bytes(r, 0, 0, &b), 1);
        assert_int_equal(pg_bytes(r, 0, 1, &b), 1);
        buf_done(&b);
        r = pg_rows_free(r);
        assert_int_equal(
            pg_query(l->owner, "INSERT INTO t SELECT n, '' FROM generate_series(1, 5) n", 0, NULL, &r, &e),
            0);
        assert_int_equal(pg_rows_affected(r), 5);
}

static void test_prepared(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        char sql[64] = "SELECT $1::int + 1";
        for (int i = 0; i < 3; i++) {
                cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
                assert_int_equal(pg_query_prepared(l->owner, sql, 1, (const char *const[]){ "1" }, &r, &e),
                                 0);
                assert_int_equal(pg_int(r, 0, 0), 2);
        }
        expect_sql(l, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int +%'",
                   "1");
        memcpy(sql, "SELECT $1::int - 1", sizeof "SELECT $1::int - 1"); // another text at the same address
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        assert_int_equal(pg_query_prepared(l->owner, sql, 1, (const char *const[]){ "1" }, &r, &e), 0);
        assert_int_equal(pg_int(r, 0, 0), 0);
        assert_int_equal(pg_query_prepared(l->owner, "SELECT nonsense", 0, NULL, NULL, &e), -1);
}

// A tuple of (integer, text); a NULL where text is NULL.
static void tuple(struct buf *out, int a, const char *b)
{
        uint8_t head[14];
        put_be16(head, 2), put_be32(head + 2, 4), put_be32(head + 6, (uint32_t)a);
        put_be32(head + 10, b ? (uint32_t)strlen(b) : UINT32_MAX);
        buf_add(out, head, sizeof head);
        if (b != NULL)
                buf_add_str(out, b);
}

static int copy(struct live *l, struct buf *rows, uint64_t *count, struct err *e)
{
        if (pg_copy_begin(l->owner, "COPY t FROM STDIN (FORMAT binary)", e) != 0 ||
            pg_copy_put(l->owner, buf_slice(rows), e) != 0)
                return -1;
        return pg_copy_end(l->owner, count, e);
}

static void test_copy(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct buf rows;
        uint64_t count = 77;
        buf_init(&rows);
        assert_int_equal(copy(l, &rows, &count, &e), 0);
        assert_int_equal(count, 0);
        for (int i = 0; i < 50000; i++)
                tuple(&rows, i, "một dòng văn bản vừa phải");
        assert_int_equal(copy(l, &rows, &count, &e), 0);
        assert_int_equal(count, 50000);
        expect_sql(l, "SELECT count(*) || ' ' || sum(a) FROM t", "50000 1249975000");
        buf_done(&rows);
}

static void test_copy_refused(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct buf rows;
        uint64_t count = 77;
        buf_init(&rows);
        for (int i = 1; i <= 9000; i++)
                tuple(&rows, i, i == 4321 ? NULL : "x");
        assert_int_equal(copy(l, &rows, &count, &e), -1);
        assert_string_equal(e.sqlstate, "23502");
        assert_int_equal(pg_copy_line(l->owner), 4321);
        assert_non_null(strstr(e.text, "line 4321"));
        assert_int_equal(count, 77);
        buf_reset(&rows);
        for (int i = 1; i <= 3000; i++)
                tuple(&rows, i == 2500 ? 7 : i, "x"); // an index finds it, after rows were gathered
        assert_int_equal(copy(l, &rows, &count, &e), -1);
        assert_string_equal(e.sqlstate, "23505");
        assert_int_equal(pg_copy_line(l->owner), 2500);
        buf_reset(&rows);
        tuple(&rows, 1, "\xff");
        assert_int_equal(copy(l, &rows, &count, &e), -1);
        assert_int_equal(pg_classify(&e), PG_DATA);
        assert_int_equal(pg_copy_line(l->owner), 1);
        assert_int_equal(pg_copy_begin(l->owner, "COPY missing FROM STDIN (FORMAT binary)", &e), -1);
        assert_string_equal(e.sqlstate, "42P01");
        expect_sql(l, "SELECT count(*) FROM t", "0");
        buf_done(&rows);
}

static void test_copy_given_up(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct buf rows;
        buf_init(&rows);
        tuple(&rows, 1, "x");
        assert_int_equal(pg_copy_begin(l->owner, "COPY t FROM STDIN (FORMAT binary)", &e), 0);
        assert_int_equal(pg_copy_put(l->owner, buf_slice(&rows), &e), 0);
        expect_sql(l, "SELECT count(*) FROM t", "0");
        buf_done(&rows);
}

static void test_lost(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct pg *other = pg_open("user=iochub_owner", "test", &e);
        assert_non_null(other);
        assert_int_equal(pg_terminate(l->owner, pg_backend_pid(other), &e), 0);
        assert_int_equal(pg_terminate(l->owner, pg_backend_pid(other), &e), 0);
        assert_int_equal(pg_exec(other, "SELECT 1", &e), -1);
        assert_int_equal(pg_classify(&e), PG_LOST);
        assert_false(pg_alive(other));
        assert_int_equal(pg_exec(other, "SELECT 1", &e), -1);
        assert_int_equal(pg_classify(&e), PG_LOST);
        assert_int_equal(pg_copy_begin(other, "COPY t FROM STDIN (FORMAT binary)", &e), -1);
        assert_int_equal(pg_classify(&e), PG_LOST);
        pg_close(other);
}

static void test_lost_in_copy(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct pg *other = pg_open("user=iochub_owner", "test", &e);
        struct buf rows;
        uint64_t count;
        buf_init(&rows);
        for (int i = 0; i < 200000; i++)
                tuple(&rows, i, "một dòng văn bản vừa phải");
        assert_int_equal(pg_exec(other, "CREATE TEMP TABLE t (a integer, b text)", &e), 0);
        assert_int_equal(pg_copy_begin(other, "COPY t FROM STDIN (FORMAT binary)", &e), 0);
        assert_int_equal(pg_terminate(l->owner, pg_backend_pid(other), &e), 0);
        int rc = pg_copy_put(other, buf_slice(&rows), &e);
        if (rc == 0)
                rc = pg_copy_end(other, &count, &e);
        assert_int_equal(rc, -1);
        assert_int_equal(pg_classify(&e), PG_LOST);
        assert_true(e.retriable);
        assert_int_equal(pg_exec(other, "ROLLBACK", &e), -1);
        assert_int_equal(pg_classify(&e), PG_LOST);
        pg_close(other);
        buf_done(&rows);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_connecting),
                cmocka_unit_test_setup(test_statements, clean),
                cmocka_unit_test_setup(test_rows, clean),
                cmocka_unit_test(test_prepared),
                cmocka_unit_test_setup(test_copy, clean),
                cmocka_unit_test_setup(test_copy_refused, clean),
                cmocka_unit_test_setup(test_copy_given_up, clean),
                cmocka_unit_test(test_lost),
                cmocka_unit_test(test_lost_in_copy),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

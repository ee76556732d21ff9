// The registry, registering datasets and migrations: versions, what is refused, what stays as it was.
#include <pthread.h>

#include "tests/unit/pg/live.h"

static struct buf set;

static int set_up(void **state)
{
        *state = live_new();
        if (*state != NULL)
                live_compile("registry.proto", NULL, NULL, &set);
        return 0;
}

static int tear_down(void **state)
{
        buf_done(&set);
        *state = live_free(*state);
        return 0;
}

static void put(struct live *l, const char *subject, uint8_t mark, int rc, uint32_t version)
{
        struct err e = { 0 };
        struct registry_entry entry = { 0 };
        uint8_t fingerprint[32];
        memset(fingerprint, mark, sizeof fingerprint);
        live_exec(l, "BEGIN");
        assert_int_equal(
            registry_put(l->owner, subject, NULL, "a.B", slice_of("set\0x", 5), fingerprint, &entry, &e), rc);
        live_exec(l, "COMMIT");
        assert_int_equal(entry.version, version);
        assert_string_equal(entry.subject, subject);
        assert_null(entry.dataset);
        assert_int_equal(entry.fingerprint[31], mark);
        assert_int_equal(entry.descriptor_set.n, 5);
        assert_memory_equal(entry.descriptor_set.p, "set\0x", 5);
        struct registry_entry got = { 0 };
        assert_int_equal(registry_get(l->hub, entry.id, &got, &e), 0);
        assert_int_equal(got.id, entry.id);
        assert_string_equal(got.message, "a.B");
        assert_string_equal(got.registered_by, "iochub_owner");
        assert_int_equal(got.registered_at, entry.registered_at);
        assert_true(llabs(got.registered_at - clock_now()) < 3600 * USEC_PER_SEC);
        registry_entry_done(&entry);
        registry_entry_done(&got);
}

static void test_versions(void **state)
{
        LIVE(state);
        char one[32], two[32];
        snprintf(one, sizeof one, "one-%lld", (long long)clock_now());
        snprintf(two, sizeof two, "two-%lld", (long long)clock_now());
        put(l, one, 1, 0, 1);
        put(l, one, 2, 0, 2);
        put(l, one, 1, 1, 1);
        put(l, two, 1, 0, 1);
        put(l, one, 3, 0, 3);
        struct err e = { 0 };
        struct registry_entry none = { 0 };
        assert_int_equal(registry_get(l->hub, 0, &none, &e), 1);
        assert_int_equal(registry_get(l->hub, UINT32_MAX, &none, &e), 1);
        assert_int_equal(registry_latest(l->hub, "there-is-none", &none, &e), 1);
}

static void test_publishing(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct registry_list list = { 0 };
        assert_int_equal(registry_register_own(l->owner, &e), 0);
        assert_int_equal(registry_register_own(l->owner, &e), 0);
        expect_sql(l,
                   "SELECT string_agg(message, ' ' ORDER BY id) FROM hub.schema WHERE dataset IS NULL AND "
                   "version = 1 AND "
                   "subject IN ('iochub.routing-value', 'rejected-value', 'iochub.schemas-value')",
                   "iochub.v1.RoutingEvent iochub.v1.Reject iochub.v1.SchemaRecord");
        do {
                assert_int_equal(registry_unpublished(l->hub, &list, &e), 0);
                for (size_t i = 0; i < list.count; i++) {
                        assert_true(list.entries[i].descriptor_set.n > 0);
                        assert_int_equal(registry_record(&list.entries[i]).id, list.entries[i].id);
                        assert_int_equal(registry_mark_published(l->hub, list.entries[i].id, &e), 0);
                }
                registry_list_done(&list);
        } while (strcmp(live_value(l, "SELECT count(*) FROM hub.schema WHERE published_at IS NULL"), "0") !=
                 0);
        assert_int_equal(registry_unpublished(l->hub, &list, &e), 0);
        assert_int_equal(list.count, 0);
        registry_list_done(&list);
        assert_int_equal(registry_list_all(l->hub, &list, &e), 0);
        assert_true(list.count >= 3);
        assert_int_equal(list.entries[0].descriptor_set.n, 0);
        registry_list_done(&list);
}

// Registers registry.proto with a change; gives the result and, where it is refused, wants text among the
// problems.
static int change(struct live *l, const char *message, const char *from, const char *to, const char *text)
{
        struct err e = { 0 };
        struct registry_entry entry = { 0 };
        struct buf changed, said;
        buf_init(&changed), buf_init(&said);
        live_compile("registry.proto", from, to, &changed);
        int rc = live_register(l->owner, buf_slice(&changed), message, &entry, &said, &e);
        if (rc < 0)
                fail_msg("%s", e.text);
        if (rc == 2 && (text == NULL || strstr(buf_cstr(&said), text) == NULL))
                fail_msg("%s", buf_cstr(&said));
        registry_entry_done(&entry);
        buf_done(&changed), buf_done(&said);
        return rc;
}

static void test_dataset(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct registry_entry entry = { 0 };
        struct buf said;
        buf_init(&said);
        int rc = live_register(l->owner, buf_slice(&set), "test.pg.So", &entry, &said, &e);
        if (rc != 0 && rc != 1)
                fail_msg("%s%s", e.text, buf_cstr(&said));
        assert_string_equal(entry.dataset, "kt-so");
        assert_string_equal(entry.subject, "kt-so-value");
        registry_entry_done(&entry);
        assert_int_equal(live_register(l->owner, buf_slice(&set), "test.pg.So", &entry, &said, &e), 1);
        registry_entry_done(&entry);
        expect_sql(l,
                   "SELECT (table_name, domain, mode, time_column, retention_days, approval_required, "
                   "personal_data, "
                   "title_vi, title_en) FROM hub.dataset WHERE name = 'kt-so'",
                   "(kt_so,kiem-thu,UPSERT,_received_at,30,t,BASIC,Số,Number)");
        expect_sql(l, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'history.kt_so'::regclass", "2");
        expect_sql(l,
                   "SELECT has_table_privilege('iochub_hub', 'data.kt_so', 'INSERT, DELETE') AND "
                   "has_table_privilege('iochub_hub', 'history.kt_so', 'INSERT') AND NOT "
                   "has_table_privilege('iochub_hub', 'history.kt_so', 'DELETE') AND "
                   "has_table_privilege('iochub_reader', 'bi.kt_so', 'SELECT') AND NOT "
                   "has_table_privilege('iochub_reader', 'data.kt_so', 'SELECT')",
                   "t");
        assert_int_equal(live_register(l->owner, buf_slice(&set), "test.pg.Khong", &entry, &said, &e), 2);
        assert_int_equal(live_register(l->owner, slice_str("not a set"), "test.pg.So", &entry, &said, &e), 2);
        assert_int_equal(live_register(l->owner, buf_slice(&set), "test.pg.KhongBo", &entry, &said, &e), 2);
        assert_int_equal(live_register(l->hub, buf_slice(&set), "test.pg.Quyen", &entry, &said, &e), -1);
        assert_string_equal(e.sqlstate, "42501"); // the hub's role makes no tables
        assert_int_equal(pg_exec(l->hub, "SELECT 1", &e), 0);
        buf_done(&said);
}

static void test_refused_changes(void **state)
{
        LIVE(state);
        const char *so = "test.pg.So", *ngay = "test.pg.Ngay";
        assert_true(change(l, so, NULL, NULL, NULL) < 2 && change(l, ngay, NULL, NULL, NULL) < 2);
        const char *before = live_value(l, "SELECT count(*) || '/' || max(id) FROM hub.schema");
        assert_int_equal(change(l, so, "        string ten = 2;", "", "[FIELD_REMOVED]"), 2);
        assert_int_equal(
            change(l, so, "        string ten = 2;", "        int32 ten = 2;", "[FIELD_TYPE_CHANGED]"), 2);
        assert_int_equal(change(l, so, "        string ten = 2;", "        repeated string ten = 2;",
                                "[CARDINALITY_CHANGED]"),
                         2);
        assert_int_equal(change(l, so, "key: \"ma\"", "key: \"ma\" key: \"ten\"", "[KEY_CHANGED]"), 2);
        assert_int_equal(change(l, so, "mode: UPSERT", "mode: APPEND", "[MODE_CHANGED]"), 2);
        assert_int_equal(
            change(l, so, "key: \"ma\"", "key: \"ma\" event_time: \"luc\"", "[EVENT_TIME_CHANGED]"), 2);
        assert_int_equal(
            change(l, ngay, "event_time: \"luc\"", "event_time: \"khac\"", "[EVENT_TIME_CHANGED]"), 2);
        assert_int_equal(change(l, ngay, "event_time: \"luc\"", "", "[EVENT_TIME_CHANGED]"), 2);
        assert_int_equal(
            change(l, ngay, "        int32 so = 2;", "        sint64 so = 2;", "[FIELD_TYPE_CHANGED]"), 2);
        expect_sql(l, "SELECT count(*) || '/' || max(id) FROM hub.schema", before);
}

static void test_second_version(void **state)
{
        LIVE(state);
        assert_true(change(l, "test.pg.Ngay", NULL, NULL, NULL) < 2);
        int rc = change(l, "test.pg.Ngay", "        int32 so = 2;",
                        "        int32 so = 2;\n        // Thêm | Added\n"
                        "        repeated string nhan = 7;",
                        NULL);
        assert_true(rc < 2);
        expect_sql(l,
                   "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM "
                   "information_schema.columns WHERE table_schema = 'bi' AND table_name = 'kt_ngay'",
                   "luc luc_ngay so khac co_quan_gui co_quan_cung_cap ma_thong_diep thoi_diem_su_kien "
                   "thoi_diem_nhan nguon_cap phan_vung vi_tri cau_truc danh_dau ma_bam nhan");
        expect_sql(l, "SELECT col_description('bi.kt_ngay'::regclass, 16)", "Thêm");
        expect_sql(l, "SELECT max(version) FROM hub.schema WHERE dataset = 'kt-ngay'", "2");
        expect_sql(l,
                   "SELECT latest_schema = (SELECT max(id) FROM hub.schema WHERE dataset = 'kt-ngay') FROM "
                   "hub.dataset "
                   "WHERE name = 'kt-ngay'",
                   "t");
}

static void count_files(void *context, const struct migration *m)
{
        int *counts = context;
        counts[m->applied]++;
}

static void *migrate_aside(void *context)
{
        struct err e = { 0 };
        struct pg *c = pg_open("user=iochub_owner", "test", &e);
        *(int *)context = c == NULL ? -1 : migrate_run(c, NULL, NULL, &e);
        pg_close(c);
        return NULL;
}

static void test_migrations(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        int counts[2] = { 0 }, rc[4];
        assert_int_equal(migrate_run(l->owner, count_files, counts, &e), 0);
        assert_int_equal(counts[true], 0);
        assert_true(counts[false] >= 1);
        assert_int_equal(migrate_check(l->hub, &e), 0);
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
                pthread_create(&threads[i], NULL, migrate_aside, &rc[i]);
        for (int i = 0; i < 4; i++) {
                pthread_join(threads[i], NULL);
                assert_int_equal(rc[i], 0);
        }
        expect_sql(l, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "0");
        live_exec(l, "BEGIN; UPDATE hub.migration SET checksum = sha256('') WHERE number = 1");
        assert_int_equal(migrate_check(l->owner, &e), -1);
        assert_int_equal(e.code, ERR_STATE);
        assert_non_null(strstr(e.text, "001_base"));
        live_exec(l, "ROLLBACK; BEGIN; INSERT INTO hub.migration VALUES (999, '999_x', sha256(''))");
        assert_int_equal(migrate_check(l->owner, &e), -1);
        assert_non_null(strstr(e.text, "newer program"));
        live_exec(l, "ROLLBACK; BEGIN; DELETE FROM hub.migration");
        assert_int_equal(migrate_check(l->owner, &e), 1);
        live_exec(l, "ROLLBACK");
}

static void test_partitions(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        assert_true(change(l, "test.pg.Ngay", NULL, NULL, NULL) < 2);
        const char *sql = "SELECT hub.add_partition('data', 'kt_ngay', '2024-12-31 23:59:59+00')";
        assert_int_equal(pg_exec(l->hub, sql, &e), 0);
        assert_int_equal(pg_exec(l->hub, sql, &e), 0);
        live_exec(l, "SET timezone = 'UTC'");
        expect_sql(l, "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'kt_ngay_2024_12'",
                   "FOR VALUES FROM ('2024-12-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')");
        live_exec(l, "RESET timezone");
        static const char *const refused[] = {
                "SELECT hub.add_partition('hub', 'schema', now())",
                "SELECT hub.add_partition('data', 'kt_so', now())", // not partitioned
                "SELECT hub.add_partition('data', 'none', now())",
                "SELECT hub.add_partition('data', 'kt_ngay\"; DROP SCHEMA data; --', now())",
        };
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
                assert_int_equal(pg_exec(l->hub, refused[i], &e), -1);
                assert_string_equal(e.sqlstate, "42P01");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_versions),       cmocka_unit_test(test_publishing),
                cmocka_unit_test(test_dataset),        cmocka_unit_test(test_refused_changes),
                cmocka_unit_test(test_second_version), cmocka_unit_test(test_migrations),
                cmocka_unit_test(test_partitions),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

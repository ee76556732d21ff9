// Registering the messages of a file together, judging without writing, and comparing with every earlier
// version.
#include "tests/unit/pg/live.h"

#include <unistd.h>

#define HEAD                                                                                                 \
        "syntax = 'proto3'; package test.ds; \n"                                                             \
        "import 'iochub/v1/options.proto';\n"

static int set_up(void **state)
{
        *state = live_new();
        return 0;
}

static int tear_down(void **state)
{
        *state = live_free(*state);
        return 0;
}

// Names of this run stand for @, so that the tests find their datasets new.
static void add_named(FILE *f, const char *text)
{
        for (; *text; text++)
                if (*text == '@')
                        fprintf(f, "%d", (int)getpid());
                else
                        fputc(*text, f);
}

// The descriptor set of a text, to be freed.
static struct buf compile(const char *proto)
{
        char folder[] = "/tmp/iochub-dataset-XXXXXX", path[128], command[1024];
        struct buf set;
        buf_init(&set);
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/t.proto", folder);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        add_named(f, proto);
        fclose(f);
        snprintf(command, sizeof command,
                 "protoc -I%s -I'" SOURCE_DIR "/schemas' --include_imports --include_source_info "
                 "--descriptor_set_out=%s/set t.proto",
                 folder, folder);
        assert_int_equal(system(command), 0);
        snprintf(path, sizeof path, "%s/set", folder);
        f = fopen(path, "r");
        set.n = fread(buf_reserve(&set, 1 << 20), 1, 1 << 20, f);
        fclose(f);
        snprintf(command, sizeof command, "rm -r '%s'", folder);
        assert_int_equal(system(command), 0);
        return set;
}

static const char *counts(struct live *l)
{
        return live_value(
            l, "SELECT (SELECT count(*) FROM hub.schema) || ' ' || (SELECT count(*) FROM "
               "hub.dataset) || ' ' || (SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text "
               "IN ('data', 'history', 'part', 'bi'))");
}

struct said {
        int rc;
        bool is_new[2];
        uint32_t version[2];
        struct buf problems;
};

static struct said put(struct live *l, const char *proto, const char *one, const char *two)
{
        const char *messages[] = { one, two };
        size_t count = two ? 2 : 1;
        struct dataset_entry out[2];
        struct said s = { 0 };
        struct err e = { 0 };
        struct buf set = compile(proto);
        s.rc = datasets_register(l->owner, buf_slice(&set), messages, count, out, &s.problems, &e);
        if (s.rc < 0)
                fail_msg("%s", e.text);
        for (size_t i = 0; s.rc == 0 && i < count; i++) {
                s.is_new[i] = out[i].is_new;
                s.version[i] = out[i].entry.version;
                registry_entry_done(&out[i].entry);
        }
        buf_done(&set);
        return s;
}

static void expect_refused(struct live *l, const char *proto, const char *one, const char *two,
                           const char *const *texts)
{
        const char *before = counts(l);
        struct said s = put(l, proto, one, two);
        assert_int_equal(s.rc, 1);
        for (; *texts != NULL; texts++)
                if (strstr(buf_cstr(&s.problems), *texts) == NULL)
                        fail_msg("not there: %s\nin: %s", *texts, buf_cstr(&s.problems));
        assert_string_equal(counts(l), before);
        buf_done(&s.problems);
}
#define REFUSED(l, proto, one, two, ...)                                                                     \
        expect_refused(l, proto, one, two, (const char *const[]){ __VA_ARGS__, NULL })

#define TWO(a, b)                                                                                            \
        HEAD "message A { option (iochub.v1.dataset) = { name: 'kt-hai-a@' mode: UPSERT key: 'ma' };\n"      \
             "string ma = 1;\n" a "}\n"                                                                      \
             "message B { option (iochub.v1.dataset) = { name: 'kt-hai-b@' mode: APPEND };\n"                \
             "string ma = 1;\n" b "}\n"

// All datasets of a file, or none.
static void test_together(void **state)
{
        LIVE(state);
        REFUSED(l, TWO("", "string xmin = 2;"), "test.ds.A", "test.ds.B",
                "t.proto:8: test.ds.B.xmin: PostgreSQL keeps the name");
        REFUSED(l, TWO("string xmax = 2;", "string xmin = 2;"), "test.ds.A", "test.ds.B", "test.ds.A.xmax",
                "test.ds.B.xmin");
        struct said s = put(l, TWO("", ""), "test.ds.A", "test.ds.B");
        assert_int_equal(s.rc, 0);
        assert_true(s.version[0] == 1 && s.version[1] == 1);
        s = put(l, TWO("", "string them = 2;"), "test.ds.A", "test.ds.B");
        assert_int_equal(s.rc, 0);
        // The file is part of the structure: another file is another version, though A is as it was.
        assert_true(s.is_new[0] && s.is_new[1]);
        REFUSED(
            l, TWO("string moi = 3;", "int32 them = 2;"), "test.ds.A", "test.ds.B",
            "t.proto:8: [FIELD_TYPE_CHANGED] field test.ds.B.them = 2 was string and is int32 now (against "
            "version 2); ");
        REFUSED(l,
                HEAD
                "message A { option (iochub.v1.dataset) = { name: 'kt-mot' mode: APPEND }; string a = 1; }\n"
                "message B { option (iochub.v1.dataset) = { name: 'kt-mot' mode: APPEND }; string a = 1; }\n",
                "test.ds.A", "test.ds.B", "t.proto:4: dataset kt-mot is test.ds.A already");
}

#define ONE(fields)                                                                                          \
        HEAD "message V { option (iochub.v1.dataset) = { name: 'kt-ban@' mode: UPSERT key: 'ma' };\n"        \
             "string ma = 1;\n" fields "}\n"

// Messages of every version are about, so the newest is not the only judge.
static void test_every_version(void **state)
{
        LIVE(state);
        struct said s = put(l, ONE("optional string cu = 2;"), "test.ds.V", NULL);
        assert_int_equal(s.rc, 0);
        s = put(l, ONE("reserved 2; reserved 'cu';"), "test.ds.V", NULL);
        assert_int_equal(s.rc, 0);
        // The column stays with what it holds.
        char sql[256];
        snprintf(
            sql, sizeof sql,
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'data.kt_ban%d'::regclass "
            "AND attname = 'cu'",
            (int)getpid());
        expect_sql(l, sql, "text");
        // Version 2 knows no column `cu`; version 1 does.
        REFUSED(l, ONE("int64 moi = 3 [(iochub.v1.field).column = 'cu']; reserved 2; reserved 'cu';"),
                "test.ds.V", NULL,
                "t.proto:5: [COLUMN_REUSED] column cu holds what field cu sent and would be field moi's "
                "(against version 1); give it another name");
        REFUSED(l, ONE("optional string cu = 2;\nint32 x = 3;"), "test.ds.V", NULL,
                "t.proto:5: [RESERVED_REMOVED] number 2 of test.ds.V was reserved and is in use again",
                "name `cu`");
        // What is there already is said so, whatever came after it.
        s = put(l, ONE("optional string cu = 2;"), "test.ds.V", NULL);
        assert_true(s.rc == 0 && !s.is_new[0] && s.version[0] == 1);
}

// After test_every_version, whose two versions it finds.
static void test_check(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct dataset_report r;
        struct buf problems = { 0 }, set = compile(ONE("reserved 2; reserved 'cu'; optional bool co = 3;"));
        const char *before = counts(l);
        assert_int_equal(dataset_check(l->hub, buf_slice(&set), "test.ds.V", &r, &problems, &e), 0);
        assert_true(!r.registered && r.version == 3 && r.compared == 2);
        assert_int_equal(strncmp(r.dataset, "kt-ban", 6), 0);
        assert_int_equal(strncmp(r.table, "kt_ban", 6), 0);
        assert_int_equal(r.changes.count, 2); // the field, its column
        dataset_report_done(&r);
        assert_int_equal(dataset_check(NULL, buf_slice(&set), "test.ds.V", &r, &problems, &e), 0);
        assert_true(r.version == 0 && r.compared == 0);
        dataset_report_done(&r);
        buf_done(&set);
        set = compile(ONE("optional string cu = 2;"));
        assert_int_equal(dataset_check(l->hub, buf_slice(&set), "test.ds.V", &r, &problems, &e), 0);
        assert_true(r.registered && r.version == 1);
        dataset_report_done(&r);
        buf_done(&set);
        // Options, columns and history are judged at once.
        set = compile(ONE("int32 cu = 2; string xmin = 4; string t = 5 [(iochub.v1.field).column = 'T t'];"));
        assert_int_equal(dataset_check(l->hub, buf_slice(&set), "test.ds.V", &r, &problems, &e), 1);
        for (const char *const *text =
                 (const char *const[]){ "[FIELD_TYPE_CHANGED]", "[RESERVED_REMOVED]",
                                        "keeps the name \"xmin\"", "column `T t`", NULL };
             *text; text++)
                if (strstr(buf_cstr(&problems), *text) == NULL)
                        fail_msg("not there: %s\nin: %s", *text, buf_cstr(&problems));
        dataset_report_done(&r);
        buf_done(&set);
        buf_reset(&problems);
        assert_int_equal(dataset_check(l->hub, slice_str("no set"), "test.ds.V", &r, &problems, &e), 1);
        assert_null(r.dataset);
        assert_true(problems.n > 0);
        dataset_report_done(&r);
        buf_done(&problems);
        assert_string_equal(counts(l), before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_together),
                cmocka_unit_test(test_every_version),
                cmocka_unit_test(test_check),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

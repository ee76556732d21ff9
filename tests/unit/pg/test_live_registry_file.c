// The files that the registry shows: one version for one content, references, what was registered earlier.
#include "hub/pg/registry_file.h"
#include "tests/unit/pg/live.h"

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

// Puts message test.pg.So of registry.proto, with a change, under a dataset's name.
static void put(struct live *l, const char *dataset, const char *from, const char *to, bool files)
{
        struct err e = { 0 };
        struct buf set = { 0 }, problems = { 0 };
        struct registry_entry entry = { 0 };
        struct schema *schema = NULL;
        char subject[80];
        snprintf(subject, sizeof subject, "%s-value", dataset);
        live_compile("registry.proto", from, to, &set);
        assert_int_equal(schema_load(buf_slice(&set), "test.pg.So", &schema, &problems), 0);
        live_exec(l, "BEGIN");
        int rc = registry_put(l->owner, subject, dataset, "test.pg.So", buf_slice(&set), schema->fingerprint,
                              &entry, &e);
        assert_true(rc >= 0);
        rc = files ? registry_put_files(l->owner, &entry, &problems, &e) : 0;
        if (rc != 0)
                fail_msg("%s%s", e.text, buf_cstr(&problems));
        if (files) // once more changes nothing
                assert_int_equal(registry_put_files(l->owner, &entry, &problems, &e), 0);
        live_exec(l, "COMMIT");
        registry_entry_done(&entry);
        schema_free(schema);
        buf_done(&set);
        buf_done(&problems);
}

// Ids of the files that a version of a dataset imports.
static const char *targets(struct live *l, const char *dataset, int version)
{
        char sql[512];
        snprintf(sql, sizeof sql,
                 "SELECT string_agg(t.subject || '=' || t.id, ' ' ORDER BY position) FROM hub.schema_file f "
                 "JOIN hub.schema_reference r ON r.file = f.id JOIN hub.schema_file t ON t.id = r.target "
                 "WHERE f.subject = '%s-value' AND f.version = %d",
                 dataset, version);
        return live_value(l, sql);
}

static void test_versions(void **state)
{
        LIVE(state);
        put(l, "tep-mot", NULL, NULL, true);
        const char *first = targets(l, "tep-mot", 1);
        assert_true(strncmp(first, "iochub/v1/message.proto=", 24) == 0 && strstr(first, " registry.proto="));
        // Another dataset of the same file, or another comment: the same version of the file.
        put(l, "tep-hai", "// Datasets", "// The datasets", true);
        assert_string_equal(targets(l, "tep-hai", 1), first);
        // Another content: a new version of the file and of the dataset.
        put(l, "tep-mot", "        string ten = 2;", "        string ten_moi = 2;", true);
        assert_string_not_equal(targets(l, "tep-mot", 2), first);
        assert_string_equal(targets(l, "tep-mot", 1), first);
        expect_sql(l,
                   "SELECT count(*) || ' ' || bool_and(f.id = s.id) FROM hub.schema s JOIN hub.schema_file f "
                   "USING (subject, version) WHERE s.dataset IN ('tep-mot', 'tep-hai')",
                   "3 true");
        expect_sql(l,
                   "SELECT count(*) FROM hub.schema_file f JOIN hub.schema s USING (id) WHERE f.subject <> "
                   "s.subject",
                   "0");
        expect_sql(l,
                   "SELECT has_table_privilege('iochub_hub', 'hub.schema_file', 'SELECT') AND NOT "
                   "has_table_privilege('iochub_hub', 'hub.schema_file', 'INSERT')",
                   "t");
}

static void test_earlier(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        char dataset[48];
        snprintf(dataset, sizeof dataset, "tep-%lld", (long long)clock_now());
        put(l, dataset, NULL, NULL, false);
        assert_string_equal(targets(l, dataset, 1), "");
        live_exec(l, "DELETE FROM hub.schema WHERE message = 'a.B'"); // what another test put is no set
        assert_int_equal(registry_complete_files(l->owner, &e), 0);
        assert_int_equal(registry_complete_files(l->owner, &e), 0);
        assert_string_equal(targets(l, dataset, 1), targets(l, "tep-mot", 1));
        assert_int_equal(registry_register_own(l->owner, &e), 0);
        expect_sql(l,
                   "SELECT bool_and(content LIKE '%message RoutingEvent {%') FROM hub.schema_file WHERE "
                   "subject = 'iochub.routing-value'",
                   "t");
        // What cannot be shown is named, and nothing is left behind.
        live_exec(l, "INSERT INTO hub.schema (subject, version, message, descriptor_set, fingerprint) VALUES "
                     "('hong-value', 1, 'a.B', 'x', sha256('x'))");
        assert_int_equal(registry_complete_files(l->owner, &e), -1);
        assert_non_null(strstr(e.text, "(hong-value) cannot be shown by the registry"));
        live_exec(l, "DELETE FROM hub.schema WHERE subject = 'hong-value'");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_versions),
                cmocka_unit_test(test_earlier),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

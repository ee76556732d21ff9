// Requests to the registry: what each path asks for, and what is refused.
#include "hub/base/text.h"
#include "hub/msg/registry_path.h"
#include "tests/unit/msg/unit.h"

static struct buf text;

// Target as in a request line.
static int read_target(const char *target, struct registry_request *out)
{
        size_t n = strcspn(target, "?");
        struct slice query = target[n] ? slice_str(target + n + 1) : BYTES("");
        return registry_request_read(slice_of(target, n), query, &text, out);
}

static struct registry_request good(const char *target)
{
        struct registry_request r;
        int rc = read_target(target, &r);
        if (rc != 0)
                fail_msg("%s: %d", target, rc);
        return r;
}

static void test_paths(UNUSED void **state)
{
        static const struct {
                const char *target, *subject;
                enum registry_ask ask;
                uint32_t id, version;
        } cases[] = {
                { "/", "", ASK_ROOT },
                { "/subjects", "", ASK_SUBJECTS },
                { "/subjects/", "", ASK_SUBJECTS },
                { "/subjects/a?normalize=True&deleted=False", "a", ASK_LOOKUP },
                { "/subjects/a/versions", "a", ASK_VERSIONS },
                { "/subjects/a%2Fb%20c.proto/versions/3", "a/b c.proto", ASK_VERSION, 0, 3 },
                { "/subjects/a/versions/latest", "a", ASK_VERSION },
                { "/subjects/a/versions/-1", "a", ASK_VERSION },
                { "/subjects/a/versions/2147483647/schema", "a", ASK_VERSION_TEXT, 0, 2147483647 },
                { "/subjects/a+b/versions/1/referencedby", "a+b", ASK_REFERENCED_BY, 0, 1 },
                { "/schemas/ids/7", "", ASK_ID, 7 },
                { "/schemas/ids/7/schema", "", ASK_ID_TEXT, 7 },
                { "/schemas/ids/7/versions", "", ASK_ID_VERSIONS, 7 },
                { "/schemas/ids/7/subjects/", "", ASK_ID_SUBJECTS, 7 },
                { "/schemas/types", "", ASK_TYPES },
                { "/config", "", ASK_CONFIG },
                { "/config/ph%E1%BA%A3n", "phản", ASK_CONFIG },
                { "/mode/a", "a", ASK_MODE },
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct registry_request r = good(cases[i].target);
                assert_int_equal(r.ask, cases[i].ask);
                assert_true(slice_eq_str(r.subject, cases[i].subject));
                assert_int_equal(r.id, cases[i].id);
                assert_int_equal(r.version, cases[i].version);
        }
}

static void test_queries(UNUSED void **state)
{
        struct registry_request r = good("/subjects");
        assert_true(!r.serialized && !r.deleted_only && r.offset == 0 && r.limit == -1 && r.prefix.n == 0);
        r = good("/subjects?deletedOnly=true&subjectPrefix=in.H10%2B+x&offset=2&limit=10&normalize=&&=&x");
        assert_true(r.deleted_only && r.offset == 2 && r.limit == 10);
        assert_true(slice_eq_str(r.prefix, "in.H10+ x"));
        assert_true(good("/schemas/ids/1?format=serialized&subject=a").serialized);
        assert_false(good("/schemas/ids/1?format=resolved").serialized);
        assert_false(good("/schemas/ids/1?format=serialized&format=").serialized);
        r = good("/subjects?limit=-5&offset=-5");
        assert_true(r.limit == -1 && r.offset == 0);
        r = good("/subjects?limit=99999999999&offset=1e3&deletedOnly=TRUE");
        assert_true(r.limit == -1 && r.offset == 0 && !r.deleted_only);
}

static void test_refused(UNUSED void **state)
{
        static const struct {
                const char *target;
                int refusal;
        } cases[] = {
                { "", REGISTRY_MALFORMED },
                { "subjects", REGISTRY_MALFORMED },
                { "*", REGISTRY_MALFORMED },
                { "http://x/subjects", REGISTRY_MALFORMED },
                { "/subjects/%", REGISTRY_MALFORMED },
                { "/subjects/%2", REGISTRY_MALFORMED },
                { "/subjects/%2x", REGISTRY_MALFORMED },
                { "/subjects/%00/versions", REGISTRY_MALFORMED },
                { "/subjects/a%0Ab/versions", REGISTRY_MALFORMED },
                { "/subjects/%7F/versions", REGISTRY_MALFORMED },
                { "/subjects/%C0%AF/versions", REGISTRY_MALFORMED },
                { "/subjects/%ED%A0%80/versions", REGISTRY_MALFORMED },
                { "/subjects/%FF/versions", REGISTRY_MALFORMED },
                { "/subjects/\xe1\xba\xa3/versions", REGISTRY_MALFORMED },
                { "/subjects/a b/versions", REGISTRY_MALFORMED },
                { "/subjects/a\"b", REGISTRY_MALFORMED },
                { "/subjects?x=%zz", REGISTRY_MALFORMED },
                { "/subjects?%00", REGISTRY_MALFORMED },
                { "/subjects?x=\x01", REGISTRY_MALFORMED },
                { "/nothing", REGISTRY_NO_PATH },
                { "///", REGISTRY_NO_PATH },
                { "//subjects", REGISTRY_NO_PATH },
                { "/subjects//versions", REGISTRY_NO_PATH },
                { "/subjects/a/versions/1/other", REGISTRY_NO_PATH },
                { "/subjects/a/versions/1/schema/x", REGISTRY_NO_PATH },
                { "/subjects/a/b/c/d/e/f/g/h", REGISTRY_NO_PATH },
                { "/subjects/../schemas/types", REGISTRY_NO_PATH },
                { "/schemas", REGISTRY_NO_PATH },
                { "/schemas/ids", REGISTRY_NO_PATH },
                { "/schemas/ids/0", REGISTRY_NO_PATH },
                { "/schemas/ids/-1", REGISTRY_NO_PATH },
                { "/schemas/ids/2147483648", REGISTRY_NO_PATH },
                { "/schemas/ids/1x", REGISTRY_NO_PATH },
                { "/schemas/ids/1/other", REGISTRY_NO_PATH },
                { "/config/a/b", REGISTRY_NO_PATH },
                { "/subjects/a/versions/0", REGISTRY_NO_VERSION },
                { "/subjects/a/versions/-2", REGISTRY_NO_VERSION },
                { "/subjects/a/versions/1.0/schema", REGISTRY_NO_VERSION },
                { "/subjects/a/versions/2147483648", REGISTRY_NO_VERSION },
        };
        struct registry_request r = { .id = 77 };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int rc = read_target(cases[i].target, &r);
                if (rc != cases[i].refusal)
                        fail_msg("%s: %d", cases[i].target, rc);
        }
        assert_int_equal(r.id, 77); // outputs are written on success only
}

static void test_long(UNUSED void **state)
{
        struct registry_request r;
        char target[REGISTRY_TARGET_MAX + 2];
        memset(target, 'a', sizeof target);
        target[0] = '/', target[REGISTRY_TARGET_MAX] = '\0';
        assert_int_equal(read_target(target, &r), REGISTRY_NO_PATH);
        target[REGISTRY_TARGET_MAX] = 'a', target[REGISTRY_TARGET_MAX + 1] = '\0';
        assert_int_equal(read_target(target, &r), REGISTRY_MALFORMED);
}

static void test_aliases(UNUSED void **state)
{
        static const char *const cases[][2] = {
                { "phan-anh-value", "phan-anh-value" },
                { "shared.phan-anh-value", "phan-anh-value" },
                { "in.H10.03.phan-anh-value", "phan-anh-value" },
                { "in.H10.phan-anh-value", "phan-anh-value" },
                { "rejected.000.00.00.H49-value", "rejected-value" },
                { "rejected-value", "rejected-value" },
                { "iochub.routing-value", "iochub.routing-value" },
                { "shared.value-value", "value-value" },
                { "shared.phan-anh", "shared.phan-anh" },
                { "shared.phan-anh-key", "shared.phan-anh-key" },
                { "shared.Phan-value", "shared.Phan-value" },
                { "shared.-value", "shared.-value" },
                { "in.phan-anh-value", "in.phan-anh-value" },
                { "in..phan-anh-value", "in..phan-anh-value" },
                { "in.h10.phan-anh-value", "in.h10.phan-anh-value" },
                { "in.H10.-value", "in.H10.-value" },
                { "in.-value", "in.-value" },
                { "rejected.-value", "rejected.-value" },
                { "rejected.h10-value", "rejected.h10-value" },
                { "out.H10-value", "out.H10-value" },
                { "-value", "-value" },
                { "", "" },
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct slice got = registry_subject(slice_str(cases[i][0]));
                if (!slice_eq_str(got, cases[i][1]))
                        fail_msg("%s: %.*s", cases[i][0], (int)got.n, (const char *)got.p);
        }
}

static int tear_down(UNUSED void **state)
{
        buf_done(&text);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths), cmocka_unit_test(test_queries), cmocka_unit_test(test_refused),
                cmocka_unit_test(test_long),  cmocka_unit_test(test_aliases),
        };
        return cmocka_run_group_tests(tests, NULL, tear_down);
}

// One member of a JSON object: escapes as RFC 8259 has them, and what is no JSON.
#include "hub/base/json.h"
#include "tests/unit/base/unit.h"

static void finds(const char *json, const char *text)
{
        struct buf out = { 0 };
        int rc = json_member(slice_str(json), "s", &out);
        if (rc != 0 || !slice_eq_str(buf_slice(&out), text))
                fail_msg("%s: %d, %s", json, rc, buf_cstr(&out));
        buf_done(&out);
}

static void gives(struct slice json, int wanted)
{
        struct buf out = { 0 };
        int rc = json_member(json, "s", &out);
        if (rc != wanted)
                fail_msg("%.*s: %d", (int)json.n, (const char *)json.p, rc);
        buf_done(&out);
}

static void test_found(void **state)
{
        (void)state;
        finds("{\"s\":\"\"}", "");
        finds(" {\n\t\"a\" : [1, -2.5e+3, {\"s\": \"inside\"}, []], \"s\" : \"x\" , \"b\": {}, \"c\": null "
              "}\r\n",
              "x");
        finds("{\"s\":\"a\",\"s\":\"b\"}", "b");
        finds("{\"\\u0073\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t");
        finds("{\"s\":\"\\u0041\\u00e9\\u1EA3\\ud83d\\ude00\"}", "Aéả😀");
        finds("{\"s\":\"phản ánh\"}", "phản ánh");
        finds("{\"a\":true,\"b\":false,\"c\":0,\"d\":-0.0,\"e\":1E9,\"s\":\"x\"}", "x");
}

static void test_others(void **state)
{
        (void)state;
        static const char *const absent[] = { "{}", "{\"t\":\"x\"}", "{\"s\":7}", "{\"s\":null}",
                                              "{\"S\":\"x\"}" };
        static const char *const wrong[] = {
                "",
                "[]",
                "\"s\"",
                "{",
                "{\"s\"",
                "{\"s\":",
                "{\"s\":\"",
                "{\"s\":\"x\"",
                "{\"s\":\"x\"}}",
                "{\"s\":\"x\"} x",
                "{\"s\":\"x\",}",
                "{,}",
                "{s:\"x\"}",
                "{'s':\"x\"}",
                "{\"s\":\"\\x\"}",
                "{\"s\":\"\\\"}",
                "{\"s\":\"\\u12\"}",
                "{\"s\":\"\\ud83d\"}",
                "{\"s\":\"\\ud83dx\"}",
                "{\"s\":\"\\ud83d\\u0041\"}",
                "{\"s\":\"\\ude00\"}",
                "{\"s\":\"\n\"}",
                "{\"a\":01}",
                "{\"a\":1.}",
                "{\"a\":.5}",
                "{\"a\":+1}",
                "{\"a\":1e}",
                "{\"a\":nul}",
                "{\"a\":[1,]}",
                "{\"a\":[1 2]}",
                "{\"a\":NaN}",
                "{\"s\":\"\xff\"}",
                "{\"s\":\"x\" \"t\":1}",
        };
        for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
                gives(slice_str(absent[i]), 1);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                gives(slice_str(wrong[i]), 2);
        gives(slice_of("{\"s\":\"x\"}\0", 10), 2);
        gives(slice_of("{\"s\":\"\0\"}", 8), 2);
}

static void test_deep(void **state)
{
        (void)state;
        char json[4096] = "{\"a\":";
        size_t n = strlen(json);
        memset(json + n, '[', 3000);
        gives(slice_of(json, n + 3000), 2);
        n += 32;
        memset(json + n, ']', 32);
        json[n + 32] = '}';
        gives(slice_of(json, n + 33), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_found),
                cmocka_unit_test(test_others),
                cmocka_unit_test(test_deep),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

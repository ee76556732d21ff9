#include "tests/unit/msg/unit.h"

#include "hub/base/clock.h"

static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        arena = arena_new(4096);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        arena_free(arena);
        remove_folder();
        return 0;
}

#define DATASET(options, fields)                                                                             \
        "syntax = 'proto3'; package t; import 'google/protobuf/timestamp.proto'; import "                    \
        "'iochub/v1/options.proto';\n"                                                                       \
        "message M { option (iochub.v1.dataset) = { name: 'a' " options                                      \
        " };\n enum E { A = 0; B = 1; }\n" fields " }"

static const char *key(const struct schema *s, const char *text)
{
        struct bytes b = encode(text);
        struct slice out;
        struct fault f = { 0 };
        int rc = msg_key(s->dataset, must_read(s, slice_bytes(b), arena), arena, &out, &f);
        const char *result;
        if (rc) {
                assert_int_equal(f.code, FAULT_WRONG_KEY);
                result = arena_printf(arena, "refused %s", f.items[0].field);
        } else {
                result = arena_strndup(arena, out.p, out.n);
        }
        free(b.p);
        return result;
}

static void test_key(void **state)
{
        (void)state;
        struct schema *s = load(DATASET("mode: UPSERT key: ['s', 'i', 'u', 'b', 'e', 't']",
                                        "string s = 1; int64 i = 2; uint64 u = 3; bool b = 4; E e = 5; "
                                        "google.protobuf.Timestamp t = 6;"));
        assert_string_equal(key(s, "s: '00123' i: -9223372036854775808 u: 18446744073709551615 b: true e: B "
                                   "t { seconds: 1431000000 nanos: "
                                   "535926999 }"),
                            "00123\x1f-9223372036854775808\x1f"
                            "18446744073709551615\x1ftrue\x1f"
                            "B\x1f"
                            "2015-05-07T12:00:00.535926Z");
        assert_string_equal(key(s, "s: 'x' t { }"), "x\x1f"
                                                    "0\x1f"
                                                    "0\x1f"
                                                    "false\x1f"
                                                    "A\x1f"
                                                    "1970-01-01T00:00:00Z");
        assert_string_equal(key(s, "s: 'x' e: 9 t { }"), "x\x1f"
                                                         "0\x1f"
                                                         "0\x1f"
                                                         "false\x1f"
                                                         "9\x1f"
                                                         "1970-01-01T00:00:00Z");
        assert_string_equal(key(s, "t { }"), "refused s");
        assert_string_equal(key(s, "s: 'x'"), "refused t");
        assert_string_equal(key(s, "s: 'x\\037y' t { }"), "refused s");
        assert_string_equal(key(s, "s: 'x' t { nanos: -1 }"), "refused t");
        schema_free(s);
        s = load(DATASET("mode: UPSERT key: 'n'", "optional int32 n = 1;"));
        assert_string_equal(key(s, "n: 0"), "0");
        assert_string_equal(key(s, ""), "refused n");
        schema_free(s);
        s = load(DATASET("mode: APPEND", "optional int32 n = 1;"));
        assert_string_equal(key(s, ""), "");
        schema_free(s);
}

static int event_time(const struct schema *s, const char *text, int64_t *out)
{
        struct bytes b = encode(text);
        int rc = msg_event_time(s->dataset, must_read(s, slice_bytes(b), arena), out);
        free(b.p);
        return rc;
}

static void test_event_time(void **state)
{
        (void)state;
        int64_t t;
        struct schema *s = load(DATASET("mode: APPEND event_time: 't'", "google.protobuf.Timestamp t = 1;"));
        assert_int_equal(event_time(s, "t { seconds: -1 nanos: 1999 }", &t), 0);
        assert_int_equal(t, -999999);
        assert_int_equal(event_time(s, "", &t), 1);
        assert_int_equal(event_time(s, "t { seconds: 253402300800 }", &t), 2);
        assert_int_equal(event_time(s, "t { seconds: -62135596801 }", &t), 2);
        assert_int_equal(event_time(s, "t { nanos: 1000000000 }", &t), 2);
        assert_int_equal(event_time(s, "t { seconds: 253402300799 nanos: 999999999 }", &t), 0);
        assert_int_equal(t, INSTANT_MAX);
        assert_int_equal(event_time(s, "t { seconds: -62135596800 }", &t), 0);
        assert_int_equal(t, INSTANT_MIN);
        schema_free(s);
        s = load(DATASET("mode: APPEND", "google.protobuf.Timestamp t = 1;"));
        assert_int_equal(event_time(s, "t { }", &t), 1);
        schema_free(s);
}

static void test_timestamps(void **state)
{
        (void)state;
        struct schema *s = load(DATASET("mode: APPEND", "google.protobuf.Timestamp t = 1;"));
        static const int64_t instants[] = { 0, -1, 1, INSTANT_MIN, INSTANT_MAX, 1431000000535926 };
        for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
                int64_t back = 0;
                const struct msg *m = msg_timestamp(s->root->fields[0].message, instants[i], arena);
                assert_true(msg_nanos(m) >= 0);
                assert_int_equal(msg_instant(m, &back), 0);
                assert_int_equal(back, instants[i]);
        }
        schema_free(s);
}

static void test_json(void **state)
{
        (void)state;
        struct schema *s =
            load("syntax = 'proto3'; package t; import 'google/protobuf/timestamp.proto'; import "
                 "'google/protobuf/duration.proto';\nimport 'google/protobuf/struct.proto'; import "
                 "'google/protobuf/wrappers.proto'; import 'google/protobuf/any.proto'; import "
                 "'google/protobuf/field_mask.proto'; import 'google/protobuf/empty.proto';\n"
                 "message M { enum E { A = 0; B = 1; } int32 so_nguyen = 1; int64 l = 2; uint64 u = 3; float "
                 "f = 4; double d = "
                 "5; bool b = 6; string s = 7; bytes y = 8; E e = 9; optional E oe = 10; "
                 "google.protobuf.Timestamp t = 11; "
                 "google.protobuf.Duration dr = 12; repeated E es = 13; map<int64, string> m = 14; map<bool, "
                 "M> mm = 15;\n"
                 "google.protobuf.Struct st = 16; google.protobuf.Value v = 17; google.protobuf.ListValue lv "
                 "= 18; "
                 "google.protobuf.Int64Value w = 19; google.protobuf.StringValue ws = 20; "
                 "google.protobuf.Any any = 21; "
                 "google.protobuf.FieldMask fm = 22; google.protobuf.Empty em = 23; repeated "
                 "google.protobuf.Duration ds = 24;\n"
                 "google.protobuf.NullValue n = 25; optional google.protobuf.NullValue on = 26; repeated "
                 "double rd = 27; "
                 "repeated float rf = 28; }");
        static const struct {
                const char *text, *json;
        } cases[] = {
                { "", "{}" },
                { "so_nguyen: -5 l: -9223372036854775808 u: 18446744073709551615",
                  "{\"so_nguyen\":-5,\"l\":\"-9223372036854775808\",\"u\":\"18446744073709551615\"}" },
                { "f: 0.1 d: 0.1", "{\"f\":0.1,\"d\":0.1}" },
                { "rf: 16777216 rf: 3.4e38 rf: nan rd: inf rd: -inf rd: 1e-7 rd: 3",
                  "{\"rd\":[\"Infinity\",\"-Infinity\",1e-07,3],\"rf\":[16777216,3.4e+38,\"NaN\"]}" },
                { "b: true s: 'ổ\"\\n' y: '\\377\\000a'", "{\"b\":true,\"s\":\"ổ\\\"\\n\",\"y\":\"/wBh\"}" },
                { "e: B oe: A es: B es: 7", "{\"e\":\"B\",\"oe\":\"A\",\"es\":[\"B\",7]}" },
                { "t { seconds: -62135596800 }", "{\"t\":\"0001-01-01T00:00:00Z\"}" },
                { "t { seconds: 1 nanos: 500000000 }", "{\"t\":\"1970-01-01T00:00:01.500Z\"}" },
                { "t { seconds: 1 nanos: 1 }", "{\"t\":\"1970-01-01T00:00:01.000000001Z\"}" },
                { "t { seconds: 253402300800 nanos: 7 }",
                  "{\"t\":{\"seconds\":\"253402300800\",\"nanos\":7}}" },
                { "dr { seconds: 1 nanos: 500000000 } ds { nanos: -1000 } ds { seconds: -3 } ds { seconds: 1 "
                  "nanos: -1 }",
                  "{\"dr\":\"1.500s\",\"ds\":[\"-0.000001s\",\"-3s\",{\"seconds\":\"1\",\"nanos\":-1}]}" },
                { "m { key: -1 value: 'a' } m { key: 2 value: '' } mm { key: false value { b: true } }",
                  "{\"m\":{\"-1\":\"a\",\"2\":\"\"},\"mm\":{\"false\":{\"b\":true}}}" },
                { "st { fields { key: 'a' value { list_value { values { null_value: 0 } values { "
                  "number_value: 1.5 } values { bool_value: "
                  "false } values { string_value: '' } values { struct_value { } } } } } } v { string_value: "
                  "'x' } lv { }",
                  "{\"st\":{\"a\":[null,1.5,false,\"\",{}]},\"v\":\"x\",\"lv\":[]}" },
                { "w { } ws { value: 'x' } em { } v { }", "{\"v\":null,\"w\":\"0\",\"ws\":\"x\",\"em\":{}}" },
                { "any { type_url: 'u/t.M' value: 'x' } fm { paths: 'a_b.c_d' paths: 'e' } on: 0",
                  "{\"any\":{\"@type\":\"u/t.M\",\"value\":\"eA==\"},\"fm\":\"aB.cD,e\",\"on\":null}" },
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct bytes b = encode(cases[i].text);
                assert_json(must_read(s, slice_bytes(b), arena), cases[i].json);
                free(b.p);
        }
        schema_free(s);
}

// The deepest message that the reader takes is written without reaching the JSON writer's own limit.
static void test_deep_json(void **state)
{
        (void)state;
        struct schema *s = load("syntax = 'proto3'; package t; message M { repeated M m = 1; map<string, M> "
                                "k = 2; int32 x = 3; }");
        uint8_t bytes[256];
        size_t at = sizeof(bytes);
        for (int i = 0; i < WIRE_DEPTH - 1; i++) {
                bytes[at - 1] = (uint8_t)(sizeof(bytes) - at);
                bytes[at - 2] = 0x0a;
                at -= 2;
                if (sizeof(bytes) - at > 120)
                        break;
        }
        char *json = json_of(must_read(s, slice_of(bytes + at, sizeof(bytes) - at), arena));
        assert_non_null(strstr(json, "[{\"m\":[{\"m\":[{"));
        free(json);
        schema_free(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_key),        cmocka_unit_test(test_event_time),
                cmocka_unit_test(test_timestamps), cmocka_unit_test(test_json),
                cmocka_unit_test(test_deep_json),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

// The mapping: every conversion, by the JSON of the message that comes out or the reason of the reject.
#include "connectors/sdk/mapping.h"
#include "hub/base/json.h"
#include "tests/unit/sdk/unit.h"

static const char proto[] =
    "syntax = 'proto3'; package t;\n"
    "import 'google/protobuf/timestamp.proto'; import 'google/protobuf/duration.proto';\n"
    "import 'google/protobuf/wrappers.proto';\n"
    "enum E { ZERO = 0; ONE = 1; }\n"
    "message In { double x = 1; double y = 2; In deeper = 3; }\n"
    "message M {\n"
    "  string s = 1; optional string o = 2; int32 i = 3; uint32 u = 4; int64 l = 5; uint64 v = 6;\n"
    "  double d = 7; float f = 8; bool b = 9; E e = 10; bytes y = 11; google.protobuf.Timestamp t = 12;\n"
    "  google.protobuf.Duration p = 13; In in = 14; repeated string r = 15; repeated int32 n = 16;\n"
    "  google.protobuf.Int64Value w = 17; map<string, string> m = 18; repeated In ins = 19;\n"
    "  oneof pick { string left = 20; string right = 21; } repeated google.protobuf.Timestamp ts = 22;\n"
    "}\n";

static struct schema *schema;

struct made {
        struct zones *zones;
        struct yaml *yaml;
        struct conf_errors errors;
        struct mapping *mapping;
};

static void make(struct made *m, const char *yaml)
{
        struct err e;
        m->zones = zones_new();
        m->yaml = yaml_load("t.yaml", slice_str(yaml), &e);
        assert_non_null(m->yaml);
        conf_errors_init(&m->errors, "t.yaml");
        m->mapping = mapping_read(yaml_root(m->yaml), m->zones, &m->errors);
        if (m->errors.count == 0)
                mapping_bind(m->mapping, schema, &m->errors);
}

static void unmake(struct made *m)
{
        mapping_free(m->mapping);
        conf_errors_done(&m->errors);
        yaml_free(m->yaml);
        zones_free(m->zones);
}

// One field `what` from column c, whose text is value.
static void expect_with(const char *yaml, const char *const *values, const char *wanted)
{
        struct made m;
        make(&m, yaml);
        if (m.errors.count)
                fail_msg("%s", buf_cstr(&m.errors.text));
        struct arena *a = arena_new(4096);
        struct slice slices[4];
        size_t count = mapping_columns(m.mapping)->count;
        for (size_t i = 0; i < count; i++)
                slices[i] = slice_str(values[i]);
        struct msg *message;
        struct row_fault f = { 0 };
        struct buf out;
        buf_init(&out);
        if (mapping_row(m.mapping, slices, a, &message, &f) == 0) {
                struct json j;
                json_init(&j, &out, false);
                msg_json(message, &j);
        } else {
                assert_true(f.vi[0] != '\0');
                buf_printf(&out, "%s: %.*s: %s", f.column, (int)f.value.n, (const char *)f.value.p, f.en);
        }
        assert_string_equal(buf_cstr(&out), wanted);
        buf_done(&out);
        arena_free(a);
        unmake(&m);
}

static void expect(const char *yaml, const char *value, const char *wanted)
{
        expect_with(yaml, (const char *const[]){ value, "", "", "" }, wanted);
}

static void texts(void **state)
{
        (void)state;
        expect("s: c", " a b\xc2\xa0\t", "{\"s\":\"a b\"}");
        expect("s: { column: c, trim: false }", " a ", "{\"s\":\" a \"}");
        expect("s: c", "", "{}");
        expect("o: c", "  ", "{}");
        expect("o: { column: c, missing: [N/A] }", "", "{\"o\":\"\"}");
        expect("o: { column: c, missing: ['', N/A] }", "N/A", "{}");
        expect("s: { value: fixed }", "", "{\"s\":\"fixed\"}");
        expect("s: { column: c, values: { 'Xã': XA, '': none } }", "Xã", "{\"s\":\"XA\"}");
        expect("s: { column: c, values: { 'Xã': XA } }", "Huyện",
               "c: Huyện: the value is not listed in `values`");
        expect("s: { column: c, decimal: ',', thousands: '.' }", "1.234,50", "{\"s\":\"1234.50\"}");
        expect("y: c", "ab", "{\"y\":\"YWI=\"}");
        expect("y: { column: c, format: hex }", "6162", "{\"y\":\"YWI=\"}");
        expect("y: { column: c, format: hex }", "616", "c: 616: not hexadecimal");
}

static void first_that_is_there(void **state)
{
        (void)state;
        static const char yaml[] = "s: { columns: [a, b, c], missing: ['', '-'] }";
        expect_with(yaml, (const char *const[]){ "1", "2", "3" }, "{\"s\":\"1\"}");
        expect_with(yaml, (const char *const[]){ "", "-", "3" }, "{\"s\":\"3\"}");
        expect_with(yaml, (const char *const[]){ "", "", "-" }, "{}");
}

static void integers(void **state)
{
        (void)state;
        expect("i: c", "-2147483648", "{\"i\":-2147483648}");
        expect("i: c", "2147483648", "c: 2147483648: not an integer within the field's range");
        expect("i: c", "7.0", "{\"i\":7}");
        expect("i: c", "7.00", "{\"i\":7}");
        expect("i: c", "700", "{\"i\":700}");
        expect("i: c", "7.5", "c: 7.5: not an integer within the field's range");
        expect("i: c", "7.", "c: 7.: not an integer within the field's range");
        expect("i: c", ".0", "c: .0: not an integer within the field's range");
        expect("i: c", "1e3", "c: 1e3: not an integer within the field's range");
        expect("i: c", "x", "c: x: not an integer within the field's range");
        expect("u: c", "4294967295", "{\"u\":4294967295}");
        expect("u: c", "-1", "c: -1: not a non-negative integer within the field's range");
        expect("l: c", "-9223372036854775808", "{\"l\":\"-9223372036854775808\"}");
        expect("v: c", "18446744073709551615", "{\"v\":\"18446744073709551615\"}");
        expect("v: c", "18446744073709551616",
               "c: 18446744073709551616: not a non-negative integer within the field's range");
        expect("i: { column: c, thousands: '.' }", "1.234.567", "{\"i\":1234567}");
        expect("d: { column: c, thousands: '.' }", "1.234,5", "{\"d\":1234.5}");
        expect("i: { column: c, thousands: '.' }", "1.23.567", "c: 1.23.567: not a number");
        expect("i: { column: c, thousands: ',' }", "-12,345", "{\"i\":-12345}");
        expect("i: { column: c, thousands: ',' }", "1234,567", "c: 1234,567: not a number");
        expect("i: { column: c, thousands: ',' }", "1,2345", "c: 1,2345: not a number");
        expect("i: { column: c, thousands: ' ' }", "12 345", "{\"i\":12345}");
        expect("w: c", "5", "{\"w\":\"5\"}");
}

static void numbers(void **state)
{
        (void)state;
        expect("d: c", "-2.5", "{\"d\":-2.5}");
        expect("d: c", "2,5", "c: 2,5: not a number");
        expect("d: { column: c, decimal: ',' }", "2,5", "{\"d\":2.5}");
        expect("d: { column: c, decimal: ',' }", "2.5", "c: 2.5: not a number");
        expect("d: { column: c, decimal: ',', thousands: '.' }", "1.234.567,89", "{\"d\":1234567.89}");
        expect("d: { column: c, decimal: ',', thousands: '.' }", "1.234.56,89",
               "c: 1.234.56,89: not a number");
        expect("d: { column: c, decimal: ',', thousands: '.' }", "12,345.6", "c: 12,345.6: not a number");
        expect("d: { column: c, unit: km/h }", "4.0 km/h", "{\"d\":4}");
        expect("d: { column: c, unit: km/h }", "4.0", "{\"d\":4}");
        expect("d: { column: c, unit: km/h }", "4.0 mph", "c: 4.0 mph: not a number");
        expect("d: { column: c, unit: km/h }", "km/h", "c: km/h: not a number");
        expect("d: { column: c, unit: °C, decimal: ',' }", "26,1°C", "{\"d\":26.1}");
        expect("d: c", "nan", "c: nan: not a number");
        expect("d: c", "1e400", "c: 1e400: not a number");
        expect("f: c", "0.5", "{\"f\":0.5}");
        expect("f: c", "1e39", "c: 1e39: the number is too large for the field");
}

static void words(void **state)
{
        (void)state;
        expect("b: c", "TRUE", "{\"b\":true}");
        expect("b: { column: c, true_words: [có, C], false_words: không }", "có", "{\"b\":true}");
        expect("b: { column: c, true_words: [có, C], false_words: không }", "yes",
               "c: yes: not true, false, 1, 0 or one of the configured words");
        expect("e: c", "ONE", "{\"e\":\"ONE\"}");
        expect("e: c", "1", "{\"e\":\"ONE\"}");
        expect("e: c", "2", "c: 2: not a value of the enum");
        expect("e: { column: c, values: { Một: ONE } }", "Một", "{\"e\":\"ONE\"}");
}

static void times(void **state)
{
        (void)state;
        expect("t: c", "2025-03-01T00:01:30.535926+07:00", "{\"t\":\"2025-02-28T17:01:30.535926Z\"}");
        expect("t: c", "2025-03-01", "c: 2025-03-01: not a time of the configured format");
        expect("t: { column: c, format: unix }", "1740762090", "{\"t\":\"2025-02-28T17:01:30Z\"}");
        expect("t: { column: c, format: unix_ms }", "1740762090535", "{\"t\":\"2025-02-28T17:01:30.535Z\"}");
        expect("t: { column: c, format: unix }", "99999999999999",
               "c: 99999999999999: not a time of the configured format");
        expect("t: { column: c, format: '%d/%m/%Y', zone: Asia/Ho_Chi_Minh }", "01/03/2025",
               "{\"t\":\"2025-02-28T17:00:00Z\"}");
        expect("t: { column: c, format: '%FT%T%z' }", "2025-03-01T00:00:00-01:00",
               "{\"t\":\"2025-03-01T01:00:00Z\"}");
        expect("ts: { column: c, split: ',' }", "2025-03-01T00:00:00Z,2025-03-02T00:00:00Z",
               "{\"ts\":[\"2025-03-01T00:00:00Z\",\"2025-03-02T00:00:00Z\"]}");
        expect("p: c", "-1.5", "{\"p\":\"-1.500s\"}");
        expect("p: { column: c, format: min, unit: phút }", "2 phút", "{\"p\":\"120s\"}");
        expect("p: { column: c, format: ms }", "1", "{\"p\":\"0.001s\"}");
        expect("p: c", "x", "c: x: not a duration");
}

static void nested_and_repeated(void **state)
{
        (void)state;
        expect_with("{ in.x: a, in.deeper.y: b }", (const char *const[]){ "1", "2" },
                    "{\"in\":{\"x\":1,\"deeper\":{\"y\":2}}}");
        expect_with("{ in.x: a, in.y: b }", (const char *const[]){ "", "" }, "{}");
        expect("r: { column: c, split: ';' }", "a; b;;c;", "{\"r\":[\"a\",\"b\",\"c\"]}");
        expect("r: { column: c, split: ';' }", " ; ", "{}");
        expect("r: c", "a;b", "{\"r\":[\"a;b\"]}");
        expect("n: { column: c, split: ' | ' }", "1 | 2", "{\"n\":[1,2]}");
        expect("n: { column: c, split: ',' }", "1,x", "c: x: not an integer within the field's range");
        expect("left: c", "l", "{\"left\":\"l\"}");
}

static void mistake(const char *yaml, const char *wanted)
{
        struct made m;
        make(&m, yaml);
        if (m.errors.count != 1 || strstr(buf_cstr(&m.errors.text), wanted) == NULL)
                fail_msg("%zu mistakes: %s\nwanted: %s", m.errors.count, buf_cstr(&m.errors.text), wanted);
        unmake(&m);
}

static void mistakes(void **state)
{
        (void)state;
        mistake("s: { colum: c, value: x }", "t.yaml:1:6: ");
        mistake("s: [a]", "t.yaml:1:4: s needs a column's name or a map of options");
        mistake("s: { trim: false }", "t.yaml:1:1: s needs one of column, columns, value");
        mistake("s: { column: a, value: x }", "t.yaml:1:1: s needs one of column, columns, value");
        mistake("[a]", "t.yaml:1:1: map needs at least one field");
        mistake("d: { column: c, decimal: ';' }", "t.yaml:1:26: decimal is one of");
        mistake("d: { column: c, decimal: '.', thousands: '.' }",
                "t.yaml:1:42: thousands and decimal are the same sign");
        mistake("t: { column: c, format: '%d/%m/%Y', zone: Asia/Saigonn }",
                "t.yaml:1:43: there is no time zone `Asia/Saigonn`");
        mistake("t: { column: c, format: '%d/%m/%Y' }", "t.yaml:1:25: a format without %z needs a zone");
        mistake("t: { column: c, format: '%d/%m' , zone: UTC}",
                "t.yaml:1:25: the format needs year, month and day");
        mistake("t: { column: c, zone: UTC }", "t.yaml:1:23: a zone needs a format");
        mistake("titel: c", "t.yaml:1:1: t.M has no field `titel`");
        mistake("in.xx: c", "t.yaml:1:1: t.In has no field `xx`; did you mean `x`?");
        mistake("s.x: c", "t.yaml:1:1: s.x: `s` has no fields that a column could fill");
        mistake("in: c", "t.yaml:1:1: in is a message or a map");
        mistake("m: c", "t.yaml:1:1: m is a message or a map");
        mistake("ins: c", "t.yaml:1:1: ins is a message or a map");
        mistake("s: { column: c, split: ';' }", "t.yaml:1:24: s is not repeated");
        mistake("b: { column: c, unit: x }", "t.yaml:1:23: b is not a number");
        mistake("s: { column: c, true_words: x }", "t.yaml:1:1: s is not a bool");
        mistake("s: { column: c, format: hex }",
                "t.yaml:1:25: s: format is for Timestamp, Duration and bytes fields");
        mistake("t: { column: c, format: iso }", "t.yaml:1:25: t: there is no format `iso`");
        mistake("{ left: c, right: c }", "t.yaml:1:12: right and left are of one oneof: map one of them");
        mistake("{ in.x: c, in: { column: c } }", "in is a message or a map");
}

static int setup(void **state)
{
        (void)state;
        make_folder();
        schema = load_schema(proto);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        schema_free(schema);
        remove_folder();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(texts),    cmocka_unit_test(first_that_is_there),
                cmocka_unit_test(integers), cmocka_unit_test(numbers),
                cmocka_unit_test(words),    cmocka_unit_test(times),
                cmocka_unit_test(mistakes), cmocka_unit_test(nested_and_repeated),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

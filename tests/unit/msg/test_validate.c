// Rules: the schemas stand in rules_<name>.proto beside this file; each case is a message as text and what is
// said of it.
#include "tests/unit/msg/unit.h"

#include "hub/base/clock.h"

#define NOW (1700000000 * USEC_PER_SEC)

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

// What validate says of a text message: "field rule; field rule", flags with `!`.
static const char *verdict(const struct schema *s, const char *text)
{
        struct bytes b = encode(text);
        struct msg *m = must_read(s, slice_bytes(b), arena);
        struct fault f = { 0 };
        int rc = validate(s, m, NOW, arena, &f);
        assert_int_equal(rc, f.rejects > 0);
        assert_int_equal(f.code, rc ? FAULT_RULE : FAULT_NONE);
        struct buf out;
        buf_init(&out);
        for (size_t i = 0; i < f.count; i++) {
                assert_true(f.items[i].text_vi[0] && f.items[i].text_en[0]);
                const char *separator = i ? "; " : "", *flag = f.items[i].flag ? "!" : "";
                buf_printf(&out, "%s%s %s%s", separator, f.items[i].field, f.items[i].rule, flag);
        }
        const char *copy = arena_strdup(arena, buf_cstr(&out));
        buf_done(&out);
        free(b.p);
        return copy;
}

struct expectation {
        const char *text, *verdict;
};

static void check_with(const char *rules, const char *common, const struct expectation *e)
{
        char file[64];
        snprintf(file, sizeof(file), "rules_%s", rules);
        struct schema *s = load_file(file);
        for (; e->text; e++) {
                char text[1024];
                snprintf(text, sizeof(text), "%s %s", common, e->text);
                const char *got = verdict(s, text);
                if (strcmp(got, e->verdict) != 0)
                        fail_msg("`%s`: expected `%s`, got `%s`", e->text, e->verdict, got);
        }
        schema_free(s);
}

static void test_required_and_presence(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "a: 'x' b: '' g: 'y'", "" },
                { "", "a required; b required; g required" },
                { "a: '' b: 'x' g: 'y'", "a required" },
                { "a: 'x' b: 'x' g: 'y' c: ''", "c string.min_len" },
                { "a: 'x' b: 'x' g: 'y' d: 'xyz' e: 'x' f: 'x'", "d string.max_len; e string.min_len" },
                { "a: 'x' b: 'x' g: 'y' h { }", "" },
                { "a: 'x' b: 'x' g: 'y' i: ''", "i string.min_len" }, // presence: set is set
                { NULL, NULL },
        };
        check_with("presence", "", cases);
}

static void test_text_and_bytes(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "a: 'x' b: 'b' c: 'b' d: 'ổgà' e: 'ổổ' f: 'ổ' g: 'ổ' h: 'abmyz' i: ''", "" },
                { "a: 'y'", "a string.const" },
                { "b: 'c' c: 'a'", "b string.in; c string.not_in" },
                { "d: 'xy'", "d string.len" },
                { "d: 'ổổổổ'", "d string.len" },
                { "e: 'x'", "e string.min_len" },
                { "e: 'ổổổổ'", "e string.max_len" },
                { "f: 'x'", "f string.min_bytes" },
                { "f: 'ổổ'", "f string.max_bytes" },
                { "g: 'xy'", "g string.len_bytes" },
                { "h: 'q'", "h string.prefix; h string.suffix; h string.contains; h string.not_contains" },
                { "h: ''", "h string.prefix; h string.suffix; h string.contains" },
                { "h: 'y'", "h string.prefix; h string.suffix; h string.contains" },
                { "j: '\\001' k: '\\377z' l: 'a'", "" },
                { "j: ''", "j bytes.const" },
                { "k: 'zzzz'", "k bytes.max_len; k bytes.prefix; k bytes.contains" },
                { "k: '\\377'", "k bytes.min_len; k bytes.suffix" },
                { "l: 'b'", "l bytes.not_in" },
                { "l: 'xx'", "l bytes.in; l bytes.len" },
                { NULL, NULL },
        };
        check_with("text", "", cases);
}

static void test_numbers(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "a: -3 b: 2 c: 18446744073709551615 d: 10 e: 6 f: -2 g: 1e300 h: 0.1 i: 0.5 j: -0 k: true",
                  "" },
                { "l: 7 m: 0 n: 2 o: 3 p: 1", "" },
                { "a: 3", "a int32.const" },
                { "b: 1", "b int64.gt_lt" },
                { "b: 5", "b int64.gt_lt" },
                { "c: 0", "c uint64.gte" },
                { "d: 11", "d sint32.gte_lte_exclusive" },
                { "d: 20", "" },
                { "e: 3", "e fixed32.gt_lt_exclusive" },
                { "e: 5", "e fixed32.gt_lt_exclusive" },
                { "e: 2", "" },
                { "f: 2", "f sfixed64.in" },
                { "g: inf", "g double.finite" },
                { "g: nan", "g double.finite" },
                { "h: 0.2", "h float.gte_lt" },
                { "h: 0.15", "h float.not_in" },
                { "h: nan", "h float.gte_lt" },
                { "i: nan", "i double.gt_lt_exclusive" },
                { "i: 1", "i double.gt_lt_exclusive" },
                { "i: 2.5", "" },
                { "j: nan", "j double.const" },
                { "k: false", "k bool.const" },
                { "l: 8 m: -1 n: 3 o: 4", "l uint32.lte; m sint64.gt; n fixed64.lt; o sfixed32.gte_lte" },
                { "p: nan", "p double.in" },
                { NULL, NULL },
        };
        check_with("numbers", "", cases);
}

static void test_enums(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "q: ONE r: TWO s: TWO t: 9", "" },
                { "q: TWO", "q enum.not_in" },
                { "q: 7 r: ZERO s: ONE", "q enum.defined_only; r enum.in; s enum.const" },
                { NULL, NULL },
        };
        check_with("numbers", "", cases);
}

// Sentences say enums by name.
static void test_sentences(void **state)
{
        (void)state;
        struct schema *s = load_file("rules_numbers");
        struct bytes b = encode("b: 9 r: ZERO");
        struct fault f = { 0 };
        assert_int_equal(validate(s, must_read(s, slice_bytes(b), arena), 0, arena, &f), 1);
        assert_string_equal(f.items[0].text_en, "Must be greater than 1 and less than 5");
        assert_string_equal(f.items[0].text_vi, "Phải lớn hơn 1 và nhỏ hơn 5");
        assert_string_equal(f.items[1].text_en, "Must be one of [ONE, TWO]");
        assert_string_equal(f.items[1].text_vi, "Phải là một trong [ONE, TWO]");
        free(b.p);
        schema_free(s);
}

static void test_lists_and_maps(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "", "" },
                { "a: 'x' a: 'xyz'", "a repeated.max_items; a repeated.unique; a[2] string.max_len" },
                { "b: nan b: nan b: 1", "" },
                { "b: 0 b: 2 b: -0", "b repeated.unique" },
                { "c { x: 'a' } c { }", "c[1].x string.min_len" },
                { "d: 0 d: 6 d: 5", "d[2] int32.gt" },
                { "e { key: 'kk' value: 0 }", "e[\"kk\"] string.len; e[\"kk\"] int32.gt" },
                { "e { key: 'l' value: 1 } e { key: 'm' value: 1 }", "e map.max_pairs" },
                { "f { key: -7 value { } }", "f[-7].x string.min_len" },
                { "g { }", "" },
                { "h: 1 h: 5", "h[1] enum.defined_only" },
                { NULL, NULL },
        };
        check_with("lists", "a: 'x' e { key: 'k' value: 1 }", cases);
        static const struct expectation empty[] = {
                { "", "a repeated.min_items; e map.min_pairs" },
                { NULL, NULL },
        };
        check_with("lists", "", empty);
}

static void test_times(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "", "" },
                { "a { seconds: 100 }", "" },
                { "a { seconds: 99 nanos: 999999999 }", "a timestamp.gte_lt" },
                { "a { seconds: 200 nanos: 5 }", "a timestamp.gte_lt" },
                { "b { seconds: 1700000000 } c { seconds: 1700000000 }", "" },
                { "b { seconds: 1700000000 nanos: 1000 }", "b timestamp.lt_now" },
                { "c { seconds: 1699999999 nanos: 999999999 }", "c timestamp.gt_now" },
                { "d { seconds: 1700003600 }", "" },
                { "d { seconds: 1700003600 nanos: 1 }", "d timestamp.within" },
                { "d { seconds: 1699996399 nanos: 999999999 }", "d timestamp.within" },
                { "e { seconds: 1 nanos: 500000000 } f { seconds: -1 nanos: -5 } g { seconds: 5 }", "" },
                { "e { } f { seconds: 2 }", "e duration.gt_lte; f duration.in" },
                { "g { seconds: 5 nanos: 1 }", "g timestamp.const" },
                { NULL, NULL },
        };
        check_with("times", "h { }", cases);
        static const struct expectation absent[] = {
                { "", "h required" },
                { NULL, NULL },
        };
        check_with("times", "", absent);
}

static void test_nested_and_oneofs(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "d: 'xx'", "" },
                { "", "o required" },
                { "d: 'xx' h: 1 e: 'xx' f: 1", " message.oneof;  message.oneof" },
                { "d: 'x'", "d string.min_len" },
                { "c { x: 'a' n { } }", "c.n.x string.min_len" },
                { "d: 'xx' n { x: 'a' n { x: 'b' n { } } } p { }", "n.n.n.x string.min_len" },
                { "d: 'xx' e: 'x'", "e string.min_len" }, // but not where it is not the one
                { "d: 'xx' i { value: 3 }", "i int32.gt" },
                { "d: 'xx' i { }", "i int32.gt" },
                { "d: 'xx' j { value: 'a' } j { }", "j[1] string.min_len" },
                { NULL, NULL },
        };
        check_with("nested", "g: 'x' k { }", cases);
        static const struct expectation empty[] = {
                { "", " message.oneof; o required; k required" },
                { NULL, NULL },
        };
        check_with("nested", "", empty);
}

static void test_compare(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "a { seconds: 2 } b { seconds: 2 } c: 1 d: 2 e: 'x' f: 'x' g: 1 h: 2", "" },
                { "a { seconds: 1 } c: 5 e: 'x'", "" }, // the other side is absent
                { "a { seconds: 1 } b { seconds: 1 nanos: 1 }", "a t_order!" },
                { "c: -1 d: 18446744073709551615", "" },
                { "c: 2 d: 2", "c n_lt" },
                { "e: 'x' f: 'y'", "e s_eq!" },
                { "c: 2 g: 1.5", "c mixed!" },
                { "g: nan c: 1", "c mixed!" },
                { "h: 9007199254740993 g: 9007199254740992", "" }, // exact beyond 2^53
                { NULL, NULL },
        };
        check_with("compare", "", cases);
        struct schema *s = load_file("rules_compare");
        struct bytes b = encode("a { seconds: 1 } b { seconds: 2 }");
        struct fault f = { 0 };
        assert_int_equal(validate(s, must_read(s, slice_bytes(b), arena), 0, arena, &f), 0);
        assert_true(f.count == 1 && f.rejects == 0 && f.items[0].flag);
        assert_string_equal(f.items[0].text_en, "closed before opened");
        assert_string_equal(f.items[0].text_vi, "a phải >= b");
        free(b.p);
        schema_free(s);
}

// A rule on a message that only messages without rules lead to; a type that leads to itself.
static void test_visits(void **state)
{
        (void)state;
        struct schema *s = load_file("rules_visits");
        assert_non_null(s->root->rules);
        assert_null(mtype_field(s->root, 2)->message->rules);
        schema_free(s);
        static const struct expectation cases[] = {
                { "d { d { } }", "" },
                { "c { m { key: 'k' value { b { a { } } } } }", "c.m[\"k\"].b.a.x string.min_len" },
                { NULL, NULL },
        };
        check_with("visits", "", cases);
}

#define R(rules) " [(buf.validate.field)" rules "];"

static const struct expectation refused[] = {
        { "string a = 1" R(".string.pattern = 'a[b'"),
          "rule string.pattern of field t.M.a is not RE2 syntax: missing ]" },
        { "string a = 1" R(".string.pattern = '(a)\\\\1'"), "is not RE2 syntax: invalid escape sequence" },
        { "bytes a = 1" R(".bytes.pattern = '('"), "rule bytes.pattern of field t.M.a is not RE2 syntax" },
        { "double a = 1" R(".double = { gt: 1 lt: nan }"), "rule double.lt of field t.M.a is NaN" },
        { "string a = 1" R(".cel = { id: 'x' expression: 'true' }"), "rule cel of t.M.a is CEL" },
        { "string a = 1" R(".cel_expression = 'true'"), "rule cel_expression of t.M.a" },
        { "option (buf.validate.message).cel = { id: 'x' }; string a = 1;", "rule cel of t.M is CEL" },
        { "google.protobuf.Any a = 1" R(".string.uri = true"), "which takes rules any" },
        { "int32 a = 1" R(".string.min_len = 1"), "do not fit its type, which takes rules int32" },
        { "repeated string a = 1" R(".string.min_len = 1"), "which takes rules repeated" },
        { "repeated string a = 1" R(".repeated.items.int32.gt = 1"), "which takes rules string" },
        { "map<string, M> a = 1" R(".map.values.string.len = 1"), "do not fit its type" },
        { "repeated M a = 1" R(".repeated.unique = true"), "rule repeated.unique of field t.M.a" },
        { "option (buf.validate.message).oneof = { fields: 'q' }; string a = 1;", "names the field `q`" },
        { "option (buf.validate.message).oneof = { fields: ['a', 'a'] }; string a = 1;", "twice" },
        { "option (buf.validate.message).oneof = { }; string a = 1;", "names no field" },
        { "repeated string a = 1" R(".repeated.items.string.pattern = '*'"),
          "rule string.pattern of field t.M.a" },
        { "map<string, string> a = 1" R(".map.keys.cel_expression = 'true'"),
          "rule cel_expression of t.M.a" },
};

static void test_refused_rules(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
                char proto[2048];
                snprintf(proto, sizeof(proto),
                         "syntax = 'proto3'; package t; import 'google/protobuf/any.proto';\n"
                         "import 'buf/validate/validate.proto'; message M {\n%s\n}",
                         refused[i].text);
                char *p = problems_of(proto);
                if (!strstr(p, refused[i].verdict) || strncmp(p, "t.proto:", 8) != 0)
                        fail_msg("case %zu: expected %s, got %s", i, refused[i].verdict, p);
                free(p);
        }
        // predefined rules are extensions of the rule messages
        char *p =
            problems_of("syntax = 'proto2'; package t; import 'buf/validate/validate.proto';\n"
                        "extend buf.validate.StringRules { optional bool mine = 80048952; }\n"
                        "message M { optional string a = 1 [(buf.validate.field).string.(mine) = true]; }");
        assert_non_null(strstr(p, "80048952"));
        free(p);
}

static void test_many_violations(void **state)
{
        (void)state;
        struct schema *s =
            load("syntax = 'proto3'; package t; import 'buf/validate/validate.proto'; message M {\n"
                 "repeated string a = 1 [(buf.validate.field).repeated.items.string.min_len = 5]; }");
        struct msg *m = msg_new(s->root, arena);
        struct val *items = arena_zalloc(arena, 1000 * sizeof(*items));
        m->f[0] = (struct val){ .list = { .items = items, .n = 1000 }, .set = true };
        struct fault f = { 0 };
        assert_int_equal(validate(s, m, 0, arena, &f), 1);
        assert_int_equal(f.count, 64);
        assert_int_equal(f.rejects, 1000);
        assert_string_equal(f.items[63].field, "a[63]");
        schema_free(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_required_and_presence),
                cmocka_unit_test(test_text_and_bytes),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_enums),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_lists_and_maps),
                cmocka_unit_test(test_times),
                cmocka_unit_test(test_nested_and_oneofs),
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_visits),
                cmocka_unit_test(test_refused_rules),
                cmocka_unit_test(test_many_violations),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

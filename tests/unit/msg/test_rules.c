// Rules beyond what protovalidate's own suite shows: where a rule stands, sentences, values at the ends of
// their types, what is refused and where, and that judging allocates nothing.
#include "tests/unit/msg/unit.h"

#include "hub/base/clock.h"

#define NOW (1700000000 * USEC_PER_SEC)

static struct arena *arena;

// Allocations are counted through the sanitizer's hook where there is one, else by standing in for malloc.
static size_t allocations;

int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                              void (*)(const volatile void *)) __attribute__((weak));

static void count_malloc(const volatile void *p, size_t n)
{
        (void)p, (void)n;
        allocations++;
}

static void count_free(const volatile void *p)
{
        (void)p;
}

#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#if !SANITIZED
void *__libc_malloc(size_t n);
void *__libc_realloc(void *p, size_t n);

__attribute__((visibility("default"))) void *malloc(size_t n)
{
        allocations++;
        return __libc_malloc(n);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
        allocations++;
        return __libc_realloc(p, n);
}
#endif

static int setup(void **state)
{
        (void)state;
        arena = arena_new(4096);
        if (SANITIZED)
                __sanitizer_install_malloc_and_free_hooks(count_malloc, count_free);
        else
                count_free(NULL), (void)count_malloc;
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        arena_free(arena);
        remove_folder();
        return 0;
}

// What validate says of a text message: "field rule rule_path; …", `#` behind the field where its key is
// at fault, `?` behind a rule that could not be applied.
static const char *verdict(const struct schema *s, const char *text)
{
        struct bytes b = encode(text);
        struct msg *m = must_read(s, slice_bytes(b), arena);
        struct fault f = { 0 };
        int rc = validate(s, m, NOW, arena, &f);
        assert_int_equal(rc, f.rejects > 0);
        struct buf out;
        buf_init(&out);
        for (size_t i = 0; i < f.count; i++) {
                const struct violation *v = &f.items[i];
                const char *key = v->for_key ? "#" : "", *unjudged = v->unjudged ? "?" : "";
                buf_printf(&out, "%s%s%s %s%s %s", i ? "; " : "", v->field, key, v->rule, unjudged,
                           v->rule_path ? v->rule_path : "-");
                assert_true(v->text_vi[0] && v->text_en[0]);
        }
        const char *copy = arena_strdup(arena, buf_cstr(&out));
        buf_done(&out);
        free(b.p);
        return copy;
}

struct expectation {
        const char *text, *verdict;
};

static void check(const char *file, const struct expectation *e)
{
        struct schema *s = load_file(file);
        for (; e->text; e++) {
                const char *got = verdict(s, e->text);
                if (strcmp(got, e->verdict) != 0)
                        fail_msg("`%s`: expected `%s`, got `%s`", e->text, e->verdict, got);
        }
        schema_free(s);
}

static void test_paths(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "a: 'a@b.vn' b { key: 'kk' value: FAR } c { type_url: 'x/t.A' } d { paths: 'b.c' paths: "
                  "'a.x' }",
                  "" },
                { "a: 'a@b.vn' a: 'x' a: ''", "a[1] string.email repeated.items.string.email; "
                                              "a[2] string.email_empty repeated.items.string.email" },
                { "b { key: 'k' value: 2 }", "b[\"k\"]# string.min_len map.keys.string.min_len; "
                                             "b[\"k\"] enum.defined_only map.values.enum.defined_only" },
                { "b { key: 'kk' value: NEAR }", "" },
                // of entries with the same key the last counts
                { "b { key: 'kk' value: 2 } b { key: 'kk' value: FAR }", "" },
                { "b { key: 'kk' value: FAR } b { key: 'l1' value: ZERO } b { key: 'kk' value: 2 }",
                  "b[\"kk\"] enum.defined_only map.values.enum.defined_only" },
                { "c { }", "c any.in any.in" },
                { "c { type_url: 'x/t.B' }", "c any.not_in any.not_in" },
                { "d { paths: 'ab' }", "d field_mask.in field_mask.in" },
                { "d { paths: 'b' }", "d field_mask.in field_mask.in" },
                { "d { paths: 'b.c.d.e' }", "d field_mask.not_in field_mask.not_in" },
                { "d { paths: 'b.c.de' }", "" },
                { "e { paths: 'a' paths: 'b' }", "" },
                { "e { paths: 'b' paths: 'a' }", "e field_mask.const field_mask.const" },
                { "e { paths: 'a' }", "e field_mask.const field_mask.const" },
                { "f: 'ổ'", "" },
                { "f: 'x'", "f bytes.pattern bytes.pattern" },
                { "f: '\\377'", "f bytes.pattern? bytes.pattern" },
                { "g { key: -1 value { value: 'x' } }", "g[-1] string.uuid map.values.string.uuid" },
                { "g { key: 1 }", "g[1] string.uuid_empty map.values.string.uuid" },
                { "h { x: 1 } h { }", "" },
                { "i: 'a.b_1'", "" },
                { "i: '1.b'", "i string.protobuf_fqn string.protobuf_fqn" },
                { "j: '\\001'", "" },
                { "j: '\\n'", "j string.well_known_regex.header_value string.well_known_regex" },
                { "k { } k { seconds: -1 nanos: 500000000 } k { seconds: 1700000001 }",
                  "k[1] timestamp.gt repeated.items.timestamp.gt; "
                  "k[2] timestamp.lt_now repeated.items.timestamp.lt_now" },
                { "l { } l { value: 3 }", "l[1] int64.gt repeated.items.int64.gt" },
                { NULL, NULL },
        };
        check("rules_paths", cases);
}

static void test_ends_of_types(void **state)
{
        (void)state;
        static const struct expectation cases[] = {
                { "a: 9223372036854775807", "a int64.gt int64.gt" },
                { "b: -9223372036854775808", "b int64.lt int64.lt" },
                { "c: 0", "c uint64.lt uint64.lt" },
                { "d: 9223372036854775807", "" },
                { "d: -9223372036854775808", "" },
                { "d: 0", "d int64.gt_lte_exclusive int64.gt" },
                { "d: -9223372036854775807", "d int64.gt_lte_exclusive int64.gt" },
                { "e: 5", "e int32.gt_lt int32.gt" }, // nothing lies between
                { "e: 6", "e int32.gt_lt int32.gt" },
                { "f: 5", "" }, // everything lies outside
                { "f: -2147483648", "" },
                { "g: inf", "g double.gt double.gt" },
                { "h: -inf", "h double.lt double.lt" },
                { "i: 0", "i double.gt_lt double.gt" },
                { "j: 18446744073709551615", "" },
                { "j: 63", "j uint64.in uint64.in" },
                { "k: 64", "" },
                { "k: 63", "k uint64.not_in uint64.not_in" },
                { "l { seconds: 9223372036854775807 nanos: 999999999 }", "" },
                { "l { seconds: -9223372036854775808 nanos: -999999999 }", "" },
                { "l { seconds: 9223372036854775807 nanos: 999999998 }",
                  "l duration.gt_lt_exclusive duration.gt" },
                { "m: -5", "" },
                { "m: 90", "" },
                { "m: 9", "m int64.in int64.in" },
                { "m: -6", "m int64.in int64.in" },
                { NULL, NULL },
        };
        check("rules_bounds", cases);
}

#define FIELD(rules) "message M { string a = 1 [(buf.validate.field)" rules "]; }"
#define HEAD                                                                                                 \
        "syntax = 'proto3'; package t; import 'buf/validate/validate.proto';\n"                              \
        "import 'google/protobuf/timestamp.proto';\n"

// The sentences of one violation of M.
static void check_sentences(const char *body, const char *text, const char *vi, const char *en)
{
        char proto[2048];
        snprintf(proto, sizeof(proto), HEAD "%s", body);
        struct schema *s = load(proto);
        struct bytes b = encode(text);
        struct fault f = { 0 };
        assert_int_equal(validate(s, must_read(s, slice_bytes(b), arena), NOW, arena, &f), 1);
        assert_string_equal(f.items[0].text_vi, vi);
        assert_string_equal(f.items[0].text_en, en);
        free(b.p);
        schema_free(s);
}

static void test_sentences(void **state)
{
        (void)state;
        check_sentences(FIELD(".string.email = true"), "a: 'x'", "Phải là địa chỉ thư điện tử hợp lệ",
                        "Must be a valid email address");
        check_sentences(FIELD(".string.email = true"), "", "Không được để trống: phải là địa chỉ thư điện tử",
                        "Must not be empty: a valid email address is expected");
        check_sentences(FIELD(".string.pattern = '^[0-9]{12}$'"), "a: 'x'",
                        "Phải khớp với mẫu \"^[0-9]{12}$\"", "Must match the pattern \"^[0-9]{12}$\"");
        check_sentences(FIELD(".string = { in: ['xã', 'phường'] }"), "a: 'x'",
                        "Phải là một trong [\"xã\", \"phường\"]", "Must be one of [\"xã\", \"phường\"]");
        check_sentences(FIELD(".required = true"), "", "Bắt buộc phải có giá trị", "A value is required");
        check_sentences("message M { bytes a = 1 [(buf.validate.field).bytes.pattern = 'x']; }", "a: '\\377'",
                        "Phải là văn bản UTF-8 để so với mẫu",
                        "Must be UTF-8 text to be compared with a pattern");
        check_sentences("message M { google.protobuf.Timestamp a = 1 [(buf.validate.field).timestamp.gt = "
                        "{ seconds: -1 nanos: 500000000 }]; }",
                        "a { seconds: -2 }", "Phải lớn hơn 1969-12-31T23:59:59.500Z",
                        "Must be greater than 1969-12-31T23:59:59.500Z");
        check_sentences("message M { repeated double a = 1 [(buf.validate.field).repeated.items.double = "
                        "{ lt: 0.1 gte: 2.5 }]; }",
                        "a: 1", "Phải lớn hơn hoặc bằng 2.5 hoặc nhỏ hơn 0.1",
                        "Must be greater than or equal to 2.5 or less than 0.1");
}

// Every format has its sentences, and an id of its own for the empty text where that is not allowed.
static void test_formats_have_sentences(void **state)
{
        (void)state;
        static const char *const formats[] = {
                "email",
                "hostname",
                "ip",
                "ipv4",
                "ipv6",
                "uri",
                "address",
                "uuid",
                "tuuid",
                "ulid",
                "ip_with_prefixlen",
                "ipv4_with_prefixlen",
                "ipv6_with_prefixlen",
                "ip_prefix",
                "ipv4_prefix",
                "ipv6_prefix",
                "host_and_port",
                "protobuf_fqn",
                "protobuf_dot_fqn",
        };
        struct buf proto;
        size_t count = sizeof(formats) / sizeof(formats[0]);
        buf_init(&proto);
        buf_add_str(&proto, HEAD "message M {\n");
        for (size_t i = 0; i < count; i++)
                buf_printf(&proto, "string a%zu = %zu [(buf.validate.field).string.%s = true];\n", i, i + 1,
                           formats[i]);
        buf_add_str(&proto, "}");
        struct schema *s = load(buf_cstr(&proto));
        struct msg *m = msg_new(s->root, arena);
        for (int empty = 0; empty < 2; empty++) {
                struct fault f = { 0 };
                for (size_t i = 0; i < count; i++)
                        m->f[i] = (struct val){ .s = slice_str(empty ? "" : "% "), .set = true };
                assert_int_equal(validate(s, m, NOW, arena, &f), 1);
                assert_int_equal(f.count, count);
                for (size_t i = 0; i < count; i++) {
                        char id[64];
                        snprintf(id, sizeof(id), "string.%s%s", formats[i], empty ? "_empty" : "");
                        assert_string_equal(f.items[i].rule, id);
                        assert_null(strchr(f.items[i].text_vi, '%'));
                        assert_null(strchr(f.items[i].text_en, '%'));
                }
        }
        buf_done(&proto);
        schema_free(s);
}

// A problem names the field and its line, and loading goes on to find the others.
static void test_refusals_say_where(void **state)
{
        (void)state;
        char *p =
            problems_of(HEAD "message M {\n"
                             "  string a = 1 [(buf.validate.field).string.pattern = '+'];\n"
                             "  // text\n"
                             "  repeated int32 b = 2 [(buf.validate.field).repeated.items.string.len = 1];\n"
                             "  N c = 3;\n"
                             "}\n"
                             "message N {\n"
                             "  string d = 1 [(buf.validate.field).cel_expression = 'this != \"\"'];\n"
                             "}\n");
        assert_string_equal(
            p, "t.proto:4: rule string.pattern of field t.M.a is not RE2 syntax: no argument for repetition "
               "operator: +\n"
               "t.proto:6: rules string of field t.M.b do not fit its type, which takes rules int32\n"
               "t.proto:10: rule cel_expression of t.N.d is CEL, which this hub does not judge; say it with "
               "standard rules, or with `compare` of the dataset's options where it compares two fields\n");
        free(p);
}

// A map whose entries have half of their keys twice: those that come first do not count.
static void test_keys_twice(void **state)
{
        (void)state;
        struct schema *s =
            load(HEAD "message M { map<string, int32> a = 1 [(buf.validate.field).map = { max_pairs: "
                      "5000 values: { int32: { gt: 0 } } }]; }");
        enum { KEYS = 5000 };
        struct msg *m = msg_new(s->root, arena);
        struct val *items = arena_zalloc(arena, 2 * KEYS * sizeof(*items));
        for (int i = 0; i < 2 * KEYS; i++) {
                struct msg *entry = msg_new(s->root->fields[0].message, arena);
                entry->f[0] =
                    (struct val){ .s = slice_str(arena_printf(arena, "%d", i % KEYS)), .set = true };
                entry->f[1] = (struct val){ .i = i >= KEYS, .set = true };
                items[i] = (struct val){ .m = entry, .set = true };
        }
        m->f[0] = (struct val){ .list = { .items = items, .n = 2 * KEYS }, .set = true };
        struct fault f = { 0 };
        assert_int_equal(validate(s, m, NOW, arena, &f), 0);
        items[KEYS + 7].m->f[1].i = -1;
        items[KEYS + 9].m->f[0].s = slice_str("one more");
        assert_int_equal(validate(s, m, NOW, arena, &f), 1);
        assert_int_equal(f.count, 3);
        assert_string_equal(f.items[0].rule, "map.max_pairs");
        assert_string_equal(f.items[1].field, "a[\"9\"]");
        assert_string_equal(f.items[2].field, "a[\"7\"]");
        schema_free(s);
}

// Patterns are kept once each, and together within a bound.
static void test_patterns_within_bounds(void **state)
{
        (void)state;
        struct buf same, many;
        buf_init(&same);
        buf_init(&many);
        buf_add_str(&same, HEAD "message M {\n");
        buf_add_str(&many, HEAD "message M {\n");
        for (int i = 1; i <= 300; i++) {
                buf_printf(&same, "string a%d = %d [(buf.validate.field).string.pattern = '^a$'];\n", i, i);
                buf_printf(&many, "string a%d = %d [(buf.validate.field).string.pattern = '^a%d$'];\n", i, i,
                           i);
        }
        buf_add_str(&same, "}");
        buf_add_str(&many, "}");
        schema_free(load(buf_cstr(&same)));
        char *p = problems_of(buf_cstr(&many));
        assert_non_null(strstr(p, "of field t.M.a258 is one pattern too many"));
        free(p);
        buf_done(&same);
        buf_done(&many);
}

// Judging costs no memory once RE2 has met texts of the kind.
static void test_nothing_is_allocated(void **state)
{
        (void)state;
        struct schema *s =
            load(HEAD "message N { double x = 1 [(buf.validate.field).double = { gte: -90 lte: 90 }]; }\n"
                      "enum E { ZERO = 0; ONE = 1; }\n"
                      "message M {\n"
                      "string a = 1 [(buf.validate.field).string.pattern = '^[0-9]{4,12}$'];\n"
                      "string b = 2 [(buf.validate.field).string = { min_len: 2 max_len: 9 }];\n"
                      "string c = 3 [(buf.validate.field).string = { in: ['x', 'y'] }];\n"
                      "E d = 4 [(buf.validate.field).enum.defined_only = true];\n"
                      "N e = 5;\n"
                      "google.protobuf.Timestamp f = 6 [(buf.validate.field).timestamp.lt_now = true];\n"
                      "string g = 7 [(buf.validate.field).required = true];\n"
                      "string h = 8 [(buf.validate.field).string.uri = true];\n"
                      "repeated string i = 9 [(buf.validate.field).repeated.unique = true];\n"
                      "map<string, N> j = 10 [(buf.validate.field).map.keys.string.hostname = true];\n"
                      "}");
        struct bytes b =
            encode("a: '20251101' b: 'đường' c: 'y' d: ONE e { x: 11.5 } f { seconds: 1 } g: 'x' "
                   "h: 'https://a.vn/b?c=d' i: 'x' i: 'y' i: 'z' j { key: 'a.vn' value { x: 1 } }");
        struct msg *m = must_read(s, slice_bytes(b), arena);
        struct fault f = { 0 };
        assert_int_equal(validate(s, m, NOW, arena, &f), 0);
        size_t used = arena_used(arena), before = allocations;
        for (int i = 0; i < 1000; i++)
                if (validate(s, m, NOW, arena, &f) != 0)
                        fail_msg("%s", f.items[0].text_en);
        assert_int_equal(allocations, before);
        assert_int_equal(arena_used(arena), used);
        free(malloc(1)); // that the counting counts
        assert_true(allocations > before);
        free(b.p);
        schema_free(s);
}

// Long lists: as many items as the reader lets through, in an order that is the worst for naive sorting.
static void test_long_lists(void **state)
{
        (void)state;
        struct schema *s = load(
            HEAD "message M { repeated string a = 1 [(buf.validate.field).repeated = { unique: true items: "
                 "{ string: { min_len: 1 } } }]; }");
        enum { COUNT = 100000 };
        struct msg *m = msg_new(s->root, arena);
        struct val *items = arena_zalloc(arena, COUNT * sizeof(*items));
        for (int i = 0; i < COUNT; i++)
                items[i].s = slice_str(arena_printf(arena, "%06d", i % 2 ? i : COUNT - i));
        m->f[0] = (struct val){ .list = { .items = items, .n = COUNT }, .set = true };
        struct fault f = { 0 };
        assert_int_equal(validate(s, m, NOW, arena, &f), 0);
        items[COUNT - 1] = items[0];
        assert_int_equal(validate(s, m, NOW, arena, &f), 1);
        assert_string_equal(f.items[0].rule, "repeated.unique");

        // violations that are not kept cost no text
        for (int i = 0; i < COUNT; i++)
                items[i].s = slice_str("");
        m->f[0].list.n = 64;
        struct fault few = { 0 }, many = { 0 };
        size_t before = arena_used(arena);
        assert_int_equal(validate(s, m, NOW, arena, &few), 1);
        size_t first = arena_used(arena) - before;
        m->f[0].list.n = COUNT;
        before = arena_used(arena);
        assert_int_equal(validate(s, m, NOW, arena, &many), 1);
        assert_int_equal(many.count, 64);
        assert_int_equal(many.rejects, COUNT + 1);
        assert_true(arena_used(arena) - before < first + COUNT * 16 + 4096);
        schema_free(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths),
                cmocka_unit_test(test_ends_of_types),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_formats_have_sentences),
                cmocka_unit_test(test_refusals_say_where),
                cmocka_unit_test(test_keys_twice),
                cmocka_unit_test(test_patterns_within_bounds),
                cmocka_unit_test(test_nothing_is_allocated),
                cmocka_unit_test(test_long_lists),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

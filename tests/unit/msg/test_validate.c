#include "tests/unit/msg/unit.h"

#include "hub/base/clock.h"

#define HEAD                                                                                                 \
        "syntax = 'proto3'; package t;\n"                                                                    \
        "import 'google/protobuf/timestamp.proto';\nimport 'google/protobuf/duration.proto';\n"              \
        "import 'google/protobuf/wrappers.proto';\nimport 'google/protobuf/any.proto';\n"                    \
        "import 'iochub/v1/options.proto';\nimport 'buf/validate/validate.proto';\n"                         \
        "enum E { ZERO = 0; ONE = 1; TWO = 2; }\n"
#define R(rules) " [(buf.validate.field)" rules "]; "

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
static const char *verdict_at(const struct schema *s, const char *text, int64_t now)
{
        struct bytes b = encode(text);
        struct msg *m = must_read(s, slice_bytes(b), arena);
        struct fault f = { 0 };
        int rc = validate(s, m, now, arena, &f);
        assert_int_equal(rc, f.rejects > 0);
        assert_int_equal(f.code, rc ? FAULT_RULE : FAULT_NONE);
        struct buf out;
        buf_init(&out);
        for (size_t i = 0; i < f.count; i++) {
                assert_true(f.items[i].text_vi[0] && f.items[i].text_en[0]);
                buf_printf(&out, "%s%s %s%s", i ? "; " : "", f.items[i].field, f.items[i].rule,
                           f.items[i].flag ? "!" : "");
        }
        const char *copy = arena_strdup(arena, buf_cstr(&out));
        buf_done(&out);
        free(b.p);
        return copy;
}

struct expectation {
        const char *text, *verdict;
};

static void check(const struct schema *s, const struct expectation *e)
{
        for (; e->text; e++) {
                const char *got = verdict_at(s, e->text, 1700000000 * USEC_PER_SEC);
                if (strcmp(got, e->verdict) != 0)
                        fail_msg("`%s`: expected `%s`, got `%s`", e->text, e->verdict, got);
        }
}

static void test_required_and_presence(void **state)
{
        (void)state;
        struct schema *s =
            load(HEAD "message M { string a = 1" R(".required = true") "optional string b = 2" R(
                ".requir"
                "ed = "
                "true") "optional string c = 3" R(".string.min_len = 2") "string d = 4" R(".string.max_len = "
                                                                                          "2") "string e = "
                                                                                               "5" R(
                                                                                                   "= { "
                                                                                                   "ignore:"
                                                                                                   " IGNORE"
                                                                                                   "_IF_"
                                                                                                   "ZERO_"
                                                                                                   "VALUE "
                                                                                                   "string:"
                                                                                                   " { "
                                                                                                   "min_"
                                                                                                   "len: 2 "
                                                                                                   "} }") "st"
                                                                                                          "ri"
                                                                                                          "ng"
                                                                                                          " f"
                                                                                                          " ="
                                                                                                          " "
                                                                                                          "6" R("= { ignore: "
                                                                                                                "IGNORE_"
                                                                                                                "ALWAYS "
                                                                                                                "required: "
                                                                                                                "true string: "
                                                                                                                "{ min_len: 2 "
                                                                                                                "} }") "repeat"
                                                                                                                       "ed "
                                                                                                                       "string"
                                                                                                                       " g = "
                                                                                                                       "7" R(".required = true") "M h = 8" R(".ignore = IGNORE_ALWAYS") "optional string i = 9" R(
                                                                                                                           "= { ignore: IGNORE_IF_ZERO_VALUE string: { min_len: 2 } }") "}");
        check(s, (const struct expectation[]){
                     { "a: 'x' b: '' g: 'y'", "" },
                     { "", "a required; b required; g required" },
                     { "a: '' b: 'x' g: 'y'", "a required" },
                     { "a: 'x' b: 'x' g: 'y' c: ''", "c string.min_len" },
                     { "a: 'x' b: 'x' g: 'y' d: 'xyz' e: 'x' f: 'x'", "d string.max_len; e string.min_len" },
                     { "a: 'x' b: 'x' g: 'y' h { }", "" },
                     { "a: 'x' b: 'x' g: 'y' i: ''", "i string.min_len" }, // presence: set is set
                     { NULL, NULL } });
        schema_free(s);
}

static void test_strings(void **state)
{
        (void)state;
        struct schema *s = load(
            HEAD
            "message M { optional string a = 1" R(".string.const = 'x'") "optional string b = 2" R(".string "
                                                                                                   "= { in: "
                                                                                                   "['a', "
                                                                                                   "'b'] }") "optional string c = 3" R(".string.not_in = 'a'") "optional string d = 4" R(".string.len = 3") "optional string e = 5" R(".string = { min_len: 2 max_len: 3 }") "optional string f = 6" R(".string = { min_bytes: 2 "
                                                                                                                                                                                                                                                                                                       "max_bytes: 4 }") "optional "
                                                                                                                                                                                                                                                                                                                         "string g "
                                                                                                                                                                                                                                                                                                                         "= 7" R("."
                                                                                                                                                                                                                                                                                                                                 "s"
                                                                                                                                                                                                                                                                                                                                 "t"
                                                                                                                                                                                                                                                                                                                                 "r"
                                                                                                                                                                                                                                                                                                                                 "i"
                                                                                                                                                                                                                                                                                                                                 "n"
                                                                                                                                                                                                                                                                                                                                 "g"
                                                                                                                                                                                                                                                                                                                                 "."
                                                                                                                                                                                                                                                                                                                                 "l"
                                                                                                                                                                                                                                                                                                                                 "e"
                                                                                                                                                                                                                                                                                                                                 "n"
                                                                                                                                                                                                                                                                                                                                 "_"
                                                                                                                                                                                                                                                                                                                                 "b"
                                                                                                                                                                                                                                                                                                                                 "y"
                                                                                                                                                                                                                                                                                                                                 "t"
                                                                                                                                                                                                                                                                                                                                 "e"
                                                                                                                                                                                                                                                                                                                                 "s"
                                                                                                                                                                                                                                                                                                                                 " "
                                                                                                                                                                                                                                                                                                                                 "="
                                                                                                                                                                                                                                                                                                                                 " "
                                                                                                                                                                                                                                                                                                                                 "3") "optional string h = 8" R(".string = { prefix: 'ab' suffix: "
                                                                                                                                                                                                                                                                                                                                                                "'yz' contains: 'm' not_contains: "
                                                                                                                                                                                                                                                                                                                                                                "'q' }") "optional string i = 9" R(".string = { email: false example: 'x' }") "}");
        check(s,
              (const struct expectation[]){
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
                  { "h: 'y'", "h string.prefix; h string.suffix; h string.contains" },
                  { NULL, NULL } });
        schema_free(s);
}

static void test_bytes(void **state)
{
        (void)state;
        struct schema *s = load(HEAD "message M { optional bytes a = 1" R(
            ".bytes = { const: '\\001' }") "optional bytes b = 2" R(".bytes = { min_len: 2 max_len: 3 "
                                                                    "prefix: '\\377' suffix: 'z' "
                                                                    "contains: '\\377' }") "optional "
                                                                                           "bytes c = "
                                                                                           "3" R(".bytes "
                                                                                                 "= { "
                                                                                                 "in: "
                                                                                                 "['a', "
                                                                                                 "'b'] "
                                                                                                 "not_in:"
                                                                                                 " 'b' "
                                                                                                 "len: 1 "
                                                                                                 "}") "}");
        check(s, (const struct expectation[]){
                     { "a: '\\001' b: '\\377z' c: 'a'", "" },
                     { "a: ''", "a bytes.const" },
                     { "b: 'zzzz'", "b bytes.max_len; b bytes.prefix; b bytes.contains" },
                     { "b: '\\377'", "b bytes.min_len; b bytes.suffix" },
                     { "c: 'b'", "c bytes.not_in" },
                     { "c: 'xx'", "c bytes.in; c bytes.len" },
                     { NULL, NULL } });
        schema_free(s);
}

static void test_numbers(void **state)
{
        (void)state;
        struct schema
            *s = load(HEAD "message M { optional int32 a = 1" R(".int32.const = -3") "optional int64 b = 2" R(".int64 = "
                                                                                                              "{ gt: 1 "
                                                                                                              "lt: 5 }") "optional uint64 c = 3" R(".uint64 = { gte: 18446744073709551614 }") "optional sint32 d = 4" R(".sint32 = { lte: 10 gte: 20 "
                                                                                                                                                                                                                        "}") "optional fixed32 e = 5" R(".fixed32 = { lt: 3 gt: 5 }") "optional sfixed64 f = 6" R(".sfixed64 = { in: [1, -2] }") "optional double g = 7" R(".double = { finite: true }") "optional float h = 8" R(".float = { gte: 0.1 lt: 0.2 "
                                                                                                                                                                                                                                                                                                                                                                                                                                  "not_in: 0.15 }") "optional double i = 9" R(".double = { lt: 1 gt: 2 }") "optional double j = 10" R(".double.const = 0") "optional bool k = 11" R(".bool.const = true") "optional uint32 l = 12" R(".uint32.lte = 7") "optional sint64 m = 13" R(".sint64.gt = -1") "optional fixed64 n = 14" R(".fixed64.lt = 3") "optional sfixed32 o = 15" R(".sfixed32 = { gte: 3 lte: 3 }") "optional double p = 16" R(".double = { in: [nan, 1] }") "}");
        check(s,
              (const struct expectation[]){
                  { "a: -3 b: 2 c: 18446744073709551615 d: 10 e: 6 f: -2 g: 1e300 h: 0.1 i: 0.5 j: -0 k: "
                    "true l: 7 m: 0 n: 2 o: 3 p: 1",
                    "" },
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
                  { NULL, NULL } });
        schema_free(s);
}

static void test_enums(void **state)
{
        (void)state;
        struct schema *s = load(
            HEAD "message M { E a = 1" R(".enum = { defined_only: true not_in: 0 }") "optional E b = 2" R(
                ".enum = { in: "
                "[1, 2] }") "optional E c = 3" R(".enum.const = 2") "optional E d = 4" R(".enum.defined_only "
                                                                                         "= false") "}");
        check(s, (const struct expectation[]){
                     { "a: ONE b: TWO c: TWO d: 9", "" },
                     { "", "a enum.not_in" },
                     { "a: 7 b: ZERO c: ONE", "a enum.defined_only; b enum.in; c enum.const" },
                     { NULL, NULL } });
        struct bytes b = encode("b: ZERO");
        struct fault f = { 0 };
        assert_int_equal(validate(s, must_read(s, slice_bytes(b), arena), 0, arena, &f), 1);
        assert_string_equal(f.items[1].text_en, "Must be one of [ONE, TWO]");
        assert_string_equal(f.items[1].text_vi, "Phải là một trong [ONE, TWO]");
        free(b.p);
        schema_free(s);
}

static void test_lists_and_maps(void **state)
{
        (void)state;
        struct schema
            *
                s =
                    load(
                        HEAD "message N { string x = 1" R(
                            ".string.min_len = 1") "}\n"
                                                   "message M { repeated string a = 1" R(
                                                       "."
                                                       "r"
                                                       "e"
                                                       "p"
                                                       "e"
                                                       "a"
                                                       "t"
                                                       "e"
                                                       "d"
                                                       " "
                                                       "="
                                                       " "
                                                       "{"
                                                       " "
                                                       "m"
                                                       "i"
                                                       "n"
                                                       "_"
                                                       "i"
                                                       "t"
                                                       "e"
                                                       "m"
                                                       "s"
                                                       ":"
                                                       " "
                                                       "1"
                                                       " "
                                                       "m"
                                                       "a"
                                                       "x"
                                                       "_"
                                                       "i"
                                                       "t"
                                                       "e"
                                                       "m"
                                                       "s"
                                                       ":"
                                                       " "
                                                       "2"
                                                       " "
                                                       "u"
                                                       "n"
                                                       "i"
                                                       "q"
                                                       "u"
                                                       "e"
                                                       ":"
                                                       " "
                                                       "t"
                                                       "r"
                                                       "u"
                                                       "e"
                                                       " "
                                                       "i"
                                                       "t"
                                                       "e"
                                                       "m"
                                                       "s"
                                                       ":"
                                                       " "
                                                       "{"
                                                       " "
                                                       "s"
                                                       "t"
                                                       "r"
                                                       "i"
                                                       "n"
                                                       "g"
                                                       ":"
                                                       " "
                                                       "{"
                                                       " "
                                                       "m"
                                                       "a"
                                                       "x"
                                                       "_"
                                                       "l"
                                                       "e"
                                                       "n"
                                                       ":"
                                                       " "
                                                       "2"
                                                       " "
                                                       "}"
                                                       " "
                                                       "}"
                                                       " "
                                                       "}") "repeated double b = 2" R(".repeated.unique = "
                                                                                      "true") "repeated N "
                                                                                              "c = 3; "
                                                                                              "repeated "
                                                                                              "int32 d = "
                                                                                              "4" R(
                                                                                                  ".repe"
                                                                                                  "ated."
                                                                                                  "items"
                                                                                                  " = { "
                                                                                                  "ignor"
                                                                                                  "e: "
                                                                                                  "IGNOR"
                                                                                                  "E_IF_"
                                                                                                  "ZERO_"
                                                                                                  "VALUE"
                                                                                                  " int3"
                                                                                                  "2: { "
                                                                                                  "gt: "
                                                                                                  "5 } "
                                                                                                  "}") "map<"
                                                                                                       "strin"
                                                                                                       "g, "
                                                                                                       "int32"
                                                                                                       "> e "
                                                                                                       "= "
                                                                                                       "5" R(
                                                                                                           "."
                                                                                                           "m"
                                                                                                           "a"
                                                                                                           "p"
                                                                                                           " "
                                                                                                           "="
                                                                                                           " "
                                                                                                           "{"
                                                                                                           " "
                                                                                                           "m"
                                                                                                           "i"
                                                                                                           "n"
                                                                                                           "_"
                                                                                                           "p"
                                                                                                           "a"
                                                                                                           "i"
                                                                                                           "r"
                                                                                                           "s"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "1"
                                                                                                           " "
                                                                                                           "m"
                                                                                                           "a"
                                                                                                           "x"
                                                                                                           "_"
                                                                                                           "p"
                                                                                                           "a"
                                                                                                           "i"
                                                                                                           "r"
                                                                                                           "s"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "2"
                                                                                                           " "
                                                                                                           "k"
                                                                                                           "e"
                                                                                                           "y"
                                                                                                           "s"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "{"
                                                                                                           " "
                                                                                                           "s"
                                                                                                           "t"
                                                                                                           "r"
                                                                                                           "i"
                                                                                                           "n"
                                                                                                           "g"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "{"
                                                                                                           " "
                                                                                                           "l"
                                                                                                           "e"
                                                                                                           "n"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "1"
                                                                                                           " "
                                                                                                           "}"
                                                                                                           " "
                                                                                                           "}"
                                                                                                           " "
                                                                                                           "v"
                                                                                                           "a"
                                                                                                           "l"
                                                                                                           "u"
                                                                                                           "e"
                                                                                                           "s"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "{"
                                                                                                           " "
                                                                                                           "i"
                                                                                                           "n"
                                                                                                           "t"
                                                                                                           "3"
                                                                                                           "2"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "{"
                                                                                                           " "
                                                                                                           "g"
                                                                                                           "t"
                                                                                                           ":"
                                                                                                           " "
                                                                                                           "0"
                                                                                                           " "
                                                                                                           "}"
                                                                                                           " "
                                                                                                           "}"
                                                                                                           " "
                                                                                                           "}") "map<int32, "
                                                                                                                "N> f = 6; "
                                                                                                                "repeated N g "
                                                                                                                "= 7" R(
                                                                                                                    ".repe"
                                                                                                                    "ated."
                                                                                                                    "items"
                                                                                                                    ".igno"
                                                                                                                    "re = "
                                                                                                                    "IGNOR"
                                                                                                                    "E_"
                                                                                                                    "ALWAY"
                                                                                                                    "S") "repeated E h = 8" R(".repeated.items.enum.defined_only = true") "}");
        check(s, (const struct expectation[]){
                     { "a: 'x' e { key: 'k' value: 1 }", "" },
                     { "", "a repeated.min_items; e map.min_pairs" },
                     { "a: 'x' a: 'x' a: 'xyz' e { key: 'k' value: 1 }",
                       "a repeated.max_items; a repeated.unique; a[2] string.max_len" },
                     { "a: 'x' e { key: 'k' value: 1 } b: nan b: nan b: 1", "" },
                     { "a: 'x' e { key: 'k' value: 1 } b: 0 b: 2 b: -0", "b repeated.unique" },
                     { "a: 'x' e { key: 'k' value: 1 } c { x: 'a' } c { }", "c[1].x string.min_len" },
                     { "a: 'x' e { key: 'k' value: 1 } d: 0 d: 6 d: 5", "d[2] int32.gt" },
                     { "a: 'x' e { key: 'kk' value: 0 }", "e[\"kk\"] string.len; e[\"kk\"] int32.gt" },
                     { "a: 'x' e { key: 'k' value: 1 } f { key: -7 value { } }", "f[-7].x string.min_len" },
                     { "a: 'x' e { key: 'k' value: 1 } g { }", "" },
                     { "a: 'x' e { key: 'k' value: 1 } h: 1 h: 5", "h[1] enum.defined_only" },
                     { NULL, NULL } });
        schema_free(s);
}

static void test_times(void **state)
{
        (void)state;
        struct schema *s = load(HEAD
                                "message M { google.protobuf.Timestamp a = 1" R(".timestamp = { gte: { "
                                                                                "seconds: 100 } lt: { "
                                                                                "seconds: 200 nanos: 5 } }") "google.protobuf.Timestamp b = 2" R(".timestamp.lt_now = true") "google.protobuf.Timestamp c = 3" R(".timestamp.gt_now = true") "google.protobuf.Timestamp d = 4" R(".timestamp.within = { seconds: 3600 }") "google.protobuf.Duration e = "
                                                                                                                                                                                                                                                                                                                          "5" R(".duration = { gt: { } "
                                                                                                                                                                                                                                                                                                                                "lte: { seconds: 1 nanos: "
                                                                                                                                                                                                                                                                                                                                "500000000 } }") "google."
                                                                                                                                                                                                                                                                                                                                                 "protobuf"
                                                                                                                                                                                                                                                                                                                                                 ".Duratio"
                                                                                                                                                                                                                                                                                                                                                 "n f = "
                                                                                                                                                                                                                                                                                                                                                 "6" R(".d"
                                                                                                                                                                                                                                                                                                                                                       "ur"
                                                                                                                                                                                                                                                                                                                                                       "at"
                                                                                                                                                                                                                                                                                                                                                       "io"
                                                                                                                                                                                                                                                                                                                                                       "n "
                                                                                                                                                                                                                                                                                                                                                       "= "
                                                                                                                                                                                                                                                                                                                                                       "{ "
                                                                                                                                                                                                                                                                                                                                                       "in"
                                                                                                                                                                                                                                                                                                                                                       ": "
                                                                                                                                                                                                                                                                                                                                                       "[{"
                                                                                                                                                                                                                                                                                                                                                       " s"
                                                                                                                                                                                                                                                                                                                                                       "ec"
                                                                                                                                                                                                                                                                                                                                                       "on"
                                                                                                                                                                                                                                                                                                                                                       "ds"
                                                                                                                                                                                                                                                                                                                                                       ": "
                                                                                                                                                                                                                                                                                                                                                       "1 "
                                                                                                                                                                                                                                                                                                                                                       "},"
                                                                                                                                                                                                                                                                                                                                                       " {"
                                                                                                                                                                                                                                                                                                                                                       " s"
                                                                                                                                                                                                                                                                                                                                                       "ec"
                                                                                                                                                                                                                                                                                                                                                       "on"
                                                                                                                                                                                                                                                                                                                                                       "ds"
                                                                                                                                                                                                                                                                                                                                                       ": "
                                                                                                                                                                                                                                                                                                                                                       "-1"
                                                                                                                                                                                                                                                                                                                                                       " n"
                                                                                                                                                                                                                                                                                                                                                       "an"
                                                                                                                                                                                                                                                                                                                                                       "os"
                                                                                                                                                                                                                                                                                                                                                       ": "
                                                                                                                                                                                                                                                                                                                                                       "-5"
                                                                                                                                                                                                                                                                                                                                                       " }"
                                                                                                                                                                                                                                                                                                                                                       "] "
                                                                                                                                                                                                                                                                                                                                                       "}") "google.protobuf.Timestamp g = 7" R(".timestamp.const = { seconds: 5 }") "google.protobuf.Timestamp h = 8" R(".required = true") "}");
        check(s, (const struct expectation[]){
                     { "h { }", "" },
                     { "", "h required" },
                     { "h { } a { seconds: 100 }", "" },
                     { "h { } a { seconds: 99 nanos: 999999999 }", "a timestamp.gte_lt" },
                     { "h { } a { seconds: 200 nanos: 5 }", "a timestamp.gte_lt" },
                     { "h { } b { seconds: 1700000000 } c { seconds: 1700000000 }", "" },
                     { "h { } b { seconds: 1700000000 nanos: 1000 }", "b timestamp.lt_now" },
                     { "h { } c { seconds: 1699999999 nanos: 999999999 }", "c timestamp.gt_now" },
                     { "h { } d { seconds: 1700003600 }", "" },
                     { "h { } d { seconds: 1700003600 nanos: 1 }", "d timestamp.within" },
                     { "h { } d { seconds: 1699996399 nanos: 999999999 }", "d timestamp.within" },
                     { "h { } e { seconds: 1 nanos: 500000000 } f { seconds: -1 nanos: -5 } g { seconds: 5 }",
                       "" },
                     { "h { } e { } f { seconds: 2 } g { seconds: 5 nanos: 1 }",
                       "e duration.gt_lte; f duration.in; g timestamp.const" },
                     { NULL, NULL } });
        schema_free(s);
}

static void test_nested_and_oneofs(void **state)
{
        (void)state;
        struct schema *s = load(HEAD "message N { string x = 1" R(
            ".string.min_len = 1") "N n = 2; }\nmessage Plain { int32 x = 1; }\n"
                                   "message M { N n = 1; Plain p = 2; oneof o { "
                                   "option (buf.validate.oneof).required = true; N c "
                                   "= 3; string d = 4" R(
                                       ".string.min_len = 2") "}\n"
                                                              "option "
                                                              "(buf.validate.message)"
                                                              ".oneof = { fields: "
                                                              "['e', 'f'] };\n"
                                                              "option "
                                                              "(buf.validate.message)"
                                                              ".oneof = { fields: "
                                                              "['g', 'h'] required: "
                                                              "true };\n"
                                                              "string e = 5" R(
                                                                  ".string.min_len = "
                                                                  "2") "int32 f = 6; "
                                                                       "string g = "
                                                                       "7; repeated "
                                                                       "int32 h = "
                                                                       "8;\n"
                                                                       "google."
                                                                       "protobuf."
                                                                       "Int32Value i "
                                                                       "= 9" R(
                                                                           ".int3"
                                                                           "2.gt "
                                                                           "= 3") "repeated "
                                                                                  "google.protobuf."
                                                                                  "StringValue j = "
                                                                                  "10" R(
                                                                                      ".repeated"
                                                                                      ".items."
                                                                                      "string."
                                                                                      "min_len "
                                                                                      "= 1") "go"
                                                                                             "og"
                                                                                             "le"
                                                                                             ".p"
                                                                                             "ro"
                                                                                             "to"
                                                                                             "bu"
                                                                                             "f."
                                                                                             "In"
                                                                                             "t3"
                                                                                             "2V"
                                                                                             "al"
                                                                                             "ue"
                                                                                             " k"
                                                                                             " ="
                                                                                             " 1"
                                                                                             "1" R(
                                                                                                 ".required "
                                                                                                 "= true") "}");
        check(s,
              (const struct expectation[]){
                  { "d: 'xx' g: 'x' k { }", "" },
                  { "", " message.oneof; o required; k required" },
                  { "d: 'xx' g: 'x' h: 1 e: 'xx' f: 1 k { }", " message.oneof;  message.oneof" },
                  { "d: 'x' g: 'x' k { }", "d string.min_len" },
                  { "c { x: 'a' n { } } g: 'x' k { }", "c.n.x string.min_len" },
                  { "d: 'xx' g: 'x' k { } n { x: 'a' n { x: 'b' n { } } } p { }", "n.n.n.x string.min_len" },
                  { "d: 'xx' g: 'x' k { } e: 'x'", "e string.min_len" }, // but not where it is not the one
                  { "d: 'xx' g: 'x' k { } i { value: 3 }", "i int32.gt" },
                  { "d: 'xx' g: 'x' k { } i { }", "i int32.gt" },
                  { "d: 'xx' g: 'x' k { } j { value: 'a' } j { }", "j[1] string.min_len" },
                  { NULL, NULL } });
        schema_free(s);
}

static void test_compare(void **state)
{
        (void)state;
        struct schema *s =
            load(HEAD "message M { option (iochub.v1.dataset) = { name: 'a' mode: APPEND\n"
                      "compare { id: 't_order' left: 'a' operator: '>=' right: 'b' severity: FLAG text_en: "
                      "'closed before opened' }\n"
                      "compare { id: 'n_lt' left: 'c' operator: '<' right: 'd' }\n"
                      "compare { id: 's_eq' left: 'e' operator: '=' right: 'f' severity: FLAG }\n"
                      "compare { id: 'mixed' left: 'c' operator: '<=' right: 'g' severity: FLAG }\n"
                      "compare { id: 'u' left: 'h' operator: '>' right: 'g' severity: FLAG } };\n"
                      "google.protobuf.Timestamp a = 1; google.protobuf.Timestamp b = 2; optional int32 c = "
                      "3; optional uint64 d = 4; optional "
                      "string e = 5; optional string f = 6; optional double g = 7; optional uint64 h = 8; }");
        check(s, (const struct expectation[]){
                     { "a { seconds: 2 } b { seconds: 2 } c: 1 d: 2 e: 'x' f: 'x' g: 1 h: 2", "" },
                     { "a { seconds: 1 } c: 5 e: 'x'", "" }, // the other side is absent
                     { "a { seconds: 1 } b { seconds: 1 nanos: 1 }", "a t_order!" },
                     { "c: -1 d: 18446744073709551615", "" },
                     { "c: 2 d: 2", "c n_lt" },
                     { "e: 'x' f: 'y'", "e s_eq!" },
                     { "c: 2 g: 1.5", "c mixed!" },
                     { "g: nan c: 1", "c mixed!" },
                     { "h: 9007199254740993 g: 9007199254740992", "" }, // exact beyond 2^53
                     { NULL, NULL } });
        struct bytes b = encode("a { seconds: 1 } b { seconds: 2 }");
        struct fault f = { 0 };
        assert_int_equal(validate(s, must_read(s, slice_bytes(b), arena), 0, arena, &f), 0);
        assert_true(f.count == 1 && f.rejects == 0 && f.items[0].flag);
        assert_string_equal(f.items[0].text_en, "closed before opened");
        assert_string_equal(f.items[0].text_vi, "a phải >= b");
        free(b.p);
        schema_free(s);
}

static void test_refused_rules(void **state)
{
        (void)state;
        static const struct {
                const char *fields, *says;
        } cases[] = {
                { "string a = 1" R(".string.pattern = '^x'"),
                  "rule string.pattern of field t.M.a is not supported by this hub" },
                { "string a = 1" R(".string.email = true"), "rule string.email of field t.M.a" },
                { "string a = 1" R(".string.well_known_regex = KNOWN_REGEX_HTTP_HEADER_NAME"),
                  "rule string.well_known_regex" },
                { "bytes a = 1" R(".bytes.ip = true"), "rule bytes.ip of field t.M.a" },
                { "bytes a = 1" R(".bytes.pattern = 'x'"), "rule bytes.pattern of field t.M.a" },
                { "string a = 1" R(".cel = { id: 'x' expression: 'true' }"), "rule cel of field t.M.a" },
                { "string a = 1" R(".cel_expression = 'true'"), "rule cel_expression of field t.M.a" },
                { "option (buf.validate.message).cel = { id: 'x' }; string a = 1;",
                  "rule message.cel of t.M" },
                { "google.protobuf.Any a = 1" R(".any.in = 'x'"), "rule any.in of field t.M.a" },
                { "int32 a = 1" R(".string.min_len = 1"),
                  "rules string of field t.M.a do not fit its type, which takes rules int32" },
                { "repeated string a = 1" R(".string.min_len = 1"), "which takes rules repeated" },
                { "repeated string a = 1" R(".repeated.items.int32.gt = 1"), "which takes rules string" },
                { "map<string, M> a = 1" R(".map.values.string.len = 1"), "do not fit its type" },
                { "repeated M a = 1" R(".repeated.unique = true"), "rule repeated.unique of field t.M.a" },
                { "option (buf.validate.message).oneof = { fields: 'q' }; string a = 1;",
                  "names the field `q`" },
                { "option (buf.validate.message).oneof = { fields: ['a', 'a'] }; string a = 1;", "twice" },
                { "option (buf.validate.message).oneof = { }; string a = 1;", "names no field" },
                { "repeated string a = 1" R(".repeated.items.string.pattern = 'x'"),
                  "rule string.pattern of field t.M.a" },
                { "map<string, string> a = 1" R(".map.keys.string.uuid = true"),
                  "rule string.uuid of field t.M.a" },
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char proto[2048];
                snprintf(proto, sizeof(proto), HEAD "message M {\n%s\n}", cases[i].fields);
                char *p = problems_of(proto);
                if (!strstr(p, cases[i].says) || strncmp(p, "t.proto:", 8) != 0)
                        fail_msg("case %zu: expected %s, got %s", i, cases[i].says, p);
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

// A rule on a message that only a rule-less one leads to; a type that leads to itself.
static void test_visits(void **state)
{
        (void)state;
        struct schema *s = load(HEAD "message A { string x = 1" R(
            ".string.min_len = 1") "} message B { A a = 1; B b = 2; }\n"
                                   "message C { map<string, B> m = 1; } message D { D d = 1; }\n"
                                   "message M { C c = 1; D d = 2; int32 z = 3; }");
        assert_non_null(s->root->rules);
        assert_null(mtype_field(s->root, 2)->message->rules);
        check(s, (const struct expectation[]){
                     { "d { d { } }", "" },
                     { "c { m { key: 'k' value { b { a { } } } } }", "c.m[\"k\"].b.a.x string.min_len" },
                     { NULL, NULL } });
        schema_free(s);
}

static void test_many_violations(void **state)
{
        (void)state;
        struct schema *s =
            load(HEAD "message M { repeated string a = 1" R(".repeated.items.string.min_len = 5") "}");
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
                cmocka_unit_test(test_strings),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_enums),
                cmocka_unit_test(test_lists_and_maps),
                cmocka_unit_test(test_times),
                cmocka_unit_test(test_nested_and_oneofs),
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_refused_rules),
                cmocka_unit_test(test_visits),
                cmocka_unit_test(test_many_violations),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

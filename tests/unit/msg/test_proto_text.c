// .proto text from descriptors: compiled again it gives the same descriptors, byte for byte.
#include "hub/msg/proto_scan.h"
#include "hub/msg/proto_text.h"
#include "tests/unit/msg/unit.h"

static const char everything[] =
    "// Of the file.\n"
    "syntax = 'proto2';\n"
    "package a.t.t;\n"
    "import public 'google/protobuf/timestamp.proto';\n"
    "import 'google/protobuf/descriptor.proto';\n"
    "import 'buf/validate/validate.proto';\n"
    "import 'iochub/v1/options.proto';\n"
    "option java_package = \"a\\\"b\\\\c\\n\\303\\251\";\n"
    "option optimize_for = CODE_SIZE;\n"
    "option (mark) = { r: 1 y: \"\\001\" mo: { key: 1 value: { } } };\n"
    "option (marks) = \"x\";\n"
    "option (marks) = \"y\";\n"
    "option (numbers) = -7;\n"
    "option (numbers) = 8;\n"
    "option (state) = NEGATIVE;\n"
    "option (share) = 0.5;\n"
    "extend google.protobuf.FileOptions { optional M mark = 50001; repeated string marks = 50002;\n"
    "        repeated sint32 numbers = 50003; optional E state = 50004; optional float share = 50005; }\n"
    "// Of M.\n"
    "message M {\n"
    "        option deprecated = true;\n"
    "        // Of N.\n"
    "        message N { optional int32 x = 1; enum E { Z = 0; } }\n"
    "        // A name that is a type here and outside, and those that begin as packages do.\n"
    "        message Outer { optional string s = 1 [default = \"a\\\"\\\\\\n\\tb\"]; }\n"
    "        message google { }\n"
    "        message a { }\n"
    "        required int32 r = 1 [default = -5];\n"
    "        optional double d = 2 [default = -inf];\n"
    "        optional bytes y = 3 [default = \"\\001\\\"\\377\"];\n"
    "        optional E e = 4 [default = NEGATIVE, deprecated = true];\n"
    "        optional bool b = 5 [default = true];\n"
    "        repeated int32 packed = 6 [packed = true];\n"
    "        optional string own_name = 7 [json_name = \"otherName\"];\n"
    "        optional string Odd__name_2x = 8;\n"
    "        map<string, N> m = 9;\n"
    "        map<int32, .a.t.t.Outer> mo = 10;\n"
    "        optional Outer inner = 11;\n"
    "        optional .a.t.t.Outer outer = 12;\n"
    "        optional .google.protobuf.Timestamp at = 13;\n"
    "        optional .a.t.t.M again = 14;\n"
    "        // Of the choice.\n"
    "        oneof choice {\n"
    "                option (buf.validate.oneof) = { required: true };\n"
    "                // Of c1.\n"
    "                string c1 = 15;\n"
    "                N.E c2 = 16;\n"
    "        }\n"
    "        optional string v = 17 [(buf.validate.field) = { string: { min_len: 1 in: 'x' in: 'y\"' } },\n"
    "                                (iochub.v1.field) = { column: 'v_2' }];\n"
    "        extend M { optional string inside = 100; }\n"
    "        extensions 100 to 199;\n"
    "        extensions 1000 to max;\n"
    "        reserved 18, 20 to 30;\n"
    "        reserved 'gone', 'lost';\n"
    "}\n"
    "message Outer { }\n"
    "extend M { optional int64 one = 101; repeated M more = 102 [deprecated = true]; }\n"
    "extend google.protobuf.MessageOptions { optional string hint = 50001; }\n"
    "// Of E.\n"
    "enum E {\n"
    "        option allow_alias = true;\n"
    "        // Of ZERO.\n"
    "        ZERO = 0;\n"
    "        NULL_TOO = 0;\n"
    "        NEGATIVE = -2 [deprecated = true];\n"
    "        reserved -20 to -10, 5, 9 to max;\n"
    "        reserved 'OLD';\n"
    "}\n"
    "// Of S.\n"
    "service S {\n"
    "        // Of Ask.\n"
    "        rpc Ask(M) returns (stream Outer) { option deprecated = true; }\n"
    "        rpc Tell(stream M.N) returns (.google.protobuf.Timestamp);\n"
    "}\n";

static const char modern[] =
    "syntax = 'proto3';\n"
    "import 'google/protobuf/descriptor.proto';\n"
    "message M { optional string a = 1; string b = 2; repeated double c = 3 [packed = false];\n"
    "        optional M self = 4; oneof o { int32 d = 5; M e = 6; } }\n"
    "extend google.protobuf.FieldOptions { optional string tip = 50001; M tips = 50002; }\n"
    "enum E { A = 0; }\n";

// The set's file of that name without source information.
static void bare_file(struct slice set, const char *name, struct buf *out)
{
        struct slice file;
        struct piece x;
        while (piece_find(&set, 1, &file)) {
                if (!slice_eq_str(piece_bytes(file, 1), name))
                        continue;
                for (struct slice left = file; left.n > 0;) {
                        const uint8_t *start = left.p;
                        assert_int_equal(piece_next(&left, &x), 1);
                        if (x.number != 9)
                                buf_add(out, start, (size_t)(left.p - start));
                }
                return;
        }
        fail_msg("no file %s", name);
}

// Prints the file, compiles that in a folder of its own and compares.
static void round_trip(struct slice set, const char *name)
{
        char arguments[16384], path[8192];
        struct buf text, before, after, second;
        buf_init(&text), buf_init(&before), buf_init(&after), buf_init(&second);
        if (proto_text_file(set, slice_str(name), &text) != 0)
                fail_msg("%s has no text", name);
        snprintf(arguments, sizeof arguments, "mkdir -p '%s/again/%.*s'", folder(),
                 (int)(strrchr(name, '/') ? strrchr(name, '/') - name : 1), strrchr(name, '/') ? name : ".");
        assert_int_equal(system(arguments), 0);
        snprintf(path, sizeof path, "again/%s", name);
        write_file(path, buf_slice(&text));
        snprintf(arguments, sizeof arguments, "--include_imports --include_source_info -oagain.desc %s",
                 path);
        snprintf(path, sizeof path, "cd '%s' && rm -f again.desc", folder());
        assert_int_equal(system(path), 0);
        char command[16384];
        snprintf(command, sizeof command,
                 "cd '%s' && protoc 2> protoc.txt -Iagain -I'%s/schemas' --include_imports "
                 "--include_source_info -oagain.desc '%s'",
                 folder(), SOURCE_DIR, name);
        if (system(command) != 0)
                fail_msg("%s\n%s", (char *)read_file("protoc.txt").p, buf_cstr(&text));
        struct bytes again = read_file("again.desc");
        bare_file(set, name, &before);
        bare_file(slice_bytes(again), name, &after);
        if (!slice_eq(buf_slice(&before), buf_slice(&after)))
                fail_msg("%s differs after:\n%s", name, buf_cstr(&text));
        assert_int_equal(proto_text_file(slice_bytes(again), slice_str(name), &second), 0);
        assert_string_equal(buf_cstr(&second), buf_cstr(&text)); // comments, too
        free(again.p);
        buf_done(&text), buf_done(&before), buf_done(&after), buf_done(&second);
}

static void test_everything(UNUSED void **state)
{
        struct bytes set = compile(everything);
        round_trip(slice_bytes(set), "t.proto");
        free(set.p);
        set = compile(modern);
        round_trip(slice_bytes(set), "t.proto");
        free(set.p);
}

static void test_own_files(UNUSED void **state)
{
        static const char *const files[] = { "iochub/v1/message.proto", "iochub/v1/options.proto",
                                             "iochub/v1/routing.proto", "iochub/v1/reject.proto",
                                             "iochub/v1/schema.proto",  "iochub/v1/attachment.proto" };
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
                round_trip(schema_own_descriptors(), files[i]);
        struct bytes set = compile("syntax = 'proto3'; import 'buf/validate/validate.proto'; message M {}");
        round_trip(slice_bytes(set), "buf/validate/validate.proto");
        free(set.p);
}

static void test_examples(UNUSED void **state)
{
        static const char *const files[] = { "examples/noi-vu/don_vi_hanh_chinh.proto",
                                             "examples/moi-truong/chat_luong_khong_khi.proto",
                                             "examples/tiep-nhan/phan_anh.proto" };
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                char arguments[300];
                snprintf(arguments, sizeof arguments, "--include_imports --include_source_info -ot.desc %s",
                         files[i]);
                assert_int_equal(protoc(arguments), 0);
                struct bytes set = read_file("t.desc");
                round_trip(slice_bytes(set), files[i]);
                free(set.p);
        }
}

// Options that were written in several statements stay several: protoc keeps each apart.
static void test_statements(UNUSED void **state)
{
        struct bytes set = compile(
            "syntax = 'proto3'; package a; import 'buf/validate/validate.proto';\n"
            "import 'iochub/v1/options.proto';\n"
            "message M { option (iochub.v1.dataset).name = 'a'; option (iochub.v1.dataset).mode = APPEND;\n"
            "option (iochub.v1.dataset).key = 'x'; option (iochub.v1.dataset).key = 'y';\n"
            "option (iochub.v1.dataset).compare = { id: 'c' left: 'x' operator: '<' right: 'y' };\n"
            "string x = 1 [(iochub.v1.field).unit = 'm', (iochub.v1.field).personal = false,\n"
            "(buf.validate.field).string.min_len = 0, (buf.validate.field).required = true,\n"
            "(buf.validate.field).string.in = 'a', (buf.validate.field).string.in = 'b'];\n"
            "repeated string y = 2 [(buf.validate.field).repeated.items.string = { min_len: 1 max_len: 2 },\n"
            "(buf.validate.field).repeated.min_items = 1, deprecated = true]; }\n");
        round_trip(slice_bytes(set), "t.proto");
        free(set.p);
}

static void test_refused(UNUSED void **state)
{
        struct buf out;
        buf_init(&out);
        struct bytes set = compile("syntax = 'proto2'; message M { optional group G = 1 { } }");
        assert_int_equal(proto_text_file(slice_bytes(set), slice_str("t.proto"), &out), 1);
        assert_int_equal(proto_text_file(slice_bytes(set), slice_str("u.proto"), &out), 1);
        assert_int_equal(proto_text(slice_bytes(set), "N", &out), 1);
        assert_int_equal(proto_text(slice_str("no set"), "M", &out), 1);
        free(set.p);
        buf_done(&out);
}

static int tear_down(UNUSED void **state)
{
        remove_folder();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_everything), cmocka_unit_test(test_own_files),
                cmocka_unit_test(test_examples),   cmocka_unit_test(test_statements),
                cmocka_unit_test(test_refused),
        };
        return cmocka_run_group_tests(tests, NULL, tear_down);
}

// Twins: their bytes are those of iochub.v1.DataMessage, their files compile, what cannot be shown is told.
#include "hub/msg/proto_scan.h"
#include "hub/msg/twin.h"
#include "tests/unit/msg/unit.h"

#define HEAD                                                                                                 \
        "syntax = 'proto3'; package t;\n"                                                                    \
        "import 'google/protobuf/timestamp.proto';\n"                                                        \
        "import 'iochub/v1/options.proto';\n"
#define OPTIONS "option (iochub.v1.dataset) = { name: 'do-thu' mode: APPEND };\n"

static struct twin *make(struct slice set, const char *message, const char *dataset)
{
        struct buf problems cleanup(buf_done) = { 0 };
        struct twin *t = NULL;
        if (twin_new(set, message, dataset, &t, &problems) != 0)
                fail_msg("%s", buf_cstr(&problems));
        assert_int_equal(problems.n, 0);
        return t;
}

static void refused(struct slice set, const char *message, const char *dataset, const char *text)
{
        struct buf problems cleanup(buf_done) = { 0 };
        struct twin *t = NULL;
        assert_int_equal(twin_new(set, message, dataset, &t, &problems), 1);
        assert_null(t);
        if (!strstr(buf_cstr(&problems), text))
                fail_msg("%s", buf_cstr(&problems));
}

static void write_text(const struct twin *t, size_t i, const char *path)
{
        struct buf text cleanup(buf_done) = { 0 }, problems cleanup(buf_done) = { 0 };
        assert_int_equal(twin_text(t, i, &text, &problems), 0);
        write_file(path, buf_slice(&text));
}

static void test_dataset(UNUSED void **state)
{
        struct bytes set = compile(HEAD "message M { " OPTIONS
                                        " string a = 1; N n = 2; google.protobuf.Timestamp at = 3; }\n"
                                        "message N { int32 x = 1; }\n");
        struct twin *t = make(slice_bytes(set), "t.M", "do-thu");
        assert_int_equal(t->count, 4);
        assert_string_equal(t->files[0].path, "iochub/v1/options.proto");
        assert_string_equal(t->files[1].path, "t.proto");
        assert_string_equal(t->files[2].path, "iochub/v1/message.proto");
        assert_string_equal(t->files[3].path, "iochub/twin/do_thu.proto");
        assert_int_equal(t->files[1].reference_count, 1); // timestamp.proto is built in everywhere
        assert_int_equal(t->files[1].references[0], 0);
        assert_int_equal(t->files[3].reference_count, 2);
        assert_int_equal(t->files[3].references[0], 2);
        assert_int_equal(t->files[3].references[1], 1);

        // The same bytes: protoc writes them as DataMessage and reads them as the twin, from the twin's own
        // text.
        write_text(t, 3, "twin.proto");
        struct bytes data = encode("a: 'x' n { x: 7 }");
        struct buf text cleanup(buf_done) = { 0 };
        buf_add_str(&text, "header { dataset: \"do-thu\" sequence: 5 } data: \"");
        for (size_t i = 0; i < data.n; i++)
                buf_printf(&text, "\\x%02x", data.p[i]);
        buf_add_str(&text, "\"");
        write_file("in.txt", buf_slice(&text));
        assert_int_equal(protoc("--encode=iochub.v1.DataMessage iochub/v1/message.proto < in.txt > out.bin"),
                         0);
        assert_int_equal(protoc("--decode=iochub.twin.do_thu.DataMessage twin.proto < out.bin > out.txt"), 0);
        struct bytes out = read_file("out.txt");
        assert_string_equal((char *)out.p, "header {\n  dataset: \"do-thu\"\n  sequence: 5\n}\n"
                                           "data {\n  a: \"x\"\n  n {\n    x: 7\n  }\n}\n");
        free(out.p);
        free(data.p);
        twin_free(t);
        free(set.p);
}

static bool same(const struct twin *a, size_t i, const struct twin *b, size_t k)
{
        return memcmp(a->files[i].fingerprint, b->files[k].fingerprint, SHA256_SIZE) == 0;
}

// A file is another one where it says something else, or what it imports does; comments say nothing.
static void test_fingerprints(UNUSED void **state)
{
        static const char importer[] = HEAD "import 'u.proto'; message M { " OPTIONS " u.U a = 1; }\n";
        static const char *const imported[] = {
                "syntax = 'proto3'; package u; message U { string x = 1; }",
                "syntax = 'proto3'; package u; /* said */ message U { string x = 1; }",
                "syntax = 'proto3'; package u; message U { string x = 1; string y = 2; }",
        };
        struct twin *t[3];
        for (size_t i = 0; i < 3; i++) {
                write_file("u.proto", slice_str(imported[i]));
                struct bytes set = compile(importer);
                t[i] = make(slice_bytes(set), ".t.M", "do-thu");
                assert_int_equal(t[i]->count, 5);
                free(set.p);
        }
        for (size_t i = 0; i < 5; i++)
                assert_true(same(t[0], i, t[1], i));
        assert_string_equal(t[0]->files[0].path, "iochub/v1/options.proto");
        assert_string_equal(t[0]->files[1].path, "u.proto");
        assert_true(same(t[0], 0, t[2], 0));
        for (size_t i = 1; i < 5; i++)
                assert_true(same(t[0], i, t[2], i) ==
                            (strcmp(t[0]->files[i].path, "iochub/v1/message.proto") == 0));
        for (size_t i = 0; i < 3; i++)
                twin_free(t[i]);
}

// What the hub frames with message index 0 is the first message of its file.
static void test_own(UNUSED void **state)
{
        static const char *const own[][3] = {
                { "iochub.v1.RoutingEvent", "iochub/v1/routing.proto", "RoutingEvent" },
                { "iochub.v1.Reject", "iochub/v1/reject.proto", "Reject" },
                { "iochub.v1.SchemaRecord", "iochub/v1/schema.proto", "SchemaRecord" },
        };
        for (size_t i = 0; i < 3; i++) {
                struct twin *t = make(schema_own_descriptors(), own[i][0], NULL);
                assert_int_equal(t->count, 1);
                assert_string_equal(t->files[0].path, own[i][1]);
                struct slice file = t->files[0].descriptor, message;
                assert_true(piece_find(&file, 4, &message));
                assert_true(slice_eq_str(piece_bytes(message, 1), own[i][2]));
                twin_free(t);
        }
}

static void test_refused(UNUSED void **state)
{
        struct bytes set = compile("syntax = 'proto3'; package iochub.twin.do_thu; message DataMessage { }");
        refused(slice_bytes(set), "iochub.twin.do_thu.DataMessage", "do-thu", "is defined twice");
        refused(slice_bytes(set), "t.M", "do-thu", "no file of the set declares this message");
        free(set.p);
        set = compile(HEAD "message M { " OPTIONS " string a = 1; }");
        struct buf twice cleanup(buf_done) = { 0 };
        buf_add_slice(&twice, slice_bytes(set)), buf_add_slice(&twice, slice_bytes(set));
        refused(buf_slice(&twice), "t.M", "do-thu", "t.proto: this path stands twice");
        assert_int_equal(protoc("-ot.desc t.proto"), 0); // without imports
        struct bytes alone = read_file("t.desc");
        refused(slice_bytes(alone), "t.M", "do-thu",
                "does not hold the import iochub/v1/options.proto before it");
        free(alone.p);
        free(set.p);
        write_file("u.txt", slice_str("syntax = 'proto3'; package u; message U { }"));
        set = compile("syntax = 'proto3'; package t; import 'u.txt'; message M { u.U u = 1; }");
        refused(slice_bytes(set), "t.M", "do-thu",
                "u.txt: a file of a structure needs a path that ends in .proto");
        free(set.p);
        // A message.proto that is not the hub's.
        char command[5000];
        snprintf(command, sizeof command, "mkdir -p '%s/iochub/v1'", folder());
        assert_int_equal(system(command), 0);
        write_file("iochub/v1/message.proto",
                   slice_str("syntax = 'proto3'; package iochub.v1; message Header { }"));
        set = compile("syntax = 'proto3'; package t; import 'iochub/v1/message.proto';"
                      "message M { iochub.v1.Header h = 1; }");
        refused(slice_bytes(set), "t.M", "do-thu", "Control");
        free(set.p);
}

// Damaged sets are refused or shown, never a crash.
static void test_mutated(UNUSED void **state)
{
        struct bytes set =
            compile("syntax = 'proto3'; package t; message M { map<string, N> a = 1; N n = 2; }\n"
                    "message N { oneof o { int32 x = 1; M m = 2; } enum E { Z = 0; } reserved 5; }");
        uint8_t *b = malloc(set.n + 16);
        for (int i = 0; i < 3000; i++) {
                struct buf problems cleanup(buf_done) = { 0 }, text cleanup(buf_done) = { 0 };
                memcpy(b, set.p, set.n);
                size_t n = mutate(b, set.n);
                uint8_t *copy = exact(slice_of(b, n));
                struct twin *t = NULL;
                if (twin_new(slice_of(copy, n), "t.M", i % 2 ? "do-thu" : NULL, &t, &problems) == 0)
                        for (size_t k = 0; k < t->count; k++)
                                (void)!twin_text(t, k, &text, &problems);
                twin_free(t);
                free(copy);
        }
        free(b);
        free(set.p);
}

static int tear_down(UNUSED void **state)
{
        remove_folder();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dataset), cmocka_unit_test(test_fingerprints),
                cmocka_unit_test(test_own),     cmocka_unit_test(test_refused),
                cmocka_unit_test(test_mutated),
        };
        return cmocka_run_group_tests(tests, NULL, tear_down);
}

// Unknown fields that are kept, groups, and what a reader of pieces makes of both; protoc is the reference.
#include "tests/unit/msg/unit.h"

#define WIDE                                                                                                 \
        "syntax = 'proto2'; package t;\n"                                                                    \
        "enum E { ZERO = 0; ONE = 1; }\n"                                                                    \
        "message N { optional int32 a = 1; optional E e = 2; optional N n = 3; extensions 100 to max; }\n"   \
        "message M { optional N n = 1; repeated E list = 2 [packed = true]; map<int32, E> map = 3;\n"        \
        "  optional group G = 4 { optional int32 x = 1; optional group H = 2 { optional string y = 1; } }\n" \
        "  repeated group R = 5 { optional int32 z = 1; }\n"                                                 \
        "  optional int32 with_default = 6 [default = 42]; optional E last = 7 [default = ONE];\n"           \
        "  extensions 100 to 200; }\n"

static const struct wire_limits keep = { .elements = WIRE_ELEMENTS,
                                         .memory = WIRE_MEMORY,
                                         .keep_unknown = true };
static struct schema *schema;
static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        schema = load(WIDE);
        arena = arena_new(4096);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        schema_free(schema);
        arena_free(arena);
        remove_folder();
        return 0;
}

static struct msg *must_keep(struct slice bytes)
{
        struct msg *m = NULL;
        struct fault f = { 0 };
        if (wire_read_within(schema->root, bytes, &keep, arena, &m, &f) != 0)
                fail_msg("%s (%s)", f.items[0].text_en, f.items[0].field);
        return m;
}

static void assert_written(const struct msg *m, struct slice expected)
{
        struct buf out;
        buf_init(&out);
        wire_write(m, &out);
        assert_int_equal(out.n, expected.n);
        assert_memory_equal(out.p, expected.p, expected.n);
        buf_done(&out);
}

static void test_kept_and_written(void **state)
{
        (void)state;
        // fields 100 of each wire type around a known one, and n with the wire type of a number
        struct slice bytes = BYTES("\xa0\x06\x01\x30\x07\xa1\x06\1\2\3\4\5\6\7\x08\xa2\x06\x02xy\x08\x05"
                                   "\xa5\x06\1\2\3\4");
        struct msg *m = must_keep(bytes);
        assert_written(m, BYTES("\x30\x07\xa0\x06\x01\xa1\x06\1\2\3\4\5\6\7\x08\xa2\x06\x02xy\x08\x05"
                                "\xa5\x06\1\2\3\4"));
        assert_ptr_not_equal(m->unknown->next, m->unknown);   // two pieces,
        assert_ptr_equal(m->unknown->next->next, m->unknown); // no more
        assert_int_equal(m->unknown->next->bytes.n, 3);
        // not asked for, not kept
        m = must_read(schema, bytes, arena);
        assert_null(m->unknown);
        assert_written(m, BYTES("\x30\x07"));
}

static void test_inside_messages(void **state)
{
        (void)state;
        // n in two pieces, each with unknown fields, one deeper; in a group
        struct msg *m = must_keep(BYTES("\x0a\x05\x08\x01\xa8\x06\x02\x0a\x08\xb0\x06\x03\x1a\x03\xa0\x06\x05"
                                        "\x23\xb8\x06\x04\x24"));
        assert_written(m, BYTES("\x0a\x0d\x08\x01\x1a\x03\xa0\x06\x05\xa8\x06\x02\xb0\x06\x03"
                                "\x23\xb8\x06\x04\x24"));
}

static void test_closed_enums(void **state)
{
        (void)state;
        // a singular one, one in a packed list, one in a map: its whole entry; one wider than an enum
        struct msg *m =
            must_keep(BYTES("\x38\x01\x38\x05\x12\x03\x00\x07\x01\x1a\x04\x08\x03\x10\x09\x1a\x04\x08"
                            "\x04\x10\x01\x38\xff\xff\xff\xff\x0f"));
        assert_int_equal(value(m, "last")->i, 1);
        assert_int_equal(value(m, "list")->list.n, 2);
        assert_int_equal(value(m, "map")->list.n, 1);
        assert_written(m, BYTES("\x12\x02\x00\x01\x1a\x04\x08\x04\x10\x01\x38\x01"
                                "\x38\x05\x10\x07\x1a\x04\x08\x03\x10\x09"
                                "\x38\xff\xff\xff\xff\x0f"));
}

// protoc, which keeps what it does not know, sees the same in what came and in what is written.
static void test_like_protoc(void **state)
{
        (void)state;
        struct slice bytes =
            BYTES("\xa0\x06\x01\x0a\x07\x08\x01\xa2\x06\x02\x08\x05\x38\x05\x23\x08\x01\x13\x0a"
                  "\x01y\x14\x24\x2b\x2c\x2b\x08\x07\x2c\x12\x02\x00\x07");
        struct buf out;
        buf_init(&out);
        wire_write(must_keep(bytes), &out);
        write_file("a.bin", bytes);
        write_file("b.bin", buf_slice(&out));
        assert_int_equal(protoc("--decode=t.M t.proto < a.bin > a.txt"), 0);
        assert_int_equal(protoc("--decode=t.M t.proto < b.bin > b.txt"), 0);
        struct bytes a = read_file("a.txt"), b = read_file("b.txt");
        assert_string_equal(a.p, b.p);
        assert_non_null(strstr((char *)a.p, "100: 1"));
        free(a.p);
        free(b.p);
        buf_done(&out);
}

static void test_groups(void **state)
{
        (void)state;
        struct bytes b = encode("G { x: 1 H { y: 'a' } } R { z: 1 } R { } with_default: 42");
        struct msg *m = must_keep(slice_bytes(b));
        assert_json(m, "{\"g\":{\"x\":1,\"h\":{\"y\":\"a\"}},\"r\":[{\"z\":1},{}],\"with_default\":42}");
        assert_written(m, slice_bytes(b));
        // pieces merge, as messages do
        m = must_keep(BYTES("\x23\x08\x01\x24\x23\x13\x0a\x01y\x14\x24"));
        assert_json(m, "{\"g\":{\"x\":1,\"h\":{\"y\":\"y\"}}}");
        // with the wire type of a message it is an unknown field, as protoc has it
        m = must_keep(BYTES("\x22\x02\x08\x01"));
        assert_false(value(m, "g")->set);
        assert_non_null(m->unknown);
        free(b.p);
}

static void refused(struct slice bytes, const char *path, const char *says)
{
        static const struct wire_limits form = { .elements = 16 * WIRE_ELEMENTS };
        struct msg *m = NULL;
        struct fault f = { 0 }, checked = { 0 };
        uint8_t *copy = exact(bytes);
        assert_int_equal(wire_read(schema->root, slice_of(copy, bytes.n), arena, &m, &f), 1);
        assert_int_equal(wire_check(schema->root, slice_of(copy, bytes.n), &form, arena, &checked), 1);
        assert_int_equal(f.code, checked.code);
        assert_string_equal(f.items[0].field, path);
        assert_string_equal(checked.items[0].field, path);
        if (strstr(f.items[0].text_en, says) == NULL)
                fail_msg("expected %s, got %s", says, f.items[0].text_en);
        free(copy);
}

static void test_malformed_groups(void **state)
{
        (void)state;
        refused(BYTES("\x23\x08\x01"), "g", "the group does not end");
        refused(BYTES("\x23\x2c"), "g", "the group does not end");         // another's end
        refused(BYTES("\x23\x08\x24"), "g", "the group does not end");     // the end is the number's
        refused(BYTES("\x24"), "g", "field 4 is a group");                 // an end without a start
        refused(BYTES("\x23\x13\x24\x14"), "g", "the group does not end"); // crossed
        refused(BYTES("\xa3\x06\xa4\x06"), "", "field 100 is a group");    // unknown
        refused(BYTES("\x23\xa3\x06\xa4\x06\x24"), "g", "field 100 is a group");
        uint8_t deep[80];
        memset(deep, 0x23, 40);
        memset(deep + 40, 0x24, 40);
        refused(slice_of(deep, 80), "g", "the group does not end");
}

// What is absent is absent: a declared default is no value.
static void test_declared_defaults(void **state)
{
        (void)state;
        struct msg *m = must_keep(slice_of("", 0));
        assert_false(value(m, "with_default")->set || value(m, "last")->set);
        assert_int_equal(value(m, "with_default")->i, 0);
        assert_json(m, "{}");
        m = must_keep(BYTES("\x30\x00"));
        assert_true(value(m, "with_default")->set);
        assert_json(m, "{\"with_default\":0}");
        assert_written(m, BYTES("\x30\x00"));
}

// Unknown fields take memory from the message's own limit.
static void test_limit(void **state)
{
        (void)state;
        static const struct wire_limits little = { .elements = 100, .memory = 4096, .keep_unknown = true };
        uint8_t bytes[2000];
        size_t n = 0;
        while (n + 5 <= sizeof(bytes)) { // kept pieces apart from each other by a known field
                memcpy(bytes + n, "\xa0\x06\x01\x30\x01", 5);
                n += 5;
        }
        struct msg *m = NULL;
        struct fault f = { 0 };
        assert_int_equal(wire_read_within(schema->root, slice_of(bytes, n), &little, arena, &m, &f), 1);
        assert_int_equal(f.code, FAULT_TOO_MANY);
        assert_null(m);
}

// Pieces made whole for another reader keep what this one does not know.
static void test_made_whole(void **state)
{
        (void)state;
        static const struct wire_limits form = { .elements = 1000 };
        struct slice bytes = BYTES("\x0a\x02\x08\x01\xa0\x06\x01\x0a\x05\x10\x01\xa0\x06\x02");
        struct fault f = { 0 };
        assert_int_equal(wire_check_whole(schema->root, &bytes, &form, arena, &f), 0);
        assert_true(slice_eq(bytes, BYTES("\x0a\x07\x08\x01\x10\x01\xa0\x06\x02\xa0\x06\x01")));
        struct slice whole = bytes;
        assert_int_equal(wire_check_whole(schema->root, &whole, &form, arena, &f), 0);
        assert_ptr_equal(whole.p, bytes.p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kept_and_written),
                cmocka_unit_test(test_inside_messages),
                cmocka_unit_test(test_closed_enums),
                cmocka_unit_test(test_like_protoc),
                cmocka_unit_test(test_groups),
                cmocka_unit_test(test_malformed_groups),
                cmocka_unit_test(test_declared_defaults),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_made_whole),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

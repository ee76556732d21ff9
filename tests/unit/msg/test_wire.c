#include "tests/unit/msg/unit.h"
#include "tests/unit/msg/wire.h"

#include <float.h>

static struct schema *schema;
static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        schema = load_file("wire");
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

static enum fault_code refused(struct slice bytes, const char *path)
{
        struct msg *m = NULL;
        struct fault f = { 0 };
        uint8_t *copy = exact(bytes);
        assert_int_equal(wire_read(schema->root, slice_of(copy, bytes.n), arena, &m, &f), 1);
        assert_null(m);
        assert_true(f.count >= 1 && f.rejects >= 1);
        assert_string_equal(f.items[0].rule, fault_word(f.code));
        assert_true(strlen(f.items[0].text_vi) > 0 && strlen(f.items[0].text_en) > 0);
        if (path)
                assert_string_equal(f.items[0].field, path);
        free(copy);
        return f.code;
}

static void test_every_type_like_protoc(void **state)
{
        (void)state;
        struct bytes b = encode(all_values);
        const struct msg *m = must_read(schema, slice_bytes(b), arena);
        assert_true(value(m, "f1")->d == 1.5 && (float)value(m, "f2")->d == -0.1f);
        assert_true(value(m, "f3")->i == INT64_MIN && value(m, "f4")->u == UINT64_MAX &&
                    value(m, "f5")->i == INT32_MIN);
        assert_true(value(m, "f6")->u == UINT64_MAX && value(m, "f7")->u == UINT32_MAX &&
                    value(m, "f8")->u == 1);
        assert_true(slice_eq_str(value(m, "f9")->s, "Ổ gà trên đường") && value(m, "f10")->s.n == 2);
        assert_true(value(m, "f11")->u == UINT32_MAX && value(m, "f12")->i == -1 &&
                    value(m, "f13")->i == INT32_MIN);
        assert_true(value(m, "f14")->i == INT64_MIN && value(m, "f15")->i == INT32_MIN &&
                    value(m, "f16")->i == INT64_MIN);
        const struct msg *n = value(m, "f17")->m;
        assert_int_equal(value(value(value(n, "n")->m, "list")->list.items[0].m, "a")->i, 3);
        assert_true(value(m, "o1")->set && value(m, "o2")->set && value(m, "o2")->s.n == 0);
        assert_int_equal(value(m, "p")->list.n, 3);
        assert_int_equal(value(m, "p")->list.items[1].i, -1);
        assert_int_equal(value(m, "ss")->list.n, 2);
        assert_false(value(m, "c1")->set);
        assert_true(value(m, "c2")->set && !value(m, "c3")->set);
        assert_true(slice_eq_str(value(m, "far")->s, "xa") && value(m, "near")->i == 64);
        assert_int_equal(value(m, "z")->list.items[0].i, -1);
        int64_t at;
        assert_int_equal(msg_instant(value(m, "at")->m, &at), 0);
        assert_int_equal(at, -1);

        // and back: protoc serialises in the same order
        struct buf out;
        buf_init(&out);
        wire_write(m, &out);
        assert_int_equal(out.n, b.n);
        assert_memory_equal(out.p, b.p, b.n);
        buf_done(&out);
        free(b.p);
}

static void test_empty(void **state)
{
        (void)state;
        const struct msg *m = must_read(schema, slice_of(NULL, 0), arena);
        for (size_t i = 0; i < m->type->count; i++)
                assert_false(m->f[i].set);
        struct buf out;
        buf_init(&out);
        wire_write(m, &out);
        assert_int_equal(out.n, 0);
        buf_done(&out);
}

static void test_last_wins_and_merges(void **state)
{
        (void)state;
        // f5 = 1, f5 = 2; f17 { a: 1 s: "x" }, f17 { a: 2 }
        const struct msg *m = must_read(
            schema, BYTES("\x28\x01\x28\x02\x8a\x01\x05\x08\x01\x12\x01x\x8a\x01\x02\x08\x02"), arena);
        assert_int_equal(value(m, "f5")->i, 2);
        assert_int_equal(value(value(m, "f17")->m, "a")->i, 2);
        assert_true(slice_eq_str(value(value(m, "f17")->m, "s")->s, "x"));
}

static void test_packed_and_unpacked(void **state)
{
        (void)state;
        // p unpacked twice then packed; u packed
        const struct msg *m = must_read(
            schema, BYTES("\xa0\x01\x01\xa0\x01\x02\xa2\x01\x02\x03\x04\xaa\x01\x02\x05\x06"), arena);
        assert_int_equal(value(m, "p")->list.n, 4);
        for (int i = 0; i < 4; i++)
                assert_int_equal(value(m, "p")->list.items[i].i, i + 1);
        assert_int_equal(value(m, "u")->list.n, 2);
        // an empty packed list is no list
        m = must_read(schema, BYTES("\xa2\x01\x00"), arena);
        assert_false(value(m, "p")->set);
        assert_int_equal(refused(BYTES("\xa2\x01\x02\x01\x80"), "p[1]"), FAULT_MALFORMED);
        assert_int_equal(refused(BYTES("\xb2\x01\x07\0\0\0\0\0\0\0"), "d[0]"), FAULT_MALFORMED);
}

static void test_oneof(void **state)
{
        (void)state;
        // c1 = 1, then c2 = "a"
        const struct msg *m = must_read(schema,
                                        BYTES("\xd8\x01\x01\xe2\x01\x01"
                                              "a"),
                                        arena);
        assert_true(!value(m, "c1")->set && value(m, "c2")->set);
        // c3 { a: 1 }, c3 { s: "x" }: merged; then c4 clears it; then c3 is a new one
        m = must_read(schema, BYTES("\xea\x01\x02\x08\x01\xea\x01\x03\x12\x01x"), arena);
        assert_int_equal(value(value(m, "c3")->m, "a")->i, 1);
        assert_true(value(value(m, "c3")->m, "s")->set);
        m = must_read(schema, BYTES("\xea\x01\x02\x08\x01\xf2\x01\x00\xea\x01\x03\x12\x01x"), arena);
        assert_false(value(m, "c4")->set);
        assert_false(value(value(m, "c3")->m, "a")->set);
}

static void test_maps(void **state)
{
        (void)state;
        // m1: { "a": 1 }, { "a": 2 }, entry without key, entry without value, value before key
        const struct msg *m = must_read(schema,
                                        BYTES("\xfa\x01\x05\x0a\x01"
                                              "a\x10\x01\xfa\x01\x05\x0a\x01"
                                              "a\x10\x02\xfa\x01\x02\x10\x03\xfa\x01\x03\x0a\x01"
                                              "b\xfa\x01\x05\x10\x04\x0a\x01"
                                              "c"),
                                        arena);
        const struct list *l = &value(m, "m1")->list;
        assert_int_equal(l->n, 5);
        assert_int_equal(l->items[1].m->f[1].i, 2);
        assert_true(l->items[2].m->f[0].set && l->items[2].m->f[0].s.n == 0);
        assert_true(l->items[3].m->f[1].set && l->items[3].m->f[1].i == 0);
        assert_int_equal(l->items[4].m->f[1].i, 4);
        assert_json(m, "{\"m1\":{\"a\":2,\"\":3,\"b\":0,\"c\":4}}");
        // a message value that the wire leaves out is an empty message
        m = must_read(schema, BYTES("\x82\x02\x02\x08\x05"), arena);
        assert_non_null(value(m, "m2")->list.items[0].m->f[1].m);
        assert_json(m, "{\"m2\":{\"5\":{}}}");
}

static void test_truncation_of_numbers(void **state)
{
        (void)state;
        // int32 and bool from 64-bit varints, enum from a big one, uint32
        const struct msg *m = must_read(schema, BYTES("\x28\x81\x80\x80\x80\x80\x01"), arena);
        assert_int_equal(value(m, "f5")->i, 1);
        m = must_read(schema, BYTES("\x40\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), arena);
        assert_int_equal(value(m, "f8")->u, 1);
        m = must_read(schema, BYTES("\x60\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), arena);
        assert_int_equal(value(m, "f12")->i, -1);
        m = must_read(schema, BYTES("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), arena);
        assert_int_equal(value(m, "f11")->u, UINT32_MAX);
        // an enum number without name stays (proto3 enums are open)
        m = must_read(schema, BYTES("\x60\x63"), arena);
        assert_int_equal(value(m, "f12")->i, 99);
        // overlong zero is fine, eleven bytes are not
        must_read(schema, BYTES("\x28\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), arena);
        assert_int_equal(refused(BYTES("\x28\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), "f5"),
                         FAULT_MALFORMED);
}

static void test_unknown_fields(void **state)
{
        (void)state;
        // fields 1000 of each wire type, and f5 with the wire type of a string
        const struct msg *m = must_read(
            schema,
            BYTES("\xc0\x3e\x01\xc1\x3e\1\2\3\4\5\6\7\x08\xc2\x3e\x02xy\xc5\x3e\1\2\3\4\x2a\x01x\x28\x07"),
            arena);
        assert_int_equal(value(m, "f5")->i, 7);
        assert_int_equal(refused(BYTES("\xc2\x3e\x05xy"), ""), FAULT_MALFORMED);
        assert_int_equal(refused(BYTES("\xc1\x3e\x05xy"), ""), FAULT_MALFORMED);
}

static void test_malformed(void **state)
{
        (void)state;
        assert_int_equal(refused(BYTES("\x00\x01"), ""), FAULT_MALFORMED);   // field 0
        assert_int_equal(refused(BYTES("\x2f\x01"), "f5"), FAULT_MALFORMED); // wire type 7
        assert_int_equal(refused(BYTES("\x28"), "f5"), FAULT_MALFORMED);     // no value
        assert_int_equal(refused(BYTES("\x80"), ""), FAULT_MALFORMED);       // tag cut off
        assert_int_equal(refused(BYTES("\xa8\x80\x80\x80\x80\x00\x01"), ""),
                         FAULT_MALFORMED); // tag of 6 bytes
        assert_int_equal(refused(BYTES("\x88\x80\x80\x80\x10\x01"), ""),
                         FAULT_MALFORMED); // number above 2^29-1, whose low 29 bits are a field
        assert_int_equal(refused(BYTES("\x4a\x05xy"), "f9"), FAULT_MALFORMED); // length beyond the end
        assert_int_equal(refused(BYTES("\x4a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "f9"),
                         FAULT_MALFORMED);
        assert_int_equal(refused(BYTES("\x4a\x82\x80\x80\x80\x80\x00xy"), "f9"),
                         FAULT_MALFORMED); // length of 6 bytes
        assert_int_equal(refused(BYTES("\x8a\x01\x02\x12\x05"), "f17.s"),
                         FAULT_MALFORMED); // inside a message
        assert_int_equal(refused(BYTES("\xc2\x01\x00\xc2\x01\x02\x08\x80"), "ns[1].a"), FAULT_MALFORMED);
}

static void test_groups(void **state)
{
        (void)state;
        struct msg *m;
        struct fault f = { 0 };
        assert_int_equal(wire_read(schema->root, BYTES("\xc3\x3e\xc4\x3e"), arena, &m, &f), 1);
        assert_int_equal(f.code, FAULT_MALFORMED);
        assert_non_null(strstr(f.items[0].text_en, "group"));
}

static void test_proto2(void **state)
{
        (void)state;
        struct schema *s =
            load("syntax = 'proto2'; package t;\n"
                 "enum E { ZERO = 0; ONE = 1; TWO = 2; }\n"
                 "message N { required int32 must = 1; optional N n = 2; }\n"
                 "message M { optional E e = 1; repeated E list = 2; map<int32, E> m = 3; optional int32 d = "
                 "4 [default = "
                 "7]; optional N n = 5; repeated int32 p = 6 [packed = true]; repeated N ns = 7; }\n");
        struct msg *m;
        struct fault f = { 0 };
        // closed enum: 3 is unknown everywhere, in a map the entry with it
        m = must_read(s,
                      BYTES("\x08\x01\x08\x03\x10\x01\x10\x03\x10\x02\x12\x03\x01\x03\x02\x1a\x04\x08\x01\x10"
                            "\x03\x1a\x04\x08\x02\x10"
                            "\x02\x1a\x02\x08\x03"),
                      arena);
        assert_int_equal(value(m, "e")->i, 1);
        assert_int_equal(value(m, "list")->list.n, 4);
        assert_int_equal(value(m, "m")->list.n, 2);
        assert_int_equal(value(m, "m")->list.items[0].m->f[0].i, 2);
        assert_true(mtype_field_named(s->root, slice_str("d"))->presence);
        assert_false(value(m, "d")->set);
        // a list of nothing but unknown numbers is no list
        m = must_read(s, BYTES("\x10\x03"), arena);
        assert_false(value(m, "list")->set);
        // required fields, at any depth, after merging
        assert_int_equal(wire_read(s->root, BYTES("\x2a\x00"), arena, &m, &f), 1);
        assert_string_equal(f.items[0].field, "n.must");
        f = (struct fault){ 0 };
        assert_int_equal(wire_read(s->root, BYTES("\x3a\x02\x08\x01\x3a\x04\x08\x01\x12\x00"), arena, &m, &f),
                         1);
        assert_string_equal(f.items[0].field, "ns[1].n.must");
        must_read(s, BYTES("\x2a\x00\x2a\x02\x08\x01"), arena);
        schema_free(s);
}

static void test_writer_leaves_defaults_out(void **state)
{
        (void)state;
        struct msg *m = msg_new(schema->root, arena);
        struct buf out;
        buf_init(&out);
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *f = &m->type->fields[i];
                if (!f->repeated && f->type != TYPE_MESSAGE)
                        m->f[i].set = true;
        }
        m->f[mtype_field_named(m->type, slice_str("f1"))->index].d = -0.0;
        wire_write(m, &out);
        const struct msg *again = must_read(schema, buf_slice(&out), arena);
        assert_true(value(again, "f1")->set); // -0.0 is not the default
        assert_true(value(again, "o1")->set && value(again, "o2")->set);
        assert_false(value(again, "f5")->set || value(again, "f9")->set || value(again, "f8")->set);
        buf_done(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_type_like_protoc),
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_last_wins_and_merges),
                cmocka_unit_test(test_packed_and_unpacked),
                cmocka_unit_test(test_oneof),
                cmocka_unit_test(test_maps),
                cmocka_unit_test(test_truncation_of_numbers),
                cmocka_unit_test(test_unknown_fields),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_groups),
                cmocka_unit_test(test_proto2),
                cmocka_unit_test(test_writer_leaves_defaults_out),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

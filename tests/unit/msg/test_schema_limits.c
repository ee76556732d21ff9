// How large a structure may be: the largest loads, one more is refused by name.
#include "tests/unit/msg/unit.h"

static int teardown(void **state)
{
        (void)state;
        remove_folder();
        return 0;
}

// Without source information, which would be most of so large a set.
static int load_large(struct buf *proto, struct buf *problems)
{
        struct schema *s = NULL;
        write_file("t.proto", buf_slice(proto));
        assert_int_equal(protoc("-ot.desc t.proto"), 0);
        struct bytes set = read_file("t.desc");
        buf_init(problems);
        int rc = schema_load(slice_bytes(set), "t.M", &s, problems);
        schema_free(s);
        free(set.p);
        buf_done(proto);
        return rc;
}

static void assert_loads(struct buf *proto)
{
        struct buf problems;
        if (load_large(proto, &problems) != 0)
                fail_msg("%.300s", buf_cstr(&problems));
        buf_done(&problems);
}

static void assert_refused(struct buf *proto, const char *says)
{
        struct buf problems;
        assert_int_equal(load_large(proto, &problems), 1);
        if (strstr(buf_cstr(&problems), says) == NULL)
                fail_msg("expected %s, got %.300s", says, buf_cstr(&problems));
        buf_done(&problems);
}

static struct buf head(void)
{
        struct buf b;
        buf_init(&b);
        buf_add_str(&b, "syntax = 'proto3'; package t;\n");
        return b;
}

static struct buf with_fields(unsigned count)
{
        struct buf b = head();
        buf_add_str(&b, "message M {\n");
        for (unsigned i = 1; i <= count; i++)
                buf_printf(&b, "int32 f%u = %u;\n", i, i);
        buf_add_str(&b, "}\n");
        return b;
}

static void test_fields_of_a_message(void **state)
{
        (void)state;
        struct buf b = with_fields(2048);
        assert_loads(&b);
        b = with_fields(2049);
        assert_refused(&b, "t.M has more than 2048 fields");
}

// M, then a chain of types; one that nothing leads to does not count.
static struct buf with_types(unsigned count)
{
        struct buf b = head();
        buf_add_str(&b, "message Alone { }\nmessage M { T2 f = 1; }\n");
        for (unsigned i = 2; i < count; i++)
                buf_printf(&b, "message T%u { T%u f = 1; }\n", i, i + 1);
        buf_printf(&b, "message T%u { }\n", count);
        return b;
}

static void test_types(void **state)
{
        (void)state;
        struct buf b = with_types(4096);
        assert_loads(&b);
        b = with_types(4097);
        assert_refused(&b, "the schema is too large at t.T4097: at most 4096 types");
}

static struct buf with_values(unsigned count)
{
        struct buf b = head();
        buf_add_str(&b, "message M {\n");
        for (unsigned e = 0; e * 4000 < count; e++) {
                buf_printf(&b, "enum E%u { ", e);
                for (unsigned i = 0; i < 4000 && e * 4000 + i < count; i++)
                        buf_printf(&b, "E%u_V%u = %u; ", e, i, i);
                buf_printf(&b, "}\nE%u f%u = %u;\n", e, e, e + 1);
        }
        buf_add_str(&b, "}\n");
        return b;
}

static void test_fields_and_values_in_all(void **state)
{
        (void)state;
        struct buf b = with_values(65536 - 17); // and the 17 fields that lead to them
        assert_loads(&b);
        b = with_values(65536 - 16);
        assert_refused(&b, "65536 fields and enum values in all");
}

static void test_bytes(void **state)
{
        (void)state;
        struct buf set, problems;
        struct schema *s = NULL;
        buf_init(&set);
        buf_init(&problems);
        buf_reserve(&set, (4 << 20) + 1);
        memset(set.p, 0, (4 << 20) + 1);
        set.n = (4 << 20) + 1;
        assert_int_equal(schema_load(buf_slice(&set), "t.M", &s, &problems), 1);
        assert_string_equal(buf_cstr(&problems), "the descriptor set has 4194305 bytes, more than 4194304\n");
        buf_done(&set);
        buf_done(&problems);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields_of_a_message),
                cmocka_unit_test(test_types),
                cmocka_unit_test(test_fields_and_values_in_all),
                cmocka_unit_test(test_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, teardown);
}

#include "tests/unit/base/unit.h"

#include <stdlib.h>

#include "hub/base/buf.h"

static void test_slices(void **state)
{
        (void)state;
        assert_true(slice_eq(slice_of(NULL, 0), slice_str("")));
        assert_true(slice_eq_str(LIT("abc"), "abc"));
        assert_false(slice_eq_str(LIT("abc"), "ab"));
        assert_false(slice_eq_str(LIT("a\0c"), "a"));
        assert_false(slice_eq(LIT("abc"), LIT("abd")));
}

static void test_growth_keeps_bytes(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        for (int i = 0; i < 100000; i++)
                buf_add_char(&b, (char)i);
        assert_int_equal(b.n, 100000);
        for (int i = 0; i < 100000; i++)
                assert_int_equal(b.p[i], (uint8_t)i);
        buf_reset(&b);
        assert_int_equal(b.n, 0);
        assert_true(b.cap >= 100000);
        buf_done(&b);
        assert_null(b.p);
        buf_done(&b);
        buf_done(NULL);
}

static void test_add_nothing(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        buf_add(&b, NULL, 0);
        buf_add_slice(&b, slice_of(NULL, 0));
        buf_add_str(&b, "");
        assert_int_equal(b.n, 0);
        assert_string_equal(buf_cstr(&b), "");
        assert_int_equal(b.n, 0);
        buf_done(&b);
}

static void test_reserve_does_not_count(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        buf_add_str(&b, "ab");
        uint8_t *p = buf_reserve(&b, 500);
        assert_ptr_equal(p, b.p + 2);
        assert_int_equal(b.n, 2);
        assert_true(b.cap - b.n >= 500);
        buf_done(&b);
}

static void test_printf(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        buf_printf(&b, "%d-%s", 42, "x");
        assert_string_equal(buf_cstr(&b), "42-x");
        // Exactly at, one below and one above the room that is left.
        for (int width = 50; width < 80; width++) {
                buf_done(&b);
                buf_add_char(&b, 'a'); // capacity 64
                buf_printf(&b, "%*d", width, 7);
                assert_int_equal(b.n, (size_t)width + 1);
                assert_int_equal(b.p[b.n - 1], '7');
                assert_int_equal(strlen(buf_cstr(&b)), b.n);
        }
        buf_done(&b);
}

static void test_big_endian(void **state)
{
        (void)state;
        uint8_t p[8];
        put_be16(p, 0x1234);
        assert_memory_equal(p, "\x12\x34", 2);
        put_be32(p, 0x12345678);
        assert_memory_equal(p, "\x12\x34\x56\x78", 4);
        assert_int_equal(get_be32(p), 0x12345678);
        put_be64(p, 0x0123456789abcdefULL);
        assert_memory_equal(p, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
}

static void test_cleanup(void **state)
{
        (void)state;
        // The leak checker of the sanitized build is the judge.
        cleanup(cleanup_free) char *text = strdup("freed at the end");
        cleanup(cleanup_free) void *none = NULL;
        assert_non_null(text);
        assert_null(none);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_slices),      cmocka_unit_test(test_growth_keeps_bytes),
                cmocka_unit_test(test_add_nothing), cmocka_unit_test(test_reserve_does_not_count),
                cmocka_unit_test(test_printf),      cmocka_unit_test(test_big_endian),
                cmocka_unit_test(test_cleanup),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

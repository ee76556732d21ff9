#include "tests/unit/base/unit.h"

#include <stdio.h>
#include <string.h>

#include "hub/base/err.h"

static void test_set(void **state)
{
        (void)state;
        struct err e = { .code = ERR_DATABASE, .sqlstate = "40001", .retriable = true, .text = "old" };
        assert_int_equal(err_set(&e, ERR_INPUT, "row %d is bad", 7), -1);
        assert_int_equal(e.code, ERR_INPUT);
        assert_string_equal(e.text, "row 7 is bad");
        assert_string_equal(e.sqlstate, "");
        assert_false(e.retriable);
}

static void test_null_is_allowed(void **state)
{
        (void)state;
        assert_int_equal(err_set(NULL, ERR_IO, "%s", "x"), -1);
        assert_int_equal(err_prefix(NULL, "%s", "x"), -1);
}

static void test_prefix_keeps_the_rest(void **state)
{
        (void)state;
        struct err e = { .code = ERR_DATABASE, .sqlstate = "53100", .retriable = true, .text = "disk full" };
        assert_int_equal(err_prefix(&e, "table %s", "phan_anh"), -1);
        assert_string_equal(e.text, "table phan_anh: disk full");
        assert_string_equal(e.sqlstate, "53100");
        assert_true(e.retriable);
        assert_int_equal(e.code, ERR_DATABASE);
}

static void test_own_text_as_argument(void **state)
{
        (void)state;
        struct err e;
        err_set(&e, ERR_IO, "inner");
        err_set(&e, ERR_STATE, "outer (%s)", e.text);
        assert_string_equal(e.text, "outer (inner)");
        err_prefix(&e, "%s again", e.text);
        assert_string_equal(e.text, "outer (inner) again: outer (inner)");
}

static void test_newlines_at_the_end_go(void **state)
{
        (void)state;
        struct err e;
        err_set(&e, ERR_DATABASE, "connection refused\r\n\n ");
        assert_string_equal(e.text, "connection refused");
        err_set(&e, ERR_DATABASE, "\n");
        assert_string_equal(e.text, "");
}

static void test_cut_at_a_code_point(void **state)
{
        (void)state;
        struct err e;
        char text[1200];
        for (size_t offset = 0; offset < 3; offset++) {
                memset(text, 'a', sizeof(text));
                // U+1EDB (3 bytes) over and over, from an offset that puts the cut at each of its bytes.
                size_t n = offset;
                while (n + 3 < sizeof(text)) {
                        memcpy(text + n, "\u1edb", 3);
                        n += 3;
                }
                text[n] = '\0';
                err_set(&e, ERR_INPUT, "%s", text);
                size_t kept = strlen(e.text);
                assert_true(kept <= 1023 && kept >= 1020);
                assert_int_equal((kept - offset) % 3, 0);
                err_prefix(&e, "x");
                assert_int_equal((strlen(e.text) - offset) % 3, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_set),
                cmocka_unit_test(test_null_is_allowed),
                cmocka_unit_test(test_prefix_keeps_the_rest),
                cmocka_unit_test(test_own_text_as_argument),
                cmocka_unit_test(test_newlines_at_the_end_go),
                cmocka_unit_test(test_cut_at_a_code_point),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

// Binary numeric against bytes worked out by hand from numeric_recv's format.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/digest.h"
#include "hub/pg/numeric.h"

static void expect_text(const char *text, const char *hex)
{
        struct buf b;
        char got[256];
        buf_init(&b);
        assert_int_equal(numeric_text(slice_str(text), &b), 0);
        hex_encode(b.p, b.n, got);
        assert_string_equal(got, hex);
        buf_done(&b);
}

static void expect_code(const char *text, int code)
{
        struct buf b;
        buf_init(&b);
        buf_add_str(&b, "kept");
        assert_int_equal(numeric_text(slice_str(text), &b), code);
        assert_int_equal(b.n, 4);
        buf_done(&b);
}

// groups, weight, sign, scale, then groups
static void test_decimals(void **state)
{
        (void)state;
        expect_text("0", "0000000000000000");
        expect_text("-0", "0000000000000000");
        expect_text("0.00", "0000000000000002");
        expect_text("1", "00010000000000000001");
        expect_text("-12.50", "0002000040000002000c1388");
        expect_text("+7", "00010000000000000007");
        expect_text("10000", "00010001000000000001");
        expect_text("99999999", "0002000100000000270f270f");
        expect_text("0.0001", "0001ffff000000040001");
        expect_text("0.00001", "0001fffe0000000503e8");
        expect_text(".5", "0001ffff000000011388");
        expect_text("5.", "00010000000000000005");
        expect_text("00012.3400", "0002000000000004000c0d48");
        expect_text("12345.6789", "0003000100000004000109291a85");
        expect_text("100000000.00000001", "0005000200000008000100000000"
                                          "00000001");
}

static void test_exponents(void **state)
{
        (void)state;
        expect_text("1e3", "000100000000000003e8");
        expect_text("1.5E3", "000100000000000005dc");
        expect_text("1e-3", "0001ffff00000003000a");
        expect_text("1.5e1", "0001000000000000000f");
        expect_text("12e-1", "0002000000000001000107d0");
        expect_text("1e131071", "00017fff0000000003e8");
        expect_text("0e99999999999999999999", "0000000000000000");
}

static void test_not_decimals(void **state)
{
        (void)state;
        static const char *const texts[] = { "",     "-",     "+",   ".",  "1.2.3", "1,5", " 1",
                                             "1 ",   "1e",    "1e+", "e5", "0x10",  "NaN", "Infinity",
                                             "-inf", "1_000", "--1", "1-", "１" };
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                expect_code(texts[i], 1);
        assert_int_equal(numeric_text(slice_of("1\0", 2), NULL), 1);
}

static void test_too_long(void **state)
{
        (void)state;
        expect_code("1e131072", 2);
        expect_code("1e-16384", 2);
        expect_code("0e-16384", 2);
        expect_code("1e99999999999999999999", 2);
        expect_code("1e-99999999999999999999", 2);
        char *digits = malloc(131074);
        memset(digits, '9', 131073);
        digits[131073] = '\0';
        expect_code(digits, 2);
        digits[131072] = '\0';
        struct buf b;
        buf_init(&b);
        assert_int_equal(numeric_text(slice_str(digits), &b), 0);
        assert_int_equal(b.n, 8 + 2 * 32768);
        buf_done(&b);
        free(digits);
}

static void expect_uint(uint64_t v, const char *hex)
{
        struct buf b;
        char got[64];
        buf_init(&b);
        numeric_uint64(v, &b);
        hex_encode(b.p, b.n, got);
        assert_string_equal(got, hex);
        buf_done(&b);
}

static void test_integers(void **state)
{
        (void)state;
        expect_uint(0, "0000000000000000");
        expect_uint(1, "00010000000000000001");
        expect_uint(10000, "00010001000000000001");
        expect_uint(10001, "000200010000000000010001");
        expect_uint(UINT64_MAX, "000500040000000007341a5802e103bb064f");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decimals),     cmocka_unit_test(test_exponents),
                cmocka_unit_test(test_not_decimals), cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_integers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

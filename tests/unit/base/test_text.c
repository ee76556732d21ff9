#include "tests/unit/base/unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"

// A decoder by the book, to compare with: assembles the code point and checks it.
static size_t reference_step(const uint8_t *p, size_t n)
{
        size_t length = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 4;
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        if ((p[0] >= 0x80 && p[0] < 0xc0) || p[0] >= 0xf8 || length > n)
                return 0;
        uint32_t c = length == 1 ? p[0] : p[0] & (0x7fU >> length);
        for (size_t i = 1; i < length; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (p[i] & 0x3f);
        }
        return c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : length;
}

static size_t reference_prefix(struct slice s, size_t *points)
{
        size_t i = 0, step;
        for (*points = 0; i < s.n && (step = reference_step(s.p + i, s.n - i)) > 0; (*points)++)
                i += step;
        return i;
}

static void compare(struct slice s)
{
        size_t points, prefix = reference_prefix(s, &points);
        assert_int_equal(text_utf8_prefix(s), prefix);
        assert_int_equal(text_is_utf8(s), prefix == s.n);
        if (prefix == s.n)
                assert_int_equal(text_length(s), points);
}

// All one-, two- and three-byte strings, and four-byte ones around every bound.
static void test_utf8_exhaustive(void **state)
{
        (void)state;
        uint8_t p[4];
        for (uint32_t v = 0; v < 1U << 24; v++) {
                p[0] = (uint8_t)(v >> 16);
                p[1] = (uint8_t)(v >> 8);
                p[2] = (uint8_t)v;
                // One in 7 is enough where the first byte leaves no choice.
                if (p[0] < 0x80 && v % 7)
                        continue;
                size_t points, prefix = reference_prefix(slice_of(p, 3), &points);
                if (text_utf8_prefix(slice_of(p, 3)) != prefix ||
                    text_is_utf8(slice_of(p, 3)) != (prefix == 3))
                        fail_msg("%02x %02x %02x", p[0], p[1], p[2]);
        }
        static const uint8_t edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff };
        for (unsigned lead = 0xe0; lead <= 0xff; lead++) {
                for (size_t i = 0; i < COUNT(edges) * COUNT(edges) * COUNT(edges); i++) {
                        p[0] = (uint8_t)lead;
                        p[1] = edges[i % COUNT(edges)];
                        p[2] = edges[i / COUNT(edges) % COUNT(edges)];
                        p[3] = edges[i / COUNT(edges) / COUNT(edges)];
                        compare(slice_of(p, 4));
                }
        }
}

// A bad byte at each place of a longer text, so that the eight-byte steps are crossed.
static void test_utf8_at_every_offset(void **state)
{
        (void)state;
        char text[64];
        for (size_t n = 0; n < 40; n++) {
                for (size_t at = 0; at < n; at++) {
                        memset(text, 'a', n);
                        text[at] = (char)0xff;
                        compare(slice_of(text, n));
                        if (at + 3 <= n) {
                                memcpy(text + at, "\u1ed9", 3);
                                compare(slice_of(text, n));
                        }
                }
        }
        compare(slice_of(NULL, 0));
        compare(LIT("Trung t\u00e2m \u0110i\u1ec1u h\u00e0nh th\u00f4ng minh"));
        assert_int_equal(text_length(LIT("\u0110\u1ed3ng Nai \U0001f600")), 10);
        assert_true(text_is_utf8(LIT("a\0b")));
}

// Made of whole characters, then one byte changed, of every length up to some blocks of 16: the quick judge
// says what the slow one says, and reads nothing behind the text (an exact block shows it to a sanitizer).
static void test_utf8_quick_and_slow(void **state)
{
        (void)state;
        static const char *const characters[] = { "a",
                                                  "z",
                                                  "\xc2\x80",
                                                  "\xc4\x91",
                                                  "\xe0\xa0\x80",
                                                  "\xe1\xbb\x87",
                                                  "\xed\x9f\xbf",
                                                  "\xef\xbf\xbf",
                                                  "\xf0\x90\x80\x80",
                                                  "\xf4\x8f\xbf\xbf" };
        static const uint8_t odd[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
                                       0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff };
        unsigned seed = 5;
        for (int round = 0; round < 300000; round++) {
                size_t most = (size_t)rand_r(&seed) % 70, n = 0;
                uint8_t *text = malloc(most ? most : 1);
                for (;;) {
                        const char *c = characters[(size_t)rand_r(&seed) % (round % 2 ? 10 : 4)];
                        if (n + strlen(c) > most)
                                break;
                        memcpy(text + n, c, strlen(c));
                        n += strlen(c);
                }
                uint8_t *exact = malloc(n ? n : 1);
                memcpy(exact, text, n);
                struct slice s = slice_of(exact, n);
                assert_true(text_is_utf8(s) && text_is_clean(s));
                if (n > 0) {
                        exact[(size_t)rand_r(&seed) % n] = odd[(size_t)rand_r(&seed) % COUNT(odd)];
                        bool good = text_utf8_prefix(s) == n;
                        assert_int_equal(text_is_utf8(s), good);
                        assert_int_equal(text_is_clean(s), good && !text_has_nul(s));
                }
                free(exact);
                free(text);
        }
}

static void test_nul(void **state)
{
        (void)state;
        assert_true(text_has_nul(LIT("a\0b")));
        assert_false(text_has_nul(LIT("ab")));
        assert_false(text_has_nul(slice_of(NULL, 0)));
}

static void expect_shown(struct slice s, size_t max, const char *also, const char *want)
{
        struct buf out;
        buf_init(&out);
        text_show(&out, s, max, also);
        assert_string_equal(buf_cstr(&out), want);
        buf_done(&out);
}

static void test_show(void **state)
{
        (void)state;
        expect_shown(LIT("S\u1edf \u0111\u1eb9p"), 100, "", "S\u1edf \u0111\u1eb9p");
        expect_shown(LIT("a\n\r\t\x1b[31m\0\x7f"), 100, "", "a\\n\\r\\t\\u001b[31m\\u0000\\u007f");
        expect_shown(LIT("\xc2\x9b"), 100, "", "\\u009b");
        expect_shown(LIT("\u00a0"), 100, "", "\u00a0");
        expect_shown(LIT("a\xff\xe1\xbb"), 100, "", "a\ufffd\ufffd\ufffd");
        expect_shown(LIT("a\"b\\"), 100, "\"\\", "a\\\"b\\\\");
        expect_shown(LIT("abc"), 3, "", "abc");
        expect_shown(LIT("abcd"), 3, "", "abc\u2026");
        expect_shown(LIT("ab\u1edf"), 4, "", "ab\u2026");
        expect_shown(LIT("ab\u1edf"), 5, "", "ab\u1edf");
        expect_shown(slice_of(NULL, 0), 0, "", "");
}

static void test_int64(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int64_t value;
        } good[] = { { "0", 0 },
                     { "-0", 0 },
                     { "007", 7 },
                     { "-15", -15 },
                     { "9223372036854775807", INT64_MAX },
                     { "-9223372036854775808", INT64_MIN } };
        for (size_t i = 0; i < COUNT(good); i++) {
                int64_t v = 99;
                assert_int_equal(text_int64(slice_str(good[i].text), &v), 0);
                assert_int_equal(v, good[i].value);
        }
        static const char *const bad[] = { "",
                                           "-",
                                           "+1",
                                           " 1",
                                           "1 ",
                                           "1.0",
                                           "0x1",
                                           "1e3",
                                           "--1",
                                           "1_0",
                                           "9223372036854775808",
                                           "-9223372036854775809",
                                           "99999999999999999999999" };
        for (size_t i = 0; i < COUNT(bad); i++) {
                int64_t v = 99;
                assert_int_equal(text_int64(slice_str(bad[i]), &v), 1);
                assert_int_equal(v, 99);
        }
        int64_t v;
        assert_int_equal(text_int64(LIT("1\0"), &v), 1);
}

static void test_uint64(void **state)
{
        (void)state;
        uint64_t v = 0;
        assert_int_equal(text_uint64(LIT("18446744073709551615"), &v), 0);
        assert_true(v == UINT64_MAX);
        assert_int_equal(text_uint64(LIT("18446744073709551616"), &v), 1);
        assert_int_equal(text_uint64(LIT("28446744073709551615"), &v), 1);
        assert_int_equal(text_uint64(LIT("-1"), &v), 1);
        assert_int_equal(text_uint64(LIT("-0"), &v), 1);
        assert_int_equal(text_uint64(slice_of(NULL, 0), &v), 1);
        assert_true(v == UINT64_MAX);
}

static void expect_double(const char *text)
{
        double got = 99, want = strtod(text, NULL);
        if (text_double(slice_str(text), &got) != 0)
                fail_msg("refused: %s", text);
        if (memcmp(&got, &want, sizeof(got)) != 0)
                fail_msg("%s: %.17g, not %.17g", text, got, want);
}

static void test_double(void **state)
{
        (void)state;
        static const char *const good[] = { "0",
                                            "-0",
                                            "0.0e99999",
                                            "1",
                                            "-2.5",
                                            ".5",
                                            "5.",
                                            "4.0",
                                            "1e3",
                                            "1E+3",
                                            "1e-3",
                                            "0.1",
                                            "9007199254740992",
                                            "9007199254740993",
                                            "9007199254740993e22",
                                            "1e22",
                                            "1e23",
                                            "123456789012345678901234567890",
                                            "0.000000000000000000000000000001234567890123456789",
                                            "1.7976931348623157e308",
                                            "2.2250738585072011e-308",
                                            "5e-324",
                                            "000000000000000000000000000000000000000001.5",
                                            "100000000000000000000000000000e-29",
                                            "10.8231" };
        for (size_t i = 0; i < COUNT(good); i++)
                expect_double(good[i]);
        static const char *const bad[] = { "",         "-",
                                           ".",        "-.",
                                           "e5",       "1e",
                                           "1e+",      "+1",
                                           " 1",       "1 ",
                                           "0x10",     "inf",
                                           "nan",      "1,5",
                                           "Infinity", "1e5.0",
                                           "1.2.3",    "1__0",
                                           "1e309",    "-1e400",
                                           "1e-400",   "1e999999999999999999",
                                           "--1" };
        for (size_t i = 0; i < COUNT(bad); i++) {
                double v = 99;
                if (text_double(slice_str(bad[i]), &v) != 1)
                        fail_msg("accepted: %s", bad[i]);
                assert_true(v == 99);
        }
        double v;
        assert_int_equal(text_double(LIT("1\0"), &v), 1);
        assert_int_equal(text_double(slice_of(NULL, 0), &v), 1);
        char *digits = malloc(2000);
        memset(digits, '1', 2000);
        assert_int_equal(text_double(slice_of(digits, 300), &v), 0);
        assert_int_equal(text_double(slice_of(digits, 1024), &v), 1);
        memset(digits, '0', 1022);
        assert_int_equal(text_double(slice_of(digits, 1023), &v), 0);
        assert_true(v == 1);
        free(digits);
}

// Random numbers in random shapes: bit for bit what strtod says.
static void test_double_random(void **state)
{
        (void)state;
        unsigned seed = 7;
        char text[64];
        for (int i = 0; i < 200000; i++) {
                uint64_t mantissa =
                    ((uint64_t)rand_r(&seed) << 31 | (uint64_t)rand_r(&seed)) >> (rand_r(&seed) % 60);
                unsigned decimals = (unsigned)rand_r(&seed) % 20;
                int n =
                    snprintf(text, sizeof(text), "%s%llu", i % 3 ? "" : "-", (unsigned long long)mantissa);
                if (i % 2)
                        snprintf(text + n, sizeof(text) - (size_t)n, ".%0*u", (int)decimals + 1,
                                 (unsigned)rand_r(&seed) % 10000);
                if (i % 5 == 0)
                        snprintf(text + strlen(text), sizeof(text) - strlen(text), "e%d",
                                 rand_r(&seed) % 60 - 30);
                expect_double(text);
        }
}

static void expect_formatted(double v, const char *want)
{
        char text[TEXT_DOUBLE];
        assert_int_equal(text_format_double(v, text), strlen(want));
        assert_string_equal(text, want);
}

static void test_format_double(void **state)
{
        (void)state;
        expect_formatted(0, "0");
        expect_formatted(-0.0, "-0");
        expect_formatted(0.1, "0.1");
        expect_formatted(5, "5");
        expect_formatted(1e100, "1e+100");
        expect_formatted(0.1 + 0.2, "0.30000000000000004");
        expect_formatted(5e-324, "5e-324");
        expect_formatted(DBL_MAX, "1.7976931348623157e+308");
        expect_formatted(NAN, "nan");
        expect_formatted(-NAN, "nan");
        expect_formatted(-INFINITY, "-inf");
        unsigned seed = 3;
        for (int i = 0; i < 100000; i++) {
                uint64_t bits =
                    (uint64_t)rand_r(&seed) << 40 ^ (uint64_t)rand_r(&seed) << 20 ^ (uint64_t)rand_r(&seed);
                double v, back;
                memcpy(&v, &bits, sizeof(v));
                char text[TEXT_DOUBLE];
                struct slice s = slice_of(text, text_format_double(v, text));
                assert_true(s.n < TEXT_DOUBLE);
                if (!isfinite(v))
                        continue;
                assert_int_equal(text_double(s, &back), 0);
                assert_memory_equal(&back, &v, sizeof(v));
        }
}

// A program that has set a locale with a decimal comma still reads and writes points.
static void test_locale_does_not_matter(void **state)
{
        (void)state;
        if (setlocale(LC_ALL, "vi_VN.UTF-8") == NULL && setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
                skip();
        double v;
        assert_int_equal(text_double(LIT("1.2345678901234567890123"), &v), 0);
        assert_true(v > 1.2 && v < 1.3);
        expect_formatted(1.5, "1.5");
        setlocale(LC_ALL, "C");
}

static void test_distance(void **state)
{
        (void)state;
        assert_int_equal(text_distance("", ""), 0);
        assert_int_equal(text_distance("abc", ""), 3);
        assert_int_equal(text_distance("", "abc"), 3);
        assert_int_equal(text_distance("kitten", "sitting"), 3);
        assert_int_equal(text_distance("flaw", "lawn"), 2);
        assert_int_equal(text_distance("same", "same"), 0);
        char longer[66];
        memset(longer, 'a', 65);
        longer[65] = '\0';
        assert_true(text_distance(longer, "a") == SIZE_MAX);
        assert_true(text_distance("a", longer) == SIZE_MAX);
        longer[64] = '\0';
        assert_int_equal(text_distance(longer, "a"), 63);
}

static void test_nearest(void **state)
{
        (void)state;
        static const char *const keys[] = { "delimiter", "columns", "files", "follow" };
        assert_string_equal(text_nearest("delimeter", keys, COUNT(keys)), "delimiter");
        assert_string_equal(text_nearest("colums", keys, COUNT(keys)), "columns");
        assert_string_equal(text_nearest("file", keys, COUNT(keys)), "files");
        assert_null(text_nearest("password", keys, COUNT(keys)));
        assert_null(text_nearest("x", keys, COUNT(keys)));
        assert_null(text_nearest("", keys, COUNT(keys)));
        assert_null(text_nearest("files", keys, 0));
        // No wide miss wins against none at all for a long hostile word.
        char longer[200];
        memset(longer, 'a', sizeof(longer));
        longer[sizeof(longer) - 1] = '\0';
        assert_null(text_nearest(longer, keys, COUNT(keys)));
}

static void test_agency(void **state)
{
        (void)state;
        static const char *const good[] = {
                "H10", "H10.07", "H37.DN.001", "000.00.00.H49", "0", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345678"
        };
        static const char *const bad[] = {
                "",      ".",      "H10.",   ".H10",    "H10..07",
                "h10",   "H10-07", "H10 07", "\u0110N", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                "H10_7", "H10/7"
        };
        for (size_t i = 0; i < COUNT(good); i++)
                assert_true(text_is_agency(slice_str(good[i])));
        for (size_t i = 0; i < COUNT(bad); i++)
                assert_false(text_is_agency(slice_str(bad[i])));
        assert_false(text_is_agency(LIT("H10\0")));
}

static void test_dataset(void **state)
{
        (void)state;
        static const char *const good[] = { "a", "phan-anh", "phan-anh-v2", "x9",
                                            "a23456789012345678901234567890123456789012345678" };
        static const char *const bad[] = { "",
                                           "-a",
                                           "a-",
                                           "a--b",
                                           "9a",
                                           "Phan-anh",
                                           "phan_anh",
                                           "phan.anh",
                                           "a b",
                                           "ph\u1ea3n",
                                           "a234567890123456789012345678901234567890123456789" };
        for (size_t i = 0; i < COUNT(good); i++)
                assert_true(text_is_dataset(slice_str(good[i])));
        for (size_t i = 0; i < COUNT(bad); i++)
                assert_false(text_is_dataset(slice_str(bad[i])));
        assert_false(text_is_dataset(LIT("a\0b")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_utf8_exhaustive),
                cmocka_unit_test(test_utf8_at_every_offset),
                cmocka_unit_test(test_utf8_quick_and_slow),
                cmocka_unit_test(test_nul),
                cmocka_unit_test(test_show),
                cmocka_unit_test(test_int64),
                cmocka_unit_test(test_uint64),
                cmocka_unit_test(test_double),
                cmocka_unit_test(test_double_random),
                cmocka_unit_test(test_format_double),
                cmocka_unit_test(test_locale_does_not_matter),
                cmocka_unit_test(test_distance),
                cmocka_unit_test(test_nearest),
                cmocka_unit_test(test_agency),
                cmocka_unit_test(test_dataset),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

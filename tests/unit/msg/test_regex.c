#include <malloc.h>

#include "hub/base/clock.h"
#include "hub/msg/regex.h"
#include "tests/unit/msg/unit.h"

#ifdef __SANITIZE_ADDRESS__
#define COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTED 0
#endif
#endif
#ifndef COUNTED
#define COUNTED 1
#endif

#if COUNTED
// Stands in front of the C library's for the whole program, libre2 included.
extern void *__libc_malloc(size_t n);
__attribute__((visibility("default"))) void *malloc(size_t n);
static size_t allocations;
void *malloc(size_t n)
{
        allocations++;
        return __libc_malloc(n);
}
#endif

static struct regex *must_make(const char *pattern)
{
        struct buf why cleanup(buf_done);
        struct regex *r = NULL;
        buf_init(&why);
        if (regex_new(slice_str(pattern), &r, &why))
                fail_msg("%s: %s", pattern, buf_cstr(&why));
        assert_int_equal(why.n, 0);
        return r;
}

static bool finds(const char *pattern, struct slice text)
{
        struct regex *r = must_make(pattern);
        bool found = regex_finds(r, text);
        assert_null(regex_free(r));
        return found;
}

static void test_finds(void **state)
{
        (void)state;
        assert_true(finds("", slice_of(NULL, 0)));
        assert_true(finds("b+", slice_str("abbc"))); // anywhere
        assert_false(finds("^b+$", slice_str("abbc")));
        assert_true(finds("^.$", slice_str("ở"))); // characters, not bytes
        assert_true(finds("^\\p{Lu}[\\p{L} ]{1,59}$", slice_str("Đồng Nai")));
        assert_false(finds("^a$", slice_str("a\n")));
        assert_false(finds("^a$", slice_str("b\na\nb")));
        assert_true(finds("(?m)^a$", slice_str("b\na\nb")));
        assert_true(finds("(?i)đồng", slice_str("ĐỒNG")));
        assert_true(finds("^[\\x00-\\x7f]+$", BYTES("a\0b")));
        assert_true(finds("^\\d{3}\\.\\d{2}$", slice_str("123.45")));
        assert_false(finds("^.+$", BYTES("\xff"))); // no UTF-8: matches nothing
        assert_null(regex_free(NULL));
}

static void test_refused(void **state)
{
        (void)state;
        static const struct {
                const char *pattern, *why;
        } bad[] = {
                { "(", "missing ): (" },
                { ")", "unexpected ): )" },
                { "[", "missing ]: [" },
                { "*a", "no argument for repetition operator: *" },
                { "a{1001}", "invalid repetition size: {1001}" },
                { "(?=a)", "invalid perl operator: (?=" },
                { "(?<=a)", "invalid perl operator: (?<" },
                { "(a)\\1", "invalid escape sequence: \\1" },
                { "\\", "trailing \\" },
                { "[z-a]", "invalid character class range: z-a" },
                { "\\p{Viet}", "invalid character class range: \\p{Viet}" },
                { "\xff", "invalid UTF-8" },
                { "(\\p{L}{100}){10}", "pattern too large - compile failed" },
        };
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct buf why cleanup(buf_done);
                struct regex *r = NULL;
                buf_init(&why);
                assert_int_equal(regex_new(slice_str(bad[i].pattern), &r, &why), 1);
                assert_null(r);
                assert_string_equal(buf_cstr(&why), bad[i].why);
        }
}

// Where a backtracking matcher would take for ever.
static void test_linear(void **state)
{
        (void)state;
        size_t n = 4 * 1024 * 1024;
        uint8_t *text = malloc(n);
        assert_non_null(text);
        memset(text, 'a', n);
        text[n - 1] = 'b';
        int64_t begin = clock_monotonic_usec();
        assert_false(finds("^(a+)+$", slice_of(text, n)));
        assert_false(finds("^(a|aa)*c", slice_of(text, n)));
        assert_true(clock_monotonic_usec() - begin < 5 * USEC_PER_SEC);
        free(text);
}

// A pattern with 2^20 states, and a text that visits new ones all the time: memory stays bounded.
static void test_bounded(void **state)
{
        (void)state;
        size_t n = 2 * 1024 * 1024;
        uint8_t *text = malloc(n);
        assert_non_null(text);
        uint32_t seed = 1;
        for (size_t i = 0; i < n; i++) {
                seed = seed * 1664525 + 1013904223;
                text[i] = seed >> 31 ? 'a' : 'b';
        }
        size_t before = mallinfo2().uordblks;
        struct regex *r = must_make("a.{20}c");
        assert_false(regex_finds(r, slice_of(text, n)));
        size_t used = mallinfo2().uordblks - before;
        if (COUNTED && used > REGEX_MEMORY + 1024 * 1024)
                fail_msg("%zu bytes are held", used);
        regex_free(r);
        free(text);
}

// Automata only: where RE2 has no room for one it simulates, and allocates for each text.
static void test_no_allocation(void **state)
{
        (void)state;
#if COUNTED
        static const char *const patterns[] = {
                "^PA-[0-9]{4}-[0-9]{6}$",
                "[0-9]{4}-",
                "[0-9]$",
                "^\\p{Lu}[\\p{L} ]{1,59}$",
                "[\\p{L} ]{2,60}$",
                "^\\p{L}+( \\p{L}+)*$",
                "(?i)^đồng nai$",
                "",
        };
        static const char *const texts[] = { "PA-2025-000001", "pa-2025-1", "",
                                             "PA-2025-00000x", "Đồng Nai",  "Nguyễn Thị Minh Khai" };
        for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
                struct regex *r = must_make(patterns[i]);
                size_t before = 0;
                for (int round = 0; round < 100; round++) {
                        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++)
                                (void)regex_finds(r, slice_str(texts[j]));
                        if (round == 0)
                                before = allocations;
                }
                if (allocations != before)
                        fail_msg("%s: %zu allocations", patterns[i], allocations - before);
                regex_free(r);
        }
        assert_true(allocations > 0);
#else
        skip();
#endif
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_finds),         cmocka_unit_test(test_refused),
                cmocka_unit_test(test_linear),        cmocka_unit_test(test_bounded),
                cmocka_unit_test(test_no_allocation),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

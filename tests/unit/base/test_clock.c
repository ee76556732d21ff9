#include "tests/unit/base/unit.h"

#include <time.h>

#include "hub/base/clock.h"

// Every day from -1000 to 10000 against a calendar that counts one day at a time.
static void test_every_day(void **state)
{
        (void)state;
        static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        int year = -1000, y;
        unsigned month = 1, day = 1, m, d;
        int64_t days = civil_to_days(year, 1, 1);
        for (; year < 10001; days++) {
                if (civil_to_days(year, month, day) != days)
                        fail_msg("civil_to_days(%d, %u, %u)", year, month, day);
                civil_from_days(days, &y, &m, &d);
                if (y != year || m != month || d != day)
                        fail_msg("civil_from_days(%lld)", (long long)days);
                bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
                if (++day > lengths[month - 1] + (month == 2 && leap)) {
                        day = 1;
                        if (++month > 12) {
                                month = 1;
                                year++;
                        }
                }
        }
        assert_int_equal(civil_to_days(1970, 1, 1), 0);
        assert_int_equal(civil_to_days(2000, 3, 1), 11017);
        assert_int_equal(civil_to_days(2000, 1, 1) * 86400 * USEC_PER_SEC, PG_EPOCH_USEC);
        assert_int_equal(civil_to_days(1, 1, 1) * 86400 * USEC_PER_SEC, INSTANT_MIN);
        assert_int_equal(civil_to_days(10000, 1, 1) * 86400 * USEC_PER_SEC - 1, INSTANT_MAX);
}

static const struct {
        int64_t usec;
        const char *text;
} instants[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 1, "1970-01-01T00:00:00.000001Z" },
        { -1, "1969-12-31T23:59:59.999999Z" },
        { 1740787290535926, "2025-03-01T00:01:30.535926Z" },
        { 951782400000000, "2000-02-29T00:00:00Z" },
        { INSTANT_MIN, "0001-01-01T00:00:00Z" },
        { INSTANT_MAX, "9999-12-31T23:59:59.999999Z" },
        { PG_EPOCH_USEC + 500000, "2000-01-01T00:00:00.500000Z" },
};

static void test_format_and_back(void **state)
{
        (void)state;
        for (size_t i = 0; i < COUNT(instants); i++) {
                char text[INSTANT_TEXT];
                int64_t back;
                assert_int_equal(instant_format(instants[i].usec, text), strlen(instants[i].text));
                assert_string_equal(text, instants[i].text);
                assert_int_equal(instant_parse(slice_str(text), &back), 0);
                assert_int_equal(back, instants[i].usec);
        }
}

// Outside the range that is stored the text still fits and says so by its year.
static void test_format_of_any_number(void **state)
{
        (void)state;
        char text[INSTANT_TEXT];
        size_t n = instant_format(INT64_MIN, text);
        assert_int_equal(n, strlen(text));
        assert_string_equal(text, "-290308-12-21T19:59:05.224192Z");
        n = instant_format(INT64_MAX, text);
        assert_int_equal(n, strlen(text));
        assert_string_equal(text, "294247-01-10T04:00:54.775807Z");
        instant_format(INSTANT_MIN - 1, text);
        assert_string_equal(text, "0000-12-31T23:59:59.999999Z");
}

static void test_parse_offsets_and_fractions(void **state)
{
        (void)state;
        static const struct {
                const char *text, *same_as;
        } cases[] = {
                { "2025-03-01T07:00:00+07:00", "2025-03-01T00:00:00Z" },
                { "2025-02-28T19:30:00-04:30", "2025-03-01T00:00:00Z" },
                { "2025-03-01T00:00:00-00:00", "2025-03-01T00:00:00Z" },
                { "2025-03-01T00:00:00.5Z", "2025-03-01T00:00:00.500000Z" },
                { "2025-03-01T00:00:00.123456789Z", "2025-03-01T00:00:00.123456Z" },
                { "2025-03-01T00:00:00.000000999Z", "2025-03-01T00:00:00Z" },
                { "1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z" },
                { "10000-01-01T00:00:00Z", NULL },
                { "9999-12-31T23:59:59+00:01", "9999-12-31T23:58:59Z" },
        };
        for (size_t i = 0; i < COUNT(cases); i++) {
                int64_t got = -1, want = -1;
                assert_int_equal(instant_parse(slice_str(cases[i].text), &got), cases[i].same_as ? 0 : 1);
                if (cases[i].same_as)
                        assert_int_equal(instant_parse(slice_str(cases[i].same_as), &want), 0);
                assert_int_equal(got, want);
        }
}

static void test_parse_refuses(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",
                "2025-03-01",
                "2025-03-01T00:00:00",
                "2025-03-01 00:00:00Z",
                "2025-03-01t00:00:00z",
                "2025-03-01T00:00Z",
                "2025-3-1T00:00:00Z",
                "2025-02-29T00:00:00Z",
                "1900-02-29T00:00:00Z",
                "2025-00-01T00:00:00Z",
                "2025-13-01T00:00:00Z",
                "2025-04-31T00:00:00Z",
                "2025-04-00T00:00:00Z",
                "2025-04-01T24:00:00Z",
                "2025-04-01T00:60:00Z",
                "2025-04-01T23:59:60Z",
                "2025-04-01T00:00:00.Z",
                "2025-04-01T00:00:00.1234567890Z",
                "2025-04-01T00:00:00,5Z",
                "2025-04-01T00:00:00+7:00",
                "2025-04-01T00:00:00+0700",
                "2025-04-01T00:00:00+24:00",
                "2025-04-01T00:00:00+07:60",
                "2025-04-01T00:00:00ZZ",
                " 2025-04-01T00:00:00Z",
                "2025-04-01T00:00:00Z ",
                "+2025-04-01T00:00:00Z",
                "-001-04-01T00:00:00Z",
                "0000-12-31T23:59:59Z",
                "0001-01-01T00:00:00+00:01",
                "9999-12-31T23:59:59-00:01",
        };
        for (size_t i = 0; i < COUNT(bad); i++) {
                int64_t out = 77;
                if (instant_parse(slice_str(bad[i]), &out) != 1)
                        fail_msg("accepted: %s", bad[i]);
                assert_int_equal(out, 77);
        }
        int64_t out;
        assert_int_equal(instant_parse(LIT("2025-04-01T00:00:00Z\0"), &out), 1);
}

static void test_clocks(void **state)
{
        (void)state;
        int64_t libc = (int64_t)time(NULL), ours = clock_now() / USEC_PER_SEC;
        assert_in_range((unsigned long)(ours - libc + 2), 0, 4);
        int64_t before = clock_monotonic_usec();
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
        assert_true(clock_monotonic_usec() - before >= 2000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_day),
                cmocka_unit_test(test_format_and_back),
                cmocka_unit_test(test_format_of_any_number),
                cmocka_unit_test(test_parse_offsets_and_fractions),
                cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_clocks),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "hub/base/clock.h"
#include "hub/base/datetime.h"
#include "tests/unit/base/unit.h"

static struct zones *zones;

static void expect(const char *format, const char *zone, const char *text, const char *wanted)
{
        struct date_format f;
        const struct zone *z = NULL;
        const char *why;
        int64_t usec;
        char seen[INSTANT_TEXT] = "refused";
        assert_int_equal(date_format_compile(format, &f, &why), 0);
        if (zone)
                assert_int_equal(zones_get(zones, zone, &z), 0);
        if (date_format_parse(&f, slice_str(text), z, &usec) == 0)
                instant_format(usec, seen);
        assert_string_equal(seen, wanted);
}

static void formats(void **state)
{
        (void)state;
        static const char us[] = "%m/%d/%Y %I:%M:%S %p", ny[] = "America/New_York", vn[] = "Asia/Ho_Chi_Minh";
        expect(us, ny, "01/02/2015 01:30:55 PM", "2015-01-02T18:30:55Z");
        expect(us, ny, "07/02/2015 12:00:00 AM", "2015-07-02T04:00:00Z");
        expect(us, ny, "7/2/2015 12:00:00 pm", "2015-07-02T16:00:00Z");
        expect("%d/%m/%Y %H:%M", vn, "01/03/2025 07:00", "2025-03-01T00:00:00Z");
        expect("%d/%m/%Y", vn, "01/03/2025", "2025-02-28T17:00:00Z");
        expect("%d-%b-%y", "UTC", "29-FEB-24", "2024-02-29T00:00:00Z");
        expect("%B %d, %Y", "UTC", "september 9, 1999", "1999-09-09T00:00:00Z");
        expect("%d.%m.%y", "UTC", "01.01.69", "1969-01-01T00:00:00Z");
        expect("%d.%m.%y", "UTC", "01.01.68", "2068-01-01T00:00:00Z");
        expect("%Y%m%d%H%M%S", "UTC", "20250301070809", "2025-03-01T07:08:09Z");
        expect("%FT%T%z", NULL, "2025-03-01T07:00:00+07:00", "2025-03-01T00:00:00Z");
        expect("%F %T.%f%z", NULL, "2025-03-01 07:00:00.5+0730", "2025-02-28T23:30:00.500000Z");
        expect("%F %T.%f %z", NULL, "2025-03-01 07:00:00.123456789 Z", "2025-03-01T07:00:00.123456Z");
        expect("%F %H:%M%z", NULL, "2025-03-01 07:00-05", "2025-03-01T12:00:00Z");
        expect("100%% %F", "UTC", "100% 2025-03-01", "2025-03-01T00:00:00Z");
}

static void refused_texts(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",           "2025-02-29", "2025-13-01", "2025-00-01",  "2025-01-00",
                "2025-01-32", "2025-1-1x",  "25-01-01",   "2025-01-01 ", " 2025-01-01",
                "2025/01/01", "2025-01",    "0000-01-01",
        };
        for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
                expect("%F", "UTC", bad[i], "refused");
        expect("%F %H:%M", "UTC", "2025-01-01 24:00", "refused");
        expect("%F %H:%M", "UTC", "2025-01-01 23:60", "refused");
        expect("%F %T", "UTC", "2025-01-01 23:59:60", "refused");
        expect("%F %I %p", "UTC", "2025-01-01 13 PM", "refused");
        expect("%F %I %p", "UTC", "2025-01-01 0 AM", "refused");
        expect("%F %I %p", "UTC", "2025-01-01 1 XM", "refused");
        expect("%F%z", NULL, "2025-01-01+7", "refused");
        expect("%F%z", NULL, "2025-01-01+07:6", "refused");
        expect("%d %b %Y", "UTC", "1 Mai 2025", "refused");
        // Before year 1 once the offset is taken off.
        expect("%F", "Asia/Ho_Chi_Minh", "0001-01-01", "refused");
}

static void refused_formats(void **state)
{
        (void)state;
        struct date_format f;
        static const char *const bad[] = { "",         "%Y-%m", "%Y-%m-%d %Y", "%F %Q", "%F %", "%F %I",
                                           "%F %H %p", "%F %M", "%F %H %S",    "%F %f", "%T",   "%F %T %T" };
        for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
                const char *why = NULL;
                assert_int_equal(date_format_compile(bad[i], &f, &why), 1);
                assert_non_null(why);
        }
        char longest[100];
        const char *why;
        memset(longest, '-', sizeof(longest));
        memcpy(longest, "%F", 2);
        longest[99] = '\0';
        assert_int_equal(date_format_compile(longest, &f, &why), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats),
                cmocka_unit_test(refused_texts),
                cmocka_unit_test(refused_formats),
        };
        zones = zones_new();
        int r = cmocka_run_group_tests(tests, NULL, NULL);
        zones_free(zones);
        return r;
}

// Time zones: known changes, and every zone of a list against Python's zoneinfo.
#include "hub/base/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "tests/unit/base/unit.h"

static int64_t local(const char *text)
{
        int64_t usec;
        char with_zone[40];
        snprintf(with_zone, sizeof(with_zone), "%sZ", text);
        assert_int_equal(instant_parse(slice_str(with_zone), &usec), 0);
        return usec / USEC_PER_SEC;
}

static void expect(const struct zone *z, const char *time, int32_t hours_and_minutes)
{
        int32_t sign = hours_and_minutes < 0 ? -1 : 1, value = sign * hours_and_minutes;
        assert_int_equal(zone_offset(z, local(time)), sign * (value / 100 * 3600 + value % 100 * 60));
}

static void new_york(void **state)
{
        (void)state;
        struct zones *zones = zones_new();
        const struct zone *z, *again;
        assert_int_equal(zones_get(zones, "America/New_York", &z), 0);
        assert_int_equal(zones_get(zones, "America/New_York", &again), 0);
        assert_ptr_equal(z, again);
        expect(z, "2015-01-02T13:30:55", -500);
        expect(z, "2015-03-08T01:59:59", -500);
        // What the clocks skip counts by the offset before.
        expect(z, "2015-03-08T02:00:00", -500);
        expect(z, "2015-03-08T02:59:59", -500);
        expect(z, "2015-03-08T03:00:00", -400);
        expect(z, "2015-11-01T00:59:59", -400);
        // What comes twice is taken the first time.
        expect(z, "2015-11-01T01:00:00", -400);
        expect(z, "2015-11-01T01:59:59", -400);
        expect(z, "2015-11-01T02:00:00", -500);
        expect(z, "2099-07-01T00:00:00", -400);
        zones_free(zones);
}

static void vietnam(void **state)
{
        (void)state;
        struct zones *zones = zones_new();
        const struct zone *z;
        assert_int_equal(zones_get(zones, "Asia/Ho_Chi_Minh", &z), 0);
        expect(z, "2025-06-01T00:00:00", 700);
        expect(z, "1970-01-01T00:00:00", 800);
        expect(z, "1975-06-13T00:00:00", 700);
        zones_free(zones);
}

static void fixed_and_refused(void **state)
{
        (void)state;
        struct zones *zones = zones_new();
        const struct zone *z;
        assert_int_equal(zones_get(zones, "+07:00", &z), 0);
        expect(z, "2025-06-01T00:00:00", 700);
        assert_int_equal(zones_get(zones, "-03:30", &z), 0);
        expect(z, "2025-06-01T00:00:00", -330);
        assert_int_equal(zones_get(zones, "UTC", &z), 0);
        expect(z, "2025-06-01T00:00:00", 0);
        static const char *const bad[] = {
                "",       "Asia/Saigonn", "../../../etc/passwd", "/etc/localtime", "Asia", "+7:00",
                "+19:00", "+07:60",       "EST5EDT,M3.2.0",      "New York"
        };
        for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
                assert_int_equal(zones_get(zones, bad[i], &z), 1);
        zones_free(zones);
}

static void the_environment_stays(void **state)
{
        (void)state;
        struct zones *zones = zones_new();
        const struct zone *z;
        setenv("TZ", "Asia/Tokyo", 1);
        assert_int_equal(zones_get(zones, "Europe/Berlin", &z), 0);
        assert_string_equal(getenv("TZ"), "Asia/Tokyo");
        unsetenv("TZ");
        assert_int_equal(zones_get(zones, "Europe/Paris", &z), 0);
        assert_null(getenv("TZ"));
        zones_free(zones);
}

// Half an hour around each change and times in between, from 1901 to 2100.
static const char script[] =
    "import datetime as d, zoneinfo\n"
    "e = d.datetime(1970, 1, 1)\n"
    "for n in ['America/New_York', 'Asia/Ho_Chi_Minh', 'Europe/London', 'Australia/Lord_Howe', "
    "'Africa/Casablanca',\n"
    "          'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia']:\n"
    "    z = zoneinfo.ZoneInfo(n)\n"
    "    for i in range(0, 199 * 365 * 24, 7):\n"
    "        t = d.datetime(1901, 1, 1) + d.timedelta(hours=i, minutes=i % 59)\n"
    "        print(n, int((t - e).total_seconds()), int(z.utcoffset(t).total_seconds()))\n";

static void same_as_zoneinfo(void **state)
{
        (void)state;
        struct zones *zones = zones_new();
        char name[64];
        setenv("ZONES_SCRIPT", script, 1);
        FILE *f = popen("exec python3 -c \"$ZONES_SCRIPT\"", "r");
        assert_non_null(f);
        long long time;
        int offset;
        size_t count = 0;
        while (fscanf(f, "%63s %lld %d", name, &time, &offset) == 3) {
                const struct zone *z;
                assert_int_equal(zones_get(zones, name, &z), 0);
                if (zone_offset(z, time) != offset)
                        fail_msg("%s at local %lld: %d, zoneinfo says %d", name, time,
                                 (int)zone_offset(z, time), offset);
                count++;
        }
        assert_int_equal(pclose(f), 0);
        assert_true(count > 1000000);
        zones_free(zones);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(new_york),          cmocka_unit_test(vietnam),
                cmocka_unit_test(fixed_and_refused), cmocka_unit_test(the_environment_stays),
                cmocka_unit_test(same_as_zoneinfo),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "hub/msg/time_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "hub/base/clock.h"

#define DURATION_MAX 315576000000LL

// Writes ".535926" or nothing.
static void fraction(uint32_t nanos, char out[12])
{
        if (nanos == 0)
                out[0] = '\0';
        else if (nanos % 1000000 == 0)
                snprintf(out, 12, ".%03u", nanos / 1000000);
        else if (nanos % 1000 == 0)
                snprintf(out, 12, ".%06u", nanos / 1000);
        else
                snprintf(out, 12, ".%09u", nanos);
}

int timestamp_text(int64_t seconds, int32_t nanos, char out[TIME_TEXT])
{
        if (seconds < INSTANT_MIN / USEC_PER_SEC || seconds > INSTANT_MAX / USEC_PER_SEC || nanos < 0 ||
            nanos > 999999999)
                return 1;
        int64_t days = seconds / 86400, rest = seconds % 86400;
        if (rest < 0) {
                rest += 86400;
                days--;
        }
        int year;
        unsigned month, day;
        char part[12];
        civil_from_days(days, &year, &month, &day);
        fraction((uint32_t)nanos, part);
        snprintf(out, TIME_TEXT, "%04d-%02u-%02uT%02u:%02u:%02u%sZ", year, month, day,
                 (unsigned)(rest / 3600), (unsigned)(rest / 60 % 60), (unsigned)(rest % 60), part);
        return 0;
}

int duration_text(int64_t seconds, int32_t nanos, char out[TIME_TEXT])
{
        bool negative = seconds < 0 || nanos < 0;
        if (seconds < -DURATION_MAX || seconds > DURATION_MAX || nanos < -999999999 || nanos > 999999999 ||
            (negative && (seconds > 0 || nanos > 0)))
                return 1;
        char part[12];
        fraction((uint32_t)(negative ? -nanos : nanos), part);
        snprintf(out, TIME_TEXT, "%s%" PRId64 "%ss", negative ? "-" : "", negative ? -seconds : seconds,
                 part);
        return 0;
}

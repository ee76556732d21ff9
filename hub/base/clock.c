// Calendar arithmetic on days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
// algorithms"): eras of 400 years that begin on 1 March, so that the leap day is the last of its year. No
// libc calendar calls: those read the zone from the environment.
#include "hub/base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
        struct timespec t;
        clock_gettime(id, &t);
        return (int64_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

int64_t clock_now(void)
{
        return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_usec(void)
{
        return read_clock(CLOCK_MONOTONIC);
}

int64_t civil_to_days(int year, unsigned month, unsigned day)
{
        int64_t y = (int64_t)year - (month <= 2);
        int64_t era = (y >= 0 ? y : y - 399) / 400;
        unsigned year_of_era = (unsigned)(y - era * 400);
        unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        return era * 146097 + (int64_t)day_of_era - 719468;
}

void civil_from_days(int64_t days, int *year, unsigned *month, unsigned *day)
{
        days += 719468;
        int64_t era = (days >= 0 ? days : days - 146096) / 146097;
        unsigned day_of_era = (unsigned)(days - era * 146097);
        unsigned year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        unsigned month_from_march = (5 * day_of_year + 2) / 153;
        *day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        *month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
        *year = (int)((int64_t)year_of_era + era * 400 + (*month <= 2));
}

static char *put_digits(char *p, unsigned v, int width)
{
        for (int i = width - 1; i >= 0; i--, v /= 10)
                p[i] = (char)('0' + v % 10);
        return p + width;
}

size_t instant_format(int64_t usec, char out[INSTANT_TEXT])
{
        const int64_t day_usec = 86400 * USEC_PER_SEC;
        int64_t days = usec / day_usec, rest = usec % day_usec;
        if (rest < 0) {
                rest += day_usec;
                days--;
        }
        int year;
        unsigned month, day;
        civil_from_days(days, &year, &month, &day);
        char *p = out;
        if (year < 0)
                *p++ = '-';
        unsigned magnitude = (unsigned)(year < 0 ? -year : year);
        p = put_digits(p, magnitude, magnitude > 9999 ? 6 : 4);
        *p++ = '-';
        p = put_digits(p, month, 2);
        *p++ = '-';
        p = put_digits(p, day, 2);
        *p++ = 'T';
        unsigned second = (unsigned)(rest / USEC_PER_SEC), fraction = (unsigned)(rest % USEC_PER_SEC);
        p = put_digits(p, second / 3600, 2);
        *p++ = ':';
        p = put_digits(p, second / 60 % 60, 2);
        *p++ = ':';
        p = put_digits(p, second % 60, 2);
        if (fraction) {
                *p++ = '.';
                p = put_digits(p, fraction, 6);
        }
        *p++ = 'Z';
        *p = '\0';
        return (size_t)(p - out);
}

// Reads exactly width digits; false where there are fewer.
static bool take_digits(struct slice *s, size_t width, unsigned *out)
{
        if (s->n < width)
                return false;
        unsigned v = 0;
        for (size_t i = 0; i < width; i++) {
                if (s->p[i] < '0' || s->p[i] > '9')
                        return false;
                v = v * 10 + (unsigned)(s->p[i] - '0');
        }
        *s = slice_of(s->p + width, s->n - width);
        *out = v;
        return true;
}

static bool take_char(struct slice *s, char c)
{
        if (s->n == 0 || s->p[0] != (uint8_t)c)
                return false;
        *s = slice_of(s->p + 1, s->n - 1);
        return true;
}

// ".5", up to nine digits, floored to microseconds; none is 0.
static bool take_fraction(struct slice *s, unsigned *usec)
{
        *usec = 0;
        if (!take_char(s, '.'))
                return true;
        size_t n = 0;
        unsigned digit, scale = 100000;
        while (take_digits(s, 1, &digit)) {
                *usec += digit * scale;
                scale /= 10;
                n++;
        }
        return n >= 1 && n <= 9;
}

// "Z" or "+07:00", as seconds east of UTC.
static bool take_offset(struct slice *s, int *seconds)
{
        *seconds = 0;
        if (take_char(s, 'Z'))
                return true;
        bool west = s->n > 0 && s->p[0] == '-';
        unsigned hour, minute;
        if (!take_char(s, west ? '-' : '+') || !take_digits(s, 2, &hour) || !take_char(s, ':') ||
            !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
                return false;
        *seconds = (int)(hour * 3600 + minute * 60);
        if (west)
                *seconds = -*seconds;
        return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
        static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return month == 2 && leap ? 29 : days[month - 1];
}

int instant_parse(struct slice s, int64_t *out)
{
        unsigned year, month, day, hour, minute, second, fraction;
        int east;
        if (!take_digits(&s, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, &month) ||
            !take_char(&s, '-') || !take_digits(&s, 2, &day) || !take_char(&s, 'T') ||
            !take_digits(&s, 2, &hour) || !take_char(&s, ':') || !take_digits(&s, 2, &minute) ||
            !take_char(&s, ':') || !take_digits(&s, 2, &second) || !take_fraction(&s, &fraction) ||
            !take_offset(&s, &east) || s.n != 0)
                return 1;
        if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
            minute > 59 || second > 59)
                return 1;
        int64_t seconds =
            civil_to_days((int)year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east;
        int64_t usec = seconds * USEC_PER_SEC + fraction;
        if (usec < INSTANT_MIN || usec > INSTANT_MAX)
                return 1;
        *out = usec;
        return 0;
}

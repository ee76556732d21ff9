// A format is compiled to single directives; reading walks both texts once.
#include "hub/base/datetime.h"

#include <strings.h>

#include "hub/base/clock.h"

static const char directives[] = "YymbBdHIMSpfz";

// What each directive sets: one may be set once.
enum part {
        YEAR = 1,
        MONTH = 2,
        DAY = 4,
        HOUR = 8,
        MINUTE = 16,
        SECOND = 32,
        HALF = 64,
        FRACTION = 128,
        OFFSET = 256
};

static unsigned part_of(char c)
{
        switch (c) {
        case 'Y':
        case 'y':
                return YEAR;
        case 'm':
        case 'b':
        case 'B':
                return MONTH;
        case 'd':
                return DAY;
        case 'H':
        case 'I':
                return HOUR;
        case 'M':
                return MINUTE;
        case 'S':
                return SECOND;
        case 'p':
                return HALF;
        case 'f':
                return FRACTION;
        default:
                return OFFSET;
        }
}

static int add_item(struct date_format *f, char c, bool literal, const char **why)
{
        if (f->count == DATE_FORMAT_ITEMS) {
                *why = "the format is too long";
                return 1;
        }
        f->items[f->count] = c;
        f->literal[f->count++] = literal;
        return 0;
}

static int add_directive(struct date_format *f, char c, unsigned *seen, const char **why)
{
        if (c == '\0' || strchr(directives, c) == NULL) {
                *why = "the format has a % that is not followed by one of Y y m b B d H I M S p f z T F %";
                return 1;
        }
        if (*seen & part_of(c)) {
                *why = "the format names a part of the time twice";
                return 1;
        }
        *seen |= part_of(c);
        if (c == 'I')
                *seen |= 1u << 16;
        return add_item(f, c, false, why);
}

static int check_parts(unsigned seen, const char **why)
{
        bool twelve = seen & (1u << 16);
        *why = (seen & (YEAR | MONTH | DAY)) != (YEAR | MONTH | DAY) ? "the format needs year, month and day"
               : twelve && !(seen & HALF)                            ? "%I needs %p"
               : (seen & HALF) && !twelve                            ? "%p needs %I"
               : (seen & MINUTE) && !(seen & HOUR)                   ? "minutes need hours"
               : (seen & SECOND) && !(seen & MINUTE)                 ? "seconds need minutes"
               : (seen & FRACTION) && !(seen & SECOND)               ? "%f needs %S"
                                                                     : NULL;
        return *why ? 1 : 0;
}

int date_format_compile(const char *text, struct date_format *out, const char **why)
{
        struct date_format f = { 0 };
        unsigned seen = 0;
        int r = 0;
        for (const char *p = text; *p && r == 0; p++) {
                if (*p != '%') {
                        r = add_item(&f, *p, true, why);
                        continue;
                }
                const char *wider = p[1] == 'T' ? "H:M:S" : p[1] == 'F' ? "Y-m-d" : NULL;
                if (p[1] == '%')
                        r = add_item(&f, '%', true, why);
                else if (wider == NULL)
                        r = add_directive(&f, p[1], &seen, why);
                for (; wider && *wider && r == 0; wider++)
                        r = strchr(":-", *wider) ? add_item(&f, *wider, true, why)
                                                 : add_directive(&f, *wider, &seen, why);
                p++;
                if (*p == '\0')
                        break;
        }
        if (r != 0 || check_parts(seen, why) != 0)
                return 1;
        f.has_zone = seen & OFFSET;
        *out = f;
        return 0;
}

struct parts {
        int year, month, day, hour, minute, second, fraction; // fraction in microseconds
        int offset;                                           // seconds
        bool afternoon, half;
};

// least..most digits; advances *p.
static bool digits(const uint8_t **p, const uint8_t *end, int least, int most, int *out)
{
        int n = 0, v = 0;
        while (n < most && *p < end && **p >= '0' && **p <= '9') {
                v = v * 10 + (**p - '0');
                (*p)++;
                n++;
        }
        *out = v;
        return n >= least;
}

static bool month_name(const uint8_t **p, const uint8_t *end, bool whole, int *out)
{
        static const char *const names[] = { "january",   "february", "march",    "april",
                                             "may",       "june",     "july",     "august",
                                             "september", "october",  "november", "december" };
        for (int i = 0; i < 12; i++) {
                size_t n = whole ? strlen(names[i]) : 3;
                if ((size_t)(end - *p) >= n && strncasecmp((const char *)*p, names[i], n) == 0) {
                        *p += n;
                        *out = i + 1;
                        return true;
                }
        }
        return false;
}

static bool half_day(const uint8_t **p, const uint8_t *end, struct parts *t)
{
        if (end - *p < 2 || ((*p)[1] | 0x20) != 'm')
                return false;
        uint8_t c = (*p)[0] | 0x20;
        if (c != 'a' && c != 'p')
                return false;
        t->afternoon = c == 'p';
        t->half = true;
        *p += 2;
        return true;
}

static bool fraction(const uint8_t **p, const uint8_t *end, int *out)
{
        int n = 0, v = 0;
        for (; n < 9 && *p < end && **p >= '0' && **p <= '9'; n++, (*p)++) {
                if (n < 6)
                        v = v * 10 + (**p - '0');
        }
        for (int i = n; i < 6; i++)
                v *= 10;
        *out = v;
        return n > 0;
}

static bool utc_offset(const uint8_t **p, const uint8_t *end, int *out)
{
        if (*p < end && (**p | 0x20) == 'z') {
                (*p)++;
                *out = 0;
                return true;
        }
        if (*p == end || (**p != '+' && **p != '-'))
                return false;
        int sign = **p == '-' ? -1 : 1, hours, minutes = 0;
        (*p)++;
        if (!digits(p, end, 2, 2, &hours) || hours > 18)
                return false;
        bool colon = *p < end && **p == ':';
        if (colon)
                (*p)++;
        bool more = *p < end && **p >= '0' && **p <= '9';
        if ((colon || more) && (!digits(p, end, 2, 2, &minutes) || minutes > 59))
                return false;
        *out = sign * (hours * 3600 + minutes * 60);
        return true;
}

static bool read_item(char c, const uint8_t **p, const uint8_t *end, struct parts *t)
{
        switch (c) {
        case 'Y':
                return digits(p, end, 4, 4, &t->year);
        case 'y':
                if (!digits(p, end, 2, 2, &t->year))
                        return false;
                t->year += t->year >= 69 ? 1900 : 2000;
                return true;
        case 'm':
                return digits(p, end, 1, 2, &t->month);
        case 'b':
        case 'B':
                return month_name(p, end, c == 'B', &t->month);
        case 'd':
                return digits(p, end, 1, 2, &t->day);
        case 'H':
        case 'I':
                return digits(p, end, 1, 2, &t->hour) && (c == 'H' || (t->hour >= 1 && t->hour <= 12));
        case 'M':
                return digits(p, end, 1, 2, &t->minute);
        case 'S':
                return digits(p, end, 1, 2, &t->second);
        case 'p':
                return half_day(p, end, t);
        case 'f':
                return fraction(p, end, &t->fraction);
        default:
                return utc_offset(p, end, &t->offset);
        }
}

static bool real_time(const struct parts *t)
{
        static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        if (t->year < 1 || t->month < 1 || t->month > 12 || t->hour > 23 || t->minute > 59 || t->second > 59)
                return false;
        bool leap = (t->year % 4 == 0 && t->year % 100 != 0) || t->year % 400 == 0;
        int length = lengths[t->month - 1] + (t->month == 2 && leap);
        return t->day >= 1 && t->day <= length;
}

int date_format_parse(const struct date_format *f, struct slice text, const struct zone *zone, int64_t *out)
{
        struct parts t = { 0 };
        const uint8_t *p = text.p, *end = text.p + text.n;
        for (unsigned i = 0; i < f->count; i++) {
                if (f->literal[i]) {
                        if (p == end || *p++ != (uint8_t)f->items[i])
                                return 1;
                } else if (!read_item(f->items[i], &p, end, &t)) {
                        return 1;
                }
        }
        if (t.half)
                t.hour = t.hour % 12 + (t.afternoon ? 12 : 0);
        if (p != end || !real_time(&t))
                return 1;
        int64_t seconds = civil_to_days(t.year, (unsigned)t.month, (unsigned)t.day) * 86400 + t.hour * 3600 +
                          t.minute * 60 + t.second;
        seconds -= f->has_zone ? t.offset : zone_offset(zone, seconds);
        int64_t usec = seconds * USEC_PER_SEC + t.fraction;
        if (usec < INSTANT_MIN || usec > INSTANT_MAX)
                return 1;
        *out = usec;
        return 0;
}

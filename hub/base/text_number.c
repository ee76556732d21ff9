// Numbers in text. Doubles with a mantissa below 2^53 and a power of ten up to 22 are exact in one operation
// (Clinger, "How to read floating point numbers accurately"); the rest goes through strtod in the C locale.
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"

#define NUMBER_MAX 1024

static bool is_digit(uint8_t c)
{
        return c >= '0' && c <= '9';
}

int text_uint64(struct slice s, uint64_t *out)
{
        uint64_t v = 0;
        if (s.n == 0)
                return 1;
        for (size_t i = 0; i < s.n; i++) {
                if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, 10U, &v) ||
                    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
                        return 1;
        }
        *out = v;
        return 0;
}

int text_int64(struct slice s, int64_t *out)
{
        bool negative = s.n > 0 && s.p[0] == '-';
        uint64_t v;
        if (text_uint64(negative ? slice_of(s.p + 1, s.n - 1) : s, &v) != 0)
                return 1;
        if (v > (uint64_t)INT64_MAX + negative)
                return 1;
        *out = negative ? (int64_t)(0 - v) : (int64_t)v;
        return 0;
}

// A decimal number taken apart: mantissa * 10^exponent.
struct decimal {
        uint64_t mantissa;
        int64_t exponent;
        bool negative;
        bool exact; // all digits went into the mantissa
};

static void add_digit(struct decimal *d, uint8_t c, bool fraction)
{
        if (d->mantissa >= 100000000000000000ULL) {
                d->exact &= c == '0';
                d->exponent += !fraction;
                return;
        }
        d->mantissa = d->mantissa * 10 + (uint64_t)(c - '0');
        d->exponent -= fraction;
}

static bool take_exponent(struct slice s, size_t i, struct decimal *d)
{
        bool negative = i < s.n && s.p[i] == '-';
        int64_t v = 0;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
                i++;
        if (i == s.n)
                return false;
        for (; i < s.n; i++) {
                if (!is_digit(s.p[i]))
                        return false;
                if (v < 100000)
                        v = v * 10 + (s.p[i] - '0');
        }
        d->exponent += negative ? -v : v;
        return true;
}

// Checks the grammar; false where s is not a decimal number.
static bool take_apart(struct slice s, struct decimal *d)
{
        size_t i = 0, digits = 0;
        *d = (struct decimal){ .exact = true };
        if (s.n > 0 && s.p[0] == '-') {
                d->negative = true;
                i++;
        }
        for (; i < s.n && is_digit(s.p[i]); i++, digits++)
                add_digit(d, s.p[i], false);
        if (i < s.n && s.p[i] == '.') {
                i++;
                for (; i < s.n && is_digit(s.p[i]); i++, digits++)
                        add_digit(d, s.p[i], true);
        }
        if (digits == 0)
                return false;
        if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E'))
                return take_exponent(s, i + 1, d);
        return i == s.n;
}

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void open_c_locale(void)
{
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (c_locale == (locale_t)0)
                abort();
}

static int slow_double(struct slice s, bool zero, double *out)
{
        char text[NUMBER_MAX];
        pthread_once(&c_locale_once, open_c_locale);
        memcpy(text, s.p, s.n);
        text[s.n] = '\0';
        double v = strtod_l(text, NULL, c_locale);
        if (isinf(v) || (v == 0 && !zero))
                return 1;
        *out = v;
        return 0;
}

int text_double(struct slice s, double *out)
{
        static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
        struct decimal d;
        if (s.n >= NUMBER_MAX || !take_apart(s, &d))
                return 1;
        if (d.exact && d.mantissa <= (1ULL << 53) && d.exponent >= -22 && d.exponent <= 22) {
                double v = (double)d.mantissa;
                v = d.exponent < 0 ? v / powers[-d.exponent] : v * powers[d.exponent];
                *out = d.negative ? -v : v;
                return 0;
        }
        return slow_double(s, d.exact && d.mantissa == 0, out);
}

size_t text_format_double(double v, char out[TEXT_DOUBLE])
{
        pthread_once(&c_locale_once, open_c_locale);
        locale_t former = uselocale(c_locale);
        // 15 digits always survive the way there and back, so that fewer are found by %g itself; subnormal
        // numbers have fewer good digits.
        int digits = isfinite(v) && v != 0 && fabs(v) < DBL_MIN ? 1 : 15, n;
        do
                n = snprintf(out, TEXT_DOUBLE, "%.*g", digits, v);
        while (isfinite(v) && strtod(out, NULL) != v && digits++ < 17);
        uselocale(former);
        if (isnan(v))
                n = snprintf(out, TEXT_DOUBLE, "nan");
        return (size_t)n;
}

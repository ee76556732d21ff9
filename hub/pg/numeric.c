// A decimal text is sign, digits, point, digits, exponent. The digits are numbered from the first significant
// one; the exponent says where the point stands; groups of four are then cut so that the point falls between
// two groups.
#include "hub/pg/numeric.h"

#define GROUP         4
#define INTEGER_MAX   131072 // NUMERIC_WEIGHT_MAX: 32768 groups before the point
#define SCALE_MAX     16383  // NUMERIC_DSCALE_MAX
#define EXPONENT_MAX  200000 // beyond every number that fits, whatever its digits
#define NUMERIC_MINUS 0x4000
#define HEAD          8

struct decimal {
        bool minus;
        const uint8_t *p; // first significant digit; digits may have the point between them
        size_t count;     // digits from there, trailing zeros left out
        long point;       // digits before the point, counted from p; below 0: zeros follow the point first
        long scale;       // digits behind the point as written
};

static bool digit(struct slice s, size_t at)
{
        return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

// Reads an exponent at s[*at], if there is one; far ones are cut to EXPONENT_MAX.
static int read_exponent(struct slice s, size_t *at, long *out)
{
        *out = 0;
        if (*at >= s.n || (s.p[*at] | 0x20) != 'e')
                return 0;
        ++*at;
        bool minus = *at < s.n && s.p[*at] == '-';
        if (*at < s.n && (s.p[*at] == '-' || s.p[*at] == '+'))
                ++*at;
        if (!digit(s, *at))
                return 1;
        for (; digit(s, *at); ++*at)
                if (*out < EXPONENT_MAX)
                        *out = *out * 10 + (s.p[*at] - '0');
        *out = *out > EXPONENT_MAX ? EXPONENT_MAX : *out;
        *out = minus ? -*out : *out;
        return 0;
}

// Splits the text. 0 done, 1 not a decimal number.
static int parse(struct slice s, struct decimal *d)
{
        *d = (struct decimal){ 0 };
        size_t at = 0;
        if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
                d->minus = s.p[at++] == '-';
        bool point = false, any = false;
        size_t digits = 0; // since the first significant one
        for (; digit(s, at) || (at < s.n && s.p[at] == '.' && !point); at++) {
                if (s.p[at] == '.') {
                        point = true;
                        continue;
                }
                any = true;
                d->scale += point;
                if (d->p == NULL && s.p[at] == '0') {
                        d->point -= point;
                        continue;
                }
                if (d->p == NULL)
                        d->p = s.p + at;
                digits++;
                d->point += !point;
                if (s.p[at] != '0')
                        d->count = digits;
        }
        long exponent;
        if (!any || read_exponent(s, &at, &exponent) != 0 || at != s.n)
                return 1;
        d->point += exponent;
        d->scale = d->scale > exponent ? d->scale - exponent : 0;
        return 0;
}

static void put_head(uint8_t *p, size_t groups, long weight, bool minus, long scale)
{
        put_be16(p, (uint16_t)groups);
        put_be16(p + 2, (uint16_t)(int16_t)weight);
        put_be16(p + 4, minus ? NUMERIC_MINUS : 0);
        put_be16(p + 6, (uint16_t)scale);
}

int numeric_text(struct slice text, struct buf *out)
{
        struct decimal d;
        if (text.n > EXPONENT_MAX || parse(text, &d) != 0)
                return text.n > EXPONENT_MAX ? 2 : 1;
        if (d.scale > SCALE_MAX || (d.count > 0 && d.point > INTEGER_MAX))
                return 2;
        if (d.count == 0) {
                put_head(buf_reserve(out, HEAD), 0, 0, false, d.scale);
                out->n += HEAD;
                return 0;
        }
        // Groups before the point, rounded up (towards the left), and the zeros that fill the first one.
        long before = d.point > 0 ? (d.point + GROUP - 1) / GROUP : -(-d.point / GROUP);
        size_t lead = (size_t)(before * GROUP - d.point);
        size_t groups = (d.count + lead + GROUP - 1) / GROUP;
        uint8_t *p = buf_reserve(out, HEAD + 2 * groups);
        put_head(p, groups, before - 1, d.minus, d.scale);
        const uint8_t *from = d.p;
        size_t left = d.count, place = lead;
        for (size_t g = 0; g < groups; g++, place = 0) {
                unsigned v = 0;
                for (; place < GROUP; place++) {
                        if (left > 0 && *from == '.')
                                from++;
                        v = v * 10 + (left > 0 ? (unsigned)(*from++ - '0') : 0);
                        left -= left > 0;
                }
                put_be16(p + HEAD + 2 * g, (uint16_t)v);
        }
        out->n += HEAD + 2 * groups;
        return 0;
}

void numeric_uint64(uint64_t v, struct buf *out)
{
        uint16_t group[5];
        size_t n = 0;
        for (; v != 0; v /= 10000)
                group[n++] = (uint16_t)(v % 10000);
        size_t low = 0; // trailing groups of zeros are left out
        while (low < n && group[low] == 0)
                low++;
        uint8_t *p = buf_reserve(out, HEAD + 2 * n);
        put_head(p, n - low, n ? (long)n - 1 : 0, false, 0);
        for (size_t i = n, at = HEAD; i > low; i--, at += 2)
                put_be16(p + at, group[i - 1]);
        out->n += HEAD + 2 * (n - low);
}

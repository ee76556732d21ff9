// The ways of reading a value as a time or a number: each is tried until it has missed too often.
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/guess_int.h"

// A way that misses more than one value in twenty is not tried any more.
#define PATIENCE 20

const struct number_form guess_forms[GUESS_NUMBERS] = {
        { 0 },
        { .decimal = ',' },
        { .decimal = '.', .thousands = ',' },
        { .decimal = ',', .thousands = '.' },
        { .decimal = ',', .thousands = ' ' },
};

// Day before month first: where both read everything, the first one is taken.
const char *const guess_times[] = {
        "rfc3339",
        "%d/%m/%Y",
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %I:%M %p",
        "%d/%m/%Y %I:%M:%S %p",
        "%H:%M %d/%m/%Y",
        "%H:%M:%S %d/%m/%Y",
        "%d/%m/%y",
        "%d/%m/%y %H:%M",
        "%d-%m-%Y",
        "%d-%m-%Y %H:%M",
        "%d-%m-%Y %H:%M:%S",
        "%d.%m.%Y",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%m/%d/%Y",
        "%m/%d/%Y %H:%M",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %I:%M %p",
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%y",
        "%m/%d/%y %H:%M",
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.%f",
        "%Y-%m-%d %H:%M:%S%z",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M:%S.%f%z",
        "%Y-%m-%dT%H:%M%z",
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y/%m/%d",
        "%Y/%m/%d %H:%M:%S",
        "%d-%b-%Y",
        "%d %b %Y",
};
_Static_assert(sizeof(guess_times) / sizeof(*guess_times) <= GUESS_TIMES, "room for every format");

void guess_formats_init(struct guess_formats *f, const struct zone *zone, int64_t least, int64_t most)
{
        *f = (struct guess_formats){ .time_count = sizeof(guess_times) / sizeof(*guess_times),
                                     .zone = zone,
                                     .least = least,
                                     .most = most };
        const char *why;
        for (size_t i = 1; i < f->time_count; i++) {
                if (date_format_compile(guess_times[i], &f->times[i], &why) != 0)
                        abort();
        }
}

static bool is_digit(uint8_t c)
{
        return c >= '0' && c <= '9';
}

static void way_misses(struct guess_way *w, struct slice text, uint64_t line)
{
        if (w->other++ == 0) {
                w->other_line = line;
                guess_copy(w->other_word, text);
        }
        w->given_up = w->other > PATIENCE && w->other > w->read / PATIENCE;
}

void guess_try_times(struct guess *g, const struct guess_formats *f, struct slice text, uint64_t line)
{
        for (size_t i = 0; i < f->time_count; i++) {
                struct guess_way *w = &g->times[i];
                int64_t at;
                if (w->given_up)
                        continue;
                int r =
                    i == 0 ? instant_parse(text, &at) : date_format_parse(&f->times[i], text, f->zone, &at);
                if (r != 0) {
                        way_misses(w, text, line);
                        continue;
                }
                if (w->read == 0)
                        w->earliest = w->latest = at;
                else if (at > w->latest)
                        w->latest = at;
                if (at >= f->least && (at < w->earliest || w->earliest < f->least))
                        w->earliest = at;
                w->early += at < f->least;
                w->late += at > f->most;
                w->read++;
        }
}

// A unit stands behind a space, or is a sign, or one of those that are written without a space.
static bool is_unit(struct slice rest, bool spaced)
{
        static const char *const known[] = { "km", "m",    "cm",  "mm", "ha",  "m2",  "m3",  "kg",
                                             "g",  "km/h", "kWh", "MW", "VND", "USD", "ppm", NULL };
        if (rest.n == 0 || rest.n > 15 || is_digit(rest.p[0]) || strchr("/:-+.,_'\"()", rest.p[0]))
                return false;
        for (int i = 0; known[i]; i++) {
                if (slice_eq_str(rest, known[i]))
                        return true;
        }
        if (memchr(rest.p, ' ', rest.n))
                return false;
        bool sign = rest.p[0] == '%' || rest.p[0] >= 0x80;
        return sign || (spaced && (rest.p[0] | 0x20) >= 'a' && (rest.p[0] | 0x20) <= 'z');
}

static void find_unit(struct guess *g, struct slice text)
{
        size_t i = text.n > 0 && text.p[0] == '-';
        if (i == text.n || !is_digit(text.p[i]))
                return;
        while (i < text.n && (is_digit(text.p[i]) || text.p[i] == '.' || text.p[i] == ','))
                i++;
        struct slice rest = text_trim(slice_of(text.p + i, text.n - i));
        g->unit_known = true; // the first number decides
        if (is_unit(rest, rest.n < text.n - i)) {
                memcpy(g->unit, rest.p, rest.n);
                g->unit[rest.n] = '\0';
        }
}

// Looks at the signs of a number: groups of three, leading zeros, digits.
static void look_at_number(struct guess *g, struct slice text)
{
        static const char signs[2] = { '.', ',' };
        size_t i = text.n > 0 && text.p[0] == '-';
        unsigned digits = 0;
        g->leading_zero |= text.n > i + 1 && text.p[i] == '0' && is_digit(text.p[i + 1]);
        for (size_t k = i; k < text.n; k++) {
                digits += is_digit(text.p[k]);
                g->exponent |= (text.p[k] | 0x20) == 'e';
        }
        if (digits > g->digits)
                g->digits = digits;
        for (int s = 0; s < 2; s++) {
                bool any = false, groups = true;
                for (size_t k = i; k < text.n; k++) {
                        if (text.p[k] != (uint8_t)signs[s])
                                continue;
                        any = true;
                        bool three = k + 3 < text.n && is_digit(text.p[k + 1]) && is_digit(text.p[k + 2]) &&
                                     is_digit(text.p[k + 3]) && (k + 4 == text.n || !is_digit(text.p[k + 4]));
                        groups &= three && k - i <= 3 * 4 && !(k == i + 1 && text.p[i] == '0');
                }
                g->marked[s] += any;
                g->grouped[s] += any && groups;
        }
}

static struct slice without_unit(const struct guess *g, struct slice text)
{
        size_t n = strlen(g->unit);
        if (n && text.n > n && memcmp(text.p + text.n - n, g->unit, n) == 0)
                return text_trim(slice_of(text.p, text.n - n));
        return text;
}

void guess_try_numbers(struct guess *g, struct slice text, uint64_t line)
{
        if (!g->unit_known)
                find_unit(g, text);
        bool read = false, fraction = false;
        for (int i = 0; i < GUESS_NUMBERS; i++) {
                struct guess_way *w = &g->numbers[i];
                struct number_form form = guess_forms[i];
                char plain[TEXT_NUMBER];
                struct slice number, integer;
                double d;
                int64_t v;
                if (w->given_up)
                        continue;
                form.unit = slice_str(g->unit);
                if (text_plain_number(&form, text, plain, &number) != 0 || text_double(number, &d) != 0) {
                        way_misses(w, text, line);
                        continue;
                }
                if (w->read == 0 || d < w->low)
                        w->low = d;
                if (w->read == 0 || d > w->high)
                        w->high = d;
                w->read++;
                integer = text_whole_number(number);
                w->whole += text_int64(integer, &v) == 0;
                read = true;
                fraction |= integer.n < number.n;
        }
        if (read) {
                look_at_number(g, without_unit(g, text));
                g->fractions += fraction;
        }
}

// The answer: the first way that reads every value, in an order that prefers the narrower meaning.
#include "hub/base/guess.h"
#include "hub/base/guess_int.h"

#define INTEGER_DIGITS 18 // that every int64 holds
#define DOUBLE_DIGITS  15 // that every double keeps

static uint64_t values(const struct guess *g)
{
        return g->filled - g->missing_rows;
}

static bool reads_all(const struct guess *g, const struct guess_way *w)
{
        return w->read > 0 && w->read == values(g);
}

static const char *const true_words[] = { "co", "dung", "true", "yes", "y", "t", "x", NULL };
static const char *const false_words[] = { "khong", "sai", "false", "no", "n", "f", NULL };

// The word without marks among those of a list.
static bool among(const char *word, const char *const *list)
{
        struct buf folded;
        bool found = false;
        buf_init(&folded);
        text_words(&folded, slice_str(word), '_');
        for (; *list && !found; list++)
                found = slice_eq_str(buf_slice(&folded), *list);
        buf_done(&folded);
        return found;
}

bool guess_is_true(const char *word)
{
        return among(word, true_words);
}

// Both sides must be there, or the one word must be long enough not to be an initial.
static bool is_bool(const struct guess *g)
{
        size_t yes = 0, no = 0, letters = 0;
        if (g->many_words || g->word_count == 0 || g->word_count > 6)
                return false;
        for (size_t i = 0; i < g->word_count; i++) {
                bool is_true = among(g->words[i].text, true_words);
                if (!is_true && !among(g->words[i].text, false_words))
                        return false;
                yes += is_true;
                no += !is_true;
                letters += strlen(g->words[i].text) == 1;
        }
        return (yes > 0 && no > 0) || letters == 0;
}

// One slip in fifty values, and one in ten or more, does not make text of times and measures: those rows are
// refused when they come, and people are told of the first. A way of whole numbers must read all: 12A among
// house numbers is no slip.
static bool reads_enough(const struct guess *g, const struct guess_way *w)
{
        uint64_t all = values(g), slips = all / 50 ? all / 50 : all >= 10;
        return w->read > 0 && !w->given_up && w->read + slips >= all;
}

static bool find_time(const struct guess *g, struct guess_answer *a)
{
        for (size_t i = 0; i < GUESS_TIMES; i++) {
                const struct guess_way *w = &g->times[i];
                if (!reads_enough(g, w) || (a->way && a->way->read > w->read))
                        continue;
                if (a->way && a->way->read == w->read) {
                        a->other_time = a->other_time ? a->other_time : guess_times[i];
                        continue;
                }
                *a = (struct guess_answer){ .kind = GUESS_TIME, .way = w, .time = guess_times[i] };
        }
        return a->time != NULL;
}

// A sign that could both part thousands and be the decimal sign: 1,234. The country decides, and people
// check.
static int choose_form(const struct guess *g, bool comma, bool *ambiguous)
{
        bool point = reads_all(g, &g->numbers[0]), points = reads_all(g, &g->numbers[3]);
        bool decimal_comma = reads_all(g, &g->numbers[1]), commas = reads_all(g, &g->numbers[2]);
        *ambiguous = false;
        if (point && points && g->marked[0] > 0 && g->marked[0] == g->grouped[0]) {
                *ambiguous = true;
                return comma ? 3 : 0;
        }
        if (decimal_comma && commas && g->marked[1] > 0 && g->marked[1] == g->grouped[1]) {
                *ambiguous = true;
                return comma ? 1 : 2;
        }
        for (int i = 0; i < GUESS_NUMBERS; i++) {
                if (reads_all(g, &g->numbers[i]))
                        return i;
        }
        for (int i = 0; i < GUESS_NUMBERS; i++) {
                const struct guess_way *w = &g->numbers[i];
                if (reads_enough(g, w) && (g->unit[0] || w->whole < w->read))
                        return i;
        }
        return -1;
}

static bool find_number(const struct guess *g, bool code, bool comma, struct guess_answer *a)
{
        int form = choose_form(g, comma, &a->ambiguous);
        // Codes stay text, but for those that a table of floats has made numbers of.
        if (form < 0 || g->leading_zero || g->exponent || (code && g->fractions == 0 && g->unit[0] == '\0'))
                return false;
        const struct guess_way *w = &g->numbers[form];
        bool whole = w->whole == w->read;
        // Digits alone that no int64 holds are a name.
        if (whole ? g->digits > INTEGER_DIGITS : g->marked[0] + g->marked[1] == 0)
                return false;
        a->kind = whole ? GUESS_INTEGER : GUESS_DECIMAL;
        a->way = w;
        a->number = guess_forms[form];
        a->number.unit = slice_str(g->unit);
        a->exact = !whole && (g->digits > DOUBLE_DIGITS || a->number.thousands != 0);
        return true;
}

// Text that is nearly a number: a hint for people.
static const struct guess_way *find_near(const struct guess *g)
{
        const struct guess_way *w = &g->numbers[0];
        bool near = w->read > 0 && w->other > 0 && !w->given_up && w->read >= values(g) - values(g) / 20;
        return near && !g->leading_zero && !g->exponent ? w : NULL;
}

// In text only the words that no one writes for something else stand for no value.
static bool stands_for_none(enum guess_kind kind, const char *word)
{
        static const char *const sure[] = { "N/A", "n/a", "#N/A", "NULL", "null", NULL };
        for (int i = 0; sure[i]; i++) {
                if (strcmp(sure[i], word) == 0)
                        return true;
        }
        return kind != GUESS_TEXT;
}

void guess_answer(const struct guess *g, bool code, bool comma, struct guess_answer *out)
{
        struct guess_answer a = { .kind = GUESS_TEXT };
        if (values(g) == 0) {
                a.kind = GUESS_EMPTY;
        } else if (is_bool(g)) {
                a.kind = GUESS_BOOL;
        } else if (!find_time(g, &a) && !find_number(g, code, comma, &a)) {
                a.near = find_near(g);
        }
        size_t count = 0;
        a.filled = g->filled;
        for (size_t i = 0; i < g->missing_count; i++) {
                if (stands_for_none(a.kind, g->missing[i].text)) {
                        a.missing[count++] = g->missing[i].text;
                        a.filled -= g->missing[i].count;
                }
        }
        a.always = a.filled == g->rows && g->rows > 0;
        *out = a;
}

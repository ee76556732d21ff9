// What is noted of every value: words, lengths, marks of personal data, whether it was there before.
#include "hub/base/guess.h"

#include <stdlib.h>

#include "hub/base/guess_int.h"

void guess_init(struct guess *g)
{
        *g = (struct guess){ .shortest = SIZE_MAX };
}

void guess_done(struct guess *g)
{
        guess_seen_done(&g->seen);
}

static bool is_digit(uint8_t c)
{
        return c >= '0' && c <= '9';
}

void guess_copy(char out[GUESS_WORD], struct slice s)
{
        size_t n = text_utf8_prefix(slice_of(s.p, s.n < GUESS_WORD ? s.n : GUESS_WORD - 1));
        memcpy(out, s.p, n);
        out[n] = '\0';
}

uint64_t guess_hash(uint64_t before, struct slice s)
{
        uint64_t h = before;
        for (size_t i = 0; i < s.n; i++)
                h = (h ^ s.p[i]) * 0x100000001b3u; // FNV-1a
        // Its low bits alone are poor.
        h ^= h >> 32;
        h *= 0xd6e8feb86659fd93u;
        h ^= h >> 32;
        return h ? h : 1;
}

void guess_seen_done(struct guess_seen *s)
{
        free(s->slots);
        s->slots = NULL;
        s->count = s->room = 0;
}

static bool seen_put(uint64_t *slots, size_t room, uint64_t hash)
{
        size_t at = hash & (room - 1);
        while (slots[at] != 0) {
                if (slots[at] == hash)
                        return false;
                at = (at + 1) & (room - 1);
        }
        slots[at] = hash;
        return true;
}

static bool seen_grow(struct guess_seen *s, size_t *spare)
{
        size_t room = s->room ? s->room * 2 : 1024;
        if (*spare < room - s->room)
                return false;
        *spare -= room - s->room;
        uint64_t *slots = calloc(room, sizeof(*slots));
        if (slots == NULL)
                abort();
        for (size_t i = 0; i < s->room; i++) {
                if (s->slots[i])
                        (void)!seen_put(slots, room, s->slots[i]);
        }
        free(s->slots);
        s->slots = slots;
        s->room = room;
        return true;
}

// A set that has met its first repeat has said all it can, and is emptied.
static void seen_end(struct guess_seen *s, size_t *spare)
{
        *spare += s->room;
        guess_seen_done(s);
}

void guess_seen_add(struct guess_seen *s, uint64_t hash, uint64_t line, size_t *spare)
{
        if (s->given_up || s->repeat_line)
                return;
        if (s->count * 2 >= s->room && !seen_grow(s, spare)) {
                s->given_up = true;
                seen_end(s, spare);
        } else if (seen_put(s->slots, s->room, hash)) {
                s->count++;
        } else {
                s->repeat_line = line;
                s->before_repeat = s->count;
                seen_end(s, spare);
        }
}

// Words that say that there is no value; in columns of text they may be one.
static bool says_missing(struct slice text)
{
        static const char *const words[] = { "na",      "n_a",      "nan",      "null",           "none",
                                             "nil",     "khong_co", "khong_do", "khong_ro",       "chua_co",
                                             "chua_ro", "k_d",      "kxd",      "khong_xac_dinh", NULL };
        if (text.n > 24)
                return false;
        struct buf folded;
        buf_init(&folded);
        text_words(&folded, text, '_');
        bool found = folded.n == 0; // signs alone: - -- ? …
        for (int i = 0; words[i] && !found; i++)
                found = slice_eq_str(buf_slice(&folded), words[i]);
        buf_done(&folded);
        return found;
}

static struct guess_word *word_find(struct guess_word *words, size_t count, struct slice text)
{
        for (size_t i = 0; i < count; i++) {
                if (slice_eq_str(text, words[i].text))
                        return &words[i];
        }
        return NULL;
}

// True where the value stands for none and has been counted so.
static bool add_missing(struct guess *g, struct slice text)
{
        struct guess_word *w = word_find(g->missing, g->missing_count, text);
        if (w == NULL) {
                if (g->missing_count == GUESS_MISSING || is_digit(text.p[0]) || !says_missing(text))
                        return false;
                w = &g->missing[g->missing_count++];
                guess_copy(w->text, text);
        }
        w->count++;
        g->missing_rows++;
        return true;
}

static void add_word(struct guess *g, struct slice text)
{
        struct guess_word *w;
        if (g->many_words)
                return;
        w = word_find(g->words, g->word_count, text);
        if (w == NULL && (g->word_count == GUESS_WORDS || text.n >= GUESS_WORD)) {
                g->many_words = true;
                return;
        }
        if (w == NULL) {
                w = &g->words[g->word_count++];
                guess_copy(w->text, text);
        }
        w->count++;
}

static bool is_email(struct slice text)
{
        const uint8_t *at = memchr(text.p, '@', text.n);
        return at && at > text.p && memchr(at, '.', text.n - (size_t)(at - text.p)) &&
               memchr(text.p, ' ', text.n) == NULL;
}

// Digits alone but for the signs that people part telephone numbers with.
static void add_digits(struct guess *g, struct slice text)
{
        char digits[16];
        size_t n = 0, others = 0;
        for (size_t i = 0; i < text.n; i++) {
                if (is_digit(text.p[i]) && n < sizeof(digits))
                        digits[n++] = (char)text.p[i];
                else if (strchr(" .-+()", text.p[i]) == NULL || is_digit(text.p[i]))
                        return;
                else
                        others++;
        }
        g->twelve_digits += n == 12 && others == 0;
        g->phones += ((n == 10 || n == 11) && digits[0] == '0') ||
                     ((n == 11 || n == 12) && text.p[0] == '+' && memcmp(digits, "84", 2) == 0);
}

void guess_add(struct guess *g, const struct guess_formats *f, struct slice text, uint64_t line,
               size_t *spare)
{
        g->rows++;
        if (text.n == 0)
                return;
        g->filled++;
        guess_seen_add(&g->seen, guess_hash(GUESS_HASH, text), line, spare);
        size_t length = text_length(text);
        if (length < g->shortest)
                g->shortest = length;
        if (length > g->longest)
                g->longest = length;
        if (add_missing(g, text))
                return;
        add_word(g, text);
        g->emails += is_email(text);
        add_digits(g, text);
        guess_try_times(g, f, text, line);
        guess_try_numbers(g, text, line);
}

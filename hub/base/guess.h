// What a column of text holds, guessed from its values: every way of reading is tried on each value, with the
// code that connectors read with, and a way counts when it reads them all; times and measures may have a slip
// in fifty. So what is guessed of a whole file reads the whole file, and it is known which rows will be
// refused. One thread; nothing is kept of the values but short words and extremes.
#pragma once

#include "hub/base/datetime.h"
#include "hub/base/text.h"

enum guess_kind {
        GUESS_EMPTY, // no value at all
        GUESS_TEXT,
        GUESS_INTEGER,
        GUESS_DECIMAL,
        GUESS_BOOL,
        GUESS_TIME,
};

#define GUESS_NUMBERS 5  // forms of numbers
#define GUESS_TIMES   40 // formats of times, at most
#define GUESS_WORDS   24 // distinct values that are kept, at most
#define GUESS_WORD    64 // bytes of one, its NUL included
#define GUESS_MISSING 4  // words for `missing`

// Formats compiled once, for any number of columns.
struct guess_formats {
        struct date_format times[GUESS_TIMES];
        size_t time_count;
        const struct zone *zone; // of times that carry none
        int64_t least, most;     // between them times are believed to be of events that happened
};
void guess_formats_init(struct guess_formats *f, const struct zone *zone, int64_t least, int64_t most);

struct guess_way {
        uint64_t read, other;        // values that it reads, and others
        uint64_t other_line;         // where the first other one stands
        char other_word[GUESS_WORD]; // that one, cut
        bool given_up;               // too many others: not tried any more, the counts stand still
        double low, high;            // numbers
        uint64_t whole;              // of them integers
        int64_t earliest, latest;    // times
        uint64_t early, late; // times before and behind those that are believed; earliest is none of them
};

struct guess_word {
        char text[GUESS_WORD];
        uint64_t count;
};

// A set of hashes that tells whether something was there before.
struct guess_seen {
        uint64_t *slots;
        size_t count, room;
        bool given_up;        // grew too large
        uint64_t repeat_line; // where the first repeat stands; 0: none
        size_t before_repeat; // values until then
};

struct guess {
        uint64_t rows, filled;
        struct guess_way numbers[GUESS_NUMBERS], times[GUESS_TIMES];
        uint64_t grouped[2]; // values whose points or commas all stand before three digits
        uint64_t marked[2];  // values with points, with commas
        uint64_t fractions;  // whole numbers written with a fraction, `7.0`
        unsigned digits;     // most digits of a number
        char unit[16];
        bool unit_known, leading_zero, exponent;
        size_t shortest, longest; // characters
        struct guess_word words[GUESS_WORDS];
        size_t word_count;
        bool many_words; // more than are kept, or longer ones
        struct guess_word missing[GUESS_MISSING];
        size_t missing_count;
        uint64_t missing_rows;
        uint64_t emails, phones, twelve_digits;
        struct guess_seen seen;
};

struct guess_answer {
        enum guess_kind kind;
        const struct guess_way *way;            // of numbers and times; its `other` values will be refused
        struct number_form number;              // unit lives as long as the guess
        bool exact;                             // a double would lose digits, or it is money with group signs
        const char *time;                       // `rfc3339` or a format
        const char *other_time;                 // a second format that reads every value, or NULL
        bool ambiguous;                         // a sign may part thousands or be the decimal sign
        const struct guess_way *near;           // text that is nearly a number; NULL where it is not
        bool always;                            // every row has a value
        uint64_t filled;                        // rows that have one
        const char *missing[GUESS_MISSING + 1]; // words that stand for no value; NULL ends
};

void guess_init(struct guess *g);
void guess_done(struct guess *g);
// One trimmed, well-formed value; line for telling where. spare: entries that all sets together may still
// take.
void guess_add(struct guess *g, const struct guess_formats *f, struct slice text, uint64_t line,
               size_t *spare);
// code: the column's name says that numbers in it are names. comma: the file is one of a decimal comma's
// countries, which decides between 1,234 and 1.234.
void guess_answer(const struct guess *g, bool code, bool comma, struct guess_answer *out);
// True where a bool's word means true.
bool guess_is_true(const char *word);

// Notes a value; line is kept where it was there before.
void guess_seen_add(struct guess_seen *s, uint64_t hash, uint64_t line, size_t *spare);
void guess_seen_done(struct guess_seen *s);
#define GUESS_HASH 0xcbf29ce484222325u
uint64_t guess_hash(uint64_t before, struct slice s);

// Text from outside: UTF-8 checks (RFC 3629), NUL, counts, and numbers read strictly.
#pragma once

#include "hub/base/buf.h"

// True where s is well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF. NUL is
// well-formed.
bool text_is_utf8(struct slice s);
// How many bytes from the start are well-formed UTF-8 (s.n where all are).
size_t text_utf8_prefix(struct slice s);
bool text_has_nul(struct slice s);
// Both at once: well-formed UTF-8 that holds no NUL.
bool text_is_clean(struct slice s);
// Code points of well-formed UTF-8.
size_t text_length(struct slice s);
// Appends s for people to see: control characters (C0, DEL, C1) as \n, \t, \r or \u00XX, bytes that are not
// UTF-8 as U+FFFD, cut with U+2026 after about max bytes, and a backslash before each character of `also`
// (such as "\"\\").
void text_show(struct buf *out, struct slice s, size_t max, const char *also);
// Whole-string numbers, no spaces, no leading `+`. 0 done, 1 not such a number or out of range.
int text_int64(struct slice s, int64_t *out) must_check;
int text_uint64(struct slice s, uint64_t *out) must_check;
// Decimal, with or without fraction and exponent (`1`, `-2.5`, `.5`, `5.`, `1e-3`), correctly rounded; no
// hexadecimal, inf or nan; out of range also where a number other than 0 would become 0; at most 1023 bytes.
int text_double(struct slice s, double *out) must_check;
// Shortest decimal text that reads back as v (finite or not: `inf`, `-inf`, `nan`); returns its length.
#define TEXT_DOUBLE 32
size_t text_format_double(double v, char out[TEXT_DOUBLE]);
// White space and no-break spaces off both ends.
struct slice text_trim(struct slice s);
// How a source writes numbers; 0 and empty where it has no such sign.
struct number_form {
        char decimal, thousands; // neither given: a point
        struct slice unit;       // behind the number
};
#define TEXT_NUMBER 128 // bytes of a number's text
// Takes the unit off and puts the number into the plain form: no group signs, `.` as decimal sign. Groups
// must be of three digits, so that 1.234 under `decimal: ','` without `thousands` is not misread. *number
// points into text or out and may still be no number. 0 done, 1 not of the form.
int text_plain_number(const struct number_form *f, struct slice text, char out[TEXT_NUMBER],
                      struct slice *number) must_check;
// "7.0" is the integer 7, as tables of floats write it; what has another fraction is left as it is.
struct slice text_whole_number(struct slice s);
// Appends the words of well-formed UTF-8 as lower-case ASCII letters and digits with joiner between: `Mã
// hồ sơ`, `MaHoSo` and their decomposed forms become ma_ho_so. Nothing where there is no Latin letter or
// digit.
void text_words(struct buf *out, struct slice s, char joiner);
// Levenshtein distance of two short strings, for "did you mean"; strings above 64 bytes count as far
// (SIZE_MAX).
size_t text_distance(const char *a, const char *b);
// The candidate nearest to word, or NULL where none is near enough (a third of its length, at least 1).
const char *text_nearest(const char *word, const char *const *candidates, size_t count);
// Agency identifiers: groups of 0-9 A-Z joined by dots, at most 35 characters (QĐ 20/2020/QĐ-TTg). Compared
// as text.
bool text_is_agency(struct slice s);
// Dataset names: lower case letter first, then letters, digits, single hyphens; at most 48 characters.
bool text_is_dataset(struct slice s);

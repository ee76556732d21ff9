// Inside of guess. Not for others.
#pragma once

#include "hub/base/guess.h"

extern const struct number_form guess_forms[GUESS_NUMBERS];
extern const char *const guess_times[]; // the first one is rfc3339

void guess_try_times(struct guess *g, const struct guess_formats *f, struct slice text, uint64_t line);
void guess_try_numbers(struct guess *g, struct slice text, uint64_t line);
// The text, cut to what is kept.
void guess_copy(char out[GUESS_WORD], struct slice s);

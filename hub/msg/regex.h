// Regular expressions in RE2 syntax over UTF-8, in time linear in the text (libre2 behind regex.cc, the
// only C++ file). A regex is immutable and may be used by many threads at once.
#pragma once

#include "hub/base/buf.h"

// Bytes a regex may hold at most, its program and the states met so far; the second is for the few whose
// program is large, such as \p{L}{2,60}.
#define REGEX_MEMORY     (4 * 1024 * 1024)
#define REGEX_MEMORY_MAX (48 * 1024 * 1024)

struct regex;

// 0 done, 1 refused: RE2's own words are appended to why.
int regex_new(struct slice pattern, struct regex **out, struct buf *why) must_check;
struct regex *regex_free(struct regex *r);
// Bytes that it may come to hold.
size_t regex_memory(const struct regex *r);
// True where the pattern matches somewhere in text (CEL's `matches`). Texts of a kind that was met before
// cost no allocation; but a pattern with a very large program (\p{L}{100} and more) is simulated for each
// text, at 20 times the cost: lengths are better said by min_len and max_len.
bool regex_finds(const struct regex *r, struct slice text);

// Dates and times as sources write them: a strict subset of strptime(3), without locale, that must use the
// whole text.
//   %Y 4 digits  %y 2 digits (69-99: 19yy)  %m %d %H %I %M %S 1 or 2 digits  %b Jan  %B January  %p AM or PM
//   %f 1 to 9 digits of a second  %z Z, +07, +0700 or +07:00  %T = %H:%M:%S  %F = %Y-%m-%d  %% a percent sign
// Everything else stands for itself.
#pragma once

#include "hub/base/zone.h"

#define DATE_FORMAT_ITEMS 48

struct date_format {
        char items[DATE_FORMAT_ITEMS]; // a directive's letter, or a character that stands for itself
        bool literal[DATE_FORMAT_ITEMS];
        unsigned count;
        bool has_zone; // %z
};

// 0 done, 1 no such format: *why says what is wrong with it (static text).
int date_format_compile(const char *text, struct date_format *out, const char **why) must_check;
// zone is used where the format has no %z. 0 done, 1 the text is not of the format or names no real time.
int date_format_parse(const struct date_format *f, struct slice text, const struct zone *zone,
                      int64_t *out) must_check;

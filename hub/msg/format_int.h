// Between the files of formats: classes of ASCII characters, and addresses with their bits.
#pragma once

#include "hub/msg/format.h"

enum {
        CHAR_DIGIT = 1,
        CHAR_LETTER = 2,
        CHAR_HEX = 4,         // both cases
        CHAR_UNRESERVED = 8,  // RFC 3986, 2.3
        CHAR_SUB_DELIM = 16,  // RFC 3986, 2.2
        CHAR_MAIL_LOCAL = 32, // HTML living standard: what may stand before the @
        CHAR_HEADER_NAME = 64,
        CHAR_ALNUM = CHAR_DIGIT | CHAR_LETTER,
};

extern const uint8_t format_char[256];

static inline bool char_is(uint8_t c, unsigned classes)
{
        return (format_char[c] & classes) != 0;
}

// Of a CHAR_HEX.
static inline unsigned hex_value(uint8_t c)
{
        return (unsigned)(c & 0xf) + (c > '9' ? 9 : 0);
}

// Every byte is of one of the classes (an empty text is).
bool format_all(struct slice text, unsigned classes);

static inline struct slice slice_from(struct slice s, size_t start)
{
        return slice_of(s.p + start, s.n - start);
}

// 0 done, 1 no such address. A zone is part of neither.
int format_ipv4(struct slice text, uint8_t out[4]) must_check;
int format_ipv6(struct slice text, uint8_t out[16]) must_check;

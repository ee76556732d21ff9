// CSV rows (RFC 4180) in a block of bytes: one call a row, no state between calls, nothing allocated.
// Fields are split at the delimiter; a field that begins with the quote runs to its closing quote, doubled
// quotes stand for one, line ends inside are data. Rows end with LF or CRLF. A quote inside an unquoted field
// is data.
#pragma once

#include "hub/base/buf.h"

#define CSV_FIELDS_MAX 4096

struct csv_format {
        char delimiter;
        char quote; // 0: there are no quotes
};

struct csv_field {
        uint32_t start, length; // in the block; without the quotes around
        bool doubled;           // holds doubled quotes
};

struct csv_row {
        size_t size;           // bytes with the line end
        size_t length;         // bytes without it
        uint32_t lines;        // line ends in it, its own included
        uint32_t fields;       // how many there are, also where they are more than max
        bool text_after_quote; // something other than a delimiter follows a closing quote: the row cannot be
                               // trusted
        uint32_t quote_line;   // CSV_OPEN: lines before the opening quote
};

enum csv_result {
        CSV_ROW = 0,
        CSV_MORE = 1, // the row goes on behind the block
        CSV_OPEN = 2, // the block is the last one and ends inside quotes
        CSV_END = 3,  // the block is the last one and empty
};

// end: nothing follows the block, so its last row may lack a line end.
int csv_parse(const struct csv_format *f, const uint8_t *p, size_t n, bool end, struct csv_field *fields,
              size_t max, struct csv_row *row) must_check;
// The field's text; doubled quotes are halved in place.
struct slice csv_text(const struct csv_format *f, uint8_t *p, const struct csv_field *field);

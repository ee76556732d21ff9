// Tables for people: columns as wide as their widest cell as a terminal shows it (combining marks take no
// room, East Asian wide characters two columns). Text from outside is shown with control characters escaped.
#pragma once

#include "hub/base/buf.h"

#define GRID_COLUMNS 16

struct grid {
        size_t columns, count; // cells so far
        struct buf text;       // cells one behind the other, each with a NUL
        struct buf ends;       // size_t: end of each cell in text
        bool right[GRID_COLUMNS];
        int flexible; // column that gives way where the terminal is too narrow, -1: none
};

void grid_init(struct grid *g, size_t columns);
void grid_done(struct grid *g);
void grid_right(struct grid *g, size_t column);
// Appends the next cell, row by row.
void grid_cell(struct grid *g, const char *text);
// Cell made by printf.
void grid_printf(struct grid *g, const char *format, ...) printf_like(2, 3);
// terminal: its width in columns, 0: no limit.
void grid_print(const struct grid *g, size_t terminal, struct buf *out);
// Columns that a terminal needs for the text.
size_t text_width(struct slice s);

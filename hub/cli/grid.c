#include "hub/cli/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "hub/base/text.h"

#define GAP        2
#define CELL_MAX   4096 // bytes
#define FLEX_LEAST 16   // columns that a flexible column keeps

void grid_init(struct grid *g, size_t columns)
{
        if (columns == 0 || columns > GRID_COLUMNS)
                abort();
        *g = (struct grid){ .columns = columns, .flexible = -1 };
}

void grid_done(struct grid *g)
{
        buf_done(&g->text);
        buf_done(&g->ends);
}

void grid_right(struct grid *g, size_t column)
{
        g->right[column] = true;
}

static void end_cell(struct grid *g)
{
        buf_add_char(&g->text, '\0');
        buf_add(&g->ends, &g->text.n, sizeof(g->text.n));
        g->count++;
}

void grid_cell(struct grid *g, const char *text)
{
        text_show(&g->text, slice_str(text), CELL_MAX, "");
        end_cell(g);
}

void grid_printf(struct grid *g, const char *format, ...)
{
        char cell[256];
        va_list args;

        va_start(args, format);
        vsnprintf(cell, sizeof(cell), format, args);
        va_end(args);
        grid_cell(g, cell);
}

// One character: its bytes (at least 1) and columns.
static size_t take_char(struct slice s, size_t *columns)
{
        mbstate_t state = { 0 };
        wchar_t wide;
        size_t n = mbrtowc(&wide, (const char *)s.p, s.n, &state);
        int w;

        if (n == 0 || n > s.n) {
                *columns = 1;
                return 1;
        }
        w = wcwidth(wide);
        *columns = w < 0 ? 1 : (size_t)w;
        return n;
}

size_t text_width(struct slice s)
{
        size_t width = 0, columns, n;

        for (; s.n; s = slice_of(s.p + n, s.n - n)) {
                n = take_char(s, &columns);
                width += columns;
        }
        return width;
}

static struct slice grid_at(const struct grid *g, size_t i)
{
        size_t from = 0, to;

        if (i)
                memcpy(&from, g->ends.p + (i - 1) * sizeof(from), sizeof(from));
        memcpy(&to, g->ends.p + i * sizeof(to), sizeof(to));
        return slice_of(g->text.p + from, to - from - 1);
}

// Bytes of s that fit into so many columns.
static size_t fitting(struct slice s, size_t width)
{
        size_t at = 0, used = 0, columns, n;

        while (at < s.n) {
                n = take_char(slice_of(s.p + at, s.n - at), &columns);
                if (used + columns > width)
                        break;
                used += columns;
                at += n;
        }
        return at;
}

static void measure(const struct grid *g, size_t terminal, size_t *widths)
{
        size_t total = 0;

        for (size_t i = 0; i < g->columns; i++)
                widths[i] = 0;
        for (size_t i = 0; i < g->count; i++) {
                size_t w = text_width(grid_at(g, i));

                if (w > widths[i % g->columns])
                        widths[i % g->columns] = w;
        }
        for (size_t i = 0; i < g->columns; i++)
                total += widths[i] + (i ? GAP : 0);
        if (terminal && total > terminal && g->flexible >= 0) {
                size_t *flex = &widths[g->flexible], over = total - terminal;

                *flex = *flex > over + FLEX_LEAST ? *flex - over : (*flex < FLEX_LEAST ? *flex : FLEX_LEAST);
        }
}

static void put_spaces(struct buf *out, size_t n)
{
        while (n--)
                buf_add_char(out, ' ');
}

static void put_cell(const struct grid *g, size_t i, size_t width, struct buf *out)
{
        struct slice s = grid_at(g, i);
        size_t column = i % g->columns, w = text_width(s);
        bool last = column == g->columns - 1;

        if (w > width) {
                buf_add(out, s.p, fitting(s, width - 1));
                buf_add_str(out, "…");
                w = text_width(slice_of(s.p, fitting(s, width - 1))) + 1;
        } else {
                if (g->right[column])
                        put_spaces(out, width - w);
                buf_add_slice(out, s);
        }
        if (!last)
                put_spaces(out, GAP + (g->right[column] ? 0 : width - w));
}

void grid_print(const struct grid *g, size_t terminal, struct buf *out)
{
        size_t widths[GRID_COLUMNS];

        if (g->columns == 0)
                return;
        measure(g, terminal, widths);
        for (size_t i = 0; i < g->count; i++) {
                put_cell(g, i, widths[i % g->columns], out);
                if (i % g->columns != g->columns - 1)
                        continue;
                while (out->n && out->p[out->n - 1] == ' ')
                        out->n--;
                buf_add_char(out, '\n');
        }
}

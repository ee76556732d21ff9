// CSV text: cut anywhere it gives the same rows as whole, fields lie inside their row, and the sizes of the
// rows add up. The same bytes as a cursor: what is taken is written back as the same text.
#include <stdlib.h>

#include "connectors/csv/cursor.h"
#include "hub/base/csv.h"

#define FIELDS 16

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

// Appends what the rows of a text are; blocks grow to the whole when the first one is too short.
static void describe(const struct csv_format *f, const uint8_t *p, size_t n, size_t first, struct buf *out)
{
        size_t at = 0, have = first < n ? first : n;
        for (;;) {
                struct csv_field fields[FIELDS];
                struct csv_row row = { 0 };
                size_t size = have - at;
                uint8_t *block = malloc(size ? size : 1);
                memcpy(block, p + at, size);
                int r = csv_parse(f, block, size, have == n, fields, FIELDS, &row);
                if (r == CSV_MORE) {
                        if (have == n)
                                abort();
                        have = n;
                }
                if (r == CSV_ROW) {
                        if (row.size == 0 || row.size > size || row.length > row.size)
                                abort();
                        buf_printf(out, "%zu %zu %u %u %d:", row.size, row.length, row.lines, row.fields,
                                   row.text_after_quote);
                        for (uint32_t i = 0; i < row.fields && i < FIELDS; i++) {
                                if ((size_t)fields[i].start + fields[i].length > row.length)
                                        abort();
                                buf_add_slice(out, csv_text(f, block, &fields[i]));
                                buf_add_char(out, '\1');
                        }
                        at += row.size;
                }
                free(block);
                if (r == CSV_OPEN)
                        buf_printf(out, "open %u", row.quote_line);
                if (r == CSV_OPEN || r == CSV_END)
                        return;
        }
}

static void check_cursor(struct slice text)
{
        struct csv_cursor c, back;
        struct buf out, again;
        csv_cursor_init(&c);
        csv_cursor_init(&back);
        buf_init(&out);
        buf_init(&again);
        if (csv_cursor_read(&c, text) == 0) {
                csv_cursor_write(&c, &out);
                if (csv_cursor_read(&back, buf_slice(&out)) != 0)
                        abort();
                csv_cursor_write(&back, &again);
                if (!slice_eq(buf_slice(&out), buf_slice(&again)))
                        abort();
        }
        buf_done(&out);
        buf_done(&again);
        csv_cursor_done(&c);
        csv_cursor_done(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
        if (n < 2)
                return 0;
        const struct csv_format f = { p[0] & 1 ? ';' : ',', p[0] & 2 ? 0 : '"' };
        struct buf whole, cut;
        buf_init(&whole);
        buf_init(&cut);
        describe(&f, p + 2, n - 2, n, &whole);
        describe(&f, p + 2, n - 2, p[1], &cut);
        if (!slice_eq(buf_slice(&whole), buf_slice(&cut)))
                abort();
        buf_done(&whole);
        buf_done(&cut);
        check_cursor(slice_of(p, n));
        return 0;
}

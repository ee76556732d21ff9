// The row is walked field by field. A row that is not complete in its block is walked again with a larger
// one: blocks are large, so that is rare, and no state has to survive.
#include "hub/base/csv.h"

struct walk {
        const struct csv_format *format;
        const uint8_t *p;
        size_t n, at;
        struct csv_row row;
};

// Runs to the delimiter, the line's end or the block's.
static void walk_plain(struct walk *w)
{
        const uint8_t *p = w->p;
        size_t i = w->at, n = w->n;
        const uint8_t delimiter = (uint8_t)w->format->delimiter;
        while (i < n && p[i] != delimiter && p[i] != '\n')
                i++;
        w->at = i;
}

// From behind the opening quote to behind the closing one; false where there is none.
static bool walk_quoted(struct walk *w, struct csv_field *field)
{
        const uint8_t quote = (uint8_t)w->format->quote;
        field->start = (uint32_t)w->at;
        w->row.quote_line = w->row.lines;
        for (;;) {
                const uint8_t *close = memchr(w->p + w->at, quote, w->n - w->at);
                size_t stop = close ? (size_t)(close - w->p) : w->n;
                for (size_t i = w->at; i < stop; i++)
                        w->row.lines += w->p[i] == '\n';
                w->at = stop;
                if (close == NULL)
                        return false;
                if (stop + 1 < w->n && w->p[stop + 1] == quote) {
                        field->doubled = true;
                        w->at = stop + 2;
                        continue;
                }
                field->length = (uint32_t)(stop - field->start);
                w->at = stop + 1;
                return true;
        }
}

// One field; false where the block ends inside its quotes.
static bool walk_field(struct walk *w, struct csv_field *field)
{
        *field = (struct csv_field){ .start = (uint32_t)w->at };
        if (w->format->quote && w->at < w->n && w->p[w->at] == (uint8_t)w->format->quote) {
                w->at++;
                if (!walk_quoted(w, field))
                        return false;
                size_t closed = w->at;
                walk_plain(w);
                bool only_return =
                    w->at == closed + 1 && w->p[closed] == '\r' && (w->at == w->n || w->p[w->at] == '\n');
                if (w->at != closed && !only_return)
                        w->row.text_after_quote = true;
                return true;
        }
        walk_plain(w);
        field->length = (uint32_t)(w->at - field->start);
        return true;
}

static void finish(struct walk *w, struct csv_field *last)
{
        w->row.length = w->at;
        if (w->at > 0 && w->p[w->at - 1] == '\r' && w->at < w->n) {
                w->row.length--;
                if (last->start + last->length == w->at)
                        last->length--;
        }
        w->row.size = w->at < w->n ? w->at + 1 : w->at;
        w->row.lines += w->at < w->n;
}

int csv_parse(const struct csv_format *f, const uint8_t *p, size_t n, bool end, struct csv_field *fields,
              size_t max, struct csv_row *row)
{
        if (n == 0)
                return end ? CSV_END : CSV_MORE;
        struct walk w = { .format = f, .p = p, .n = n };
        struct csv_field extra, *field;
        for (;;) {
                field = w.row.fields < max ? &fields[w.row.fields] : &extra;
                w.row.fields++;
                if (!walk_field(&w, field)) {
                        row->quote_line = w.row.quote_line;
                        return end ? CSV_OPEN : CSV_MORE;
                }
                if (w.at == n || p[w.at] == '\n')
                        break;
                w.at++;
        }
        if (w.at == n && !end)
                return CSV_MORE;
        finish(&w, field);
        *row = w.row;
        return CSV_ROW;
}

struct slice csv_text(const struct csv_format *f, uint8_t *p, const struct csv_field *field)
{
        uint8_t *text = p + field->start;
        if (!field->doubled)
                return slice_of(text, field->length);
        size_t n = 0;
        for (size_t i = 0; i < field->length; i++) {
                text[n++] = text[i];
                if (text[i] == (uint8_t)f->quote)
                        i++;
        }
        return slice_of(text, n);
}

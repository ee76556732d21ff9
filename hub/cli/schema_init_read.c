// Reads the file: which sign parts its fields, its header, and every row into the guesses of its columns.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/map.h"
#include "hub/cli/schema_init.h"

#define BLOCK      (256 * 1024)
#define SNIFF_ROWS 100
#define SPARE      (8 * 1024 * 1024) // values remembered by all sets together: 64 MiB
#define TELL_USEC  (2 * USEC_PER_SEC)

// How many columns a sign gives, where the first rows agree on that; the share of rows that do, in
// thousandths.
static unsigned try_delimiter(char delimiter, struct slice text, bool whole, uint32_t *columns)
{
        struct csv_format format = { delimiter, '"' };
        struct csv_field one;
        struct csv_row row;
        unsigned rows = 0, same = 0;
        size_t at = 0;
        *columns = 0;
        while (rows < SNIFF_ROWS &&
               csv_parse(&format, text.p + at, text.n - at, whole, &one, 1, &row) == CSV_ROW) {
                at += row.size;
                if (row.length == 0)
                        continue;
                if (rows++ == 0)
                        *columns = row.fields;
                same += row.fields == *columns;
        }
        return *columns < 2 ? 0 : same * 1000 / rows;
}

// The sign that most rows agree on, then the one that gives most columns.
static char find_delimiter(struct slice text, bool whole)
{
        static const char signs[] = ",;\t|";
        char best = ',';
        unsigned best_share = 0;
        uint32_t best_columns = 0;
        for (const char *p = signs; *p; p++) {
                uint32_t columns;
                unsigned share = try_delimiter(*p, text, whole, &columns);
                if (share > best_share || (share == best_share && columns > best_columns)) {
                        best = *p;
                        best_share = share;
                        best_columns = columns;
                }
        }
        return best;
}

static int look_at_start(struct draft *d, size_t *mark)
{
        uint8_t *start = malloc(BLOCK);
        int fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code;
        ssize_t n = -1;
        if (start == NULL)
                abort();
        if (fd >= 0) {
                n = pread(fd, start, BLOCK, 0);
                int reason = errno;
                close(fd);
                errno = reason;
        }
        if (n < 0) {
                code = cli_refuse(EXIT_ABSENT, "%s: %s", d->path, strerror(errno));
        } else {
                *mark = n >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
                struct slice text = slice_of(start + *mark, (size_t)n - *mark);
                code = refuse_bytes(d->path, text);
                d->format = (struct csv_format){ find_delimiter(text, n < BLOCK), '"' };
        }
        free(start);
        return code;
}

static struct slice header_name(struct draft *d, const struct csv_file_row *row,
                                const struct csv_field *field)
{
        return text_trim(csv_text(&d->format, row->bytes, field));
}

// Looks like a value, not like a name: no letter in it.
static bool is_value(struct slice name)
{
        for (size_t i = 0; i < name.n; i++) {
                if ((name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z')
                        return false;
                if (name.p[i] >= 0x80)
                        return false;
        }
        return true;
}

static int check_header(const struct draft *d, uint64_t line, size_t named, size_t values)
{
        const char *path = d->path;
        if (named == 0)
                return cli_refuse(EXIT_ABSENT,
                                  "%s:%llu: the first row names no column; the header must stand there", path,
                                  (unsigned long long)line);
        if (values * 2 >= named)
                return cli_refuse(
                    EXIT_ABSENT,
                    "%s:%llu: the first row looks like values, not like a header: put a row with the "
                    "columns' names above it",
                    path, (unsigned long long)line);
        if (d->count > 2 && named == 1)
                return cli_refuse(
                    EXIT_ABSENT,
                    "%s:%llu: the first row names one of %zu columns; if it is a title, delete it: the "
                    "header must be the first row",
                    path, (unsigned long long)line, d->count);
        return EXIT_DONE;
}

static int add_column(struct draft *d, struct map *names, const struct csv_file_row *row, size_t i,
                      struct slice name)
{
        unsigned long long line = row->line;
        struct draft_column *c = &d->columns[i];
        guess_init(&c->guess);
        if ((c->header = strndup((const char *)name.p, name.n)) == NULL)
                abort();
        if (name.n == 0)
                return EXIT_DONE;
        if (text_length(name) > INIT_HEADER_MAX)
                return cli_refuse(
                    EXIT_ABSENT,
                    "%s:%llu: the name of column %zu has more than %d characters; is the first row the "
                    "header?",
                    d->path, line, i + 1, INIT_HEADER_MAX);
        void *former = map_set(names, name, (void *)(uintptr_t)(i + 1));
        if (former)
                return cli_refuse(EXIT_ABSENT,
                                  "%s:%llu: columns %zu and %zu are both called `%s`; rename one", d->path,
                                  line, (size_t)(uintptr_t)former, i + 1, c->header);
        return EXIT_DONE;
}

static int read_header(struct draft *d, const struct csv_file_row *row, const struct csv_field *fields)
{
        unsigned long long line = row->line;
        int code = refuse_row(d->path, row->line, slice_of(row->bytes, row->row.length));
        if (code != EXIT_DONE)
                return code;
        if (row->row.text_after_quote)
                return cli_refuse(EXIT_ABSENT, "%s:%llu: the header has text behind a closing quote", d->path,
                                  line);
        if (row->row.fields > INIT_COLUMNS_MAX)
                return cli_refuse(EXIT_ABSENT, "%s:%llu: %u columns; a table takes %d: split the file",
                                  d->path, line, row->row.fields, INIT_COLUMNS_MAX);
        struct map *names = map_new();
        size_t named = 0, values = 0;
        d->count = row->row.fields;
        d->columns = calloc(d->count, sizeof(*d->columns));
        if (d->columns == NULL)
                abort();
        for (size_t i = 0; i < d->count && code == EXIT_DONE; i++) {
                struct slice name = header_name(d, row, &fields[i]);
                code = add_column(d, names, row, i, name);
                named += name.n > 0;
                values += name.n > 0 && is_value(name);
        }
        map_free(names);
        return code == EXIT_DONE ? check_header(d, row->line, named, values) : code;
}

int draft_open(struct draft *d, struct csv_file **out)
{
        struct csv_field *fields = calloc(INIT_COLUMNS_MAX, sizeof(*fields));
        struct csv_file_row row;
        struct err e;
        size_t mark = 0;
        int code = look_at_start(d, &mark);
        if (fields == NULL)
                abort();
        d->spare = SPARE;
        struct csv_file *f = code == EXIT_DONE ? csv_file_open(d->path, true, &e) : NULL;
        if (code == EXIT_DONE && f == NULL)
                code = cli_refuse(EXIT_ABSENT, "%s", e.text);
        if (f)
                csv_file_seek(f, mark, 1);
        int r = f ? csv_file_next(f, &d->format, fields, INIT_COLUMNS_MAX, &row, &e) : 0;
        if (r == CSV_FILE_END)
                code = cli_refuse(EXIT_ABSENT, "%s: the file is empty", d->path);
        else if (r < 0)
                code = cli_refuse(EXIT_ABSENT, "%s", e.text);
        else if (f)
                code = read_header(d, &row, fields);
        free(fields);
        if (code == EXIT_DONE)
                *out = f;
        else if (f)
                csv_file_close(f);
        return code;
}

// A row that the connector would refuse too is counted; it says nothing of its columns.
static int take_row(struct draft *d, const struct csv_file_row *row, const struct csv_field *fields)
{
        if (row->row.length == 0 && d->count > 1)
                return EXIT_DONE;
        int code = refuse_row(d->path, row->line, slice_of(row->bytes, row->row.length));
        if (code != EXIT_DONE)
                return code;
        if (row->row.fields != d->count || row->row.text_after_quote) {
                if (d->bad_rows++ == 0)
                        d->bad_line = row->line;
                return EXIT_DONE;
        }
        d->rows++;
        uint64_t key = GUESS_HASH;
        bool keyed = d->key_count > 0;
        for (size_t i = 0; i < d->count; i++) {
                struct draft_column *c = &d->columns[i];
                struct slice text = text_trim(csv_text(&d->format, row->bytes, &fields[i]));
                if (c->number)
                        guess_add(&c->guess, &d->formats, text, row->line, &d->spare);
                if (c->key) {
                        key = guess_hash(guess_hash(key, text), slice_of("\x1f", 1));
                        keyed &= text.n > 0;
                }
        }
        if (keyed)
                guess_seen_add(&d->key_seen, key, row->line, &d->spare);
        return EXIT_DONE;
}

static void tell_progress(const struct draft *d, uint64_t offset, uint64_t size, int64_t *next)
{
        int64_t now = clock_monotonic_usec();
        if (now < *next)
                return;
        *next = now + TELL_USEC;
        cli_note(d->cli->global.lang == LANG_VI ? "đã đọc %llu hàng, %u%% của tệp"
                                                : "%llu rows read, %u%% of the file",
                 (unsigned long long)d->rows, (unsigned)(size ? offset * 100 / size : 100));
}

int draft_read(struct draft *d, struct csv_file *f)
{
        struct csv_field *fields = calloc(d->count, sizeof(*fields));
        int64_t next = clock_monotonic_usec() + TELL_USEC;
        uint64_t size = (uint64_t)csv_file_stat(f)->st_size;
        int64_t most = d->options->sample;
        struct csv_file_row row;
        struct err e;
        int code = EXIT_DONE, r = CSV_FILE_ROW;
        if (fields == NULL)
                abort();
        while (code == EXIT_DONE && (most == 0 || d->rows < (uint64_t)most)) {
                r = csv_file_next(f, &d->format, fields, d->count, &row, &e);
                if (r != CSV_FILE_ROW)
                        break;
                code = take_row(d, &row, fields);
                if (d->rows % 1024 == 0)
                        tell_progress(d, row.offset, size, &next);
        }
        free(fields);
        d->all_read = r == CSV_FILE_END;
        if (code == EXIT_DONE && r < 0)
                code = cli_refuse(EXIT_ABSENT, "%s", e.text);
        if (code == EXIT_DONE && d->bad_rows > d->rows)
                code = cli_refuse(
                    EXIT_ABSENT,
                    "%s:%llu: this row and %llu others have not the header's %zu fields, only %llu have; "
                    "is it a CSV file?",
                    d->path, (unsigned long long)d->bad_line, (unsigned long long)(d->bad_rows - 1), d->count,
                    (unsigned long long)d->rows);
        if (code == EXIT_DONE && d->rows == 0)
                code = cli_refuse(EXIT_ABSENT, "%s: there is no row below the header to learn from", d->path);
        return code;
}

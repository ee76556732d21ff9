// The window holds [base, base + n) of the file; the next row starts at `at` in it. pread and not mmap: a
// file cut short under a mapping kills the reader with SIGBUS.
#include "hub/base/csv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

struct csv_file {
        int fd;
        char *path;
        bool whole;
        struct stat opened;
        uint8_t *window;
        size_t room, n, at;
        uint64_t base;
        uint64_t line; // of the byte at `at`
        bool at_end;   // the window reaches the file's end
};

struct csv_file *csv_file_open(const char *path, bool whole, struct err *e)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
                err_set(e, ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
                return NULL;
        }
        struct csv_file *f = calloc(1, sizeof(*f));
        if (f == NULL || (f->path = strdup(path)) == NULL)
                abort();
        f->fd = fd;
        f->whole = whole;
        f->line = 1;
        f->room = 2 * BLOCK;
        if ((f->window = malloc(f->room)) == NULL)
                abort();
        if (fstat(fd, &f->opened) < 0 || !S_ISREG(f->opened.st_mode)) {
                err_set(e, ERR_IO, "%s: is not a regular file", path);
                return csv_file_close(f);
        }
        return f;
}

struct csv_file *csv_file_close(struct csv_file *f)
{
        if (f) {
                close(f->fd);
                free(f->path);
                free(f->window);
        }
        free(f);
        return NULL;
}

const struct stat *csv_file_stat(const struct csv_file *f)
{
        return &f->opened;
}

void csv_file_seek(struct csv_file *f, uint64_t offset, uint64_t line)
{
        f->base = offset;
        f->n = f->at = 0;
        f->line = line;
        f->at_end = false;
}

// Reads until n bytes are there or the file ends; the count or -1.
static ssize_t read_at(const struct csv_file *f, uint8_t *to, size_t n, uint64_t offset)
{
        size_t got = 0;
        while (got < n) {
                ssize_t r = pread(f->fd, to + got, n - got, (off_t)(offset + got));
                if (r < 0 && errno == EINTR)
                        continue;
                if (r < 0)
                        return -1;
                if (r == 0)
                        break;
                got += (size_t)r;
        }
        return (ssize_t)got;
}

static int check_unchanged(const struct csv_file *f, struct err *e)
{
        struct stat now;
        if (fstat(f->fd, &now) < 0)
                return err_set(e, ERR_IO, "%s: cannot be looked at: %s", f->path, strerror(errno));
        if (now.st_size < f->opened.st_size || (uint64_t)now.st_size < f->base + f->n)
                return err_set(e, ERR_INPUT,
                               "%s:%llu: the file became shorter while it was read; put the complete file "
                               "back and start again",
                               f->path, (unsigned long long)f->line);
        struct timespec a = now.st_mtim, b = f->opened.st_mtim;
        if (f->whole && (now.st_size != f->opened.st_size || a.tv_sec != b.tv_sec || a.tv_nsec != b.tv_nsec))
                return err_set(e, ERR_INPUT,
                               "%s:%llu: the file changed while it was read; start again when it is "
                               "complete, or use `mode: follow`",
                               f->path, (unsigned long long)f->line);
        return 0;
}

// Moves what is left to the front and reads more behind it. The last block of a file counts only when it is
// unchanged.
static int fill(struct csv_file *f, struct err *e)
{
        size_t left = f->n - f->at;
        if (f->room - left < BLOCK) {
                f->room *= 2;
                if ((f->window = realloc(f->window, f->room)) == NULL)
                        abort();
        }
        memmove(f->window, f->window + f->at, left);
        f->base += f->at;
        f->n = left;
        f->at = 0;
        size_t want = f->room - left;
        ssize_t got = read_at(f, f->window + left, want, f->base + left);
        if (got < 0)
                return err_set(e, ERR_IO, "%s:%llu: cannot be read: %s", f->path, (unsigned long long)f->line,
                               strerror(errno));
        f->n += (size_t)got;
        f->at_end = (size_t)got < want;
        if (f->at_end || !f->whole)
                return check_unchanged(f, e);
        return 0;
}

static int open_quote(const struct csv_file *f, const struct csv_row *row, bool cut, struct err *e)
{
        unsigned long long line = f->line + row->quote_line;
        if (cut)
                return err_set(
                    e, ERR_INPUT,
                    "%s:%llu: the file ends inside the quoted field that opens on this line; it is cut off",
                    f->path, line);
        return err_set(e, ERR_INPUT, "%s:%llu: the row is longer than %d bytes; is a closing quote missing?",
                       f->path, line, CSV_ROW_MAX);
}

int csv_file_next(struct csv_file *f, const struct csv_format *format, struct csv_field *fields, size_t max,
                  struct csv_file_row *out, struct err *e)
{
        struct csv_row row = { 0 };
        for (;;) {
                bool end = f->at_end && f->whole;
                int r = csv_parse(format, f->window + f->at, f->n - f->at, end, fields, max, &row);
                if (r == CSV_ROW)
                        break;
                if (r == CSV_END)
                        return CSV_FILE_END;
                if (r == CSV_OPEN)
                        return open_quote(f, &row, true, e);
                if (f->n - f->at > CSV_ROW_MAX)
                        return open_quote(f, &row, false, e);
                if (f->at_end)
                        return CSV_FILE_END;
                if (fill(f, e) < 0)
                        return -1;
        }
        if (row.size > CSV_ROW_MAX)
                return open_quote(f, &row, false, e);
        *out = (struct csv_file_row){ f->window + f->at, f->base + f->at, f->line, row };
        f->at += row.size;
        f->line += row.lines;
        return CSV_FILE_ROW;
}

int csv_file_bytes(struct csv_file *f, uint64_t from, uint64_t to, struct buf *out)
{
        if (to < from || to - from > CSV_ROW_MAX + 2)
                return 1;
        buf_reset(out);
        ssize_t got = read_at(f, buf_reserve(out, to - from), to - from, from);
        if (got < 0 || (uint64_t)got != to - from)
                return 1;
        out->n = (size_t)got;
        return 0;
}

int csv_file_mark(struct csv_file *f, size_t *bytes, struct err *e)
{
        uint8_t start[3] = { 0 };
        ssize_t got = read_at(f, start, sizeof(start), 0);
        if (got < 0)
                return err_set(e, ERR_IO, "%s: cannot be read: %s", f->path, strerror(errno));
        if (got >= 2 && ((start[0] == 0xff && start[1] == 0xfe) || (start[0] == 0xfe && start[1] == 0xff)))
                return err_set(e, ERR_INPUT, "%s:1: the file is UTF-16; save it as UTF-8", f->path);
        *bytes = got == 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        return 0;
}

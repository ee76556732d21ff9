#include "connectors/sdk/reject_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/text.h"

#define VALUE_MAX 200
#define PENDING   (64 * 1024)

// With a byte-order mark, so that spreadsheets take the file for what it is.
static const char heading[] = "\xef\xbb\xbftime,file,line,column,value,reason_vi,reason_en,position\n";

struct reject_file {
        char *folder, *path;
        int fd; // -1: not open yet
        struct buf pending;
        uint64_t written; // length of the file on disk
        bool dirty;       // written since the last sync
};

struct reject_file *reject_file_open(const char *folder, const char *dataset)
{
        struct reject_file *r = calloc(1, sizeof(*r));
        if (r == NULL || (r->folder = strdup(folder)) == NULL ||
            asprintf(&r->path, "%s/%s.rejects.csv", folder, dataset) < 0)
                abort();
        r->fd = -1;
        buf_init(&r->pending);
        return r;
}

struct reject_file *reject_file_close(struct reject_file *r)
{
        if (r) {
                if (r->fd >= 0)
                        close(r->fd);
                buf_done(&r->pending);
                free(r->folder);
                free(r->path);
        }
        free(r);
        return NULL;
}

const char *reject_file_path(const struct reject_file *r)
{
        return r->path;
}

uint64_t reject_file_length(const struct reject_file *r)
{
        return r->written + r->pending.n;
}

static int failed(const struct reject_file *r, const char *what, struct err *e)
{
        return err_set(e, ERR_IO, "reject file %s cannot be %s: %s", r->path, what, strerror(errno));
}

// 0 open, 1 there is none and it was not asked for.
static int open_file(struct reject_file *r, bool create, struct err *e)
{
        struct stat st;
        if (r->fd >= 0)
                return 0;
        if (create && mkdir(r->folder, 0750) < 0 && errno != EEXIST)
                return err_set(e, ERR_IO, "folder %s cannot be made: %s", r->folder, strerror(errno));
        r->fd = open(r->path, O_WRONLY | O_CLOEXEC | (create ? O_CREAT : 0), 0640);
        if (r->fd < 0)
                return !create && errno == ENOENT ? 1 : failed(r, "opened", e);
        if (fstat(r->fd, &st) < 0)
                return failed(r, "looked at", e);
        r->written = (uint64_t)st.st_size;
        return 0;
}

int reject_file_truncate(struct reject_file *r, uint64_t length, struct err *e)
{
        buf_reset(&r->pending);
        int opened = open_file(r, false, e);
        if (opened < 0)
                return -1;
        if (opened == 1) {
                r->written = 0;
                return length > 0 ? 1 : 0;
        }
        struct stat st;
        if (fstat(r->fd, &st) < 0)
                return failed(r, "looked at", e);
        r->written = (uint64_t)st.st_size;
        if (r->written < length)
                return 1;
        if (r->written > length && ftruncate(r->fd, (off_t)length) < 0)
                return failed(r, "cut", e);
        r->written = length;
        r->dirty = true;
        return 0;
}

static int write_pending(struct reject_file *r, struct err *e)
{
        if (r->pending.n == 0)
                return 0;
        if (open_file(r, true, e) < 0)
                return -1;
        size_t done = 0;
        while (done < r->pending.n) {
                ssize_t n =
                    pwrite(r->fd, r->pending.p + done, r->pending.n - done, (off_t)(r->written + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return failed(r, "written", e);
                done += (size_t)n;
        }
        r->written += done;
        r->dirty = true;
        buf_reset(&r->pending);
        return 0;
}

static void add_cell(struct buf *out, struct slice s)
{
        buf_add_char(out, '"');
        size_t start = out->n;
        struct buf shown;
        buf_init(&shown);
        text_show(&shown, s, VALUE_MAX, "");
        for (size_t i = 0; i < shown.n; i++) {
                if (shown.p[i] == '"')
                        buf_add_char(out, '"');
                // A spreadsheet would run a formula; the apostrophe makes it text.
                if (i == 0 && out->n == start && strchr("=+@", shown.p[0]))
                        buf_add_char(out, '\'');
                buf_add_char(out, (char)shown.p[i]);
        }
        buf_done(&shown);
        buf_add_char(out, '"');
}

int reject_file_add(struct reject_file *r, int64_t now, const struct source_row *row, struct err *e)
{
        char time[INSTANT_TEXT];
        instant_format(now, time);
        if (reject_file_length(r) == 0)
                buf_add(&r->pending, heading, sizeof(heading) - 1);
        buf_printf(&r->pending, "%s,", time);
        add_cell(&r->pending, slice_str(row->file));
        buf_printf(&r->pending, ",%llu,", (unsigned long long)row->line);
        add_cell(&r->pending, slice_str(row->fault.column));
        buf_add_char(&r->pending, ',');
        add_cell(&r->pending, row->fault.value);
        buf_add_char(&r->pending, ',');
        add_cell(&r->pending, slice_str(row->fault.vi));
        buf_add_char(&r->pending, ',');
        add_cell(&r->pending, slice_str(row->fault.en));
        buf_add_char(&r->pending, ',');
        add_cell(&r->pending, row->position);
        buf_add_char(&r->pending, '\n');
        return r->pending.n >= PENDING ? write_pending(r, e) : 0;
}

int reject_file_sync(struct reject_file *r, struct err *e)
{
        if (write_pending(r, e) < 0)
                return -1;
        if (r->dirty && fdatasync(r->fd) < 0)
                return failed(r, "synced", e);
        r->dirty = false;
        return 0;
}

// Finding files, and entering one where its place in the cursor says, after a look whether it still is the
// same file.
#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#include "connectors/csv/source_state.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

void csv_forget_found(struct source *s)
{
        for (size_t i = 0; i < s->found_count; i++)
                free(s->found[i].path);
        free(s->found);
        s->found = NULL;
        s->found_count = s->at = 0;
}

static int by_name(const void *a, const void *b)
{
        const struct csv_found *x = a, *y = b;
        int r = strcmp(x->name, y->name);
        return r ? r : strcmp(x->path, y->path);
}

static int check_names(const struct csv_found *found, size_t count, struct err *e)
{
        for (size_t i = 0; i < count; i++) {
                struct slice name = slice_str(found[i].name);
                if (name.n > CSV_NAME_MAX || !text_is_utf8(name) || memchr(name.p, '\n', name.n))
                        return err_set(e, ERR_INPUT,
                                       "%s: the file's name is not UTF-8 or holds a line end; rename it",
                                       found[i].path);
                if (i > 0 && strcmp(found[i - 1].name, found[i].name) == 0)
                        return err_set(e, ERR_INPUT,
                                       "%s and %s have one name, which a message's id could not tell apart; "
                                       "rename one, or make two feeds",
                                       found[i - 1].path, found[i].path);
        }
        return 0;
}

// What is known of files that were found before goes with them.
static void keep_seen(const struct source *s, struct csv_found *found, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct csv_found *old =
                    s->found_count ? bsearch(&found[i], s->found, s->found_count, sizeof(*s->found), by_name)
                                   : NULL;
                if (old == NULL || !old->seen)
                        continue;
                found[i].seen = true;
                found[i].size = old->size;
                found[i].changed = old->changed;
                found[i].inode = old->inode;
        }
}

int csv_look(struct source *s, struct err *e)
{
        glob_t g = { 0 };
        int r = glob(s->glob, 0, NULL, &g);
        if (r == GLOB_NOSPACE || r == GLOB_ABORTED) {
                globfree(&g);
                return err_set(e, ERR_IO, "%s: cannot be listed: %s", s->pattern, strerror(errno));
        }
        size_t count = r == 0 ? g.gl_pathc : 0;
        struct csv_found *found = calloc(count + 1, sizeof(*found));
        if (found == NULL)
                abort();
        for (size_t i = 0; i < count; i++) {
                found[i].path = strdup(g.gl_pathv[i]);
                if (found[i].path == NULL)
                        abort();
                const char *slash = strrchr(found[i].path, '/');
                found[i].name = slash ? slash + 1 : found[i].path;
        }
        globfree(&g);
        qsort(found, count, sizeof(*found), by_name);
        keep_seen(s, found, count);
        csv_forget_found(s);
        s->found = found;
        s->found_count = count;
        if (check_names(found, count, e) < 0)
                return -1;
        return count == 0 ? 1 : 0;
}

void csv_row_digest(struct source *s, struct slice row, uint8_t out[CSV_DIGEST])
{
        uint8_t whole[SHA256_SIZE];
        digest_sha256(s->digest, row, whole);
        memcpy(out, whole, CSV_DIGEST);
}

// Is the last consumed row still where it was, and complete there?
static bool same_file(struct source *s)
{
        struct csv_place *p = s->place;
        uint64_t size = (uint64_t)csv_file_stat(s->file)->st_size;
        if (p->offset == 0)
                return true;
        if (p->offset > size || csv_file_bytes(s->file, p->row, p->offset, &s->scratch) != 0)
                return false;
        struct slice row = buf_slice(&s->scratch);
        bool ended = row.n && row.p[row.n - 1] == '\n';
        if (ended)
                row.n--;
        if (ended && row.n && row.p[row.n - 1] == '\r')
                row.n--;
        uint8_t digest[CSV_DIGEST];
        csv_row_digest(s, row, digest);
        if (memcmp(digest, p->digest, sizeof(digest)) != 0)
                return false;
        if (ended || p->offset == size)
                return true;
        // The row was the last one, without line end: what was added must begin with one.
        uint64_t end = p->offset + 2 < size ? p->offset + 2 : size;
        if (csv_file_bytes(s->file, p->offset, end, &s->scratch) != 0)
                return false;
        return s->scratch.p[0] == '\n' || (s->scratch.n == 2 && memcmp(s->scratch.p, "\r\n", 2) == 0);
}

void csv_leave(struct source *s)
{
        s->file = csv_file_close(s->file);
        s->place = NULL;
}

static bool unchanged(const struct csv_found *f, const struct stat *st)
{
        return f->seen && f->size == (uint64_t)st->st_size && f->inode == st->st_ino &&
               f->changed.tv_sec == st->st_mtim.tv_sec && f->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static void start_over(struct source *s, const struct csv_found *f)
{
        log_warn("a file was overwritten since it was read; it is read again, and its rows are marked for a "
                 "second look",
                 F_STR("file", f->path), F_INT("was_read_to", s->place->offset));
        s->place->offset = s->place->row = s->place->records = 0;
        s->place->line = 1;
        s->place->recheck = true;
        memset(s->place->chain, 0, sizeof(s->place->chain));
}

static uint64_t changed_at(const struct stat *st)
{
        return (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;
}

// Must the consumed rows be looked at? Not where the file is as it was when they were read, and not where it
// grew since this process has read it to its end.
static bool in_doubt(const struct source *s, const struct csv_found *f, const struct stat *st)
{
        const struct csv_place *p = s->place;
        if (p->records == 0 || (p->size == (uint64_t)st->st_size && p->changed == changed_at(st) &&
                                p->inode == (uint64_t)st->st_ino))
                return false;
        return !f->seen || f->inode != st->st_ino || f->size >= (uint64_t)st->st_size;
}

// Reads the consumed rows again, from the end of the header. 0 they are what they were, 1 they are not, <0.
static int same_rows(struct source *s, struct err *e)
{
        const struct csv_place *p = s->place;
        uint8_t chain[CSV_DIGEST] = { 0 }, digest[CSV_DIGEST];
        struct csv_file_row row;
        uint64_t records = 0;
        while (records < p->records) {
                int r = csv_file_next(s->file, &s->format, s->fields, CSV_FIELDS_MAX, &row, e);
                if (r < 0)
                        return -1;
                if (r == CSV_FILE_END || row.offset + row.row.length > p->offset)
                        return 1;
                if (!csv_is_row(s, &row))
                        continue;
                csv_row_digest(s, slice_of(row.bytes, row.row.length), digest);
                csv_chain(chain, digest);
                records++;
        }
        return memcmp(chain, p->chain, sizeof(chain)) == 0 ? 0 : 1;
}

static int read_header(struct source *s, const struct csv_found *f, size_t mark, struct err *e)
{
        csv_file_seek(s->file, mark, 1);
        return csv_header(s, f->path, e);
}

// Goes to the file's place, or back to its start where it is another file by now. Results as csv_enter.
static int find_place(struct source *s, const struct csv_found *f, struct err *e)
{
        const struct stat *st = csv_file_stat(s->file);
        size_t mark = 0;
        if (!same_file(s))
                start_over(s, f);
        int r = csv_file_mark(s->file, &mark, e);
        if (r == 0)
                r = read_header(s, f, mark, e);
        if (r == 0 && in_doubt(s, f, st)) {
                if (!s->conf->header)
                        csv_file_seek(s->file, mark, 1);
                r = same_rows(s, e);
                if (r == 1) {
                        start_over(s, f);
                        r = read_header(s, f, mark, e);
                }
        }
        if (r != 0)
                return r;
        s->place->size = (uint64_t)st->st_size;
        s->place->changed = changed_at(st);
        s->place->inode = (uint64_t)st->st_ino;
        csv_file_seek(s->file, s->place->offset ? s->place->offset : mark, s->place->line);
        return 0;
}

int csv_enter(struct source *s, struct csv_found *f, struct err *e)
{
        struct stat st;
        bool follow = s->conf->mode == CSV_FOLLOW;
        if (follow && stat(f->path, &st) == 0 && unchanged(f, &st))
                return 1;
        s->file = csv_file_open(f->path, !follow, e);
        if (s->file == NULL && follow && stat(f->path, &st) < 0 && errno == ENOENT) {
                log_warn("a file was taken away before it was read", F_STR("file", f->path));
                return 1;
        }
        if (s->file == NULL)
                return -1;
        s->place = csv_cursor_add(&s->cursor, f->name);
        int r = find_place(s, f, e);
        if (r != 0)
                csv_leave(s);
        return r;
}

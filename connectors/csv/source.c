// The csv kind: walks the files in name order, gives their rows, keeps the cursor.
#include "connectors/csv/csv.h"

#include <stdio.h>
#include <stdlib.h>

#include "connectors/csv/source_state.h"
#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

#define POSITION_DIGEST 16 // hexadecimal digits

static const char *const modes[] = { "once", "follow", NULL };

static const struct conf_option options[] = {
        SOURCE_COMMON_OPTIONS(struct csv_conf, "csv"),
        { .name = "files",
          .type = CONF_STRING,
          .offset = offsetof(struct csv_conf, files),
          .required = true,
          .sentence = "Glob of the files, relative to the configuration file; they are read in name order." },
        { .name = "mode",
          .type = CONF_ENUM,
          .offset = offsetof(struct csv_conf, mode),
          .fallback = "once",
          .words = modes,
          .sentence = "once: read complete files and end; follow: go on with new and grown files." },
        { .name = "delimiter",
          .type = CONF_STRING,
          .offset = offsetof(struct csv_conf, delimiter),
          .fallback = ",",
          .sentence = "One ASCII character between fields, such as ';' or \"\\t\"." },
        { .name = "quote",
          .type = CONF_STRING,
          .offset = offsetof(struct csv_conf, quote),
          .fallback = "\"",
          .sentence = "One ASCII character around fields; '' for none." },
        { .name = "header",
          .type = CONF_BOOL,
          .offset = offsetof(struct csv_conf, header),
          .fallback = "true",
          .sentence = "The first row names the columns; without it they are called 1, 2, 3…" },
        { .name = "poll",
          .type = CONF_DURATION,
          .offset = offsetof(struct csv_conf, poll),
          .fallback = "2s",
          .min = 10000,
          .max = 3600 * USEC_PER_SEC,
          .sentence = "follow: time between two looks at the files." },
        { .name = NULL },
};

static bool is_sign(const char *text)
{
        return text[0] != '\0' && text[1] == '\0' && text[0] != '\n' && text[0] != '\r' &&
               (text[0] & 0x80) == 0;
}

static void csv_check(const void *conf, const struct yaml_node *at, struct conf_errors *errors)
{
        const struct csv_conf *c = conf;
        if (c->delimiter && !is_sign(c->delimiter))
                conf_error(errors, yaml_get(at, "delimiter"), "delimiter is one ASCII character");
        if (c->quote && c->quote[0] != '\0' && !is_sign(c->quote))
                conf_error(errors, yaml_get(at, "quote"), "quote is one ASCII character, or '' for none");
        if (c->delimiter && c->quote && is_sign(c->delimiter) && strcmp(c->delimiter, c->quote) == 0)
                conf_error(errors, yaml_get(at, "quote"), "quote and delimiter are the same character");
        if (c->files && c->files[0] == '\0')
                conf_error(errors, yaml_get(at, "files"), "files is empty");
}

static struct source *csv_close(struct source *s)
{
        if (s) {
                csv_leave(s);
                csv_forget_found(s);
                csv_cursor_done(&s->cursor);
                free(s->pattern);
                free(s->glob);
                free(s->wanted);
                free(s->fields);
                free(s->values);
                digest_free(s->digest);
                buf_done(&s->scratch);
        }
        free(s);
        return NULL;
}

// The pattern as people know it and as glob() takes it: a folder whose name holds [ or * stands for itself.
static bool make_patterns(struct source *s, const char *files, const char *folder)
{
        if (files[0] == '/') {
                s->pattern = strdup(files);
                s->glob = strdup(files);
                return s->pattern && s->glob;
        }
        struct buf escaped;
        buf_init(&escaped);
        for (const char *p = folder; *p != '\0'; p++) {
                if (strchr("*?[\\", *p))
                        buf_add_char(&escaped, '\\');
                buf_add_char(&escaped, *p);
        }
        bool done = asprintf(&s->pattern, "%s/%s", folder, files) >= 0 &&
                    asprintf(&s->glob, "%s/%s", buf_cstr(&escaped), files) >= 0;
        buf_done(&escaped);
        return done;
}

static struct source *csv_open(const void *conf, const char *folder, const struct source_columns *columns,
                               struct err *e)
{
        const struct csv_conf *c = conf;
        struct source *s = calloc(1, sizeof(*s));
        if (s == NULL)
                abort();
        s->conf = c;
        s->columns = columns;
        s->format = (struct csv_format){ c->delimiter[0], c->quote[0] };
        bool patterns = make_patterns(s, c->files, folder);
        s->wanted = calloc(columns->count + 1, sizeof(*s->wanted));
        s->values = calloc(columns->count + 1, sizeof(*s->values));
        s->fields = calloc(CSV_FIELDS_MAX, sizeof(*s->fields));
        s->digest = digest_new();
        csv_cursor_init(&s->cursor);
        buf_init(&s->scratch);
        if (!patterns || s->wanted == NULL || s->values == NULL || s->fields == NULL) {
                err_set(e, ERR_LIMIT, "out of memory");
                return csv_close(s);
        }
        return s;
}

// NAME@OFFSET#DIGEST without printf: it is made for each row.
static struct slice make_position(struct source *s, uint64_t offset, const uint8_t digest[CSV_DIGEST])
{
        char *p = s->position;
        size_t n = strlen(s->place->name);
        memcpy(p, s->place->name, n);
        p[n++] = '@';
        char digits[20];
        int count = 0;
        do
                digits[count++] = (char)('0' + offset % 10);
        while (offset /= 10);
        while (count > 0)
                p[n++] = digits[--count];
        p[n++] = '#';
        hex_encode(digest, CSV_DIGEST, p + n);
        return slice_of(p, n + POSITION_DIGEST);
}

static int bad_row(struct source_row *out, struct slice bytes, const char *vi, const char *en)
{
        row_fault_set(&out->fault, "", bytes, vi, en);
        return SOURCE_BAD_ROW;
}

static int judge_row(struct source *s, const struct csv_file_row *row, struct source_row *out)
{
        struct slice bytes = slice_of(row->bytes, row->row.length);
        if (!text_is_utf8(bytes))
                return bad_row(out, bytes, "hàng không phải UTF-8", "the row is not UTF-8");
        if (text_has_nul(bytes))
                return bad_row(out, bytes, "hàng chứa ký tự NUL", "the row holds a NUL character");
        if (row->row.text_after_quote)
                return bad_row(out, bytes, "có chữ sau dấu đóng ngoặc kép của một ô",
                               "there is text behind a field's closing quote");
        if (row->row.fields == s->field_count)
                return SOURCE_ROW;
        char vi[ROW_REASON], en[ROW_REASON];
        snprintf(vi, sizeof(vi), "hàng có %u ô, tiêu đề có %u", row->row.fields, s->field_count);
        snprintf(en, sizeof(en), "the row has %u fields, the header %u", row->row.fields, s->field_count);
        return bad_row(out, bytes, vi, en);
}

// The cursor goes past the row; what the row holds is given out.
static int take_row(struct source *s, const struct csv_file_row *row, struct source_row *out)
{
        struct csv_place *p = s->place;
        csv_row_digest(s, slice_of(row->bytes, row->row.length), p->digest);
        csv_chain(p->chain, p->digest);
        p->row = row->offset;
        p->offset = row->offset + row->row.size;
        p->line = row->line + row->row.lines;
        p->records++;
        out->file = p->name;
        out->line = row->line;
        out->recheck = p->recheck;
        out->position = make_position(s, row->offset, p->digest);
        out->values = s->values;
        int r = judge_row(s, row, out);
        for (size_t i = 0; r == SOURCE_ROW && i < s->columns->count; i++)
                s->values[i] = csv_text(&s->format, row->bytes, &s->fields[s->wanted[i]]);
        return r;
}

// A file that was read to its end is not opened again until it changes.
static void mark_seen(struct source *s)
{
        struct csv_found *f = &s->found[s->at];
        const struct stat *st = csv_file_stat(s->file);
        f->seen = true;
        f->size = (uint64_t)st->st_size;
        f->changed = st->st_mtim;
        f->inode = st->st_ino;
}

static int next_in_file(struct source *s, struct source_row *out, struct err *e)
{
        struct csv_file_row row;
        for (;;) {
                int r = csv_file_next(s->file, &s->format, s->fields, CSV_FIELDS_MAX, &row, e);
                if (r < 0)
                        return -1;
                if (r == CSV_FILE_END) {
                        mark_seen(s);
                        csv_leave(s);
                        s->at++;
                        return SOURCE_PART_END;
                }
                if (csv_is_row(s, &row))
                        return take_row(s, &row, out);
        }
}

static int look_again(struct source *s, struct err *e)
{
        int64_t now = clock_monotonic_usec();
        bool follow = s->conf->mode == CSV_FOLLOW;
        if (s->next_look != 0 && (!follow || now < s->next_look))
                return follow ? SOURCE_IDLE : SOURCE_END;
        s->next_look = now + s->conf->poll;
        int r = csv_look(s, e);
        if (r == 1 && !follow)
                return err_set(e, ERR_INPUT, "%s: there is no such file", s->pattern);
        if (r == 1 && !s->said_empty)
                log_info("no file yet; waiting for the first one", F_STR("files", s->pattern));
        s->said_empty = r == 1;
        s->at = 0;
        return r < 0 ? -1 : SOURCE_ROW;
}

static int csv_next(struct source *s, struct source_row *row, struct err *e)
{
        for (;;) {
                if (s->file)
                        return next_in_file(s, row, e);
                if (s->at == s->found_count) {
                        int r = look_again(s, e);
                        if (r != SOURCE_ROW)
                                return r;
                        if (s->found_count == 0)
                                return SOURCE_IDLE;
                }
                int r = csv_enter(s, &s->found[s->at], e);
                if (r < 0)
                        return -1;
                s->at += r == 1;
        }
}

static bool is_present(const void *self, const char *name)
{
        const struct source *s = self;
        for (size_t i = 0; i < s->found_count; i++) {
                if (strcmp(s->found[i].name, name) == 0)
                        return true;
        }
        return false;
}

static int csv_save(struct source *s, struct buf *out, struct err *e)
{
        size_t start = out->n;
        for (;;) {
                csv_cursor_write(&s->cursor, out);
                if (s->cursor.count <= CSV_FILES_MAX && out->n - start <= SOURCE_CURSOR_MAX)
                        return 0;
                out->n = start;
                // The open file is always among those found.
                if (!csv_cursor_forget(&s->cursor, is_present, s))
                        return err_set(
                            e, ERR_LIMIT,
                            "%s: more files than a checkpoint can hold (%d); move finished files away",
                            s->pattern, CSV_FILES_MAX);
        }
}

static void start_afresh(struct source *s)
{
        csv_leave(s);
        csv_forget_found(s);
        csv_cursor_done(&s->cursor);
        s->next_look = 0;
}

static int csv_restore(struct source *s, struct slice cursor, struct err *e)
{
        start_afresh(s);
        if (csv_cursor_read(&s->cursor, cursor) != 0)
                return err_set(e, ERR_INPUT, "the checkpoint's cursor is none of kind csv");
        return 0;
}

// Reads rows until a place: the end of all files (name NULL), or a row's start in a file, of which earlier
// ones by name count as read.
static int skip_to(struct source *s, const char *name, uint64_t offset, struct err *e)
{
        struct source_row row;
        bool reached = name == NULL;
        if (csv_look(s, e) != 0)
                return err_set(e, ERR_INPUT, "%s: there is no such file", s->pattern);
        for (; s->at < s->found_count && (name == NULL || strcmp(s->found[s->at].name, name) <= 0);) {
                bool last = name && strcmp(s->found[s->at].name, name) == 0;
                int r = csv_enter(s, &s->found[s->at], e);
                if (r < 0)
                        return -1;
                while (r == 0 && !(last && s->place->offset >= offset)) {
                        r = next_in_file(s, &row, e);
                        if (r < 0)
                                return -1;
                        if (r == SOURCE_PART_END)
                                break;
                        r = 0;
                }
                if (last) {
                        const struct csv_place *p = csv_cursor_find(&s->cursor, name);
                        reached = p && p->offset == offset;
                        break;
                }
                s->at += r == 1;
        }
        csv_leave(s);
        csv_forget_found(s);
        s->next_look = 0;
        if (!reached)
                return err_set(e, ERR_INPUT, "%s@%llu is not the start of a row of this feed's files", name,
                               (unsigned long long)offset);
        return 0;
}

static int csv_go(struct source *s, const char *where, struct err *e)
{
        start_afresh(s);
        if (strcmp(where, "end") == 0)
                return skip_to(s, NULL, 0, e);
        const char *at = strrchr(where, '@');
        uint64_t offset;
        if (at == NULL || text_uint64(slice_str(at + 1), &offset) != 0)
                return err_set(e, ERR_CONFIG, "`%s` is neither beginning, end nor FILE@OFFSET", where);
        char *name = strndup(where, (size_t)(at - where));
        if (name == NULL)
                abort();
        int r = skip_to(s, name, offset, e);
        free(name);
        return r;
}

const struct source_kind csv_kind = {
        .name = "csv",
        .sentence = "Text tables in files: comma- or semicolon-separated, RFC 4180.",
        .options = options,
        .conf_size = sizeof(struct csv_conf),
        .check = csv_check,
        .open = csv_open,
        .close = csv_close,
        .next = csv_next,
        .save = csv_save,
        .restore = csv_restore,
        .go = csv_go,
};

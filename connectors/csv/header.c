// A file's header: which field is which wanted column. Each file may order its columns as it likes.
#include <stdio.h>
#include <stdlib.h>

#include "connectors/csv/source_state.h"
#include "hub/base/map.h"
#include "hub/base/text.h"

#define SHOWN_NAMES 8

// Column names to field number + 1.
static int index_names(struct source *s, const char *path, const struct csv_file_row *row, struct map *names,
                       struct err *e)
{
        for (uint32_t i = 0; i < row->row.fields; i++) {
                struct slice name = text_trim(csv_text(&s->format, row->bytes, &s->fields[i]));
                if (name.n == 0)
                        continue;
                if (!text_is_utf8(name) || text_has_nul(name))
                        return err_set(e, ERR_INPUT,
                                       "%s:%llu: the name of column %u is not UTF-8; save the file as UTF-8",
                                       path, (unsigned long long)row->line, i + 1);
                if (map_set(names, name, (void *)(uintptr_t)(i + 1)))
                        return err_set(e, ERR_INPUT, "%s:%llu: the header has column `%.*s` twice", path,
                                       (unsigned long long)row->line, (int)name.n, (const char *)name.p);
        }
        return 0;
}

// The header's names in its order, and which of them people may have meant.
static void describe_missing(const struct map *names, uint32_t fields, const char *wanted, char *out,
                             size_t size)
{
        const char **list = calloc(fields, sizeof(*list));
        char *text = calloc(fields, CSV_NAME_MAX + 1);
        if (list == NULL || text == NULL)
                abort();
        struct slice name;
        void *number;
        for (size_t at = 0; map_next(names, &at, &name, &number);) {
                size_t i = (uintptr_t)number - 1;
                char *copy = text + i * (CSV_NAME_MAX + 1);
                snprintf(copy, CSV_NAME_MAX + 1, "%.*s", (int)name.n, (const char *)name.p);
                list[i] = copy;
        }
        size_t count = 0; // those without name are left out
        for (size_t i = 0; i < fields; i++) {
                if (list[i])
                        list[count++] = list[i];
        }
        const char *nearest = text_nearest(wanted, list, count);
        if (nearest) {
                snprintf(out, size, "; did you mean `%s`?", nearest);
        } else {
                size_t n = (size_t)snprintf(out, size, "; the header has");
                for (size_t i = 0; i < count && i < SHOWN_NAMES && n < size; i++)
                        n += (size_t)snprintf(out + n, size - n, "%s `%s`", i ? "," : "", list[i]);
                if (count > SHOWN_NAMES && n < size)
                        snprintf(out + n, size - n, " and %zu more", count - SHOWN_NAMES);
        }
        free(list);
        free(text);
}

static int find_wanted(struct source *s, const char *path, uint64_t line, const struct map *names,
                       struct err *e)
{
        for (size_t i = 0; i < s->columns->count; i++) {
                uintptr_t number = (uintptr_t)map_get(names, slice_str(s->columns->names[i]));
                if (number == 0) {
                        char hint[512];
                        describe_missing(names, s->field_count, s->columns->names[i], hint, sizeof(hint));
                        return err_set(e, ERR_INPUT, "%s:%llu: there is no column `%s`%s", path,
                                       (unsigned long long)line, s->columns->names[i], hint);
                }
                s->wanted[i] = number - 1;
        }
        return 0;
}

// Without header the columns are called 1, 2, 3…; the first row says how many there are.
static int number_columns(struct source *s, const char *path, const struct csv_file_row *row, struct err *e)
{
        for (size_t i = 0; i < s->columns->count; i++) {
                uint64_t number;
                if (text_uint64(slice_str(s->columns->names[i]), &number) != 0 || number == 0 ||
                    number > row->row.fields)
                        return err_set(
                            e, ERR_INPUT,
                            "%s:1: there is no column `%s`; without header columns are called 1 to %u", path,
                            s->columns->names[i], row->row.fields);
                s->wanted[i] = number - 1;
        }
        return 0;
}

int csv_header(struct source *s, const char *path, struct err *e)
{
        struct csv_file_row row;
        int r = csv_file_next(s->file, &s->format, s->fields, CSV_FIELDS_MAX, &row, e);
        if (r < 0)
                return -1;
        if (r == CSV_FILE_END && s->conf->mode == CSV_FOLLOW)
                return 1;
        if (r == CSV_FILE_END)
                return err_set(e, ERR_INPUT, "%s:1: the file is empty%s", path,
                               s->conf->header ? "; it has no header" : "");
        if (row.row.fields > CSV_FIELDS_MAX || row.row.text_after_quote)
                return err_set(e, ERR_INPUT, "%s:%llu: the header %s", path, (unsigned long long)row.line,
                               row.row.text_after_quote ? "has text behind a closing quote"
                                                        : "has too many columns");
        s->field_count = row.row.fields;
        if (!s->conf->header)
                return number_columns(s, path, &row, e);
        uint8_t digest[CSV_DIGEST];
        csv_row_digest(s, slice_of(row.bytes, row.row.length), digest);
        struct map *names = map_new();
        r = index_names(s, path, &row, names, e);
        if (r == 0)
                r = find_wanted(s, path, row.line, names, e);
        map_free(names);
        // A file that was only begun is held at the end of its header.
        if (r == 0 && s->place->offset == 0) {
                s->place->row = row.offset;
                s->place->offset = row.offset + row.row.size;
                s->place->line = row.line + row.row.lines;
                memcpy(s->place->digest, digest, sizeof(digest));
        }
        return r;
}

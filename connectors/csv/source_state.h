// Inside of the csv kind, shared by its files. Not for others.
#pragma once

#include "connectors/csv/csv.h"
#include "connectors/csv/cursor.h"
#include "hub/base/csv_file.h"
#include "hub/base/digest.h"

enum csv_mode { CSV_ONCE, CSV_FOLLOW };

// Filled by the option table.
struct csv_conf {
        struct source_common common;
        char *files, *delimiter, *quote;
        int mode;
        bool header;
        int64_t poll;
};

// A file that the glob found.
struct csv_found {
        char *path;
        const char *name; // base name in path
        // As it was when it was last read to its end: not opened again while it stays so.
        bool seen;
        uint64_t size;
        struct timespec changed;
        ino_t inode;
};

struct source {
        const struct csv_conf *conf;
        const struct source_columns *columns;
        struct csv_format format;
        char *pattern;           // with the configuration's folder
        char *glob;              // the same, with that folder's own signs escaped
        struct csv_found *found; // in name order
        size_t found_count, at;
        int64_t next_look; // monotonic: when the glob is read again
        bool said_empty;
        struct csv_cursor cursor;
        // the open file
        struct csv_file *file;
        struct csv_place *place;
        size_t *wanted;       // field number of each wanted column
        uint32_t field_count; // of the header
        struct csv_field *fields;
        struct slice *values;
        char position[CSV_NAME_MAX + 64];
        struct digest *digest;
        struct buf scratch;
};

// Finds the files. 0 done, 1 none are there, <0.
int csv_look(struct source *s, struct err *e) must_check;
void csv_forget_found(struct source *s);
// Opens the file, reads its header and goes to its place. 0 open, 1 nothing new in it, <0.
int csv_enter(struct source *s, struct csv_found *f, struct err *e) must_check;
void csv_leave(struct source *s);
// Finds the wanted columns in the header row, which is next in the file (or numbers them). 0 done, 1 there is
// no complete header yet, <0.
int csv_header(struct source *s, const char *path, struct err *e) must_check;
// An empty line is no row, except where one empty field is all there is.
static inline bool csv_is_row(const struct source *s, const struct csv_file_row *row)
{
        return row->row.length > 0 || s->field_count == 1;
}
// First bytes of the SHA-256 of a row without its line end.
void csv_row_digest(struct source *s, struct slice row, uint8_t out[CSV_DIGEST]);

// Where a CSV feed is: every file it has read from, with the end of the last consumed row, that row's digest,
// the chain of all consumed rows' digests, and the file as it was when it was opened: where that differs
// later, the consumed rows are read again and must give the same chain. Text, one line a file, in name order:
//   csv 1
//   floor NAME                                                    (where vanished files were forgotten)
//   OFFSET ROW LINE RECORDS SIZE CHANGED INODE DIGEST CHAIN FLAGS NAME    (FLAGS: r = recheck, - = none)
// It comes back from Kafka, so it is read as outside input.
#pragma once

#include "connectors/sdk/source.h"

#define CSV_DIGEST    8
#define CSV_FILES_MAX 4000
#define CSV_NAME_MAX  255

struct csv_place {
        char *name;      // base name
        uint64_t offset; // end of the last consumed row, line end included
        uint64_t row;    // its start
        uint64_t line;   // line at offset
        uint64_t records;
        uint64_t size, changed, inode; // when it was opened; changed: mtime in nanoseconds
        uint8_t digest[CSV_DIGEST];    // of the row's bytes without line end
        uint8_t chain[CSV_DIGEST];     // of all rows up to offset
        bool recheck;
};

struct csv_cursor {
        struct csv_place **places; // by name
        size_t count, room;
        char *floor; // files up to this name may have been read and forgotten; NULL: none
};

void csv_cursor_init(struct csv_cursor *c);
void csv_cursor_done(struct csv_cursor *c);
// The file's place, or NULL.
struct csv_place *csv_cursor_find(const struct csv_cursor *c, const char *name);
// The file's place, made at the start of the file where there is none. Stays where it is until forgotten.
struct csv_place *csv_cursor_add(struct csv_cursor *c, const char *name);
// Drops the first file by name that is not among the present ones; its name becomes the floor. False: all are
// present.
bool csv_cursor_forget(struct csv_cursor *c, bool (*present)(const void *self, const char *name),
                       const void *self);
// The chain goes on by one row.
void csv_chain(uint8_t chain[CSV_DIGEST], const uint8_t row[CSV_DIGEST]);
void csv_cursor_write(const struct csv_cursor *c, struct buf *out);
// Into an empty cursor. 0 done, 1 it is no such text.
int csv_cursor_read(struct csv_cursor *c, struct slice text) must_check;

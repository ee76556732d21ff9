// One CSV file, read by pread(2) in large blocks through a window that grows for long rows. The file may
// change while it is read: what shrank, or changed under a reader that takes it as whole, is a named error.
#pragma once

#include <sys/stat.h>

#include "hub/base/csv.h"

#define CSV_ROW_MAX (1024 * 1024) // bytes of one row

struct csv_file;

struct csv_file_row {
        uint8_t *bytes; // the row; valid until the next call
        uint64_t offset;
        uint64_t line; // of its first byte, from 1
        struct csv_row row;
};

enum csv_file_result {
        CSV_FILE_ROW = 0,
        CSV_FILE_END = 1,
};

// whole: the file is complete, so its last row needs no line end and it must not change; otherwise it may
// grow and a last row without line end waits.
struct csv_file *csv_file_open(const char *path, bool whole, struct err *e) must_check;
struct csv_file *csv_file_close(struct csv_file *f);
const struct stat *csv_file_stat(const struct csv_file *f); // when it was opened
// Goes to a row's start.
void csv_file_seek(struct csv_file *f, uint64_t offset, uint64_t line);
// The next row; fields are written for up to max of them. A csv_file_result or <0.
int csv_file_next(struct csv_file *f, const struct csv_format *format, struct csv_field *fields, size_t max,
                  struct csv_file_row *out, struct err *e) must_check;
// Reads bytes [from, to) of the file, at most CSV_ROW_MAX + 2. 0 done, 1 they are not there.
int csv_file_bytes(struct csv_file *f, uint64_t from, uint64_t to, struct buf *out) must_check;
// Bytes of a byte-order mark at the start.
int csv_file_mark(struct csv_file *f, size_t *bytes, struct err *e) must_check;

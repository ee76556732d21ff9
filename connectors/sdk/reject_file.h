// The reject file of a feed: rows that could not be converted, one CSV line each, for the agency's people.
// Columns: time, file, line, column, value (cut at 200 bytes), reason_vi, reason_en, position.
// It is truncated to what the newest checkpoint covers when reading starts again, so no row is in it twice.
#pragma once

#include "connectors/sdk/source.h"

struct reject_file;

// The file is made with the first row.
struct reject_file *reject_file_open(const char *folder, const char *dataset);
struct reject_file *reject_file_close(struct reject_file *r);
const char *reject_file_path(const struct reject_file *r);
// Length with what is not yet written.
uint64_t reject_file_length(const struct reject_file *r);
// Cuts the file to a length it had. 0 done, 1 it is shorter (rotated or taken away by somebody): it goes on
// as it is.
int reject_file_truncate(struct reject_file *r, uint64_t length, struct err *e) must_check;
int reject_file_add(struct reject_file *r, int64_t now, const struct source_row *row,
                    struct err *e) must_check;
// All that was added is on disk.
int reject_file_sync(struct reject_file *r, struct err *e) must_check;

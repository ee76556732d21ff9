// Datasets in PostgreSQL: registering the structures of a .proto file, judging them without writing anything,
// and what one version changes against another, columns included.
#pragma once

#include "hub/msg/compat.h"
#include "hub/pg/registry.h"

// One message of a file that is registered.
struct dataset_entry {
        struct registry_entry entry; // owned
        bool is_new;                 // false: this structure was there already
};

// One transaction for all messages of a file: schemas, dataset rows, tables, comments, views, first
// partitions. Each is compared with every earlier version of its dataset. 0 done (out has count entries), 1
// refused: problems has a line each, nothing is written.
int datasets_register(struct pg *c, struct slice descriptor_set, const char *const *messages, size_t count,
                      struct dataset_entry *out, struct buf *problems, struct err *e) must_check;

// What registering a message would do.
struct dataset_report {
        char *dataset, *table; // owned; NULL where the structure cannot be read so far
        char *place;           // file:line of the message; with them
        uint32_t version;      // that it is, or would be; 0: no database was asked
        bool registered;
        size_t compared;        // earlier versions
        struct changes changes; // against the newest of them
};

void dataset_report_done(struct dataset_report *r);
// Writes nothing. c NULL: judged by itself, with no version to compare with. 0 it can be registered, or is; 1
// it cannot: problems has a line each. The report is made either way.
int dataset_check(struct pg *c, struct slice descriptor_set, const char *message, struct dataset_report *out,
                  struct buf *problems, struct err *e) must_check;

// Appends what changes from old to new: what schema_compare finds and, of datasets, the columns. 0 done, 1 a
// version cannot be read (problems has a line each).
int dataset_compare(const struct compat_version *old, const struct compat_version *new, struct changes *out,
                    struct buf *problems) must_check;

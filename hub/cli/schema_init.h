// What the files of `iochub schema init` share: a CSV file's columns as they were read, and the draft that is
// made of them. One thread; the draft lives for the command.
#pragma once

#include "hub/base/csv_file.h"
#include "hub/base/guess.h"
#include "hub/cli/cli.h"

#define INIT_COLUMNS_MAX 1200 // PostgreSQL's tables take no more (hub/pg)
#define INIT_NAME_MAX    48   // bytes of a field's or dataset's name
#define INIT_HEADER_MAX  250  // characters of a column's name
#define INIT_KEYS_MAX    16
#define INIT_PAST_DAYS   73200 // an event time before that is a mistake
#define INIT_DAY         (24 * 3600 * 1000000LL)

// The command's row stands in schema.c.
extern const struct option schema_init_options[];
extern const struct example schema_init_examples[];
int cmd_schema_init(struct cli *c);

enum init_mode { INIT_AUTO, INIT_APPEND, INIT_UPSERT };

struct init_options {
        const char *name, *domain, *package, *event_time, *output, *mapping, *agency, *zone;
        struct texts key;
        int mode; // enum init_mode
        int64_t sample;
};

enum init_personal { NOT_PERSONAL, BY_NAME, BY_VALUES };

struct draft_column {
        char *header;                 // as the connector knows it; "" has no name and is left out
        char name[INIT_NAME_MAX + 1]; // of the field
        uint32_t number;              // of the field, 0: left out
        struct guess guess;
        struct guess_answer answer;
        bool code; // its name says that it holds names of things, whatever they are made of
        enum init_personal personal;
        bool key;
};

struct draft {
        struct cli *cli;
        const struct init_options *options;
        const char *path;
        const char *brokers; // bootstrap.servers of the connector's configuration
        struct csv_format format;
        struct zones *zones;
        struct guess_formats formats;
        struct draft_column *columns;
        size_t count;
        uint64_t rows, bad_rows,
            bad_line; // bad: another number of fields than the header, text behind a quote
        bool all_read;
        size_t spare;               // entries for the sets of values
        struct guess_seen key_seen; // of the key that was asked for
        enum init_mode mode;
        size_t keys[INIT_KEYS_MAX], key_count;
        const struct draft_column *event; // NULL: none
        uint32_t past_days, future_hours; // 0: the default
        bool personal;
        char dataset[INIT_NAME_MAX + 1], message[INIT_NAME_MAX + 1], title[200];
        char domain[INIT_NAME_MAX + 1], package[200];
};

// schema_init_read.c: columns and what they hold. 0 done, otherwise the exit code (the failure has been
// said).
int draft_open(struct draft *d, struct csv_file **out) must_check;
int draft_read(struct draft *d, struct csv_file *f) must_check;
// schema_init_refuse.c: the exit code where the first bytes are no CSV in UTF-8; line and column are told.
int refuse_bytes(const char *path, struct slice start) must_check;
int refuse_row(const char *path, uint64_t line, struct slice row) must_check;
// schema_init_name.c
int draft_name(struct draft *d) must_check; // dataset, message, package
void draft_name_columns(struct draft *d);   // fields
bool column_is_personal(const struct draft_column *c);
size_t column_event_rank(const struct draft_column *c); // 1: best, 0: its name says nothing
// The column of that field name or header. NULL: none.
struct draft_column *draft_find(struct draft *d, const char *word);
// schema_init_plan.c: mode, key, event time, personal data. 0 done, otherwise the exit code.
int draft_find_keys(struct draft *d) must_check; // before the rows are read
int draft_plan(struct draft *d) must_check;      // after
// schema_init_proto.c, schema_init_mapping.c
void draft_proto(const struct draft *d, struct buf *out);
void draft_mapping(const struct draft *d, struct buf *out);
const char *draft_type(const struct draft_column *c); // of the field, as .proto files write it
// schema_init_tell.c: what was found, for people or as JSON.
void draft_tell(const struct draft *d, const struct buf *proto);

// Results as people and as programs read them: one column table a command says how a query's columns look in
// both.
#pragma once

#include "hub/base/json.h"
#include "hub/cli/cli.h"

enum cell_kind {
        CELL_TEXT,
        CELL_INT,
        CELL_TIME, // PostgreSQL's timestamptz text; JSON: RFC 3339 in UTC
        CELL_BOOL,
        CELL_JSON, // jsonb text; people see it as it stands
};

enum {
        COLUMN_FOR_JSON = 1,   // people do not see it
        COLUMN_FOR_PEOPLE = 2, // programs do not see it
        COLUMN_FLEXIBLE = 4,   // is cut first where the terminal is too narrow
        COLUMN_FOR_VI = 8,     // readers of English do not see it
        COLUMN_FOR_EN = 16,    // readers of Vietnamese do not see it
};

// In the order of the query's columns; key NULL ends.
struct column {
        const char *key;
        struct words heading;
        enum cell_kind kind;
        unsigned flags;
};

// Appends a table with headings.
void rows_human(const struct cli *c, const struct column *columns, const struct pg_rows *rows,
                struct buf *out);
// Appends an array of objects.
void rows_json(const struct column *columns, const struct pg_rows *rows, struct json *j);
// Prints `{"<key>": [rows…]}`.
void rows_json_document(struct cli *c, const char *key, const struct column *columns,
                        const struct pg_rows *rows);
// A query without parameters as such a document or as a table; nothing: what people read where there are no
// rows. Gives the exit code.
int rows_command(struct cli *c, const char *sql, const char *key, const struct column *columns,
                 struct words nothing);
// The members of one row's object.
void row_json(const struct column *columns, const struct pg_rows *rows, size_t row, struct json *j);
// "name: value" lines of one row.
void row_human(const struct cli *c, const struct column *columns, const struct pg_rows *rows, size_t row,
               struct buf *out);

// PostgreSQL's timestamptz text (DateStyle ISO) as an instant. 0 done, 1 not such a text (infinity).
int time_read(const char *text, int64_t *usec) must_check;
// `12 s`, `5 min`, `3 h`, `8 d`: a time span as people say it.
#define AGE_TEXT 32
void age_format(const struct cli *c, int64_t usec, char out[AGE_TEXT]);
// 1 234 567: digits in groups of three, four together.
#define NUMBER_TEXT 32
void number_format(int64_t v, char out[NUMBER_TEXT]);
// Columns of the terminal on standard output, 0 where it is none.
size_t terminal_width(void);

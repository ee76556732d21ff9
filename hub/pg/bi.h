// The views of bi, made from a table's plan: reading names in Vietnamese, what enum values are called, local
// days to join bi.ngay by, and no jsonb where a column can be. Shared by the files of this folder.
//
//   bi.x              APPEND: what is true now (corrected and retracted messages are left out); UPSERT:
//   data.x bi.x__field       the elements of a list, a row each; of lists inside of lists bi.x__field__field
//   bi.x_lich_su      UPSERT: all versions        bi.x_dinh_chinh    APPEND: corrections and retractions
//
// Columns of the structure keep their names. A made name steps aside where one of them has it already.
#pragma once

#include "hub/base/map.h"
#include "hub/pg/plan.h"

// Of the objects that table_ddl makes; a dataset with a lower one is brought up to date by `iochub db
// migrate`.
#define TABLE_RECIPE      1
#define TABLE_RECIPE_TEXT "1"

// A name that no dataset's table may have, since a view has it: `ngay`, or ending in `_lich_su`,
// `_dinh_chinh`.
bool bi_reserved(const char *table);
// Appends the statements of all views.
void bi_views(const struct table *t, struct buf *sql);
// Columns of views that mean another thing in the new version than in the old, or are gone though their field
// is not, a line each. 0 none, 1
// problems.
int bi_compare(const struct table *old, const struct table *new, struct buf *problems) must_check;

// ---------------------------------------------------------------- bi_view.c: one view under construction

struct bi_column {
        const char *name, *expression, *comment;
        const char *source; // what it shows, whatever its name: "data cap", "reading cap", "system _agency"
};

// All that the views of one dataset share.
struct bi {
        const struct table *t;
        struct arena *a;
        struct buf *sql;      // NULL: columns are collected, nothing is written
        struct map *readings; // columns whose values' readings were written
        struct map *columns;  // NULL, or "view.column" -> what it shows
        struct map *names;    // of views: those that are made, and those of the table's own lists to come
        size_t views;
};

struct bi_view {
        struct bi *bi;
        const char *name;
        const char *source; // FROM, without joins of readings
        const char *where;  // "" where none
        const char *about;  // comment
        struct map *taken;  // names of the structure's columns and of those already made
        struct bi_column *columns;
        size_t count, cap;
        struct buf joins;
        size_t join_count;
};

void bi_view_init(struct bi_view *v, struct bi *bi, const char *name, const char *source, const char *where,
                  const char *about);
void bi_view_done(struct bi_view *v);
// Keeps a name for a column of the structure that comes later.
void bi_view_keep(struct bi_view *v, const char *name);
// A column under a kept name.
void bi_view_add(struct bi_view *v, const char *name, const char *expression, const char *comment,
                 const char *source);
// A column whose name (base and suffix) steps aside where it is taken: prefix and `_` are put before it.
void bi_view_make(struct bi_view *v, const char *base, const char *suffix, const char *prefix,
                  const char *expression, const char *comment, const char *source);
// `<base>_ten`: what the value of `expression` is called. path names the column in hub.reading.
void bi_view_reading(struct bi_view *v, const char *base, const char *path, const struct etype *e,
                     const char *expression, const char *comment);
// `<base>_ngay`: the local day of an instant.
void bi_view_day(struct bi_view *v, const char *base, const char *expression, const char *comment,
                 const char *source);
// A system column of the table behind `alias`.
void bi_view_system(struct bi_view *v, const struct system_column *c, const char *alias);
// Writes the statement.
void bi_view_put(struct bi_view *v);

// base and suffix in at most 63 bytes: a base that is too long ends in a digest of what it was.
const char *bi_name(struct arena *a, const char *base, const char *suffix);
// The Vietnamese part of a comment, before ` | `.
const char *bi_vietnamese(struct arena *a, const char *comment);

// ---------------------------------------------------------------- bi_json.c: values in jsonb, typed again

// SQL of one value of the field (not of its list) that stands in the jsonb expression. owner: jsonb
// expression of the message that holds it where that may be absent, NULL: it is there. Without presence an
// absent value is the default, as it is in columns.
const char *bi_json_value(struct arena *a, const struct field *f, const char *json, const char *owner);
// The same of a whole list of scalars: an array.
const char *bi_json_array(struct arena *a, const struct field *f, const char *json);
// Whether a value of the field is one column, whatever it stands in; false: a message with fields, or jsonb
// for good.
bool bi_json_scalar(const struct field *f);

// ---------------------------------------------------------------- bi_list.c: views of list elements

// Whether the column is a list in jsonb for which bi.x__field stands, so that bi.x does without it.
bool bi_list_replaces(const struct column *c);
// Keeps the name of the column's view, which lists inside of others step aside for (field a__b makes view
// x__a__b, as list b inside of list a would).
void bi_list_keep(struct bi *bi, const struct column *c);
// The views of a column that holds a list or map (nothing where it holds none), and of lists inside of it.
void bi_list_views(struct bi *bi, const struct column *c);

// ---------------------------------------------------------------- bi.c

// FROM of the table in `schema` as d, and the condition that leaves out what was corrected ("" where none
// is).
const char *bi_source(struct bi *bi, const char *schema);
const char *bi_current(struct bi *bi);
// What a person reads of the dataset.
const char *bi_title(const struct bi *bi);
// The SQL of a column, of the table d.
const char *bi_expression(struct bi *bi, const struct column *c);
// The column that the dataset's event time makes, or NULL.
const struct column *bi_event_column(const struct table *t);

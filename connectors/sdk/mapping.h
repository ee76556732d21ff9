// The `map:` of a feed: which columns make which field and how. Read in two steps: the configuration alone
// (before anything is started), then its binding to the dataset's structure once that is known.
#pragma once

#include "connectors/sdk/source.h"
#include "hub/base/datetime.h"
#include "hub/msg/value.h"

struct mapping;

// The option table of one entry, for the manual.
extern const struct conf_option mapping_options[];

// Mistakes go to errors; never NULL. map and zones outlive the mapping.
struct mapping *mapping_read(const struct yaml_node *map, struct zones *zones, struct conf_errors *errors);
struct mapping *mapping_free(struct mapping *m);
// Columns that are read, each once.
const struct source_columns *mapping_columns(const struct mapping *m);
// Resolves field paths and checks that each conversion fits its field. Mistakes go to errors.
void mapping_bind(struct mapping *m, const struct schema *s, struct conf_errors *errors);
// A row to a message in the arena; strings point into the row's values or the arena. 0 done, 1 refused (f is
// filled).
int mapping_row(const struct mapping *m, const struct slice *values, struct arena *a, struct msg **out,
                struct row_fault *f) must_check;

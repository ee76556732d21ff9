// Every kind of source. A new one is a folder and a line here.
#include "connectors/csv/csv.h"
#include "connectors/main/commands.h"

const struct source_kind *const kinds[] = {
        &csv_kind,
        NULL,
};

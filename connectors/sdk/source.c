#include "connectors/sdk/source.h"

#include <stdio.h>

int row_fault_set(struct row_fault *f, const char *column, struct slice value, const char *vi, const char *en)
{
        f->column = column;
        f->value = value;
        snprintf(f->vi, sizeof(f->vi), "%s", vi);
        snprintf(f->en, sizeof(f->en), "%s", en);
        return 1;
}

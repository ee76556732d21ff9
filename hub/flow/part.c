#include "hub/flow/part.h"

#include <stdlib.h>

struct part *part_free(struct part *p)
{
        if (p == NULL)
                return NULL;
        free(p->quarantined);
        free(p);
        return NULL;
}

static int compare_offsets(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
        return x < y ? -1 : x > y;
}

bool part_quarantined(const struct part *p, int64_t offset)
{
        return p->quarantined_count > 0 && bsearch(&offset, p->quarantined, p->quarantined_count,
                                                   sizeof(offset), compare_offsets) != NULL;
}

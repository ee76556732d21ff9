#include "hub/flow/part.h"

#include <stdlib.h>

struct part *part_free(struct part *p)
{
        if (p == NULL)
                return NULL;
        free(p->refused);
        free(p);
        return NULL;
}

enum topic_state part_topic(const struct part *p, const struct topic_info *info)
{
        if (!info->exists)
                return TOPIC_IS_GONE;
        return memcmp(info->id, p->feed->topic_id, TOPIC_ID_SIZE) == 0 ? TOPIC_SAME : TOPIC_IS_ANOTHER;
}

static int compare_offsets(const void *a, const void *b)
{
        int64_t x = ((const struct refused *)a)->offset, y = ((const struct refused *)b)->offset;
        return x < y ? -1 : x > y;
}

enum fault_code part_refused(const struct part *p, int64_t offset)
{
        const struct refused key = { .offset = offset }, *found = NULL;
        if (p->refused_count > 0)
                found = bsearch(&key, p->refused, p->refused_count, sizeof(key), compare_offsets);
        return found == NULL ? FAULT_NONE : found->code;
}

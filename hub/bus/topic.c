// Topic names: joined once here, compared as text everywhere, never taken apart.
#include <stdio.h>

#include "hub/bus/bus.h"

static int join(char out[TOPIC_MAX + 1], const char *first, const char *second, const char *third)
{
        char name[TOPIC_MAX + 1];
        int n = snprintf(name, sizeof(name), "%s.%s%s%s", first, second, third != NULL ? "." : "",
                         third != NULL ? third : "");
        if (n < 0 || n > TOPIC_MAX)
                return 1;
        memcpy(out, name, (size_t)n + 1);
        return 0;
}

int topic_in(char out[TOPIC_MAX + 1], const char *agency, const char *dataset)
{
        return join(out, "in", agency, dataset);
}

int topic_shared(char out[TOPIC_MAX + 1], const char *dataset)
{
        return join(out, "shared", dataset, NULL);
}

int topic_out(char out[TOPIC_MAX + 1], const char *agency)
{
        return join(out, "out", agency, NULL);
}

int topic_rejected(char out[TOPIC_MAX + 1], const char *agency)
{
        return join(out, "rejected", agency, NULL);
}

#include "hub/cli/names.h"

#include "hub/base/text.h"

#define NAMES_MAX 256

int names_dataset(struct pg *pg, const char *dataset)
{
        struct pg_rows *rows cleanup(cleanup_pg_rows) = NULL;
        const char *names[NAMES_MAX], *near;
        size_t count = 0;
        struct err e;

        if (pg_query(pg, "SELECT name FROM hub.dataset ORDER BY name", 0, NULL, &rows, &e) < 0)
                return cli_fail(&e);
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                if (strcmp(pg_text(rows, i, 0), dataset) == 0)
                        return EXIT_DONE;
                if (count < NAMES_MAX)
                        names[count++] = pg_text(rows, i, 0);
        }
        near = text_nearest(dataset, names, count);
        if (near)
                return cli_refuse(EXIT_ABSENT, "no dataset `%s`; did you mean `%s`?", dataset, near);
        return cli_refuse(EXIT_ABSENT,
                          "no dataset `%s`; register its structure first: iochub schema register FILE.proto",
                          dataset);
}

// Results of a query in text form.
#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/base/text.h"
#include "hub/pg/link.h"

size_t pg_rows_count(const struct pg_rows *r)
{
        return (size_t)PQntuples(r->result);
}

size_t pg_rows_affected(const struct pg_rows *r)
{
        return (size_t)strtoull(PQcmdTuples(r->result), NULL, 10);
}

const char *pg_text(const struct pg_rows *r, size_t row, size_t column)
{
        return PQgetisnull(r->result, (int)row, (int)column) ? NULL
                                                             : PQgetvalue(r->result, (int)row, (int)column);
}

struct slice pg_slice(const struct pg_rows *r, size_t row, size_t column)
{
        const char *text = pg_text(r, row, column);
        if (text == NULL)
                return (struct slice){ 0 };
        return slice_of(text, (size_t)PQgetlength(r->result, (int)row, (int)column));
}

int64_t pg_int(const struct pg_rows *r, size_t row, size_t column)
{
        const char *text = pg_text(r, row, column);
        return text == NULL ? 0 : strtoll(text, NULL, 10);
}

bool pg_bool(const struct pg_rows *r, size_t row, size_t column)
{
        const char *text = pg_text(r, row, column);
        return text != NULL && *text == 't';
}

int pg_bytes(const struct pg_rows *r, size_t row, size_t column, struct buf *out)
{
        struct slice s = pg_slice(r, row, column);
        if (s.n < 2 || s.n % 2 != 0 || s.p[0] != '\\' || s.p[1] != 'x')
                return 1;
        size_t n = s.n / 2 - 1;
        // The cell ends with a NUL, as hex_decode wants it.
        if (hex_decode((const char *)s.p + 2, buf_reserve(out, n + 1), n) != 0)
                return 1;
        out->n += n;
        return 0;
}

const char *pg_column(const struct pg_rows *r, size_t column)
{
        return PQfname(r->result, (int)column);
}

size_t pg_columns(const struct pg_rows *r)
{
        return (size_t)PQnfields(r->result);
}

struct pg_rows *pg_rows_free(struct pg_rows *r)
{
        if (r != NULL)
                PQclear(r->result);
        free(r);
        return NULL;
}

void cleanup_pg_rows(struct pg_rows **r)
{
        *r = pg_rows_free(*r);
}

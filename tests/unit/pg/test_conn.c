// What needs no server: classes of SQLSTATEs and quoting.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hub/pg/conn.h"

static enum pg_failure class_of(const char *sqlstate)
{
        struct err e = { .code = ERR_DATABASE };
        memcpy(e.sqlstate, sqlstate, strlen(sqlstate) + 1);
        return pg_classify(&e);
}

static void test_classes(void **state)
{
        (void)state;
        static const struct {
                enum pg_failure failure;
                const char *states[9];
        } rows[] = {
                { PG_LOST,
                  { "08000", "08006", "57P01", "57P02", "57P03", "57P05", "58030", "25006", "25P03" } },
                { PG_BUSY, { "40001", "40P01", "55P03", "57014", "53300" } },
                { PG_FULL, { "53100", "53200", "53400", "53000" } },
                { PG_DATA, { "22001", "22021", "22P02", "22P03", "23502", "23505", "23514", "54000" } },
                { PG_OTHER, { "", "42601", "42501", "28P01", "3D000", "XX000", "0A000", "25P02", "21000" } },
        };
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                for (size_t j = 0; j < 9 && rows[i].states[j] != NULL; j++)
                        assert_int_equal(class_of(rows[i].states[j]), rows[i].failure);
}

static void test_quotes(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        pg_quote_name(&b, "a\"b");
        buf_add_char(&b, ' ');
        pg_quote_text(&b, "it's");
        pg_quote_text(&b, "back\\slash'");
        assert_string_equal(buf_cstr(&b), "\"a\"\"b\" 'it''s' E'back\\\\slash'''");
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_classes), cmocka_unit_test(test_quotes) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

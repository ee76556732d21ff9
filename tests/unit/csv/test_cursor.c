// The cursor's text: what is written is read back, and what comes back otherwise is refused.
#include "connectors/csv/cursor.h"
#include "tests/unit/csv/unit.h"

static int read_text(const char *text)
{
        struct csv_cursor c;
        csv_cursor_init(&c);
        int r = csv_cursor_read(&c, slice_str(text));
        csv_cursor_done(&c);
        return r;
}

#define GOOD "csv 1\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n"

static void round_trip(void **state)
{
        (void)state;
        struct csv_cursor c, back;
        csv_cursor_init(&c);
        csv_cursor_init(&back);
        static const char *const names[] = { "b b.csv", "a.csv", "số liệu.csv" };
        for (int i = 0; i < 3; i++) {
                struct csv_place *p = csv_cursor_add(&c, names[i]);
                p->offset = 100 + (uint64_t)i, p->row = 90, p->line = 7, p->records = 5;
                p->size = 300, p->changed = 1795472337904000000u, p->inode = 12;
                memset(p->chain, i + 7, sizeof(p->chain));
                p->recheck = i == 1;
                memset(p->digest, i + 1, sizeof(p->digest));
        }
        struct buf out, again;
        buf_init(&out);
        buf_init(&again);
        csv_cursor_write(&c, &out);
        assert_int_equal(csv_cursor_read(&back, buf_slice(&out)), 0);
        assert_int_equal(back.count, 3);
        assert_string_equal(back.places[0]->name, "a.csv");
        assert_true(back.places[0]->recheck);
        assert_int_equal(csv_cursor_find(&back, "số liệu.csv")->offset, 102);
        csv_cursor_write(&back, &again);
        assert_true(slice_eq(buf_slice(&out), buf_slice(&again)));
        buf_done(&out);
        buf_done(&again);
        csv_cursor_done(&c);
        csv_cursor_done(&back);
}

static void hostile(void **state)
{
        (void)state;
        assert_int_equal(read_text(GOOD), 0);
        assert_int_equal(read_text("csv 1\n"), 0);
        static const char *const bad[] = {
                "",
                "csv 1",
                "csv 2\n",
                "csv 1\n\n",
                "csv 1\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv",
                "csv 1\n10 20 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n",
                "csv 1\n20 10 0 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n",
                "csv 1\n-1 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n",
                "csv 1\n99999999999999999999 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n",
                "csv 1\n20 10 3 2 9 8 7 001122334455667 8899aabbccddeeff - a.csv\n",
                "csv 1\n20 10 3 2 9 8 7 00112233445566zz 8899aabbccddeeff - a.csv\n",
                "csv 1\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff x a.csv\n",
                "csv 1\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - ../a.csv\n",
                "csv 1\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - \n",
                "csv 1\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - \xff.csv\n",
                GOOD "20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n",
                GOOD "floor b\n",
                "csv 1\nfloor a\nfloor b\n",
        };
        for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
                assert_int_equal(read_text(bad[i]), 1);
}

static void cut_and_changed(void **state)
{
        (void)state;
        char text[] = "csv 1\nfloor 0.csv\n20 10 3 2 9 8 7 0011223344556677 8899aabbccddeeff - a.csv\n30 10 "
                      "3 2 9 8 7 0011223344556677 8899aabbccddeeff r b.csv\n";
        unsigned seed = 3;
        for (size_t n = 0; n < sizeof(text) - 1; n++) {
                char *copy = malloc(n + 1);
                memcpy(copy, text, n);
                struct csv_cursor c;
                csv_cursor_init(&c);
                // Cut at the end of a line it is a shorter list, elsewhere nothing.
                int r = csv_cursor_read(&c, slice_of(copy, n));
                assert_int_equal(r, n >= 6 && text[n - 1] == '\n' ? 0 : 1);
                csv_cursor_done(&c);
                free(copy);
        }
        for (int i = 0; i < 20000; i++) {
                char copy[sizeof(text)];
                memcpy(copy, text, sizeof(text));
                for (int k = 0; k < 3; k++)
                        copy[(size_t)rand_r(&seed) % (sizeof(text) - 1)] = (char)rand_r(&seed);
                struct csv_cursor c;
                csv_cursor_init(&c);
                if (csv_cursor_read(&c, slice_of(copy, sizeof(text) - 1)) == 0)
                        assert_true(c.count <= 3);
                csv_cursor_done(&c);
        }
}

static bool present(const void *self, const char *name)
{
        return strcmp(name, self) == 0;
}

static void forgotten_files_are_rechecked(void **state)
{
        (void)state;
        struct csv_cursor c;
        csv_cursor_init(&c);
        csv_cursor_add(&c, "2025-01.csv");
        csv_cursor_add(&c, "2025-02.csv");
        csv_cursor_add(&c, "2025-03.csv");
        assert_true(csv_cursor_forget(&c, present, "2025-01.csv"));
        assert_string_equal(c.floor, "2025-02.csv");
        assert_null(csv_cursor_find(&c, "2025-02.csv"));
        assert_non_null(csv_cursor_find(&c, "2025-01.csv"));
        assert_true(csv_cursor_forget(&c, present, "2025-01.csv"));
        assert_string_equal(c.floor, "2025-03.csv");
        assert_false(csv_cursor_forget(&c, present, "2025-01.csv"));
        assert_true(csv_cursor_add(&c, "2025-02.csv")->recheck);
        assert_false(csv_cursor_add(&c, "2025-04.csv")->recheck);
        csv_cursor_done(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(round_trip),
                cmocka_unit_test(hostile),
                cmocka_unit_test(cut_and_changed),
                cmocka_unit_test(forgotten_files_are_rechecked),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

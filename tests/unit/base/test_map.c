#include "tests/unit/base/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/map.h"

static int values[5000];

static struct slice key_of(int i, char text[16])
{
        return slice_of(text, (size_t)snprintf(text, 16, "key-%d", i));
}

static void test_set_get_remove(void **state)
{
        (void)state;
        struct map *m = map_new();
        int a, b;
        assert_null(map_get(m, LIT("a")));
        assert_null(map_remove(m, LIT("a")));
        assert_null(map_set(m, LIT("a"), &a));
        assert_ptr_equal(map_set(m, LIT("a"), &b), &a);
        assert_int_equal(map_count(m), 1);
        assert_ptr_equal(map_get(m, LIT("a")), &b);
        assert_ptr_equal(map_remove(m, LIT("a")), &b);
        assert_null(map_get(m, LIT("a")));
        assert_int_equal(map_count(m), 0);
        assert_null(map_free(m));
        assert_null(map_free(NULL));
}

static void test_keys_are_bytes_and_copied(void **state)
{
        (void)state;
        struct map *m = map_new();
        char key[] = "a\0b";
        map_set(m, slice_of(key, 3), &values[0]);
        map_set(m, slice_of(key, 1), &values[1]);
        map_set(m, slice_of(NULL, 0), &values[2]);
        key[0] = 'x';
        assert_ptr_equal(map_get(m, LIT("a\0b")), &values[0]);
        assert_ptr_equal(map_get(m, LIT("a")), &values[1]);
        assert_ptr_equal(map_get(m, LIT("")), &values[2]);
        assert_null(map_get(m, slice_of(key, 3)));
        map_free(m);
}

// Random sets and removals against a plain array.
static void test_against_an_array(void **state)
{
        (void)state;
        struct map *m = map_new();
        bool held[COUNT(values)] = { false };
        size_t count = 0;
        unsigned seed = 12345;
        char text[16];
        for (int step = 0; step < 200000; step++) {
                int i = rand_r(&seed) % (int)COUNT(values);
                struct slice key = key_of(i, text);
                if (rand_r(&seed) % 2) {
                        assert_ptr_equal(map_set(m, key, &values[i]), held[i] ? &values[i] : NULL);
                        count += !held[i];
                        held[i] = true;
                } else {
                        assert_ptr_equal(map_remove(m, key), held[i] ? &values[i] : NULL);
                        count -= held[i];
                        held[i] = false;
                }
                assert_int_equal(map_count(m), count);
        }
        for (int i = 0; i < (int)COUNT(values); i++)
                assert_ptr_equal(map_get(m, key_of(i, text)), held[i] ? &values[i] : NULL);
        map_free(m);
}

static void test_iteration_sees_each_once(void **state)
{
        (void)state;
        struct map *m = map_new();
        int seen[1000] = { 0 };
        char text[16];
        for (int i = 0; i < 1000; i++)
                map_set(m, key_of(i, text), &values[i]);
        size_t at = 0;
        struct slice key;
        void *value;
        while (map_next(m, &at, &key, &value)) {
                int i = (int)((int *)value - values);
                assert_true(slice_eq(key, key_of(i, text)));
                seen[i]++;
        }
        for (int i = 0; i < 1000; i++)
                assert_int_equal(seen[i], 1);
        map_clear(m);
        at = 0;
        assert_false(map_next(m, &at, &key, &value));
        assert_null(map_get(m, LIT("key-1")));
        map_set(m, LIT("key-1"), &values[0]);
        assert_int_equal(map_count(m), 1);
        map_free(m);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_set_get_remove),
                cmocka_unit_test(test_keys_are_bytes_and_copied),
                cmocka_unit_test(test_against_an_array),
                cmocka_unit_test(test_iteration_sees_each_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hub/bus/parts.h"

static void entries_stay_where_they_are(void **state)
{
        (void)state;
        struct parts *t = parts_new();
        struct part *first = parts_add(t, "in.H10.a", 3);
        first->next = 77;
        for (int i = 0; i < 500; i++) {
                char name[32];
                snprintf(name, sizeof(name), "in.H10.%d", i % 100);
                struct part *p = parts_add(t, name, i * 7 % 300);
                assert_non_null(p);
                assert_string_equal(p->topic, name);
                assert_int_equal(p->partition, i * 7 % 300);
                assert_int_equal(p->epoch, -1);
                assert_ptr_equal(parts_find(t, name, i * 7 % 300), p);
        }
        assert_ptr_equal(parts_find(t, "in.H10.a", 3), first);
        assert_int_equal(first->next, 77);
        assert_ptr_equal(parts_add(t, "in.H10.a", 3), first);
        assert_ptr_equal(parts_add(t, "in.H10.a", 0)->topic, first->topic);
        assert_ptr_equal(parts_at(t, 0), first);
        for (size_t i = 0; i < parts_count(t); i++)
                assert_ptr_equal(parts_find(t, parts_at(t, i)->topic, parts_at(t, i)->partition),
                                 parts_at(t, i));
        parts_free(t);
}

static void what_is_not_there(void **state)
{
        (void)state;
        struct parts *t = parts_new();
        assert_null(parts_find(t, "a", 0));
        assert_null(parts_add(t, "a", -1));
        assert_null(parts_add(t, "a", INT32_MAX));
        assert_int_equal(parts_count(t), 0);
        assert_non_null(parts_add(t, "a", 2));
        assert_null(parts_find(t, "a", 1));
        assert_null(parts_find(t, "a", -1));
        assert_null(parts_find(t, "a", INT32_MAX));
        assert_null(parts_find(t, "b", 2));
        parts_free(t);
        assert_null(parts_free(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(entries_stay_where_they_are),
                                            cmocka_unit_test(what_is_not_there) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

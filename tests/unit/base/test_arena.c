#include "tests/unit/base/unit.h"

#include "hub/base/arena.h"

static void test_alignment_and_no_overlap(void **state)
{
        (void)state;
        struct arena *a = arena_new(1000);
        uint8_t *blocks[200];
        for (size_t i = 0; i < COUNT(blocks); i++) {
                blocks[i] = arena_alloc(a, i);
                assert_int_equal((uintptr_t)blocks[i] % 16, 0);
                memset(blocks[i], (int)i, i);
        }
        for (size_t i = 0; i < COUNT(blocks); i++) {
                for (size_t j = 0; j < i; j++)
                        assert_int_equal(blocks[i][j], (uint8_t)i);
        }
        arena_free(a);
}

static void test_nothing_is_still_a_place(void **state)
{
        (void)state;
        struct arena *a = arena_new(64);
        void *p = arena_alloc(a, 0), *q = arena_alloc(a, 0);
        assert_non_null(p);
        assert_ptr_not_equal(p, q);
        assert_null(arena_free(a));
        assert_null(arena_free(NULL));
}

static void test_larger_than_a_block(void **state)
{
        (void)state;
        struct arena *a = arena_new(64);
        char *small = arena_strdup(a, "small");
        char *large = arena_zalloc(a, 100000);
        for (size_t i = 0; i < 100000; i++)
                assert_int_equal(large[i], 0);
        assert_string_equal(small, "small");
        arena_free(a);
}

static void test_text(void **state)
{
        (void)state;
        struct arena *a = arena_new(32);
        assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
        assert_string_equal(arena_strndup(a, NULL, 0), "");
        assert_string_equal(arena_printf(a, "%s %0100d", "x", 5) + 101, "5");
        struct slice copy = arena_copy(a, LIT("a\0b"));
        assert_int_equal(copy.n, 3);
        assert_memory_equal(copy.p, "a\0b", 3);
        assert_int_equal(arena_copy(a, slice_of(NULL, 0)).n, 0);
        arena_free(a);
}

static void test_reset_keeps_the_first_blocks(void **state)
{
        (void)state;
        struct arena *a = arena_new(1024);
        void *first = arena_alloc(a, 1000), *second = arena_alloc(a, 1000), *third = arena_alloc(a, 1000);
        assert_non_null(third);
        assert_int_equal(arena_used(a), 3 * 1008);
        arena_reset(a, 2048);
        assert_int_equal(arena_used(a), 0);
        assert_ptr_equal(arena_alloc(a, 1000), first);
        assert_ptr_equal(arena_alloc(a, 1000), second);
        arena_reset(a, 0);
        assert_int_equal(arena_used(a), 0);
        memset(arena_alloc(a, 500), 1, 500);
        arena_free(a);
}

static void test_large_block_between_kept_ones(void **state)
{
        (void)state;
        struct arena *a = arena_new(128);
        for (int round = 0; round < 50; round++) {
                char *texts[40];
                for (int i = 0; i < 40; i++)
                        texts[i] = arena_printf(a, "%d/%0*d", round, (i * 37 + round * 11) % 400 + 1, i);
                for (int i = 0; i < 40; i++) {
                        struct buf want;
                        buf_init(&want);
                        buf_printf(&want, "%d/%0*d", round, (i * 37 + round * 11) % 400 + 1, i);
                        assert_string_equal(texts[i], buf_cstr(&want));
                        buf_done(&want);
                }
                arena_reset(a, 1000);
        }
        arena_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_alignment_and_no_overlap),
                cmocka_unit_test(test_nothing_is_still_a_place),
                cmocka_unit_test(test_larger_than_a_block),
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_reset_keeps_the_first_blocks),
                cmocka_unit_test(test_large_block_between_kept_ones),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

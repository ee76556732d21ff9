#include "connectors/sdk/idset.h"
#include "tests/unit/sdk/unit.h"

static void make_id(unsigned number, uint8_t id[ID_SIZE])
{
        static struct digest *d;
        if (d == NULL)
                d = digest_new();
        struct slice part = slice_of(&number, sizeof(number));
        digest_id(d, &part, 1, id);
        if (number == 0)
                d = digest_free(d);
}

static void adds_takes_grows(void **state)
{
        (void)state;
        struct idset *s = idset_new();
        uint8_t id[ID_SIZE];
        for (unsigned i = 1; i <= 50000; i++) {
                make_id(i, id);
                idset_add(s, id);
                idset_add(s, id);
        }
        assert_int_equal(idset_left(s), 50000);
        for (unsigned i = 50001; i <= 51000; i++) {
                make_id(i, id);
                assert_false(idset_take(s, id));
        }
        for (unsigned i = 1; i <= 50000; i++) {
                make_id(i, id);
                assert_true(idset_take(s, id));
                assert_true(idset_take(s, id));
                assert_int_equal(idset_left(s), 50000 - i);
        }
        make_id(0, id);
        idset_free(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(adds_takes_grows) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/bus/bus.h"

static void names(void **state)
{
        (void)state;
        char name[TOPIC_MAX + 1];
        assert_int_equal(topic_in(name, "H10.07", "phan-anh"), 0);
        assert_string_equal(name, "in.H10.07.phan-anh");
        assert_int_equal(topic_shared(name, "chat-luong-khong-khi"), 0);
        assert_string_equal(name, "shared.chat-luong-khong-khi");
        assert_int_equal(topic_out(name, "000.00.00.H49"), 0);
        assert_string_equal(name, "out.000.00.00.H49");
        assert_int_equal(topic_rejected(name, "H10"), 0);
        assert_string_equal(name, "rejected.H10");
}

static void longest(void **state)
{
        (void)state;
        char name[TOPIC_MAX + 1] = "kept", agency[300];
        memset(agency, 'A', sizeof(agency));
        agency[TOPIC_MAX - 4] = '\0';
        assert_int_equal(topic_out(name, agency), 0);
        assert_int_equal(strlen(name), TOPIC_MAX);
        agency[TOPIC_MAX - 4] = 'A';
        agency[TOPIC_MAX - 3] = '\0';
        memcpy(name, "kept", 5);
        assert_int_equal(topic_out(name, agency), 1);
        assert_string_equal(name, "kept");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(longest) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

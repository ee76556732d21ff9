#include "tests/unit/base/unit.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/json.h"

static struct buf out;

static int set_up(void **state)
{
        (void)state;
        buf_init(&out);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        buf_done(&out);
        return 0;
}

static void test_nesting(void **state)
{
        (void)state;
        struct json j;
        json_init(&j, &out, false);
        json_object(&j);
        json_key(&j, "a");
        json_array(&j);
        json_int(&j, 1);
        json_object(&j);
        json_end_object(&j);
        json_array(&j);
        json_end_array(&j);
        json_null(&j);
        json_end_array(&j);
        json_key_slice(&j, LIT("b"));
        json_bool(&j, true);
        json_key(&j, "c");
        json_raw(&j, LIT("{\"x\":1}"));
        json_end_object(&j);
        assert_string_equal(buf_cstr(&out), "{\"a\":[1,{},[],null],\"b\":true,\"c\":{\"x\":1}}");
}

static void test_pretty(void **state)
{
        (void)state;
        struct json j;
        json_init(&j, &out, true);
        json_object(&j);
        json_key(&j, "a");
        json_array(&j);
        json_int(&j, 1);
        json_int(&j, 2);
        json_end_array(&j);
        json_key(&j, "b");
        json_object(&j);
        json_end_object(&j);
        json_end_object(&j);
        assert_string_equal(buf_cstr(&out), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

static void test_strings(void **state)
{
        (void)state;
        struct json j;
        json_init(&j, &out, false);
        json_array(&j);
        json_str(&j, "");
        json_str(&j, "\"\\/\b\f\n\r\t");
        json_slice(&j, LIT("a\0b\x1f\x7f"));
        json_str(&j, "\u0110\u1ed3ng Nai \U0001f600 \xc2\x85");
        json_slice(&j, LIT("x\xff\xed\xa0\x80y"));
        json_slice(&j, slice_of(NULL, 0));
        json_end_array(&j);
        assert_string_equal(buf_cstr(&out),
                            "[\"\",\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\",\"a\\u0000b\\u001f\\u007f\","
                            "\"\u0110\u1ed3ng Nai \U0001f600 \\u0085\",\"x\ufffd\ufffd\ufffd\ufffdy\",\"\"]");
}

static void test_numbers(void **state)
{
        (void)state;
        struct json j;
        json_init(&j, &out, false);
        json_array(&j);
        json_int(&j, 0);
        json_int(&j, INT64_MIN);
        json_int(&j, INT64_MAX);
        json_uint(&j, UINT64_MAX);
        json_double(&j, 0.1);
        json_double(&j, -0.0);
        json_double(&j, NAN);
        json_double(&j, INFINITY);
        json_double(&j, -INFINITY);
        json_end_array(&j);
        assert_string_equal(buf_cstr(&out),
                            "[0,-9223372036854775808,9223372036854775807,18446744073709551615,0.1,-0,"
                            "\"NaN\",\"Infinity\",\"-Infinity\"]");
}

// RFC 4648, section 10.
static void test_base64_and_hex(void **state)
{
        (void)state;
        static const char *const texts[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
        struct json j;
        json_init(&j, &out, false);
        json_array(&j);
        for (size_t i = 0; i < COUNT(texts); i++)
                json_base64(&j, slice_str(texts[i]));
        json_base64(&j, LIT("\xff\xef\xbe"));
        json_hex(&j, LIT("\x00\xff\x10"));
        json_hex(&j, slice_of(NULL, 0));
        json_instant(&j, 1500000);
        json_end_array(&j);
        assert_string_equal(buf_cstr(&out),
                            "[\"\",\"Zg==\",\"Zm8=\",\"Zm9v\",\"Zm9vYg==\",\"Zm9vYmE=\",\"Zm9vYmFy\","
                            "\"/+++\",\"00ff10\",\"\",\"1970-01-01T00:00:01.500000Z\"]");
}

static void test_deepest(void **state)
{
        (void)state;
        struct json j;
        json_init(&j, &out, false);
        for (int i = 0; i < JSON_DEPTH - 1; i++)
                json_array(&j);
        for (int i = 0; i < JSON_DEPTH - 1; i++)
                json_end_array(&j);
        assert_int_equal(out.n, 2 * (JSON_DEPTH - 1));
}

static void misuse_value_without_key(struct json *j)
{
        json_object(j);
        json_int(j, 1);
}
static void misuse_key_in_array(struct json *j)
{
        json_array(j);
        json_key(j, "a");
}
static void misuse_key_outside(struct json *j)
{
        json_key(j, "a");
}
static void misuse_two_keys(struct json *j)
{
        json_object(j);
        json_key(j, "a");
        json_key(j, "b");
}
static void misuse_end_after_key(struct json *j)
{
        json_object(j);
        json_key(j, "a");
        json_end_object(j);
}
static void misuse_wrong_end(struct json *j)
{
        json_array(j);
        json_end_object(j);
}
static void misuse_end_of_nothing(struct json *j)
{
        json_end_array(j);
}
static void misuse_two_values(struct json *j)
{
        json_null(j);
        json_null(j);
}
static void misuse_depth(struct json *j)
{
        for (int i = 0; i < JSON_DEPTH; i++)
                json_array(j);
}

static void test_misuse_aborts(void **state)
{
        (void)state;
        static void (*const cases[])(
            struct json *) = { misuse_value_without_key, misuse_key_in_array,  misuse_key_outside,
                               misuse_two_keys,          misuse_end_after_key, misuse_wrong_end,
                               misuse_end_of_nothing,    misuse_two_values,    misuse_depth };
        for (size_t i = 0; i < COUNT(cases); i++) {
                pid_t pid = fork();
                assert_true(pid >= 0);
                if (pid == 0) {
                        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
                        signal(SIGABRT, SIG_DFL);
                        struct json j;
                        json_init(&j, &out, false);
                        cases[i](&j);
                        _exit(0);
                }
                int status;
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_nesting, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_pretty, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_strings, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_base64_and_hex, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_deepest, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_misuse_aborts, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

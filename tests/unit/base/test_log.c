#include "tests/unit/base/unit.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"

static char text[1 << 20];
static int saved_stderr = -1;
static FILE *captured;

static void capture_start(void)
{
        captured = tmpfile();
        assert_non_null(captured);
        saved_stderr = dup(STDERR_FILENO);
        dup2(fileno(captured), STDERR_FILENO);
}

static const char *capture_end(void)
{
        dup2(saved_stderr, STDERR_FILENO);
        close(saved_stderr);
        rewind(captured);
        size_t n = fread(text, 1, sizeof(text) - 1, captured);
        text[n] = '\0';
        fclose(captured);
        return text;
}

static void test_logfmt(void **state)
{
        (void)state;
        log_configure(LOG_INFO, LOG_LOGFMT, "unit");
        capture_start();
        int64_t before = clock_now();
        log_warn("feed is late", F_STR("feed", "in.H10.phan-anh"), F_INT("lag", -5), F_DOUBLE("rate", 0.5),
                 F_BOOL("ok", false), F_STR("none", NULL), F_STR("empty", ""),
                 F_STR("text", "a=b \"c\"\n\x1b[0m\\"));
        log_info("plain");
        const char *got = capture_end();
        assert_memory_equal(got, "time=", 5);
        size_t n = strcspn(got + 5, " ");
        int64_t at;
        assert_int_equal(instant_parse(slice_of(got + 5, n), &at), 0);
        assert_true(at >= before && at <= clock_now());
        const char *rest = got + 5 + n, *end = strchr(rest, '\n');
        assert_non_null(end);
        static const char want[] =
            " level=warn program=unit msg=\"feed is late\" feed=in.H10.phan-anh lag=-5 rate=0.5 "
            "ok=false none= empty=\"\" text=\"a=b \\\"c\\\"\\n\\u001b[0m\\\\\"";
        assert_int_equal(end - rest, sizeof(want) - 1);
        assert_memory_equal(rest, want, sizeof(want) - 1);
        assert_non_null(strstr(end, " level=info program=unit msg=plain\n"));
}

static void test_json(void **state)
{
        (void)state;
        log_configure(LOG_DEBUG, LOG_JSON, "unit");
        capture_start();
        log_debug("two words", F_STR("s", "\"\n\xff"), F_INT("i", 7), F_DOUBLE("d", NAN), F_BOOL("b", true),
                  F_STR("none", NULL));
        const char *got = capture_end();
        assert_memory_equal(got, "{\"time\":\"", 9);
        assert_non_null(strstr(
            got, "Z\",\"level\":\"debug\",\"program\":\"unit\",\"msg\":\"two words\",\"s\":\"\\\"\\n\ufffd\","
                 "\"i\":7,\"d\":\"NaN\",\"b\":true,\"none\":null}\n"));
}

static void test_levels(void **state)
{
        (void)state;
        log_configure(LOG_ERROR, LOG_LOGFMT, "unit");
        capture_start();
        errno = EBADF;
        log_debug("no");
        log_info("no");
        log_warn("no");
        log_error("yes");
        assert_int_equal(errno, EBADF);
        const char *got = capture_end();
        assert_null(strstr(got, "msg=no"));
        assert_non_null(strstr(got, "level=error program=unit msg=yes\n"));
}

// Long values are cut at 1 KiB on a code point in both formats.
static void test_long_values(void **state)
{
        (void)state;
        static char value[5000];
        for (size_t i = 0; i + 3 < sizeof(value); i += 3)
                memcpy(value + i, "\u1ed9", 3);
        for (int format = LOG_LOGFMT; format <= LOG_JSON; format++) {
                log_configure(LOG_INFO, (enum log_format)format, "unit");
                capture_start();
                log_info("long", F_STR("v", value));
                const char *got = capture_end();
                const char *v = strstr(got, format == LOG_JSON ? "\"v\":\"" : " v=");
                assert_non_null(v);
                v += format == LOG_JSON ? 5 : 3;
                size_t n = 0;
                while (memcmp(v + n, "\u1ed9", 3) == 0)
                        n += 3;
                assert_int_equal(n, 1023);
                assert_memory_equal(v + n, "\u2026", 3);
                assert_int_equal(v[n + 3], format == LOG_JSON ? '"' : '\n');
        }
}

static void *shout(void *arg)
{
        for (int i = 0; i < 500; i++)
                log_info("line", F_STR("who", arg), F_INT("i", i), F_STR("end", "here"));
        return NULL;
}

// Lines of several threads do not mix.
static void test_lines_are_whole(void **state)
{
        (void)state;
        log_configure(LOG_INFO, LOG_LOGFMT, "unit");
        capture_start();
        pthread_t threads[4];
        char names[4][2] = { "a", "b", "c", "d" };
        for (size_t i = 0; i < COUNT(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, shout, names[i]), 0);
        for (size_t i = 0; i < COUNT(threads); i++)
                pthread_join(threads[i], NULL);
        char *got = strdup(capture_end()), *rest = NULL;
        int lines = 0;
        for (char *line = strtok_r(got, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), lines++) {
                assert_memory_equal(line, "time=", 5);
                assert_null(strstr(line + 1, "time="));
                assert_string_equal(line + strlen(line) - 9, " end=here");
        }
        assert_int_equal(lines, 2000);
        free(got);
}

// A closed standard error must not stop or kill anybody.
static void test_closed_stderr(void **state)
{
        (void)state;
        int saved = dup(STDERR_FILENO);
        close(STDERR_FILENO);
        log_error("nobody hears this");
        dup2(saved, STDERR_FILENO);
        close(saved);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_logfmt),          cmocka_unit_test(test_json),
                cmocka_unit_test(test_levels),          cmocka_unit_test(test_long_values),
                cmocka_unit_test(test_lines_are_whole), cmocka_unit_test(test_closed_stderr),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

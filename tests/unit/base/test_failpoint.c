// Failpoints are compiled in by one preset only; this test brings its own copy, so that every build tests
// them.
#include "tests/unit/base/unit.h"

#ifndef IOCHUB_FAILPOINTS
#define IOCHUB_FAILPOINTS 1
#endif
#include "hub/base/failpoint.c"

#include <fcntl.h>
#include <sys/wait.h>

#include "hub/base/clock.h"

// Runs body in a process of its own with the environment; what it writes to standard error goes nowhere.
static int run(const char *environment, int (*body)(void))
{
        pid_t pid = fork();
        if (pid == 0) {
                int null = open("/dev/null", O_WRONLY);
                dup2(null, STDERR_FILENO);
                if (environment)
                        setenv("IOCHUB_FAILPOINT", environment, 1);
                else
                        unsetenv("IOCHUB_FAILPOINT");
                _exit(body());
        }
        int status = -1;
        waitpid(pid, &status, WUNTRACED);
        if (WIFSTOPPED(status)) {
                int stopped = status;
                kill(pid, SIGKILL);
                waitpid(pid, &status, 0);
                return stopped;
        }
        return status;
}

// Bit i says that hit i+1 of "a" failed.
static int body_bits(void)
{
        int bits = 0;
        for (int i = 0; i < 7; i++) {
                bits |= failpoint_hit("a") << i;
                if (failpoint_hit("other"))
                        return 0xff;
        }
        return bits;
}

static int body_time(void)
{
        int64_t before = clock_monotonic_usec();
        if (failpoint_hit("a"))
                return 1;
        return clock_monotonic_usec() - before < 120000 ? 2 : 0;
}

static void expect_bits(const char *environment, int bits)
{
        int status = run(environment, body_bits);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), bits);
}

static void test_when(void **state)
{
        (void)state;
        expect_bits(NULL, 0);
        expect_bits("", 0);
        expect_bits("b:error", 0);
        expect_bits("a:error", 0x01);
        expect_bits("a:error:nth=3", 0x04);
        expect_bits("a:error:every=3", 0x24);
        expect_bits("a:error:every", 0x7f);
        expect_bits("b:kill,a:error:nth=2,a:error:nth=5", 0x12);
        expect_bits("a:sleep=1", 0);
}

static void test_actions(void **state)
{
        (void)state;
        int status = run("a:kill:nth=2", body_bits);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        status = run("a:stop", body_bits);
        assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
        status = run("a:sleep=120", body_time);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_refuses(void **state)
{
        (void)state;
        static const char *const bad[] = { "a",
                                           "a:",
                                           ":kill",
                                           "a:explode",
                                           "a:sleep",
                                           "a:sleep=0",
                                           "a:sleep=x",
                                           "a:error:nth=0",
                                           "a:error:nth=",
                                           "a:error:every=0",
                                           "a:error:3",
                                           "a:error:nth=1:every=2",
                                           "a:error,b" };
        for (size_t i = 0; i < COUNT(bad); i++) {
                int status = run(bad[i], body_bits);
                if (!WIFEXITED(status) || WEXITSTATUS(status) != 78)
                        fail_msg("accepted: %s", bad[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_when),
                cmocka_unit_test(test_actions),
                cmocka_unit_test(test_refuses),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/base/unit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/stop.h"

static int64_t slept_ms(int ms)
{
        int64_t before = clock_monotonic_usec();
        stop_sleep_ms(ms);
        return (clock_monotonic_usec() - before) / 1000;
}

// The flag cannot be taken back, so each test is a process of its own; its exit status is the number of its
// failed step.
static int run(int (*body)(void))
{
        pid_t pid = fork();
        if (pid == 0)
                _exit(body());
        int status = -1;
        waitpid(pid, &status, 0);
        return status;
}

static void *kill_after_50ms(void *arg)
{
        usleep(50000);
        kill(getpid(), *(int *)arg);
        return NULL;
}

static void *wait_for_stop(void *arg)
{
        (void)arg;
        stop_sleep_ms(20000);
        return NULL;
}

static int body_sleep_takes_its_time(void)
{
        if (stop_requested())
                return 1;
        return slept_ms(60) < 60 ? 2 : 0;
}

static int body_signal_wakes_all(void)
{
        pthread_t killer, sleeper;
        int sig = SIGTERM;
        stop_on_signals();
        int64_t before = clock_monotonic_usec();
        if (pthread_create(&killer, NULL, kill_after_50ms, &sig) ||
            pthread_create(&sleeper, NULL, wait_for_stop, NULL))
                return 1;
        if (slept_ms(20000) > 10000 || !stop_requested())
                return 2;
        pthread_join(sleeper, NULL);
        pthread_join(killer, NULL);
        if (clock_monotonic_usec() - before > 10 * USEC_PER_SEC)
                return 3;
        return slept_ms(5000) > 1000 ? 4 : 0;
}

static int body_request_by_program(void)
{
        stop_request();
        if (!stop_requested() || slept_ms(5000) > 1000)
                return 1;
        // The first signal after it is still a graceful one.
        stop_on_signals();
        raise(SIGINT);
        return 0;
}

static int body_second_signal_ends(void)
{
        stop_on_signals();
        raise(SIGTERM);
        if (!stop_requested())
                return 1;
        raise(SIGINT);
        return 2;
}

static void test_sleep(void **state)
{
        (void)state;
        assert_int_equal(run(body_sleep_takes_its_time), 0);
}

static void test_signal(void **state)
{
        (void)state;
        assert_int_equal(run(body_signal_wakes_all), 0);
}

static void test_request(void **state)
{
        (void)state;
        assert_int_equal(run(body_request_by_program), 0);
}

static void test_second_signal(void **state)
{
        (void)state;
        int status = run(body_second_signal_ends);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sleep),
                cmocka_unit_test(test_signal),
                cmocka_unit_test(test_request),
                cmocka_unit_test(test_second_signal),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

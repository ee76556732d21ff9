// The flag is set from a signal handler; sleepers poll an eventfd that is never drained, so that a stop wakes
// every thread and a signal between the look at the flag and the sleep is not lost.
#include "hub/base/stop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hub/base/clock.h"

static atomic_bool requested;
static atomic_int signals;
static int wake_fd = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_wake(void)
{
        wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (wake_fd < 0)
                abort();
}

static void set_flag(void)
{
        uint64_t one = 1;
        atomic_store(&requested, true);
        // Only a full counter can refuse, and then the sleepers are awake already.
        ssize_t ignored = write(wake_fd, &one, sizeof(one));
        (void)ignored;
}

static void on_signal(int sig)
{
        int saved = errno;
        if (atomic_fetch_add(&signals, 1) > 0) {
                signal(sig, SIG_DFL);
                raise(sig);
        }
        set_flag();
        errno = saved;
}

void stop_on_signals(void)
{
        pthread_once(&once, open_wake);
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
        sigemptyset(&action.sa_mask);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGINT, &action, NULL);
}

bool stop_requested(void)
{
        return atomic_load_explicit(&requested, memory_order_relaxed);
}

void stop_request(void)
{
        pthread_once(&once, open_wake);
        set_flag();
}

void stop_sleep_ms(int ms)
{
        pthread_once(&once, open_wake);
        int64_t until = clock_monotonic_usec() + (int64_t)ms * 1000;
        while (!stop_requested()) {
                int64_t left = until - clock_monotonic_usec();
                if (left <= 0)
                        return;
                struct pollfd fd = { .fd = wake_fd, .events = POLLIN };
                poll(&fd, 1, (int)((left + 999) / 1000));
        }
}

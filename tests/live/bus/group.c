// Groups: partitions move between two consumers without a record lost or read twice, whatever way one of them
// goes, and while one of them only waits.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/bus/help.h"

extern char **environ;

// What a database would hold: where each partition goes on. Shared by the members of a test.
static int64_t progress[PARTITIONS];
static uint64_t jumps;

struct member {
        struct consumer *c;
        bool owns[PARTITIONS];
        int owned, assigns, revokes, losses;
};

static void on_assigned(void *self, struct place *places, size_t count)
{
        struct member *m = self;
        m->assigns++;
        for (size_t i = 0; i < count; i++) {
                places[i].offset = progress[places[i].partition];
                places[i].cookie = m;
                m->owns[places[i].partition] = true;
                m->owned++;
        }
}

static void on_revoked(void *self, const struct place *places, size_t count, bool lost)
{
        struct member *m = self;
        m->revokes++;
        m->losses += lost;
        for (size_t i = 0; i < count; i++) {
                jumps += places[i].cookie != m;
                m->owns[places[i].partition] = false;
                m->owned--;
        }
}

static void join(struct member *m, const char *group, const char *instance, const char *topic,
                 const char *const *more)
{
        struct bus_conf conf = bus_settings(more);
        const struct consumer_owner owner = { .self = m, .assigned = on_assigned, .revoked = on_revoked };
        m->c = consumer_open(&conf, group, instance, &owner, &E);
        need(m->c != NULL ? 0 : -1, "consumer_open");
        NEED(consumer_subscribe(m->c, &topic, 1, &E));
}

static void step(struct member *m, int timeout_ms)
{
        const struct record *records;
        size_t count;
        NEED(consumer_poll(m->c, timeout_ms, 500, &records, &count, &E));
        for (size_t i = 0; i < count; i++) {
                int32_t p = records[i].partition;
                jumps += records[i].offset != progress[p] || !m->owns[p] || records[i].cookie != m;
                progress[p] = records[i].offset + 1;
        }
        consumer_release(m->c);
}

// Steps both until a has want partitions, b has the others, and everything up to end was read.
static bool settle(struct member *a, struct member *b, int want, const int64_t end[PARTITIONS], double limit)
{
        int64_t begin = clock_monotonic_usec();
        while (seconds_since(begin) < limit) {
                step(a, 20);
                if (b != NULL && b->c != NULL)
                        step(b, 20);
                bool read = true;
                for (int i = 0; i < PARTITIONS; i++)
                        read = read && progress[i] == end[i];
                if (read && a->owned == want && (b == NULL || b->c == NULL || b->owned == PARTITIONS - want))
                        return true;
        }
        return false;
}

static void fresh(const char *topic)
{
        topic_new(topic);
        memset(progress, 0, sizeof(progress));
        jumps = 0;
}

void case_group(void)
{
        const char *topic = "bus.group";
        int64_t end[PARTITIONS];
        struct member a = { 0 }, b = { 0 };
        fresh(topic);
        fill(topic, -1, 0, 50000);
        ends_of(topic, end);
        join(&a, "bus-group", "one", topic, NULL);
        check(settle(&a, NULL, PARTITIONS, end, 20), "a lone member gets every partition", "%d", a.owned);
        join(&b, "bus-group", "two", topic, NULL);
        fill(topic, -1, 0, 50000);
        ends_of(topic, end);
        check(settle(&a, &b, 2, end, 20), "a second member gets half of them", "%d and %d", a.owned, b.owned);
        consumer_hint(a.c, topic, a.owns[0] ? 0 : 1, 10);
        fill(topic, -1, 0, 50000);
        ends_of(topic, end);
        int64_t begin = clock_monotonic_usec();
        b.c = consumer_close(b.c);
        check(b.owned == 0 && b.revokes == b.assigns && b.losses == 0, "a member that closes lets go first",
              "%d owned", b.owned);
        check(settle(&a, &b, PARTITIONS, end, 20) && seconds_since(begin) < 6,
              "and the other takes over at once", "%d owned after %.1f s", a.owned, seconds_since(begin));
        printf("# taken over after %.1f s\n", seconds_since(begin));
        check(jumps == 0, "no record was lost, repeated or handed to the wrong member", "%llu",
              (unsigned long long)jumps);
        consumer_close(a.c);
}

// The program itself as a member in a process of its own, until it is killed.
static pid_t spawn_member(const char *instance, const char *topic)
{
        char self[] = "/proc/self/exe", word[] = "member", *name = strdup(instance), *of = strdup(topic);
        char *argv[] = { self, word, name, of, NULL };
        pid_t pid;
        if (posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0)
                exit(1);
        free(name);
        free(of);
        return pid;
}

void member_run(const char *instance, const char *topic)
{
        struct member m = { 0 };
        join(&m, "bus-static", instance, topic, NULL);
        for (;;)
                step(&m, 100);
}

void case_static(void)
{
        const char *topic = "bus.static";
        struct member a = { 0 };
        fresh(topic);
        pid_t other = spawn_member("two", topic);
        join(&a, "bus-static", "one", topic, NULL);
        int64_t begin = clock_monotonic_usec();
        while (a.owned != 2 && seconds_since(begin) < 20)
                step(&a, 100);
        check(a.owned == 2, "two processes share the partitions", "%d", a.owned);
        // A static member that comes back in time gets what it had, and nobody else notices.
        int assigns = a.assigns;
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
        other = spawn_member("two", topic);
        begin = clock_monotonic_usec();
        while (seconds_since(begin) < 13)
                step(&a, 100);
        check(a.owned == 2 && a.assigns == assigns,
              "one that is killed and starts again soon disturbs nobody", "%d owned, %d assignments", a.owned,
              a.assigns - assigns);
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
        begin = clock_monotonic_usec();
        while (a.owned != PARTITIONS && seconds_since(begin) < 30)
                step(&a, 100);
        check(a.owned == PARTITIONS && seconds_since(begin) < 15,
              "one that stays away loses its partitions in 15 s", "%d after %.1f s", a.owned,
              seconds_since(begin));
        printf("# taken over after %.1f s\n", seconds_since(begin));
        // A second process under the same instance name takes its place; the first is told so.
        other = spawn_member("one", topic);
        const struct record *records;
        size_t count;
        int r = 0;
        begin = clock_monotonic_usec();
        while (r == 0 && seconds_since(begin) < 20)
                r = consumer_poll(a.c, 100, 100, &records, &count, &E);
        check(r < 0 && strstr(E.text, "a name of its own") != NULL,
              "an instance name used twice stops the first", "%d %s", r, E.text);
        printf("# %s\n", E.text);
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
        consumer_close(a.c);
}

static void serve_for(struct member *m, int ms)
{
        int64_t until = clock_monotonic_usec() + ms * 1000LL;
        while (clock_monotonic_usec() < until) {
                consumer_serve(m->c);
                usleep(20000);
        }
}

void case_idle(void)
{
        static const char *const hasty[] = { "max.poll.interval.ms", "6000", "session.timeout.ms", "6000",
                                             NULL };
        const char *topic = "bus.idle";
        int64_t end[PARTITIONS];
        struct member a = { 0 }, b = { 0 };
        fresh(topic);
        fill(topic, -1, 0, 60000);
        ends_of(topic, end);
        join(&a, "bus-idle", "one", topic, hasty);
        int64_t begin = clock_monotonic_usec();
        while (progress[0] + progress[1] + progress[2] + progress[3] == 0 && seconds_since(begin) < 20)
                step(&a, 100);
        serve_for(&a, 300); // keeps what was fetched ahead
        step(&a, 100);
        serve_for(&a, 9000);
        check(a.owned == PARTITIONS && a.revokes == 0,
              "serving for longer than max.poll.interval.ms keeps the group", "%d owned, %d revoked", a.owned,
              a.revokes);
        int64_t at = progress[0] + progress[1] + progress[2] + progress[3];
        check(settle(&a, NULL, PARTITIONS, end, 20) && jumps == 0 && at < 60000,
              "and reading goes on where it was", "%llu jumps", (unsigned long long)jumps);
        // While one waits, another joins: the one that waits has to let go.
        join(&b, "bus-idle", "two", topic, hasty);
        fill(topic, -1, 0, 60000);
        ends_of(topic, end);
        begin = clock_monotonic_usec();
        while ((a.owned != 2 || b.owned != 2) && seconds_since(begin) < 10) {
                step(&b, 20);
                consumer_serve(a.c);
        }
        check(a.owned == 2 && b.owned == 2, "a member that waits takes part in a rebalance",
              "%d and %d after %.1f s", a.owned, b.owned, seconds_since(begin));
        serve_for(&a, 1500);
        check(settle(&a, &b, 2, end, 20) && jumps == 0, "and both read on without a gap", "%llu jumps",
              (unsigned long long)jumps);
        b.c = consumer_close(b.c);
        int64_t since = clock_monotonic_usec();
        while (a.owned != PARTITIONS && seconds_since(since) < 15)
                step(&a, 50);
        // The test above means something only if silence does lose the partitions.
        usleep(9000 * 1000);
        step(&a, 100);
        check(a.losses == 1, "without serving they are lost", "%d losses", a.losses);
        since = clock_monotonic_usec();
        while (a.owned != PARTITIONS && seconds_since(since) < 15)
                step(&a, 50);
        check(a.owned == PARTITIONS && jumps == 0, "and come back with the next polls", "%d", a.owned);
        consumer_close(a.c);
}

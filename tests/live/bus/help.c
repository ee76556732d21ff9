// Shared parts of the cases; see help.h.
#include "tests/live/bus/help.h"

#include <stdarg.h>

bool any_failed;
struct err E;

void check(bool holds, const char *name, const char *seen, ...)
{
        printf("%s - %s\n", holds ? "ok" : "not ok", name);
        if (!holds) {
                va_list args;
                va_start(args, seen);
                printf("# ");
                vprintf(seen, args);
                printf("\n");
                va_end(args);
                any_failed = true;
        }
        fflush(stdout);
}

void need(int r, const char *what)
{
        if (r >= 0)
                return;
        check(false, what, "%s", E.text);
        exit(1);
}

struct bus_conf bus_settings(const char *const *more)
{
        static char *names[16], *values[16];
        static char first[] = "bootstrap.servers";
        size_t count = 1;
        names[0] = first;
        values[0] = getenv("IOCHUB_BOOTSTRAP");
        if (values[0] == NULL) {
                fprintf(stderr, "IOCHUB_BOOTSTRAP is not set: eval \"$(deploy/stack env)\"\n");
                exit(64);
        }
        for (size_t i = 0; more != NULL && more[i] != NULL && count < 16; i += 2, count++) {
                free(count < 16 && names[count] != NULL ? names[count] : NULL);
                free(count < 16 && values[count] != NULL ? values[count] : NULL);
                names[count] = strdup(more[i]);
                values[count] = strdup(more[i + 1]);
        }
        return (struct bus_conf){ .kafka = { names, values, count }, .client_id = "live-bus" };
}

double seconds_since(int64_t begin)
{
        return (double)(clock_monotonic_usec() - begin) / 1e6;
}

void topic_new(const char *name)
{
        struct bus_conf conf = bus_settings(NULL);
        struct admin *a = admin_open(&conf, &E);
        need(a != NULL ? 0 : -1, "admin_open");
        NEED(admin_delete_topic(a, name, WAIT_MS, &E));
        const struct topic_config config = { "retention.ms", "3600000" };
        int r = admin_create_topic(a, name, PARTITIONS, &config, 1, WAIT_MS, &E);
        need(r, "admin_create_topic");
        admin_close(a);
}

static uint64_t reported, report_errors;

static void on_report(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        (void)self, (void)tag, (void)partition, (void)offset;
        reported++;
        report_errors += e != NULL;
}

void fill(const char *topic, int32_t partition, uint64_t from, uint64_t count)
{
        struct bus_conf conf = bus_settings(NULL);
        struct producer *p = producer_open(&conf, on_report, NULL, &E);
        need(p != NULL ? 0 : -1, "producer_open");
        struct producer_topic *t = producer_topic(p, topic, &E);
        need(t != NULL ? 0 : -1, "producer_topic");
        reported = report_errors = 0;
        for (uint64_t i = from; i < from + count; i++) {
                uint8_t value[120] = { 0 };
                char key[24];
                int n = snprintf(key, sizeof(key), "%llu", (unsigned long long)i), r;
                put_be64(value, i);
                while ((r = producer_send(t, partition, slice_of(key, (size_t)n),
                                          slice_of(value, sizeof(value)), NULL, 0, NULL, &E)) == 1)
                        producer_poll(p, 10);
                need(r, "producer_send");
        }
        int r = producer_flush(p, WAIT_MS, &E);
        need(r, "producer_flush");
        if (r != 0 || reported != count || report_errors != 0)
                check(false, "fill", "%llu of %llu reported, %llu errors", (unsigned long long)reported,
                      (unsigned long long)count, (unsigned long long)report_errors);
        producer_close(p);
}

uint64_t number_of(const struct record *r)
{
        return r->value.n < 8 ? UINT64_MAX : (uint64_t)get_be32(r->value.p) << 32 | get_be32(r->value.p + 4);
}

void ends_of(const char *topic, int64_t next[PARTITIONS])
{
        int64_t first[PARTITIONS];
        struct bus_conf conf = bus_settings(NULL);
        struct admin *a = admin_open(&conf, &E);
        need(a != NULL ? 0 : -1, "admin_open");
        NEED(admin_ranges(a, topic, PARTITIONS, WAIT_MS, first, next, &E));
        admin_close(a);
}

void follow(struct follower *f, const struct record *records, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                int64_t *next = &f->next[records[i].partition];
                f->jumps += records[i].offset != *next;
                *next = records[i].offset + 1;
                f->records++;
        }
}

size_t read_for(struct consumer *c, struct follower *f, int ms, size_t max)
{
        int64_t until = clock_monotonic_usec() + ms * 1000LL;
        size_t before = f->records;
        while (clock_monotonic_usec() < until) {
                const struct record *records;
                size_t count;
                NEED(consumer_poll(c, 50, max, &records, &count, &E));
                follow(f, records, count);
                consumer_release(c);
        }
        return f->records - before;
}

bool read_to(struct consumer *c, struct follower *f, const int64_t end[PARTITIONS], size_t max)
{
        int64_t begin = clock_monotonic_usec();
        for (;;) {
                bool all = true;
                for (int i = 0; i < PARTITIONS; i++)
                        all = all && f->next[i] >= end[i];
                if (all || seconds_since(begin) > WAIT_MS / 1000.0)
                        return all;
                const struct record *records;
                size_t count;
                NEED(consumer_poll(c, 100, max, &records, &count, &E));
                follow(f, records, count);
                consumer_release(c);
        }
}

void assign_all(struct consumer *c, const char *topic, int64_t from)
{
        struct place places[PARTITIONS];
        for (int32_t i = 0; i < PARTITIONS; i++)
                places[i] =
                    (struct place){ .topic = topic, .partition = i, .offset = from, .leader_epoch = -1 };
        NEED(consumer_assign(c, places, PARTITIONS, &E));
}

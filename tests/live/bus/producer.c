// Producing into a full queue, a broker that goes away, topics that come and go, and rates.
#include <sys/resource.h>
#include <unistd.h>

#include "tests/live/bus/help.h"

static struct {
        uint64_t reports, errors, jumps;
        int64_t next[PARTITIONS];
} sent;

static void on_sent(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        (void)self, (void)tag;
        sent.reports++;
        sent.errors += e != NULL;
        if (e == NULL)
                sent.jumps += offset != sent.next[partition]++;
}

static struct producer *producer(const char *const *more)
{
        struct bus_conf conf = bus_settings(more);
        memset(&sent, 0, sizeof(sent));
        struct producer *p = producer_open(&conf, on_sent, NULL, &E);
        need(p != NULL ? 0 : -1, "producer_open");
        return p;
}

static int send_number(struct producer_topic *t, uint64_t i)
{
        uint8_t value[287] = { 0 };
        put_be64(value, i);
        int r = producer_send(t, (int32_t)(i % PARTITIONS), slice_str("k"), slice_of(value, sizeof(value)),
                              NULL, 0, NULL, &E);
        need(r, "producer_send");
        return r;
}

void case_recreated(void)
{
        const char *names[] = { "bus.again", "bus.none", "bus.again" };
        struct topic_info before[3], after[3], gone[3];
        struct bus_conf conf = bus_settings(NULL);
        topic_new(names[0]);
        struct admin *a = admin_open(&conf, &E);
        need(a != NULL ? 0 : -1, "admin_open");
        NEED(admin_describe(a, names, 2, WAIT_MS, before, &E));
        check(before[0].exists && before[0].partitions == PARTITIONS && !before[1].exists,
              "a description tells which topics exist", "%d %d", before[0].exists, before[1].exists);
        NEED(admin_describe(a, names, 2, WAIT_MS, after, &E));
        check(memcmp(before[0].id, after[0].id, TOPIC_ID_SIZE) == 0, "the id of a topic stays", "changed");
        check(admin_create_topic(a, names[0], 1, NULL, 0, WAIT_MS, &E) == 1,
              "making it again says that it is there", "%s", E.text);
        need(admin_delete_topic(a, names[0], WAIT_MS, &E), "admin_delete_topic");
        NEED(admin_describe(a, names, 1, WAIT_MS, gone, &E));
        check(!gone[0].exists && admin_delete_topic(a, names[0], WAIT_MS, &E) == 1, "a deleted topic is gone",
              "there");
        NEED(admin_create_topic(a, names[0], PARTITIONS, NULL, 0, WAIT_MS, &E));
        NEED(admin_describe_begin(a, names, 1, WAIT_MS, &E));
        check(admin_describe_begin(a, names, 1, WAIT_MS, &E) < 0, "one description at a time", "two");
        NEED(admin_describe_end(a, after, &E));
        check(after[0].exists && memcmp(before[0].id, after[0].id, TOPIC_ID_SIZE) != 0,
              "a topic that was deleted and made again has another id", "the same");
        struct buf list;
        buf_init(&list);
        NEED(admin_topics(a, WAIT_MS, &list, &E));
        check(strstr(buf_cstr(&list), "bus.again\n") != NULL && strstr(buf_cstr(&list), "__") == NULL,
              "the list of topics has it and no internal one", "%s", buf_cstr(&list));
        buf_done(&list);
        const struct topic_config wrong = { "retention.mz", "1" };
        check(admin_create_topic(a, "bus.wrong", 1, &wrong, 1, WAIT_MS, &E) < 0 &&
                  strstr(E.text, "retention.mz"),
              "a wrong topic setting is refused by name", "%s", E.text);
        admin_close(a);
}

void case_full(void)
{
        static const char *const small[] = { "queue.buffering.max.messages", "500", NULL };
        const char *topic = "bus.full";
        uint64_t full = 0;
        topic_new(topic);
        struct producer *p = producer(small);
        struct producer_topic *t = producer_topic(p, topic, &E);
        for (uint64_t i = 0; i < 20000; i++)
                while (send_number(t, i) == 1) {
                        full++;
                        producer_poll(p, 100);
                }
        int r = producer_flush(p, WAIT_MS, &E);
        check(full > 0 && r == 0 && sent.reports == 20000 && sent.errors == 0 && sent.jumps == 0,
              "a full queue says so and drains by polling", "%llu times full, %llu reports, %llu errors",
              (unsigned long long)full, (unsigned long long)sent.reports, (unsigned long long)sent.errors);
        static const uint8_t big[4300000];
        r = producer_send(t, 0, (struct slice){ 0 }, slice_of(big, sizeof(big)), NULL, 0, NULL, &E);
        check(r < 0 && E.code == ERR_LIMIT, "a record above message.max.bytes is refused with ERR_LIMIT",
              "%d", r);
        for (uint64_t i = 0; i < 400; i++)
                send_number(t, i);
        int64_t begin = clock_monotonic_usec();
        uint64_t before = sent.reports, queued = producer_queued(p);
        producer_close(p);
        check(sent.reports - before == queued && seconds_since(begin) < 3,
              "closing reports what was not sent", "%llu of %llu",
              (unsigned long long)(sent.reports - before), (unsigned long long)queued);
}

static int downs, ups;
static char down_text[600];

static void on_broker(void *self, bool up, const char *text)
{
        (void)self;
        downs += !up;
        ups += up;
        if (!up)
                snprintf(down_text, sizeof(down_text), "%s", text);
        printf("# %s: %s\n", up ? "up" : "down", text);
}

#define OUTAGE 60000

// The script kills the broker when it reads "sending" and starts it again.
void case_outage(void)
{
        const struct consumer_owner owner = { .broker = on_broker };
        const char *topic = "bus.outage";
        topic_new(topic);
        struct bus_conf conf = bus_settings(NULL);
        struct consumer *c = consumer_open(&conf, NULL, NULL, &owner, &E);
        need(c != NULL ? 0 : -1, "consumer_open");
        struct producer *p = producer(NULL);
        struct producer_topic *t = producer_topic(p, topic, &E);
        struct follower f = { 0 };
        assign_all(c, topic, 0);
        printf("sending\n");
        fflush(stdout);
        uint64_t i = 0;
        int64_t begin = clock_monotonic_usec();
        while (f.records < OUTAGE && seconds_since(begin) < 90) {
                // About 10 000 records a second, so that the outage falls into the middle.
                for (int n = 0; n < 100 && i < OUTAGE; n++)
                        if (send_number(t, i) == 0)
                                i++;
                producer_poll(p, 0);
                read_for(c, &f, 10, 1000);
        }
        NEED(producer_flush(p, WAIT_MS, &E));
        read_for(c, &f, 500, 1000);
        check(sent.reports == OUTAGE && sent.errors == 0 && sent.jumps == 0,
              "over a kill of the broker every record is delivered once, in order",
              "%llu reports, %llu errors, %llu jumps", (unsigned long long)sent.reports,
              (unsigned long long)sent.errors, (unsigned long long)sent.jumps);
        check(f.records == OUTAGE && f.jumps == 0, "and read once, in order", "%llu records, %llu jumps",
              (unsigned long long)f.records, (unsigned long long)f.jumps);
        check(downs >= 1 && ups == downs && downs <= 3,
              "the owner heard that the broker was away and that it is back", "%d down, %d up", downs, ups);
        check(strstr(down_text, "check that the broker runs") != NULL, "with the next step", "%s", down_text);
        producer_close(p);
        consumer_close(c);
}

// The broker is away all the time: nothing hangs.
void case_away(void)
{
        const struct consumer_owner owner = { .broker = on_broker };
        const char *topic = "bus.away";
        struct bus_conf conf = bus_settings(NULL);
        struct topic_info info;
        struct admin *a = admin_open(&conf, &E);
        need(a != NULL ? 0 : -1, "admin_open");
        int64_t begin = clock_monotonic_usec();
        check(admin_describe(a, &topic, 1, 1500, &info, &E) < 0 && E.retriable && seconds_since(begin) < 4,
              "a description ends in its time and may be tried again", "%.1f s: %s", seconds_since(begin),
              E.text);
        printf("# %s\n", E.text);
        admin_close(a);
        struct consumer *c = consumer_open(&conf, "bus-away", "one", &owner, &E);
        need(c != NULL ? 0 : -1, "consumer_open");
        NEED(consumer_subscribe(c, &topic, 1, &E));
        struct follower f = { 0 };
        read_for(c, &f, 3000, 10);
        check(downs == 1 && ups == 0, "the owner hears once that no broker answers", "%d", downs);
        begin = clock_monotonic_usec();
        consumer_close(c);
        check(seconds_since(begin) < 3, "a consumer closes in 3 s", "%.1f s", seconds_since(begin));
        struct producer *p = producer(NULL);
        struct producer_topic *t = producer_topic(p, topic, &E);
        int32_t count;
        begin = clock_monotonic_usec();
        check(producer_partitions(t, 1000, &count, &E) < 0 && seconds_since(begin) < 2, "so does a question",
              "%s", E.text);
        send_number(t, 0);
        check(producer_flush(p, 500, &E) == 1 && producer_queued(p) == 1,
              "a flush says that its time ran out", "%zu", producer_queued(p));
        begin = clock_monotonic_usec();
        producer_close(p);
        check(seconds_since(begin) < 3 && sent.errors == 1,
              "a producer closes in 3 s and reports what was lost", "%.1f s", seconds_since(begin));
}

static double cpu_seconds(void)
{
        struct rusage used;
        getrusage(RUSAGE_SELF, &used);
        return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void rate(const char *what, double count, int64_t begin, double cpu)
{
        struct rusage used;
        getrusage(RUSAGE_SELF, &used);
        printf("# %s: %.0f records/s, %.0f ns of processor a record, %ld MiB at most\n", what,
               count / seconds_since(begin), (cpu_seconds() - cpu) / count * 1e9, used.ru_maxrss / 1024);
        fflush(stdout);
}

#define RATE 1000000

// Values about as compressible as messages of text and numbers.
static void fill_for_rate(const char *topic, size_t headers)
{
        static uint8_t noise[1 << 20];
        unsigned seed = 7;
        for (size_t i = 0; i < sizeof(noise); i++)
                noise[i] =
                    rand_r(&seed) % 3 == 0 ? (uint8_t)(rand_r(&seed) % 256) : (uint8_t)('a' + (int)(i % 7));
        const struct bus_header list[] = { { "feed", slice_of(noise, 4) },
                                           { "part", slice_of(noise, 4) },
                                           { "offset", slice_of(noise, 8) } };
        topic_new(topic);
        struct producer *p = producer(NULL);
        struct producer_topic *t = producer_topic(p, topic, &E);
        int32_t count;
        NEED(producer_partitions(t, WAIT_MS, &count, &E));
        int64_t begin = clock_monotonic_usec();
        double cpu = cpu_seconds();
        for (size_t i = 0; i < RATE; i++) {
                char key[24];
                struct slice k = slice_of(key, (size_t)snprintf(key, sizeof(key), "%zu", i));
                struct slice value = slice_of(noise + i * 131 % (sizeof(noise) - 287), 287);
                int r;
                while ((r = producer_send(t, -1, k, value, list, headers, NULL, &E)) == 1)
                        producer_poll(p, 5);
                need(r, "producer_send");
                if (i % 1024 == 0)
                        producer_poll(p, 0);
        }
        NEED(producer_flush(p, WAIT_MS, &E));
        rate(headers == 0 ? "produced, 287 bytes" : "produced, 287 bytes and 3 headers", RATE, begin, cpu);
        producer_close(p);
}

// No judgement but that all comes through: figures for people.
void case_rate(void)
{
        const char *topic = "bus.rate";
        int64_t end[PARTITIONS];
        struct bus_conf conf = bus_settings(NULL);
        fill_for_rate(topic, 3);
        fill_for_rate(topic, 0);
        ends_of(topic, end);
        for (int run = 0; run < 3; run++) {
                struct consumer *c = consumer_open(&conf, NULL, NULL, NULL, &E);
                need(c != NULL ? 0 : -1, "consumer_open");
                struct follower f = { 0 };
                assign_all(c, topic, 0);
                int64_t begin = clock_monotonic_usec();
                double cpu = cpu_seconds();
                read_to(c, &f, end, 50000);
                rate("consumed, 287 bytes", RATE, begin, cpu);
                check(f.records == RATE && f.jumps == 0, "all that was produced is consumed", "%llu",
                      (unsigned long long)f.records);
                consumer_close(c);
        }
}

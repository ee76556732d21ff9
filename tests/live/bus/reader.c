// Reading assigned ranges: order, going back, pauses, and partitions that cannot go on.
#include "hub/base/digest.h"
#include "tests/live/bus/help.h"

static struct consumer *reader(const struct consumer_owner *owner)
{
        struct bus_conf conf = bus_settings(NULL);
        struct consumer *c = consumer_open(&conf, NULL, NULL, owner, &E);
        need(c != NULL ? 0 : -1, "consumer_open");
        return c;
}

static struct {
        int64_t next[PARTITIONS];
        uint64_t reports, errors, jumps, wrong_tag;
} sent;

static void on_sent(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        sent.reports++;
        sent.errors += e != NULL;
        if (e != NULL)
                return;
        sent.jumps += offset != sent.next[partition]++;
        // The tag says what the partition had to be.
        sent.wrong_tag += (int32_t)(uintptr_t)tag != partition || self != &sent;
}

#define ORDER 200000

static void send_order(const char *topic)
{
        struct bus_conf conf = bus_settings(NULL);
        struct producer *p = producer_open(&conf, on_sent, &sent, &E);
        need(p != NULL ? 0 : -1, "producer_open");
        struct producer_topic *t = producer_topic(p, topic, &E);
        int32_t count;
        NEED(producer_partitions(t, WAIT_MS, &count, &E));
        check(count == PARTITIONS, "the broker tells the number of partitions", "%d", (int)count);
        check(producer_topic(p, topic, &E) == t, "the same name gives the same topic", "another");
        const struct bus_header headers[] = { { "feed", slice_str("7") }, { "none", { NULL, 0 } } };
        for (uint64_t i = 0; i < ORDER; i++) {
                uint8_t value[287] = { 0 };
                char key[24];
                int r;
                struct slice k =
                    slice_of(key, (size_t)snprintf(key, sizeof(key), "H10.%d\x1f%llu", (int)(i % 7),
                                                   (unsigned long long)(i % 1000)));
                uintptr_t wanted = (murmur2(k) & 0x7fffffff) % PARTITIONS;
                put_be64(value, i);
                while ((r = producer_send(t, -1, k, slice_of(value, sizeof(value)), headers, i % 3,
                                          (void *)wanted, &E)) == 1)
                        producer_poll(p, 10);
                need(r, "producer_send");
        }
        NEED(producer_flush(p, WAIT_MS, &E));
        check(sent.reports == ORDER && sent.errors == 0 && producer_queued(p) == 0,
              "every record is reported once", "%llu reports, %llu errors", (unsigned long long)sent.reports,
              (unsigned long long)sent.errors);
        check(sent.jumps == 0, "reports of a partition come in the order of its offsets", "%llu jumps",
              (unsigned long long)sent.jumps);
        check(sent.wrong_tag == 0, "a key's partition is that of Java's murmur2", "%llu elsewhere",
              (unsigned long long)sent.wrong_tag);
        producer_close(p);
}

// As send_order gave them.
static bool has_headers(const struct consumer *c, const struct record *r)
{
        struct bus_header list[3];
        size_t count = consumer_headers(c, r, list, 3);
        return count == number_of(r) % 3 &&
               (count == 0 || (strcmp(list[0].name, "feed") == 0 && slice_eq_str(list[0].value, "7"))) &&
               (count < 2 || list[1].value.n == 0);
}

void case_order(void)
{
        static uint8_t seen[ORDER];
        static int cookies[PARTITIONS];
        const char *topic = "bus.order";
        topic_new(topic);
        send_order(topic);
        struct consumer *c = reader(NULL);
        struct place places[PARTITIONS];
        for (int32_t i = 0; i < PARTITIONS; i++)
                places[i] = (struct place){
                        .topic = topic, .partition = i, .leader_epoch = -1, .cookie = &cookies[i]
                };
        NEED(consumer_assign(c, places, PARTITIONS, &E));
        struct follower f = { 0 };
        uint64_t twice = 0, strange = 0, old = 0, last[PARTITIONS] = { 0 };
        uint64_t headers = 0;
        const char *name = NULL;
        int64_t now = clock_now();
        for (int empty = 0; f.records < ORDER && empty < 100;) {
                const struct record *a, *b;
                size_t n, m;
                NEED(consumer_poll(c, 100, 5000, &a, &n, &E));
                NEED(consumer_poll(c, 0, 3000, &b, &m, &E)); // both stay valid until the release
                follow(&f, a, n);
                follow(&f, b, m);
                for (size_t i = 0; i < n + m; i++) {
                        const struct record *r = i < n ? &a[i] : &b[i - n];
                        uint64_t number = number_of(r);
                        name = name == NULL ? r->topic : name;
                        strange += r->topic != name || r->cookie != &cookies[r->partition] ||
                                   number >= ORDER || r->value.n != 287 || r->key.n < 7 ||
                                   r->leader_epoch < 0;
                        headers += !has_headers(c, r);
                        old += r->timestamp < now - 120 * USEC_PER_SEC ||
                               r->timestamp > now + 120 * USEC_PER_SEC;
                        twice += number < ORDER && seen[number]++ != 0;
                        old += number < last[r->partition];
                        last[r->partition] = number;
                }
                consumer_release(c);
                empty = n + m == 0 ? empty + 1 : 0;
        }
        check(f.records == ORDER && twice == 0, "200 000 records of 4 partitions are all read, each once",
              "%llu read, %llu twice", (unsigned long long)f.records, (unsigned long long)twice);
        check(f.jumps == 0 && old == 0, "in the order they were sent, with the broker's time",
              "%llu jumps, %llu old", (unsigned long long)f.jumps, (unsigned long long)old);
        check(strange == 0, "one topic pointer, the cookies of the partitions, whole records", "%llu strange",
              (unsigned long long)strange);
        check(headers == 0, "each with its headers", "%llu without", (unsigned long long)headers);
        int64_t first, next;
        NEED(consumer_range(c, topic, 1, WAIT_MS, &first, &next, &E));
        check(first == 0 && next == f.next[1], "the range of a partition", "%lld-%lld", (long long)first,
              (long long)next);
        consumer_close(c);
}

void case_seek(void)
{
        const char *topic = "bus.seek";
        int64_t end[PARTITIONS];
        topic_new(topic);
        fill(topic, -1, 0, 100000);
        ends_of(topic, end);
        struct consumer *c = reader(NULL);
        assign_all(c, topic, 0);
        struct follower f = { 0 };
        unsigned random = 1;
        uint64_t refused = 0;
        // While the queue is full of what comes after: forward, back, one partition and all.
        for (int round = 0; round < 300; round++) {
                const struct record *records;
                size_t count;
                for (int polls = 0; polls < 3; polls++) {
                        NEED(consumer_poll(c, 20, 1 + (size_t)rand_r(&random) % 2000, &records, &count, &E));
                        follow(&f, records, count);
                        if (polls % 2 == 0)
                                consumer_release(c);
                }
                for (int32_t i = 0; i < PARTITIONS; i++)
                        if (round % 4 == 3 || (int)(rand_r(&random) % PARTITIONS) == i) {
                                f.next[i] = (int64_t)rand_r(&random) % end[i];
                                refused += consumer_seek(c, topic, i, f.next[i], &E) != 0;
                        }
        }
        consumer_release(c);
        check(refused == 0 && f.jumps == 0, "after each of 300 rounds of seeks reading goes on exactly there",
              "%llu refused, %llu jumps in %llu records", (unsigned long long)refused,
              (unsigned long long)f.jumps, (unsigned long long)f.records);
        check(read_to(c, &f, end, 10000) && f.jumps == 0, "and to the end", "%llu jumps",
              (unsigned long long)f.jumps);
        for (int32_t i = 0; i < PARTITIONS; i++)
                NEED(consumer_seek(c, topic, i, f.next[i] = 0, &E));
        check(read_to(c, &f, end, 10000) && f.jumps == 0, "back from the end to the beginning", "%llu jumps",
              (unsigned long long)f.jumps);
        check(consumer_seek(c, topic, 9, 0, &E) < 0, "a partition that is not assigned is refused",
              "accepted");
        consumer_close(c);
}

void case_pause(void)
{
        const char *topic = "bus.pause";
        int64_t end[PARTITIONS];
        topic_new(topic);
        fill(topic, -1, 0, 40000);
        ends_of(topic, end);
        struct consumer *c = reader(NULL);
        assign_all(c, topic, 0);
        struct follower f = { 0 };
        int64_t begin = clock_monotonic_usec();
        while (f.next[2] == 0 && seconds_since(begin) < 10)
                read_for(c, &f, 10, 100);
        NEED(consumer_pause(c, topic, 2, &E));
        int64_t at = f.next[2], others[PARTITIONS];
        memcpy(others, end, sizeof(others));
        others[2] = at;
        check(read_to(c, &f, others, 1000) && read_for(c, &f, 300, 1000) == 0 && f.next[2] == at,
              "a paused partition is silent, the others go on", "%lld", (long long)f.next[2]);
        NEED(consumer_seek(c, topic, 2, at, &E));
        check(read_to(c, &f, end, 1000) && f.jumps == 0, "a seek lets it go on where it was", "%llu jumps",
              (unsigned long long)f.jumps);
        consumer_close(c);
}

static struct {
        int calls[PARTITIONS + 1];
        char text[1024];
} failures;

static void on_failed(void *self, const char *topic, int32_t partition, const struct err *e)
{
        (void)self, (void)topic;
        failures.calls[partition < 0 ? PARTITIONS : partition]++;
        snprintf(failures.text, sizeof(failures.text), "%s", e->text);
}

static const struct consumer_owner hears_failures = { .failed = on_failed };

void case_range(void)
{
        const char *topic = "bus.range";
        int64_t end[PARTITIONS];
        topic_new(topic);
        fill(topic, -1, 0, 20000);
        ends_of(topic, end);
        struct consumer *c = reader(&hears_failures);
        struct place places[PARTITIONS];
        for (int32_t i = 0; i < PARTITIONS; i++)
                places[i] = (struct place){ .topic = topic, .partition = i, .leader_epoch = -1 };
        places[1].offset = end[1] + 1000;
        places[3].skip = true;
        NEED(consumer_assign(c, places, PARTITIONS, &E));
        struct follower f = { .next = { 0, end[1] + 1000, 0, 0 } };
        int64_t wanted[PARTITIONS] = { end[0], 0, end[2], 0 };
        bool read = read_to(c, &f, wanted, 1000);
        read_for(c, &f, 500, 1000);
        check(read && failures.calls[1] == 1 && failures.calls[0] == 0,
              "an offset out of range fails its partition, once; the others go on", "%d calls",
              failures.calls[1]);
        check(strstr(failures.text, "bus.range, partition 1") != NULL &&
                  strstr(failures.text, "a person") != NULL,
              "the failure names the partition and the next step", "%s", failures.text);
        check(f.next[3] == 0, "a skipped partition is not read", "%lld", (long long)f.next[3]);
        NEED(consumer_seek(c, topic, 1, f.next[1] = 0, &E));
        NEED(consumer_seek(c, topic, 3, 0, &E));
        check(read_to(c, &f, end, 1000) && f.jumps == 0, "a seek lets a failed and a skipped partition go on",
              "%llu jumps", (unsigned long long)f.jumps);
        consumer_close(c);
        c = reader(NULL);
        assign_all(c, topic, 1 << 30);
        const struct record *records;
        size_t count;
        int r = 0;
        for (int i = 0; i < 50 && r == 0; i++)
                r = consumer_poll(c, 100, 100, &records, &count, &E);
        check(r < 0 && strstr(E.text, "out of range") != NULL, "without an owner the poll fails", "%d %s", r,
              E.text);
        consumer_close(c);
}

// The records before the place are said to be of a leader epoch that this log never had.
void case_epoch(void)
{
        const char *topic = "bus.range";
        int64_t end[PARTITIONS];
        ends_of(topic, end);
        struct consumer *c = reader(&hears_failures);
        struct follower f = { .next = { 100, 100, 0, 0 } };
        struct place places[] = { { .topic = topic, .partition = 0, .offset = 100, .leader_epoch = 0 },
                                  { .topic = topic, .partition = 1, .offset = 100, .leader_epoch = 1000 } };
        memset(&failures, 0, sizeof(failures));
        NEED(consumer_assign(c, places, 2, &E));
        int64_t wanted[PARTITIONS] = { end[0] };
        check(read_to(c, &f, wanted, 1000) && f.jumps == 0, "a place with the log's own epoch is read on",
              "%lld", (long long)f.next[0]);
        read_for(c, &f, 1000, 1000);
        check(failures.calls[1] == 1 && f.next[1] == 100, "a place with an epoch the log does not have fails",
              "%d calls, at %lld", failures.calls[1], (long long)f.next[1]);
        printf("# %s\n", failures.text);
        consumer_close(c);
}

// IOCHUB_DAMAGED names a partition of bus.damaged with a damaged record, IOCHUB_GOOD a record before it.
void case_corrupt(void)
{
        const char *topic = "bus.damaged", *good = getenv("IOCHUB_GOOD");
        int64_t end[PARTITIONS], before = good != NULL ? atoll(good) : 0;
        ends_of(topic, end);
        struct consumer *c = reader(&hears_failures);
        assign_all(c, topic, 0);
        struct follower f = { 0 };
        int64_t wanted[PARTITIONS] = { end[0], before, end[2], end[3] };
        bool read = read_to(c, &f, wanted, 1000);
        read_for(c, &f, 1500, 1000);
        check(read && failures.calls[1] == 1 && f.jumps == 0 && f.next[1] < end[1],
              "a damaged batch stops its partition there, once; nothing behind it is handed out",
              "%d calls, at %lld of %lld, %llu jumps: %s", failures.calls[1], (long long)f.next[1],
              (long long)end[1], (unsigned long long)f.jumps, failures.text);
        printf("# %s\n", failures.text);
        consumer_close(c);
}

void case_missing(void)
{
        struct consumer *c = reader(&hears_failures);
        assign_all(c, "bus.nowhere", 0);
        struct follower f = { 0 };
        int64_t begin = clock_monotonic_usec();
        memset(&failures, 0, sizeof(failures));
        while (failures.calls[0] == 0 && seconds_since(begin) < 40)
                read_for(c, &f, 100, 100);
        check(failures.calls[0] == 1, "a topic that does not exist fails", "not heard of");
        printf("# after %.1f s: %s\n", seconds_since(begin), failures.text);
        consumer_close(c);
}

// Broker errors in order, from librdkafka's mock broker: what is tried again, what stops one partition, what
// stops all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/bus/admin.h"
#include "hub/bus/consumer.h"
#include "hub/bus/producer.h"

#define API_PRODUCE          0
#define API_FETCH            1
#define API_FIND_COORDINATOR 10
#define API_JOIN_GROUP       11

#define TOPIC "in.H10.a"

struct world {
        rd_kafka_t *rk;
        rd_kafka_mock_cluster_t *mock;
        struct bus_conf conf;
        char *names[1], *values[1];
};

static int world_open(void **state)
{
        struct world *w = test_calloc(1, sizeof(*w));
        static char servers[] = "bootstrap.servers";
        char text[256];
        w->rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
        w->mock = rd_kafka_mock_cluster_new(w->rk, 1);
        w->names[0] = servers;
        w->values[0] = strdup(rd_kafka_mock_cluster_bootstraps(w->mock));
        w->conf = (struct bus_conf){ .kafka = { w->names, w->values, 1 }, .client_id = "test" };
        rd_kafka_mock_topic_create(w->mock, TOPIC, 2, 1);
        *state = w;
        return 0;
}

static int world_close(void **state)
{
        struct world *w = *state;
        rd_kafka_mock_cluster_destroy(w->mock);
        rd_kafka_destroy(w->rk);
        free(w->values[0]);
        test_free(w);
        return 0;
}

static struct {
        int reports, errors;
        int64_t next;
        char text[1024];
} sent;

static void on_report(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        (void)self, (void)partition;
        sent.reports++;
        if (e != NULL) {
                sent.errors++;
                snprintf(sent.text, sizeof(sent.text), "%s", e->text);
                return;
        }
        assert_int_equal(offset, sent.next++);
        assert_int_equal((intptr_t)tag, offset);
}

// Sends count records to partition 0 and waits; the flush's result.
static int send_some(struct producer *p, int count, int timeout_ms, struct err *e)
{
        struct producer_topic *t = producer_topic(p, TOPIC, e);
        assert_non_null(t);
        for (intptr_t i = 0; i < count; i++) {
                int r = producer_send(t, 0, slice_str("key"), slice_str("value"), NULL, 0, (void *)i, e);
                if (r != 0)
                        return r;
        }
        return producer_flush(p, timeout_ms, e);
}

static void passing_errors_of_a_producer(void **state)
{
        struct world *w = *state;
        struct err e;
        memset(&sent, 0, sizeof(sent));
        struct producer *p = producer_open(&w->conf, on_report, NULL, &e);
        rd_kafka_mock_push_request_errors(w->mock, API_PRODUCE, 4, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                          RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                          RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                                          RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
        assert_int_equal(send_some(p, 100, 15000, &e), 0);
        assert_int_equal(sent.reports, 100);
        assert_int_equal(sent.errors, 0);
        producer_close(p);
}

static void lasting_errors_of_a_producer(void **state)
{
        struct world *w = *state;
        struct err e;
        memset(&sent, 0, sizeof(sent));
        struct producer *p = producer_open(&w->conf, on_report, NULL, &e);
        rd_kafka_mock_push_request_errors(w->mock, API_PRODUCE, 1,
                                          RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
        assert_int_equal(send_some(p, 1, 5000, &e), 0);
        assert_int_equal(sent.errors, 1);
        assert_non_null(strstr(sent.text, TOPIC ", partition 0: the record was not stored"));
        assert_non_null(strstr(sent.text, "ACL on this topic"));
        producer_close(p);
}

static void fatal_errors_of_a_producer(void **state)
{
        struct world *w = *state;
        struct err e = { 0 };
        memset(&sent, 0, sizeof(sent));
        struct producer *p = producer_open(&w->conf, on_report, NULL, &e);
        rd_kafka_mock_push_request_errors(w->mock, API_PRODUCE, 1,
                                          RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
        assert_int_equal(send_some(p, 10, 5000, &e), -1);
        assert_non_null(strstr(e.text, "this producer cannot go on"));
        assert_false(e.retriable);
        assert_int_equal(sent.reports, 10);
        assert_int_equal(sent.errors, 10);
        assert_int_equal(send_some(p, 1, 100, &e), -1);
        assert_int_equal(producer_queued(p), 0);
        producer_close(p);
}

static struct {
        int failed, downs, ups;
        int32_t partition;
        char text[1024];
} heard;

static void on_failed(void *self, const char *topic, int32_t partition, const struct err *e)
{
        (void)self;
        assert_string_equal(topic, TOPIC);
        heard.failed++;
        heard.partition = partition;
        snprintf(heard.text, sizeof(heard.text), "%s", e->text);
}

static void on_broker(void *self, bool up, const char *text)
{
        (void)self;
        heard.downs += !up;
        heard.ups += up;
        if (!up)
                snprintf(heard.text, sizeof(heard.text), "%s", text);
}

static const struct consumer_owner ears = { .failed = on_failed, .broker = on_broker };

static void fill(struct world *w, int count)
{
        struct err e;
        memset(&sent, 0, sizeof(sent));
        struct producer *p = producer_open(&w->conf, on_report, NULL, &e);
        assert_int_equal(send_some(p, count, 10000, &e), 0);
        producer_close(p);
        memset(&heard, 0, sizeof(heard));
}

static struct consumer *reader(struct world *w, int64_t from)
{
        struct err e;
        struct place places[] = { { .topic = TOPIC, .partition = 0, .offset = from, .leader_epoch = -1 } };
        struct consumer *c = consumer_open(&w->conf, NULL, NULL, &ears, &e);
        assert_non_null(c);
        assert_int_equal(consumer_assign(c, places, 1, &e), 0);
        return c;
}

// Reads until want records came or ms have passed; every record must be the next.
static int read_some(struct consumer *c, int want, int ms, struct err *e)
{
        int64_t until = clock_monotonic_usec() + ms * 1000LL;
        int got = 0;
        while (got < want && clock_monotonic_usec() < until) {
                const struct record *records;
                size_t count;
                if (consumer_poll(c, 50, 7, &records, &count, e) < 0)
                        return -1;
                for (size_t i = 0; i < count; i++)
                        assert_int_equal(records[i].offset, got++);
                consumer_release(c);
        }
        return got;
}

static void passing_errors_of_a_consumer(void **state)
{
        struct world *w = *state;
        struct err e;
        fill(w, 200);
        rd_kafka_mock_push_request_errors(w->mock, API_FETCH, 5, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                          RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                                          RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_UNKNOWN,
                                          RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE);
        struct consumer *c = reader(w, 0);
        assert_int_equal(read_some(c, 200, 15000, &e), 200);
        assert_int_equal(heard.failed, 0);
        consumer_close(c);
}

static void a_topic_that_may_not_be_read(void **state)
{
        struct world *w = *state;
        struct err e;
        fill(w, 10);
        rd_kafka_mock_push_request_errors(w->mock, API_FETCH, 1,
                                          RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
        struct consumer *c = reader(w, 0);
        assert_int_equal(read_some(c, 10, 1000, &e), 0);
        assert_int_equal(heard.failed, 1);
        assert_int_equal(heard.partition, 0);
        assert_non_null(strstr(heard.text, "ACL on this topic"));
        // The right was given: the owner goes on.
        assert_int_equal(consumer_seek(c, TOPIC, 0, 0, &e), 0);
        assert_int_equal(read_some(c, 10, 10000, &e), 10);
        consumer_close(c);
}

static void a_group_that_may_not_be_joined(void **state)
{
        struct world *w = *state;
        struct err e = { 0 };
        const char *topic = TOPIC;
        fill(w, 1);
        struct consumer *c = consumer_open(&w->conf, "group", NULL, &ears, &e);
        rd_kafka_mock_push_request_errors(w->mock, API_JOIN_GROUP, 1,
                                          RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
        assert_int_equal(consumer_subscribe(c, &topic, 1, &e), 0);
        assert_int_equal(read_some(c, 1, 10000, &e), -1);
        assert_non_null(strstr(e.text, "ACL on this consumer group"));
        consumer_close(c);
}

static void a_reader_needs_no_right_to_a_group(void **state)
{
        struct world *w = *state;
        struct err e;
        fill(w, 20);
        for (int i = 0; i < 20; i++)
                rd_kafka_mock_push_request_errors(w->mock, API_FIND_COORDINATOR, 1,
                                                  RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
        struct consumer *c = reader(w, 0);
        assert_int_equal(read_some(c, 20, 10000, &e), 20);
        assert_int_equal(read_some(c, 1, 1000, &e), 0);
        consumer_close(c);
}

static void a_broker_goes_and_comes_back(void **state)
{
        struct world *w = *state;
        struct err e;
        fill(w, 20);
        struct consumer *c = reader(w, 0);
        assert_int_equal(read_some(c, 20, 10000, &e), 20);
        rd_kafka_mock_broker_set_down(w->mock, 1);
        read_some(c, 1, 5000, &e);
        assert_int_equal(heard.downs, 1);
        assert_int_equal(heard.ups, 0);
        assert_non_null(strstr(heard.text, "check that the broker runs"));
        rd_kafka_mock_broker_set_up(w->mock, 1);
        // Also while the owner waits for something else.
        int64_t until = clock_monotonic_usec() + 8 * USEC_PER_SEC;
        while (heard.ups == 0 && clock_monotonic_usec() < until)
                consumer_serve(c);
        assert_int_equal(heard.downs, 1);
        assert_int_equal(heard.ups, 1);
        consumer_close(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
                WORLD(passing_errors_of_a_producer),       WORLD(lasting_errors_of_a_producer),
                WORLD(fatal_errors_of_a_producer),         WORLD(passing_errors_of_a_consumer),
                WORLD(a_topic_that_may_not_be_read),       WORLD(a_group_that_may_not_be_joined),
                WORLD(a_reader_needs_no_right_to_a_group), WORLD(a_broker_goes_and_comes_back),
        };
        log_configure(getenv("IOCHUB_DEBUG") != NULL ? LOG_DEBUG : LOG_ERROR, LOG_LOGFMT, "test");
        return cmocka_run_group_tests(tests, NULL, NULL);
}

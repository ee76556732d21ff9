// Configuration mistakes and the words for failures; no broker is needed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hub/base/log.h"
#include "hub/bus/admin.h"
#include "hub/bus/client.h"
#include "hub/bus/consumer.h"
#include "hub/bus/producer.h"

static char servers[] = "bootstrap.servers", nobody[] = "127.0.0.1:1";

// The settings of a client whose second property is this one.
static struct bus_conf with(const char *name, const char *value)
{
        static char second[64], its_value[64];
        static char *names[] = { servers, second }, *values[] = { nobody, its_value };
        snprintf(second, sizeof(second), "%s", name);
        snprintf(its_value, sizeof(its_value), "%s", value);
        return (struct bus_conf){ .kafka = { names, values, 2 } };
}

static void mistake(const char *name, const char *value, const char *said)
{
        struct bus_conf conf = with(name, value);
        struct err e = { 0 };
        assert_null(consumer_open(&conf, "group", "one", NULL, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        if (strstr(e.text, said) == NULL)
                fail_msg("'%s' is not in: %s", said, e.text);
}

static void mistakes_of_a_consumer(void **state)
{
        (void)state;
        mistake("fetch.wait.max.m", "5", "did you mean fetch.wait.max.ms?");
        mistake("zzz", "5", "zzz is not a property");
        mistake("fetch.wait.max.ms", "soon", "fetch.wait.max.ms: ");
        mistake("session.timeout.ms", "-4", "session.timeout.ms: ");
        mistake("auto.offset.reset", "latest", "is always error here");
        mistake("enable.auto.commit", "true", "is always false here");
        mistake("group.id", "mine", "is always group here");
        mistake("group.instance.id", "mine", "is always one here");
        mistake("security.protocol", "tls", "security.protocol: ");
}

static void what_a_consumer_may_be_told(void **state)
{
        (void)state;
        struct err e;
        struct bus_conf conf = with("auto.offset.reset", "error"); // what it is anyway
        struct consumer *c = consumer_open(&conf, "group", "one", NULL, &e);
        assert_non_null(c);
        consumer_close(c);
        conf = with("linger.ms", "7"); // the producer's: one `kafka:` serves both
        c = consumer_open(&conf, NULL, "one", NULL, &e);
        assert_non_null(c);
        consumer_close(c);
        assert_null(consumer_close(NULL));
}

static void mistakes_of_a_producer(void **state)
{
        (void)state;
        struct err e = { 0 };
        struct bus_conf conf = with("enable.idempotence", "false");
        assert_null(producer_open(&conf, NULL, NULL, &e));
        assert_non_null(strstr(e.text, "is always true here"));
        conf = with("acks", "1");
        assert_null(producer_open(&conf, NULL, NULL, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_non_null(strstr(e.text, "acks"));
        conf = with("compression.type", "zstd");
        struct producer *p = producer_open(&conf, NULL, NULL, &e);
        assert_non_null(p);
        char name[600];
        memset(name, 'a', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        assert_null(producer_topic(p, name, &e));
        assert_int_equal(producer_queued(p), 0);
        producer_close(p);
        assert_null(producer_close(NULL));
}

static void no_broker_is_named(void **state)
{
        (void)state;
        struct err e = { 0 };
        struct bus_conf conf = { .client_id = "x" };
        assert_null(admin_open(&conf, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_non_null(strstr(e.text, "bootstrap.servers is missing"));
        static char alias[] = "metadata.broker.list";
        char *names[] = { alias }, *values[] = { nobody };
        conf.kafka.names = names;
        conf.kafka.values = values;
        conf.kafka.count = 1;
        struct admin *a = admin_open(&conf, &e);
        assert_non_null(a);
        admin_close(a);
        assert_null(admin_close(NULL));
}

static void failures_name_the_next_step(void **state)
{
        (void)state;
        struct err e;
        assert_int_equal(client_fail(&e, RD_KAFKA_RESP_ERR__RESOLVE, "no such host", "asking %s", "x"), -1);
        assert_string_equal(
            e.text, "asking x: no such host; the host in kafka: bootstrap.servers is not known; check "
                    "its spelling and this machine's name service");
        assert_true(e.retriable);
        assert_int_equal(e.code, ERR_KAFKA);
        client_fail(&e, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, NULL, "topic %s", "in.H10.a");
        assert_string_equal(
            e.text, "topic in.H10.a: Broker: Topic authorization failed; ask the broker's administrator "
                    "for an ACL on this topic for this principal");
        assert_false(e.retriable);
        client_fail(&e, RD_KAFKA_RESP_ERR_UNKNOWN, "", "x");
        assert_string_equal(e.text, "x: Unknown broker error");
        assert_int_equal(client_fail(NULL, RD_KAFKA_RESP_ERR_UNKNOWN, NULL, "x"), -1);
}

static void calls_out_of_turn(void **state)
{
        (void)state;
        struct err e = { 0 };
        struct bus_conf conf = with("fetch.wait.max.ms", "10");
        struct consumer *c = consumer_open(&conf, NULL, NULL, NULL, &e);
        const struct record *records;
        size_t count;
        assert_int_equal(consumer_poll(c, 0, 0, &records, &count, &e), -1);
        assert_int_equal(consumer_poll(c, 0, 10, &records, &count, &e), 0);
        assert_int_equal(count, 0);
        assert_int_equal(consumer_pause(c, "a", 0, &e), -1);
        assert_int_equal(e.code, ERR_STATE);
        assert_int_equal(consumer_seek(c, "a", 0, 0, &e), -1);
        consumer_hint(c, "a", 0, 0);
        consumer_serve(c);
        consumer_release(c);
        consumer_release(c);
        struct place place = { .topic = "a", .partition = -1 };
        assert_int_equal(consumer_assign(c, &place, 1, &e), -1);
        consumer_close(c);
        struct admin *a = admin_open(&conf, &e);
        struct topic_info info;
        int64_t offset;
        assert_int_equal(admin_describe_end(a, &info, &e), -1);
        assert_int_equal(e.code, ERR_STATE);
        assert_int_equal(admin_describe(a, NULL, 0, 100, &info, &e), -1);
        assert_int_equal(admin_ranges(a, "a", 0, 100, &offset, &offset, &e), -1);
        admin_close(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(mistakes_of_a_consumer),      cmocka_unit_test(what_a_consumer_may_be_told),
                cmocka_unit_test(mistakes_of_a_producer),      cmocka_unit_test(no_broker_is_named),
                cmocka_unit_test(failures_name_the_next_step), cmocka_unit_test(calls_out_of_turn),
        };
        log_configure(LOG_ERROR, LOG_LOGFMT, "test");
        return cmocka_run_group_tests(tests, NULL, NULL);
}

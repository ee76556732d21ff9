// Topics as the broker knows them, by the admin API on a handle of its own: each call asks the broker anew.
#include "hub/bus/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hub/base/clock.h"
#include "hub/bus/client.h"

// An answer, at least a local timeout, comes this long after the request's own time at the latest.
#define GRACE_MS   2000
#define RETRY_USEC (20 * 1000LL)

struct admin {
        struct client client; // first: librdkafka's opaque
        rd_kafka_queue_t *queue;
        rd_kafka_queue_t *described; // of admin_describe_begin
        char **describing;           // names asked for there; NULL: none under way
        size_t describing_count;
        int64_t describe_until; // monotonic µs
};

// Callers of an admin hear of a broker that is away from each call.
static void say_nothing(void *self, bool up, const char *text)
{
        (void)self, (void)up, (void)text;
}

struct admin *admin_open(const struct bus_conf *conf, struct err *e)
{
        rd_kafka_conf_t *settings = client_conf(conf, NULL, 0, e);
        if (settings == NULL)
                return NULL;
        struct admin *a = client_alloc(1, sizeof(*a));
        a->client.broker = say_nothing;
        if (client_open(&a->client, RD_KAFKA_PRODUCER, settings, e) < 0)
                return admin_close(a);
        a->queue = rd_kafka_queue_new(a->client.rk);
        a->described = rd_kafka_queue_new(a->client.rk);
        return a;
}

static void forget_names(struct admin *a)
{
        for (size_t i = 0; i < a->describing_count; i++)
                free(a->describing[i]);
        free(a->describing);
        a->describing = NULL;
        a->describing_count = 0;
}

struct admin *admin_close(struct admin *a)
{
        if (a == NULL)
                return NULL;
        forget_names(a);
        if (a->queue != NULL)
                rd_kafka_queue_destroy(a->queue);
        if (a->described != NULL)
                rd_kafka_queue_destroy(a->described);
        client_done(&a->client);
        free(a);
        return NULL;
}

static void pause_usec(int64_t usec)
{
        nanosleep(&(struct timespec){ .tv_nsec = usec * 1000 }, NULL);
}

static rd_kafka_AdminOptions_t *options_new(struct admin *a, rd_kafka_admin_op_t op, int timeout_ms)
{
        char text[128];
        rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(a->client.rk, op);
        // librdkafka takes 0 to 3 600 000 here.
        int ms = timeout_ms < 1 ? 1 : timeout_ms > 3600000 ? 3600000 : timeout_ms;
        if (rd_kafka_AdminOptions_set_request_timeout(options, ms, text, sizeof(text)) != 0)
                abort();
        return options;
}

// The result of a request, or NULL. what names the request.
static rd_kafka_event_t *result_of(struct admin *a, rd_kafka_queue_t **queue, int timeout_ms,
                                   const char *what, struct err *e)
{
        rd_kafka_event_t *event = rd_kafka_queue_poll(*queue, timeout_ms + GRACE_MS);
        rd_kafka_poll(a->client.rk, 0); // connection errors
        if (event == NULL) {
                // A late answer must not be taken for that of the next request.
                rd_kafka_queue_destroy(*queue);
                *queue = rd_kafka_queue_new(a->client.rk);
        }
        rd_kafka_resp_err_t code = event != NULL ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
                return event;
        if (code == RD_KAFKA_RESP_ERR__TIMED_OUT && a->client.cause[0] != '\0') {
                // Why there was no answer says more than that there was none.
                err_set(e, ERR_KAFKA, "%s: no answer in %d ms: %s", what, timeout_ms, a->client.cause);
                if (e != NULL)
                        e->retriable = true;
        } else {
                client_fail(e, code, event != NULL ? rd_kafka_event_error_string(event) : NULL, "%s", what);
        }
        if (event != NULL)
                rd_kafka_event_destroy(event);
        return NULL;
}

// The error of the one topic that a request was about.
static rd_kafka_resp_err_t code_of(const rd_kafka_topic_result_t **results, size_t count, char *text,
                                   size_t size)
{
        if (count != 1)
                return RD_KAFKA_RESP_ERR__BAD_MSG;
        const char *said = rd_kafka_topic_result_error_string(results[0]);
        snprintf(text, size, "%s", said != NULL ? said : "");
        return rd_kafka_topic_result_error(results[0]);
}

// The controller answers before every broker knows: wait until a description agrees.
static int wait_until(struct admin *a, const char *topic, bool exists, int64_t until, struct err *e)
{
        for (;;) {
                struct topic_info info = { 0 };
                struct err why = { 0 };
                int64_t left = (until - clock_monotonic_usec()) / 1000;
                int r = admin_describe(a, &topic, 1, left > 1000 ? (int)left : 1000, &info, &why);
                if (r == 0 && info.exists == exists)
                        return 0;
                if (r == 0)
                        client_fail(&why, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, "topic %s: waiting until it %s",
                                    topic, exists ? "is there" : "is gone");
                if (left <= 0 || !why.retriable) {
                        if (e != NULL)
                                *e = why;
                        return -1;
                }
                pause_usec(RETRY_USEC);
        }
}

int admin_create_topic(struct admin *a, const char *topic, int32_t partitions,
                       const struct topic_config *configs, size_t count, int timeout_ms, struct err *e)
{
        char text[512];
        int64_t until = clock_monotonic_usec() + timeout_ms * 1000LL;
        rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(topic, partitions, -1, text, sizeof(text));
        if (wanted == NULL)
                return err_set(e, ERR_CONFIG, "topic %s: %s", topic, text);
        for (size_t i = 0; i < count; i++)
                rd_kafka_NewTopic_set_config(wanted, configs[i].name, configs[i].value);
        rd_kafka_AdminOptions_t *options = options_new(a, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
        rd_kafka_CreateTopics(a->client.rk, &wanted, 1, options, a->queue);
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_NewTopic_destroy(wanted);
        rd_kafka_event_t *event = result_of(a, &a->queue, timeout_ms, "making a topic", e);
        if (event == NULL)
                return -1;
        size_t results;
        const rd_kafka_topic_result_t **list =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &results);
        rd_kafka_resp_err_t code = code_of(list, results, text, sizeof(text));
        rd_kafka_event_destroy(event);
        if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
                return 1;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, code, text, "making topic %s", topic);
        return wait_until(a, topic, true, until, e);
}

int admin_delete_topic(struct admin *a, const char *topic, int timeout_ms, struct err *e)
{
        char text[512];
        int64_t until = clock_monotonic_usec() + timeout_ms * 1000LL;
        rd_kafka_DeleteTopic_t *unwanted = rd_kafka_DeleteTopic_new(topic);
        rd_kafka_AdminOptions_t *options = options_new(a, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms);
        rd_kafka_DeleteTopics(a->client.rk, &unwanted, 1, options, a->queue);
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_DeleteTopic_destroy(unwanted);
        rd_kafka_event_t *event = result_of(a, &a->queue, timeout_ms, "deleting a topic", e);
        if (event == NULL)
                return -1;
        size_t results;
        const rd_kafka_topic_result_t **list =
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &results);
        rd_kafka_resp_err_t code = code_of(list, results, text, sizeof(text));
        rd_kafka_event_destroy(event);
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
                return 1;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, code, text, "deleting topic %s", topic);
        return wait_until(a, topic, false, until, e);
}

int admin_describe_begin(struct admin *a, const char *const *topics, size_t count, int timeout_ms,
                         struct err *e)
{
        if (a->describing != NULL)
                return err_set(e, ERR_STATE, "a description of topics is under way already");
        if (count == 0)
                return err_set(e, ERR_STATE, "a description of no topics");
        a->describing = client_alloc(count, sizeof(char *));
        a->describing_count = count;
        for (size_t i = 0; i < count; i++)
                a->describing[i] = client_text(topics[i]);
        const char **names = client_alloc(count, sizeof(*names));
        memcpy(names, topics, count * sizeof(*names));
        rd_kafka_TopicCollection_t *list = rd_kafka_TopicCollection_of_topic_names(names, count);
        rd_kafka_AdminOptions_t *options = options_new(a, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout_ms);
        rd_kafka_DescribeTopics(a->client.rk, list, options, a->described);
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_TopicCollection_destroy(list);
        free(names);
        a->describe_until = clock_monotonic_usec() + timeout_ms * 1000LL;
        return 0;
}

static int info_of(const rd_kafka_TopicDescription_t *topic, struct topic_info *info, struct err *e)
{
        const rd_kafka_error_t *error = rd_kafka_TopicDescription_error(topic);
        rd_kafka_resp_err_t code = rd_kafka_error_code(error);
        *info = (struct topic_info){ 0 };
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
                return 0;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, code, rd_kafka_error_string(error), "describing topic %s",
                                   rd_kafka_TopicDescription_name(topic));
        size_t partitions;
        const rd_kafka_Uuid_t *id = rd_kafka_TopicDescription_topic_id(topic);
        (void)rd_kafka_TopicDescription_partitions(topic, &partitions);
        put_be64(info->id, (uint64_t)rd_kafka_Uuid_most_significant_bits(id));
        put_be64(info->id + 8, (uint64_t)rd_kafka_Uuid_least_significant_bits(id));
        info->partitions = (int32_t)partitions;
        info->exists = true;
        return 0;
}

static const rd_kafka_TopicDescription_t *find_topic(const rd_kafka_TopicDescription_t **list, size_t count,
                                                     const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(rd_kafka_TopicDescription_name(list[i]), name) == 0)
                        return list[i];
        return NULL;
}

int admin_describe_end(struct admin *a, struct topic_info *infos, struct err *e)
{
        if (a->describing == NULL)
                return err_set(e, ERR_STATE, "no description of topics is under way");
        int64_t left = (a->describe_until - clock_monotonic_usec()) / 1000;
        rd_kafka_event_t *event =
            result_of(a, &a->described, left > 0 ? (int)left : 0, "describing topics", e);
        if (event == NULL) {
                forget_names(a);
                return -1;
        }
        size_t count = a->describing_count, found;
        const rd_kafka_TopicDescription_t **list =
            rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &found);
        struct topic_info *made = client_alloc(count, sizeof(*made));
        int r = 0;
        for (size_t i = 0; r == 0 && i < count; i++) {
                // The broker answers in an order of its own; the same index is tried first.
                const rd_kafka_TopicDescription_t *topic =
                    i < found && strcmp(rd_kafka_TopicDescription_name(list[i]), a->describing[i]) == 0
                        ? list[i]
                        : find_topic(list, found, a->describing[i]);
                if (topic == NULL)
                        r = err_set(e, ERR_KAFKA, "describing topics: the answer leaves %s out",
                                    a->describing[i]);
                else
                        r = info_of(topic, &made[i], e);
        }
        if (r == 0)
                memcpy(infos, made, count * sizeof(*made));
        free(made);
        forget_names(a);
        rd_kafka_event_destroy(event);
        return r;
}

int admin_describe(struct admin *a, const char *const *topics, size_t count, int timeout_ms,
                   struct topic_info *infos, struct err *e)
{
        if (admin_describe_begin(a, topics, count, timeout_ms, e) < 0)
                return -1;
        return admin_describe_end(a, infos, e);
}

static void ask_offsets(struct admin *a, const char *topic, int32_t count, int64_t which, int timeout_ms)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
        for (int32_t i = 0; i < count; i++)
                rd_kafka_topic_partition_list_add(list, topic, i)->offset = which;
        rd_kafka_AdminOptions_t *options = options_new(a, RD_KAFKA_ADMIN_OP_LISTOFFSETS, timeout_ms);
        rd_kafka_ListOffsets(a->client.rk, list, options, a->queue);
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_topic_partition_list_destroy(list);
}

static int take_offsets(struct admin *a, const char *topic, int32_t count, int timeout_ms, int64_t *offsets,
                        struct err *e)
{
        size_t results;
        rd_kafka_event_t *event = result_of(a, &a->queue, timeout_ms, "asking for offsets", e);
        if (event == NULL)
                return -1;
        const rd_kafka_ListOffsetsResultInfo_t **list =
            rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &results);
        int32_t taken = 0;
        int r = 0;
        for (size_t i = 0; r == 0 && i < results; i++) {
                const rd_kafka_topic_partition_t *p = rd_kafka_ListOffsetsResultInfo_topic_partition(list[i]);
                if (p->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                        r = client_fail(e, p->err, NULL, "topic %s, partition %d: asking for its range",
                                        topic, (int)p->partition);
                } else if (p->partition >= 0 && p->partition < count) {
                        offsets[p->partition] = p->offset;
                        taken++;
                }
        }
        if (r == 0 && taken != count)
                r = err_set(e, ERR_KAFKA, "topic %s: %d of %d partitions answered", topic, (int)taken,
                            (int)count);
        rd_kafka_event_destroy(event);
        return r;
}

// A partition that is changing its leader, or has just been made, is asked again until the time runs out.
static int offsets_of(struct admin *a, const char *topic, int32_t count, int64_t which, int64_t until,
                      int64_t *offsets, struct err *e)
{
        for (;;) {
                struct err why = { 0 };
                int64_t left = (until - clock_monotonic_usec()) / 1000;
                int ms = left > 1 ? (int)left : 1;
                ask_offsets(a, topic, count, which, ms);
                if (take_offsets(a, topic, count, ms, offsets, &why) == 0)
                        return 0;
                if (!why.retriable || clock_monotonic_usec() + RETRY_USEC >= until) {
                        if (e != NULL)
                                *e = why;
                        return -1;
                }
                pause_usec(RETRY_USEC);
        }
}

int admin_ranges(struct admin *a, const char *topic, int32_t count, int timeout_ms, int64_t *first,
                 int64_t *next, struct err *e)
{
        if (count <= 0)
                return err_set(e, ERR_STATE, "topic %s: the range of no partitions", topic);
        int64_t until = clock_monotonic_usec() + timeout_ms * 1000LL;
        int64_t *low = client_alloc((size_t)count, sizeof(*low));
        int64_t *high = client_alloc((size_t)count, sizeof(*high));
        int r = offsets_of(a, topic, count, RD_KAFKA_OFFSET_SPEC_EARLIEST, until, low, e);
        if (r == 0)
                r = offsets_of(a, topic, count, RD_KAFKA_OFFSET_SPEC_LATEST, until, high, e);
        if (r == 0) {
                memcpy(first, low, (size_t)count * sizeof(*low));
                memcpy(next, high, (size_t)count * sizeof(*high));
        }
        free(low);
        free(high);
        return r;
}

int admin_topics(struct admin *a, int timeout_ms, struct buf *names, struct err *e)
{
        const struct rd_kafka_metadata *answer;
        rd_kafka_resp_err_t code = rd_kafka_metadata(a->client.rk, 1, NULL, &answer, timeout_ms);
        rd_kafka_poll(a->client.rk, 0);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
                client_fail(e, code, NULL, "listing topics");
                return -1;
        }
        for (int i = 0; i < answer->topic_cnt; i++) {
                const char *name = answer->topics[i].topic;
                if (strncmp(name, "__", 2) == 0)
                        continue;
                buf_add_str(names, name);
                buf_add_char(names, '\n');
        }
        rd_kafka_metadata_destroy(answer);
        return 0;
}

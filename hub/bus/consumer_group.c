// Partitions come and go. librdkafka tells of a rebalance inside its consume call; the owner hears of it
// right after that call, so that records fetched before and the change keep their order, and librdkafka waits
// for our assign.
#include "hub/base/log.h"
#include "hub/bus/consumer_state.h"

#include <stdlib.h>
#include <time.h>

#define SEEK_MS    5000
#define SEEK_TRIES 100

void group_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                        void *opaque)
{
        struct consumer *c = opaque;
        (void)rk;
        if (c->rebalance_list != NULL)
                rd_kafka_topic_partition_list_destroy(c->rebalance_list);
        c->rebalance = code;
        c->rebalance_list = rd_kafka_topic_partition_list_copy(list);
        if (c->closing)
                group_answer(c);
        else
                rd_kafka_queue_yield(c->queue);
}

static rd_kafka_topic_partition_t *add_place(rd_kafka_topic_partition_list_t *list, const struct part *p)
{
        rd_kafka_topic_partition_t *place = rd_kafka_topic_partition_list_add(list, p->topic, p->partition);
        place->offset = p->next;
        if (p->epoch >= 0)
                rd_kafka_topic_partition_set_leader_epoch(place, p->epoch);
        return place;
}

// A start position is compared with the broker's epochs only by a seek: assign alone skips it where
// librdkafka knows the topic already. A seek before the fetcher has started is refused with __STATE, so it is
// tried again.
static void check_epochs(struct consumer *c)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
        for (size_t i = 0; i < parts_count(c->parts); i++) {
                const struct part *p = parts_at(c->parts, i);
                if (p->assigned && p->fetched && p->epoch >= 0 && p->next > 0)
                        add_place(list, p);
        }
        for (int tries = 0; list->cnt > 0 && tries < SEEK_TRIES; tries++) {
                rd_kafka_error_t *error = rd_kafka_seek_partitions(c->client.rk, list, SEEK_MS);
                rd_kafka_error_destroy(error);
                for (int i = list->cnt - 1; i >= 0; i--)
                        if (error != NULL || list->elems[i].err != RD_KAFKA_RESP_ERR__STATE)
                                rd_kafka_topic_partition_list_del_by_idx(list, i);
                if (list->cnt > 0)
                        nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000 * 1000 }, NULL);
        }
        rd_kafka_topic_partition_list_destroy(list);
}

int group_assign(struct consumer *c, struct err *e)
{
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
        rd_kafka_topic_partition_list_t *paused = rd_kafka_topic_partition_list_new(16);
        for (size_t i = 0; i < parts_count(c->parts); i++) {
                struct part *p = parts_at(c->parts, i);
                if (!p->assigned || !p->fetched)
                        continue;
                add_place(list, p);
                p->rewind = false;
                if (p->paused || c->idle)
                        add_place(paused, p);
        }
        rd_kafka_resp_err_t code = rd_kafka_assign(c->client.rk, list);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && paused->cnt > 0)
                code = rd_kafka_pause_partitions(c->client.rk, paused);
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_topic_partition_list_destroy(paused);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                return client_fail(e, code, NULL, "starting to fetch");
        check_epochs(c);
        return 0;
}

static size_t places_of(struct consumer *c, const rd_kafka_topic_partition_list_t *list, struct place *places)
{
        size_t count = 0;
        for (int i = 0; i < list->cnt; i++) {
                struct part *p = parts_add(c->parts, list->elems[i].topic, list->elems[i].partition);
                if (p != NULL)
                        places[count++] = (struct place){ .topic = p->topic,
                                                          .partition = p->partition,
                                                          .offset = p->next,
                                                          .leader_epoch = p->epoch,
                                                          .cookie = p->cookie };
        }
        return count;
}

static void take(struct consumer *c, struct place *places, size_t count)
{
        for (size_t i = 0; i < count; i++)
                places[i] = (struct place){ .topic = places[i].topic,
                                            .partition = places[i].partition,
                                            .leader_epoch = -1 };
        if (c->owner.assigned != NULL)
                c->owner.assigned(c->owner.self, places, count);
        for (size_t i = 0; i < count; i++) {
                struct part *p = parts_find(c->parts, places[i].topic, places[i].partition);
                const char *topic = p->topic;
                *p = (struct part){ .topic = topic,
                                    .partition = places[i].partition,
                                    .next = places[i].offset,
                                    .epoch = places[i].leader_epoch,
                                    .cookie = places[i].cookie,
                                    .assigned = true,
                                    .fetched = !places[i].skip };
        }
        struct err e;
        if (group_assign(c, &e) < 0)
                consumer_break(c, &e);
}

static void let_go(struct consumer *c, const struct place *places, size_t count)
{
        bool lost = rd_kafka_assignment_lost(c->client.rk) != 0;
        if (c->owner.revoked != NULL)
                c->owner.revoked(c->owner.self, places, count, lost);
        for (size_t i = 0; i < parts_count(c->parts); i++)
                parts_at(c->parts, i)->assigned = false;
        rd_kafka_resp_err_t code = rd_kafka_assign(c->client.rk, NULL);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
                log_warn("partitions were not let go", F_STR("text", rd_kafka_err2str(code)));
}

bool group_answer(struct consumer *c)
{
        rd_kafka_topic_partition_list_t *list = c->rebalance_list;
        if (list == NULL)
                return false;
        c->rebalance_list = NULL;
        struct place *places = client_alloc((size_t)list->cnt, sizeof(*places));
        size_t count = places_of(c, list, places);
        if (c->rebalance == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
                take(c, places, count);
        else
                let_go(c, places, count);
        free(places);
        rd_kafka_topic_partition_list_destroy(list);
        return true;
}

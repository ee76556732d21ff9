// Publishing: the records that iochub.schemas lacks, keyed by id, so that compaction keeps each; a record is
// marked in PostgreSQL only after the broker has it. The hub does the same, and a record written twice is
// harmless.
#include <stdio.h>
#include <stdlib.h>

#include "hub/bus/admin.h"
#include "hub/bus/producer.h"
#include "hub/cli/schema.h"
#include "hub/flow/topics.h"
#include "hub/pg/registry.h"

#define FLUSH_MS    15000
#define OWN_SUBJECT "iochub.schemas-value"

struct publishing {
        struct producer *producer;
        struct registry_list list;
        bool *there; // of the list's entries: the broker has it
        struct err failure;
};

static void on_report(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        struct publishing *p = self;

        (void)partition;
        (void)offset;
        if (e)
                p->failure = *e;
        else
                *(bool *)tag = true;
}

static int make_topics(struct cli *c, const struct registry_list *list, struct err *e)
{
        struct bus_conf bus = cli_bus(c);
        struct admin *admin = admin_open(&bus, e);
        int rc = admin ? topics_ensure_own(admin, e) : -1;

        for (size_t i = 0; i < list->count && rc == 0; i++)
                if (list->entries[i].dataset)
                        rc = topics_ensure_dataset(admin, list->entries[i].dataset, e);
        admin_close(admin);
        return rc;
}

static int send_all(struct publishing *p, uint32_t schema_id, struct err *e)
{
        struct producer_topic *topic = producer_topic(p->producer, TOPIC_SCHEMAS, e);
        struct arena *arena = arena_new(64 << 10);
        struct buf value = { 0 };
        int rc = topic ? 0 : -1;

        for (size_t i = 0; i < p->list.count && rc == 0; i++) {
                struct schema_record record = registry_record(&p->list.entries[i]);
                char key[16];

                buf_reset(&value);
                schema_record_write(&record, schema_id, arena, &value);
                snprintf(key, sizeof(key), "%u", record.id);
                while ((rc = producer_send(topic, 0, slice_str(key), buf_slice(&value), NULL, 0, &p->there[i],
                                           e)) == 1)
                        producer_poll(p->producer, 100);
        }
        buf_done(&value);
        arena_free(arena);
        if (rc == 0 && producer_flush(p->producer, FLUSH_MS, e) == 1)
                rc = err_set(e, ERR_KAFKA, "Kafka did not take the schema records within %d s",
                             FLUSH_MS / 1000);
        return rc;
}

static int mark_all(struct publishing *p, struct pg *pg, struct err *e)
{
        for (size_t i = 0; i < p->list.count; i++) {
                if (!p->there[i]) {
                        *e = p->failure;
                        return -1;
                }
                if (registry_mark_published(pg, p->list.entries[i].id, e) < 0)
                        return -1;
        }
        return 0;
}

int schemas_publish(struct cli *c, struct pg *pg)
{
        struct bus_conf bus = cli_bus(c);
        struct publishing p = { 0 };
        uint32_t schema_id = 0;
        struct err e;
        int rc = registry_unpublished(pg, &p.list, &e);

        if (rc < 0)
                return cli_fail(&e);
        p.there = calloc(p.list.count + 1, sizeof(*p.there));
        if (!p.there)
                abort();
        if (p.list.count) {
                rc = registry_own_id(pg, OWN_SUBJECT, &schema_id, &e);
                if (rc == 0)
                        rc = make_topics(c, &p.list, &e);
                p.producer = rc == 0 ? producer_open(&bus, on_report, &p, &e) : NULL;
                rc = p.producer ? send_all(&p, schema_id, &e) : -1;
                producer_close(p.producer);
                if (rc == 0)
                        rc = mark_all(&p, pg, &e);
        }
        free(p.there);
        registry_list_done(&p.list);
        return rc < 0 ? cli_fail(&e) : EXIT_DONE;
}

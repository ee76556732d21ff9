// The worker's loop: poll, intake, recheck, persist until the batch is committed, route; once a second the
// tick.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/failpoint.h"
#include "hub/base/log.h"
#include "hub/base/map.h"
#include "hub/base/stop.h"
#include "hub/flow/tick.h"
#include "hub/flow/topics.h"
#include "hub/flow/worker.h"
#include "hub/pg/migrate.h"
#include "hub/pg/registry.h"

#define POLL_MS 200

typedef int (*step_function)(struct worker *w, struct err *e);

// Runs a step until it is through. 0 done, 1 start over or stop, <0 the worker cannot go on.
static int attempt(struct worker *w, enum settle_step step, step_function f, struct err *e)
{
        for (;;) {
                *e = (struct err){ 0 };
                if (f(w, e) == 0)
                        break;
                enum settle_action action = settle(w, step, e);
                if (action == SETTLE_RESTART)
                        return 1;
                if (action == SETTLE_STOP)
                        return -1;
        }
        if (w->database_away && pg_alive(w->pg)) {
                w->database_away = false;
                log_info("database is back");
        }
        return 0;
}

// Settings without which a commit could be lost are not worked with.
static int check_durability(struct worker *w, struct err *e)
{
        static const char *const names[] = { "fsync", "full_page_writes", "synchronous_commit" };
        for (size_t i = 0; i < 3; i++) {
                cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
                if (pg_query(w->pg, "SELECT current_setting($1)", 1, &names[i], &r, e) < 0)
                        return -1;
                if (strcmp(pg_text(r, 0, 0), "off") == 0)
                        return err_set(e, ERR_CONFIG,
                                       "PostgreSQL runs with %s = off: rows could be lost; turn it on",
                                       names[i]);
        }
        return 0;
}

// A database older or newer than this program is not written to.
static int check_migrated(struct worker *w, struct err *e)
{
        int r = migrate_check(w->pg, e);
        return r > 0 ? err_set(e, ERR_STATE, "the database is older than this hub; run `iochub db migrate`")
                     : r;
}

static int open_database(struct worker *w, struct err *e)
{
        w->pg = pg_open(w->conf->database.conninfo, w->name, e);
        if (w->pg == NULL || check_durability(w, e) < 0 || check_migrated(w, e) < 0 ||
            registry_own_id(w->pg, "iochub.routing-value", &w->routing_schema, e) < 0 ||
            registry_own_id(w->pg, "rejected-value", &w->reject_schema, e) < 0 ||
            registry_own_id(w->pg, "iochub.schemas-value", &w->record_schema, e) < 0)
                return -1;
        return 0;
}

static int open_kafka(struct worker *w, struct err *e)
{
        struct bus_conf bus = { .kafka = w->conf->kafka, .client_id = w->name };
        char instance[96];
        snprintf(instance, sizeof(instance), "%s-%d", w->conf->hub.instance, w->number);
        const struct consumer_owner owner = {
                .self = w,
                .assigned = takeover_assigned,
                .revoked = takeover_revoked,
                .failed = takeover_failed,
                .broker = tick_broker,
        };
        w->admin = admin_open(&bus, e);
        if (w->admin == NULL || topics_ensure_own(w->admin, e) < 0)
                return -1;
        w->producer = producer_open(&bus, route_report, w, e);
        if (w->producer == NULL)
                return -1;
        w->routing_topic = producer_topic(w->producer, TOPIC_ROUTING, e);
        w->events_topic = producer_topic(w->producer, TOPIC_EVENTS, e);
        if (w->routing_topic == NULL || w->events_topic == NULL)
                return -1;
        w->consumer = consumer_open(&bus, w->conf->hub.group, instance, &owner, e);
        return w->consumer == NULL ? -1 : 0;
}

static int worker_open(struct worker *w, struct err *e)
{
        w->restart = false;
        w->limit = w->batch->capacity;
        w->next_tick = 0;
        w->subscribed = false;
        map_clear(w->destinations);
        if (open_database(w, e) < 0 || open_kafka(w, e) < 0)
                return -1;
        tick_broker(w, true, "");
        return 0;
}

static void worker_close(struct worker *w)
{
        struct err e = { 0 };
        batch_reset(w->batch, w->structures);
        if (w->consumer != NULL)
                consumer_release(w->consumer);
        if (w->producer != NULL && stop_requested() && route_wait(w, 0, &e) < 0)
                log_warn("routing events are left for the next holder", F_STR("error", e.text));
        w->consumer = consumer_close(w->consumer); // lets the partitions go, with their watermarks
        w->producer = producer_close(w->producer);
        w->admin = admin_close(w->admin);
        w->pg = pg_close(w->pg);
        structures_connection_changed(w->structures);
        for (struct part *p = w->parts; p != NULL; p = p->next)
                p->revoked = true;
        parts_sweep(w);
        for (size_t i = 0; i < ROUTINGS; i++) {
                w->routings[i].pending = w->routings[i].mark_count = 0;
                w->routings[i].open = w->routings[i].failed = false;
        }
        w->publication.pending = 0;
}

static void batch_fill(struct worker *w, const struct record *records, size_t count)
{
        struct batch *b = w->batch;
        for (size_t i = 0; i < count; i++)
                if (records[i].cookie != NULL)
                        b->items[b->count++] =
                            (struct item){ .record = &records[i], .part = records[i].cookie };
}

static int persist_all(struct worker *w, struct err *e)
{
        while (w->batch->done < w->batch->decided) {
                int r = attempt(w, STEP_PERSIST, persist, e);
                if (r != 0)
                        return r;
                if (w->limit < w->batch->capacity)
                        w->limit = 2 * w->limit < w->batch->capacity ? 2 * w->limit : w->batch->capacity;
        }
        return 0;
}

// One batch through all steps. Results as attempt.
static int work(struct worker *w, struct err *e)
{
        int r;
        (void)failpoint_hit("hub-polled");
        if ((r = attempt(w, STEP_INTAKE, intake, e)) != 0 || (r = attempt(w, STEP_INTAKE, recheck, e)) != 0)
                return r;
        if ((r = persist_all(w, e)) != 0)
                return r;
        return attempt(w, STEP_ROUTE, route, e);
}

static int settle_routings(struct worker *w, struct err *e)
{
        return route_wait(w, ROUTINGS, e);
}

static int loop(struct worker *w, struct err *e)
{
        while (!stop_requested() && !w->restart) {
                const struct record *records;
                size_t count;
                int r;
                if (clock_monotonic_usec() >= w->next_tick && (r = attempt(w, STEP_TICK, tick, e)) != 0)
                        return r;
                parts_sweep(w);
                if (consumer_poll(w->consumer, POLL_MS, w->batch->capacity, &records, &count, e) < 0) {
                        if (settle(w, STEP_ROUTE, e) == SETTLE_STOP)
                                return -1;
                        return 1;
                }
                batch_fill(w, records, count);
                r = w->batch->count > 0 ? work(w, e) : attempt(w, STEP_ROUTE, settle_routings, e);
                w->idle = w->batch->count == 0;
                if (r != 0)
                        return r;
                batch_reset(w->batch, w->structures);
                consumer_release(w->consumer);
        }
        return 0;
}

int worker_run(struct worker *w, struct err *e)
{
        int r = 0;
        while (!stop_requested() && r >= 0) {
                *e = (struct err){ 0 };
                if (worker_open(w, e) == 0) {
                        r = loop(w, e);
                } else if (settle(w, STEP_CONNECT, e) == SETTLE_STOP) {
                        r = -1;
                }
                worker_close(w);
        }
        return r < 0 ? -1 : 0;
}

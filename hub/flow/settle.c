// Settle: the one place that decides what a failed step means. Infrastructure faults wait and try again, a
// refused row is looked for, anything else ends the worker with its words.
#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/stop.h"
#include "hub/flow/tick.h"
#include "hub/flow/worker.h"

static void wait_ms(struct worker *w, int ms)
{
        int64_t until = clock_monotonic_usec() + ms * 1000LL;
        do {
                if (w->consumer != NULL)
                        consumer_serve(w->consumer);
                tick_alive(w);
                stop_sleep_ms(50);
        } while (clock_monotonic_usec() < until && !stop_requested());
}

static void say_database_away(struct worker *w, const struct err *e)
{
        if (!w->database_away)
                log_warn("database is away; records wait", F_STR("error", e->text),
                         F_STR("sqlstate", e->sqlstate));
        w->database_away = true;
}

static enum settle_action reconnect(struct worker *w, const struct err *e)
{
        say_database_away(w, e);
        int pause = 100;
        while (!stop_requested() && !w->restart) {
                struct err again = { 0 };
                w->pg = pg_close(w->pg);
                w->pg = pg_open(w->conf->database.conninfo, w->name, &again);
                if (w->pg != NULL) {
                        structures_connection_changed(w->structures);
                        return SETTLE_AGAIN;
                }
                wait_ms(w, pause);
                pause = pause < 2000 ? pause * 2 : 2000;
        }
        return SETTLE_RESTART;
}

// The database refused a row: fewer records a transaction until it is found, then it goes to quarantine.
// Where that is refused as well, the partition stops there: nothing of it is skipped, and others go on.
static enum settle_action isolate(struct worker *w, const struct err *e)
{
        size_t left = w->batch->decided - w->batch->done;
        size_t tried = w->limit < left ? w->limit : left;
        if (tried > 1) {
                w->limit = (tried + 1) / 2;
                return SETTLE_AGAIN;
        }
        const struct item *item = &w->batch->items[w->batch->done];
        if (item->fate == FATE_REJECT && item->fault.code == FAULT_REFUSED_BY_STORE) {
                part_stop(w, item->part, "STORE_REFUSES", e->text);
                return SETTLE_AGAIN;
        }
        log_warn("database refused a record; it goes to quarantine", F_STR("sqlstate", e->sqlstate),
                 F_INT("offset", item->record->offset), F_STR("topic", item->part->feed->topic));
        persist_refuse(w, e);
        return SETTLE_AGAIN;
}

static enum settle_action database(struct worker *w, enum settle_step step, const struct err *e)
{
        switch (pg_classify(e)) {
        case PG_LOST:
                return reconnect(w, e);
        case PG_BUSY:
                wait_ms(w, 100);
                return SETTLE_AGAIN;
        case PG_FULL:
                say_database_away(w, e);
                wait_ms(w, 1000);
                return SETTLE_AGAIN;
        case PG_DATA:
                if (step == STEP_PERSIST)
                        return isolate(w, e);
                break;
        case PG_OTHER:
                break;
        }
        log_error("database refuses the hub's own statements", F_STR("sqlstate", e->sqlstate),
                  F_STR("error", e->text),
                  F_STR("hint", "run `iochub db migrate` and check the rights of the hub's role"));
        return SETTLE_STOP;
}

static bool stop_changed_topics(struct worker *w)
{
        bool any = false;
        for (struct part *p = w->parts; p != NULL; p = p->next) {
                if (p->topic == TOPIC_SAME || p->stopped)
                        continue;
                part_stop_for_topic(w, p);
                any = true;
        }
        return any;
}

enum settle_action settle(struct worker *w, enum settle_step step, const struct err *e)
{
        if (stop_requested())
                return SETTLE_RESTART;
        switch (e->code) {
        case ERR_DATABASE:
                return database(w, step, e);
        case ERR_KAFKA:
                if (step == STEP_PERSIST || step == STEP_TICK) {
                        wait_ms(w, 500);
                        return SETTLE_AGAIN;
                }
                if (step == STEP_CONNECT)
                        tick_broker(w, false, e->text);
                else
                        log_warn("broker refused; the worker starts over", F_STR("error", e->text));
                wait_ms(w, 1000);
                return SETTLE_RESTART;
        case ERR_STATE:
                if (stop_changed_topics(w))
                        return SETTLE_AGAIN;
                break;
        default:
                break;
        }
        log_error("the worker cannot go on", F_STR("error", e->text));
        return SETTLE_STOP;
}

// One worker: the state that the steps share. One thread.
#pragma once

#include "hub/bus/admin.h"
#include "hub/bus/producer.h"
#include "hub/flow/batch.h"
#include "hub/flow/hub.h"

// A batch handed to the producer and not yet acknowledged as a whole.
struct routing {
        size_t pending;
        bool failed, open;
        // Where its parts stand once it is through.
        struct mark {
                struct part *part;
                int64_t epoch; // of the part when it was marked
                int64_t offset;
                struct seen seen;
        } * marks;
        size_t mark_count, mark_capacity;
};

#define ROUTINGS 2 // batch N+2 is not committed before batch N is routed

struct worker {
        const struct hub_conf *conf;
        int number;
        char name[96]; // instance/number, application name and client id
        struct pg *pg;
        struct consumer *consumer;
        struct producer *producer;
        struct admin *admin;
        struct catalog *catalog;
        struct structures *structures;
        struct digest *digest;
        struct batch *batch;
        struct part *parts;
        struct routing routings[ROUTINGS];
        unsigned turn;              // index of the next routing
        struct routing publication; // of schema records; without marks
        struct err routing_error;
        uint32_t routing_schema, reject_schema, record_schema; // ids of our own messages
        struct producer_topic *routing_topic, *events_topic;
        size_t limit; // records a transaction; shrinks to find a refused row
        int64_t next_tick, next_beat;
        struct map *destinations; // topics of grants and rules that are known to be there
        bool idle, subscribed;
        bool database_away, broker_away;
        bool restart; // give everything back and start over
        struct buf scratch;
};

// intake.c: decides every record of the batch not yet decided. <0: the database could not be asked; call
// again.
int intake(struct worker *w, struct err *e) must_check;
// recheck.c: turns STORE into REPEAT where the id is stored already, and does what identity.c does.
int recheck(struct worker *w, struct err *e) must_check;
// identity.c: the same by natural key, or into REJECT where the stored content is another.
int recheck_identities(struct worker *w, struct err *e) must_check;
// persist.c: commits the next items of the batch, at most w->limit. 0 done, <0 see pg_classify.
int persist(struct worker *w, struct err *e) must_check;
// store.c: the rows of the items up to `to`, inside the transaction. Where these are more than one
// transaction should fold, store_end says how far to go.
int store_rows(struct worker *w, size_t to, struct err *e) must_check;
size_t store_end(struct worker *w, size_t to);
// The refused single row goes to quarantine instead.
void persist_refuse(struct worker *w, const struct err *why);
// quarantine.c: writes the slice's rejects and gaps inside the transaction.
int quarantine_write(struct worker *w, size_t from, size_t to, struct err *e) must_check;
// route.c
int route(struct worker *w, struct err *e) must_check;
void route_report(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e);
// Waits until at most `left` batches are unacknowledged.
int route_wait(struct worker *w, size_t left, struct err *e) must_check;
// rules.c: matches and sends the events of one stored item.
int route_item(struct worker *w, struct routing *r, const struct item *item, struct err *e) must_check;
int send_counted(struct worker *w, struct routing *r, struct producer_topic *topic, struct slice key,
                 struct slice value, const struct bus_header *headers, size_t count,
                 struct err *e) must_check;
// takeover.c
void takeover_assigned(void *self, struct place *places, size_t count);
void takeover_revoked(void *self, const struct place *places, size_t count, bool lost);
void takeover_failed(void *self, const char *topic, int32_t partition, const struct err *e);
// Stops a partition for good, with a word and a reason in hub.progress and an event.
void part_stop(struct worker *w, struct part *p, const char *word, const char *reason);
// The same for what p->topic says.
void part_stop_for_topic(struct worker *w, struct part *p);
// Saves routing watermarks that no transaction has saved yet.
int watermarks_save(struct worker *w, struct err *e) must_check;
void parts_sweep(struct worker *w);
// event.c: CloudEvents on iochub.events.
// r: the routing whose watermark waits for it; NULL: none does.
void event_send(struct worker *w, struct routing *r, const char *type, const struct part *p, const char *text,
                int64_t first, int64_t last);
// settle.c: what to do about a failed step.
enum settle_step { STEP_CONNECT, STEP_TICK, STEP_INTAKE, STEP_PERSIST, STEP_ROUTE };
enum settle_action { SETTLE_AGAIN, SETTLE_RESTART, SETTLE_STOP };
enum settle_action settle(struct worker *w, enum settle_step step, const struct err *e);

// worker.c: runs until a stop is requested.
int worker_run(struct worker *w, struct err *e) must_check;

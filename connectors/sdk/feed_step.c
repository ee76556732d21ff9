// A running feed: rows in, records out, and what time asks for.
#include <stdio.h>

#include "connectors/sdk/feed.h"
#include "hub/base/clock.h"
#include "hub/base/failpoint.h"
#include "hub/base/log.h"

#define PART_END_USEC   200000 // least time between two checkpoints for the ends of files
#define SESSIONS_FAILED 5
#define MIXED_USEC      (86400 * USEC_PER_SEC)

void feed_finish(struct feed *f, enum feed_state after)
{
        struct err e;
        f->state = FEED_FINISHING;
        f->after = after;
        // Nothing to save while rows that the log has already are still being skipped: the first checkpoint
        // stands.
        if (f->known != NULL)
                return;
        if (snapshot_take(f, &e) < 0)
                log_error("the last checkpoint cannot be made", F_STR("topic", f->conf->topic),
                          F_STR("error", e.text));
}

void feed_fail(struct feed *f, const struct err *e)
{
        snprintf(f->summary.error, sizeof(f->summary.error), "%s", e->text);
        log_error("feed ended with an error", F_STR("topic", f->conf->topic), F_STR("error", e->text));
        if (f->state == FEED_RUNNING)
                feed_finish(f, FEED_FAILED);
        else
                f->state = FEED_FAILED;
}

// What cannot be recorded must not be passed over: no checkpoint is made behind it.
static void fail_without_checkpoint(struct feed *f, const struct err *e)
{
        snapshots_clear(f);
        f->state = FEED_FINISHING;
        f->after = FEED_FAILED;
        snprintf(f->summary.error, sizeof(f->summary.error), "%s", e->text);
        log_error("feed ended with an error", F_STR("topic", f->conf->topic), F_STR("error", e->text));
}

static void reject_row(struct feed *f, const struct source_row *row)
{
        struct err e;
        if (reject_file_add(f->rejects, clock_now(), row, &e) < 0) {
                fail_without_checkpoint(f, &e);
                return;
        }
        f->local_rejects++;
        f->summary.rejected++;
}

static bool found_in_log(struct feed *f, const struct source_row *row)
{
        uint8_t id[ID_SIZE];
        if (f->known == NULL)
                return false;
        struct header h = {
                .agency = slice_str(f->runner->config->agency),
                .dataset = slice_str(f->conf->dataset),
                .source = slice_str(((const struct source_common *)f->conf->source)->name),
                .source_position = row->position,
        };
        envelope_id(&h, f->digest, id);
        bool found = idset_take(f->known, id);
        if (idset_left(f->known) == 0)
                f->known = idset_free(f->known);
        return found;
}

static void send_row(struct feed *f, struct source_row *row)
{
        struct msg *m;
        struct err e;
        arena_reset(f->arena, 1024 * 1024);
        int r = mapping_row(f->conf->mapping, row->values, f->arena, &m, &row->fault);
        if (r == 0) {
                if (found_in_log(f, row)) {
                        f->records++;
                        f->summary.skipped++;
                        return;
                }
                r = feed_send_row(f, m, row, &row->fault, &e);
                if (r < 0) {
                        f->runner->producer_error = e;
                        return;
                }
                if (r != 2) {
                        f->records++;
                        f->summary.sent++;
                        return;
                }
        }
        reject_row(f, row);
}

// Everything there is was read, so whatever was found in the log and not met is of rows that are gone.
static void caught_up(struct feed *f)
{
        f->known = idset_free(f->known);
        f->recheck_goes_on = false;
        f->idle = true;
}

static void take_snapshot(struct feed *f)
{
        struct err e;
        if (f->known == NULL && snapshot_take(f, &e) < 0)
                feed_fail(f, &e);
}

static void took_row(struct feed *f)
{
        f->summary.rows++;
        f->since_snapshot++;
        f->idle = false;
        if (f->state == FEED_RUNNING &&
            f->since_snapshot >= (uint64_t)f->runner->config->limits.checkpoint_records)
                take_snapshot(f);
}

// One call of the source. False where there is nothing to do at once.
static bool step_once(struct feed *f)
{
        struct source_row row = { 0 };
        struct err e;
        int r = f->conf->kind->next(f->source, &row, &e);
        if (r >= 0 && failpoint_hit("connector-after-read"))
                r = err_set(&e, ERR_STATE, "failpoint");
        switch (r) {
        case SOURCE_ROW:
                send_row(f, &row);
                took_row(f);
                return true;
        case SOURCE_BAD_ROW:
                reject_row(f, &row);
                took_row(f);
                return true;
        case SOURCE_PART_END:
                if (f->since_snapshot > 0 && clock_monotonic_usec() - f->snapshot_at >= PART_END_USEC)
                        take_snapshot(f);
                return true;
        case SOURCE_IDLE:
                caught_up(f);
                return false;
        case SOURCE_END:
                caught_up(f);
                feed_finish(f, FEED_DONE);
                return true;
        default:
                feed_fail(f, &e);
                return true;
        }
}

bool feed_step(struct feed *f, unsigned budget)
{
        struct err e;
        bool worked = false;
        int64_t limit = f->runner->config->limits.in_flight;
        while (budget-- > 0 && f->state == FEED_RUNNING && !f->runner->producer_lost) {
                if (f->held_partition >= 0) {
                        int r = feed_send_held(f, &e);
                        if (r < 0)
                                f->runner->producer_error = e;
                        if (r != 0)
                                return worked;
                }
                if (f->runner->in_flight >= (size_t)limit || !step_once(f))
                        return worked;
                worked = true;
        }
        return worked;
}

static void tick_running(struct feed *f, int64_t now)
{
        const struct limits_conf *limits = &f->runner->config->limits;
        struct err e;
        bool due = f->since_snapshot > 0 && now - f->snapshot_at >= limits->checkpoint_every;
        bool idle_due = f->idle && now - f->checkpoint_at >= limits->checkpoint_idle &&
                        now - f->snapshot_at >= limits->checkpoint_idle;
        if (due || idle_due)
                take_snapshot(f);
        if (f->state != FEED_RUNNING || f->held_partition >= 0 || !f->idle ||
            now - f->heartbeat_at < limits->heartbeat)
                return;
        f->heartbeat_at = now;
        if (feed_send_heartbeat(f, &e) < 0)
                f->runner->producer_error = e;
}

static void finish_session(struct feed *f)
{
        f->state = f->after;
        f->summary.seconds = (double)(clock_monotonic_usec() - f->started) / USEC_PER_SEC;
}

// All of the broken session is accounted for: a new one finds in the log what was stored.
static void start_again(struct feed *f)
{
        struct err e = f->report_error;
        bool progress = f->parts[0].reported > 1; // more than START and CHECKPOINT
        for (int32_t p = 1; p < f->partitions; p++)
                progress |= f->parts[p].reported > 0;
        f->sessions_failed = progress ? 1 : f->sessions_failed + 1;
        if (f->sessions_failed >= SESSIONS_FAILED) {
                err_prefix(&e, "given up after %u sessions", f->sessions_failed);
                f->state = FEED_WAITING;
                feed_fail(f, &e);
                return;
        }
        log_warn("a record was not stored; starting a new session", F_STR("topic", f->conf->topic),
                 F_STR("error", e.text));
        f->state = FEED_WAITING;
        f->try_at = clock_monotonic_usec() + f->sessions_failed * USEC_PER_SEC;
}

// A checkpoint proves itself by offsets while nobody else writes to the topic, else by its START; so that
// this one is not lost to retention, a session with foreign records in it does not grow old.
static bool renew_session(struct feed *f, int64_t now)
{
        if (!f->mixed || !f->idle || f->state != FEED_RUNNING || now - f->session_since < MIXED_USEC)
                return false;
        if (f->in_flight > 0 || f->held_partition >= 0 || f->snapshot_count > 0 || f->since_snapshot > 0)
                return false;
        f->state = FEED_WAITING;
        f->try_at = now;
        return true;
}

void feed_tick(struct feed *f)
{
        struct err e;
        int64_t now = clock_monotonic_usec();
        if (renew_session(f, now))
                return;
        if (f->state == FEED_RUNNING)
                tick_running(f, now);
        if (f->state == FEED_FINISHING && f->held_partition >= 0 && feed_send_held(f, &e) < 0)
                f->runner->producer_error = e;
        if ((f->state == FEED_RUNNING || f->state == FEED_FINISHING) && snapshot_send_due(f, &e) < 0) {
                if (f->runner->producer_lost)
                        f->runner->producer_error = e;
                else
                        fail_without_checkpoint(f, &e);
        }
        if (f->in_flight > 0)
                return;
        if (f->state == FEED_FINISHING && f->held_partition < 0 && f->snapshot_count == 0)
                finish_session(f);
        else if (f->state == FEED_BROKEN)
                start_again(f);
}

#include "connectors/sdk/runner.h"

#include <stdlib.h>

#include "connectors/sdk/feed.h"
#include "hub/base/clock.h"
#include "hub/base/failpoint.h"
#include "hub/base/log.h"
#include "hub/base/stop.h"

#define BUDGET     512 // rows of a feed before the next one's turn
#define RETRY_USEC (2 * USEC_PER_SEC)
#define STALL_USEC (3 * USEC_PER_SEC)
#define ASK_MS     5000

static void on_report(void *self, void *tag, int32_t partition, int64_t offset, const struct err *e)
{
        struct runner *r = self;
        uintptr_t number = (uintptr_t)tag;
        struct feed *f = r->slots[number >> SEQUENCE_BITS];
        int64_t sequence = (int64_t)(number & (((uintptr_t)1 << SEQUENCE_BITS) - 1));
        r->in_flight--;
        r->last_report = 0;
        if (r->producer_closing) {
                f->in_flight--;
                return;
        }
        feed_reported(f, partition, sequence, offset, e);
        (void)failpoint_hit("connector-reported");
}

static void on_failed(void *self, const char *topic, int32_t partition, const struct err *e)
{
        struct runner *r = self;
        r->reader_failed = true;
        r->reader_error = *e;
        err_prefix(&r->reader_error, "%s [%d]", topic, (int)partition);
}

void ignore_broker(void *self, bool up, const char *text)
{
        (void)self, (void)up, (void)text;
}

static void feed_init(struct feed *f, struct runner *r, const struct feed_conf *conf)
{
        f->runner = r;
        f->conf = conf;
        f->held_partition = -1;
        f->rejects = reject_file_open(r->config->reject_path, conf->dataset);
        f->digest = digest_new();
        f->arena = arena_new(64 * 1024);
        f->summary = (struct feed_summary){ .topic = conf->topic,
                                            .dataset = conf->dataset,
                                            .reject_path = reject_file_path(f->rejects) };
}

static void feed_done(struct feed *f)
{
        if (f->source)
                f->conf->kind->close(f->source);
        snapshots_free(f);
        reject_file_close(f->rejects);
        idset_free(f->known);
        buf_done(&f->value);
        buf_done(&f->key);
        buf_done(&f->cursor);
        digest_free(f->digest);
        arena_free(f->arena);
        free(f->parts);
}

struct runner *runner_open(const struct config *config, const struct runner_options *options, struct err *e)
{
        struct runner *r = calloc(1, sizeof(*r));
        if (r == NULL)
                abort();
        r->config = config;
        r->options = options;
        r->feeds = calloc(config->feed_count, sizeof(*r->feeds));
        if (r->feeds == NULL)
                abort();
        for (; r->feed_count < config->feed_count; r->feed_count++)
                feed_init(&r->feeds[r->feed_count], r, &config->feeds[r->feed_count]);
        struct consumer_owner owner = { .self = r, .failed = on_failed, .broker = ignore_broker };
        if ((r->producer = producer_open(&config->bus, on_report, r, e)) == NULL ||
            (r->admin = admin_open(&config->bus, e)) == NULL ||
            (r->reader = consumer_open(&config->bus, NULL, NULL, &owner, e)) == NULL ||
            (r->catalogue = catalogue_open(&config->bus, e)) == NULL)
                return runner_free(r);
        return r;
}

struct runner *runner_free(struct runner *r)
{
        if (r == NULL)
                return NULL;
        r->producer_closing = true;
        if (r->producer)
                producer_close(r->producer);
        if (r->reject_reader)
                consumer_close(r->reject_reader);
        if (r->reader)
                consumer_close(r->reader);
        if (r->catalogue)
                catalogue_close(r->catalogue);
        if (r->admin)
                admin_close(r->admin);
        for (size_t i = 0; i < r->feed_count; i++)
                feed_done(&r->feeds[i]);
        free(r->feeds);
        free(r->slots);
        free(r);
        return NULL;
}

// 0 done, 2 stop, <0. Waits for a broker as long as it takes.
static int read_catalogue(struct runner *r, struct err *e)
{
        bool said = false;
        while (!stop_requested()) {
                int result = catalogue_refresh(r->catalogue, ASK_MS, e);
                if (result >= 0)
                        return 0;
                if (!e->retriable)
                        return -1;
                if (!said)
                        log_warn("the registered structures cannot be read; waiting for the broker",
                                 F_STR("error", e->text));
                said = true;
                stop_sleep_ms(500);
        }
        return 2;
}

// Binds what is registered already. True where the configuration does not fit it.
static bool bind_all(struct runner *r, struct conf_errors *errors)
{
        bool mistakes = false;
        for (size_t i = 0; i < r->feed_count; i++)
                mistakes |= feed_bind(&r->feeds[i], errors) == 2;
        return mistakes;
}

static void try_start(struct feed *f)
{
        struct runner *r = f->runner;
        struct err e;
        f->try_at = clock_monotonic_usec() + RETRY_USEC;
        if (f->schema == NULL) {
                struct conf_errors errors;
                conf_errors_init(&errors, yaml_name(r->config->yaml));
                int bound = catalogue_refresh(r->catalogue, ASK_MS, &e) == 0 ? feed_bind(f, &errors) : 1;
                if (bound == 2) {
                        err_set(&e, ERR_CONFIG, "the configuration does not fit the registered structure: %s",
                                buf_cstr(&errors.text));
                        feed_fail(f, &e);
                }
                conf_errors_done(&errors);
                if (bound == 2)
                        return;
        }
        if (feed_start(f, &e) < 0 && !r->producer_lost)
                feed_fail(f, &e);
        else if (r->producer_lost)
                r->producer_error = e;
}

// The producer itself is dead: every feed at work starts a new session on a new one.
static int replace_producer(struct runner *r, struct err *e)
{
        log_warn("the producer cannot go on; starting a new one", F_STR("error", r->producer_error.text));
        r->producer_closing = true;
        producer_close(r->producer);
        r->producer_closing = false;
        r->producer_lost = false;
        for (size_t i = 0; i < r->feed_count; i++) {
                struct feed *f = &r->feeds[i];
                f->in_flight = 0;
                f->held_partition = -1;
                if (f->state == FEED_FINISHING && f->after == FEED_FAILED)
                        f->state = FEED_FAILED;
                else if (f->state != FEED_DONE && f->state != FEED_FAILED)
                        f->state = FEED_WAITING;
                f->try_at = clock_monotonic_usec() + RETRY_USEC;
        }
        r->in_flight = 0;
        r->producer = producer_open(&r->config->bus, on_report, r, e);
        return r->producer ? 0 : -1;
}

// Says once when records wait and no report comes, and once when they come again.
static void watch_broker(struct runner *r)
{
        int64_t now = clock_monotonic_usec();
        if (r->last_report == 0 || r->in_flight == 0) {
                r->last_report = now;
                if (r->said_stalled)
                        log_info("broker is back");
                r->said_stalled = false;
        } else if (!r->said_stalled && now - r->last_report > STALL_USEC) {
                log_warn("broker is away; records wait", F_INT("in_flight", r->in_flight));
                r->said_stalled = true;
        }
}

static bool turn(struct runner *r)
{
        bool worked = false;
        for (size_t i = 0; i < r->feed_count; i++) {
                struct feed *f = &r->feeds[i];
                if (f->state == FEED_WAITING && clock_monotonic_usec() >= f->try_at)
                        try_start(f);
                worked |= feed_step(f, BUDGET);
                feed_tick(f);
        }
        return worked;
}

static bool all_ended(const struct runner *r)
{
        for (size_t i = 0; i < r->feed_count; i++) {
                if (r->feeds[i].state != FEED_DONE && r->feeds[i].state != FEED_FAILED)
                        return false;
        }
        return true;
}

// Nothing more is read; what was sent is delivered and checkpointed, within bounds.
static int stop_all(struct runner *r)
{
        int64_t until = clock_monotonic_usec() + r->config->limits.flush;
        for (size_t i = 0; i < r->feed_count; i++) {
                struct feed *f = &r->feeds[i];
                if (f->state == FEED_RUNNING)
                        feed_finish(f, FEED_DONE);
                else if (f->state == FEED_WAITING || f->state == FEED_BROKEN)
                        f->state = FEED_DONE;
        }
        while (!all_ended(r) && !r->producer_lost && clock_monotonic_usec() < until) {
                producer_poll(r->producer, 20);
                for (size_t i = 0; i < r->feed_count; i++) {
                        feed_tick(&r->feeds[i]);
                        if (r->feeds[i].state == FEED_WAITING)
                                r->feeds[i].state = FEED_DONE;
                }
        }
        if (all_ended(r))
                return RUNNER_DONE;
        log_warn("stopped before everything was delivered; the next start sends it",
                 F_INT("in_flight", r->in_flight));
        return RUNNER_UNDELIVERED;
}

static int result_of(const struct runner *r)
{
        for (size_t i = 0; i < r->feed_count; i++) {
                if (r->feeds[i].state == FEED_FAILED)
                        return RUNNER_FEED_FAILED;
        }
        return RUNNER_DONE;
}

static int prepare(struct runner *r, struct conf_errors *errors, struct err *e)
{
        int result = read_catalogue(r, e);
        if (result != 0)
                return result;
        if (bind_all(r, errors))
                return RUNNER_MISTAKES;
        rejects_open(r);
        return 0;
}

int runner_run(struct runner *r, struct conf_errors *errors, struct err *e)
{
        int result = prepare(r, errors, e);
        if (result == 2)
                return RUNNER_DONE;
        if (result != 0)
                return result;
        while (!all_ended(r)) {
                if (stop_requested()) {
                        result = stop_all(r);
                        break;
                }
                bool worked = turn(r);
                producer_poll(r->producer, worked ? 0 : 20);
                rejects_poll(r);
                watch_broker(r);
                if (r->stale)
                        return RUNNER_STALE;
                if (r->producer_lost && replace_producer(r, e) < 0)
                        return -1;
        }
        return result == RUNNER_DONE ? result_of(r) : result;
}

size_t runner_feeds(const struct runner *r)
{
        return r->feed_count;
}

void runner_summary(const struct runner *r, size_t feed, struct feed_summary *out)
{
        static const char *const words[] = {
                [FEED_WAITING] = "waiting", [FEED_RUNNING] = "running", [FEED_FINISHING] = "finishing",
                [FEED_BROKEN] = "broken",   [FEED_DONE] = "done",       [FEED_FAILED] = "failed",
        };
        const struct feed *f = &r->feeds[feed];
        *out = f->summary;
        out->state = words[f->state];
        if (f->started && out->seconds == 0)
                out->seconds = (double)(clock_monotonic_usec() - f->started) / USEC_PER_SEC;
}

int runner_resume(struct runner *r, const char *dataset, const char *where, struct conf_errors *errors,
                  struct err *e)
{
        int result = read_catalogue(r, e);
        if (result != 0)
                return result;
        for (size_t i = 0; i < r->feed_count; i++) {
                struct feed *f = &r->feeds[i];
                if (strcmp(f->conf->dataset, dataset) != 0)
                        continue;
                switch (feed_bind(f, errors)) {
                case 1:
                        return err_set(e, ERR_STATE, "dataset %s is not registered", dataset);
                case 2:
                        return 1;
                }
                result = feed_start_at(f, where, e);
                if (result == 1)
                        return err_set(e, ERR_STATE, "topic %s does not exist or the broker does not answer",
                                       f->conf->topic);
                return result;
        }
        return err_set(e, ERR_CONFIG, "the configuration has no feed of dataset %s", dataset);
}

// From nothing to RUNNING: structure, topic, START, the log, the cursor, the first CHECKPOINT.
#include <stdlib.h>

#include "connectors/sdk/feed.h"
#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/stop.h"

static void say_waiting(struct feed *f, const char *why, const char *detail)
{
        if (strcmp(f->said, why) == 0)
                return;
        strncpy(f->said, why, sizeof(f->said) - 1);
        log_info(why, F_STR("topic", f->conf->topic), F_STR("dataset", f->conf->dataset),
                 F_STR("detail", detail));
}

int feed_bind(struct feed *f, struct conf_errors *errors)
{
        const struct schema *s = catalogue_dataset(f->runner->catalogue, f->conf->dataset);
        if (s == NULL)
                return 1;
        if (f->schema != NULL)
                return 0;
        size_t before = errors->count;
        mapping_bind(f->conf->mapping, s, errors);
        if (errors->count > before)
                return 2;
        f->schema = s;
        return 0;
}

// 0 there, 1 not yet.
static int find_topic(struct feed *f, struct err *e)
{
        const char *const topics[] = { f->conf->topic };
        struct topic_info info;
        if (admin_describe(f->runner->admin, topics, 1, 5000, &info, e) < 0) {
                if (!e->retriable)
                        return -1;
                say_waiting(f, "the broker cannot be asked for the topic; waiting", e->text);
                return 1;
        }
        if (!info.exists) {
                say_waiting(f, "the topic does not exist yet; waiting",
                            "the operations centre makes it with `iochub feed add AGENCY DATASET`");
                return 1;
        }
        if (info.partitions > PARTITIONS_MAX)
                return err_set(e, ERR_LIMIT, "topic %s has %d partitions; %d are the most", f->conf->topic,
                               (int)info.partitions, PARTITIONS_MAX);
        if (f->partitions != 0 && f->partitions != info.partitions)
                return err_set(
                    e, ERR_STATE,
                    "topic %s has %d partitions now and had %d; the partition count of a feed never changes",
                    f->conf->topic, (int)info.partitions, (int)f->partitions);
        f->topic = producer_topic(f->runner->producer, f->conf->topic, e);
        if (f->topic == NULL)
                return -1;
        if (f->partitions == 0) {
                struct runner *r = f->runner;
                f->partitions = info.partitions;
                f->parts = calloc((size_t)info.partitions, sizeof(*f->parts));
                r->slots = reallocarray(r->slots, r->slot_count + (size_t)info.partitions, sizeof(*r->slots));
                if (f->parts == NULL || r->slots == NULL)
                        abort();
                f->slot = r->slot_count;
                for (int32_t p = 0; p < info.partitions; p++)
                        r->slots[r->slot_count++] = f;
        }
        return 0;
}

int feed_await(struct feed *f, struct err *e)
{
        while (f->in_flight > 0 || f->held_partition >= 0) {
                if (stop_requested())
                        return 2;
                if (f->runner->producer_lost) {
                        *e = f->runner->producer_error;
                        return -1;
                }
                int r = feed_send_held(f, e);
                if (r < 0)
                        return -1;
                producer_poll(f->runner->producer, 50);
                if (f->state == FEED_BROKEN) {
                        *e = f->report_error;
                        return -1;
                }
        }
        return 0;
}

static int start_partition(struct feed *f, int32_t p, struct err *e)
{
        f->parts[p] =
            (struct feed_part){ .reported = -1, .offset = -1, .start = -1, .base = -1, .watch = INT64_MAX };
        int r = feed_send_start(f, p, e);
        if (r == 1)
                return feed_await(f, e);
        return r;
}

int feed_open_session(struct feed *f, struct err *e)
{
        do
                random_bytes(&f->session, sizeof(f->session));
        while (f->session == 0);
        f->held_partition = -1;
        f->state = FEED_WAITING;
        f->mixed = false;
        f->session_since = clock_monotonic_usec();
        snapshots_clear(f);
        arena_reset(f->arena, 1024 * 1024);
        int r = start_partition(f, 0, e);
        if (r == 0)
                r = feed_await(f, e);
        for (int32_t p = 1; p < f->partitions && r == 0; p++)
                r = start_partition(f, p, e);
        if (r == 0)
                r = feed_await(f, e);
        for (int32_t p = 0; p < f->partitions && r == 0; p++)
                f->parts[p].start = f->parts[p].base = f->parts[p].offset;
        return r;
}

// The source and the reject file go to where the log says.
static int go_to(struct feed *f, const struct resume *r, struct err *e)
{
        const struct source_kind *kind = f->conf->kind;
        if (f->source)
                f->source = kind->close(f->source);
        f->source =
            kind->open(f->conf->source, f->runner->config->folder, mapping_columns(f->conf->mapping), e);
        if (f->source == NULL)
                return -1;
        f->recheck = false;
        if (r->found) {
                struct slice inner;
                if (cursor_unwrap(f, buf_slice(&r->cursor), &inner, &f->recheck, e) < 0)
                        return -1;
                if (inner.n > 0 && kind->restore(f->source, inner, e) < 0)
                        return err_prefix(e, "%s", f->conf->topic);
        }
        f->recheck_goes_on = f->recheck;
        f->records = r->records;
        f->local_rejects = r->local_rejects;
        int cut = reject_file_truncate(f->rejects, r->reject_bytes, e);
        if (cut == 1)
                log_warn("the reject file is shorter than it was; what somebody took out is not made again",
                         F_STR("file", reject_file_path(f->rejects)));
        return cut < 0 ? -1 : 0;
}

// The first record behind START: the cursor as it is now, and the offsets behind which its ids were looked
// for.
static int first_checkpoint(struct feed *f, struct err *e)
{
        struct snapshot s = { 0 };
        int64_t *last = calloc((size_t)f->partitions, sizeof(*last));
        if (last == NULL)
                abort();
        for (int32_t p = 0; p < f->partitions; p++)
                last[p] = f->parts[p].base;
        s.last_offset = last;
        s.records = f->records;
        s.local_rejects = f->local_rejects;
        s.reject_bytes = reject_file_length(f->rejects);
        buf_init(&s.cursor);
        buf_reset(&f->cursor);
        int r = f->conf->kind->save(f->source, &f->cursor, e);
        if (r == 0) {
                cursor_wrap(f, buf_slice(&f->cursor), &s.cursor);
                r = reject_file_sync(f->rejects, e);
        }
        if (r == 0)
                r = feed_send_checkpoint(f, &s, e);
        if (r >= 0)
                r = feed_await(f, e);
        buf_done(&s.cursor);
        free(last);
        f->checkpoint_at = f->heartbeat_at = clock_monotonic_usec();
        return r;
}

static int not_known(const struct feed *f, struct err *e)
{
        return err_set(e, ERR_STATE,
                       "topic %s holds records but no checkpoint of this connector, so what was sent cannot "
                       "be known; say where to go on with `iochub-connector resume -f %s --from beginning` "
                       "(sends all again, the hub drops repeats) or `--from end`",
                       f->conf->topic, f->conf->dataset);
}

static int resume_from_log(struct feed *f, struct err *e)
{
        struct resume r;
        resume_init(&r, f->partitions);
        f->known = idset_free(f->known);
        f->known = idset_new();
        int result = log_find_checkpoint(f, &r, e);
        if (result == 0 && !r.found && !r.new_log)
                result = not_known(f, e);
        if (result == 0)
                result = go_to(f, &r, e);
        if (result == 0 && r.found)
                result = log_collect_ids(f, &r, e);
        f->known_found = idset_left(f->known);
        for (int32_t p = 0; p < f->partitions && f->known_found > 0; p++)
                f->parts[p].base = r.last_offset[p];
        if (f->known_found == 0)
                f->known = idset_free(f->known);
        if (result == 0)
                result = first_checkpoint(f, e);
        resume_done(&r);
        return result;
}

static void say_started(const struct feed *f)
{
        log_info("feed started", F_STR("topic", f->conf->topic), F_INT("partitions", f->partitions),
                 F_INT("schema", f->schema->id), F_INT("records_before", f->records),
                 F_INT("found_in_log", f->known_found), F_BOOL("recheck", f->recheck));
}

int feed_start(struct feed *f, struct err *e)
{
        if (f->schema == NULL) {
                say_waiting(f, "the dataset is not registered yet; waiting",
                            "the operations centre registers it with `iochub schema register`");
                return 1;
        }
        int r = find_topic(f, e);
        if (r != 0)
                return r;
        r = feed_open_session(f, e);
        if (r == 0)
                r = resume_from_log(f, e);
        if (r != 0)
                return r;
        f->said[0] = '\0';
        f->state = FEED_RUNNING;
        if (f->started == 0)
                f->started = clock_monotonic_usec();
        say_started(f);
        return 0;
}

int feed_start_at(struct feed *f, const char *where, struct err *e)
{
        struct resume r;
        bool beginning = strcmp(where, "beginning") == 0;
        int result = find_topic(f, e);
        if (result == 0)
                result = feed_open_session(f, e);
        if (result != 0)
                return result;
        resume_init(&r, f->partitions);
        result = log_find_checkpoint(f, &r, e);
        if (result == 0) {
                // Counters go on, except where all is read again; the cursor is the person's.
                r.found = false;
                if (beginning)
                        r.records = r.local_rejects = r.reject_bytes = 0;
                result = go_to(f, &r, e);
        }
        if (result == 0 && !beginning)
                result = f->conf->kind->go(f->source, where, e);
        f->recheck_goes_on = strcmp(where, "end") != 0;
        if (result == 0)
                result = first_checkpoint(f, e);
        resume_done(&r);
        return result;
}

// Runs the feeds of a configuration in one process, round robin, on one thread: from START to the last
// CHECKPOINT.
#pragma once

#include "connectors/sdk/config.h"

struct runner;

struct runner_options {
        const struct source_kind *const *kinds;
};

enum runner_result {
        RUNNER_DONE = 0,
        RUNNER_FEED_FAILED = 1, // at least one feed ended with a named error
        RUNNER_STALE = 2,       // a newer session of this agency's feed is at work: this one must end
        RUNNER_UNDELIVERED =
            3,               // stopped before everything that was read was delivered: the next start sends it
        RUNNER_MISTAKES = 4, // the configuration does not fit the registered structures; nothing was started
};

struct feed_summary {
        const char *topic, *dataset, *state, *reject_path;
        char error[1024]; // "" where it ended well
        uint64_t rows, sent, skipped, rejected;
        double seconds;
};

struct runner *runner_open(const struct config *config, const struct runner_options *options,
                           struct err *e) must_check;
struct runner *runner_free(struct runner *r);
// Runs until all feeds are done or a stop is requested. A runner_result or <0. Mistakes go to errors.
int runner_run(struct runner *r, struct conf_errors *errors, struct err *e) must_check;
size_t runner_feeds(const struct runner *r);
void runner_summary(const struct runner *r, size_t feed, struct feed_summary *out);
// Writes START and a CHECKPOINT whose cursor is where (`beginning`, `end`, or the kind's own words), so that
// the next run goes on from there. 0 done, 1 mistakes in errors, 2 a stop was requested, <0.
int runner_resume(struct runner *r, const char *dataset, const char *where, struct conf_errors *errors,
                  struct err *e) must_check;

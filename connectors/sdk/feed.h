// One feed at work: a session on the partitions of in.<agency>.<dataset>. Inside of the sdk, shared by
// feed_*.c and runner.c. The model (docs/DELIVERY.md, "Out of connectors"):
//   START on partition 0, then on the others; the newest valid CHECKPOINT before it; the ids of what is in
//   the log behind that checkpoint; the source from the checkpoint's cursor, without rows whose id was found;
//   a CHECKPOINT before any data. A snapshot of the cursor is taken as rows are read, and becomes a
//   CHECKPOINT when everything up to it is reported. So a checkpoint's invariant: in each partition, what
//   stands above its last_offset is behind its cursor.
#pragma once

#include "connectors/sdk/config.h"
#include "connectors/sdk/idset.h"
#include "connectors/sdk/reject_file.h"
#include "connectors/sdk/runner.h"
#include "hub/bus/admin.h"
#include "hub/bus/catalogue.h"
#include "hub/bus/consumer.h"
#include "hub/bus/producer.h"
#include "hub/msg/envelope.h"
#include "hub/msg/validate.h"

#define PARTITIONS_MAX 1024
#define SNAPSHOTS      8
#define SEQUENCE_BITS  40 // of a delivery report's tag; the slot stands above them
#define MESSAGE_MAX                                                                                          \
        (990 * 1000) // bytes of a Kafka value: what clients and brokers take by default, less overhead

enum feed_state {
        FEED_WAITING, // for its structure, its topic or the next try
        FEED_RUNNING,
        FEED_FINISHING, // nothing more is read; what was sent is waited for
        FEED_BROKEN,    // a report failed: waits for the others, then starts a new session
        FEED_DONE,
        FEED_FAILED,
};

struct feed_part {
        int64_t next;     // sequence of the next record
        int64_t reported; // of the last reported one, -1: none
        int64_t offset;   // of the last reported one
        int64_t start;    // offset of this session's START
        int64_t base;     // last_offset as resumed
        int64_t watch;    // sequence at which a snapshot wants the offset, INT64_MAX: none
};

// The cursor at one moment, on its way to be a CHECKPOINT.
struct snapshot {
        struct buf cursor;
        int64_t *sent;        // last sequence of each partition
        int64_t *last_offset; // filled as reports come
        int32_t missing;      // partitions whose sent is not reported
        uint64_t local_rejects, records, reject_bytes;
};

struct feed {
        struct runner *runner;
        const struct feed_conf *conf;
        enum feed_state state, after; // after: where FINISHING leads
        char said[128];               // what was said last about waiting
        int64_t try_at;               // monotonic: WAITING
        const struct schema *schema;
        struct source *source;
        struct reject_file *rejects;
        struct producer_topic *topic;
        struct feed_part *parts;
        int32_t partitions;
        uint32_t slot; // of part 0 in the runner's numbering
        uint64_t session;
        unsigned sessions_failed; // in a row without a data record reported
        bool recheck;             // the whole session
        bool recheck_goes_on;     // the next session's too: the source has not been read to its end yet
        struct idset *known;      // NULL: everything in the log is before the cursor
        size_t known_found;
        // one record that the producer had no room for
        struct buf value, key;
        int32_t held_partition; // -1: none
        // reports
        size_t in_flight;
        struct err report_error;
        bool mixed;            // somebody else's record stands on partition 0 in this session
        int64_t session_since; // monotonic
        // checkpoints
        struct snapshot snapshots[SNAPSHOTS];
        size_t snapshot_first, snapshot_count;
        uint64_t since_snapshot; // rows read
        int64_t snapshot_at;     // monotonic, of the last one
        int64_t checkpoint_at, heartbeat_at;
        struct buf cursor; // scratch
        bool idle;         // the source had nothing new at the last look
        // counts since the feed was new, and of this run
        uint64_t records, local_rejects;
        struct feed_summary summary;
        int64_t started; // monotonic, when reading began; 0: not yet
        struct digest *digest;
        struct arena *arena;
};

struct runner {
        const struct config *config;
        const struct runner_options *options;
        struct producer *producer;
        struct consumer *reader, *reject_reader;
        struct admin *admin;
        struct catalogue *catalogue;
        struct feed *feeds;
        size_t feed_count;
        struct feed **slots; // feed of each numbered partition
        uint32_t slot_count;
        size_t in_flight;
        bool producer_lost, producer_closing;
        struct err producer_error;
        bool reader_failed;
        struct err reader_error;
        int64_t stalled_since, last_report; // monotonic
        bool said_stalled;
        int64_t rejects_at;
        uint64_t reject_counts[64]; // by fault code
        bool stale;
};

// feed_start.c. 0 running, 1 not yet (try again later), 2 a stop is requested, <0 the feed cannot go on.
int feed_start(struct feed *f, struct err *e) must_check;
// A session, its log's state, and its first CHECKPOINT with the cursor that `resume` chose. Same results.
int feed_start_at(struct feed *f, const char *where, struct err *e) must_check;
// Binds the mapping once the structure is known. 0 bound, 1 not registered yet, 2 mistakes (in errors).
int feed_bind(struct feed *f, struct conf_errors *errors) must_check;
// START on every partition, reported. 0, 2, <0.
int feed_open_session(struct feed *f, struct err *e) must_check;
// Serves reports until nothing is in flight. 0, 2 stop, <0 a report failed.
int feed_await(struct feed *f, struct err *e) must_check;

// feed_log.c
struct resume {
        bool found;   // a valid checkpoint
        bool new_log; // nothing but STARTs: reading begins at the beginning
        uint64_t session;
        struct buf cursor;
        int64_t start_offset;
        int64_t *start_offsets, *last_offset; // one a partition
        uint64_t records, local_rejects, reject_bytes;
};
void resume_init(struct resume *r, int32_t partitions);
void resume_done(struct resume *r);
// 0 done, 2 stop, <0.
int log_find_checkpoint(struct feed *f, struct resume *r, struct err *e) must_check;
int log_collect_ids(struct feed *f, const struct resume *r, struct err *e) must_check;

// feed_send.c
// Sends what is held. 0 nothing is held any more, 1 still, 2 it is larger than a record may be (and dropped),
// <0.
int feed_send_held(struct feed *f, struct err *e) must_check;
int feed_send_start(struct feed *f, int32_t partition, struct err *e) must_check;
int feed_send_heartbeat(struct feed *f, struct err *e) must_check;
int feed_send_checkpoint(struct feed *f, const struct snapshot *s, struct err *e) must_check;
// A data row, converted. 0 sent, 1 held, 2 too large to send.
int feed_send_row(struct feed *f, const struct msg *m, const struct source_row *row, struct row_fault *fault,
                  struct err *e) must_check;
void feed_reported(struct feed *f, int32_t partition, int64_t sequence, int64_t offset, const struct err *e);

// feed_snapshot.c
void snapshots_clear(struct feed *f);
void snapshots_free(struct feed *f);
// Takes one of the source where it is now (over the newest one where the ring is full). <0: the source cannot
// save.
int snapshot_take(struct feed *f, struct err *e) must_check;
void snapshot_reported(struct feed *f, int32_t partition, int64_t sequence, int64_t offset);
// Sends the newest complete one as CHECKPOINT, if there is one. 0 done, <0.
int snapshot_send_due(struct feed *f, struct err *e) must_check;
// Wraps and unwraps the source's cursor: the kind's name and the recheck flag stand before it.
void cursor_wrap(const struct feed *f, struct slice inner, struct buf *out);
int cursor_unwrap(struct feed *f, struct slice cursor, struct slice *inner, bool *recheck,
                  struct err *e) must_check;

// feed_step.c
// Reads up to budget rows. True where anything was done.
bool feed_step(struct feed *f, unsigned budget);
// Times: checkpoints, heartbeats, the ends of FINISHING and BROKEN.
void feed_tick(struct feed *f);
// Nothing more is read; leads to the state after.
void feed_finish(struct feed *f, enum feed_state after);
void feed_fail(struct feed *f, const struct err *e);

// runner.c: the producer alone says when the broker comes and goes.
void ignore_broker(void *self, bool up, const char *text);

// runner_rejects.c
void rejects_open(struct runner *r);
void rejects_poll(struct runner *r);

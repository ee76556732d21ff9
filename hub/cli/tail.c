// `iochub tail`: reads any topic of the hub without a group, so nobody's progress is touched. Without --from
// the newest records come first, as tail(1) does it: a window at the end of each partition is read, sorted by
// time and cut; the window grows where compaction has left holes.
#include "hub/cli/tail.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/stop.h"
#include "hub/base/text.h"

#define ASK_MS       8000
#define POLL_MS      200
#define POLL_RECORDS 500
#define QUIET_USEC                                                                                           \
        (3 * USEC_PER_SEC) // nothing for so long: the rest of the range holds no records (transaction marks)
#define LINES_SLACK  1000
#define DEFAULT_LAST 10

static const struct schema *find_schema(void *self, uint32_t id)
{
        struct tail *t = self;
        const struct schema *s = catalogue_schema(t->catalogue, id);
        struct err e;

        // A structure that was registered while we read.
        if (!s && clock_monotonic_usec() - t->refreshed > USEC_PER_SEC) {
                (void)!catalogue_refresh(t->catalogue, ASK_MS, &e);
                t->refreshed = clock_monotonic_usec();
                s = catalogue_schema(t->catalogue, id);
        }
        return s;
}

static void on_failed(void *self, const char *topic, int32_t partition, const struct err *e)
{
        struct tail *t = self;

        t->failed = true;
        t->failure = *e;
        err_prefix(&t->failure, "%s partition %d", topic, partition);
}

static void on_broker(void *self, bool up, const char *text)
{
        struct tail *t = self;

        if (up == !t->away)
                return;
        t->away = !up;
        if (up)
                cli_note("iochub: Kafka is back");
        else
                cli_note("iochub: Kafka is away, waiting: %s", text);
}

// The topic that was meant, where the name is nearly right.
static int say_no_topic(struct tail *t)
{
        struct buf names = { 0 };
        const char *candidates[512], *near = NULL;
        size_t count = 0;
        struct err e;

        if (admin_topics(t->admin, ASK_MS, &names, &e) == 0) {
                char *save = NULL;

                buf_cstr(&names);
                for (char *name = strtok_r((char *)names.p, "\n", &save); name && count < 512;
                     name = strtok_r(NULL, "\n", &save))
                        candidates[count++] = name;
                near = text_nearest(t->topic, candidates, count);
        }
        if (near)
                cli_refuse(EXIT_ABSENT, "no topic `%s`; did you mean `%s`?", t->topic, near);
        else
                cli_refuse(EXIT_ABSENT, "no topic `%s`; `iochub feed list` names the feeds' topics",
                           t->topic);
        buf_done(&names);
        return EXIT_ABSENT;
}

static int read_ranges(struct tail *t)
{
        struct topic_info info;
        struct err e;
        int64_t *first, *next;
        int rc;

        if (admin_describe(t->admin, &t->topic, 1, ASK_MS, &info, &e) < 0)
                return cli_fail(&e);
        if (!info.exists || info.partitions < 1)
                return say_no_topic(t);
        t->count = info.partitions;
        t->parts = calloc((size_t)t->count, sizeof(*t->parts));
        first = calloc((size_t)t->count, sizeof(*first));
        next = calloc((size_t)t->count, sizeof(*next));
        if (!t->parts || !first || !next)
                abort();
        rc = admin_ranges(t->admin, t->topic, t->count, ASK_MS, first, next, &e);
        for (int32_t p = 0; p < t->count && rc == 0; p++)
                t->parts[p] = (struct tail_part){ .first = first[p], .next = next[p] };
        free(first);
        free(next);
        return rc < 0 ? cli_fail(&e) : EXIT_DONE;
}

static int assign(struct tail *t)
{
        struct place *places = calloc((size_t)t->count, sizeof(*places));
        struct err e;
        int rc;

        if (!places)
                abort();
        for (int32_t p = 0; p < t->count; p++) {
                t->parts[p].at = t->parts[p].start;
                places[p] = (struct place){
                        .topic = t->topic, .partition = p, .offset = t->parts[p].start, .leader_epoch = -1
                };
        }
        rc = consumer_assign(t->consumer, places, (size_t)t->count, &e);
        free(places);
        return rc < 0 ? cli_fail(&e) : EXIT_DONE;
}

static bool at_end(const struct tail *t)
{
        for (int32_t p = 0; p < t->count; p++)
                if (t->parts[p].at < t->parts[p].next)
                        return false;
        return true;
}

static int by_time(const void *a, const void *b)
{
        const struct tail_line *x = a, *y = b;

        if (x->timestamp != y->timestamp)
                return x->timestamp < y->timestamp ? -1 : 1;
        if (x->partition != y->partition)
                return x->partition < y->partition ? -1 : 1;
        return x->offset < y->offset ? -1 : x->offset > y->offset;
}

// Sorts the lines and keeps the newest.
static void cut_lines(struct tail *t)
{
        size_t keep = (size_t)t->left, drop = t->line_count > keep ? t->line_count - keep : 0;

        if (t->line_count > 1)
                qsort(t->lines, t->line_count, sizeof(*t->lines), by_time);
        for (size_t i = 0; i < drop; i++)
                free(t->lines[i].text);
        if (drop)
                memmove(t->lines, t->lines + drop, (t->line_count - drop) * sizeof(*t->lines));
        t->line_count -= drop;
}

static void keep_record(struct tail *t, const struct record *r)
{
        struct buf text = { 0 };

        if (t->line_count == t->line_cap) {
                t->line_cap = t->line_cap ? 2 * t->line_cap : 64;
                t->lines = realloc(t->lines, t->line_cap * sizeof(*t->lines));
                if (!t->lines)
                        abort();
        }
        tail_render(t, r, &text);
        buf_cstr(&text);
        t->lines[t->line_count++] =
            (struct tail_line){ r->timestamp, r->offset, r->partition, (char *)text.p };
        if (t->line_count >= (size_t)t->left + LINES_SLACK)
                cut_lines(t);
}

static void print_record(struct tail *t, const struct record *r)
{
        if (t->left == 0)
                return;
        tail_render(t, r, &t->c->out);
        if (t->left > 0)
                t->left--;
}

// One poll; take gets each record. 0 done, otherwise the exit code.
static int take(struct tail *t, void (*each)(struct tail *, const struct record *), bool bounded,
                size_t *count)
{
        const struct record *records;
        struct err e;

        *count = 0;
        if (consumer_poll(t->consumer, POLL_MS, POLL_RECORDS, &records, count, &e) < 0)
                return cli_fail(&e);
        for (size_t i = 0; i < *count; i++) {
                struct tail_part *part = &t->parts[records[i].partition];

                if (!bounded || records[i].offset < part->next)
                        each(t, &records[i]);
                part->at = records[i].offset + 1;
        }
        consumer_release(t->consumer);
        cli_flush(t->c);
        return t->failed ? cli_fail(&t->failure) : EXIT_DONE;
}

// Reads up to what the log held at the start.
static int read_range(struct tail *t, void (*each)(struct tail *, const struct record *))
{
        int64_t heard = clock_monotonic_usec();
        size_t count;
        int code = EXIT_DONE;

        while (code == EXIT_DONE && t->left != 0 && !at_end(t) && !stop_requested()) {
                code = take(t, each, true, &count);
                if (count || t->away)
                        heard = clock_monotonic_usec();
                else if (clock_monotonic_usec() - heard > QUIET_USEC)
                        break;
        }
        return code;
}

// The newest records of all partitions, oldest of them first.
static int print_last(struct tail *t)
{
        int64_t window = t->left;
        bool whole = false;
        int code = EXIT_DONE;

        while (t->left > 0 && code == EXIT_DONE && !whole && t->line_count < (size_t)t->left &&
               !stop_requested()) {
                t->line_count = 0;
                whole = true;
                for (int32_t p = 0; p < t->count; p++) {
                        struct tail_part *part = &t->parts[p];

                        part->start = part->next - part->first > window ? part->next - window : part->first;
                        whole = whole && part->start == part->first;
                }
                code = assign(t);
                if (code == EXIT_DONE)
                        code = read_range(t, keep_record);
                window *= 8;
        }
        cut_lines(t);
        for (size_t i = 0; i < t->line_count; i++) {
                buf_add_str(&t->c->out, t->lines[i].text);
                free(t->lines[i].text);
        }
        t->line_count = 0;
        t->left = -1;
        return code;
}

// --from: sets where each partition starts.
static int set_start(struct tail *t, const char *from)
{
        int64_t offset = -1;
        bool beginning = strcmp(from, "beginning") == 0, end = strcmp(from, "end") == 0, somewhere = false;

        if (!beginning && !end && (text_int64(slice_str(from), &offset) != 0 || offset < 0))
                return cli_refuse(EXIT_BAD_USE, "--from takes beginning, end or an offset, not `%s`", from);
        for (int32_t p = 0; p < t->count; p++) {
                struct tail_part *part = &t->parts[p];

                part->start = beginning ? part->first : end ? part->next : offset;
                somewhere = somewhere || (part->start >= part->first && part->start <= part->next);
                if (part->start < part->first)
                        part->start = part->first;
                if (part->start > part->next)
                        part->start = part->next;
        }
        if (somewhere)
                return EXIT_DONE;
        return cli_refuse(EXIT_ABSENT, "%s holds no offset %lld; partition 0 has %lld to %lld", t->topic,
                          (long long)offset, (long long)t->parts[0].first, (long long)t->parts[0].next - 1);
}

static int follow(struct tail *t)
{
        size_t count;
        int code = EXIT_DONE;

        while (code == EXIT_DONE && t->left != 0 && !stop_requested())
                code = take(t, print_record, false, &count);
        return code;
}

static bool is_empty(const struct tail *t)
{
        for (int32_t p = 0; p < t->count; p++)
                if (t->parts[p].next > t->parts[p].first)
                        return false;
        return true;
}

static int read_topic(struct tail *t)
{
        const struct tail_options *o = t->options;
        int code;

        if (is_empty(t) && o->no_follow)
                cli_note("iochub: %s holds no records", t->topic);
        t->left = o->number >= 0 ? o->number : o->from ? -1 : DEFAULT_LAST;
        if (!o->from) {
                code = print_last(t);
                for (int32_t p = 0; p < t->count; p++)
                        t->parts[p].start = t->parts[p].next;
                if (code == EXIT_DONE && !o->no_follow)
                        code = assign(t);
        } else {
                code = set_start(t, o->from);
                if (code == EXIT_DONE)
                        code = assign(t);
                if (code == EXIT_DONE)
                        code = read_range(t, print_record);
        }
        cli_flush(t->c);
        return code == EXIT_DONE && !o->no_follow ? follow(t) : code;
}

static int tail_open(struct tail *t)
{
        const struct consumer_owner owner = { .self = t, .failed = on_failed, .broker = on_broker };
        struct err e;
        int code;

        t->admin = admin_open(&t->bus, &e);
        if (!t->admin)
                return cli_fail(&e);
        code = read_ranges(t);
        if (code != EXIT_DONE)
                return code;
        t->catalogue = catalogue_open(&t->bus, &e);
        if (!t->catalogue || catalogue_refresh(t->catalogue, ASK_MS, &e) < 0)
                return cli_fail(&e);
        t->refreshed = clock_monotonic_usec();
        t->consumer = consumer_open(&t->bus, NULL, NULL, &owner, &e);
        return t->consumer ? EXIT_DONE : cli_fail(&e);
}

static int cmd_tail(struct cli *c)
{
        struct tail t = { .c = c, .options = c->options, .topic = c->args[0], .bus = cli_bus(c) };
        int code;

        stop_on_signals();
        t.decoder = (struct decoder){
                .find = find_schema, .self = &t, .arena = arena_new(64 << 10), .digest = digest_new()
        };
        code = tail_open(&t);
        if (code == EXIT_DONE)
                code = read_topic(&t);
        cli_flush(c);
        consumer_close(t.consumer);
        catalogue_close(t.catalogue);
        admin_close(t.admin);
        arena_free(t.decoder.arena);
        digest_free(t.decoder.digest);
        free(t.lines);
        free(t.parts);
        return code;
}

#define AT(member) offsetof(struct tail_options, member)

static const struct option tail_options[] = {
        { .name = "from",
          .kind = OPTION_TEXT,
          .offset = AT(from),
          .value = "beginning|end|OFFSET",
          .sentence = { "Bắt đầu từ đâu; không có thì từ các bản ghi mới nhất",
                        "Where to start; the newest records where it is not given" } },
        { .name = "number",
          .letter = 'n',
          .kind = OPTION_INT,
          .offset = AT(number),
          .value = "N",
          .fallback = "-1",
          .max = 100000,
          .sentence = { "Số bản ghi mới nhất (10), hoặc với --from: dừng sau N bản ghi",
                        "How many of the newest (10), or with --from: stop after N records" } },
        { .name = "no-follow",
          .kind = OPTION_FLAG,
          .offset = AT(no_follow),
          .sentence = { "Dừng ở cuối thay vì chờ bản ghi mới",
                        "Stop at the end in place of waiting for new records" } },
        { .name = "raw",
          .kind = OPTION_FLAG,
          .offset = AT(raw),
          .sentence = { "Giá trị nguyên văn ở dạng thập lục phân",
                        "The value as it stands, in hexadecimal" } },
        { 0 },
};

static const struct example tail_examples[] = {
        { "iochub tail iochub.routing -n 3 --no-follow",
          { "ba sự kiện định tuyến mới nhất", "the three newest routing events" } },
        { "iochub tail in.H10.01.phan-anh --from beginning -n 5 --no-follow",
          { "năm bản ghi đầu tiên của một nguồn cấp", "the first five records of a feed" } },
        { "iochub tail iochub.schemas --json --no-follow",
          { "các cấu trúc đã công bố, JSON", "the published structures as JSON" } },
        { "iochub tail rejected.H10.01",
          { "theo dõi thông điệp bị từ chối đến khi Ctrl-C", "follow an agency's rejects until Ctrl-C" } },
        { 0 },
};

const struct command tail_commands[] = {
        { .name = "tail",
          .arguments = "TOPIC",
          .min_args = 1,
          .max_args = 1,
          .sentence = { "Đọc và theo dõi một topic, giải mã thành JSON",
                        "Read and follow a topic, decoded to JSON" },
          .notes = { "Mỗi bản ghi một dòng: phân vùng/offset, thời điểm nhận, khoá, tiêu đề, thông điệp.\n"
                     "Không chiếm tiến độ của ai: không dùng nhóm tiêu thụ.",
                     "One line a record: partition/offset, time of receipt, key, headers, message.\n"
                     "Nobody's progress is touched: no consumer group is used." },
          .options = tail_options,
          .options_size = sizeof(struct tail_options),
          .configured = true,
          .run = cmd_tail,
          .examples = tail_examples },
        { 0 },
};

#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/cli/grid.h"
#include "hub/cli/out.h"
#include "hub/cli/status.h"

static const char *const tally_keys[TALLIES] = { "stored",  "flagged", "rejected",
                                                 "repeats", "gaps",    "local_rejects" };

static const struct words states[FEED_STATES] = {
        [STATE_RUNNING] = { "đang chạy", "RUNNING" }, [STATE_NEW] = { "mới", "NEW" },
        [STATE_GAP] = { "thiếu số", "GAP" },          [STATE_UNATTENDED] = { "chưa ai đọc", "UNATTENDED" },
        [STATE_STOPPED] = { "đã dừng", "STOPPED" },
};

static void key_str(struct json *j, const char *key, const char *text)
{
        json_key(j, key);
        text ? json_str(j, text) : json_null(j);
}

static void key_int(struct json *j, const char *key, int64_t v)
{
        json_key(j, key);
        json_int(j, v);
}

// -1 stands for what is not known.
static void key_known(struct json *j, const char *key, int64_t v)
{
        json_key(j, key);
        v < 0 ? json_null(j) : json_int(j, v);
}

static void key_time(struct json *j, const char *key, int64_t usec)
{
        json_key(j, key);
        usec ? json_instant(j, usec) : json_null(j);
}

static void server_json(struct json *j, const char *key, bool reachable, const struct err *e)
{
        json_key(j, key);
        json_object(j);
        json_key(j, "reachable");
        json_bool(j, reachable);
        key_str(j, "error", reachable ? NULL : e->text);
        json_end_object(j);
}

static void part_json(struct json *j, const struct look_part *p)
{
        json_object(j);
        key_int(j, "part", p->part);
        key_str(j, "state", state_words[p->state]);
        key_str(j, "why", p->why);
        key_time(j, "since", p->since);
        key_str(j, "owner", p->owner);
        key_int(j, "next_offset", p->next_offset);
        key_int(j, "routed_offset", p->routed_offset);
        key_known(j, "end_offset", p->end_offset);
        for (size_t i = 0; i < TALLIES; i++)
                key_int(j, tally_keys[i], p->tally[i]);
        key_time(j, "last_event_time", p->last_event_time);
        key_time(j, "last_received_at", p->last_received_at);
        key_time(j, "updated_at", p->updated_at);
        json_end_object(j);
}

static void feed_json(struct json *j, const struct look_feed *f)
{
        const struct look_part *worst = look_worst(f);

        json_object(j);
        key_int(j, "feed", f->feed);
        key_str(j, "agency", f->agency);
        key_str(j, "dataset", f->dataset);
        key_str(j, "topic", f->topic);
        key_str(j, "state", state_words[worst->state]);
        key_str(j, "why", worst->why);
        key_time(j, "since", worst->since);
        key_known(j, "lag", look_lag(f));
        key_int(j, "unrouted", look_unrouted(f));
        json_key(j, "rate");
        json_double(j, f->rate);
        for (size_t i = 0; i < TALLIES; i++)
                key_int(j, tally_keys[i], look_sum(f, (enum tally_kind)i));
        key_time(j, "last_received_at", look_last_received(f));
        json_key(j, "parts");
        json_array(j);
        for (size_t i = 0; i < f->count; i++)
                part_json(j, &f->parts[i]);
        json_end_array(j);
        json_end_object(j);
}

static void hub_json(struct json *j, const struct look_hub *h)
{
        json_object(j);
        key_str(j, "id", h->id);
        key_str(j, "host", h->host);
        key_int(j, "pid", h->pid);
        key_str(j, "version", h->version);
        key_time(j, "started_at", h->started_at);
        key_time(j, "seen_at", h->seen_at);
        json_key(j, "alive");
        json_bool(j, h->alive);
        key_int(j, "parts", h->parts);
        json_end_object(j);
}

static void topic_json(struct json *j, const struct look_topic *t)
{
        json_object(j);
        key_str(j, "topic", t->name);
        key_int(j, "partitions", t->partitions);
        key_int(j, "records", t->next - t->first);
        json_end_object(j);
}

void look_json(const struct look *l, bool pretty, struct buf *out)
{
        struct json j;

        json_init(&j, out, pretty);
        json_object(&j);
        key_time(&j, "time", l->now);
        server_json(&j, "database", l->database, &l->database_error);
        server_json(&j, "kafka", l->kafka, &l->kafka_error);
        json_key(&j, "feeds");
        json_array(&j);
        for (size_t i = 0; i < l->feed_count; i++)
                feed_json(&j, &l->feeds[i]);
        json_end_array(&j);
        json_key(&j, "hubs");
        json_array(&j);
        for (size_t i = 0; i < l->hub_count; i++)
                hub_json(&j, &l->hubs[i]);
        json_end_array(&j);
        if (!l->database) {
                json_key(&j, "topics");
                json_array(&j);
                for (size_t i = 0; i < l->topic_count; i++)
                        topic_json(&j, &l->topics[i]);
                json_end_array(&j);
        }
        json_end_object(&j);
        buf_add_char(out, '\n');
}

static void head(const struct cli *c, struct grid *g, const struct words *words, const bool *right,
                 size_t count)
{
        grid_init(g, count);
        for (size_t i = 0; i < count; i++) {
                if (right[i])
                        grid_right(g, i);
                grid_cell(g, say(c, words[i]));
        }
}

static void number_cell(struct grid *g, int64_t v)
{
        char text[NUMBER_TEXT];

        number_format(v, text);
        grid_cell(g, v < 0 ? "?" : text);
}

static void age_cell(const struct cli *c, struct grid *g, int64_t now, int64_t then)
{
        char text[AGE_TEXT];

        age_format(c, now - then, text);
        grid_cell(g, then ? text : "-");
}

// The view's sentences in Vietnamese; what the hub wrote itself stays as it is.
static const char *why_text(const struct cli *c, const struct look_part *p)
{
        if (c->global.lang != LANG_VI || p->state == STATE_STOPPED || p->state == STATE_RUNNING)
                return p->why;
        if (p->state == STATE_NEW)
                return "chưa có dữ liệu nào được gửi";
        if (p->state == STATE_GAP)
                return "thiếu số thứ tự, xem hub.gap";
        return p->owner ? "trục giữ phân vùng này không còn báo hiệu" : "chưa có trục nào nhận phân vùng này";
}

static void feeds_human(const struct cli *c, const struct look *l, struct buf *out)
{
        static const struct words titles[] = {
                { "Số", "Feed" },          { "Cơ quan", "Agency" }, { "Bộ dữ liệu", "Dataset" },
                { "Trạng thái", "State" }, { "Từ", "For" },         { "Chờ đọc", "Lag" },
                { "Bản ghi/s", "Rec/s" },  { "Đã lưu", "Stored" },  { "Đánh dấu", "Flagged" },
                { "Từ chối", "Rejected" }, { "Lặp", "Repeats" },    { "Lần cuối", "Last" },
                { "Vì sao", "Why" },
        };
        enum { COUNT = sizeof(titles) / sizeof(*titles) };
        static const bool right[COUNT] = {
                [0] = true, [5] = true, [6] = true, [7] = true, [8] = true, [9] = true, [10] = true
        };
        struct grid g;

        head(c, &g, titles, right, COUNT);
        g.flexible = COUNT - 1;
        for (size_t i = 0; i < l->feed_count; i++) {
                const struct look_feed *f = &l->feeds[i];
                const struct look_part *worst = look_worst(f);

                grid_printf(&g, "%d", f->feed);
                grid_cell(&g, f->agency);
                grid_cell(&g, f->dataset);
                grid_cell(&g, say(c, states[worst->state]));
                age_cell(c, &g, l->now, worst->since);
                number_cell(&g, look_lag(f));
                number_cell(&g, (int64_t)(f->rate + 0.5));
                for (int k = TALLY_STORED; k <= TALLY_REPEATS; k++)
                        number_cell(&g, look_sum(f, (enum tally_kind)k));
                age_cell(c, &g, l->now, look_last_received(f));
                grid_cell(&g, why_text(c, worst));
        }
        grid_print(&g, terminal_width(), out);
        grid_done(&g);
}

static void hubs_human(const struct cli *c, const struct look *l, struct buf *out)
{
        static const struct words titles[] = {
                { "Trục", "Hub" },         { "Máy", "Host" },
                { "PID", "PID" },          { "Phiên bản", "Version" },
                { "Chạy được", "Up for" }, { "Báo hiệu", "Seen ago" },
                { "Giữ", "Parts" },        { "", "" },
        };
        enum { COUNT = sizeof(titles) / sizeof(*titles) };
        static const bool right[COUNT] = { [2] = true, [6] = true };
        bool vi = c->global.lang == LANG_VI;
        struct grid g;

        head(c, &g, titles, right, COUNT);
        for (size_t i = 0; i < l->hub_count; i++) {
                const struct look_hub *h = &l->hubs[i];

                grid_cell(&g, h->id);
                grid_cell(&g, h->host);
                grid_printf(&g, "%lld", (long long)h->pid);
                grid_cell(&g, h->version);
                age_cell(c, &g, l->now, h->started_at);
                age_cell(c, &g, l->now, h->seen_at);
                grid_printf(&g, "%lld", (long long)h->parts);
                grid_cell(&g, h->alive ? "" : vi ? "không còn báo hiệu" : "not seen lately");
        }
        grid_print(&g, terminal_width(), out);
        grid_done(&g);
}

static void topics_human(const struct cli *c, const struct look *l, struct buf *out)
{
        static const struct words titles[] = { { "Topic", "Topic" },
                                               { "Phân vùng", "Partitions" },
                                               { "Bản ghi", "Records" } };
        static const bool right[] = { false, true, true };
        struct grid g;

        head(c, &g, titles, right, 3);
        for (size_t i = 0; i < l->topic_count; i++) {
                grid_cell(&g, l->topics[i].name);
                grid_printf(&g, "%d", l->topics[i].partitions);
                number_cell(&g, l->topics[i].next - l->topics[i].first);
        }
        grid_print(&g, terminal_width(), out);
        grid_done(&g);
}

static void away_human(const struct cli *c, const char *server, const struct err *e, struct buf *out)
{
        struct buf text = { 0 };

        fail_text(e, &text);
        buf_printf(out, c->global.lang == LANG_VI ? "%s không trả lời: %s\n" : "%s does not answer: %s\n",
                   server, buf_cstr(&text));
        buf_done(&text);
}

void look_human(const struct cli *c, const struct look *l, struct buf *out)
{
        bool vi = c->global.lang == LANG_VI;

        if (!l->database)
                away_human(c, "PostgreSQL", &l->database_error, out);
        if (!l->kafka)
                away_human(c, "Kafka", &l->kafka_error, out);
        if (!l->database && l->topic_count)
                topics_human(c, l, out);
        if (!l->database)
                return;
        if (l->feed_count)
                feeds_human(c, l, out);
        else
                buf_add_str(out, vi ? "Chưa có nguồn cấp nào; `iochub feed add` thêm một\n"
                                    : "No feeds yet; `iochub feed add` adds one\n");
        buf_add_char(out, '\n');
        if (l->hub_count)
                hubs_human(c, l, out);
        else
                buf_add_str(out, vi ? "Không có trục nào chạy; khởi động bằng iochub-hub\n"
                                    : "No hub runs; start one with iochub-hub\n");
}

// `iochub status`: one look, or a look every N seconds. Rates need two looks: a second one follows after a
// second where something moved just now; a quiet hub is told at once.
#include "hub/cli/status.h"

#include <stdio.h>

#include "hub/base/clock.h"
#include "hub/base/stop.h"
#include "hub/cli/out.h"

#define SECOND_LOOK_MS 1000
#define MOVING_USEC    (5 * USEC_PER_SEC) // an update as young as this says that records are coming in

struct status_options {
        int64_t watch; // seconds, 0: one look
        bool no_rate;
};

static bool is_moving(const struct look *l)
{
        for (size_t i = 0; i < l->feed_count; i++)
                for (size_t k = 0; k < l->feeds[i].count; k++)
                        if (l->now - l->feeds[i].parts[k].updated_at < MOVING_USEC &&
                            l->feeds[i].parts[k].next_offset > 0)
                                return true;
        return false;
}

static int code_of(const struct look *l)
{
        if (!l->database)
                return exit_code_of(&l->database_error);
        return l->kafka ? EXIT_DONE : exit_code_of(&l->kafka_error);
}

static void print_look(struct cli *c, const struct look *l, bool watching)
{
        char time[INSTANT_TEXT];

        if (c->global.json) {
                look_json(l, !watching, &c->out);
                cli_flush(c);
                return;
        }
        if (watching && terminal_width())
                buf_add_str(&c->out, "\033[H\033[2J");
        if (watching) {
                instant_format(l->now / USEC_PER_SEC * USEC_PER_SEC, time);
                buf_printf(&c->out, "%s\n\n", time);
        }
        look_human(c, l, &c->out);
        if (watching && !terminal_width())
                buf_add_char(&c->out, '\n');
        cli_flush(c);
}

static int look_once(struct cli *c, struct sight *s, bool rates)
{
        struct look first, second;
        int code;

        look_take(s, &first);
        if (rates && first.database && is_moving(&first)) {
                stop_sleep_ms(SECOND_LOOK_MS);
                look_take(s, &second);
                look_rates(&second, &first);
                look_done(&first);
                first = second;
        }
        print_look(c, &first, false);
        code = code_of(&first);
        look_done(&first);
        return code;
}

static int look_again(struct cli *c, struct sight *s, int64_t seconds)
{
        struct look before = { 0 }, now;

        while (!stop_requested()) {
                look_take(s, &now);
                if (now.database)
                        look_rates(&now, &before);
                print_look(c, &now, true);
                look_done(&before);
                before = now;
                stop_sleep_ms((int)(seconds * 1000));
        }
        look_done(&before);
        return EXIT_DONE;
}

static int cmd_status(struct cli *c)
{
        const struct status_options *o = c->options;
        struct sight s = { .conninfo = c->conf.database.conninfo, .bus = cli_bus(c) };
        int code;

        stop_on_signals();
        code = o->watch ? look_again(c, &s, o->watch) : look_once(c, &s, !o->no_rate);
        admin_close(s.admin);
        pg_close(s.pg);
        return code;
}

static const struct option status_options[] = {
        { .name = "watch",
          .kind = OPTION_INT,
          .offset = offsetof(struct status_options, watch),
          .value = "N",
          .min = 1,
          .max = 86400,
          .sentence = { "Nhìn lại mỗi N giây đến khi Ctrl-C; với --json mỗi lần một dòng",
                        "Look again every N seconds until Ctrl-C; with --json one line a look" } },
        { .name = "no-rate",
          .kind = OPTION_FLAG,
          .offset = offsetof(struct status_options, no_rate),
          .sentence = { "Không đợi lần nhìn thứ hai để tính tốc độ",
                        "Do not wait for the second look that rates need" } },
        { 0 },
};

static const struct example status_examples[] = {
        { "iochub status", { "mọi nguồn cấp và các trục đang chạy", "all feeds, and the hubs that run" } },
        { "iochub status --watch 2", { "nhìn lại mỗi hai giây", "look again every two seconds" } },
        { "iochub status --json --no-rate",
          { "cho chương trình khác, trả lời ngay", "for another program, at once" } },
        { 0 },
};

const struct command status_commands[] = {
        { .name = "status",
          .arguments = "",
          .sentence = { "Trạng thái các nguồn cấp và các trục", "State of the feeds and the hubs" },
          .notes = { "Trạng thái của phân vùng xấu nhất đại diện cho nguồn cấp. Bản ghi/s: số bản ghi chia "
                     "cho thời gian giữa\n"
                     "hai lần cập nhật tiến độ. Máy chủ nào không trả lời thì nói rõ, phần còn lại vẫn in ra "
                     "(mã 69).",
                     "The worst partition speaks for its feed. Rec/s: records over the time between two "
                     "updates of the\n"
                     "progress. Where a server is away, that is said and the rest is shown all the same "
                     "(exit code 69)." },
          .options = status_options,
          .options_size = sizeof(struct status_options),
          .configured = true,
          .run = cmd_status,
          .examples = status_examples },
        { 0 },
};

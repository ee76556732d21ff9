#include <stdio.h>

#include "connectors/main/commands.h"
#include "connectors/sdk/runner.h"
#include "hub/base/json.h"
#include "hub/base/log.h"
#include "hub/base/stop.h"

static void print_json(const struct feed_summary *s)
{
        struct buf out;
        struct json j;
        buf_init(&out);
        json_init(&j, &out, false);
        json_object(&j);
        json_key(&j, "feed"), json_str(&j, s->topic);
        json_key(&j, "dataset"), json_str(&j, s->dataset);
        json_key(&j, "state"), json_str(&j, s->state);
        json_key(&j, "rows"), json_uint(&j, s->rows);
        json_key(&j, "sent"), json_uint(&j, s->sent);
        json_key(&j, "skipped"), json_uint(&j, s->skipped);
        json_key(&j, "rejected"), json_uint(&j, s->rejected);
        json_key(&j, "reject_file"), json_str(&j, s->rejected ? s->reject_path : "");
        json_key(&j, "seconds"), json_double(&j, s->seconds);
        json_key(&j, "error"), json_str(&j, s->error);
        json_end_object(&j);
        buf_add_char(&out, '\n');
        fwrite(out.p, 1, out.n, stdout);
        buf_done(&out);
}

static void log_summary(const struct feed_summary *s)
{
        log_info("feed summary", F_STR("topic", s->topic), F_STR("state", s->state), F_INT("rows", s->rows),
                 F_INT("sent", s->sent), F_INT("skipped", s->skipped), F_INT("rejected", s->rejected),
                 F_STR("reject_file", s->rejected ? s->reject_path : ""), F_DOUBLE("seconds", s->seconds));
}

static int exit_of(int result, const struct conf_errors *errors)
{
        switch (result) {
        case RUNNER_DONE:
                return EXIT_GOOD;
        case RUNNER_FEED_FAILED:
                return EXIT_FEED;
        case RUNNER_MISTAKES:
                print_mistakes(errors);
                return EXIT_CONFIG;
        default:
                return EXIT_TEMPORARY;
        }
}

int command_run(const struct args *args)
{
        struct config *c = load_config(args->config);
        if (c == NULL)
                return EXIT_CONFIG;
        stop_on_signals();
        struct err e = { 0 };
        struct conf_errors errors;
        conf_errors_init(&errors, args->config);
        struct runner_options options = { .kinds = kinds };
        struct runner *r = runner_open(c, &options, &e);
        int result = r ? runner_run(r, &errors, &e) : -1;
        int code = result < 0 ? print_error(&e) : exit_of(result, &errors);
        for (size_t i = 0; r && result >= 0 && result != RUNNER_MISTAKES && i < runner_feeds(r); i++) {
                struct feed_summary s;
                runner_summary(r, i, &s);
                log_summary(&s);
                if (args->json)
                        print_json(&s);
        }
        runner_free(r);
        conf_errors_done(&errors);
        config_free(c);
        return code;
}

int command_resume(const struct args *args)
{
        struct config *c = load_config(args->config);
        if (c == NULL)
                return EXIT_CONFIG;
        stop_on_signals();
        struct err e = { 0 };
        struct conf_errors errors;
        conf_errors_init(&errors, args->config);
        struct runner_options options = { .kinds = kinds };
        struct runner *r = runner_open(c, &options, &e);
        int result = r ? runner_resume(r, args->feed, args->from, &errors, &e) : -1;
        int code = EXIT_GOOD;
        if (result < 0) {
                code = print_error(&e);
        } else if (result == 1) {
                print_mistakes(&errors);
                code = EXIT_CONFIG;
        } else if (result == 2) {
                code = EXIT_TEMPORARY;
        } else {
                printf("%s: the next run goes on from %s\n", args->feed, args->from);
        }
        runner_free(r);
        conf_errors_done(&errors);
        config_free(c);
        return code;
}

int command_help_config(const struct args *args)
{
        struct buf out;
        (void)args;
        buf_init(&out);
        config_manual(kinds, &out);
        fwrite(out.p, 1, out.n, stdout);
        buf_done(&out);
        return EXIT_GOOD;
}

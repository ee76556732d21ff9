// live_bus CASE…: cases of hub/bus against the broker at IOCHUB_BOOTSTRAP; tests/live/bus.sh runs them.
#include "tests/live/bus/help.h"

static const struct {
        const char *name;
        void (*run)(void);
} cases[] = {
        { "order", case_order },         { "seek", case_seek },       { "pause", case_pause },
        { "range", case_range },         { "epoch", case_epoch },     { "missing", case_missing },
        { "group", case_group },         { "static", case_static },   { "idle", case_idle },
        { "recreated", case_recreated }, { "full", case_full },       { "outage", case_outage },
        { "away", case_away },           { "corrupt", case_corrupt }, { "rate", case_rate },
};

int main(int argc, char **argv)
{
        log_configure(getenv("IOCHUB_DEBUG") != NULL ? LOG_DEBUG : LOG_WARN, LOG_LOGFMT, "live_bus");
        if (argc == 4 && strcmp(argv[1], "member") == 0)
                member_run(argv[2], argv[3]);
        if (argc == 4 && strcmp(argv[1], "fill") == 0) {
                topic_new(argv[2]);
                fill(argv[2], -1, 0, strtoull(argv[3], NULL, 10));
                return any_failed;
        }
        for (int i = 1; i < argc; i++) {
                size_t at = 0;
                while (at < sizeof(cases) / sizeof(cases[0]) && strcmp(cases[at].name, argv[i]) != 0)
                        at++;
                if (at == sizeof(cases) / sizeof(cases[0])) {
                        fprintf(stderr, "live_bus: no case %s\n", argv[i]);
                        return 64;
                }
                cases[at].run();
        }
        return any_failed;
}

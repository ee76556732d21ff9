#include <stdio.h>

#include "connectors/main/commands.h"
#include "hub/base/log.h"

void print_mistakes(const struct conf_errors *errors)
{
        fwrite(errors->text.p, 1, errors->text.n, stderr);
        fprintf(stderr, "%zu mistake%s; nothing was started\n", errors->count, errors->count == 1 ? "" : "s");
}

int print_error(const struct err *e)
{
        fprintf(stderr, "iochub-connector: %s\n", e->text);
        if (e->code == ERR_CONFIG)
                return EXIT_CONFIG;
        return e->retriable ? EXIT_UNAVAILABLE : e->code == ERR_NONE ? EXIT_INTERNAL : EXIT_FEED;
}

struct config *load_config(const char *path)
{
        struct conf_errors errors;
        conf_errors_init(&errors, path);
        struct config *c = config_load(path, kinds, &errors);
        if (errors.count > 0) {
                print_mistakes(&errors);
                c = config_free(c);
        }
        conf_errors_done(&errors);
        if (c)
                log_configure((enum log_level)c->log.level, (enum log_format)c->log.format,
                              "iochub-connector");
        return c;
}

// The configuration file of `iochub`: -c FILE or $IOCHUB_CONF. Only how servers are reached and how logs
// look; all else is options. Passwords stay in libpq's passfile and in files that `kafka:` names, and are
// never printed.
#include "hub/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"

#define AT(member) offsetof(struct cli_conf, member)

static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };
static const char *const log_formats[] = { "logfmt", "json", NULL };

static const struct conf_option database_options[] = {
        { .name = "conninfo",
          .type = CONF_STRING,
          .offset = AT(database.conninfo) - AT(database),
          .required = true,
          .sentence = "How to reach PostgreSQL, as libpq takes it; keep the password in a passfile." },
        { 0 },
};

static const struct conf_option log_options[] = {
        { .name = "level",
          .type = CONF_ENUM,
          .offset = AT(log.level) - AT(log),
          .words = log_levels,
          .fallback = "error",
          .sentence = "The least severe lines that are written to standard error." },
        { .name = "format",
          .type = CONF_ENUM,
          .offset = AT(log.format) - AT(log),
          .words = log_formats,
          .fallback = "logfmt",
          .sentence = "Form of those lines." },
        { 0 },
};

const struct conf_option cli_conf_options[] = {
        { .name = "kafka",
          .type = CONF_PAIRS,
          .offset = AT(kafka),
          .required = true,
          .sentence = "librdkafka properties, passed through; bootstrap.servers is needed." },
        { .name = "database",
          .type = CONF_SECTION,
          .offset = AT(database),
          .section = database_options,
          .required = true,
          .sentence = "PostgreSQL." },
        { .name = "log",
          .type = CONF_SECTION,
          .offset = AT(log),
          .section = log_options,
          .sentence = "Logs." },
        { 0 },
};

static int conf_load(struct cli *c, const char *path)
{
        struct err e;
        struct yaml *y = yaml_load_file(path, &e);
        struct conf_errors errors;
        int code = -1;

        if (!y)
                return cli_refuse(EXIT_CONFIG, "%s", e.text);
        conf_errors_init(&errors, yaml_name(y));
        conf_read(cli_conf_options, yaml_root(y), &c->conf, &errors);
        if (errors.count) {
                fputs(buf_cstr(&errors.text), stderr);
                code = EXIT_CONFIG;
        }
        conf_errors_done(&errors);
        yaml_free(y);
        return code;
}

int cli_configure(struct cli *c)
{
        const char *path = c->global.conf ? c->global.conf : getenv("IOCHUB_CONF");
        int code;

        if (!path || !*path)
                return cli_refuse(EXIT_CONFIG, "no configuration: give -c FILE or set IOCHUB_CONF "
                                               "(for a local stack: eval \"$(deploy/stack env)\")");
        code = conf_load(c, path);
        if (code < 0)
                log_configure((enum log_level)c->conf.log.level, (enum log_format)c->conf.log.format,
                              "iochub");
        return code;
}

void cli_done(struct cli *c)
{
        const struct option *table = c->command ? c->command->options : NULL;

        for (; table && table->name; table++)
                if (table->kind == OPTION_MANY)
                        free(((struct texts *)(void *)((char *)c->options + table->offset))->items);
        conf_release(cli_conf_options, &c->conf);
        free(c->options);
        free(c->args);
        buf_done(&c->out);
}

int cli_database(struct cli *c, struct pg **out)
{
        struct err e;
        struct pg *pg = pg_open(c->conf.database.conninfo, "iochub", &e);

        if (!pg)
                return cli_fail(&e);
        *out = pg;
        return EXIT_DONE;
}

struct bus_conf cli_bus(const struct cli *c)
{
        return (struct bus_conf){ .kafka = c->conf.kafka, .client_id = "iochub" };
}

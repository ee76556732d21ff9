// iochub-hub: reads its configuration and runs the service until SIGTERM or SIGINT.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/base/log.h"
#include "hub/base/stop.h"
#include "hub/flow/hub.h"

enum { EXIT_USAGE = 64, EXIT_WORK = 70, EXIT_CONFIG = 78 };

static const char usage[] = "Usage: iochub-hub -c FILE\n"
                            "\n"
                            "Consumes the feeds of all agencies, validates and stores their messages in "
                            "PostgreSQL, and routes them.\n"
                            "\n"
                            "  -c, --config FILE   configuration (default: $IOCHUB_HUB_CONF)\n"
                            "      --check         read the configuration, say every mistake, and end\n"
                            "      --help-config   print the manual of the configuration\n"
                            "      --help, --version\n"
                            "\n"
                            "Examples:\n"
                            "  iochub-hub -c /etc/iochub/hub.yaml\n"
                            "  iochub-hub --check -c /etc/iochub/hub.yaml\n"
                            "\n"
                            "Exit codes: 0 stopped as asked, 64 wrong usage, 70 cannot go on (see the log), "
                            "78 wrong configuration.\n";

static int load(const char *path, struct hub_conf *conf, struct yaml **yaml)
{
        struct err e = { 0 };
        struct conf_errors errors;
        *yaml = yaml_load_file(path, &e);
        if (*yaml == NULL) {
                fprintf(stderr, "%s\n", e.text);
                return EXIT_CONFIG;
        }
        conf_errors_init(&errors, path);
        conf_read(hub_options, yaml_root(*yaml), conf, &errors);
        size_t count = errors.count;
        if (count > 0)
                fputs(buf_cstr(&errors.text), stderr);
        conf_errors_done(&errors);
        return count > 0 ? EXIT_CONFIG : 0;
}

static int run(const char *path, bool check)
{
        struct hub_conf conf = { 0 };
        struct yaml *yaml = NULL;
        struct err e = { 0 };
        int code = load(path, &conf, &yaml);
        if (code == 0 && hub_check(&conf, &e) < 0) {
                fprintf(stderr, "%s: %s\n", path, e.text);
                code = EXIT_CONFIG;
        }
        if (code == 0 && !check) {
                log_configure((enum log_level)conf.log.level, (enum log_format)conf.log.format, "iochub-hub");
                stop_on_signals();
                if (hub_run(&conf, &e) < 0) {
                        fprintf(stderr, "iochub-hub: %s\n", e.text);
                        code = e.code == ERR_CONFIG ? EXIT_CONFIG : EXIT_WORK;
                }
        }
        conf_release(hub_options, &conf);
        yaml_free(yaml);
        return code;
}

static int help_config(void)
{
        struct buf out;
        buf_init(&out);
        conf_manual(hub_options, "", &out);
        fputs(buf_cstr(&out), stdout);
        buf_done(&out);
        return 0;
}

int main(int argc, char **argv)
{
        enum { HELP = 256, VERSION, CHECK, HELP_CONFIG };
        static const struct option options[] = {
                { "config", required_argument, NULL, 'c' },        { "check", no_argument, NULL, CHECK },
                { "help-config", no_argument, NULL, HELP_CONFIG }, { "help", no_argument, NULL, HELP },
                { "version", no_argument, NULL, VERSION },         { NULL, 0, NULL, 0 },
        };
        const char *path = getenv("IOCHUB_HUB_CONF");
        bool check = false;
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                switch (o) {
                case 'c':
                        path = optarg;
                        break;
                case CHECK:
                        check = true;
                        break;
                case HELP_CONFIG:
                        return help_config();
                case VERSION:
                        puts("iochub-hub " IOCHUB_VERSION);
                        return 0;
                case 'h':
                case HELP:
                        fputs(usage, stdout);
                        return 0;
                default:
                        fputs(usage, stderr);
                        return EXIT_USAGE;
                }
        }
        if (path == NULL || optind < argc) {
                fputs(usage, stderr);
                return EXIT_USAGE;
        }
        return run(path, check);
}

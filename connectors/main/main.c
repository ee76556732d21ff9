// iochub-connector: reads an agency's systems and publishes what they hold as data messages.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "connectors/main/commands.h"
#include "connectors/main/usage.h"
#include "hub/base/text.h"

struct command {
        const char *name;
        int (*run)(const struct args *args);
        bool needs_config, needs_feed, needs_from;
};

static const struct command commands[] = {
        { "run", command_run, true },           { "check", command_check, true },
        { "preview", command_preview, true },   { "resume", command_resume, true, true, true },
        { "help-config", command_help_config },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *find_command(const char *name)
{
        const char *names[COMMANDS];
        for (size_t i = 0; i < COMMANDS; i++) {
                names[i] = commands[i].name;
                if (strcmp(name, names[i]) == 0)
                        return &commands[i];
        }
        const char *nearest = text_nearest(name, names, COMMANDS);
        fprintf(stderr, "iochub-connector: there is no command `%s`%s%s%s; see iochub-connector --help\n",
                name, nearest ? "; did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
        return NULL;
}

static int usage_error(const char *what, const char *which)
{
        fprintf(stderr, "iochub-connector: %s%s; see iochub-connector --help\n", what, which);
        return EXIT_USAGE;
}

// 0 done, else an exit code. --help is answered by the caller.
static int parse_options(int argc, char **argv, struct args *args)
{
        for (int i = 2; i < argc; i++) {
                const char *name = argv[i];
                if (strcmp(name, "--json") == 0) {
                        args->json = true;
                        continue;
                }
                static const char *const known[] = { "-c", "--config", "-f",    "--feed",
                                                     "-n", "--rows",   "--from" };
                size_t which = 0;
                while (which < 7 && strcmp(name, known[which]) != 0)
                        which++;
                if (which == 7)
                        return usage_error("unknown option ", name);
                if (i + 1 == argc)
                        return usage_error("a value is missing behind ", name);
                const char *value = argv[++i];
                if (which < 2)
                        args->config = value;
                else if (which < 4)
                        args->feed = value;
                else if (which == 6)
                        args->from = value;
                else if (text_int64(slice_str(value), &args->rows) != 0 || args->rows < 1)
                        return usage_error("-n takes a number above 0, not ", value);
        }
        return 0;
}

static bool asked(int argc, char **argv, const char *option)
{
        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], option) == 0)
                        return true;
        }
        return false;
}

int main(int argc, char **argv)
{
        struct args args = { 0 };
        signal(SIGPIPE, SIG_IGN);
        if (asked(argc, argv, "--help") || asked(argc, argv, "-h") ||
            (argc > 1 && strcmp(argv[1], "help") == 0)) {
                fputs(usage_text, stdout);
                return EXIT_GOOD;
        }
        if (asked(argc, argv, "--version")) {
                puts("iochub-connector " IOCHUB_VERSION);
                return EXIT_GOOD;
        }
        if (argc < 2)
                return usage_error("a command is missing", "");
        const struct command *command = find_command(argv[1]);
        if (command == NULL)
                return EXIT_USAGE;
        int r = parse_options(argc, argv, &args);
        if (r != 0)
                return r;
        if (command->needs_config && args.config == NULL)
                return usage_error("-c FILE is missing", "");
        if (command->needs_feed && args.feed == NULL)
                return usage_error("-f DATASET is missing", "");
        if (command->needs_from && args.from == NULL)
                return usage_error("--from is missing", "");
        return command->run(&args);
}

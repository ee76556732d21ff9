// iochub: the program that people at a terminal use. commands.c is the table of what it does.
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/cli/cli.h"

// The reader's language: Vietnamese where the locale says so.
static enum lang lang_of_environment(void)
{
        static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
                const char *value = getenv(names[i]);

                if (value && *value)
                        return strncmp(value, "vi", 2) == 0 ? LANG_VI : LANG_EN;
        }
        return LANG_EN;
}

// --help, --version, a group without a verb, nothing at all. -1: there is a command to run.
static int answer_without_command(struct cli *c)
{
        if (c->global.version) {
                buf_printf(&c->out, "iochub %s\n", IOCHUB_VERSION);
                return EXIT_DONE;
        }
        if (c->command && c->global.help)
                help_command(c, c->command, &c->out);
        else if (c->group)
                help_group(c, c->group, &c->out);
        else if (!c->command)
                help_all(c, &c->out);
        else
                return -1;
        return c->global.help ? EXIT_DONE : EXIT_BAD_USE;
}

int main(int argc, char **argv)
{
        struct cli c = { 0 };
        int code;

        // A reader that goes away is noticed by write(2), and a server that does must not end the program.
        signal(SIGPIPE, SIG_IGN);
        // Widths of characters; numbers stay in C form.
        setlocale(LC_CTYPE, "C.UTF-8");
        log_configure(LOG_ERROR, LOG_LOGFMT, "iochub");
        c.global.lang = lang_of_environment();

        code = cli_parse(&c, argc, (const char *const *)argv);
        if (code < 0)
                code = answer_without_command(&c);
        if (code < 0 && c.command->configured)
                code = cli_configure(&c);
        if (code < 0)
                code = c.command->run(&c);
        cli_flush(&c);
        cli_done(&c);
        return code;
}

// `iochub help`: the list, one command, the exit codes or the manual of the configuration.
#include "hub/cli/cli.h"

static int cmd_help(struct cli *c)
{
        const char *first = c->arg_count > 0 ? c->args[0] : NULL,
                   *second = c->arg_count > 1 ? c->args[1] : NULL;
        const struct command *k = first ? command_find(first, second) : NULL;
        struct buf near = { 0 };

        if (c->global.json && !first)
                help_json(&c->out);
        else if (!first)
                help_all(c, &c->out);
        else if (strcmp(first, "exit-codes") == 0 && !second)
                help_exit_codes(c, &c->out);
        else if (strcmp(first, "config") == 0 && !second)
                conf_manual(cli_conf_options, "", &c->out);
        else if (k)
                help_command(c, k, &c->out);
        else if (command_is_group(first) && !second)
                help_group(c, first, &c->out);
        else {
                command_nearest(first, command_is_group(first) ? second : NULL, &near);
                cli_refuse(EXIT_BAD_USE, "no command `%s%s%s`%s%s%s", first, second ? " " : "",
                           second ? second : "", near.n ? "; did you mean `" : "; `iochub help` lists them",
                           near.n ? buf_cstr(&near) : "", near.n ? "`?" : "");
                buf_done(&near);
                return EXIT_BAD_USE;
        }
        return EXIT_DONE;
}

static const struct example help_examples[] = {
        { "iochub help", { "mọi lệnh", "all commands" } },
        { "iochub help schema register", { "một lệnh, kèm ví dụ", "one command, with its examples" } },
        { "iochub help exit-codes", { "mã kết thúc", "exit codes" } },
        { "iochub help config",
          { "mọi tuỳ chọn của tệp cấu hình", "every option of the configuration file" } },
        { "iochub help --json",
          { "bảng lệnh cho chương trình khác", "the command table for other programs" } },
        { 0 },
};

const struct command help_commands[] = {
        { .name = "help",
          .arguments = "[COMMAND… | exit-codes | config]",
          .max_args = 2,
          .sentence = { "Hướng dẫn", "Help" },
          .run = cmd_help,
          .examples = help_examples },
        { 0 },
};

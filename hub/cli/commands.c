// The command table: one line a group. Adding a group is one file and one line here.
#include "hub/cli/cli.h"

#define AT(member) offsetof(struct cli, global.member) - offsetof(struct cli, global)

extern const struct command help_commands[], db_commands[], schema_commands[], schema_version_commands[],
    feed_commands[], status_commands[], tail_commands[], quarantine_commands[];

static const struct command *const groups[] = {
        db_commands,     schema_commands, schema_version_commands, feed_commands,
        status_commands, tail_commands,   quarantine_commands,     help_commands,
};

static const char *const lang_words[] = { "vi", "en", NULL };

const struct option global_options[] = {
        { .name = "conf",
          .letter = 'c',
          .kind = OPTION_TEXT,
          .offset = AT(conf),
          .value = "FILE",
          .sentence = { "Tệp cấu hình; mặc định là $IOCHUB_CONF",
                        "Configuration file; $IOCHUB_CONF by default" } },
        { .name = "json",
          .kind = OPTION_FLAG,
          .offset = AT(json),
          .sentence = { "In JSON có hình dạng ổn định (docs/CLI.md)",
                        "Print JSON of a stable shape (docs/CLI.md)" } },
        { .name = "lang",
          .kind = OPTION_WORD,
          .offset = AT(lang),
          .value = "vi|en",
          .choices = lang_words,
          .sentence = { "Ngôn ngữ của tiêu đề; mặc định theo LANG",
                        "Language of headings; LANG's by default" } },
        { .name = "help",
          .letter = 'h',
          .kind = OPTION_FLAG,
          .offset = AT(help),
          .sentence = { "Hướng dẫn của lệnh này", "Help on this command" } },
        { .name = "version",
          .kind = OPTION_FLAG,
          .offset = AT(version),
          .sentence = { "Phiên bản", "Version" } },
        { 0 },
};

const struct command *command_at(size_t i)
{
        for (size_t g = 0; g < sizeof(groups) / sizeof(*groups); g++)
                for (const struct command *k = groups[g]; k->name; k++)
                        if (i-- == 0)
                                return k;
        return NULL;
}

// Help: made from the command tables, so it cannot differ from what the program does.
#include "hub/cli/cli.h"

#include <stdio.h>

#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/cli/grid.h"

static const struct {
        int code;
        struct words sentence;
} exit_codes[] = {
        { EXIT_DONE, { "Xong", "Done" } },
        { EXIT_ABSENT,
          { "Không có thứ được hỏi, hoặc một kiểm tra không đạt",
            "What was asked for is not there, or a check failed" } },
        { EXIT_BAD_USE, { "Dòng lệnh sai", "The command line is wrong" } },
        { EXIT_AWAY,
          { "Không tới được máy chủ (Kafka hoặc PostgreSQL)",
            "A server (Kafka or PostgreSQL) cannot be reached" } },
        { EXIT_INTERNAL, { "Lỗi bên trong", "Internal error" } },
        { EXIT_DENIED, { "Máy chủ từ chối quyền", "A server denied permission" } },
        { EXIT_CONFIG, { "Cấu hình thiếu hoặc sai", "The configuration is missing or wrong" } },
};

static size_t first_word(const char *name)
{
        return strcspn(name, " ");
}

static bool in_group(const struct command *k, const char *group)
{
        size_t n = first_word(k->name);

        return k->name[n] && strlen(group) == n && memcmp(k->name, group, n) == 0;
}

const struct command *command_find(const char *first, const char *second)
{
        const struct command *k;

        for (size_t i = 0; (k = command_at(i)); i++) {
                if (!second && strcmp(k->name, first) == 0)
                        return k;
                if (second && in_group(k, first) && strcmp(k->name + first_word(k->name) + 1, second) == 0)
                        return k;
        }
        return NULL;
}

bool command_is_group(const char *word)
{
        const struct command *k;

        for (size_t i = 0; (k = command_at(i)); i++)
                if (in_group(k, word))
                        return true;
        return false;
}

#define NAMES_MAX 64

// With the group in front a word is long enough that two letters in the wrong order are still near.
void command_nearest(const char *first, const char *second, struct buf *out)
{
        const char *names[NAMES_MAX], *near;
        char words[NAMES_MAX][32], typed[64];
        const struct command *k;
        size_t count = 0;

        snprintf(typed, sizeof(typed), "%s%s%s", first, second ? " " : "", second ? second : "");
        for (size_t i = 0; (k = command_at(i)) && count < NAMES_MAX; i++) {
                if (second && !in_group(k, first))
                        continue;
                snprintf(words[count], sizeof(words[count]), "%.*s", second ? 31 : (int)first_word(k->name),
                         k->name);
                names[count] = words[count];
                count++;
        }
        near = text_nearest(typed, names, count);
        // A beginning says more than a distance: `stat` means `status`.
        for (size_t i = 0; i < count && !near; i++)
                if (strncmp(names[i], typed, strlen(typed)) == 0)
                        near = names[i];
        if (near)
                buf_add_str(out, near);
}

static void heading(struct buf *out, const char *text)
{
        buf_printf(out, "\n%s\n", text);
}

static void help_options(const struct cli *c, const struct option *table, struct buf *out)
{
        struct grid g;

        grid_init(&g, 2);
        for (const struct option *o = table; o && o->name; o++) {
                struct buf names = { 0 }, sentence = { 0 };

                if (o->letter)
                        buf_printf(&names, "  -%c, --%s", o->letter, o->name);
                else
                        buf_printf(&names, "      --%s", o->name);
                if (o->value)
                        buf_printf(&names, " %s", o->value);
                buf_add_str(&sentence, say(c, o->sentence));
                if (o->fallback && (o->kind != OPTION_INT || strcmp(o->fallback, "-1") != 0))
                        buf_printf(&sentence, " (%s %s)", c->global.lang == LANG_VI ? "mặc định" : "default",
                                   o->fallback);
                grid_cell(&g, buf_cstr(&names));
                grid_cell(&g, buf_cstr(&sentence));
                buf_done(&names);
                buf_done(&sentence);
        }
        grid_print(&g, 0, out);
        grid_done(&g);
}

static void help_list(const struct cli *c, const char *group, struct buf *out)
{
        const struct command *k;
        struct grid g;

        grid_init(&g, 2);
        for (size_t i = 0; (k = command_at(i)); i++) {
                struct buf name = { 0 };

                if (group && !in_group(k, group))
                        continue;
                buf_printf(&name, "  %s %s", k->name, k->arguments);
                grid_cell(&g, buf_cstr(&name));
                grid_cell(&g, say(c, k->sentence));
                buf_done(&name);
        }
        grid_print(&g, 0, out);
        grid_done(&g);
}

void help_all(const struct cli *c, struct buf *out)
{
        bool vi = c->global.lang == LANG_VI;

        buf_printf(out, "iochub %s: %s\n", IOCHUB_VERSION,
                   vi ? "thiết lập, kiểm tra và theo dõi trục tích hợp dữ liệu"
                      : "set up, check and look at the data hub");
        buf_printf(out, "\n%s: iochub [-c FILE] [--json] [--lang vi|en] %s\n", vi ? "Cách dùng" : "Usage",
                   vi ? "LỆNH …" : "COMMAND …");
        heading(out, vi ? "Lệnh" : "Commands");
        help_list(c, NULL, out);
        heading(out, vi ? "Tuỳ chọn chung" : "Options of every command");
        help_options(c, global_options, out);
        buf_printf(
            out, "\n%s\n",
            vi ? "`iochub LỆNH --help` có ví dụ; `iochub help exit-codes` giải thích mã kết thúc."
               : "`iochub COMMAND --help` has examples; `iochub help exit-codes` explains exit codes.");
}

void help_group(const struct cli *c, const char *group, struct buf *out)
{
        buf_printf(out, "%s: iochub %s …\n\n", c->global.lang == LANG_VI ? "Cách dùng" : "Usage", group);
        help_list(c, group, out);
        buf_printf(out,
                   c->global.lang == LANG_VI ? "\n`iochub %s LỆNH --help` có ví dụ.\n"
                                             : "\n`iochub %s COMMAND --help` has examples.\n",
                   group);
}

void help_command(const struct cli *c, const struct command *k, struct buf *out)
{
        bool vi = c->global.lang == LANG_VI;

        buf_printf(out, "iochub %s: %s\n", k->name, say(c, k->sentence));
        buf_printf(out, "\n%s: iochub %s%s%s%s\n", vi ? "Cách dùng" : "Usage", k->name,
                   *k->arguments ? " " : "", k->arguments,
                   k->options ? (vi ? " [tuỳ chọn]" : " [options]") : "");
        if (k->options) {
                heading(out, vi ? "Tuỳ chọn" : "Options");
                help_options(c, k->options, out);
        }
        heading(out, vi ? "Tuỳ chọn chung" : "Options of every command");
        help_options(c, global_options, out);
        if (say(c, k->notes))
                buf_printf(out, "\n%s\n", say(c, k->notes));
        heading(out, vi ? "Ví dụ" : "Examples");
        for (const struct example *x = k->examples; x->line; x++)
                buf_printf(out, "  # %s\n  %s\n", say(c, x->why), x->line);
}

void help_exit_codes(const struct cli *c, struct buf *out)
{
        struct grid g;

        grid_init(&g, 2);
        grid_right(&g, 0);
        for (size_t i = 0; i < sizeof(exit_codes) / sizeof(*exit_codes); i++) {
                char code[8];

                snprintf(code, sizeof(code), "%d", exit_codes[i].code);
                grid_cell(&g, code);
                grid_cell(&g, say(c, exit_codes[i].sentence));
        }
        grid_print(&g, 0, out);
        grid_done(&g);
}

static void json_words(struct json *j, struct words w)
{
        json_object(j);
        json_key(j, "vi");
        json_str(j, w.vi ? w.vi : "");
        json_key(j, "en");
        json_str(j, w.en ? w.en : "");
        json_end_object(j);
}

static void json_options(struct json *j, const struct option *table)
{
        json_array(j);
        for (const struct option *o = table; o && o->name; o++) {
                json_object(j);
                json_key(j, "name");
                json_str(j, o->name);
                json_key(j, "value");
                o->value ? json_str(j, o->value) : json_null(j);
                json_key(j, "default");
                o->fallback ? json_str(j, o->fallback) : json_null(j);
                json_key(j, "sentence");
                json_words(j, o->sentence);
                json_end_object(j);
        }
        json_end_array(j);
}

static void json_command(struct json *j, const struct command *k)
{
        json_object(j);
        json_key(j, "name");
        json_str(j, k->name);
        json_key(j, "arguments");
        json_str(j, k->arguments);
        json_key(j, "sentence");
        json_words(j, k->sentence);
        json_key(j, "options");
        json_options(j, k->options);
        json_key(j, "examples");
        json_array(j);
        for (const struct example *x = k->examples; x->line; x++)
                json_str(j, x->line);
        json_end_array(j);
        json_end_object(j);
}

void help_json(struct buf *out)
{
        const struct command *k;
        struct json j;

        json_init(&j, out, true);
        json_object(&j);
        json_key(&j, "version");
        json_str(&j, IOCHUB_VERSION);
        json_key(&j, "options");
        json_options(&j, global_options);
        json_key(&j, "commands");
        json_array(&j);
        for (size_t i = 0; (k = command_at(i)); i++)
                json_command(&j, k);
        json_end_array(&j);
        json_key(&j, "exit_codes");
        json_array(&j);
        for (size_t i = 0; i < sizeof(exit_codes) / sizeof(*exit_codes); i++) {
                json_object(&j);
                json_key(&j, "code");
                json_int(&j, exit_codes[i].code);
                json_key(&j, "sentence");
                json_words(&j, exit_codes[i].sentence);
                json_end_object(&j);
        }
        json_end_array(&j);
        json_end_object(&j);
        buf_add_char(out, '\n');
}

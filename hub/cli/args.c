// The command line: global options anywhere, then the command's one or two words, its options and arguments
// in any order.
// `--name value`, `--name=value`, `-n 3`, `-n3`, `--` ends the options. Every option is a row of a table.
#include "hub/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"

struct scan {
        struct cli *c;
        int argc, at;
        const char *const *argv;
        const char *first; // word of a group whose verb has not come yet
        bool ended;        // `--` was met
};

void options_default(const struct option *table, void *out)
{
        for (const struct option *o = table; o && o->name; o++) {
                void *slot = (char *)out + o->offset;
                int64_t number = 0;

                if (!o->fallback)
                        continue;
                if (o->kind == OPTION_TEXT)
                        *(const char **)slot = o->fallback;
                if (o->kind == OPTION_INT && text_int64(slice_str(o->fallback), &number) == 0)
                        *(int64_t *)slot = number;
                for (int i = 0; o->kind == OPTION_WORD && o->choices[i]; i++)
                        if (strcmp(o->choices[i], o->fallback) == 0)
                                *(int *)slot = i;
        }
}

static int set_int(const struct option *o, int64_t *slot, const char *value)
{
        int64_t number;

        if (text_int64(slice_str(value), &number) == 0 && number >= o->min && number <= o->max) {
                *slot = number;
                return -1;
        }
        return cli_refuse(EXIT_BAD_USE, "--%s takes a whole number from %lld to %lld, not `%s`", o->name,
                          (long long)o->min, (long long)o->max, value);
}

static int set_word(const struct option *o, int *slot, const char *value)
{
        struct buf known = { 0 };

        for (int i = 0; o->choices[i]; i++) {
                if (strcmp(o->choices[i], value) == 0) {
                        *slot = i;
                        buf_done(&known);
                        return -1;
                }
                buf_printf(&known, "%s%s", i ? ", " : "", o->choices[i]);
        }
        cli_refuse(EXIT_BAD_USE, "--%s takes one of %s, not `%s`", o->name, buf_cstr(&known), value);
        buf_done(&known);
        return EXIT_BAD_USE;
}

static int set_option(const struct option *o, void *out, const char *value)
{
        void *slot = (char *)out + o->offset;
        struct texts *many = slot;

        switch (o->kind) {
        case OPTION_FLAG:
                *(bool *)slot = true;
                return -1;
        case OPTION_TEXT:
                *(const char **)slot = value;
                return -1;
        case OPTION_INT:
                return set_int(o, slot, value);
        case OPTION_WORD:
                return set_word(o, slot, value);
        case OPTION_MANY:
                many->items = realloc(many->items, (many->count + 1) * sizeof(*many->items));
                if (!many->items)
                        abort();
                many->items[many->count++] = value;
                return -1;
        }
        return EXIT_INTERNAL;
}

static const struct option *option_find(const struct option *table, const char *name, size_t n, char letter)
{
        for (const struct option *o = table; o && o->name; o++) {
                if (letter ? o->letter == letter : strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                        return o;
        }
        return NULL;
}

#define OPTIONS_MAX 64

// Names are compared with their dashes, so that short ones may be a letter wrong too.
static const char *nearest_option(const struct cli *c, const char *arg)
{
        const struct option *tables[] = { global_options, c->command ? c->command->options : NULL };
        static char names[OPTIONS_MAX][40];
        const char *candidates[OPTIONS_MAX];
        char typed[64];
        size_t count = 0;

        snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(arg, "="), arg);
        for (size_t t = 0; t < 2; t++)
                for (const struct option *o = tables[t]; o && o->name && count < OPTIONS_MAX; o++) {
                        snprintf(names[count], sizeof(names[count]), "--%s", o->name);
                        candidates[count] = names[count];
                        count++;
                }
        return arg[1] == '-' ? text_nearest(typed, candidates, count) : NULL;
}

static int unknown_option(const struct cli *c, const char *arg)
{
        const char *near = nearest_option(c, arg);

        if (near)
                return cli_refuse(EXIT_BAD_USE, "no option `%s`; did you mean %s?", arg, near);
        if (!c->command)
                return cli_refuse(EXIT_BAD_USE, "no option `%s` before a command; see `iochub --help`", arg);
        return cli_refuse(EXIT_BAD_USE, "`iochub %s` has no option `%s`; see `iochub %s --help`",
                          c->command->name, arg, c->command->name);
}

// One argument that starts with a dash.
static int take_option(struct scan *s)
{
        const char *arg = s->argv[s->at], *value = NULL;
        bool is_long = arg[1] == '-';
        size_t n = is_long ? strcspn(arg + 2, "=") : 1;
        const struct option *o = NULL;
        void *out = s->c->options;

        if (s->c->command)
                o = option_find(s->c->command->options, arg + 2, n, is_long ? 0 : arg[1]);
        if (!o) {
                o = option_find(global_options, arg + 2, n, is_long ? 0 : arg[1]);
                out = &s->c->global;
        }
        if (!o)
                return unknown_option(s->c, arg);
        if (is_long && arg[2 + n] == '=')
                value = arg + 3 + n;
        else if (!is_long && arg[2])
                value = arg + 2;
        if (o->kind == OPTION_FLAG && value)
                return cli_refuse(EXIT_BAD_USE, "`%s`: --%s takes no value", arg, o->name);
        if (o->kind != OPTION_FLAG && !value) {
                if (s->at + 1 >= s->argc)
                        return cli_refuse(EXIT_BAD_USE, "--%s needs a value: --%s %s", o->name, o->name,
                                          o->value);
                value = s->argv[++s->at];
        }
        return set_option(o, out, value);
}

static int set_command(struct cli *c, const struct command *command)
{
        c->command = command;
        c->group = NULL;
        if (command->options_size) {
                c->options = calloc(1, command->options_size);
                if (!c->options)
                        abort();
                options_default(command->options, c->options);
        }
        return -1;
}

static int unknown_command(const struct cli *c, const char *first, const char *second)
{
        struct buf near = { 0 };

        command_nearest(first, second, &near);
        if (c->global.help && second)
                cli_refuse(EXIT_BAD_USE, "no command `%s %s`", first, second);
        else if (near.n)
                cli_refuse(EXIT_BAD_USE, "no command `%s%s%s`; did you mean `%s`?", first, second ? " " : "",
                           second ? second : "", buf_cstr(&near));
        else
                cli_refuse(EXIT_BAD_USE, "no command `%s%s%s`; `iochub help` lists them", first,
                           second ? " " : "", second ? second : "");
        buf_done(&near);
        return EXIT_BAD_USE;
}

// A word before the command is complete.
static int take_word(struct scan *s)
{
        const char *word = s->argv[s->at];
        const struct command *command = command_find(s->first ? s->first : word, s->first ? word : NULL);

        if (command)
                return set_command(s->c, command);
        if (s->first || !command_is_group(word))
                return unknown_command(s->c, s->first ? s->first : word, s->first ? word : NULL);
        s->first = word;
        s->c->group = word;
        return -1;
}

static int check_counts(const struct cli *c)
{
        const struct command *k = c->command;

        if (!k || c->global.help || (c->arg_count >= k->min_args && c->arg_count <= k->max_args))
                return -1;
        if (c->arg_count > k->max_args)
                return cli_refuse(EXIT_BAD_USE, "`iochub %s` does not take `%s`; usage: iochub %s %s",
                                  k->name, c->args[k->max_args], k->name, k->arguments);
        return cli_refuse(EXIT_BAD_USE, "something is missing; usage: iochub %s %s", k->name, k->arguments);
}

int cli_parse(struct cli *c, int argc, const char *const *argv)
{
        struct scan s = { .c = c, .argc = argc, .argv = argv };
        int code = -1;

        c->args = calloc((size_t)argc + 1, sizeof(*c->args));
        if (!c->args)
                abort();
        options_default(global_options, &c->global);
        for (s.at = 1; s.at < argc && code < 0; s.at++) {
                const char *arg = argv[s.at];

                if (!s.ended && strcmp(arg, "--") == 0)
                        s.ended = true;
                else if (!s.ended && arg[0] == '-' && arg[1])
                        code = take_option(&s);
                else if (!c->command)
                        code = take_word(&s);
                else
                        c->args[c->arg_count++] = arg;
        }
        return code < 0 ? check_counts(c) : code;
}

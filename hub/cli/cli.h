// What every command of `iochub` shares: the parsed command line, the configuration, the exit codes and how a
// failure is told. A command is one row of its group's table (at the foot of its file; commands.c joins them)
// and one function that returns an exit code. One thread.
#pragma once

#include "hub/base/conf.h"
#include "hub/bus/bus.h"
#include "hub/pg/conn.h"

// `iochub help exit-codes` lists them.
enum exit_code {
        EXIT_DONE = 0,
        EXIT_ABSENT = 1, // the thing asked for is not there, or a check failed
        EXIT_BAD_USE = 64,
        EXIT_AWAY = 69, // a server cannot be reached
        EXIT_INTERNAL = 70,
        EXIT_DENIED = 77,
        EXIT_CONFIG = 78,
};

// A text for people in both languages.
struct words {
        const char *vi, *en;
};

enum lang { LANG_VI, LANG_EN };

enum option_kind {
        OPTION_FLAG, // bool
        OPTION_TEXT, // const char *
        OPTION_INT,  // int64_t, min..max
        OPTION_WORD, // int, index into `choices`
        OPTION_MANY, // struct texts; may be given several times
};

struct texts {
        const char **items;
        size_t count;
};

struct option {
        const char *name; // long name without dashes; NULL ends the table
        char letter;      // 0: none
        enum option_kind kind;
        size_t offset;     // in the struct that is filled
        const char *value; // what stands behind it in the usage line, NULL for flags
        struct words sentence;
        const char *fallback; // default as text, NULL: false, NULL, 0 or first word
        int64_t min, max;
        const char *const *choices; // NULL-terminated
};

struct example {
        const char *line; // as typed, runs as it stands (tests/live/cli_examples)
        struct words why;
};

struct cli;

struct command {
        const char *name; // `status`, or group and verb: `schema list`; NULL ends the table
        const char *arguments;
        size_t min_args, max_args;
        struct words sentence;
        struct words notes; // paragraphs behind the options; may be empty
        const struct option *options;
        size_t options_size; // of the struct that the options fill
        bool configured;     // needs the configuration file
        int (*run)(struct cli *c);
        const struct example *examples; // line NULL ends
};

// commands.c: the i-th command of all groups, or NULL.
const struct command *command_at(size_t i);
extern const struct option global_options[];

// The configuration file: how the servers are reached.
struct cli_conf {
        struct conf_pairs kafka;
        struct {
                char *conninfo;
        } database;
        struct {
                int level, format;
        } log;
};
extern const struct conf_option cli_conf_options[];

struct cli {
        struct {
                const char *conf;
                bool json, help, version;
                int lang;
        } global;
        const struct command *command;
        const char *group; // a group was named without a verb of it
        void *options;     // the command's own struct
        const char **args; // positional arguments
        size_t arg_count;
        struct cli_conf conf;
        struct buf out; // what goes to standard output
};

// args.c: reads the command line. -1: go on; otherwise the exit code (the mistake has been said).
int cli_parse(struct cli *c, int argc, const char *const *argv) must_check;
// Sets the defaults of a table.
void options_default(const struct option *table, void *out);

// conf.c: -1: go on; otherwise the exit code.
int cli_configure(struct cli *c) must_check;
void cli_done(struct cli *c);
// Connections by the configuration. 0 done, otherwise the exit code (the failure has been said).
int cli_database(struct cli *c, struct pg **out) must_check;
struct bus_conf cli_bus(const struct cli *c);

// Text in the language asked for.
static inline const char *say(const struct cli *c, struct words w)
{
        return c->global.lang == LANG_VI ? w.vi : w.en;
}

// fail.c: says a failure on standard error as one line "iochub: …" and returns the exit code that fits.
int cli_fail(const struct err *e) must_check;
// The exit code alone, and the sentence with a hint of the next step where there is one.
int exit_code_of(const struct err *e);
void fail_text(const struct err *e, struct buf *out);
int cli_refuse(int code, const char *format, ...) printf_like(2, 3);
// A line on standard error that is no failure.
void cli_note(const char *format, ...) printf_like(1, 2);

// help.c
const struct command *command_find(const char *first, const char *second); // second NULL: one-word commands
bool command_is_group(const char *word);
// The nearest command to what was typed ("" where nothing is near).
void command_nearest(const char *first, const char *second, struct buf *out);
void help_all(const struct cli *c, struct buf *out);
void help_group(const struct cli *c, const char *group, struct buf *out);
void help_command(const struct cli *c, const struct command *command, struct buf *out);
void help_exit_codes(const struct cli *c, struct buf *out);
// Commands, options, examples and exit codes as one JSON object.
void help_json(struct buf *out);

// out.c: writes c->out to standard output and empties it. A reader that has gone away ends the program
// quietly.
void cli_flush(struct cli *c);

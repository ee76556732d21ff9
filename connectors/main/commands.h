// The commands of iochub-connector, what they share, and the exit codes.
#pragma once

#include "connectors/sdk/config.h"
#include "hub/bus/catalogue.h"

enum exit_code {
        EXIT_GOOD = 0,
        EXIT_FEED = 1, // a feed ended with an error; check found something
        EXIT_USAGE = 64,
        EXIT_UNAVAILABLE = 69, // the broker does not answer
        EXIT_INTERNAL = 70,
        EXIT_TEMPORARY = 75, // another session took over, or not everything was delivered
        EXIT_CONFIG = 78,
};

struct args {
        const char *config, *feed, *from;
        int64_t rows; // -n; 0: not given
        bool json;
};

extern const struct source_kind *const kinds[]; // NULL-terminated

int command_run(const struct args *args);
int command_check(const struct args *args);
int command_preview(const struct args *args);
int command_resume(const struct args *args);
int command_help_config(const struct args *args);

// Reads the configuration and sets the logs up; mistakes go to standard error, all of them. NULL: exit 78.
struct config *load_config(const char *path);
void print_mistakes(const struct conf_errors *errors);
// Prints the error and says which exit code stands for it.
int print_error(const struct err *e);

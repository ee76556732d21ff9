// Errors: every function that can fail fatally returns <0 and fills the caller's `struct err`, its last
// parameter.
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#define must_check        __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

// What kind of failure it is decides what settle does with it (docs/DELIVERY.md).
enum err_code {
        ERR_NONE = 0,
        ERR_CONFIG,   // the configuration or the command line is wrong: exit 78 or 64
        ERR_INPUT,    // data from outside is wrong
        ERR_IO,       // file or socket
        ERR_KAFKA,    // librdkafka said so
        ERR_DATABASE, // PostgreSQL said so; sqlstate is set where the server answered
        ERR_STATE,    // what is stored contradicts what is asked (named state, topic id, epoch)
        ERR_LIMIT,    // a cap was reached
};

struct err {
        enum err_code code;
        char sqlstate[6]; // "" where PostgreSQL was not involved
        bool retriable;   // the same call may go through later
        char text[1024];  // one sentence, UTF-8, no newline at the end
};

// Fills *e (which may be NULL) and returns -1.
int err_set(struct err *e, enum err_code code, const char *format, ...) printf_like(3, 4);
// Puts "format: " before the text that *e has and returns -1.
int err_prefix(struct err *e, const char *format, ...) printf_like(2, 3);

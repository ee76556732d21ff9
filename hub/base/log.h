// Logs: a fixed sentence and typed fields, as logfmt or JSON lines on standard error. No personal data.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
        const char *name; // NULL ends the list
        enum { LOG_F_STR, LOG_F_INT, LOG_F_DOUBLE, LOG_F_BOOL } type;
        union {
                const char *s;
                int64_t i;
                double d;
                bool b;
        };
};

#define F_STR(n, v)    ((struct log_field){ .name = (n), .type = LOG_F_STR, .s = (v) })
#define F_INT(n, v)    ((struct log_field){ .name = (n), .type = LOG_F_INT, .i = (int64_t)(v) })
#define F_DOUBLE(n, v) ((struct log_field){ .name = (n), .type = LOG_F_DOUBLE, .d = (v) })
#define F_BOOL(n, v)   ((struct log_field){ .name = (n), .type = LOG_F_BOOL, .b = (v) })

// Set once at start, before threads.
void log_configure(enum log_level least, enum log_format format, const char *program);
void log_fields(enum log_level level, const char *sentence, const struct log_field *fields);

#define log_at(level, sentence, ...)                                                                         \
        log_fields(level, sentence, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .name = NULL } })
#define log_debug(sentence, ...) log_at(LOG_DEBUG, sentence, ##__VA_ARGS__)
#define log_info(sentence, ...)  log_at(LOG_INFO, sentence, ##__VA_ARGS__)
#define log_warn(sentence, ...)  log_at(LOG_WARN, sentence, ##__VA_ARGS__)
#define log_error(sentence, ...) log_at(LOG_ERROR, sentence, ##__VA_ARGS__)

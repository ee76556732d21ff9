// A record is put together in memory and leaves by one write(2), so that lines of several threads and
// processes do not mix. Times are RFC 3339 in UTC. Values from outside are cut at 1 KiB and their control
// characters escaped, so that nobody writes lines or terminal commands into the log.
#include "hub/base/log.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/base/text.h"

#define VALUE_MAX 1024

static enum log_level log_least = LOG_INFO;
static enum log_format log_as = LOG_LOGFMT;
static const char *log_program = "iochub";

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_configure(enum log_level least, enum log_format format, const char *program)
{
        log_least = least;
        log_as = format;
        log_program = program;
}

static bool needs_quotes(struct slice s)
{
        for (size_t i = 0; i < s.n; i++) {
                uint8_t c = s.p[i];
                if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
                        return true;
        }
        return s.n == 0;
}

static void logfmt_text(struct buf *line, const char *text)
{
        struct slice s = slice_str(text);
        if (!needs_quotes(s)) {
                text_show(line, s, VALUE_MAX, "");
                return;
        }
        buf_add_char(line, '"');
        text_show(line, s, VALUE_MAX, "\"\\");
        buf_add_char(line, '"');
}

static void logfmt_field(struct buf *line, const struct log_field *f)
{
        char number[TEXT_DOUBLE];
        buf_printf(line, " %s=", f->name);
        switch (f->type) {
        case LOG_F_STR:
                if (f->s)
                        logfmt_text(line, f->s);
                break;
        case LOG_F_INT:
                buf_printf(line, "%lld", (long long)f->i);
                break;
        case LOG_F_DOUBLE:
                buf_add(line, number, text_format_double(f->d, number));
                break;
        case LOG_F_BOOL:
                buf_add_str(line, f->b ? "true" : "false");
                break;
        }
}

static void logfmt_record(struct buf *line, const char *time, enum log_level level, const char *sentence,
                          const struct log_field *fields)
{
        buf_printf(line, "time=%s level=%s program=%s msg=", time, level_names[level], log_program);
        logfmt_text(line, sentence);
        for (; fields->name; fields++)
                logfmt_field(line, fields);
}

static void json_text(struct json *j, const char *text)
{
        struct buf cut;
        if (strlen(text) <= VALUE_MAX) {
                json_str(j, text);
                return;
        }
        // Cut first and escape after: text_show would escape once, the JSON writer again.
        struct slice s = slice_of(text, VALUE_MAX);
        while (s.n > 0 && (text[s.n] & 0xc0) == 0x80)
                s.n--;
        buf_init(&cut);
        buf_add_slice(&cut, s);
        buf_add_str(&cut, "\u2026");
        json_slice(j, buf_slice(&cut));
        buf_done(&cut);
}

static void json_field(struct json *j, const struct log_field *f)
{
        json_key(j, f->name);
        switch (f->type) {
        case LOG_F_STR:
                if (f->s)
                        json_text(j, f->s);
                else
                        json_null(j);
                break;
        case LOG_F_INT:
                json_int(j, f->i);
                break;
        case LOG_F_DOUBLE:
                json_double(j, f->d);
                break;
        case LOG_F_BOOL:
                json_bool(j, f->b);
                break;
        }
}

static void json_record(struct buf *line, const char *time, enum log_level level, const char *sentence,
                        const struct log_field *fields)
{
        struct json j;
        json_init(&j, line, false);
        json_object(&j);
        json_key(&j, "time");
        json_str(&j, time);
        json_key(&j, "level");
        json_str(&j, level_names[level]);
        json_key(&j, "program");
        json_str(&j, log_program);
        json_key(&j, "msg");
        json_text(&j, sentence);
        for (; fields->name; fields++)
                json_field(&j, fields);
        json_end_object(&j);
}

// A pipe may take a part only; what it refuses (closed, full and non-blocking) is lost: logging never stops
// the work.
static void write_line(struct slice line)
{
        while (line.n > 0) {
                ssize_t n = write(STDERR_FILENO, line.p, line.n);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return;
                line = slice_of(line.p + n, line.n - (size_t)n);
        }
}

void log_fields(enum log_level level, const char *sentence, const struct log_field *fields)
{
        if (level < log_least)
                return;
        int saved = errno;
        char time[INSTANT_TEXT];
        struct buf line;
        buf_init(&line);
        instant_format(clock_now(), time);
        if (log_as == LOG_JSON)
                json_record(&line, time, level, sentence, fields);
        else
                logfmt_record(&line, time, level, sentence, fields);
        buf_add_char(&line, '\n');
        write_line(buf_slice(&line));
        buf_done(&line);
        errno = saved;
}

// The draft of the connector's configuration that reads the file as it was read here.
#include <stdlib.h>

#include "hub/cli/schema_init.h"

// A scalar in quotes: single ones, or double ones where it holds control characters.
static void add_scalar(struct buf *out, const char *s)
{
        bool plain = true;
        for (const char *p = s; *p; p++)
                plain &= (uint8_t)*p >= ' ' && *p != 0x7f;
        buf_add_char(out, plain ? '\'' : '"');
        for (; *s; s++) {
                if (plain)
                        buf_printf(out, "%s%c", *s == '\'' ? "'" : "", *s);
                else if ((uint8_t)*s < ' ' || *s == 0x7f)
                        buf_printf(out, "\\x%02x", (unsigned)*s);
                else
                        buf_printf(out, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
        }
        buf_add_char(out, plain ? '\'' : '"');
}

static void add_missing(const struct guess_answer *a, struct buf *out)
{
        if (a->missing[0] == NULL)
                return;
        buf_add_str(out, ", missing: [''");
        for (size_t i = 0; a->missing[i]; i++) {
                buf_add_str(out, ", ");
                add_scalar(out, a->missing[i]);
        }
        buf_add_char(out, ']');
}

static void add_number(const struct guess_answer *a, struct buf *out)
{
        if (a->number.unit.n) {
                char *unit = strndup((const char *)a->number.unit.p, a->number.unit.n);
                if (unit == NULL)
                        abort();
                buf_add_str(out, ", unit: ");
                add_scalar(out, unit);
                free(unit);
        }
        if (a->number.decimal)
                buf_printf(out, ", decimal: '%c'", a->number.decimal);
        if (a->number.thousands)
                buf_printf(out, ", thousands: '%c'", a->number.thousands);
}

// A word that the connector takes for true or false by itself is not listed.
static bool is_known(const char *word)
{
        return strcasecmp(word, "true") == 0 || strcasecmp(word, "false") == 0;
}

static void add_bool(const struct guess *g, struct buf *out)
{
        for (int side = 1; side >= 0; side--) {
                const char *before = side ? ", true_words: [" : ", false_words: [", *after = "";
                for (size_t i = 0; i < g->word_count; i++) {
                        if (guess_is_true(g->words[i].text) != (side == 1) || is_known(g->words[i].text))
                                continue;
                        buf_add_str(out, before);
                        add_scalar(out, g->words[i].text);
                        before = ", ";
                        after = "]";
                }
                buf_add_str(out, after);
        }
}

static void add_time(const struct draft *d, const struct guess_answer *a, struct buf *out)
{
        bool zoned = strstr(a->time, "%z") || a->time[0] != '%';
        buf_add_str(out, ", format: ");
        if (a->time[0] == '%')
                add_scalar(out, a->time);
        else
                buf_add_str(out, a->time);
        if (!zoned)
                buf_printf(out, ", zone: %s", d->options->zone);
}

static void add_doubt(const struct draft *d, const struct guess_answer *a, struct buf *out)
{
        bool vi = d->cli->global.lang == LANG_VI;
        if (a->kind == GUESS_TIME && a->other_time)
                buf_printf(out,
                           vi ? " # kiểm tra: '%s' cũng đọc được mọi giá trị"
                              : " # check: '%s' reads every value too",
                           a->other_time);
        if ((a->kind == GUESS_INTEGER || a->kind == GUESS_DECIMAL) && a->ambiguous)
                buf_add_str(out, vi ? " # kiểm tra: dấu này là dấu thập phân hay dấu nhóm ba chữ số?"
                                    : " # check: does the sign part decimals, or thousands?");
}

static void add_entry(const struct draft *d, const struct draft_column *c, struct buf *out)
{
        const struct guess_answer *a = &c->answer;
        struct buf options;
        buf_init(&options);
        if (a->kind == GUESS_TIME)
                add_time(d, a, &options);
        else if (a->kind == GUESS_BOOL)
                add_bool(&c->guess, &options);
        else if (a->kind == GUESS_INTEGER || a->kind == GUESS_DECIMAL)
                add_number(a, &options);
        add_missing(a, &options);
        buf_printf(out, "      %s: ", c->name);
        if (options.n)
                buf_add_str(out, "{ column: ");
        add_scalar(out, c->header);
        buf_add_slice(out, buf_slice(&options));
        if (options.n)
                buf_add_str(out, " }");
        add_doubt(d, a, out);
        buf_add_char(out, '\n');
        buf_done(&options);
}

// The file as the configuration finds it: beside it or below it by a relative path, else by its whole one.
static void add_file(const struct draft *d, struct buf *out)
{
        const char *mapping = d->options->mapping ? d->options->mapping : ".", *slash = strrchr(mapping, '/');
        char *folder = slash ? strndup(mapping, (size_t)(slash - mapping) + (slash == mapping)) : strdup(".");
        char *real_folder = folder ? realpath(folder, NULL) : NULL, *real = realpath(d->path, NULL);
        struct buf name;
        buf_init(&name);
        size_t n = real_folder ? strlen(real_folder) : 0;
        const char *shown = real ? real : d->path;
        if (real && n && strncmp(real, real_folder, n) == 0 && (real[n] == '/' || n == 1))
                shown = real + n + (n > 1);
        for (; *shown; shown++)
                buf_printf(&name, "%s%c", strchr("*?[\\", *shown) ? "\\" : "", *shown);
        add_scalar(out, buf_cstr(&name));
        buf_done(&name);
        free(folder);
        free(real_folder);
        free(real);
}

void draft_mapping(const struct draft *d, struct buf *out)
{
        bool vi = d->cli->global.lang == LANG_VI;
        buf_printf(
            out,
            vi ? "# Bản nháp của `iochub schema init`: sửa agency và bootstrap.servers, xem lại map, rồi "
                 "chạy\n"
                 "# `iochub-connector check -c TỆP-NÀY`.\n"
               : "# Draft by `iochub schema init`: set agency and bootstrap.servers, look at map, then run\n"
                 "# `iochub-connector check -c THIS-FILE`.\n");
        buf_printf(out, "agency: %s\nkafka:\n  bootstrap.servers: ",
                   d->options->agency ? d->options->agency : "H10.01");
        add_scalar(out, d->brokers);
        buf_add_str(out, "\nreject_dir: rejects\nfeeds:\n");
        buf_printf(out,
                   "  - dataset: %s\n    source:\n      kind: csv\n      name: %s\n      files: ", d->dataset,
                   d->dataset);
        add_file(d, out);
        buf_add_str(out, "\n      mode: once\n");
        if (d->format.delimiter == '\t')
                buf_add_str(out, "      delimiter: \"\\t\"\n");
        else if (d->format.delimiter != ',')
                buf_printf(out, "      delimiter: '%c'\n", d->format.delimiter);
        buf_add_str(out, "    map:\n");
        for (size_t i = 0; i < d->count; i++) {
                if (d->columns[i].number)
                        add_entry(d, &d->columns[i], out);
        }
}

// Everything but sending, in the order in which a start would meet it. Each line says what was looked at.
#include <stdio.h>

#include "connectors/main/commands.h"
#include "hub/base/log.h"
#include "hub/bus/admin.h"

#define ROWS   100
#define ASK_MS 10000

struct checking {
        struct config *config;
        struct catalogue *catalogue;
        struct admin *admin;
        int failed;
};

static void good(const char *dataset, const char *format, ...) printf_like(2, 3);
static void bad(struct checking *c, const char *dataset, const char *format, ...) printf_like(3, 4);

static void good(const char *dataset, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        printf("ok    %s: ", dataset);
        vprintf(format, args);
        putchar('\n');
        va_end(args);
}

static void bad(struct checking *c, const char *dataset, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        printf("FAIL  %s: ", dataset);
        vprintf(format, args);
        putchar('\n');
        va_end(args);
        c->failed++;
}

static void check_topic(struct checking *c, const struct feed_conf *f)
{
        const char *const topics[] = { f->topic };
        struct topic_info info;
        struct err e;
        if (admin_describe(c->admin, topics, 1, ASK_MS, &info, &e) < 0)
                bad(c, f->dataset, "topic %s: %s", f->topic, e.text);
        else if (!info.exists)
                bad(c, f->dataset,
                    "topic %s does not exist; the operations centre makes it: iochub feed add %s %s",
                    f->topic, c->config->agency, f->dataset);
        else
                good(f->dataset, "topic %s has %d partition%s", f->topic, (int)info.partitions,
                     info.partitions == 1 ? "" : "s");
}

struct rows {
        unsigned read, converted;
        char first_fault[1024];
};

static void note_fault(struct rows *rows, const struct source_row *row)
{
        if (rows->first_fault[0] == '\0')
                snprintf(rows->first_fault, sizeof(rows->first_fault), "%s:%llu: column %s: `%.*s`: %s",
                         row->file, (unsigned long long)row->line, row->fault.column,
                         (int)(row->fault.value.n > 80 ? 80 : row->fault.value.n),
                         (const char *)row->fault.value.p, row->fault.en);
}

// The first rows through source and mapping. <0: the source cannot be read.
static int try_rows(const struct feed_conf *f, struct source *s, bool convert, struct rows *rows,
                    struct err *e)
{
        struct arena *a = arena_new(64 * 1024);
        int r = 0;
        while (rows->read < ROWS) {
                struct source_row row = { 0 };
                struct msg *m;
                r = f->kind->next(s, &row, e);
                if (r < 0 || r == SOURCE_IDLE || r == SOURCE_END)
                        break;
                if (r == SOURCE_PART_END)
                        continue;
                rows->read++;
                arena_reset(a, 1024 * 1024);
                if (r == SOURCE_BAD_ROW ||
                    (convert && mapping_row(f->mapping, row.values, a, &m, &row.fault) != 0))
                        note_fault(rows, &row);
                else
                        rows->converted++;
        }
        arena_free(a);
        return r < 0 ? -1 : 0;
}

static void check_source(struct checking *c, const struct feed_conf *f, bool convert)
{
        struct err e;
        struct rows rows = { 0 };
        struct source *s = f->kind->open(f->source, c->config->folder, mapping_columns(f->mapping), &e);
        int r = s ? try_rows(f, s, convert, &rows, &e) : -1;
        if (s)
                f->kind->close(s);
        if (r < 0)
                bad(c, f->dataset, "%s", e.text);
        else if (rows.read > 0 && rows.converted == 0)
                bad(c, f->dataset, "none of the first %u rows converts: %s", rows.read, rows.first_fault);
        else
                good(f->dataset, "%u of the first %u rows %s%s%s", rows.converted, rows.read,
                     convert ? "convert" : "can be read",
                     rows.first_fault[0] ? "; the first that does not: " : "", rows.first_fault);
}

static void check_feed(struct checking *c, const struct feed_conf *f)
{
        struct conf_errors errors;
        conf_errors_init(&errors, yaml_name(c->config->yaml));
        const struct schema *s = catalogue_dataset(c->catalogue, f->dataset);
        if (s == NULL) {
                bad(c, f->dataset,
                    "the dataset is not registered; the operations centre does it: iochub schema register");
        } else {
                mapping_bind(f->mapping, s, &errors);
                if (errors.count == 0)
                        good(f->dataset, "structure %s, id %u, version %u", s->root->full_name, s->id,
                             s->version);
                else
                        bad(c, f->dataset, "the map does not fit structure %s:\n%s", s->root->full_name,
                            buf_cstr(&errors.text));
        }
        check_topic(c, f);
        check_source(c, f, s && errors.count == 0);
        conf_errors_done(&errors);
}

int command_check(const struct args *args)
{
        struct err e = { 0 };
        struct checking c = { .config = load_config(args->config) };
        if (c.config == NULL)
                return EXIT_CONFIG;
        printf("ok    %s: %zu feed%s of agency %s\n", args->config, c.config->feed_count,
               c.config->feed_count == 1 ? "" : "s", c.config->agency);
        int code = EXIT_GOOD;
        if ((c.catalogue = catalogue_open(&c.config->bus, &e)) == NULL ||
            (c.admin = admin_open(&c.config->bus, &e)) == NULL ||
            catalogue_refresh(c.catalogue, ASK_MS, &e) < 0)
                code = print_error(&e);
        for (size_t i = 0; code == EXIT_GOOD && i < c.config->feed_count; i++)
                check_feed(&c, &c.config->feeds[i]);
        if (c.catalogue)
                catalogue_close(c.catalogue);
        if (c.admin)
                admin_close(c.admin);
        config_free(c.config);
        return code == EXIT_GOOD && c.failed ? EXIT_FEED : code;
}

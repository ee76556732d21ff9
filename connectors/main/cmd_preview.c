// Rows as messages, and what the structure's rules say of them: nothing is sent, the log is not looked at.
#include <stdio.h>

#include "connectors/main/commands.h"
#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/msg/validate.h"

#define ASK_MS 10000

struct verdict {
        struct msg *message; // NULL: the row does not convert
        struct fault fault;
        struct slice key;
        bool accepted;
};

static void judge(const struct schema *s, struct arena *a, struct verdict *v)
{
        struct fault key = { 0 };
        v->accepted = validate(s, v->message, clock_now(), a, &v->fault) == 0;
        if (msg_key(s->dataset, v->message, a, &v->key, &key) == 0)
                return;
        v->accepted = false;
        for (size_t i = 0; i < key.count; i++)
                fault_add(&v->fault, a, key.items[i]);
}

static void write_violations(struct json *j, const struct fault *f)
{
        json_key(j, "violations"), json_array(j);
        for (size_t i = 0; i < f->count; i++) {
                const struct violation *v = &f->items[i];
                json_object(j);
                json_key(j, "field"), json_str(j, v->field);
                json_key(j, "rule"), json_str(j, v->rule);
                json_key(j, "flag"), json_bool(j, v->flag);
                json_key(j, "vi"), json_str(j, v->text_vi);
                json_key(j, "en"), json_str(j, v->text_en);
                json_end_object(j);
        }
        json_end_array(j);
}

static void print_json(const struct source_row *row, const struct verdict *v)
{
        struct buf out;
        struct json j;
        buf_init(&out);
        json_init(&j, &out, false);
        json_object(&j);
        json_key(&j, "file"), json_str(&j, row->file);
        json_key(&j, "line"), json_uint(&j, row->line);
        json_key(&j, "position"), json_slice(&j, row->position);
        json_key(&j, "verdict");
        json_str(&j, v->message == NULL ? "not converted"
                     : !v->accepted     ? "rejected"
                     : v->fault.count   ? "flagged"
                                        : "accepted");
        if (v->message) {
                json_key(&j, "key"), json_slice(&j, v->key);
                json_key(&j, "message"), msg_json(v->message, &j);
                write_violations(&j, &v->fault);
        } else {
                json_key(&j, "column"), json_str(&j, row->fault.column);
                json_key(&j, "value"), json_slice(&j, row->fault.value);
                json_key(&j, "vi"), json_str(&j, row->fault.vi);
                json_key(&j, "en"), json_str(&j, row->fault.en);
        }
        json_end_object(&j);
        printf("%.*s\n", (int)out.n, (const char *)out.p);
        buf_done(&out);
}

static void print_text(const struct source_row *row, const struct verdict *v)
{
        struct buf out;
        struct json j;
        printf("%s:%llu\n", row->file, (unsigned long long)row->line);
        if (v->message == NULL) {
                printf("does not convert: column %s: `%.*s`: %s | %s\n\n", row->fault.column,
                       (int)row->fault.value.n, (const char *)row->fault.value.p, row->fault.vi,
                       row->fault.en);
                return;
        }
        buf_init(&out);
        json_init(&j, &out, true);
        msg_json(v->message, &j);
        printf("%.*s\n", (int)out.n, (const char *)out.p);
        buf_done(&out);
        puts(!v->accepted ? "rejected:" : v->fault.count ? "accepted, flagged:" : "accepted");
        for (size_t i = 0; i < v->fault.count; i++)
                printf("  %s (%s): %s | %s\n", v->fault.items[i].field, v->fault.items[i].rule,
                       v->fault.items[i].text_vi, v->fault.items[i].text_en);
        putchar('\n');
}

static int preview_rows(const struct feed_conf *f, const struct schema *schema, struct source *s,
                        const struct args *args, struct err *e)
{
        struct arena *a = arena_new(64 * 1024);
        int64_t left = args->rows ? args->rows : 5;
        int r = 0;
        while (left > 0) {
                struct source_row row = { 0 };
                struct verdict v = { 0 };
                r = f->kind->next(s, &row, e);
                if (r < 0 || r == SOURCE_IDLE || r == SOURCE_END)
                        break;
                if (r == SOURCE_PART_END)
                        continue;
                left--;
                arena_reset(a, 1024 * 1024);
                if (r == SOURCE_ROW && mapping_row(f->mapping, row.values, a, &v.message, &row.fault) == 0)
                        judge(schema, a, &v);
                if (args->json)
                        print_json(&row, &v);
                else
                        print_text(&row, &v);
        }
        arena_free(a);
        return r < 0 ? -1 : 0;
}

static int preview_feed(const struct config *c, const struct feed_conf *f, struct catalogue *catalogue,
                        const struct args *args)
{
        struct err e = { 0 };
        struct conf_errors errors;
        const struct schema *schema = catalogue_dataset(catalogue, f->dataset);
        if (schema == NULL) {
                fprintf(stderr, "iochub-connector: dataset %s is not registered\n", f->dataset);
                return EXIT_FEED;
        }
        conf_errors_init(&errors, args->config);
        mapping_bind(f->mapping, schema, &errors);
        int code = EXIT_GOOD;
        if (errors.count > 0) {
                print_mistakes(&errors);
                code = EXIT_CONFIG;
        } else {
                struct source *s = f->kind->open(f->source, c->folder, mapping_columns(f->mapping), &e);
                if (s == NULL || preview_rows(f, schema, s, args, &e) < 0)
                        code = print_error(&e);
                if (s)
                        f->kind->close(s);
        }
        conf_errors_done(&errors);
        return code;
}

static int preview_feeds(const struct config *c, struct catalogue *catalogue, const struct args *args)
{
        if (args->feed) {
                const struct feed_conf *f = config_feed(c, args->feed);
                if (f)
                        return preview_feed(c, f, catalogue, args);
                fprintf(stderr, "iochub-connector: the configuration has no feed of dataset %s\n",
                        args->feed);
                return EXIT_USAGE;
        }
        int code = EXIT_GOOD;
        for (size_t i = 0; i < c->feed_count && code == EXIT_GOOD; i++)
                code = preview_feed(c, &c->feeds[i], catalogue, args);
        return code;
}

int command_preview(const struct args *args)
{
        struct err e = { 0 };
        struct config *c = load_config(args->config);
        if (c == NULL)
                return EXIT_CONFIG;
        struct catalogue *catalogue = catalogue_open(&c->bus, &e);
        int code;
        if (catalogue == NULL || catalogue_refresh(catalogue, ASK_MS, &e) < 0)
                code = print_error(&e);
        else
                code = preview_feeds(c, catalogue, args);
        if (catalogue)
                catalogue_close(catalogue);
        config_free(c);
        return code;
}

// `iochub schema check`: each file is compiled, each of its datasets judged by itself and against what is
// registered (or against an older file), and all that was found is told at the end. Nothing is written
// anywhere.
#include <stdlib.h>

#include "hub/base/map.h"
#include "hub/cli/schema_version.h"

struct checking {
        struct cli *c;
        const struct check_options *options;
        struct pg *pg; // NULL: no database is asked
        struct findings found;
        struct json json;
        struct map *names; // dataset -> the message that has it
        int code;
};

static char *copy(const char *text)
{
        char *p = strdup(text);
        if (!p)
                abort();
        return p;
}

static void names_free(struct map *names)
{
        struct slice name;
        void *message;
        for (size_t at = 0; map_next(names, &at, &name, &message);)
                free(message);
        map_free(names);
}

static void fail(struct checking *k, int code)
{
        if (code != EXIT_DONE && (k->code == EXIT_DONE || k->code == EXIT_ABSENT))
                k->code = code;
}

static void report_json(struct checking *k, const char *message, const struct dataset_report *r)
{
        struct json *j = &k->json;

        json_object(j);
        json_key(j, "dataset");
        r->dataset ? json_str(j, r->dataset) : json_null(j);
        json_key(j, "message");
        json_str(j, message);
        json_key(j, "table");
        if (r->table) {
                struct buf table = { 0 };
                buf_printf(&table, "data.%s", r->table);
                json_str(j, buf_cstr(&table));
                buf_done(&table);
        } else {
                json_null(j);
        }
        json_key(j, "version");
        r->version ? json_uint(j, r->version) : json_null(j);
        json_key(j, "registered");
        json_bool(j, r->registered);
        json_key(j, "compared");
        json_uint(j, r->compared);
        changes_json(&r->changes, j);
        json_end_object(j);
}

static void report_human(struct checking *k, const struct compiled *p, const struct dataset_report *r,
                         bool good)
{
        bool vi = k->c->global.lang == LANG_VI;
        struct buf *out = &k->c->out;

        if (!good || !r->dataset)
                return;
        buf_printf(out, "%s  data.%s  ", r->dataset, r->table);
        if (r->registered)
                buf_printf(out, vi ? "đã đăng ký, là bản %u\n" : "is registered, as version %u\n",
                           r->version);
        else if (r->version)
                buf_printf(out,
                           vi ? "sẽ là bản %u; đã so với %zu bản\n"
                              : "would be version %u; compared with %zu\n",
                           r->version, r->compared);
        else if (r->compared)
                buf_printf(out, vi ? "đã so với %s\n" : "compared with %s\n", k->options->against);
        else
                buf_printf(out, vi ? "tự nó đúng; chưa so với bản nào\n"
                                   : "is right by itself; compared with none\n");
        changes_print(&r->changes, p, out);
}

// Adds to the report what changes against an older file. 0 nothing is refused, 1 something is, or the file
// has no counterpart.
static int compare_file(struct checking *k, const struct compiled *old, const struct compiled *p,
                        const char *message, struct dataset_report *r)
{
        struct buf problems = { 0 };
        char *counterpart = structure_counterpart(old, buf_slice(&p->set), message);
        int rc = 1;

        if (!counterpart) {
                buf_printf(&k->found.problems, "%s: [NO_COUNTERPART] holds nothing to compare %s with\n",
                           k->options->against, message);
        } else {
                struct compat_version a = { buf_slice(&old->set), counterpart },
                                      b = { buf_slice(&p->set), message };
                rc = dataset_compare(&a, &b, &r->changes, &problems);
                for (size_t i = 0; rc == 0 && i < r->changes.count; i++)
                        if (r->changes.items[i].class == CHANGE_REFUSED)
                                change_line(&r->changes.items[i], &problems);
                compiled_lines(p, buf_slice(&problems), &k->found.problems);
                r->compared = 1;
                rc = rc || r->changes.refused;
        }
        free(counterpart);
        buf_done(&problems);
        return rc;
}

// Each may be right by itself, and they cannot be registered together. 0 the name is free, 1 it is not.
static int check_name(struct checking *k, const struct compiled *p, const char *message,
                      const struct dataset_report *r)
{
        struct buf line = { 0 };

        if (!r->dataset)
                return 0;
        const char *other = map_get(k->names, slice_str(r->dataset));
        if (!other)
                (void)map_set(k->names, slice_str(r->dataset), copy(message));
        if (!other || strcmp(other, message) == 0)
                return 0;
        buf_printf(&line, "%s: dataset %s is %s already; give each message a name of its own\n", r->place,
                   r->dataset, other);
        compiled_lines(p, buf_slice(&line), &k->found.problems);
        buf_done(&line);
        return 1;
}

static void check_message(struct checking *k, const struct compiled *p, const struct compiled *old,
                          const char *message)
{
        struct dataset_report r;
        struct buf problems = { 0 };
        struct err e;
        int rc = dataset_check(k->pg, buf_slice(&p->set), message, &r, &problems, &e);

        if (rc < 0)
                fail(k, cli_fail(&e));
        compiled_lines(p, buf_slice(&problems), &k->found.problems);
        rc = rc < 0 ? rc : rc | check_name(k, p, message, &r);
        if (rc == 0 && old)
                rc = compare_file(k, old, p, message, &r);
        if (rc > 0)
                fail(k, EXIT_ABSENT);
        structure_lint(p, message);
        if (k->c->global.json)
                report_json(k, message, &r);
        else
                report_human(k, p, &r, rc == 0);
        dataset_report_done(&r);
        buf_done(&problems);
}

static void check_file(struct checking *k, const char *file, const struct compiled *old)
{
        struct compiled p;
        struct texts messages = { 0 };
        int code = structure_open(file, &k->options->input, &k->found, &p);

        if (k->c->global.json) {
                json_object(&k->json);
                json_key(&k->json, "file");
                json_str(&k->json, file);
                json_key(&k->json, "datasets");
                json_array(&k->json);
        }
        if (code == EXIT_DONE)
                code = structure_datasets(&p, &messages);
        for (size_t i = 0; i < messages.count; i++)
                check_message(k, &p, old, messages.items[i]);
        fail(k, code);
        if (k->c->global.json) {
                json_end_array(&k->json);
                json_end_object(&k->json);
        }
        texts_done(&messages);
        compiled_done(&p);
}

static int check_files(struct checking *k)
{
        struct compiled old = { 0 };
        const char *against = k->options->against;
        size_t n = against ? strlen(against) : 0;
        struct input_options input = { .include = k->options->input.include };
        int code = EXIT_DONE;

        // The older file is what its name says.
        input.descriptor_set = against && (n < 6 || strcmp(against + n - 6, ".proto") != 0);
        if (against)
                code = structure_open(against, &input, &k->found, &old);
        for (size_t i = 0; code == EXIT_DONE && i < k->c->arg_count; i++)
                check_file(k, k->c->args[i], against ? &old : NULL);
        compiled_done(&old);
        return code;
}

int cmd_schema_check(struct cli *c)
{
        const struct check_options *o = c->options;
        struct checking k = { .c = c, .options = o };
        int code = EXIT_DONE;

        if (!o->offline && !o->against) {
                code = cli_configure(c);
                code = code < 0 ? cli_database(c, &k.pg) : code;
                if (code != EXIT_DONE) {
                        cli_note("iochub: --offline judges the files by themselves, --against compares with "
                                 "a file");
                        return code;
                }
        }
        k.names = map_new();
        json_init(&k.json, &c->out, true);
        if (c->global.json) {
                json_object(&k.json);
                json_key(&k.json, "files");
                json_array(&k.json);
        }
        fail(&k, check_files(&k));
        if (c->global.json) {
                json_end_array(&k.json);
                findings_json(&k.found, &k.json);
                json_end_object(&k.json);
                buf_add_char(&c->out, '\n');
        } else {
                findings_print(&k.found);
        }
        pg_close(k.pg);
        findings_done(&k.found);
        names_free(k.names);
        return k.code;
}

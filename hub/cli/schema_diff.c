// `iochub schema diff`: what changes between two versions of a dataset, or between a version and a file, with
// the class of each change and what becomes of the columns.
#include <stdlib.h>

#include "hub/cli/names.h"
#include "hub/cli/schema_version.h"

// Two versions side by side; what names them in the output.
struct diffing {
        struct cli *c;
        const struct diff_options *options;
        struct registry_entry from, to; // to: empty where there is a file
        struct compiled file;
        struct findings found;
        char *message; // the file's
        struct changes changes;
};

static int find(struct pg *pg, const char *name, int64_t version, struct registry_entry *out)
{
        struct err e;
        int rc = version > 0 ? registry_version(pg, name, (uint32_t)version, out, &e)
                             : registry_latest(pg, name, out, &e);

        if (rc < 0)
                return cli_fail(&e);
        if (rc == 0)
                return EXIT_DONE;
        rc = names_dataset(pg, name);
        return rc != EXIT_DONE ? rc
                               : cli_refuse(EXIT_ABSENT,
                                            "no version %d of `%s`; `iochub schema list` shows what there is",
                                            (int)version, name);
}

static int open_file(struct diffing *d, const char *file)
{
        struct compiled old = { .set = { .p = d->from.set, .n = d->from.descriptor_set.n },
                                .found = &d->found };
        struct texts messages = { 0 };
        int code = structure_open(file, &d->options->input, &d->found, &d->file);

        if (code == EXIT_DONE)
                code = structure_datasets(&d->file, &messages);
        // The file's message whose counterpart among the registered set is this dataset's.
        for (size_t i = 0; code == EXIT_DONE && i < messages.count && !d->message; i++) {
                char *other = structure_counterpart(&old, buf_slice(&d->file.set), messages.items[i]);

                if (other && strcmp(other, d->from.message) == 0)
                        d->message = strdup(messages.items[i]);
                free(other);
        }
        texts_done(&messages);
        if (code == EXIT_DONE && !d->message)
                code = cli_refuse(EXIT_ABSENT, "%s: no message of it is dataset %s", file, d->from.dataset);
        return code;
}

static int open_versions(struct diffing *d, struct pg *pg)
{
        const char *name = d->c->args[0], *file = d->c->arg_count > 1 ? d->c->args[1] : NULL;
        int64_t from = d->options->from;
        int code;

        if (file)
                return (code = find(pg, name, from, &d->from)) != EXIT_DONE ? code : open_file(d, file);
        code = find(pg, name, d->options->to, &d->to);
        if (code == EXIT_DONE && from < 0) {
                if (d->to.version == 1)
                        return cli_refuse(EXIT_ABSENT, "`%s` has one version; name a file to compare it with",
                                          name);
                from = d->to.version - 1;
        }
        return code == EXIT_DONE ? find(pg, name, from, &d->from) : code;
}

static int compare(struct diffing *d)
{
        struct compat_version old = { d->from.descriptor_set, d->from.message },
                              new = { d->to.descriptor_set, d->to.message };
        struct buf problems = { 0 };

        if (d->message)
                new = (struct compat_version){ buf_slice(&d->file.set), d->message };
        int rc = dataset_compare(&old, &new, &d->changes, &problems);
        if (d->message)
                compiled_lines(&d->file, buf_slice(&problems), &d->found.problems);
        else
                buf_add_slice(&d->found.problems, buf_slice(&problems));
        buf_done(&problems);
        return rc == 0 && d->changes.refused == 0 ? EXIT_DONE : EXIT_ABSENT;
}

static void print_json(struct diffing *d)
{
        struct json j;

        json_init(&j, &d->c->out, true);
        json_object(&j);
        json_key(&j, "dataset");
        json_str(&j, d->c->args[0]);
        json_key(&j, "from");
        json_uint(&j, d->from.version);
        json_key(&j, "to");
        d->message ? json_null(&j) : json_uint(&j, d->to.version);
        json_key(&j, "file");
        d->message ? json_str(&j, d->file.shown) : json_null(&j);
        changes_json(&d->changes, &j);
        json_end_object(&j);
        buf_add_char(&d->c->out, '\n');
}

static void print_human(struct diffing *d)
{
        bool vi = d->c->global.lang == LANG_VI;
        struct buf *out = &d->c->out;

        if (d->message)
                buf_printf(out, vi ? "%s  bản %u -> %s\n" : "%s  version %u -> %s\n", d->c->args[0],
                           d->from.version, d->file.shown);
        else
                buf_printf(out, vi ? "%s  bản %u -> bản %u\n" : "%s  version %u -> version %u\n",
                           d->c->args[0], d->from.version, d->to.version);
        if (d->changes.count == 0)
                buf_add_str(out, vi ? "  không có gì khác\n" : "  nothing changes\n");
        changes_print(&d->changes, d->message ? &d->file : NULL, out);
}

int cmd_schema_diff(struct cli *c)
{
        struct diffing d = { .c = c, .options = c->options };
        struct pg *pg;
        int code;

        if (c->arg_count > 1 && d.options->to > 0)
                return cli_refuse(EXIT_BAD_USE,
                                  "--to names a registered version: it does not go with a file");
        code = cli_database(c, &pg);
        if (code != EXIT_DONE)
                return code;
        changes_init(&d.changes);
        code = open_versions(&d, pg);
        pg_close(pg);
        if (code == EXIT_DONE) {
                code = compare(&d);
                c->global.json ? print_json(&d) : print_human(&d);
        }
        findings_print(&d.found);
        findings_done(&d.found);
        changes_done(&d.changes);
        registry_entry_done(&d.from);
        registry_entry_done(&d.to);
        compiled_done(&d.file);
        free(d.message);
        return code;
}

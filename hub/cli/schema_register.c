// `iochub schema register`: each file is compiled, all datasets of a file are registered in one transaction
// (all or none), then what iochub.schemas lacks is published. What PostgreSQL has taken is registered, even
// where Kafka is away: the hub publishes it then.
#include <stdlib.h>

#include "hub/bus/admin.h"
#include "hub/cli/schema.h"
#include "hub/flow/topics.h"
#include "hub/pg/dataset.h"

struct registering {
        struct cli *c;
        struct pg *pg;
        struct findings found;
        struct json json;
        int code; // the first failure
        bool any; // something is registered
};

static void fail(struct registering *r, int code)
{
        if (r->code == EXIT_DONE)
                r->code = code;
}

static void tell_json(struct registering *r, const struct registry_entry *entry, const char *table,
                      bool is_new)
{
        struct json *j = &r->json;

        json_object(j);
        json_key(j, "dataset");
        json_str(j, entry->dataset);
        json_key(j, "id");
        json_uint(j, entry->id);
        json_key(j, "version");
        json_uint(j, entry->version);
        json_key(j, "message");
        json_str(j, entry->message);
        json_key(j, "table");
        json_str(j, table);
        json_key(j, "registered");
        json_bool(j, is_new);
        json_end_object(j);
}

static void tell(struct registering *r, const struct registry_entry *entry, bool is_new)
{
        bool vi = r->c->global.lang == LANG_VI;
        struct buf table = { 0 };

        buf_printf(&table, "data.%s", entry->dataset);
        for (size_t i = 0; i < table.n; i++)
                if (table.p[i] == '-')
                        table.p[i] = '_';
        if (r->c->global.json)
                tell_json(r, entry, buf_cstr(&table), is_new);
        else
                buf_printf(&r->c->out, vi ? "%s  bản %u  mã %u  %s  %s\n" : "%s  version %u  id %u  %s  %s\n",
                           entry->dataset, entry->version, entry->id, buf_cstr(&table),
                           is_new ? (vi ? "đã đăng ký" : "registered")
                                  : (vi ? "đã đăng ký từ trước" : "already registered"));
        buf_done(&table);
}

static void register_messages(struct registering *r, const struct compiled *p, const struct texts *messages)
{
        struct dataset_entry *entries = calloc(messages->count, sizeof(*entries));
        struct buf problems = { 0 };
        struct err e;

        if (!entries)
                abort();
        int rc = datasets_register(r->pg, buf_slice(&p->set), messages->items, messages->count, entries,
                                   &problems, &e);
        if (rc < 0)
                fail(r, cli_fail(&e));
        if (rc > 0)
                fail(r, EXIT_ABSENT);
        compiled_lines(p, buf_slice(&problems), &r->found.problems);
        for (size_t i = 0; rc == 0 && i < messages->count; i++) {
                r->any = true;
                tell(r, &entries[i].entry, entries[i].is_new);
                registry_entry_done(&entries[i].entry);
        }
        free(entries);
        buf_done(&problems);
}

static void register_file(struct registering *r, const char *file)
{
        const struct register_options *o = r->c->options;
        struct compiled p;
        struct texts messages = { 0 };
        int code = structure_open(file, &o->input, &r->found, &p);

        if (code == EXIT_DONE)
                code = structure_datasets(&p, &messages);
        if (code == EXIT_DONE)
                register_messages(r, &p, &messages);
        else
                fail(r, code);
        texts_done(&messages);
        compiled_done(&p);
}

int cmd_schema_register(struct cli *c)
{
        struct registering r = { .c = c };
        int code = cli_database(c, &r.pg);

        if (code != EXIT_DONE)
                return code;
        json_init(&r.json, &c->out, true);
        if (c->global.json) {
                json_object(&r.json);
                json_key(&r.json, "schemas");
                json_array(&r.json);
        }
        for (size_t i = 0; i < c->arg_count; i++)
                register_file(&r, c->args[i]);
        findings_print(&r.found);
        findings_done(&r.found);
        code = r.any ? schemas_publish(c, r.pg) : EXIT_DONE;
        if (c->global.json) {
                json_end_array(&r.json);
                json_key(&r.json, "published");
                json_bool(&r.json, r.any && code == EXIT_DONE);
                json_end_object(&r.json);
                buf_add_char(&c->out, '\n');
        }
        pg_close(r.pg);
        if (code != EXIT_DONE)
                cli_note(
                    "iochub: what was registered is in PostgreSQL; a hub publishes it when Kafka is back");
        return r.code != EXIT_DONE ? r.code : code;
}

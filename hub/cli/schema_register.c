// `iochub schema register`: each file is compiled, each of its datasets registered in a transaction of its
// own, then what iochub.schemas lacks is published. What PostgreSQL has taken is registered, even where Kafka
// is away: the hub publishes it then.
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/bus/admin.h"
#include "hub/cli/schema.h"
#include "hub/flow/topics.h"
#include "hub/pg/registry.h"

struct registering {
        struct cli *c;
        struct pg *pg;
        struct json json;
        int code; // the first failure
        size_t datasets;
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

static void register_dataset(struct registering *r, const struct compiled *p, const char *message)
{
        struct registry_entry entry;
        struct buf problems = { 0 };
        struct err e;
        int rc = dataset_register(r->pg, buf_slice(&p->set), message, &entry, &problems, &e);

        r->datasets++;
        if (rc < 0) {
                fail(r, cli_fail(&e));
        } else if (rc == 2) {
                problems_print(p, buf_slice(&problems));
                fail(r, EXIT_ABSENT);
        } else {
                tell(r, &entry, rc == 0);
                registry_entry_done(&entry);
        }
        buf_done(&problems);
}

static void register_file(struct registering *r, const char *file, const struct texts *include)
{
        struct compiled p;
        struct buf names = { 0 };
        char *save = NULL;
        int code = protoc_compile(file, include, &p);

        if (code != EXIT_DONE) {
                fail(r, code);
        } else if (schema_datasets(buf_slice(&p.set), &names) != 0) {
                fail(r, cli_refuse(EXIT_ABSENT, "%s: what protoc made of it cannot be read", file));
        } else if (names.n == 0) {
                fail(r, cli_refuse(EXIT_ABSENT,
                                   "%s: no message of it is a dataset; give one `option (iochub.v1.dataset)`",
                                   file));
        } else {
                buf_cstr(&names);
                for (char *name = strtok_r((char *)names.p, "\n", &save); name;
                     name = strtok_r(NULL, "\n", &save))
                        register_dataset(r, &p, name);
        }
        buf_done(&names);
        compiled_done(&p);
}

int cmd_schema_register(struct cli *c)
{
        const struct register_options *o = c->options;
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
                register_file(&r, c->args[i], &o->include);
        code = r.datasets ? schemas_publish(c, r.pg) : EXIT_DONE;
        if (c->global.json) {
                json_end_array(&r.json);
                json_key(&r.json, "published");
                json_bool(&r.json, r.datasets && code == EXIT_DONE);
                json_end_object(&r.json);
                buf_add_char(&c->out, '\n');
        }
        pg_close(r.pg);
        if (code != EXIT_DONE)
                cli_note(
                    "iochub: what was registered is in PostgreSQL; a hub publishes it when Kafka is back");
        return r.code != EXIT_DONE ? r.code : code;
}

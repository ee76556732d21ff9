// `iochub db`: the database's own structure.
#include "hub/cli/cli.h"

#include "hub/base/json.h"
#include "hub/pg/migrate.h"
#include "hub/pg/registry_file.h"

struct progress {
        struct cli *c;
        struct json *json; // NULL: people
        size_t applied;
};

static void on_migration(void *context, const struct migration *m)
{
        struct progress *p = context;
        bool vi = p->c->global.lang == LANG_VI;

        p->applied += m->applied;
        if (!p->json) {
                buf_printf(&p->c->out, "%s  %s\n", m->name,
                           m->applied ? (vi ? "đã áp dụng" : "applied")
                                      : (vi ? "đã có từ trước" : "was there already"));
                cli_flush(p->c);
                return;
        }
        json_object(p->json);
        json_key(p->json, "name");
        json_str(p->json, m->name);
        json_key(p->json, "applied");
        json_bool(p->json, m->applied);
        json_end_object(p->json);
}

static int cmd_db_migrate(struct cli *c)
{
        struct progress p = { .c = c };
        struct json j;
        struct pg *pg;
        struct err e;
        int code = cli_database(c, &pg);

        if (code != EXIT_DONE)
                return code;
        json_init(&j, &c->out, true);
        if (c->global.json) {
                p.json = &j;
                json_object(&j);
                json_key(&j, "migrations");
                json_array(&j);
        }
        if (migrate_run(pg, on_migration, &p, &e) < 0 || registry_register_own(pg, &e) < 0 ||
            registry_complete_files(pg, &e) < 0) {
                buf_reset(&c->out);
                pg_close(pg);
                return cli_fail(&e);
        }
        pg_close(pg);
        if (c->global.json) {
                json_end_array(&j);
                json_end_object(&j);
                buf_add_char(&c->out, '\n');
        } else if (!p.applied) {
                buf_add_str(&c->out, c->global.lang == LANG_VI ? "Cơ sở dữ liệu đã mới nhất\n"
                                                               : "The database is up to date\n");
        }
        return EXIT_DONE;
}

static const struct example migrate_examples[] = {
        { "iochub db migrate",
          { "tạo hoặc nâng cấp các bảng của trục", "make or upgrade the hub's tables" } },
        { "iochub db migrate --json", { "kết quả cho chương trình khác", "the result for another program" } },
        { 0 },
};

const struct command db_commands[] = {
        { .name = "db migrate",
          .arguments = "",
          .sentence = { "Tạo hoặc nâng cấp các bảng của trục", "Make or upgrade the hub's tables" },
          .notes = { "Chạy lại bao nhiêu lần cũng được; cần vai trò chủ sở hữu (iochub_owner).",
                     "Safe to run again; needs the owner role (iochub_owner)." },
          .configured = true,
          .run = cmd_db_migrate,
          .examples = migrate_examples },
        { 0 },
};

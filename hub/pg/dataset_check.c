// What registering would say, in a transaction that cannot write.
#include <stdio.h>
#include <stdlib.h>

#include "hub/msg/twin.h"
#include "hub/pg/dataset_int.h"

void dataset_report_done(struct dataset_report *r)
{
        free(r->dataset);
        free(r->table);
        free(r->place);
        changes_done(&r->changes);
        *r = (struct dataset_report){ 0 };
}

static char *copy(const char *text)
{
        char *p = strdup(text);
        if (p == NULL)
                abort();
        return p;
}

static char *place_of(const struct mtype *t)
{
        char *text;
        if (asprintf(&text, "%s:%d", t->file, t->line) < 0)
                abort();
        return text;
}

// The files that the registry would show.
static int check_files(struct registration *r)
{
        struct twin *twin = NULL;
        struct buf text cleanup(buf_done);
        buf_init(&text);
        int rc = twin_new(r->schema->descriptor_set, r->schema->root->full_name, r->schema->dataset->name,
                          &twin, r->problems);
        for (size_t i = 0; rc == 0 && i < twin->count; i++) {
                buf_reset(&text);
                rc = twin_text(twin, i, &text, r->problems);
        }
        twin_free(twin);
        return rc;
}

static int ask(struct registration *r, struct dataset_report *out, struct err *e)
{
        struct registry_entry same = { 0 };
        int rc = registry_find(r->c, buf_cstr(&r->subject), r->schema->fingerprint, &same, e);
        if (rc == 0) {
                out->registered = true;
                out->version = same.version;
        } else if (rc == 1) {
                rc = registration_judge(r, e);
                out->version = (uint32_t)r->compared + 1;
        }
        registry_entry_done(&same);
        return rc;
}

static int ask_read_only(struct registration *r, struct dataset_report *out, struct err *e)
{
        int rc = pg_exec(r->c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
        if (rc == 0) {
                rc = ask(r, out, e);
                if (pg_alive(r->c) && pg_exec(r->c, "ROLLBACK", rc < 0 ? NULL : e) != 0)
                        rc = -1;
        }
        return rc;
}

int dataset_check(struct pg *c, struct slice descriptor_set, const char *message, struct dataset_report *out,
                  struct buf *problems, struct err *e)
{
        struct registration r;
        registration_init(&r, c, problems);
        *out = (struct dataset_report){ 0 };
        int rc = registration_load(&r, descriptor_set, message, true);
        if (r.schema != NULL && r.schema->dataset != NULL) {
                out->dataset = copy(r.schema->dataset->name);
                out->table = copy(r.schema->dataset->table);
                out->place = place_of(r.schema->root);
                if (rc == 0)
                        rc = check_files(&r);
                int judged = c ? ask_read_only(&r, out, e) : 0;
                rc = judged < 0 ? judged : rc || judged;
        }
        out->compared = r.compared;
        out->changes = r.changes;
        r.changes = (struct changes){ 0 };
        registration_done(&r);
        return rc;
}

#include "hub/flow/structures.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/pg/registry.h"

// An id that was not there is asked for again after this time.
#define ABSENT_USEC USEC_PER_SEC
#define ABSENT_MAX  64

struct structures {
        struct structure *first;
        struct structure *last_used;
        // Ids that the database did not have, so that a stream of them does not become a stream of queries.
        struct {
                uint32_t id;
                int64_t until;
        } absent[ABSENT_MAX];
        unsigned absent_turn;
};

struct structures *structures_new(void)
{
        struct structures *s = calloc(1, sizeof(*s));
        if (s == NULL)
                abort();
        return s;
}

static struct structure *structure_free(struct structure *t)
{
        if (t == NULL)
                return NULL;
        buf_done(&t->rows);
        buf_done(&t->amended);
        table_free(t->table);
        schema_free(t->schema);
        free(t);
        return NULL;
}

struct structures *structures_free(struct structures *s)
{
        if (s == NULL)
                return NULL;
        for (struct structure *t = s->first; t != NULL;) {
                struct structure *next = t->next;
                structure_free(t);
                t = next;
        }
        free(s);
        return NULL;
}

struct structure *structures_first(const struct structures *s)
{
        return s->first;
}

void structures_connection_changed(struct structures *s)
{
        for (struct structure *t = s->first; t != NULL; t = t->next)
                t->staged = false;
}

static bool known_absent(const struct structures *s, uint32_t id)
{
        int64_t now = clock_monotonic_usec();
        for (size_t i = 0; i < ABSENT_MAX; i++)
                if (s->absent[i].until > now && s->absent[i].id == id)
                        return true;
        return false;
}

static int note_absent(struct structures *s, uint32_t id)
{
        unsigned turn = s->absent_turn++ % ABSENT_MAX;
        s->absent[turn].id = id;
        s->absent[turn].until = clock_monotonic_usec() + ABSENT_USEC;
        return 1;
}

// A registered structure that cannot be loaded is a mistake of the set-up, said once; its messages are held
// as UNKNOWN_SCHEMA.
static struct structure *structure_load(const struct registry_entry *entry)
{
        cleanup(buf_done) struct buf problems;
        buf_init(&problems);
        struct structure *t = calloc(1, sizeof(*t));
        if (t == NULL)
                abort();
        buf_init(&t->rows);
        buf_init(&t->amended);
        t->id = entry->id;
        if (schema_load(entry->descriptor_set, entry->message, &t->schema, &problems) == 0) {
                t->schema->id = entry->id;
                t->schema->version = entry->version;
                if (t->schema->dataset != NULL && table_new(t->schema, &t->table, &problems) == 0) {
                        t->parent_schema = t->schema->dataset->mode == MODE_UPSERT ? "history" : "data";
                        t->identified = table_identity_sql(t->table) != NULL;
                        return t;
                }
        }
        log_error("registered schema cannot be used", F_INT("schema", entry->id),
                  F_STR("message", entry->message), F_STR("problems", buf_cstr(&problems)));
        return structure_free(t);
}

int structures_get(struct structures *s, struct pg *pg, uint32_t id, struct structure **out, struct err *e)
{
        if (s->last_used != NULL && s->last_used->id == id) {
                *out = s->last_used;
                return 0;
        }
        for (struct structure *t = s->first; t != NULL; t = t->next)
                if (t->id == id) {
                        *out = s->last_used = t;
                        return 0;
                }
        if (known_absent(s, id))
                return 1;
        struct registry_entry entry = { 0 };
        int r = registry_get(pg, id, &entry, e);
        if (r < 0)
                return -1;
        // What the hub itself writes is registered as well, and is nobody's data.
        bool data = r == 0 && entry.dataset != NULL;
        struct structure *t = data ? structure_load(&entry) : NULL;
        registry_entry_done(&entry);
        if (t == NULL)
                return note_absent(s, id);
        t->next = s->first;
        s->first = t;
        *out = s->last_used = t;
        log_info("schema taken up", F_INT("schema", id), F_STR("dataset", t->schema->dataset->name),
                 F_INT("version", t->schema->version));
        return 0;
}

// Months from 1900-01; the caller has checked the time window, so others cannot occur.
static int month_index(int64_t usec)
{
        int year;
        unsigned month, day;
        int64_t days = usec / (86400 * USEC_PER_SEC) - (usec % (86400 * USEC_PER_SEC) < 0);
        civil_from_days(days, &year, &month, &day);
        int index = (year - 1900) * 12 + (int)month - 1;
        return index < 0 || index >= 450 * 8 ? -1 : index;
}

void structure_want_month(struct structure *t, int64_t usec)
{
        int m = month_index(usec);
        if (m < 0 || (t->months_there[m / 8] & (1 << m % 8)))
                return;
        t->months_wanted[m / 8] |= (uint8_t)(1 << m % 8);
        t->wants_months = true;
}

static int add_month(struct structure *t, struct pg *pg, int m, struct err *e)
{
        char first[32];
        snprintf(first, sizeof(first), "%04d-%02d-01 00:00:00+00", 1900 + m / 12, m % 12 + 1);
        const char *params[] = { t->parent_schema, t->schema->dataset->table, first };
        if (pg_query(pg, "SELECT hub.add_partition($1, $2, $3::timestamptz)", 3, params, NULL, e) < 0)
                return err_prefix(e, "partition of %s.%s for %s", params[0], params[1], params[2]);
        t->months_there[m / 8] |= (uint8_t)(1 << m % 8);
        return 0;
}

int structures_add_months(struct structures *s, struct pg *pg, struct err *e)
{
        for (struct structure *t = s->first; t != NULL; t = t->next) {
                if (!t->wants_months)
                        continue;
                for (int m = 0; m < 450 * 8; m++)
                        if ((t->months_wanted[m / 8] & ~t->months_there[m / 8] & (1 << m % 8)) &&
                            add_month(t, pg, m, e) < 0)
                                return -1;
                memset(t->months_wanted, 0, sizeof(t->months_wanted));
                t->wants_months = false;
        }
        return 0;
}

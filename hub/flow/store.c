// Store: the rows of a slice into their tables, inside the transaction that persist holds open. A structure's
// rows are one COPY, and of UPSERT datasets one fold.
//
// A fold knows no order between a message and the one that corrects it or takes it back. Where an UPSERT
// dataset has such in the slice, its items are therefore folded in groups, in their order: in no group stands
// a corrected or retracted key twice, over all versions of the structure.
#include "hub/base/failpoint.h"
#include "hub/base/map.h"
#include "hub/flow/worker.h"

#define GROUPS_MAX 64 // of one transaction: a sender must not hold it open with corrections of one key

static bool stored(const struct item *item)
{
        return item->fate == FATE_STORE && !item->derived;
}

static bool amends(const struct item *item)
{
        return stored(item) && operation_amends(item->envelope->header.operation);
}

// Which tuples of an item are sent.
struct tuples {
        const struct buf *from;
        size_t at, end;
};

static struct tuples rows_of(const struct item *item)
{
        return (struct tuples){ &item->structure->rows, item->row_from, item->row_to };
}

static struct tuples amended_of(const struct item *item)
{
        return (struct tuples){ &item->structure->amended, item->amended_from, item->amended_to };
}

// Sends what the items of the structure have, neighbouring ones together.
static int copy_items(struct worker *w, const struct structure *t, const char *sql, size_t from, size_t to,
                      struct tuples (*tuples_of)(const struct item *), struct err *e)
{
        if (pg_copy_begin(w->pg, sql, e) < 0)
                return -1;
        const struct buf *rows = NULL;
        size_t start = 0, end = 0;
        uint64_t expected = 0, copied = 0;
        for (size_t i = from; i < to; i++) {
                const struct item *item = &w->batch->items[i];
                if (item->structure != t || !stored(item))
                        continue;
                struct tuples s = tuples_of(item);
                if (s.at == s.end)
                        continue;
                expected++;
                if (s.at == end && rows != NULL) {
                        end = s.end;
                        continue;
                }
                if (rows != NULL && pg_copy_put(w->pg, slice_of(rows->p + start, end - start), e) < 0)
                        return -1;
                if (failpoint_hit("hub-mid-copy"))
                        return err_set(e, ERR_DATABASE, "failpoint hub-mid-copy");
                rows = s.from, start = s.at, end = s.end;
        }
        if ((rows != NULL && pg_copy_put(w->pg, slice_of(rows->p + start, end - start), e) < 0) ||
            pg_copy_end(w->pg, &copied, e) < 0)
                return err_prefix(e, "COPY into %s", t->schema->dataset->table);
        if (copied != expected)
                return err_set(e, ERR_STATE, "COPY into %s stored %llu rows of %llu",
                               t->schema->dataset->table, (unsigned long long)copied,
                               (unsigned long long)expected);
        return 0;
}

static int append(struct worker *w, struct structure *t, size_t to, struct err *e)
{
        size_t from = w->batch->done;
        if (copy_items(w, t, table_copy_sql(t->table), from, to, rows_of, e) < 0)
                return -1;
        if (!t->amending)
                return 0;
        return copy_items(w, t, table_amended_copy_sql(t->table), from, to, amended_of, e);
}

// One fold of one version. grouped: it is one of several, with corrections.
static int fold(struct worker *w, struct structure *t, size_t from, size_t to, bool grouped, struct err *e)
{
        if (copy_items(w, t, table_copy_sql(t->table), from, to, rows_of, e) < 0)
                return -1;
        if ((grouped && pg_exec(w->pg, table_amend_sql(t->table), e) < 0) ||
            pg_exec(w->pg, table_fold_sql(t->table), e) < 0 ||
            (grouped && pg_exec(w->pg, table_clear_sql(t->table), e) < 0))
                return err_prefix(e, "fold into %s", t->schema->dataset->table);
        return 0;
}

static bool of_dataset(const struct item *item, const struct dataset *d)
{
        return stored(item) && strcmp(item->structure->schema->dataset->name, d->name) == 0;
}

// Where the group of the dataset's items that begins at `from` ends: before a key that was met in it, where
// one of both corrects or takes back.
static size_t group_end(struct worker *w, const struct dataset *d, size_t from, size_t to)
{
        static char plain, amended; // what the map says of a key
        struct map *keys = map_new();
        size_t i = from;
        for (; i < to; i++) {
                const struct item *item = &w->batch->items[i];
                if (!of_dataset(item, d))
                        continue;
                const struct header *h = &item->envelope->header;
                buf_reset(&w->scratch);
                buf_add_slice(&w->scratch, h->agency);
                buf_add_char(&w->scratch, KEY_SEPARATOR);
                buf_add_slice(&w->scratch, h->key);
                void *met = map_get(keys, buf_slice(&w->scratch));
                if (met != NULL && (met == &amended || amends(item)))
                        break;
                if (met == NULL)
                        (void)map_set(keys, buf_slice(&w->scratch), amends(item) ? &amended : &plain);
        }
        map_free(keys);
        return i;
}

static bool has_items(struct worker *w, const struct structure *t, size_t from, size_t to)
{
        for (size_t i = from; i < to; i++)
                if (w->batch->items[i].structure == t && stored(&w->batch->items[i]))
                        return true;
        return false;
}

// All versions of the dataset, group after group.
static int fold_in_groups(struct worker *w, const struct dataset *d, size_t to, struct err *e)
{
        for (size_t from = w->batch->done, end; from < to; from = end) {
                end = group_end(w, d, from, to);
                for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next)
                        if (t->touched && strcmp(t->schema->dataset->name, d->name) == 0 &&
                            has_items(w, t, from, end) && fold(w, t, from, end, true, e) < 0)
                                return -1;
        }
        return 0;
}

static bool is_first_version(struct worker *w, const struct structure *t)
{
        for (struct structure *o = structures_first(w->structures); o != t; o = o->next)
                if (o->touched && strcmp(o->schema->dataset->name, t->schema->dataset->name) == 0)
                        return false;
        return true;
}

int store_rows(struct worker *w, size_t to, struct err *e)
{
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next) {
                const struct dataset *d = t->schema->dataset;
                int r = 0;
                if (!t->touched)
                        continue;
                if (d->mode == MODE_APPEND)
                        r = append(w, t, to, e);
                else if (!t->amending)
                        r = fold(w, t, w->batch->done, to, false, e);
                else if (is_first_version(w, t))
                        r = fold_in_groups(w, d, to, e);
                if (r < 0)
                        return -1;
        }
        return 0;
}

// Which datasets of the slice have amendments; true: an UPSERT one does.
static bool find_amending(struct worker *w, size_t to)
{
        bool any = false;
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next)
                t->amending = false;
        for (size_t i = w->batch->done; i < to; i++) {
                const struct item *item = &w->batch->items[i];
                if (!amends(item) || item->structure->amending)
                        continue;
                const struct dataset *d = item->structure->schema->dataset;
                for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next)
                        t->amending |= strcmp(t->schema->dataset->name, d->name) == 0;
                any |= d->mode == MODE_UPSERT;
        }
        return any;
}

size_t store_end(struct worker *w, size_t to)
{
        if (!find_amending(w, to))
                return to;
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next) {
                if (!t->amending || t->schema->dataset->mode != MODE_UPSERT)
                        continue;
                size_t end = w->batch->done;
                for (int group = 0; group < GROUPS_MAX && end < to; group++)
                        end = group_end(w, t->schema->dataset, end, to);
                to = end;
        }
        return to;
}

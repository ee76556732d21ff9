// Records that their sender may have sent before are looked up by id, in what is stored, in what the database
// refused, and in the batch. What was refused for another reason (an older session, a structure that was not
// registered yet) and passes now is new: it is stored nowhere else.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/map.h"
#include "hub/flow/worker.h"

static bool wanted(const struct item *item)
{
        return item->recheck && item->fate == FATE_STORE;
}

// Places of stored ids, as text "feed/part/offset".
static int look_up(struct worker *w, const struct structure *t, const char *ids, struct map *places,
                   struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        buf_reset(&w->scratch);
        buf_printf(&w->scratch,
                   "WITH ids AS (SELECT unnest($1::uuid[]) AS id) "
                   "SELECT replace(id::text, '-', ''), _feed, _part, _offset FROM ids JOIN %s.",
                   t->parent_schema);
        pg_quote_name(&w->scratch, t->schema->dataset->table);
        if (t->schema->dataset->mode == MODE_APPEND) { // where retractions are
                buf_add_str(&w->scratch,
                            " ON _message_id = id UNION ALL SELECT replace(id::text, '-', ''), _feed, "
                            "_part, _offset FROM ids JOIN part.");
                pg_quote_name(&w->scratch,
                              arena_printf(w->batch->arena, "%s_amended", t->schema->dataset->table));
        }
        buf_add_str(&w->scratch,
                    " ON _message_id = id UNION ALL SELECT replace(id::text, '-', ''), feed, part, "
                    "\"offset\" FROM ids "
                    "JOIN hub.quarantine ON message_id = decode(replace(id::text, '-', ''), 'hex') "
                    "WHERE code = 'REFUSED_BY_STORE'");
        if (pg_query(w->pg, buf_cstr(&w->scratch), 1, &ids, &r, e) < 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(r); i++) {
                uint8_t id[ID_SIZE];
                char place[64];
                if (hex_decode(pg_text(r, i, 0), id, ID_SIZE) != 0)
                        return err_set(e, ERR_STATE, "a stored message id is not 16 bytes");
                snprintf(place, sizeof(place), "%s/%s/%s", pg_text(r, i, 1), pg_text(r, i, 2),
                         pg_text(r, i, 3));
                char *former = map_set(places, slice_of(id, ID_SIZE), arena_strdup(w->batch->arena, place));
                (void)former; // the same id twice: either place serves
        }
        return 0;
}

// In the batch's order. The first one of an id may be unmarked and not stored yet: both stand in this batch.
static void apply(struct batch *b, struct map *places)
{
        for (size_t i = b->done; i < b->decided; i++) {
                struct item *item = &b->items[i];
                if (item->fate != FATE_STORE)
                        continue;
                char here[64];
                snprintf(here, sizeof(here), "%d/%d/%lld", item->part->feed->id, item->part->number,
                         (long long)item->record->offset);
                const char *stored = map_get(places, slice_of(item->id, ID_SIZE));
                if (item->recheck && stored != NULL && strcmp(stored, here) != 0)
                        item->fate = FATE_REPEAT;
                else
                        map_set(places, slice_of(item->id, ID_SIZE), arena_strdup(b->arena, here));
        }
}

static int look_up_structure(struct worker *w, struct structure *t, struct map *places, struct err *e)
{
        struct batch *b = w->batch;
        cleanup(buf_done) struct buf ids;
        buf_init(&ids);
        for (size_t i = b->done; i < b->decided; i++) {
                if (!wanted(&b->items[i]) || b->items[i].structure != t)
                        continue;
                char hex[2 * ID_SIZE + 1];
                hex_encode(b->items[i].id, ID_SIZE, hex);
                buf_add_char(&ids, ids.n == 0 ? '{' : ',');
                buf_add_str(&ids, hex);
        }
        if (ids.n == 0)
                return 0;
        buf_add_char(&ids, '}');
        return look_up(w, t, buf_cstr(&ids), places, e);
}

static int recheck_ids(struct worker *w, struct err *e)
{
        bool any = false;
        for (size_t i = w->batch->done; i < w->batch->decided && !any; i++)
                any = wanted(&w->batch->items[i]);
        if (!any)
                return 0;
        struct map *places = map_new();
        int r = 0;
        for (struct structure *t = structures_first(w->structures); t != NULL && r == 0; t = t->next)
                r = look_up_structure(w, t, places, e);
        if (r == 0)
                apply(w->batch, places);
        map_free(places);
        return r;
}

int recheck(struct worker *w, struct err *e)
{
        return recheck_ids(w, e) < 0 ? -1 : recheck_identities(w, e);
}

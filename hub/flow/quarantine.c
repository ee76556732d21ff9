// Quarantine: refused records with their bytes and reasons, and gaps, in the same transaction as the rows
// they stand between.
#include "hub/base/json.h"
#include "hub/flow/worker.h"

static const char insert_sql[] = "INSERT INTO hub.quarantine (feed, part, \"offset\", agency, dataset, "
                                 "schema_id, message_id, code, violations, session, "
                                 "sequence, source, source_position, record_key, value, received_at) VALUES "
                                 "($1::int, $2::int, $3::bigint, $4, $5, "
                                 "$6::int, decode($7, 'hex'), $8, $9::jsonb, $10::bigint, $11::bigint, $12, "
                                 "$13, decode($14, 'hex'), decode($15, 'hex'), "
                                 "to_timestamp($16::bigint / 1e6))";
#define COLUMNS     16
#define ARENA_BLOCK (64 * 1024)

static const char gap_sql[] =
    "INSERT INTO hub.gap (feed, part, \"offset\", session, first_missing, last_missing) "
    "VALUES ($1::int, $2::int, $3::bigint, $4::bigint, $5::bigint, $6::bigint)";

static const char *number(struct arena *a, int64_t v)
{
        return arena_printf(a, "%lld", (long long)v);
}

static const char *text(struct arena *a, struct slice s)
{
        return arena_strndup(a, s.p, s.n);
}

static const char *hex(struct arena *a, struct slice s)
{
        char *out = arena_alloc(a, 2 * s.n + 1);
        hex_encode(s.p, s.n, out);
        return out;
}

static const char *violations(struct worker *w, struct arena *a, const struct fault *f)
{
        struct json j;
        buf_reset(&w->scratch);
        json_init(&j, &w->scratch, false);
        json_array(&j);
        for (size_t i = 0; i < f->count; i++) {
                const struct violation *v = &f->items[i];
                json_object(&j);
                json_key(&j, "field"), json_str(&j, v->field);
                json_key(&j, "rule"), json_str(&j, v->rule);
                json_key(&j, "severity"), json_str(&j, v->flag ? "FLAG" : "REJECT");
                json_key(&j, "vi"), json_str(&j, v->text_vi);
                json_key(&j, "en"), json_str(&j, v->text_en);
                json_end_object(&j);
        }
        json_end_array(&j);
        return text(a, buf_slice(&w->scratch));
}

static int write_reject(struct worker *w, struct arena *a, const struct item *item, struct err *e)
{
        const struct feed *f = item->part->feed;
        const struct record *r = item->record;
        const struct header *h = item->envelope == NULL ? NULL : &item->envelope->header;
        uint32_t schema_id = 0;
        struct slice message;
        bool framed = frame_read(r->value, &schema_id, &message) == 0;
        const char *params[COLUMNS] = {
                number(a, f->id),
                number(a, item->part->number),
                number(a, r->offset),
                f->agency,
                f->dataset,
                // The registry gives ids up to INT32_MAX; what else a frame says is in its bytes and in the
                // reason.
                framed && schema_id <= INT32_MAX ? number(a, schema_id) : NULL,
                item->has_id ? hex(a, slice_of(item->id, ID_SIZE)) : NULL,
                fault_word(item->fault.code),
                violations(w, a, &item->fault),
                h == NULL ? NULL : number(a, (int64_t)h->session),
                h == NULL ? NULL : number(a, (int64_t)h->sequence),
                h == NULL ? NULL : text(a, h->source),
                h == NULL ? NULL : text(a, h->source_position),
                hex(a, r->key),
                hex(a, r->value),
                number(a, r->timestamp),
        };
        return pg_query_prepared(w->pg, insert_sql, COLUMNS, params, NULL, e);
}

static int write_gap(struct worker *w, struct arena *a, const struct item *item, struct err *e)
{
        const char *params[] = {
                number(a, item->part->feed->id),     number(a, item->part->number),
                number(a, item->record->offset),     number(a, (int64_t)item->envelope->header.session),
                number(a, (int64_t)item->gap_first), number(a, (int64_t)item->gap_last),
        };
        return pg_query_prepared(w->pg, gap_sql, 6, params, NULL, e);
}

int quarantine_write(struct worker *w, size_t from, size_t to, struct err *e)
{
        // One record at a time, and given back: a transaction may be tried again for hours.
        struct arena *a = arena_new(ARENA_BLOCK);
        int r = 0;
        for (size_t i = from; i < to && r == 0; i++) {
                const struct item *item = &w->batch->items[i];
                if (item->derived || item->fate == FATE_SKIP)
                        continue;
                if (item->fate == FATE_REJECT && write_reject(w, a, item, e) < 0)
                        r = err_prefix(e, "hub.quarantine");
                else if (item->gap_first > 0 && write_gap(w, a, item, e) < 0)
                        r = err_prefix(e, "hub.gap");
                arena_reset(a, ARENA_BLOCK);
        }
        arena_free(a);
        return r;
}

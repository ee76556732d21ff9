// Natural keys of APPEND datasets: one agency, key and event time say one thing. What says it again with the
// same content is a repeat; other content is refused, and the refusal names the stored message, which a
// CORRECT can name. Rows that were taken back count for nothing; those that were corrected only as what was
// said before.
//
// Stored rows are looked up once a batch and dataset, and the batch's own are added as it is walked in its
// order. Records that an earlier holder decided are not judged again: they are stored in their place or not.
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/map.h"
#include "hub/flow/worker.h"

// A row with an identity.
struct known {
        int64_t feed, part, offset;
        uint8_t id[ID_SIZE], digest[SHA256_SIZE];
        bool corrected, retracted;
        struct known *next; // of the identity, newest first
};

struct look {
        struct worker *w;
        const struct dataset *d;
        struct map *identities; // agency, key, event time -> struct known
        struct map *ids;        // agency, message id -> struct known
};

static bool concerned(const struct item *item)
{
        return item->fate == FATE_STORE && item->structure->identified;
}

static bool asks(const struct item *item, const struct dataset *d)
{
        return concerned(item) && strcmp(item->structure->schema->dataset->name, d->name) == 0 &&
               item->envelope->header.operation != OP_RETRACT;
}

// agency, key and event time behind each other; lives in the scratch buffer.
static struct slice identity_of(struct look *l, const struct item *item)
{
        struct buf *b = &l->w->scratch;
        buf_reset(b);
        buf_add_slice(b, item->envelope->header.agency);
        buf_add_char(b, KEY_SEPARATOR);
        buf_add_slice(b, item->envelope->header.key);
        buf_add_char(b, KEY_SEPARATOR);
        if (item->has_event_time)
                buf_add(b, &item->event_time, sizeof(item->event_time));
        return buf_slice(b);
}

static struct slice message_of(struct look *l, struct slice agency, const uint8_t *id)
{
        struct buf *b = &l->w->scratch;
        buf_reset(b);
        buf_add_slice(b, agency);
        buf_add_char(b, KEY_SEPARATOR);
        buf_add(b, id, ID_SIZE);
        return buf_slice(b);
}

static void know(struct look *l, const struct item *item, struct known *k)
{
        k->next = map_get(l->identities, identity_of(l, item));
        (void)map_set(l->identities, identity_of(l, item), k);
        (void)map_set(l->ids, message_of(l, item->envelope->header.agency, k->id), k);
}

// ---------------------------------------------------------------- what is stored

// An element of an array in text form.
static void add_text(struct buf *array, struct slice text)
{
        buf_add_str(array, array->n == 0 ? "{\"" : ",\"");
        for (size_t i = 0; i < text.n; i++) {
                if (text.p[i] == '"' || text.p[i] == '\\')
                        buf_add_char(array, '\\');
                buf_add_char(array, (char)text.p[i]);
        }
        buf_add_char(array, '"');
}

static void add_params(const struct dataset *d, const struct item *item, struct buf *arrays)
{
        struct slice key = item->envelope->header.key;
        add_text(arrays++, item->envelope->header.agency);
        for (size_t k = 0; k < d->key_count; k++) {
                const uint8_t *end = key.n ? memchr(key.p, KEY_SEPARATOR, key.n) : NULL;
                size_t n = end ? (size_t)(end - key.p) : key.n;
                add_text(arrays++, slice_of(key.p, n));
                key = end ? slice_of(end + 1, key.n - n - 1) : slice_of(NULL, 0);
        }
        if (d->event_time != NULL) {
                char text[INSTANT_TEXT];
                add_text(arrays, slice_of(text, instant_format(item->event_time, text)));
        }
}

static int read_known(struct look *l, const struct pg_rows *rows, const struct item *const *asked,
                      struct err *e)
{
        for (size_t i = 0; i < pg_rows_count(rows); i++) {
                struct known *k = arena_zalloc(l->w->batch->arena, sizeof(*k));
                k->feed = pg_int(rows, i, 1), k->part = pg_int(rows, i, 2), k->offset = pg_int(rows, i, 3);
                k->corrected = pg_bool(rows, i, 6), k->retracted = pg_bool(rows, i, 7);
                if (hex_decode(pg_text(rows, i, 4), k->id, ID_SIZE) != 0 ||
                    hex_decode(pg_text(rows, i, 5), k->digest, SHA256_SIZE) != 0)
                        return err_set(e, ERR_STATE, "a stored message of %s has no proper id or digest",
                                       l->d->name);
                know(l, asked[pg_int(rows, i, 0) - 1], k);
        }
        return 0;
}

#define PARAMS_MAX (DATASET_KEYS_MAX + 2)

// The stored rows of the identities that the batch's items have, each asked for once.
static int look_up(struct look *l, const struct table *table, struct err *e)
{
        struct batch *b = l->w->batch;
        struct buf arrays[PARAMS_MAX] = { 0 };
        const char *params[PARAMS_MAX];
        const struct item **asked = arena_alloc(b->arena, (b->decided - b->done) * sizeof(*asked));
        struct map *once = map_new();
        size_t count = 0, n = table_identity_params(table);
        for (size_t i = b->done; i < b->decided; i++) {
                const struct item *item = &b->items[i];
                if (!asks(item, l->d) || map_set(once, identity_of(l, item), l) != NULL)
                        continue;
                add_params(l->d, item, arrays);
                asked[count++] = item;
        }
        map_free(once);
        for (size_t i = 0; i < n && count > 0; i++) {
                buf_add_char(&arrays[i], '}');
                params[i] = buf_cstr(&arrays[i]);
        }
        cleanup(cleanup_pg_rows) struct pg_rows *rows = NULL;
        int r = count == 0 ? 0 : pg_query(l->w->pg, table_identity_sql(table), n, params, &rows, e);
        if (r == 0 && rows != NULL)
                r = read_known(l, rows, asked, e);
        for (size_t i = 0; i < n; i++)
                buf_done(&arrays[i]);
        return r < 0 ? err_prefix(e, "natural key of %s", l->d->name) : 0;
}

// ---------------------------------------------------------------- judgement

static bool is_place(const struct known *k, const struct item *item)
{
        return k->feed == item->part->feed->id && k->part == item->part->number &&
               k->offset == item->record->offset;
}

static void refuse(struct look *l, struct item *item, const struct known *k)
{
        char hex[2 * ID_SIZE + 1];
        hex_encode(k->id, ID_SIZE, hex);
        fault_set(
            &item->fault, l->w->batch->arena, FAULT_DUPLICATE_KEY, "header.key",
            arena_printf(l->w->batch->arena,
                         "Khoá và thời điểm này đã có nội dung khác; muốn sửa thì gửi CORRECT với relates_to "
                         "là mã thông điệp đã lưu %s",
                         hex),
            "this key and event time are stored already with other content; to change it send CORRECT "
            "with relates_to naming the stored message %s",
            hex);
        item->fate = FATE_REJECT;
}

// A PUT against what is known of its identity; a CORRECT against all of it but what it corrects.
static void judge(struct look *l, struct item *item, const uint8_t digest[SHA256_SIZE])
{
        const struct header *h = &item->envelope->header;
        const struct known *other = NULL;
        bool correct = h->operation == OP_CORRECT, here = false, repeat = false;
        for (const struct known *k = map_get(l->identities, identity_of(l, item)); k != NULL; k = k->next) {
                here |= is_place(k, item);
                if (k->retracted ||
                    (correct && (k->corrected || memcmp(k->id, h->relates_to.p, ID_SIZE) == 0)))
                        continue;
                repeat |= memcmp(k->digest, digest, SHA256_SIZE) == 0;
                if (!k->corrected && (other == NULL || k->offset > other->offset))
                        other = k;
        }
        if (here)
                return; // what is stored is this record: an earlier holder did so, or a COMMIT whose answer
                        // was lost
        if (item->derived || repeat)
                item->fate = FATE_REPEAT;
        else if (other != NULL)
                refuse(l, item, other);
}

// What the item says, for those that follow it in the batch.
static void note(struct look *l, const struct item *item, const uint8_t digest[SHA256_SIZE])
{
        const struct header *h = &item->envelope->header;
        if (item->derived)
                return; // it is among what was looked up
        if (operation_amends(h->operation)) {
                struct known *k = map_get(l->ids, message_of(l, h->agency, h->relates_to.p));
                if (k != NULL && h->operation == OP_CORRECT)
                        k->corrected = true;
                else if (k != NULL)
                        k->retracted = true;
        }
        if (h->operation == OP_RETRACT)
                return;
        struct known *k = arena_zalloc(l->w->batch->arena, sizeof(*k));
        k->feed = item->part->feed->id, k->part = item->part->number, k->offset = item->record->offset;
        memcpy(k->id, item->id, ID_SIZE);
        memcpy(k->digest, digest, SHA256_SIZE);
        know(l, item, k);
}

static void walk(struct look *l)
{
        struct batch *b = l->w->batch;
        for (size_t i = b->done; i < b->decided; i++) {
                struct item *item = &b->items[i];
                if (!concerned(item) || strcmp(item->structure->schema->dataset->name, l->d->name) != 0)
                        continue;
                uint8_t digest[SHA256_SIZE];
                digest_sha256(l->w->digest, item->envelope->data, digest);
                if (item->envelope->header.operation != OP_RETRACT)
                        judge(l, item, digest);
                if (item->fate == FATE_STORE)
                        note(l, item, digest);
        }
}

static int recheck_dataset(struct worker *w, const struct structure *t, struct err *e)
{
        struct look l = { .w = w, .d = t->schema->dataset, .identities = map_new(), .ids = map_new() };
        int r = look_up(&l, t->table, e);
        if (r == 0)
                walk(&l);
        map_free(l.identities);
        map_free(l.ids);
        return r;
}

// The first of the versions that the batch has, so that a dataset is looked at once.
static bool is_first(struct worker *w, const struct structure *t)
{
        for (const struct structure *o = structures_first(w->structures); o != t; o = o->next)
                if (o->wanted && strcmp(o->schema->dataset->name, t->schema->dataset->name) == 0)
                        return false;
        return true;
}

int recheck_identities(struct worker *w, struct err *e)
{
        struct batch *b = w->batch;
        bool any = false;
        for (size_t i = b->done; i < b->decided; i++)
                any |= concerned(&b->items[i]);
        if (!any)
                return 0;
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next)
                t->wanted = false;
        for (size_t i = b->done; i < b->decided; i++)
                if (concerned(&b->items[i]))
                        b->items[i].structure->wanted = true;
        for (struct structure *t = structures_first(w->structures); t != NULL; t = t->next)
                if (t->wanted && is_first(w, t) && recheck_dataset(w, t, e) < 0)
                        return -1;
        return 0;
}

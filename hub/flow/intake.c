// Intake: one record after the other, each gets its fate. Nothing here touches the database but the look-up
// of a schema id that this worker has not met.
#include "hub/base/clock.h"
#include "hub/flow/worker.h"
#include "hub/msg/validate.h"
#include "hub/msg/wire.h"

// Verdicts inside this file: 0 go on, 1 decided (item->fate is set), <0 the database could not be asked.

static int reject(struct item *item)
{
        item->fate = FATE_REJECT;
        return 1;
}

// The record's place before anything of its content is believed.
static int check_place(struct item *item)
{
        struct part *p = item->part;
        item->fate = FATE_SKIP;
        if (p->revoked || p->stopped || item->record->offset < p->routed_offset)
                return 1;
        item->derived = item->record->offset < p->derive_until;
        if (!item->derived && p->derive_until > 0) {
                p->seen = p->committed;
                p->derive_until = 0;
        }
        return 0;
}

// Its number, if it had one, cannot be believed: it counts towards a jump that follows.
static int refuse_unread(struct item *item)
{
        item->part->seen.unreadable++;
        return reject(item);
}

static int read_envelope(struct worker *w, struct item *item)
{
        struct arena *a = w->batch->arena;
        struct envelope *v = arena_zalloc(a, sizeof(*v));
        if (envelope_read(item->record->value, a, v, &item->fault) != 0) {
                return refuse_unread(item);
        }
        const struct feed *f = item->part->feed;
        item->envelope = v;
        envelope_id(&v->header, w->digest, item->id);
        item->has_id = true;
        item->recheck = v->header.recheck || item->part->recheck;
        if (!slice_eq_str(v->header.agency, f->agency)) {
                fault_set(&item->fault, a, FAULT_WRONG_AGENCY, "header.agency",
                          "Cơ quan gửi không phải cơ quan của topic",
                          "the header names agency %.*s on topic %s", (int)v->header.agency.n,
                          v->header.agency.p, f->topic);
                return refuse_unread(item);
        }
        if (!item->derived && !feed_carries(f, v->header.provider)) { // what was stored was allowed then
                fault_set(&item->fault, a, FAULT_WRONG_AGENCY, "header.provider",
                          "Cơ quan gửi không được gửi thay cơ quan này",
                          "agency %s may not carry data of %.*s", f->agency, (int)v->header.provider.n,
                          v->header.provider.p);
                return refuse_unread(item);
        }
        if (!slice_eq_str(v->header.dataset, f->dataset)) {
                fault_set(&item->fault, a, FAULT_WRONG_DATASET, "header.dataset",
                          "Bộ dữ liệu không phải của topic", "the header names dataset %.*s on topic %s",
                          (int)v->header.dataset.n, v->header.dataset.p, f->topic);
                return refuse_unread(item);
        }
        return 0;
}

static int start_session(struct item *item, struct seen *seen)
{
        const struct header *h = &item->envelope->header;
        bool again = seen->known && seen->session == h->session;
        if (!again)
                *seen = (struct seen){ .known = true, .session = h->session };
        item->fate = again ? FATE_REPEAT : FATE_CONTROL;
        return 1;
}

// Sequence check of one record (docs/DELIVERY.md, "Sessions and sequences").
static int check_sequence(struct worker *w, struct item *item)
{
        const struct header *h = &item->envelope->header;
        struct seen *seen = &item->part->seen;
        if (h->session == 0)
                return 0;
        if (h->operation == OP_START)
                return start_session(item, seen);
        if (!seen->known) {
                *seen = (struct seen){ .known = true, .session = h->session, .sequence = h->sequence };
                return 0;
        }
        if (h->session != seen->session) {
                fault_set(&item->fault, w->batch->arena, FAULT_STALE_SESSION, "header.session",
                          "Phiên gửi cũ: đã có phiên mới hơn bắt đầu",
                          "a newer session has started on this partition");
                return reject(item);
        }
        if (h->sequence <= seen->sequence) {
                item->fate = FATE_REPEAT;
                return 1;
        }
        uint64_t missing = h->sequence - seen->sequence - 1;
        if (missing > seen->unreadable) {
                item->gap_first = seen->sequence + 1 + seen->unreadable;
                item->gap_last = h->sequence - 1;
        }
        seen->sequence = h->sequence;
        seen->unreadable = 0;
        return 0;
}

static int control(struct item *item)
{
        const struct envelope *v = item->envelope;
        if (!operation_is_control(v->header.operation))
                return 0;
        if (v->header.operation == OP_CHECKPOINT)
                item->part->local_rejects = (int64_t)v->control.checkpoint.local_rejects;
        item->fate = FATE_CONTROL;
        return 1;
}

#define REASON_MAX 8192 // bytes

static bool is_blank(struct slice s)
{
        for (size_t i = 0; i < s.n; i++)
                if (s.p[i] > ' ')
                        return false;
        return true;
}

static int bad_header(struct worker *w, struct item *item, const char *field, const char *vi, const char *en)
{
        fault_set(&item->fault, w->batch->arena, FAULT_HEADER, field, vi, "%s", en);
        return reject(item);
}

// CORRECT and RETRACT say of which message, and why.
static int check_amendment(struct worker *w, struct item *item)
{
        const struct header *h = &item->envelope->header;
        if (!operation_amends(h->operation))
                return 0;
        if (h->relates_to.n != ID_SIZE)
                return bad_header(w, item, "header.relates_to",
                                  "Đính chính, rút lại phải nêu mã (16 byte) của thông điệp được nói đến",
                                  "CORRECT and RETRACT name the message id, 16 bytes, that they are about");
        if (memcmp(h->relates_to.p, item->id, ID_SIZE) == 0)
                return bad_header(w, item, "header.relates_to",
                                  "Thông điệp không thể đính chính, rút lại chính nó",
                                  "a message cannot correct or take back itself");
        if (is_blank(h->reason))
                return bad_header(w, item, "header.reason", "Đính chính, rút lại phải nêu lý do",
                                  "CORRECT and RETRACT give a reason");
        if (h->reason.n > REASON_MAX)
                return bad_header(w, item, "header.reason", "Lý do dài quá 8192 byte",
                                  "the reason is longer than 8192 bytes");
        return 0;
}

static int find_structure(struct worker *w, struct item *item, struct err *e)
{
        const struct envelope *v = item->envelope;
        int r = structures_get(w->structures, w->pg, v->schema_id, &item->structure, e);
        if (r < 0)
                return -1;
        if (r > 0) {
                fault_set(&item->fault, w->batch->arena, FAULT_UNKNOWN_SCHEMA, "",
                          "Cấu trúc dữ liệu chưa được đăng ký", "schema id %u is not registered",
                          v->schema_id);
                return reject(item);
        }
        if (strcmp(item->structure->schema->dataset->name, item->part->feed->dataset) != 0) {
                fault_set(&item->fault, w->batch->arena, FAULT_WRONG_DATASET, "",
                          "Cấu trúc dữ liệu thuộc bộ dữ liệu khác", "schema id %u belongs to dataset %s",
                          v->schema_id, item->structure->schema->dataset->name);
                return reject(item);
        }
        bool upsert = item->structure->schema->dataset->mode == MODE_UPSERT;
        if (v->header.operation == OP_DELETE && !upsert) {
                fault_set(&item->fault, w->batch->arena, FAULT_OPERATION, "header.operation",
                          "Bộ dữ liệu không nhận thao tác này", "dataset %s does not take %s",
                          item->structure->schema->dataset->name, operation_word(v->header.operation));
                return reject(item);
        }
        return 0;
}

// The header's key, and the record's where it has one, must be what the message itself says.
static int check_key(struct worker *w, struct item *item)
{
        const struct dataset *d = item->structure->schema->dataset;
        const struct header *h = &item->envelope->header;
        struct slice key, record = item->record->key;
        if (record.n > RECORD_KEY_MAX) {
                fault_set(&item->fault, w->batch->arena, FAULT_TOO_LARGE, "",
                          "Khoá của bản ghi lớn hơn mức cho phép",
                          "The record's key has %zu bytes, more than %d", record.n, RECORD_KEY_MAX);
                return reject(item);
        }
        if (d->key_count == 0)
                return 0;
        if (msg_key(d, item->message, w->batch->arena, &key, &item->fault) != 0)
                return reject(item);
        bool same = slice_eq(key, h->key);
        if (same && record.n > 0)
                same = record.n == h->agency.n + 1 + key.n &&
                       memcmp(record.p, h->agency.p, h->agency.n) == 0 &&
                       record.p[h->agency.n] == KEY_SEPARATOR &&
                       memcmp(record.p + h->agency.n + 1, key.p, key.n) == 0;
        if (same)
                return 0;
        fault_set(&item->fault, w->batch->arena, FAULT_WRONG_KEY, "header.key",
                  "Khoá không khớp với nội dung thông điệp",
                  "the header's or the record's key is not that of the message's key fields");
        return reject(item);
}

static int check_time(struct worker *w, struct item *item)
{
        const struct dataset *d = item->structure->schema->dataset;
        if (d->event_time == NULL)
                return 0;
        int r = msg_event_time(d, item->message, &item->event_time);
        item->has_event_time = r == 0;
        if (r == 1 && (d->mode == MODE_UPSERT || item->envelope->header.operation == OP_RETRACT))
                return 0;
        int64_t received = item->record->timestamp;
        if (r == 0 && item->event_time >= received - d->past_usec &&
            item->event_time <= received + d->future_usec)
                return 0;
        char text[INSTANT_TEXT] = "";
        if (r == 0)
                instant_format(item->event_time, text);
        fault_set(&item->fault, w->batch->arena, FAULT_TIME_WINDOW, d->event_time->name,
                  r == 0   ? "Thời điểm nằm ngoài khoảng cho phép của bộ dữ liệu"
                  : r == 1 ? "Thiếu thời điểm sự kiện"
                           : "Thời điểm không hợp lệ",
                  r == 0   ? "event time %s is outside the dataset's window"
                  : r == 1 ? "event time is missing%s"
                           : "event time is not a time%s",
                  text);
        return reject(item);
}

static int judge(struct worker *w, struct item *item)
{
        struct arena *a = w->batch->arena;
        enum operation op = item->envelope->header.operation;
        if (op == OP_DELETE || op == OP_RETRACT) // their data is a key
                return 0;
        if (validate(item->structure->schema, item->message, item->record->timestamp, a, &item->fault) != 0)
                return reject(item);
        if (item->fault.count == 0)
                return 0;
        const char **flags = arena_alloc(a, item->fault.count * sizeof(*flags));
        for (size_t i = 0; i < item->fault.count; i++)
                flags[i] = item->fault.items[i].rule;
        item->flags = flags;
        item->flag_count = item->fault.count;
        return 0;
}

// The tuples of a message: its row, and in APPEND datasets what it says of another message's.
static int write_rows(struct worker *w, struct item *item, const struct row *row)
{
        struct structure *t = item->structure;
        struct arena *a = w->batch->arena;
        bool upsert = t->schema->dataset->mode == MODE_UPSERT,
             amends = !upsert && operation_amends(row->operation);
        item->row_from = item->row_to = t->rows.n;
        item->amended_from = item->amended_to = t->amended.n;
        if (amends && table_amended_row(t->table, row, a, &t->amended, &item->fault) != 0)
                return reject(item);
        if ((upsert || row->operation != OP_RETRACT) &&
            table_row(t->table, row, a, &t->rows, &item->fault) != 0) {
                t->amended.n = item->amended_from;
                return reject(item);
        }
        item->row_to = t->rows.n;
        item->amended_to = t->amended.n;
        bool by_event = !upsert && t->schema->dataset->event_time != NULL;
        if (item->row_to > item->row_from)
                structure_want_month(t, by_event ? row->event_time : row->received_at);
        return 0;
}

static int make_row(struct worker *w, struct item *item)
{
        const struct header *h = &item->envelope->header;
        struct structure *t = item->structure;
        struct row row = {
                .agency = h->agency,
                .provider = h->provider,
                .has_event_time = item->has_event_time,
                .event_time = item->event_time,
                .received_at = item->record->timestamp,
                .feed = item->part->feed->id,
                .part = item->part->number,
                .offset = item->record->offset,
                .schema_id = t->id,
                .flags = item->flags,
                .flag_count = item->flag_count,
                .operation = h->operation,
                .relates_to = h->relates_to,
                .reason = h->reason,
                .message = item->message,
        };
        memcpy(row.message_id, item->id, ID_SIZE);
        digest_sha256(w->digest, item->envelope->data, row.digest);
        return write_rows(w, item, &row);
}

static int decide(struct worker *w, struct item *item, struct err *e)
{
        int r;
        struct arena *a = w->batch->arena;
        if ((r = check_place(item)) != 0 || (r = read_envelope(w, item)) != 0 ||
            (r = check_sequence(w, item)) != 0 || (r = control(item)) != 0)
                return r;
        if ((r = check_amendment(w, item)) != 0 || (r = find_structure(w, item, e)) != 0)
                return r;
        if (wire_read(item->structure->schema->root, item->envelope->data, a, &item->message, &item->fault) !=
            0)
                return reject(item);
        if ((r = check_key(w, item)) != 0 || (r = check_time(w, item)) != 0 || (r = judge(w, item)) != 0)
                return r;
        if (item->derived) {
                item->fate = FATE_STORE;
                return 1;
        }
        if ((r = make_row(w, item)) != 0)
                return r;
        item->fate = FATE_STORE;
        return 1;
}

// What an earlier holder put into quarantine is refused again for its reason, whatever is registered by now.
static void decide_as_before(struct worker *w, struct item *item)
{
        enum fault_code code = item->derived ? part_refused(item->part, item->record->offset) : FAULT_NONE;
        if (code == FAULT_NONE || (item->fate == FATE_REJECT && code == item->fault.code))
                return;
        item->fault = (struct fault){ 0 };
        fault_set(&item->fault, w->batch->arena, code, "", "Đã bị từ chối trước đó; lý do ở hub.quarantine",
                  "refused before; hub.quarantine has the reason");
        item->fate = FATE_REJECT;
}

int intake(struct worker *w, struct err *e)
{
        struct batch *b = w->batch;
        while (b->decided < b->count) {
                struct item *item = &b->items[b->decided];
                struct seen before = item->part->seen;
                int64_t derive_until = item->part->derive_until;
                if (decide(w, item, e) < 0) {
                        // The same record is decided again from where its partition stood.
                        item->part->seen = before;
                        item->part->derive_until = derive_until;
                        *item = (struct item){ .record = item->record, .part = item->part };
                        return -1;
                }
                decide_as_before(w, item);
                item->after = item->part->seen;
                b->decided++;
        }
        return 0;
}

#include "hub/cli/decode.h"

#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/msg/envelope.h"
#include "hub/msg/wire.h"

// Field numbers of iochub.v1.DataMessage and Header (schemas/iochub/v1/message.proto).
enum { MESSAGE_HEADER = 1, MESSAGE_DATA = 2, MESSAGE_CONTROL = 3 };
enum {
        HEADER_AGENCY = 1,
        HEADER_DATASET = 3,
        HEADER_OPERATION = 4,
        HEADER_SOURCE = 10,
        HEADER_POSITION = 11
};

void decoded_done(struct decoded *d)
{
        buf_done(&d->message);
        buf_done(&d->note);
}

static const struct val *val_of(const struct msg *m, uint32_t number)
{
        const struct field *f = mtype_field(m->type, number);

        return f && m->f[f->index].set ? &m->f[f->index] : NULL;
}

static struct slice text_of(const struct msg *m, uint32_t number)
{
        const struct val *v = val_of(m, number);

        return v ? v->s : slice_of(NULL, 0);
}

static void note_fault(const struct fault *f, const char *what, struct buf *note)
{
        buf_printf(note, "%s: %s", what, fault_word(f->code));
        if (f->count)
                buf_printf(note, "%s%s: %s", *f->items[0].field ? " " : "", f->items[0].field,
                           f->items[0].text_en);
}

static void set_id(const struct decoder *d, const struct msg *header, struct decoded *out)
{
        const struct val *operation = val_of(header, HEADER_OPERATION);
        struct header h = { .agency = text_of(header, HEADER_AGENCY),
                            .dataset = text_of(header, HEADER_DATASET),
                            .source = text_of(header, HEADER_SOURCE),
                            .source_position = text_of(header, HEADER_POSITION) };

        if (!operation || operation_is_control((enum operation)operation->i))
                return;
        envelope_id(&h, d->digest, out->id);
        out->has_id = true;
}

// The dataset's own fields; what cannot be read is left as hexadecimal.
static void data_json(const struct decoder *d, struct slice data, struct decoded *out, struct json *j)
{
        struct fault f = { 0 };
        struct msg *m;
        struct buf hex = { 0 };

        if (wire_read(out->schema->root, data, d->arena, &m, &f) == 0) {
                json_key(j, "data");
                msg_json(m, j);
                return;
        }
        note_fault(&f, "data", &out->note);
        hex_append(data, &hex);
        json_key(j, "data_hex");
        json_slice(j, buf_slice(&hex));
        buf_done(&hex);
}

static void data_message(const struct decoder *d, struct slice bytes, struct decoded *out)
{
        struct fault f = { 0 };
        const struct val *header, *data, *control;
        struct msg *m;
        struct json j;

        if (wire_read(schema_own("iochub.v1.DataMessage")->root, bytes, d->arena, &m, &f) != 0) {
                note_fault(&f, "message", &out->note);
                return;
        }
        header = val_of(m, MESSAGE_HEADER);
        data = val_of(m, MESSAGE_DATA);
        control = val_of(m, MESSAGE_CONTROL);
        json_init(&j, &out->message, false);
        json_object(&j);
        if (header) {
                set_id(d, header->m, out);
                json_key(&j, "header");
                msg_json(header->m, &j);
        }
        if (data)
                data_json(d, data->s, out, &j);
        if (control) {
                json_key(&j, "control");
                msg_json(control->m, &j);
        }
        json_end_object(&j);
}

// Descriptor sets are long and unreadable: their size says enough.
static void leave_out_descriptors(struct msg *m, struct buf *note)
{
        const struct field *f = mtype_field_named(m->type, slice_str("descriptor_set"));

        if (!f || f->type != TYPE_BYTES || !m->f[f->index].set)
                return;
        buf_printf(note, "descriptor_set left out: %zu bytes (--raw shows them)", m->f[f->index].s.n);
        m->f[f->index] = (struct val){ 0 };
}

static void own_message(const struct decoder *d, struct slice bytes, struct decoded *out)
{
        const struct field *f = mtype_field_named(out->schema->root, slice_str("message_id"));
        struct fault fault = { 0 };
        struct msg *m;
        struct json j;

        if (wire_read(out->schema->root, bytes, d->arena, &m, &fault) != 0) {
                note_fault(&fault, "message", &out->note);
                return;
        }
        if (f && f->type == TYPE_BYTES && m->f[f->index].s.n == ID_SIZE) {
                memcpy(out->id, m->f[f->index].s.p, ID_SIZE);
                out->has_id = true;
        }
        leave_out_descriptors(m, &out->note);
        json_init(&j, &out->message, false);
        msg_json(m, &j);
}

void decode_value(const struct decoder *d, struct slice value, struct decoded *out)
{
        struct slice bytes;

        out->schema = NULL;
        out->has_id = false;
        out->framed = frame_read(value, &out->schema_id, &bytes) == 0;
        if (!out->framed) {
                if (json_compact(value, &out->message) != 0)
                        buf_add_str(&out->note,
                                    value.n ? "neither a frame (00, schema id, 00) nor JSON" : "no value");
                return;
        }
        out->schema = d->find(d->self, out->schema_id);
        if (!out->schema)
                buf_printf(&out->note, "schema id %u is not registered", out->schema_id);
        else if (out->schema->dataset)
                data_message(d, bytes, out);
        else
                own_message(d, bytes, out);
}

void uuid_format(const uint8_t id[ID_SIZE], char out[UUID_TEXT])
{
        static const uint8_t groups[] = { 4, 2, 2, 2, 6 };
        size_t at = 0;

        for (size_t g = 0; g < sizeof(groups); g++) {
                if (g)
                        *out++ = '-';
                hex_encode(id + at, groups[g], out);
                at += groups[g];
                out += (size_t)2 * groups[g];
        }
}

void hex_append(struct slice bytes, struct buf *out)
{
        for (size_t i = 0; i < bytes.n; i++)
                buf_printf(out, "%02x", bytes.p[i]);
}

void hex_dump(struct slice bytes, struct buf *out)
{
        for (size_t at = 0; at < bytes.n; at += 16) {
                size_t n = bytes.n - at < 16 ? bytes.n - at : 16;

                buf_printf(out, "%08zx ", at);
                for (size_t i = 0; i < 16; i++)
                        if (i < n)
                                buf_printf(out, "%s%02x", i == 8 ? "  " : " ", bytes.p[at + i]);
                        else
                                buf_add_str(out, i == 8 ? "    " : "   ");
                buf_add_str(out, "  |");
                for (size_t i = 0; i < n; i++)
                        buf_add_char(out, bytes.p[at + i] >= ' ' && bytes.p[at + i] < 0x7f
                                              ? (char)bytes.p[at + i]
                                              : '.');
                buf_add_str(out, "|\n");
        }
}

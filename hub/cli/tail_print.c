// A record as one line. People: place, time, key, headers, message. Programs: one JSON object a line.
#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/bus/producer.h"
#include "hub/cli/tail.h"

#define HEADERS_MAX 32
#define KEY_SHOWN   120
#define HEX_SHOWN   64 // bytes of an undecodable value that people see

static void schema_json(const struct decoded *d, struct json *j)
{
        json_key(j, "schema");
        if (!d->framed) {
                json_null(j);
                return;
        }
        json_object(j);
        json_key(j, "id");
        json_uint(j, d->schema_id);
        if (d->schema) {
                json_key(j, "version");
                json_uint(j, d->schema->version);
                json_key(j, "message");
                json_str(j, d->schema->root->full_name);
                json_key(j, "dataset");
                d->schema->dataset ? json_str(j, d->schema->dataset->name) : json_null(j);
        }
        json_end_object(j);
}

// Text where it is text, `hex:` and digits otherwise.
static void bytes_json(struct json *j, struct slice s)
{
        struct buf hex = { 0 };

        if (text_is_utf8(s)) {
                json_slice(j, s);
                return;
        }
        buf_add_str(&hex, "hex:");
        hex_append(s, &hex);
        json_slice(j, buf_slice(&hex));
        buf_done(&hex);
}

static void hex_json(struct json *j, struct slice s)
{
        json_key(j, "hex");
        json_hex(j, s);
}

static void message_json(const struct decoded *d, struct slice value, struct json *j)
{
        char id[UUID_TEXT];

        schema_json(d, j);
        if (d->has_id) {
                uuid_format(d->id, id);
                json_key(j, "message_id");
                json_str(j, id);
        }
        json_key(j, "message");
        d->message.n ? json_raw(j, buf_slice(&d->message)) : json_null(j);
        if (d->note.n) {
                json_key(j, "note");
                json_slice(j, buf_slice(&d->note));
        }
        if (!d->message.n)
                hex_json(j, value);
}

static void line_json(const struct tail *t, const struct record *r, const struct bus_header *headers,
                      size_t count, const struct decoded *d, struct buf *out)
{
        struct json j;

        json_init(&j, out, false);
        json_object(&j);
        json_key(&j, "topic");
        json_str(&j, t->topic);
        json_key(&j, "partition");
        json_int(&j, r->partition);
        json_key(&j, "offset");
        json_int(&j, r->offset);
        json_key(&j, "time");
        json_instant(&j, r->timestamp);
        json_key(&j, "key");
        bytes_json(&j, r->key);
        json_key(&j, "headers");
        json_object(&j);
        for (size_t i = 0; i < count; i++) {
                json_key(&j, headers[i].name);
                bytes_json(&j, headers[i].value);
        }
        json_end_object(&j);
        if (t->options->raw)
                hex_json(&j, r->value);
        else
                message_json(d, r->value, &j);
        json_end_object(&j);
}

// Keys join their parts by U+001F, which is shown by its own picture.
static void show_key(struct slice key, struct buf *out)
{
        struct slice part;

        while (key.n) {
                const uint8_t *mark = memchr(key.p, '\x1f', key.n);

                part = slice_of(key.p, mark ? (size_t)(mark - key.p) : key.n);
                text_show(out, part, KEY_SHOWN, "");
                if (!mark)
                        return;
                buf_add_str(out, "␟");
                key = slice_of(mark + 1, key.n - part.n - 1);
        }
}

static void line_human(const struct tail *t, const struct record *r, const struct bus_header *headers,
                       size_t count, const struct decoded *d, struct buf *out)
{
        char time[INSTANT_TEXT];
        bool hex = t->options->raw || !d->message.n;
        size_t shown = t->options->raw || r->value.n < HEX_SHOWN ? r->value.n : HEX_SHOWN;

        instant_format(r->timestamp, time);
        buf_printf(out, "%d/%lld  %s  ", r->partition, (long long)r->offset, time);
        show_key(r->key, out);
        for (size_t i = 0; i < count; i++) {
                buf_add_str(out, i ? " " : "  [");
                text_show(out, slice_str(headers[i].name), KEY_SHOWN, "");
                buf_add_char(out, '=');
                text_show(out, headers[i].value, KEY_SHOWN, "");
        }
        buf_add_str(out, count ? "]  " : "  ");
        if (hex) {
                hex_append(slice_of(r->value.p, shown), out);
                if (shown < r->value.n)
                        buf_printf(out, "… (%zu bytes)", r->value.n);
        } else {
                buf_add_slice(out, buf_slice(&d->message));
        }
        if (!t->options->raw && d->note.n)
                buf_printf(out, "  (%.*s)", (int)d->note.n, (const char *)d->note.p);
}

void tail_render(struct tail *t, const struct record *r, struct buf *out)
{
        struct bus_header headers[HEADERS_MAX];
        size_t count = consumer_headers(t->consumer, r, headers, HEADERS_MAX);
        struct decoded d = { 0 };

        if (!t->options->raw)
                decode_value(&t->decoder, r->value, &d);
        if (t->c->global.json)
                line_json(t, r, headers, count, &d, out);
        else
                line_human(t, r, headers, count, &d, out);
        buf_add_char(out, '\n');
        arena_reset(t->decoder.arena, 1 << 20);
        decoded_done(&d);
}

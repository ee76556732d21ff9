// protobuf's JSON mapping with the .proto's own field names.
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/base/map.h"
#include "hub/msg/time_text.h"
#include "hub/msg/value_int.h"

static void add_value(const struct field *f, const struct val *v, struct json *j);

static void add_float(float v, struct json *j)
{
        char text[32];
        if (!isfinite(v)) {
                json_double(j, v);
                return;
        }
        for (int digits = 6; digits <= FLT_DECIMAL_DIG; digits++) {
                snprintf(text, sizeof(text), "%.*g", digits, (double)v);
                if (strtof(text, NULL) == v)
                        break;
        }
        json_raw(j, slice_str(text));
}

static void add_int64(int64_t v, struct json *j)
{
        char text[24];
        snprintf(text, sizeof(text), "%" PRId64, v);
        json_str(j, text);
}

static void add_uint64(uint64_t v, struct json *j)
{
        char text[24];
        snprintf(text, sizeof(text), "%" PRIu64, v);
        json_str(j, text);
}

// A time that has no text form (out of range) is shown as its two numbers.
static void add_time(const struct msg *m, struct json *j)
{
        char text[TIME_TEXT];
        int rc = m->type->well_known == WK_TIMESTAMP ? timestamp_text(msg_seconds(m), msg_nanos(m), text)
                                                     : duration_text(msg_seconds(m), msg_nanos(m), text);
        if (rc == 0) {
                json_str(j, text);
                return;
        }
        json_object(j);
        json_key(j, "seconds");
        add_int64(msg_seconds(m), j);
        json_key(j, "nanos");
        json_int(j, msg_nanos(m));
        json_end_object(j);
}

// Paths in lowerCamelCase, joined by commas.
static void add_field_mask(const struct msg *m, struct json *j)
{
        struct buf b cleanup(buf_done);
        buf_init(&b);
        const struct list *paths = &m->f[0].list;
        for (uint32_t i = 0; i < paths->n; i++) {
                struct slice s = paths->items[i].s;
                if (i > 0)
                        buf_add_char(&b, ',');
                for (size_t k = 0; k < s.n; k++) {
                        bool lower = k + 1 < s.n && s.p[k] == '_' && s.p[k + 1] >= 'a' && s.p[k + 1] <= 'z';
                        buf_add_char(&b, lower ? (char)(s.p[++k] - 'a' + 'A') : (char)s.p[k]);
                }
        }
        json_slice(j, buf_slice(&b));
}

static void add_any(const struct msg *m, struct json *j)
{
        json_object(j);
        json_key(j, "@type");
        json_slice(j, m->f[0].s);
        json_key(j, "value");
        json_base64(j, m->f[1].s);
        json_end_object(j);
}

static void add_list(const struct field *f, const struct list *l, struct json *j)
{
        json_array(j);
        for (uint32_t i = 0; i < l->n; i++)
                add_value(f, &l->items[i], j);
        json_end_array(j);
}

// The key as text: into scratch, or the slice itself.
static struct slice key_text(const struct field *f, const struct val *v, char scratch[24])
{
        switch (f->type) {
        case TYPE_STRING:
                return v->s;
        case TYPE_BOOL:
                return slice_str(v->u ? "true" : "false");
        case TYPE_UINT32:
        case TYPE_UINT64:
        case TYPE_FIXED32:
        case TYPE_FIXED64:
                return slice_of(scratch, (size_t)snprintf(scratch, 24, "%" PRIu64, v->u));
        default:
                return slice_of(scratch, (size_t)snprintf(scratch, 24, "%" PRId64, v->i));
        }
}

// Of entries with the same key the last counts.
static void add_map(const struct field *f, const struct list *l, struct json *j)
{
        const struct field *key = &f->message->fields[0], *value = &f->message->fields[1];
        struct map *last = map_new();
        char scratch[24];
        for (uint32_t i = 0; i < l->n; i++)
                map_set(last, key_text(key, &l->items[i].m->f[0], scratch), l->items[i].m);
        json_object(j);
        for (uint32_t i = 0; i < l->n; i++) {
                struct msg *entry = l->items[i].m;
                struct slice text = key_text(key, &entry->f[0], scratch);
                if (map_get(last, text) != entry)
                        continue;
                json_key_slice(j, text);
                add_value(value, &entry->f[1], j);
        }
        json_end_object(j);
        map_free(last);
}

// google.protobuf.Value: whichever member is set; none is null.
static void add_dynamic(const struct msg *m, struct json *j)
{
        for (size_t i = 0; i < m->type->count; i++)
                if (m->f[i].set) {
                        add_value(&m->type->fields[i], &m->f[i], j);
                        return;
                }
        json_null(j);
}

static void add_message(const struct msg *m, struct json *j)
{
        const struct mtype *t = m->type;
        switch (t->well_known) {
        case WK_TIMESTAMP:
        case WK_DURATION:
                add_time(m, j);
                return;
        case WK_ANY:
                add_any(m, j);
                return;
        case WK_FIELD_MASK:
                add_field_mask(m, j);
                return;
        case WK_STRUCT:
                add_map(&t->fields[0], &m->f[0].list, j);
                return;
        case WK_LIST_VALUE:
                add_list(&t->fields[0], &m->f[0].list, j);
                return;
        case WK_VALUE:
                add_dynamic(m, j);
                return;
        case WK_WRAPPER:
                add_value(&t->fields[0], &m->f[0], j);
                return;
        default:
                msg_json(m, j);
        }
}

static void add_enum(const struct etype *e, int32_t number, struct json *j)
{
        const char *name = etype_name(e, number);
        if (strcmp(e->full_name, "google.protobuf.NullValue") == 0)
                json_null(j);
        else if (name)
                json_str(j, name);
        else
                json_int(j, number);
}

static void add_value(const struct field *f, const struct val *v, struct json *j)
{
        switch (f->type) {
        case TYPE_DOUBLE:
                json_double(j, v->d);
                break;
        case TYPE_FLOAT:
                add_float((float)v->d, j);
                break;
        case TYPE_INT64:
        case TYPE_SINT64:
        case TYPE_SFIXED64:
                add_int64(v->i, j);
                break;
        case TYPE_UINT64:
        case TYPE_FIXED64:
                add_uint64(v->u, j);
                break;
        case TYPE_UINT32:
        case TYPE_FIXED32:
                json_uint(j, v->u);
                break;
        case TYPE_BOOL:
                json_bool(j, v->u);
                break;
        case TYPE_STRING:
                json_slice(j, v->s);
                break;
        case TYPE_BYTES:
                json_base64(j, v->s);
                break;
        case TYPE_MESSAGE:
                add_message(v->m, j);
                break;
        case TYPE_ENUM:
                add_enum(f->enumeration, (int32_t)v->i, j);
                break;
        default:
                json_int(j, v->i);
        }
}

void msg_json_field(const struct field *f, const struct val *v, struct json *j)
{
        if (f->map)
                add_map(f, &v->list, j);
        else if (f->repeated)
                add_list(f, &v->list, j);
        else
                add_value(f, v, j);
}

void msg_json(const struct msg *m, struct json *j)
{
        if (m->type->well_known != WK_NONE && m->type->well_known != WK_EMPTY) {
                add_message(m, j);
                return;
        }
        json_object(j);
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *f = &m->type->fields[i];
                const struct val *v = &m->f[i];
                if (!field_present(f, v))
                        continue;
                json_key(j, f->name);
                msg_json_field(f, v, j);
        }
        json_end_object(j);
}

// One text to one value of a field's type. Numbers are read strictly; what is refused says why in both
// languages.
#include <math.h>

#include "connectors/sdk/mapping_plan.h"
#include "hub/base/clock.h"
#include "hub/base/digest.h"
#include "hub/base/text.h"

static int refuse(const struct entry *e, struct slice text, struct row_fault *f, const char *vi,
                  const char *en)
{
        return row_fault_set(f, e->label, text, vi, en);
}

static int to_signed(const struct entry *e, struct slice text, struct slice number, int64_t least,
                     int64_t most, struct val *out, struct row_fault *f)
{
        if (text_int64(text_whole_number(number), &out->i) != 0 || out->i < least || out->i > most)
                return refuse(e, text, f, "không phải số nguyên trong phạm vi của trường",
                              "not an integer within the field's range");
        return 0;
}

static int to_unsigned(const struct entry *e, struct slice text, struct slice number, uint64_t most,
                       struct val *out, struct row_fault *f)
{
        if (text_uint64(text_whole_number(number), &out->u) != 0 || out->u > most)
                return refuse(e, text, f, "không phải số nguyên không âm trong phạm vi của trường",
                              "not a non-negative integer within the field's range");
        return 0;
}

static int to_double(const struct entry *e, struct slice text, struct slice number, bool single,
                     struct val *out, struct row_fault *f)
{
        if (text_double(number, &out->d) != 0)
                return refuse(e, text, f, "không phải số", "not a number");
        if (single) {
                out->d = (double)(float)out->d;
                if (!isfinite(out->d))
                        return refuse(e, text, f, "số quá lớn đối với trường",
                                      "the number is too large for the field");
        }
        return 0;
}

static bool equals_folded(struct slice s, const char *lower)
{
        size_t n = strlen(lower);
        for (size_t i = 0; i < n && i < s.n; i++) {
                if ((s.p[i] | 0x20) != (uint8_t)lower[i])
                        return false;
        }
        return s.n == n;
}

static bool among(struct slice s, const struct conf_strings *words)
{
        for (size_t i = 0; i < words->count; i++) {
                if (slice_eq_str(s, words->items[i]))
                        return true;
        }
        return false;
}

static int to_bool(const struct entry *e, struct slice text, struct val *out, struct row_fault *f)
{
        if (among(text, &e->conf.true_words) || slice_eq_str(text, "1") || equals_folded(text, "true"))
                out->u = 1;
        else if (among(text, &e->conf.false_words) || slice_eq_str(text, "0") || equals_folded(text, "false"))
                out->u = 0;
        else
                return refuse(e, text, f, "không phải đúng/sai (true, false, 1, 0 hoặc từ đã khai báo)",
                              "not true, false, 1, 0 or one of the configured words");
        return 0;
}

static int to_enum(const struct entry *e, const struct etype *type, struct slice text, struct val *out,
                   struct row_fault *f)
{
        for (size_t i = 0; i < type->count; i++) {
                if (slice_eq_str(text, type->values[i].name)) {
                        out->i = type->values[i].number;
                        return 0;
                }
        }
        int64_t number;
        if (text_int64(text, &number) == 0 && number >= INT32_MIN && number <= INT32_MAX &&
            etype_name(type, (int32_t)number)) {
                out->i = number;
                return 0;
        }
        return refuse(e, text, f, "không phải giá trị của kiểu liệt kê", "not a value of the enum");
}

static int to_bytes(const struct entry *e, struct slice text, struct arena *a, struct val *out,
                    struct row_fault *f)
{
        if (e->conf.format == NULL || strcmp(e->conf.format, "hex") != 0) {
                out->s = text;
                return 0;
        }
        uint8_t *bytes = arena_alloc(a, text.n / 2 + 1);
        char *copy = arena_strndup(a, text.p, text.n);
        if (text.n % 2 != 0 || hex_decode(copy, bytes, text.n / 2) != 0)
                return refuse(e, text, f, "không phải chuỗi thập lục phân", "not hexadecimal");
        out->s = slice_of(bytes, text.n / 2);
        return 0;
}

// Strings with number options come out in the plain form, for columns of decimal strings.
static int to_string(const struct entry *e, struct slice text, struct arena *a, struct val *out,
                     struct row_fault *f)
{
        out->s = text;
        if (e->number.unit.n == 0 && e->number.decimal == 0 && e->number.thousands == 0)
                return 0;
        char plain[TEXT_NUMBER];
        struct slice number;
        double d;
        if (text_plain_number(&e->number, text, plain, &number) != 0 || text_double(number, &d) != 0)
                return refuse(e, text, f, "không phải số", "not a number");
        out->s = arena_copy(a, number);
        return 0;
}

static int to_time(const struct entry *e, const struct field *field, struct slice text, struct arena *a,
                   struct val *out, struct row_fault *f)
{
        int64_t usec = 0;
        bool good = false;
        switch (e->time_form) {
        case TIME_FORMAT:
                good = date_format_parse(&e->format, text, e->zone, &usec) == 0;
                break;
        case TIME_RFC3339:
                good = instant_parse(text, &usec) == 0;
                break;
        case TIME_UNIX:
        case TIME_UNIX_MS:
                good =
                    text_int64(text, &usec) == 0 &&
                    !__builtin_mul_overflow(usec, e->time_form == TIME_UNIX ? USEC_PER_SEC : 1000, &usec) &&
                    usec >= INSTANT_MIN && usec <= INSTANT_MAX;
                break;
        }
        if (!good)
                return refuse(e, text, f, "không phải thời điểm theo định dạng đã khai báo",
                              "not a time of the configured format");
        out->m = msg_timestamp(field->message, usec, a);
        return 0;
}

static int to_duration(const struct entry *e, const struct field *field, struct slice text, struct arena *a,
                       struct val *out, struct row_fault *f)
{
        static const double seconds[] = { 1, 0.001, 60, 3600 };
        char plain[TEXT_NUMBER];
        struct slice number;
        double d;
        if (text_plain_number(&e->number, text, plain, &number) != 0 || text_double(number, &d) != 0 ||
            fabs(d *= seconds[e->duration_unit]) > 315576000000.0)
                return refuse(e, text, f, "không phải khoảng thời gian", "not a duration");
        const struct field *whole = mtype_field(field->message, 1), *part = mtype_field(field->message, 2);
        struct msg *m = msg_new(field->message, a);
        double nanos = nearbyint(d * 1e9 - trunc(d) * 1e9);
        int64_t s = (int64_t)d;
        if (fabs(nanos) >= 1e9) {
                s += nanos > 0 ? 1 : -1;
                nanos = 0;
        }
        m->f[whole->index] = (struct val){ .i = s, .set = true };
        m->f[part->index] = (struct val){ .i = (int64_t)nanos, .set = true };
        out->m = m;
        return 0;
}

static int to_number(const struct entry *e, const struct field *field, struct slice text, struct val *out,
                     struct row_fault *f)
{
        char plain[TEXT_NUMBER];
        struct slice number;
        if (text_plain_number(&e->number, text, plain, &number) != 0)
                return refuse(e, text, f, "không phải số", "not a number");
        switch (field->type) {
        case TYPE_DOUBLE:
        case TYPE_FLOAT:
                return to_double(e, text, number, field->type == TYPE_FLOAT, out, f);
        case TYPE_UINT64:
        case TYPE_FIXED64:
                return to_unsigned(e, text, number, UINT64_MAX, out, f);
        case TYPE_UINT32:
        case TYPE_FIXED32:
                return to_unsigned(e, text, number, UINT32_MAX, out, f);
        case TYPE_INT32:
        case TYPE_SINT32:
        case TYPE_SFIXED32:
                return to_signed(e, text, number, INT32_MIN, INT32_MAX, out, f);
        default:
                return to_signed(e, text, number, INT64_MIN, INT64_MAX, out, f);
        }
}

int convert_text(const struct entry *e, const struct field *field, struct slice text, struct arena *a,
                 struct val *out, struct row_fault *f)
{
        switch (field->type) {
        case TYPE_STRING:
                return to_string(e, text, a, out, f);
        case TYPE_BYTES:
                return to_bytes(e, text, a, out, f);
        case TYPE_BOOL:
                return to_bool(e, text, out, f);
        case TYPE_ENUM:
                return to_enum(e, field->enumeration, text, out, f);
        case TYPE_MESSAGE:
        case TYPE_GROUP:
                return field->message->well_known == WK_DURATION ? to_duration(e, field, text, a, out, f)
                                                                 : to_time(e, field, text, a, out, f);
        default:
                return to_number(e, field, text, out, f);
        }
}

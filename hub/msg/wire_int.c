#include "hub/msg/wire_int.h"

#include <stdio.h>

const uint8_t wire_type_of[] = {
        [TYPE_DOUBLE] = WIRE_64,         [TYPE_FLOAT] = WIRE_32,      [TYPE_INT64] = WIRE_VARINT,
        [TYPE_UINT64] = WIRE_VARINT,     [TYPE_INT32] = WIRE_VARINT,  [TYPE_FIXED64] = WIRE_64,
        [TYPE_FIXED32] = WIRE_32,        [TYPE_BOOL] = WIRE_VARINT,   [TYPE_STRING] = WIRE_BYTES,
        [TYPE_GROUP] = WIRE_START_GROUP, [TYPE_MESSAGE] = WIRE_BYTES, [TYPE_BYTES] = WIRE_BYTES,
        [TYPE_UINT32] = WIRE_VARINT,     [TYPE_ENUM] = WIRE_VARINT,   [TYPE_SFIXED32] = WIRE_32,
        [TYPE_SFIXED64] = WIRE_64,       [TYPE_SINT32] = WIRE_VARINT, [TYPE_SINT64] = WIRE_VARINT,
};

// Bits beyond the 64th are dropped, as protobuf's C++ reader does.
const uint8_t *wire_varint_slow(const uint8_t *p, const uint8_t *end, uint64_t *out)
{
        uint64_t v = 0;
        for (unsigned shift = 0; shift < 70 && p < end; shift += 7) {
                uint8_t byte = *p++;
                v |= (uint64_t)(byte & 0x7f) << shift;
                if (byte < 0x80) {
                        *out = v;
                        return p;
                }
        }
        return NULL;
}

size_t wire_put_varint(uint8_t *p, uint64_t v)
{
        size_t n = 0;
        for (; v >= 0x80; v >>= 7)
                p[n++] = (uint8_t)(v | 0x80);
        p[n++] = (uint8_t)v;
        return n;
}

enum fault_code wire_text(struct slice s)
{
        if (__builtin_expect(text_is_clean(s), 1))
                return FAULT_NONE;
        return text_is_utf8(s) ? FAULT_NUL : FAULT_UTF8;
}

const uint8_t *wire_skip(uint32_t tag, const uint8_t *p, const uint8_t *end)
{
        uint64_t number;
        struct slice bytes;
        switch (tag & 7) {
        case WIRE_VARINT:
                return wire_varint(p, end, &number);
        case WIRE_64:
                return end - p >= 8 ? p + 8 : NULL;
        case WIRE_32:
                return end - p >= 4 ? p + 4 : NULL;
        case WIRE_BYTES:
                return wire_bytes(p, end, &bytes);
        default:
                return NULL;
        }
}

const uint8_t *wire_group(uint32_t number, const uint8_t *p, const uint8_t *end, struct slice *out)
{
        uint32_t open[WIRE_DEPTH] = { number }, tag;
        unsigned depth = 1;
        const uint8_t *start = p;
        while (p < end) {
                const uint8_t *here = p;
                p = wire_tag(p, end, &tag);
                if (p == NULL)
                        return NULL;
                if ((tag & 7) == WIRE_START_GROUP) {
                        if (depth == WIRE_DEPTH)
                                return NULL;
                        open[depth++] = tag >> 3;
                } else if ((tag & 7) == WIRE_END_GROUP) {
                        if (open[--depth] != tag >> 3)
                                return NULL;
                        if (depth == 0) {
                                *out = slice_of(start, (size_t)(here - start));
                                return p;
                        }
                } else if ((p = wire_skip(tag, p, end)) == NULL) {
                        return NULL;
                }
        }
        return NULL;
}

static const struct {
        const char *vi, *en;
} sentences[FAULT_CODES] = {
        [FAULT_MALFORMED] = { "Dữ liệu không đúng khuôn dạng protobuf của cấu trúc",
                              "The bytes are not a well-formed message of the type" },
        [FAULT_TOO_DEEP] = { "Thông điệp lồng nhau quá 32 mức", "Messages are nested deeper than 32 levels" },
        [FAULT_TOO_MANY] = { "Thông điệp có quá nhiều phần tử", "The message holds too many elements" },
        [FAULT_UTF8] = { "Văn bản không phải là UTF-8 hợp lệ", "Text is not valid UTF-8" },
        [FAULT_NUL] = { "Văn bản chứa ký tự U+0000, cơ sở dữ liệu không lưu được",
                        "Text contains U+0000, which the database cannot hold" },
};

const uint8_t *wire_refuse(struct wire *w, enum fault_code code, const struct step *at, const struct field *f,
                           const char *detail)
{
        struct step here = { .up = at, .field = f };
        fault_set(w->f, w->a, code, path_text(f ? &here : at, w->a), sentences[code].vi, "%s%s%s",
                  sentences[code].en, detail ? ": " : "", detail ? detail : "");
        return NULL;
}

const uint8_t *wire_refuse_tag(struct wire *w, const struct step *at, const uint8_t *p, const uint8_t *end)
{
        uint64_t v;
        const uint8_t *q = wire_varint(p, end, &v);
        const char *detail = "a field's tag is cut off or too long";
        if (q && q - p <= 5)
                detail = v < 8 ? "a field has the number 0" : "a field has a number above 2^29-1";
        return wire_refuse(w, FAULT_MALFORMED, at, NULL, detail);
}

const uint8_t *wire_unknown(struct wire *w, const struct step *at, const struct field *f, uint32_t tag,
                            const uint8_t *p, const uint8_t *end)
{
        char text[96];
        unsigned type = tag & 7;
        if (type == WIRE_START_GROUP || type == WIRE_END_GROUP)
                snprintf(text, sizeof(text), "field %u is a group, and groups are not supported", tag >> 3);
        else if (type > WIRE_32)
                snprintf(text, sizeof(text), "field %u has the wire type %u, which does not exist", tag >> 3,
                         type);
        else if (wire_skip(tag, p, end) == NULL)
                snprintf(text, sizeof(text), "field %u is cut off or its number is too long", tag >> 3);
        else
                snprintf(text, sizeof(text), "field %u is not known", tag >> 3);
        return wire_refuse(w, FAULT_MALFORMED, at, f, text);
}

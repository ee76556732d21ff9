// What reading, checking and other walks over protobuf bytes share: tags, numbers, text. Cursor functions
// return the place behind what they read, or NULL where the bytes are not well-formed.
#pragma once

#include "hub/base/text.h"
#include "hub/msg/path.h"
#include "hub/msg/wire.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_START_GROUP = 3, WIRE_END_GROUP = 4, WIRE_32 = 5 };

struct wire {
        struct arena *a;
        struct fault *f;
        size_t elements, memory; // what is left
        unsigned depth;
        bool strict, keep, nul;
        bool dropped;    // a closed enum did not know the number just read
        bool lost;       // that was the value of a map entry
        uint64_t number; // the number, all of it
        bool pieces;     // wire_check: a singular message came more than once
};

// Wire type of an unpacked value that is no group, by enum field_type.
extern const uint8_t wire_type_of[];

const uint8_t *wire_varint_slow(const uint8_t *p, const uint8_t *end, uint64_t *out);

static inline const uint8_t *wire_varint(const uint8_t *p, const uint8_t *end, uint64_t *out)
{
        if (__builtin_expect(p < end && *p < 0x80, 1)) {
                *out = *p;
                return p + 1;
        }
        return wire_varint_slow(p, end, out);
}

// Numbers 1 to 2^29-1 in at most 5 bytes.
static inline const uint8_t *wire_tag(const uint8_t *p, const uint8_t *end, uint32_t *tag)
{
        uint64_t v;
        const uint8_t *q = wire_varint(p, end, &v);
        if (q == NULL || q - p > 5 || v > UINT32_MAX || v < 8)
                return NULL;
        *tag = (uint32_t)v;
        return q;
}

// A length of at most 5 bytes and what it covers.
static inline const uint8_t *wire_bytes(const uint8_t *p, const uint8_t *end, struct slice *out)
{
        uint64_t n;
        const uint8_t *q = wire_varint(p, end, &n);
        if (q == NULL || q - p > 5 || n > (uint64_t)(end - q))
                return NULL;
        *out = slice_of(q, (size_t)n);
        return q + n;
}

// What stands between the start tag just read and its end tag. NULL too where groups are nested too deeply.
const uint8_t *wire_group(uint32_t number, const uint8_t *p, const uint8_t *end, struct slice *out);

static inline const struct field *wire_field(const struct mtype *t, uint32_t number)
{
        if (__builtin_expect(number < 64, 1)) {
                unsigned i = t->direct[number];
                return i ? &t->fields[i - 1] : NULL;
        }
        return mtype_field(t, number);
}

static inline bool wire_packable(enum field_type type)
{
        return type != TYPE_STRING && type != TYPE_BYTES && type != TYPE_MESSAGE;
}

// Writes at most 10 bytes; returns how many.
size_t wire_put_varint(uint8_t *p, uint64_t v);
// FAULT_NONE, FAULT_UTF8 or FAULT_NUL.
enum fault_code wire_text(struct slice s);
// Skips the value of an unknown field, which no group is.
const uint8_t *wire_skip(uint32_t tag, const uint8_t *p, const uint8_t *end);
// Fills the fault with the code's sentences; detail is English and may be NULL. Returns NULL.
const uint8_t *wire_refuse(struct wire *w, enum fault_code code, const struct step *at, const struct field *f,
                           const char *detail);
// Refusal of what wire_tag did not read at p.
const uint8_t *wire_refuse_tag(struct wire *w, const struct step *at, const uint8_t *p, const uint8_t *end);
// Refusal of a tag that is not read: why it is not well-formed, or unknown.
const uint8_t *wire_unknown(struct wire *w, const struct step *at, const struct field *f, uint32_t tag,
                            const uint8_t *p, const uint8_t *end);

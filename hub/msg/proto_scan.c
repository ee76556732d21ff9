#include "hub/msg/proto_scan.h"

static int varint(struct slice *bytes, uint64_t *out)
{
        uint64_t v = 0;

        for (unsigned i = 0; i < 10 && i < bytes->n; i++) {
                v |= (uint64_t)(bytes->p[i] & 0x7f) << (7 * i);
                if (bytes->p[i] & 0x80)
                        continue;
                *out = v;
                *bytes = slice_of(bytes->p + i + 1, bytes->n - i - 1);
                return 1;
        }
        return -1;
}

static int fixed(struct slice *bytes, size_t n, uint64_t *out)
{
        if (bytes->n < n)
                return -1;
        *out = 0;
        for (size_t i = 0; i < n; i++)
                *out |= (uint64_t)bytes->p[i] << (8 * i);
        *bytes = slice_of(bytes->p + n, bytes->n - n);
        return 1;
}

int piece_next(struct slice *bytes, struct piece *out)
{
        uint64_t tag;

        if (bytes->n == 0)
                return 0;
        *out = (struct piece){ 0 };
        if (varint(bytes, &tag) < 0)
                return -1;
        out->number = (uint32_t)(tag >> 3);
        out->wire = tag & 7;
        if (out->wire == 0)
                return varint(bytes, &out->v);
        if (out->wire == 1 || out->wire == 5)
                return fixed(bytes, out->wire == 1 ? 8 : 4, &out->v);
        if (out->wire != 2 || varint(bytes, &out->v) < 0 || out->v > bytes->n)
                return -1;
        out->s = slice_of(bytes->p, (size_t)out->v);
        *bytes = slice_of(bytes->p + out->v, bytes->n - (size_t)out->v);
        return 1;
}

static bool last_piece(struct slice bytes, uint32_t number, struct piece *out)
{
        struct piece x;
        bool found = false;

        while (piece_next(&bytes, &x) == 1)
                if (x.number == number) {
                        *out = x;
                        found = true;
                }
        return found;
}

struct slice piece_bytes(struct slice bytes, uint32_t number)
{
        struct piece x;

        return last_piece(bytes, number, &x) ? x.s : slice_of(NULL, 0);
}

uint64_t piece_number(struct slice bytes, uint32_t number)
{
        struct piece x;

        return last_piece(bytes, number, &x) ? x.v : 0;
}

bool piece_has(struct slice bytes, uint32_t number)
{
        struct piece x;

        return last_piece(bytes, number, &x);
}

bool piece_find(struct slice *bytes, uint32_t number, struct slice *out)
{
        struct piece x;

        while (piece_next(bytes, &x) == 1)
                if (x.number == number && x.wire == 2) {
                        *out = x.s;
                        return true;
                }
        return false;
}

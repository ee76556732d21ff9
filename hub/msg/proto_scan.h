// A message read piece by piece (protobuf encoding) without a descriptor, where what a decoded message would
// drop has to be kept: options with their extensions. Descriptor sets were checked when they were registered;
// damage ends the reading.
#pragma once

#include "hub/base/buf.h"

// One field on the wire: v of a varint or fixed number, s of a length-delimited one.
struct piece {
        uint32_t number;
        unsigned wire; // 0 varint, 1 eight bytes, 2 bytes, 5 four bytes
        uint64_t v;
        struct slice s;
};

// 1 a piece, 0 the end, -1 damaged. bytes is moved behind the piece.
int piece_next(struct slice *bytes, struct piece *out);
// The last piece of that number; empty or 0 where there is none.
struct slice piece_bytes(struct slice bytes, uint32_t number);
uint64_t piece_number(struct slice bytes, uint32_t number);
bool piece_has(struct slice bytes, uint32_t number);
// The next length-delimited piece of that number. False: there is none left.
bool piece_find(struct slice *bytes, uint32_t number, struct slice *out);

// A descriptor set read piece by piece (protobuf encoding), for printing .proto text: options keep what
// extensions they hold, which a decoded message would drop. Descriptor sets were checked when they were
// registered; damage ends the reading.
#pragma once

#include "hub/base/map.h"
#include "hub/msg/schema.h"

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

#define PATH_MAX_PARTS 64

struct printer {
        struct slice set;
        struct slice file; // FileDescriptorProto
        struct slice package;
        struct buf *out;
        struct arena *arena;
        struct map *comments; // path as int32s -> struct remark
        struct map *types;    // full name -> struct schema
        int32_t path[PATH_MAX_PARTS];
        size_t depth;
        bool proto2;
        bool damaged;
};

// proto_options.c: the options of an options message (google.protobuf.<kind>) as `name = value`, each behind
// `before` and followed by `after`. Returns how many there were.
size_t options_text(struct printer *p, const char *kind, struct slice options, const char *before,
                    const char *after);

// protobuf-c through an arena: allocations bump, frees do nothing, the arena's reset takes all.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "hub/base/arena.h"

ProtobufCAllocator pb_allocator(struct arena *a);

// protobuf-c's structs have no const members; nothing is written through them while packing.
static inline void *pb_borrow(const void *p)
{
        return (void *)(uintptr_t)p;
}

// All bytes of the length-delimited unknown fields of that number, one behind the other: as protobuf merges
// them. False where there are none.
bool pb_unknown(const ProtobufCMessage *m, uint32_t number, struct arena *a, struct slice *out);
// Appends the packed message.
void pb_pack(const ProtobufCMessage *m, struct buf *out);

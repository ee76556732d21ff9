#include "hub/msg/pb.h"

#include "hub/msg/wire_int.h"

static void *alloc(void *arena, size_t n)
{
        return arena_alloc(arena, n);
}

static void no_free(void *arena, void *p)
{
        (void)arena;
        (void)p;
}

ProtobufCAllocator pb_allocator(struct arena *a)
{
        return (ProtobufCAllocator){ .alloc = alloc, .free = no_free, .allocator_data = a };
}

bool pb_unknown(const ProtobufCMessage *m, uint32_t number, struct arena *a, struct slice *out)
{
        struct buf all cleanup(buf_done);
        buf_init(&all);
        bool found = false;
        for (unsigned i = 0; m && i < m->n_unknown_fields; i++) {
                const ProtobufCMessageUnknownField *u = &m->unknown_fields[i];
                struct slice body;
                // protobuf-c keeps the length in front of the bytes
                if (u->tag != number || u->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ||
                    wire_bytes(u->data, u->data + u->len, &body) == NULL)
                        continue;
                found = true;
                buf_add_slice(&all, body);
        }
        if (found)
                *out = arena_copy(a, buf_slice(&all));
        return found;
}

void pb_pack(const ProtobufCMessage *m, struct buf *out)
{
        uint8_t *p = buf_reserve(out, protobuf_c_message_get_packed_size(m));
        out->n += protobuf_c_message_pack(m, p);
}

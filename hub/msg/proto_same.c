// Both are read by the descriptor of descriptors, stripped, and written again: what is left is compared as
// bytes.
#include "hub/msg/proto_same.h"

#include "hub/msg/proto_text_int.h"
#include "hub/msg/schema_int.h"
#include "hub/msg/wire.h"

static void clear(struct msg *m, const char *name)
{
        const struct field *f = mtype_field_named(m->type, slice_str(name));
        if (f != NULL)
                m->f[f->index].set = false;
}

// As deep as the wire reader lets messages be.
static void clear_json_names(struct msg *m)
{
        if (strcmp(m->type->full_name, "google.protobuf.FieldDescriptorProto") == 0)
                clear(m, "json_name");
        for (size_t i = 0; i < m->type->count; i++) {
                const struct field *f = &m->type->fields[i];
                struct val *v = &m->f[i];
                if (!v->set || f->type != TYPE_MESSAGE)
                        continue;
                for (size_t k = 0; f->repeated && k < v->list.n; k++)
                        clear_json_names(v->list.items[k].m);
                if (!f->repeated)
                        clear_json_names(v->m);
        }
}

static bool strip(struct slice descriptor, struct arena *a, struct buf *out)
{
        static const struct wire_limits limits = { .elements = WIRE_ELEMENTS,
                                                   .memory = WIRE_MEMORY,
                                                   .keep_unknown = true };
        const struct mtype *type = schema_builtin("google.protobuf.FileDescriptorProto");
        struct fault fault = { 0 };
        struct msg *m;
        if (type == NULL || wire_read_within(type, descriptor, &limits, a, &m, &fault) != 0)
                return false;
        clear(m, "name");
        clear(m, "source_code_info");
        clear_json_names(m);
        wire_write(m, out);
        return true;
}

bool proto_same(struct slice one, struct slice other)
{
        struct buf a cleanup(buf_done) = { 0 }, b cleanup(buf_done) = { 0 };
        struct arena *arena = arena_new(256 << 10);
        bool same =
            strip(one, arena, &a) && strip(other, arena, &b) && slice_eq(buf_slice(&a), buf_slice(&b));
        arena_free(arena);
        return same;
}

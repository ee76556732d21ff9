#include <stdio.h>

#include "hub/msg/schema_int.h"
#include "tests/conformance/executor.h"

__asm__(".section .rodata\n"
        "harness_begin:\n"
        ".incbin \"" HARNESS_DESCRIPTORS "\"\n"
        "harness_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const uint8_t harness_begin[], harness_end[];

struct schema *harness_load(void)
{
        struct buf problems cleanup(buf_done);
        struct slice set = slice_of(harness_begin, (size_t)(harness_end - harness_begin));
        struct schema *s;
        buf_init(&problems);
        if (schema_load_trusted(set, "iochub.conformance.Exchange", &s, &problems) == 0)
                return s;
        fprintf(stderr, "%s", buf_cstr(&problems));
        return NULL;
}

const struct field *harness_field(const struct mtype *type, const char *name)
{
        return mtype_field_named(type, slice_str(name));
}

struct val *set_field(struct msg *m, const char *name)
{
        struct val *v = &m->f[harness_field(m->type, name)->index];
        v->set = true;
        return v;
}

void set_text(struct executor *x, struct msg *m, const char *name, const char *text)
{
        set_field(m, name)->s = slice_str(arena_strdup(x->a, text));
}

struct msg *set_message(struct executor *x, struct msg *m, const char *name)
{
        return set_field(m, name)->m = msg_new(harness_field(m->type, name)->message, x->a);
}

struct msg *add_message(struct executor *x, struct msg *m, const char *name)
{
        struct list *l = &set_field(m, name)->list;
        if ((l->n & (l->n - 1)) == 0) { // full: there is room up to the next power of two
                struct val *items = arena_zalloc(x->a, (l->n ? 2 * l->n : 1) * sizeof(*items));
                for (uint32_t i = 0; i < l->n; i++)
                        items[i] = l->items[i];
                l->items = items;
        }
        l->items[l->n].set = true;
        return l->items[l->n++].m = msg_new(harness_field(m->type, name)->message, x->a);
}

const struct val *get_field(const struct msg *m, const char *name)
{
        static const struct val absent;
        const struct field *f = harness_field(m->type, name);
        return f && m->f[f->index].set ? &m->f[f->index] : &absent;
}

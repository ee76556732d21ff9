#include "hub/msg/path.h"

#include <inttypes.h>

#define PATH_STEPS   64
#define PATH_KEY_MAX 64 // bytes of a text key that are shown

static void add_text_key(struct buf *b, struct slice s)
{
        size_t n = s.n;
        if (n > PATH_KEY_MAX) {
                n = PATH_KEY_MAX;
                while (n > 0 && (s.p[n] & 0xc0) == 0x80)
                        n--;
        }
        buf_add_char(b, '"');
        for (size_t i = 0; i < n; i++) {
                if (s.p[i] == '"' || s.p[i] == '\\')
                        buf_add_char(b, '\\');
                if (s.p[i] < 0x20 || s.p[i] == 0x7f)
                        buf_printf(b, "\\x%02x", s.p[i]);
                else
                        buf_add_char(b, (char)s.p[i]);
        }
        buf_add_str(b, n < s.n ? "…\"" : "\"");
}

static void add_key(struct buf *b, const struct msg *entry)
{
        const struct field *f = &entry->type->fields[0];
        const struct val *v = &entry->f[0];

        buf_add_char(b, '[');
        switch (f->type) {
        case TYPE_STRING:
                add_text_key(b, v->s);
                break;
        case TYPE_BOOL:
                buf_add_str(b, v->u ? "true" : "false");
                break;
        case TYPE_UINT32:
        case TYPE_UINT64:
        case TYPE_FIXED32:
        case TYPE_FIXED64:
                buf_printf(b, "%" PRIu64, v->u);
                break;
        default:
                buf_printf(b, "%" PRId64, v->i);
        }
        buf_add_char(b, ']');
}

static void add_step(struct buf *b, const struct step *s)
{
        if (b->n > 0)
                buf_add_char(b, '.');
        buf_add_str(b, s->field->name);
        if (s->kind == STEP_INDEX)
                buf_printf(b, "[%u]", s->index);
        else if (s->kind == STEP_KEY)
                add_key(b, s->key);
}

// Most paths are names alone, and cost no allocation outside the arena.
static const char *names_joined(const struct step *const *chain, size_t n, struct arena *a)
{
        size_t room = 0;
        for (size_t i = 0; i < n; i++) {
                if (chain[i]->kind == STEP_INDEX || chain[i]->kind == STEP_KEY)
                        return NULL;
                room += strlen(chain[i]->field->name) + 1;
        }
        char *text = arena_alloc(a, room ? room : 1), *p = text;
        while (n-- > 0) {
                p = stpcpy(p, chain[n]->field->name);
                *p++ = '.';
        }
        *(p > text ? p - 1 : p) = '\0';
        return text;
}

const char *path_text(const struct step *at, struct arena *a)
{
        const struct step *chain[PATH_STEPS];
        size_t n = 0;
        for (; at && n < PATH_STEPS; at = at->up)
                chain[n++] = at;
        const char *names = names_joined(chain, n, a);
        if (names)
                return names;
        struct buf b cleanup(buf_done);
        buf_init(&b);
        while (n-- > 0)
                add_step(&b, chain[n]);
        return arena_strndup(a, b.p, b.n);
}

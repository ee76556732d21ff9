// A row to a message: entries in the configuration's order, each from its first column that is not missing.
#include "connectors/sdk/mapping_plan.h"

static bool is_missing(const struct entry *e, struct slice text)
{
        if (!e->missing_given)
                return text.n == 0;
        for (size_t i = 0; i < e->conf.missing.count; i++) {
                if (slice_eq_str(text, e->conf.missing.items[i]))
                        return true;
        }
        return false;
}

// 0 there is a text, 1 missing.
static int pick(const struct entry *e, const struct slice *values, struct slice *text)
{
        if (e->conf.value) {
                *text = slice_str(e->conf.value);
                return 0;
        }
        for (size_t i = 0; i < e->column_count; i++) {
                *text = values[e->columns[i]];
                if (e->conf.trim)
                        *text = text_trim(*text);
                if (!is_missing(e, *text))
                        return 0;
        }
        return 1;
}

static int translate(const struct entry *e, struct slice *text, struct row_fault *f)
{
        if (e->conf.values.count == 0)
                return 0;
        for (size_t i = 0; i < e->conf.values.count; i++) {
                if (slice_eq_str(*text, e->conf.values.names[i])) {
                        *text = slice_str(e->conf.values.values[i]);
                        return 0;
                }
        }
        return row_fault_set(f, e->label, *text, "giá trị không có trong bảng chuyển đổi `values`",
                             "the value is not listed in `values`");
}

static int one_value(const struct entry *e, const struct field *field, struct slice text, struct arena *a,
                     struct val *out, struct row_fault *f)
{
        if (translate(e, &text, f) != 0)
                return 1;
        return convert_text(e, field, text, a, out, f);
}

// The next part before the separator, trimmed; false at the end.
static bool next_part(const struct entry *e, struct slice *rest, struct slice *part)
{
        if (rest->p == NULL)
                return false;
        const uint8_t *cut = e->split.n ? memmem(rest->p, rest->n, e->split.p, e->split.n) : NULL;
        *part = cut ? slice_of(rest->p, (size_t)(cut - rest->p)) : *rest;
        if (cut)
                *rest = slice_of(cut + e->split.n, rest->n - part->n - e->split.n);
        else
                rest->p = NULL;
        if (e->conf.trim)
                *part = text_trim(*part);
        return true;
}

static int many_values(const struct entry *e, const struct field *field, struct slice text, struct arena *a,
                       struct val *out, struct row_fault *f)
{
        struct slice rest = text, part;
        uint32_t parts = 0;
        while (next_part(e, &rest, &part))
                parts += part.n > 0;
        if (parts == 0)
                return 0;
        struct val *items = arena_zalloc(a, parts * sizeof(*items));
        uint32_t n = 0;
        for (rest = text; next_part(e, &rest, &part);) {
                if (part.n == 0)
                        continue;
                if (one_value(e, field, part, a, &items[n], f) != 0)
                        return 1;
                items[n++].set = true;
        }
        out->list = (struct list){ items, n };
        out->set = true;
        return 0;
}

static int fill(const struct entry *e, struct msg *m, struct slice text, struct arena *a, struct row_fault *f)
{
        for (unsigned i = 0; i + 1 < e->depth; i++) {
                struct val *v = &m->f[e->steps[i]->index];
                if (!v->set) {
                        v->m = msg_new(e->steps[i]->message, a);
                        v->set = true;
                }
                m = v->m;
        }
        const struct field *field = e->steps[e->depth - 1];
        struct val *v = &m->f[field->index];
        if (field->repeated)
                return many_values(e, field, text, a, v, f);
        if (one_value(e, field, text, a, v, f) != 0)
                return 1;
        v->set = true;
        return 0;
}

int mapping_row(const struct mapping *m, const struct slice *values, struct arena *a, struct msg **out,
                struct row_fault *f)
{
        struct msg *message = msg_new(m->root, a);
        for (size_t i = 0; i < m->count; i++) {
                const struct entry *e = &m->entries[i];
                struct slice text;
                if (pick(e, values, &text) == 0 && fill(e, message, text, a, f) != 0)
                        return 1;
        }
        *out = message;
        return 0;
}

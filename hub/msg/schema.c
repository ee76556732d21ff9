#include "hub/msg/schema_int.h"

#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/msg/rules.h"
#include "hub/msg/wire_int.h"

#define SCHEMA_BLOCK  (64 * 1024)
#define SCRATCH_BLOCK (256 * 1024)

#define FILE_SOURCE_INFO 9 // FileDescriptorProto.source_code_info

struct owned_schema {
        struct schema s; // first: what callers hold
        struct arena *a;
        struct kept_regex *regexes;
};

static void free_regexes(const struct kept_regex *k)
{
        for (; k; k = k->next)
                regex_free(k->regex);
}

// Appends one file's bytes without source information. The set has been unpacked, so it is well-formed.
static void add_file(struct buf *b, struct slice file)
{
        const uint8_t *p = file.p, *end = file.p + file.n;
        uint32_t tag;
        while (p < end) {
                const uint8_t *start = p;
                p = wire_tag(p, end, &tag);
                if (p == NULL || (p = wire_skip(tag, p, end)) == NULL)
                        return;
                if (tag >> 3 != FILE_SOURCE_INFO)
                        buf_add(b, start, (size_t)(p - start));
        }
}

static void fingerprint(struct slice set, uint8_t out[SHA256_SIZE])
{
        struct buf b cleanup(buf_done);
        buf_init(&b);
        struct slice file;
        while (schema_set_next(&set, &file))
                add_file(&b, file);
        struct digest *d = digest_new();
        digest_sha256(d, buf_slice(&b), out);
        digest_free(d);
}

static void compile(struct loader *ld, const char *message, struct schema *s)
{
        struct slice name = slice_str(message[0] == '.' ? message + 1 : message);
        struct type_entry *root = map_get(ld->types, name);
        if (root == NULL || root->message == NULL) {
                schema_problem(ld, NULL, -1, "message %.200s is not in the descriptor set", message);
                return;
        }
        s->root = schema_types_build(ld, root);
        if (ld->problem_count > 0)
                return;
        schema_check(ld);
        ld->sound = ld->problem_count == 0;
        if (!ld->sound || ld->trusted)
                return;
        schema_options(ld);
        rules_compile(ld);
        s->dataset = schema_dataset(ld, root);
        if (s->dataset)
                schema_check_dataset(ld);
}

// partial: a schema that is sound is given whatever problems it has.
static int load(struct slice set, const char *message, bool trusted, bool partial, struct schema **out,
                struct buf *problems)
{
        struct arena *a = arena_new(SCHEMA_BLOCK);
        struct owned_schema *owned = arena_zalloc(a, sizeof(*owned));
        struct loader ld = {
                .a = a, .scratch = arena_new(SCRATCH_BLOCK), .trusted = trusted, .problems = problems
        };

        owned->a = a;
        if (schema_set_open(&ld, set) == 0)
                compile(&ld, message, &owned->s);
        schema_set_close(&ld);
        arena_free(ld.scratch);
        if (ld.problem_count > SCHEMA_PROBLEMS_MAX)
                buf_printf(problems, "and %zu more problems\n", ld.problem_count - SCHEMA_PROBLEMS_MAX);
        if (ld.problem_count > 0 && !(partial && ld.sound)) {
                free_regexes(ld.regexes);
                arena_free(a);
                return 1;
        }
        owned->regexes = ld.regexes;
        owned->s.descriptor_set = arena_copy(a, set);
        fingerprint(set, owned->s.fingerprint);
        *out = &owned->s;
        return ld.problem_count > 0;
}

int schema_load(struct slice descriptor_set, const char *message, struct schema **out, struct buf *problems)
{
        return load(descriptor_set, message, false, false, out, problems);
}

int schema_examine(struct slice descriptor_set, const char *message, struct schema **out,
                   struct buf *problems)
{
        *out = NULL;
        return load(descriptor_set, message, false, true, out, problems);
}

int schema_load_trusted(struct slice descriptor_set, const char *message, struct schema **out,
                        struct buf *problems)
{
        return load(descriptor_set, message, true, false, out, problems);
}

struct schema *schema_free(struct schema *s)
{
        struct owned_schema *owned = (struct owned_schema *)s;
        if (owned) {
                free_regexes(owned->regexes);
                arena_free(owned->a);
        }
        return NULL;
}

static bool is_dataset(const struct type_entry *e, struct arena *scratch)
{
        struct slice ignored;
        return e->message->options &&
               pb_unknown(&e->message->options->base, OPTION_IOCHUB, scratch, &ignored);
}

// Depth first, as the file has them.
static void add_datasets(struct loader *ld, const Google__Protobuf__DescriptorProto *m, const char *prefix,
                         struct buf *names)
{
        const char *full =
            *prefix ? arena_printf(ld->scratch, "%s.%s", prefix, m->name ? m->name : "") : m->name;
        struct type_entry *e = full ? map_get(ld->types, slice_str(full)) : NULL;
        if (e == NULL || e->message == NULL)
                return;
        if (is_dataset(e, ld->scratch))
                buf_printf(names, "%s\n", full);
        for (size_t i = 0; i < m->n_nested_type; i++)
                add_datasets(ld, m->nested_type[i], full, names);
}

int schema_datasets(struct slice descriptor_set, struct buf *names)
{
        struct buf problems cleanup(buf_done);
        buf_init(&problems);
        struct loader ld = { .problems = &problems };
        ld.a = arena_new(SCHEMA_BLOCK);
        ld.scratch = arena_new(SCRATCH_BLOCK);
        int rc = schema_set_open(&ld, descriptor_set);
        if (rc == 0) {
                const Google__Protobuf__FileDescriptorProto *file = ld.set->file[ld.set->n_file - 1];
                for (size_t i = 0; i < file->n_message_type; i++)
                        add_datasets(&ld, file->message_type[i], file->package ? file->package : "", names);
        }
        schema_set_close(&ld);
        arena_free(ld.scratch);
        arena_free(ld.a);
        return rc;
}

const struct field *mtype_field(const struct mtype *t, uint32_t number)
{
        if (number < 64)
                return t->direct[number] ? &t->fields[t->direct[number] - 1] : NULL;
        size_t low = 0, high = t->count;
        while (low < high) {
                size_t middle = (low + high) / 2;
                if (t->fields[middle].number < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < t->count && t->fields[low].number == number ? &t->fields[low] : NULL;
}

const struct field *mtype_field_named(const struct mtype *t, struct slice name)
{
        for (size_t i = 0; i < t->count; i++)
                if (slice_eq_str(name, t->fields[i].name))
                        return &t->fields[i];
        return NULL;
}

const char *etype_name(const struct etype *t, int32_t number)
{
        for (size_t i = 0; i < t->count; i++)
                if (t->values[i].number == number)
                        return t->values[i].name;
        return NULL;
}

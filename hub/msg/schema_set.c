// Opens a descriptor set: checked by the wire reader's rules, unpacked by protobuf-c, indexed by full name.
// Source locations are indexed by path when a file is first asked for one.
#include "hub/msg/schema_int.h"

#include <ctype.h>
#include <stdio.h>

#include "hub/msg/wire_int.h"

#define SET_FILE       1                 // FileDescriptorSet.file
#define SET_ELEMENTS   (4 * 1024 * 1024) // weighed as in wire_check; ordinary sets of 4 MiB stay below
#define FULL_NAME_MAX  512
#define COMMENT_MAX    2000
#define PATH_MAX_STEPS 80

// Numbers of descriptor.proto's fields, as paths name them; MESSAGE_FIELD is the number of an enum's values,
// too.
enum { FILE_MESSAGE = 4, FILE_ENUM = 5, MESSAGE_FIELD = 2, MESSAGE_NESTED = 3, MESSAGE_ENUM = 4 };

static const char *package_of(const struct file_entry *file)
{
        return file->proto->package ? file->proto->package : "";
}

static struct type_entry *add_type(struct loader *ld, struct type_entry e, const char *name)
{
        struct type_entry *kept = arena_alloc(ld->scratch, sizeof(*kept));
        *kept = e;
        kept->features = e.parent ? e.parent->features : e.file->features;
        const char *prefix = e.parent ? e.parent->full_name : package_of(e.file);
        if (name == NULL || !schema_identifier(name)) {
                schema_problem(ld, kept, -1, "a type in `%s` has no proper name", prefix);
                return NULL;
        }
        kept->full_name = *prefix ? arena_printf(ld->a, "%s.%s", prefix, name) : arena_strdup(ld->a, name);
        if (strlen(kept->full_name) > FULL_NAME_MAX) {
                schema_problem(ld, kept, -1, "the name of type %.60s… is longer than %d bytes",
                               kept->full_name, FULL_NAME_MAX);
                return NULL;
        }
        if (map_set(ld->types, slice_str(kept->full_name), kept) != NULL)
                schema_problem(ld, kept, -1, "type %s is defined twice", kept->full_name);
        if (e.file->editions && e.message && e.message->options)
                schema_features(ld, kept, -1, &e.message->options->base, FEATURES_OF_MESSAGE,
                                &kept->features);
        if (e.file->editions && e.enumeration && e.enumeration->options)
                schema_features(ld, kept, -1, &e.enumeration->options->base, FEATURES_OF_ENUM,
                                &kept->features);
        return kept;
}

// Recursion is bounded by the check before unpacking.
static void index_message(struct loader *ld, struct type_entry e)
{
        const Google__Protobuf__DescriptorProto *m = e.message;
        const struct type_entry *self = add_type(ld, e, m->name);
        if (self == NULL)
                return;
        struct type_entry inner = { .file = e.file, .parent = self };
        for (size_t i = 0; i < m->n_nested_type; i++) {
                inner.index = (int32_t)i;
                inner.message = m->nested_type[i];
                index_message(ld, inner);
        }
        inner.message = NULL;
        for (size_t i = 0; i < m->n_enum_type; i++) {
                inner.index = (int32_t)i;
                inner.enumeration = m->enum_type[i];
                add_type(ld, inner, m->enum_type[i]->name);
        }
}

static bool proper_package(const char *p)
{
        char part[FULL_NAME_MAX];
        for (;;) {
                size_t n = strcspn(p, ".");
                if (n >= sizeof(part))
                        return false;
                memcpy(part, p, n);
                part[n] = '\0';
                if (!schema_identifier(part))
                        return false;
                if (p[n] == '\0')
                        return true;
                p += n + 1;
        }
}

static void index_file(struct loader *ld, struct file_entry *file, struct slice bytes)
{
        const Google__Protobuf__FileDescriptorProto *p = file->proto;
        struct type_entry e = { .file = file };

        schema_file_syntax(ld, file, bytes);
        if (*package_of(file) && !proper_package(package_of(file))) {
                schema_problem(ld, &e, -1, "the package is not a proper name");
                return;
        }
        for (size_t i = 0; i < p->n_message_type; i++) {
                e.index = (int32_t)i;
                e.message = p->message_type[i];
                index_message(ld, e);
        }
        e.message = NULL;
        for (size_t i = 0; i < p->n_enum_type; i++) {
                e.index = (int32_t)i;
                e.enumeration = p->enum_type[i];
                add_type(ld, e, p->enum_type[i]->name);
        }
}

static int check_set(struct loader *ld, struct slice set)
{
        static const struct wire_limits limits = { .elements = SET_ELEMENTS };
        struct fault f = { 0 };
        if (set.n > SCHEMA_SET_MAX) {
                schema_problem(ld, NULL, -1, "the descriptor set has %zu bytes, more than %d", set.n,
                               SCHEMA_SET_MAX);
                return 1;
        }
        if (!ld->trusted && wire_check(schema_builtin("google.protobuf.FileDescriptorSet"), set, &limits,
                                       ld->scratch, &f) != 0) {
                schema_problem(ld, NULL, -1, "not a descriptor set: %s (at `%s`)", f.items[0].text_en,
                               f.items[0].field);
                return 1;
        }
        return 0;
}

bool schema_set_next(struct slice *rest, struct slice *file)
{
        const uint8_t *p = rest->p, *end = rest->p + rest->n;
        uint32_t tag;
        while (p < end && (p = wire_tag(p, end, &tag)) != NULL) {
                const uint8_t *value = p;
                p = wire_skip(tag, p, end);
                if (p == NULL)
                        break;
                *rest = slice_of(p, (size_t)(end - p));
                if (tag == (SET_FILE << 3 | WIRE_BYTES))
                        return wire_bytes(value, end, file) != NULL;
        }
        return false;
}

int schema_set_open(struct loader *ld, struct slice set)
{
        if (check_set(ld, set))
                return 1;
        ProtobufCAllocator allocator = pb_allocator(ld->scratch);
        ld->set = google__protobuf__file_descriptor_set__unpack(&allocator, set.n, set.p);
        if (ld->set == NULL || ld->set->n_file == 0) {
                schema_problem(ld, NULL, -1, "not a descriptor set: %s",
                               ld->set ? "it holds no file" : "it cannot be unpacked");
                return 1;
        }
        ld->types = map_new();
        ld->files = arena_zalloc(ld->scratch, ld->set->n_file * sizeof(*ld->files));
        struct slice rest = set, bytes;
        for (size_t i = 0; i < ld->set->n_file && schema_set_next(&rest, &bytes); i++) {
                ld->files[i].proto = ld->set->file[i];
                index_file(ld, &ld->files[i], bytes);
        }
        return 0;
}

void schema_set_close(struct loader *ld)
{
        for (size_t i = 0; ld->files && i < ld->set->n_file; i++)
                map_free(ld->files[i].places);
        map_free(ld->types);
}

static struct map *index_places(const Google__Protobuf__FileDescriptorProto *p)
{
        struct map *places = map_new();
        for (size_t i = 0; p->source_code_info && i < p->source_code_info->n_location; i++) {
                Google__Protobuf__SourceCodeInfo__Location *l = p->source_code_info->location[i];
                if (l->n_path > 0 && l->n_path <= PATH_MAX_STEPS)
                        map_set(places, slice_of(l->path, l->n_path * sizeof(l->path[0])), l);
        }
        return places;
}

// The location of a type, or of one of its fields or values.
static const Google__Protobuf__SourceCodeInfo__Location *location(const struct type_entry *e, int field)
{
        int32_t path[PATH_MAX_STEPS];
        size_t at = PATH_MAX_STEPS;
        if (field >= 0) {
                path[--at] = field;
                path[--at] = MESSAGE_FIELD;
        }
        struct file_entry *file = e->file;
        if (e->message == NULL && e->enumeration == NULL)
                return NULL;
        for (; e && at >= 2; e = e->parent) {
                path[--at] = e->index;
                if (e->parent)
                        path[--at] = e->message ? MESSAGE_NESTED : MESSAGE_ENUM;
                else
                        path[--at] = e->message ? FILE_MESSAGE : FILE_ENUM;
        }
        if (file->places == NULL)
                file->places = index_places(file->proto);
        return map_get(file->places, slice_of(path + at, (PATH_MAX_STEPS - at) * sizeof(path[0])));
}

int schema_line(const struct type_entry *e, int field)
{
        const Google__Protobuf__SourceCodeInfo__Location *l = location(e, field);
        return l && l->n_span > 0 ? l->span[0] + 1 : 0;
}

// White space folded to single spaces, cut at COMMENT_MAX bytes between characters.
const char *schema_comment(struct loader *ld, const struct type_entry *e, int field)
{
        const Google__Protobuf__SourceCodeInfo__Location *l = location(e, field);
        const char *text = l ? l->leading_comments : NULL;
        if (l && (text == NULL || *text == '\0'))
                text = l->trailing_comments;
        if (text == NULL)
                return "";
        char out[COMMENT_MAX + 1];
        size_t n = 0;
        for (; *text && n < COMMENT_MAX - 4; text++) {
                if (!isspace((unsigned char)*text))
                        out[n++] = *text;
                else if (n > 0 && out[n - 1] != ' ')
                        out[n++] = ' ';
        }
        for (; ((unsigned char)*text & 0xc0) == 0x80; text++)
                out[n++] = *text;
        while (n > 0 && out[n - 1] == ' ')
                n--;
        // `Vietnamese |`, of which the second half has not been written, is one language alone.
        if (n > 2 && out[n - 1] == '|' && out[n - 2] == ' ')
                n -= 2;
        return arena_strndup(ld->a, out, n);
}

// Text from the descriptor set without what could disturb a terminal or add a line.
static void add_tame(struct buf *b, const char *text)
{
        for (; text && *text; text++)
                buf_add_char(b, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

void schema_problem(struct loader *ld, const struct type_entry *at, int field, const char *format, ...)
{
        if (++ld->problem_count > SCHEMA_PROBLEMS_MAX)
                return;
        char text[1024];
        va_list ap;
        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        if (at) {
                int line = schema_line(at, field);
                add_tame(ld->problems, at->file->proto->name);
                if (line > 0)
                        buf_printf(ld->problems, ":%d", line);
                buf_add_str(ld->problems, ": ");
        }
        add_tame(ld->problems, text);
        buf_add_char(ld->problems, '\n');
}

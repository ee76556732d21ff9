// The set of a twin: the structure's own files in their order (protoc puts imports first),
// iochub/v1/message.proto where they do not bring it, and the twin itself. Only what the entry imports,
// directly or not, becomes an entry.
#include "hub/msg/twin.h"

#include <stdarg.h>
#include <stdio.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "hub/base/text.h"
#include "hub/msg/pb.h"
#include "hub/msg/proto_text.h"
#include "hub/msg/proto_text_int.h"

#define MESSAGE_FILE "iochub/v1/message.proto"
#define TWIN_NAME    "DataMessage"
#define PATH_LONGEST 250
#define NONE         SIZE_MAX

// Types that every protobuf library has built in: nothing refers to them as entries.
static const char *const built_in[] = { "any",      "api",       "descriptor",
                                        "duration", "empty",     "field_mask",
                                        "struct",   "timestamp", "source_context",
                                        "type",     "wrappers",  "compiler/plugin" };

struct source {
        struct slice path, descriptor;
        bool built_in, needed;
        size_t *imports; // among the sources
        size_t import_count;
        size_t entry; // among the twin's files
};

struct maker {
        struct twin *t;
        struct arena *a;
        struct source *sources;
        size_t count;
        struct buf *problems;
        bool failed;
};

static void printf_like(3, 4) problem(struct maker *m, struct slice path, const char *format, ...)
{
        va_list ap;
        char text[512];
        m->failed = true;
        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        text_show(m->problems, path, PATH_LONGEST, "");
        buf_printf(m->problems, ": %s\n", text);
}

static bool is_built_in(struct slice path)
{
        static const char folder[] = "google/protobuf/", end[] = ".proto";
        const size_t a = sizeof(folder) - 1, b = sizeof(end) - 1;
        if (path.n <= a + b || memcmp(path.p, folder, a) != 0 || memcmp(path.p + path.n - b, end, b) != 0)
                return false;
        for (size_t i = 0; i < sizeof(built_in) / sizeof(*built_in); i++)
                if (slice_eq_str(slice_of(path.p + a, path.n - a - b), built_in[i]))
                        return true;
        return false;
}

static size_t find(const struct maker *m, struct slice path)
{
        for (size_t i = 0; i < m->count; i++)
                if (slice_eq(m->sources[i].path, path))
                        return i;
        return NONE;
}

static size_t count_pieces(struct slice bytes, uint32_t number)
{
        struct slice ignored;
        size_t n = 0;
        while (piece_find(&bytes, number, &ignored))
                n++;
        return n;
}

// Paths become names of subjects.
static bool path_is_proper(struct slice path)
{
        static const char end[] = ".proto";
        const size_t n = sizeof(end) - 1;
        if (path.n <= n || path.n > PATH_LONGEST || !text_is_utf8(path) ||
            memcmp(path.p + path.n - n, end, n) != 0)
                return false;
        for (size_t i = 0; i < path.n; i++)
                if (path.p[i] < 0x20 || path.p[i] == 0x7f)
                        return false;
        return true;
}

// Adds a file; its imports must be there already.
static void add_source(struct maker *m, struct slice descriptor)
{
        struct source s = { .descriptor = descriptor, .path = piece_bytes(descriptor, FILE_NAME) };
        struct slice left = descriptor, path;
        s.built_in = is_built_in(s.path);
        s.imports = arena_alloc(m->a, (count_pieces(descriptor, FILE_IMPORT) + 1) * sizeof(*s.imports));
        if (!path_is_proper(s.path))
                problem(m, s.path,
                        "a file of a structure needs a path that ends in .proto, of at most %d bytes",
                        PATH_LONGEST);
        else if (find(m, s.path) != NONE)
                problem(m, s.path, "this path stands twice in the set; give each file its own");
        while (!s.built_in && piece_find(&left, FILE_IMPORT, &path)) {
                size_t i = find(m, path);
                if (i != NONE)
                        s.imports[s.import_count++] = i;
                else
                        problem(m, s.path,
                                "the set does not hold the import %.*s before it; make the set with protoc "
                                "--include_imports",
                                (int)path.n, (const char *)path.p);
        }
        m->sources[m->count++] = s;
}

// Our own file and those it needs, where the set does not bring them.
static void add_own(struct maker *m, struct slice own)
{
        struct slice left = own, file;
        while (piece_find(&left, 1, &file)) {
                struct slice path = piece_bytes(file, FILE_NAME);
                if (find(m, path) == NONE && (is_built_in(path) || slice_eq_str(path, MESSAGE_FILE)))
                        add_source(m, file);
        }
}

// The file that declares the message, at its top level or inside another; its index, or NONE.
static size_t file_of(const struct maker *m, const char *message)
{
        for (size_t i = 0; i < m->count; i++) {
                struct slice package = piece_bytes(m->sources[i].descriptor, FILE_PACKAGE), type;
                struct slice left = m->sources[i].descriptor;
                size_t n = package.n ? package.n + 1 : 0;
                if (strlen(message) <= n ||
                    memcmp(message, package.n ? (const char *)package.p : "", package.n) != 0 ||
                    (n > 0 && message[n - 1] != '.'))
                        continue;
                size_t top = strcspn(message + n, ".");
                while (piece_find(&left, FILE_MESSAGE, &type))
                        if (slice_eq(piece_bytes(type, NAME), slice_of(message + n, top)))
                                return i;
        }
        return NONE;
}

// ---------------------------------------------------------------- the twin's own descriptor

static Google__Protobuf__FieldDescriptorProto field(const char *name, int32_t number, const char *type)
{
        Google__Protobuf__FieldDescriptorProto f = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__INIT;
        f.name = pb_borrow(name);
        f.json_name = pb_borrow(name);
        f.has_number = f.has_label = f.has_type = true;
        f.number = number;
        f.label = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_OPTIONAL;
        f.type = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE;
        f.type_name = pb_borrow(type);
        return f;
}

// `phan-anh` -> `phan_anh`
static char *as_name(struct arena *a, const char *dataset)
{
        char *name = arena_strdup(a, dataset);
        for (char *p = name; *p != '\0'; p++)
                if (*p == '-')
                        *p = '_';
        return name;
}

static struct slice twin_descriptor(struct maker *m, const char *message, const char *dataset,
                                    const char *name, struct slice message_path)
{
        Google__Protobuf__SourceCodeInfo__Location place = GOOGLE__PROTOBUF__SOURCE_CODE_INFO__LOCATION__INIT;
        Google__Protobuf__SourceCodeInfo__Location *places[] = { &place };
        Google__Protobuf__SourceCodeInfo info = GOOGLE__PROTOBUF__SOURCE_CODE_INFO__INIT;
        int32_t path[] = { FILE_SYNTAX }, span[] = { 0, 0, 0 };
        place.n_path = 1, place.path = path;
        place.n_span = 3, place.span = span;
        place.leading_comments = arena_printf(
            m->a,
            " iochub.v1.DataMessage with its data typed: the same bytes. Made by the hub for dataset %s.\n",
            dataset);
        info.n_location = 1, info.location = places;

        Google__Protobuf__FieldDescriptorProto header = field("header", 1, ".iochub.v1.Header");
        Google__Protobuf__FieldDescriptorProto data =
            field("data", 2, arena_printf(m->a, ".%s", message[0] == '.' ? message + 1 : message));
        Google__Protobuf__FieldDescriptorProto control = field("control", 3, ".iochub.v1.Control");
        Google__Protobuf__FieldDescriptorProto *fields[] = { &header, &data, &control };
        Google__Protobuf__DescriptorProto type = GOOGLE__PROTOBUF__DESCRIPTOR_PROTO__INIT,
                                          *types[] = { &type };
        type.name = pb_borrow(TWIN_NAME);
        type.n_field = 3, type.field = fields;

        Google__Protobuf__FileDescriptorProto file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
        char *imports[] = { pb_borrow(MESSAGE_FILE), arena_strndup(m->a, message_path.p, message_path.n) };
        file.name = arena_printf(m->a, "iochub/twin/%s.proto", name);
        file.package = arena_printf(m->a, "iochub.twin.%s", name);
        file.syntax = pb_borrow("proto3");
        file.n_dependency = slice_eq_str(message_path, MESSAGE_FILE) ? 1 : 2, file.dependency = imports;
        file.n_message_type = 1, file.message_type = types;
        file.source_code_info = &info;

        struct buf packed cleanup(buf_done) = { 0 };
        pb_pack(&file.base, &packed);
        return arena_copy(m->a, buf_slice(&packed));
}

// ---------------------------------------------------------------- entries

static void add_varint(struct buf *out, uint64_t v)
{
        for (; v >= 0x80; v >>= 7)
                buf_add_char(out, (char)(v | 0x80));
        buf_add_char(out, (char)v);
}

static void add_sized(struct buf *out, struct slice s)
{
        add_varint(out, s.n);
        buf_add_slice(out, s);
}

static void fingerprint(const struct maker *m, struct twin_file *f, struct digest *d)
{
        struct buf b cleanup(buf_done) = { 0 };
        struct slice left = f->descriptor;
        struct piece x;
        add_sized(&b, slice_str(f->path));
        while (left.n > 0) {
                const uint8_t *start = left.p;
                if (piece_next(&left, &x) != 1)
                        break;
                if (x.number != FILE_INFO)
                        buf_add(&b, start, (size_t)(left.p - start));
        }
        for (size_t i = 0; i < f->reference_count; i++)
                buf_add(&b, m->t->files[f->references[i]].fingerprint, SHA256_SIZE);
        digest_sha256(d, buf_slice(&b), f->fingerprint);
}

// From the entry backwards: imports stand before those who import them.
static void mark_needed(struct maker *m, size_t root)
{
        m->sources[root].needed = true;
        for (size_t i = root + 1; i-- > 0;)
                for (size_t k = 0; m->sources[i].needed && k < m->sources[i].import_count; k++)
                        m->sources[m->sources[i].imports[k]].needed = true;
}

static void add_entries(struct maker *m, size_t root)
{
        struct twin *t = m->t;
        struct digest *d = digest_new();
        t->files = arena_zalloc(m->a, m->count * sizeof(*t->files));
        for (size_t i = 0; i <= root; i++) {
                struct source *s = &m->sources[i];
                if (!s->needed || s->built_in)
                        continue;
                struct twin_file *f = &t->files[t->count];
                size_t *references = arena_alloc(m->a, (s->import_count + 1) * sizeof(*references));
                f->path = arena_strndup(m->a, s->path.p, s->path.n);
                f->descriptor = s->descriptor;
                f->references = references;
                for (size_t k = 0; k < s->import_count; k++)
                        if (!m->sources[s->imports[k]].built_in)
                                references[f->reference_count++] = m->sources[s->imports[k]].entry;
                fingerprint(m, f, d);
                s->entry = t->count++;
        }
        digest_free(d);
}

static void make_set(struct maker *m)
{
        struct buf set cleanup(buf_done) = { 0 };
        for (size_t i = 0; i < m->count; i++) {
                buf_add_char(&set, 1 << 3 | 2);
                add_sized(&set, m->sources[i].descriptor);
        }
        m->t->set = arena_copy(m->a, buf_slice(&set));
}

// The twin compiles: its names are nobody else's, and message.proto is what it should be.
static void check_twin(struct maker *m, const char *name)
{
        struct schema *s = NULL;
        if (schema_load(m->t->set, arena_printf(m->a, "iochub.twin.%s." TWIN_NAME, name), &s, m->problems) !=
            0)
                m->failed = true;
        schema_free(s);
}

static void make(struct maker *m, struct slice set, const char *message, const char *dataset)
{
        struct slice left = set, own = schema_own_descriptors(), file;
        const char *full = message[0] == '.' ? message + 1 : message;
        m->sources =
            arena_zalloc(m->a, (count_pieces(set, 1) + count_pieces(own, 1) + 1) * sizeof(*m->sources));
        while (piece_find(&left, 1, &file))
                add_source(m, file);
        if (dataset != NULL)
                add_own(m, own);
        size_t root = file_of(m, full);
        if (root == NONE)
                problem(m, slice_str(full), "no file of the set declares this message");
        if (m->failed)
                return;
        if (dataset != NULL) {
                const char *name = as_name(m->a, dataset);
                add_source(m, twin_descriptor(m, full, dataset, name, m->sources[root].path));
                root = m->count - 1;
                make_set(m);
                check_twin(m, name);
        } else {
                make_set(m);
        }
        if (m->failed)
                return;
        mark_needed(m, root);
        add_entries(m, root);
}

int twin_new(struct slice descriptor_set, const char *message, const char *dataset, struct twin **out,
             struct buf *problems)
{
        struct arena *a = arena_new(256 * 1024);
        struct twin *t = arena_zalloc(a, sizeof(*t));
        struct maker m = { .t = t, .a = a, .problems = problems };
        t->arena = a;
        make(&m, arena_copy(a, descriptor_set), message, dataset);
        if (m.failed) {
                arena_free(a);
                return 1;
        }
        *out = t;
        return 0;
}

struct twin *twin_free(struct twin *t)
{
        if (t != NULL)
                arena_free(t->arena);
        return NULL;
}

int twin_text(const struct twin *t, size_t file, struct buf *text, struct buf *problems)
{
        const char *path = t->files[file].path;
        if (proto_text_file(t->set, slice_str(path), text) == 0)
                return 0;
        text_show(problems, slice_str(path), PATH_LONGEST, "");
        buf_add_str(problems, ": it holds a group, which the registry cannot show; use a message field\n");
        return 1;
}

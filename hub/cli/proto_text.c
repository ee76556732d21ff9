// A .proto file written back from its descriptors, with its comments: compiled again, it gives the same
// descriptors.
#include <stdio.h>
#include <stdlib.h>

#include "hub/cli/proto_scan.h"
#include "hub/cli/schema.h"

// Field numbers of descriptor.proto.
enum {
        FILE_PACKAGE = 2,
        FILE_IMPORT = 3,
        FILE_MESSAGE = 4,
        FILE_ENUM = 5,
        FILE_OPTIONS = 8,
        FILE_INFO = 9,
        FILE_SYNTAX = 12
};
enum {
        TYPE_FIELD = 2,
        TYPE_NESTED = 3,
        TYPE_ENUM_INSIDE = 4,
        TYPE_OPTIONS = 7,
        TYPE_ONEOF = 8,
        TYPE_RESERVED = 9,
        TYPE_RESERVED_NAME = 10
};
enum {
        FIELD_NUMBER = 3,
        FIELD_LABEL = 4,
        FIELD_TYPE = 5,
        FIELD_TYPE_NAME = 6,
        FIELD_DEFAULT = 7,
        FIELD_OPTIONS = 8,
        FIELD_ONEOF = 9,
        FIELD_OPTIONAL = 17
};
enum { ENUM_VALUE = 2, ENUM_OPTIONS = 3, VALUE_NUMBER = 2, VALUE_OPTIONS = 3 };
enum { INFO_PATH = 1, INFO_LEADING = 3, INFO_TRAILING = 4 };
enum { NAME = 1, MAP_ENTRY = 7, LABEL_REQUIRED = 2, LABEL_REPEATED = 3 };
#define NESTED 16 // levels of messages inside messages

static const char *const type_words[] = {
        [TYPE_DOUBLE] = "double",     [TYPE_FLOAT] = "float",   [TYPE_INT64] = "int64",
        [TYPE_UINT64] = "uint64",     [TYPE_INT32] = "int32",   [TYPE_FIXED64] = "fixed64",
        [TYPE_FIXED32] = "fixed32",   [TYPE_BOOL] = "bool",     [TYPE_STRING] = "string",
        [TYPE_BYTES] = "bytes",       [TYPE_UINT32] = "uint32", [TYPE_SFIXED32] = "sfixed32",
        [TYPE_SFIXED64] = "sfixed64", [TYPE_SINT32] = "sint32", [TYPE_SINT64] = "sint64",
};

struct remark {
        struct slice leading, trailing;
};

static void indent(struct printer *p, size_t level)
{
        for (size_t i = 0; i < level; i++)
                buf_add_str(p->out, "        ");
}

// Options of a block that starts at this level.
static void option_lines(struct printer *p, const char *kind, struct slice options, size_t level)
{
        char before[NESTED * 8 + 32];

        snprintf(before, sizeof(before), "%*soption ", (int)(8 * (level + 1)), "");
        options_text(p, kind, options, before, ";\n");
}

static void name_text(struct printer *p, struct slice message)
{
        buf_add_slice(p->out, piece_bytes(message, NAME));
}

// Lines of a comment as protoc keeps them: each starts with the space behind the slashes.
static void comment_lines(struct printer *p, struct slice text, size_t level)
{
        while (text.n) {
                const uint8_t *end = memchr(text.p, '\n', text.n);
                size_t n = end ? (size_t)(end - text.p) : text.n;

                indent(p, level);
                buf_add_str(p->out, "//");
                buf_add(p->out, text.p, n);
                buf_add_char(p->out, '\n');
                text = slice_of(text.p + n + (end != NULL), text.n - n - (end != NULL));
        }
}

static void comment_text(struct printer *p, size_t level)
{
        const struct remark *r = map_get(p->comments, slice_of(p->path, p->depth * sizeof(*p->path)));

        if (!r)
                return;
        comment_lines(p, r->leading, level);
        comment_lines(p, r->trailing, level);
}

static void enter(struct printer *p, int32_t field, int32_t index)
{
        if (p->depth + 2 > PATH_MAX_PARTS) {
                p->damaged = true;
                return;
        }
        p->path[p->depth++] = field;
        p->path[p->depth++] = index;
}

static void leave(struct printer *p)
{
        p->depth -= p->depth >= 2 ? 2 : p->depth;
}

// Names of the file's own package are written short.
static void type_name_text(struct printer *p, struct slice name)
{
        size_t n = p->package.n;

        if (name.n && *name.p == '.')
                name = slice_of(name.p + 1, name.n - 1);
        if (n && name.n > n + 1 && memcmp(name.p, p->package.p, n) == 0 && name.p[n] == '.')
                name = slice_of(name.p + n + 1, name.n - n - 1);
        buf_add_slice(p->out, name);
}

static void field_type_text(struct printer *p, struct slice field)
{
        uint64_t type = piece_number(field, FIELD_TYPE);

        if (type < sizeof(type_words) / sizeof(*type_words) && type_words[type])
                buf_add_str(p->out, type_words[type]);
        else
                type_name_text(p, piece_bytes(field, FIELD_TYPE_NAME));
}

// The map entry that the field's type is, inside its message; empty where it is no map.
static struct slice map_entry_of(struct slice message, struct slice field)
{
        struct slice type = piece_bytes(field, FIELD_TYPE_NAME);
        struct piece x;

        while (piece_next(&message, &x) == 1) {
                struct slice name =
                    x.number == TYPE_NESTED && x.wire == 2 ? piece_bytes(x.s, NAME) : slice_of(NULL, 0);

                if (name.n && type.n > name.n && type.p[type.n - name.n - 1] == '.' &&
                    memcmp(type.p + type.n - name.n, name.p, name.n) == 0 &&
                    piece_number(piece_bytes(x.s, TYPE_OPTIONS), MAP_ENTRY))
                        return x.s;
        }
        return slice_of(NULL, 0);
}

static void label_text(struct printer *p, struct slice field)
{
        uint64_t label = piece_number(field, FIELD_LABEL);

        if (label == LABEL_REPEATED)
                buf_add_str(p->out, "repeated ");
        else if (label == LABEL_REQUIRED)
                buf_add_str(p->out, "required ");
        else if (piece_number(field, FIELD_OPTIONAL) || (p->proto2 && !piece_has(field, FIELD_ONEOF)))
                buf_add_str(p->out, "optional ");
}

static void default_text(struct printer *p, struct slice field)
{
        uint64_t type = piece_number(field, FIELD_TYPE);
        struct slice text = piece_bytes(field, FIELD_DEFAULT);
        bool quotes = type == TYPE_STRING || type == TYPE_BYTES;

        if (!piece_has(field, FIELD_DEFAULT))
                return;
        buf_printf(p->out, "default = %s%.*s%s, ", quotes ? "\"" : "", (int)text.n, (const char *)text.p,
                   quotes ? "\"" : "");
}

static void bracketed_options(struct printer *p, const char *kind, struct slice field, struct slice options)
{
        size_t start = p->out->n;

        buf_add_str(p->out, " [");
        if (kind[0] == 'F')
                default_text(p, field);
        options_text(p, kind, options, "", ", ");
        if (p->out->n == start + 2) {
                p->out->n = start;
                return;
        }
        p->out->n -= 2;
        buf_add_char(p->out, ']');
}

static void field_text(struct printer *p, struct slice message, struct slice field, int32_t index,
                       size_t level)
{
        struct slice entry = map_entry_of(message, field);
        struct piece x;

        enter(p, TYPE_FIELD, index);
        comment_text(p, level);
        indent(p, level);
        if (entry.n) {
                buf_add_str(p->out, "map<");
                for (size_t k = 0; piece_next(&entry, &x) == 1;)
                        if (x.number == TYPE_FIELD && x.wire == 2) {
                                buf_add_str(p->out, k++ ? ", " : "");
                                field_type_text(p, x.s);
                        }
                buf_add_char(p->out, '>');
        } else {
                label_text(p, field);
                field_type_text(p, field);
        }
        buf_add_char(p->out, ' ');
        name_text(p, field);
        buf_printf(p->out, " = %d", (int)piece_number(field, FIELD_NUMBER));
        bracketed_options(p, "FieldOptions", field, piece_bytes(field, FIELD_OPTIONS));
        buf_add_str(p->out, ";\n");
        leave(p);
}

static void enum_text(struct printer *p, struct slice e, size_t level)
{
        struct slice left = e;
        struct piece x;
        int32_t index = 0;

        comment_text(p, level);
        indent(p, level);
        buf_add_str(p->out, "enum ");
        name_text(p, e);
        buf_add_str(p->out, " {\n");
        option_lines(p, "EnumOptions", piece_bytes(e, ENUM_OPTIONS), level);
        while (piece_next(&left, &x) == 1) {
                if (x.number != ENUM_VALUE || x.wire != 2)
                        continue;
                enter(p, ENUM_VALUE, index++);
                comment_text(p, level + 1);
                indent(p, level + 1);
                name_text(p, x.s);
                buf_printf(p->out, " = %d", (int)(int64_t)piece_number(x.s, VALUE_NUMBER));
                bracketed_options(p, "EnumValueOptions", x.s, piece_bytes(x.s, VALUE_OPTIONS));
                buf_add_str(p->out, ";\n");
                leave(p);
        }
        indent(p, level);
        buf_add_str(p->out, "}\n");
}

// A real oneof's index, or -1: the one that protoc makes for `optional` is none.
static int64_t oneof_of(struct slice field)
{
        if (!piece_has(field, FIELD_ONEOF) || piece_number(field, FIELD_OPTIONAL))
                return -1;
        return (int64_t)piece_number(field, FIELD_ONEOF);
}

static void oneof_text(struct printer *p, struct slice message, int64_t oneof, size_t level)
{
        struct slice left = message;
        struct piece x;
        int32_t at = 0, index = 0;

        while (piece_next(&left, &x) == 1) {
                if (x.number != TYPE_ONEOF || at++ != oneof)
                        continue;
                enter(p, TYPE_ONEOF, (int32_t)oneof);
                comment_text(p, level);
                leave(p);
                indent(p, level);
                buf_add_str(p->out, "oneof ");
                name_text(p, x.s);
                buf_add_str(p->out, " {\n");
                option_lines(p, "OneofOptions", piece_bytes(x.s, 2), level);
        }
        for (left = message; piece_next(&left, &x) == 1;) {
                if (x.number != TYPE_FIELD || x.wire != 2)
                        continue;
                if (oneof_of(x.s) == oneof)
                        field_text(p, message, x.s, index, level + 1);
                index++;
        }
        indent(p, level);
        buf_add_str(p->out, "}\n");
}

static void reserved_text(struct printer *p, struct slice message, size_t level)
{
        struct piece x;

        while (piece_next(&message, &x) == 1) {
                int64_t from, to;

                if (x.wire != 2 || (x.number != TYPE_RESERVED && x.number != TYPE_RESERVED_NAME))
                        continue;
                indent(p, level);
                if (x.number == TYPE_RESERVED_NAME) {
                        buf_printf(p->out, "reserved \"%.*s\";\n", (int)x.s.n, (const char *)x.s.p);
                        continue;
                }
                // The end stands behind the last one.
                from = (int64_t)piece_number(x.s, 1);
                to = (int64_t)piece_number(x.s, 2) - 1;
                if (from == to)
                        buf_printf(p->out, "reserved %lld;\n", (long long)from);
                else
                        buf_printf(p->out, "reserved %lld to %lld;\n", (long long)from, (long long)to);
        }
}

static void message_text(struct printer *p, struct slice message, size_t level);

static void nested_text(struct printer *p, struct slice message, size_t level)
{
        struct slice left = message;
        int32_t types = 0, enums = 0;
        struct piece x;

        while (piece_next(&left, &x) == 1) {
                if (x.wire != 2 || (x.number != TYPE_NESTED && x.number != TYPE_ENUM_INSIDE))
                        continue;
                enter(p, (int32_t)x.number, x.number == TYPE_NESTED ? types++ : enums++);
                if (x.number == TYPE_ENUM_INSIDE)
                        enum_text(p, x.s, level);
                else if (!piece_number(piece_bytes(x.s, TYPE_OPTIONS), MAP_ENTRY))
                        message_text(p, x.s, level);
                leave(p);
        }
}

static void message_text(struct printer *p, struct slice message, size_t level)
{
        struct slice left = message;
        int64_t oneof, shown = -1;
        int32_t index = 0;
        struct piece x;

        if (level > NESTED) {
                p->damaged = true;
                return;
        }
        comment_text(p, level);
        indent(p, level);
        buf_add_str(p->out, "message ");
        name_text(p, message);
        buf_add_str(p->out, " {\n");
        option_lines(p, "MessageOptions", piece_bytes(message, TYPE_OPTIONS), level);
        nested_text(p, message, level + 1);
        while (piece_next(&left, &x) == 1) {
                if (x.number != TYPE_FIELD || x.wire != 2)
                        continue;
                oneof = oneof_of(x.s);
                if (oneof < 0)
                        field_text(p, message, x.s, index, level + 1);
                else if (oneof > shown)
                        oneof_text(p, message, shown = oneof, level + 1);
                index++;
        }
        reserved_text(p, message, level + 1);
        indent(p, level);
        buf_add_str(p->out, "}\n");
}

static void comments_read(struct printer *p)
{
        struct slice left = piece_bytes(p->file, FILE_INFO);
        struct piece x;

        while (piece_next(&left, &x) == 1) {
                struct remark r = { piece_bytes(x.s, INFO_LEADING), piece_bytes(x.s, INFO_TRAILING) };
                struct slice packed = piece_bytes(x.s, INFO_PATH);
                int32_t path[PATH_MAX_PARTS];
                size_t n = 0;

                if (x.number != 1 || (!r.leading.n && !r.trailing.n))
                        continue;
                for (uint64_t v = 0, shift = 0; packed.n && n < PATH_MAX_PARTS;
                     packed = slice_of(packed.p + 1, packed.n - 1)) {
                        v |= (uint64_t)(*packed.p & 0x7f) << shift;
                        shift = *packed.p & 0x80 && shift < 56 ? shift + 7 : 0;
                        if (shift == 0) {
                                path[n++] = (int32_t)v;
                                v = 0;
                        }
                }
                struct remark *kept = arena_alloc(p->arena, sizeof(*kept));
                *kept = r;
                map_set(p->comments, slice_of(path, n * sizeof(*path)), kept);
        }
}

static void file_text(struct printer *p)
{
        struct slice left = p->file, syntax = piece_bytes(p->file, FILE_SYNTAX);
        int32_t messages = 0, enums = 0;
        struct piece x;

        p->path[0] = FILE_SYNTAX;
        p->depth = 1;
        comment_text(p, 0);
        p->depth = 0;
        buf_printf(p->out, "syntax = \"%.*s\";\n", syntax.n ? (int)syntax.n : 6,
                   syntax.n ? (const char *)syntax.p : "proto2");
        if (p->package.n)
                buf_printf(p->out, "\npackage %.*s;\n", (int)p->package.n, (const char *)p->package.p);
        for (size_t count = 0; piece_next(&left, &x) == 1;)
                if (x.number == FILE_IMPORT)
                        buf_printf(p->out, "%simport \"%.*s\";\n", count++ ? "" : "\n", (int)x.s.n,
                                   (const char *)x.s.p);
        options_text(p, "FileOptions", piece_bytes(p->file, FILE_OPTIONS), "option ", ";\n");
        for (left = p->file; piece_next(&left, &x) == 1;) {
                if (x.wire != 2 || (x.number != FILE_MESSAGE && x.number != FILE_ENUM))
                        continue;
                buf_add_char(p->out, '\n');
                enter(p, (int32_t)x.number, x.number == FILE_MESSAGE ? messages++ : enums++);
                x.number == FILE_MESSAGE ? message_text(p, x.s, 0) : enum_text(p, x.s, 0);
                leave(p);
        }
}

// A file that declares the message at its top level.
static bool file_holds(struct slice file, const char *message)
{
        struct slice package = piece_bytes(file, FILE_PACKAGE), left = file, name;
        size_t n = package.n ? package.n + 1 : 0;
        struct piece x;

        if (strlen(message) <= n ||
            memcmp(message, package.p ? package.p : (const uint8_t *)"", package.n) != 0)
                return false;
        while (piece_next(&left, &x) == 1) {
                if (x.number != FILE_MESSAGE || x.wire != 2)
                        continue;
                name = piece_bytes(x.s, NAME);
                if (slice_eq_str(name, message + n))
                        return true;
        }
        return false;
}

int proto_text(struct slice descriptor_set, const char *message, struct buf *out)
{
        struct printer p = { .set = descriptor_set,
                             .out = out,
                             .arena = arena_new(64 << 10),
                             .comments = map_new(),
                             .types = map_new() };
        struct slice left = descriptor_set, key;
        struct piece x;
        size_t at = 0;
        void *value;
        int more;

        while ((more = piece_next(&left, &x)) == 1)
                if (x.number == 1 && x.wire == 2 && file_holds(x.s, message))
                        p.file = x.s;
        p.damaged = more < 0 || p.file.n == 0;
        if (!p.damaged) {
                p.package = piece_bytes(p.file, FILE_PACKAGE);
                p.proto2 = !piece_has(p.file, FILE_SYNTAX);
                comments_read(&p);
                file_text(&p);
        }
        while (map_next(p.types, &at, &key, &value))
                schema_free(value);
        map_free(p.types);
        map_free(p.comments);
        arena_free(p.arena);
        return p.damaged;
}

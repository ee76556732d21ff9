// The file: syntax, package, imports, options, and its declarations in the order of their descriptors.
#include "hub/msg/proto_text.h"

#include <stdio.h>

#include "hub/msg/proto_text_int.h"

enum { INFO_PATH = 1, INFO_LEADING = 3, INFO_TRAILING = 4 };
enum { SERVICE_METHOD = 2, SERVICE_OPTIONS, METHOD_INPUT = 2, METHOD_OUTPUT, METHOD_OPTIONS };
enum { METHOD_CLIENT_STREAM = 5, METHOD_SERVER_STREAM };
#define EDITION_2023 1000

struct remark {
        struct slice leading, trailing;
};

void printer_indent(struct printer *p, size_t level)
{
        for (size_t i = 0; i < level; i++)
                buf_add_str(p->out, "        ");
}

// Lines of a comment as protoc keeps them: each starts with the space behind the slashes.
static void comment_lines(struct printer *p, struct slice text, size_t level)
{
        while (text.n) {
                const uint8_t *end = memchr(text.p, '\n', text.n);
                size_t n = end ? (size_t)(end - text.p) : text.n;

                printer_indent(p, level);
                buf_add_str(p->out, "//");
                buf_add(p->out, text.p, n);
                buf_add_char(p->out, '\n');
                text = slice_of(text.p + n + (end != NULL), text.n - n - (end != NULL));
        }
}

void printer_comment(struct printer *p, size_t level)
{
        const struct remark *r = map_get(p->comments, slice_of(p->path, p->depth * sizeof(*p->path)));

        if (!r)
                return;
        comment_lines(p, r->leading, level);
        comment_lines(p, r->trailing, level);
}

void printer_enter(struct printer *p, int32_t field, int32_t index)
{
        if (p->depth + 2 > PATH_MAX_PARTS) {
                p->damaged = true;
                return;
        }
        p->path[p->depth++] = field;
        p->path[p->depth++] = index;
}

void printer_leave(struct printer *p)
{
        p->depth -= p->depth >= 2 ? 2 : p->depth;
}

static void comments_read(struct printer *p)
{
        struct slice left = piece_bytes(p->file, FILE_INFO), place;

        while (piece_find(&left, 1, &place)) {
                struct remark r = { piece_bytes(place, INFO_LEADING), piece_bytes(place, INFO_TRAILING) };
                struct slice packed = piece_bytes(place, INFO_PATH);
                int32_t path[PATH_MAX_PARTS];
                size_t n = 0;

                if (!r.leading.n && !r.trailing.n)
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

static void add_name(struct map *m, struct slice name)
{
        if (name.n)
                map_set(m, name, m);
}

static void nested_names(struct printer *p, struct slice message, unsigned depth)
{
        struct piece x;

        while (depth < NESTED_MAX && piece_next(&message, &x) == 1) {
                if (x.wire != 2 || (x.number != TYPE_NESTED && x.number != TYPE_ENUM_INSIDE))
                        continue;
                add_name(p->nested, piece_bytes(x.s, NAME));
                add_name(p->first, piece_bytes(x.s, NAME));
                if (x.number == TYPE_NESTED)
                        nested_names(p, x.s, depth + 1);
        }
}

// protoc looks a name up from the inside out by its first part: where a type, or a package inside another,
// has that part as its name, a full name needs a dot in front.
static void names_read(struct printer *p)
{
        struct slice files = p->set, file, left;
        struct piece x;

        while (piece_find(&files, 1, &file)) {
                struct slice package = piece_bytes(file, FILE_PACKAGE);

                for (const uint8_t *dot; (dot = package.n ? memchr(package.p, '.', package.n) : NULL);) {
                        package = slice_of(dot + 1, package.n - (size_t)(dot - package.p) - 1);
                        const uint8_t *end = memchr(package.p, '.', package.n);
                        add_name(p->first, end ? slice_of(package.p, (size_t)(end - package.p)) : package);
                }
                for (left = file; piece_next(&left, &x) == 1;)
                        if (x.wire == 2 && (x.number == FILE_MESSAGE || x.number == FILE_ENUM))
                                add_name(p->first, piece_bytes(x.s, NAME));
        }
        for (left = p->file; piece_find(&left, FILE_MESSAGE, &file);)
                nested_names(p, file, 0);
}

static void syntax_text(struct printer *p)
{
        struct slice syntax = piece_bytes(p->file, FILE_SYNTAX);

        p->path[0] = FILE_SYNTAX;
        p->depth = 1;
        printer_comment(p, 0);
        p->depth = 0;
        p->syntax = slice_eq_str(syntax, "proto3")     ? SYNTAX_PROTO3
                    : slice_eq_str(syntax, "editions") ? SYNTAX_EDITIONS
                                                       : SYNTAX_PROTO2;
        if (p->syntax != SYNTAX_EDITIONS)
                buf_printf(p->out, "syntax = \"proto%d\";\n", p->syntax == SYNTAX_PROTO2 ? 2 : 3);
        else if (piece_number(p->file, FILE_EDITION) >= EDITION_2023)
                buf_printf(p->out, "edition = \"%d\";\n",
                           2023 + (int)(piece_number(p->file, FILE_EDITION) - EDITION_2023));
        else
                p->damaged = true;
}

static bool import_is(struct slice file, uint32_t kind, uint64_t index)
{
        struct piece x;

        while (piece_next(&file, &x) == 1)
                if (x.number == kind && x.wire == 0 && x.v == index)
                        return true;
        return false;
}

static void imports_text(struct printer *p)
{
        struct slice left = p->file, name;

        for (uint64_t i = 0; piece_find(&left, FILE_IMPORT, &name); i++)
                buf_printf(p->out, "%simport %s\"%.*s\";\n", i ? "" : "\n",
                           import_is(p->file, FILE_PUBLIC, i) ? "public "
                           : import_is(p->file, FILE_WEAK, i) ? "weak "
                                                              : "",
                           (int)name.n, (const char *)name.p);
}

static void method_text(struct printer *p, struct slice m)
{
        struct slice name = piece_bytes(m, NAME), options = piece_bytes(m, METHOD_OPTIONS);

        printer_comment(p, 1);
        printer_indent(p, 1);
        buf_printf(p->out, "rpc %.*s(%s", (int)name.n, (const char *)name.p,
                   piece_number(m, METHOD_CLIENT_STREAM) ? "stream " : "");
        printer_type_name(p, piece_bytes(m, METHOD_INPUT));
        buf_printf(p->out, ") returns (%s", piece_number(m, METHOD_SERVER_STREAM) ? "stream " : "");
        printer_type_name(p, piece_bytes(m, METHOD_OUTPUT));
        if (options.n == 0) {
                buf_add_str(p->out, ");\n");
                return;
        }
        buf_add_str(p->out, ") {\n");
        printer_option_lines(p, "MethodOptions", options, 1);
        printer_indent(p, 1);
        buf_add_str(p->out, "}\n");
}

static void service_text(struct printer *p, struct slice s)
{
        struct slice name = piece_bytes(s, NAME), left = s, method;

        printer_comment(p, 0);
        buf_printf(p->out, "service %.*s {\n", (int)name.n, (const char *)name.p);
        printer_option_lines(p, "ServiceOptions", piece_bytes(s, SERVICE_OPTIONS), 0);
        for (int32_t i = 0; piece_find(&left, SERVICE_METHOD, &method); i++) {
                printer_enter(p, SERVICE_METHOD, i);
                method_text(p, method);
                printer_leave(p);
        }
        buf_add_str(p->out, "}\n");
}

static void declarations_text(struct printer *p, uint32_t number,
                              void (*print)(struct printer *p, struct slice declaration))
{
        struct slice left = p->file, declaration;

        for (int32_t i = 0; piece_find(&left, number, &declaration); i++) {
                buf_add_char(p->out, '\n');
                printer_enter(p, (int32_t)number, i);
                print(p, declaration);
                printer_leave(p);
        }
}

static void message_of_file(struct printer *p, struct slice message)
{
        printer_message(p, message, 0);
}

static void enum_of_file(struct printer *p, struct slice e)
{
        printer_enum(p, e, 0);
}

static void file_text(struct printer *p)
{
        size_t before;

        syntax_text(p);
        if (p->package.n)
                buf_printf(p->out, "\npackage %.*s;\n", (int)p->package.n, (const char *)p->package.p);
        imports_text(p);
        before = p->out->n;
        buf_add_char(p->out, '\n');
        if (options_text(p, "FileOptions", piece_bytes(p->file, FILE_OPTIONS), "option ", ";\n") == 0)
                p->out->n = before;
        printer_extensions(p, p->file, FILE_EXTENSION, 0);
        declarations_text(p, FILE_MESSAGE, message_of_file);
        declarations_text(p, FILE_ENUM, enum_of_file);
        declarations_text(p, FILE_SERVICE, service_text);
}

// A file that declares the message at its top level.
static bool file_holds(struct slice file, const char *message)
{
        struct slice package = piece_bytes(file, FILE_PACKAGE), type;
        size_t n = package.n ? package.n + 1 : 0;

        if (strlen(message) <= n ||
            memcmp(message, package.p ? package.p : (const uint8_t *)"", package.n) != 0 ||
            (n > 0 && message[n - 1] != '.'))
                return false;
        while (piece_find(&file, FILE_MESSAGE, &type))
                if (slice_eq_str(piece_bytes(type, NAME), message + n))
                        return true;
        return false;
}

static int print_file(struct slice set, struct slice file, struct buf *out)
{
        struct printer p = { .set = set,
                             .file = file,
                             .package = piece_bytes(file, FILE_PACKAGE),
                             .out = out,
                             .arena = arena_new(64 << 10),
                             .comments = map_new(),
                             .types = map_new(),
                             .nested = map_new(),
                             .first = map_new() };
        struct slice key;
        size_t at = 0;
        void *value;

        comments_read(&p);
        names_read(&p);
        file_text(&p);
        while (map_next(p.types, &at, &key, &value))
                schema_free(value);
        map_free(p.types);
        map_free(p.comments);
        map_free(p.nested);
        map_free(p.first);
        arena_free(p.arena);
        return p.damaged;
}

int proto_text_file(struct slice descriptor_set, struct slice name, struct buf *out)
{
        struct slice left = descriptor_set, file;

        while (piece_find(&left, 1, &file))
                if (slice_eq(piece_bytes(file, FILE_NAME), name))
                        return print_file(descriptor_set, file, out);
        return 1;
}

int proto_text(struct slice descriptor_set, const char *message, struct buf *out)
{
        struct slice left = descriptor_set, file;

        while (piece_find(&left, 1, &file))
                if (file_holds(file, message))
                        return print_file(descriptor_set, file, out);
        return 1;
}

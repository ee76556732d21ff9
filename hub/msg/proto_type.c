// Messages, enums, fields and extensions as .proto text.
#include <stdio.h>

#include "hub/msg/proto_text_int.h"

#define ENUM_NUMBER_MAX  0x7fffffffLL
#define FIELD_NUMBER_MAX 536870911LL

static const char *const type_words[] = {
        [TYPE_DOUBLE] = "double",     [TYPE_FLOAT] = "float",   [TYPE_INT64] = "int64",
        [TYPE_UINT64] = "uint64",     [TYPE_INT32] = "int32",   [TYPE_FIXED64] = "fixed64",
        [TYPE_FIXED32] = "fixed32",   [TYPE_BOOL] = "bool",     [TYPE_STRING] = "string",
        [TYPE_BYTES] = "bytes",       [TYPE_UINT32] = "uint32", [TYPE_SFIXED32] = "sfixed32",
        [TYPE_SFIXED64] = "sfixed64", [TYPE_SINT32] = "sint32", [TYPE_SINT64] = "sint64",
};

void printer_option_lines(struct printer *p, const char *kind, struct slice options, size_t level)
{
        char before[NESTED_MAX * 8 + 32];

        snprintf(before, sizeof(before), "%*soption ", (int)(8 * (level + 1)), "");
        options_text(p, kind, options, before, ";\n");
}

static void name_text(struct printer *p, struct slice message)
{
        buf_add_slice(p->out, piece_bytes(message, NAME));
}

static struct slice first_part(struct slice name)
{
        const uint8_t *dot = name.n ? memchr(name.p, '.', name.n) : NULL;

        return dot ? slice_of(name.p, (size_t)(dot - name.p)) : name;
}

// Names of the file's own package are written short where that cannot be taken for another type.
void printer_type_name(struct printer *p, struct slice name)
{
        size_t n = p->package.n;

        if (name.n && *name.p == '.')
                name = slice_of(name.p + 1, name.n - 1);
        if (name.n > n + (n > 0) && (n == 0 || (memcmp(name.p, p->package.p, n) == 0 && name.p[n] == '.'))) {
                struct slice local = slice_of(name.p + n + (n > 0), name.n - n - (n > 0));

                if (map_get(p->nested, first_part(local)) == NULL) {
                        buf_add_slice(p->out, local);
                        return;
                }
        }
        if (map_get(p->first, first_part(name)) != NULL)
                buf_add_char(p->out, '.');
        buf_add_slice(p->out, name);
}

static void field_type_text(struct printer *p, struct slice field)
{
        uint64_t type = piece_number(field, FIELD_TYPE);

        p->damaged |= type == TYPE_GROUP;
        if (type < sizeof(type_words) / sizeof(*type_words) && type_words[type])
                buf_add_str(p->out, type_words[type]);
        else
                printer_type_name(p, piece_bytes(field, FIELD_TYPE_NAME));
}

// The map entry that the field's type is, inside its message; empty where it is no map.
static struct slice map_entry_of(struct slice message, struct slice field)
{
        struct slice type = piece_bytes(field, FIELD_TYPE_NAME), nested;

        while (piece_find(&message, TYPE_NESTED, &nested)) {
                struct slice name = piece_bytes(nested, NAME);

                if (name.n && type.n > name.n && type.p[type.n - name.n - 1] == '.' &&
                    memcmp(type.p + type.n - name.n, name.p, name.n) == 0 &&
                    piece_number(piece_bytes(nested, TYPE_OPTIONS), MAP_ENTRY))
                        return nested;
        }
        return slice_of(NULL, 0);
}

static void label_text(struct printer *p, struct slice field)
{
        uint64_t label = piece_number(field, FIELD_LABEL);
        bool in_oneof = piece_has(field, FIELD_ONEOF);

        if (label == LABEL_REPEATED)
                buf_add_str(p->out, "repeated ");
        else if (p->syntax == SYNTAX_EDITIONS) // presence is a feature there
                return;
        else if (label == LABEL_REQUIRED)
                buf_add_str(p->out, "required ");
        else if (piece_number(field, FIELD_OPTIONAL) || (p->syntax == SYNTAX_PROTO2 && !in_oneof))
                buf_add_str(p->out, "optional ");
}

// As descriptor.proto keeps defaults: text as it is, bytes C-escaped already, the rest as written.
static void default_text(struct printer *p, struct slice field)
{
        uint64_t type = piece_number(field, FIELD_TYPE);
        struct slice text = piece_bytes(field, FIELD_DEFAULT);

        if (!piece_has(field, FIELD_DEFAULT))
                return;
        buf_add_str(p->out, "default = ");
        if (type == TYPE_STRING)
                options_quoted(p->out, text);
        else
                buf_printf(p->out, "%s%.*s%s", type == TYPE_BYTES ? "\"" : "", (int)text.n,
                           (const char *)text.p, type == TYPE_BYTES ? "\"" : "");
        buf_add_str(p->out, ", ");
}

// A JSON name that is not the one protoc makes of the field's.
static void json_name_text(struct printer *p, struct slice field)
{
        struct slice name = piece_bytes(field, NAME), json = piece_bytes(field, FIELD_JSON);
        size_t at = 0;
        bool upper = false, same = true;

        for (size_t i = 0; i < name.n && same; i++) {
                uint8_t c = name.p[i];

                if (c == '_') {
                        upper = true;
                        continue;
                }
                if (upper && c >= 'a' && c <= 'z')
                        c = (uint8_t)(c - 'a' + 'A');
                upper = false;
                same = at < json.n && json.p[at++] == c;
        }
        if (!piece_has(field, FIELD_JSON) || piece_has(field, FIELD_EXTENDEE) || (same && at == json.n))
                return;
        buf_add_str(p->out, "json_name = ");
        options_quoted(p->out, json);
        buf_add_str(p->out, ", ");
}

// `declaration` is a field or an enum value.
static void bracketed_options(struct printer *p, const char *kind, struct slice declaration,
                              struct slice options)
{
        size_t start = p->out->n;

        buf_add_str(p->out, " [");
        if (kind[0] == 'F') {
                default_text(p, declaration);
                json_name_text(p, declaration);
        }
        options_text(p, kind, options, "", ", ");
        if (p->out->n == start + 2) {
                p->out->n = start;
                return;
        }
        p->out->n -= 2;
        buf_add_char(p->out, ']');
}

static void map_type_text(struct printer *p, struct slice entry)
{
        struct slice field;

        buf_add_str(p->out, "map<");
        for (size_t k = 0; piece_find(&entry, TYPE_FIELD, &field);) {
                buf_add_str(p->out, k++ ? ", " : "");
                field_type_text(p, field);
        }
        buf_add_char(p->out, '>');
}

static void field_line(struct printer *p, struct slice message, struct slice field, size_t level)
{
        struct slice entry = map_entry_of(message, field);

        printer_comment(p, level);
        printer_indent(p, level);
        if (entry.n) {
                map_type_text(p, entry);
        } else {
                label_text(p, field);
                field_type_text(p, field);
        }
        buf_add_char(p->out, ' ');
        name_text(p, field);
        buf_printf(p->out, " = %d", (int)piece_number(field, FIELD_NUMBER));
        bracketed_options(p, "FieldOptions", field, piece_bytes(field, FIELD_OPTIONS));
        buf_add_str(p->out, ";\n");
}

static void field_text(struct printer *p, struct slice message, struct slice field, int32_t index,
                       size_t level)
{
        printer_enter(p, TYPE_FIELD, index);
        field_line(p, message, field, level);
        printer_leave(p);
}

void printer_extensions(struct printer *p, struct slice holder, uint32_t number, size_t level)
{
        struct slice left = holder, field, open = { 0 };

        for (int32_t i = 0; piece_find(&left, number, &field); i++) {
                struct slice extendee = piece_bytes(field, FIELD_EXTENDEE);

                if (!slice_eq(extendee, open)) {
                        if (open.n) {
                                printer_indent(p, level);
                                buf_add_str(p->out, "}\n");
                        }
                        buf_add_str(p->out, level ? "" : "\n");
                        printer_indent(p, level);
                        buf_add_str(p->out, "extend ");
                        printer_type_name(p, extendee);
                        buf_add_str(p->out, " {\n");
                        open = extendee;
                }
                printer_enter(p, (int32_t)number, i);
                field_line(p, slice_of(NULL, 0), field, level + 1);
                printer_leave(p);
        }
        if (open.n) {
                printer_indent(p, level);
                buf_add_str(p->out, "}\n");
        }
}

// Ranges of numbers (`word 4 to 9;`): `past`, where the end stands behind the last one.
static void ranges_text(struct printer *p, struct slice holder, uint32_t number, const char *word,
                        int64_t max, bool past, size_t level)
{
        struct slice range;

        while (piece_find(&holder, number, &range)) {
                int64_t from = (int64_t)piece_number(range, RANGE_FROM);
                int64_t to = (int64_t)piece_number(range, RANGE_TO) - past;

                printer_indent(p, level);
                buf_printf(p->out, "%s %lld", word, (long long)from);
                if (to >= max)
                        buf_add_str(p->out, " to max");
                else if (to != from)
                        buf_printf(p->out, " to %lld", (long long)to);
                buf_add_str(p->out, ";\n");
        }
}

static void reserved_names(struct printer *p, struct slice holder, uint32_t number, size_t level)
{
        const char *quote = p->syntax == SYNTAX_EDITIONS ? "" : "\"";
        struct slice name;

        while (piece_find(&holder, number, &name)) {
                printer_indent(p, level);
                buf_printf(p->out, "reserved %s%.*s%s;\n", quote, (int)name.n, (const char *)name.p, quote);
        }
}

void printer_enum(struct printer *p, struct slice e, size_t level)
{
        struct slice left = e, value;

        printer_comment(p, level);
        printer_indent(p, level);
        buf_add_str(p->out, "enum ");
        name_text(p, e);
        buf_add_str(p->out, " {\n");
        printer_option_lines(p, "EnumOptions", piece_bytes(e, ENUM_OPTIONS), level);
        for (int32_t i = 0; piece_find(&left, ENUM_VALUE, &value); i++) {
                printer_enter(p, ENUM_VALUE, i);
                printer_comment(p, level + 1);
                printer_indent(p, level + 1);
                name_text(p, value);
                buf_printf(p->out, " = %d", (int)(int64_t)piece_number(value, VALUE_NUMBER));
                bracketed_options(p, "EnumValueOptions", value, piece_bytes(value, VALUE_OPTIONS));
                buf_add_str(p->out, ";\n");
                printer_leave(p);
        }
        ranges_text(p, e, ENUM_RESERVED, "reserved", ENUM_NUMBER_MAX, false, level + 1);
        reserved_names(p, e, ENUM_RESERVED_NAME, level + 1);
        printer_indent(p, level);
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
        struct slice left = message, one, field;

        for (int64_t at = 0; piece_find(&left, TYPE_ONEOF, &one); at++) {
                if (at != oneof)
                        continue;
                printer_enter(p, TYPE_ONEOF, (int32_t)oneof);
                printer_comment(p, level);
                printer_leave(p);
                printer_indent(p, level);
                buf_add_str(p->out, "oneof ");
                name_text(p, one);
                buf_add_str(p->out, " {\n");
                printer_option_lines(p, "OneofOptions", piece_bytes(one, ONEOF_OPTIONS), level);
        }
        left = message;
        for (int32_t index = 0; piece_find(&left, TYPE_FIELD, &field); index++)
                if (oneof_of(field) == oneof)
                        field_text(p, message, field, index, level + 1);
        printer_indent(p, level);
        buf_add_str(p->out, "}\n");
}

static void nested_text(struct printer *p, struct slice message, size_t level)
{
        int32_t types = 0, enums = 0;
        struct piece x;

        while (piece_next(&message, &x) == 1) {
                if (x.wire != 2 || (x.number != TYPE_NESTED && x.number != TYPE_ENUM_INSIDE))
                        continue;
                printer_enter(p, (int32_t)x.number, x.number == TYPE_NESTED ? types++ : enums++);
                if (x.number == TYPE_ENUM_INSIDE)
                        printer_enum(p, x.s, level);
                else if (!piece_number(piece_bytes(x.s, TYPE_OPTIONS), MAP_ENTRY))
                        printer_message(p, x.s, level);
                printer_leave(p);
        }
}

void printer_message(struct printer *p, struct slice message, size_t level)
{
        struct slice left = message, field;
        int64_t shown = -1;

        if (level > NESTED_MAX) {
                p->damaged = true;
                return;
        }
        printer_comment(p, level);
        printer_indent(p, level);
        buf_add_str(p->out, "message ");
        name_text(p, message);
        buf_add_str(p->out, " {\n");
        printer_option_lines(p, "MessageOptions", piece_bytes(message, TYPE_OPTIONS), level);
        nested_text(p, message, level + 1);
        for (int32_t index = 0; piece_find(&left, TYPE_FIELD, &field); index++) {
                int64_t oneof = oneof_of(field);

                if (oneof < 0)
                        field_text(p, message, field, index, level + 1);
                else if (oneof > shown)
                        oneof_text(p, message, shown = oneof, level + 1);
        }
        printer_extensions(p, message, TYPE_EXTENSION, level + 1);
        ranges_text(p, message, TYPE_EXTENSION_RANGE, "extensions", FIELD_NUMBER_MAX, true, level + 1);
        ranges_text(p, message, TYPE_RESERVED, "reserved", FIELD_NUMBER_MAX, true, level + 1);
        reserved_names(p, message, TYPE_RESERVED_NAME, level + 1);
        printer_indent(p, level);
        buf_add_str(p->out, "}\n");
}

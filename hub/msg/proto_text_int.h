// Inside of printing .proto text: one printer a file. proto_text.c prints the file, proto_type.c messages,
// enums and fields, proto_options.c options.
#pragma once

#include "hub/base/map.h"
#include "hub/msg/proto_scan.h"
#include "hub/msg/schema.h"

// Field numbers of descriptor.proto.
enum { FILE_NAME = 1, FILE_PACKAGE, FILE_IMPORT, FILE_MESSAGE, FILE_ENUM, FILE_SERVICE, FILE_EXTENSION };
enum { FILE_OPTIONS = 8, FILE_INFO, FILE_PUBLIC, FILE_WEAK, FILE_SYNTAX, FILE_EDITION = 14 };
enum { TYPE_FIELD = 2, TYPE_NESTED, TYPE_ENUM_INSIDE, TYPE_EXTENSION_RANGE, TYPE_EXTENSION, TYPE_OPTIONS };
enum { TYPE_ONEOF = 8, TYPE_RESERVED, TYPE_RESERVED_NAME };
enum { FIELD_EXTENDEE = 2, FIELD_NUMBER, FIELD_LABEL, FIELD_TYPE, FIELD_TYPE_NAME, FIELD_DEFAULT };
enum { FIELD_OPTIONS = 8, FIELD_ONEOF, FIELD_JSON, FIELD_OPTIONAL = 17 };
enum { ENUM_VALUE = 2, ENUM_OPTIONS, ENUM_RESERVED, ENUM_RESERVED_NAME, VALUE_NUMBER = 2, VALUE_OPTIONS };
enum { NAME = 1, RANGE_FROM = 1, RANGE_TO, ONEOF_OPTIONS = 2, MAP_ENTRY = 7 };
enum { LABEL_REQUIRED = 2, LABEL_REPEATED };

#define PATH_MAX_PARTS 64
#define NESTED_MAX     16 // levels of messages inside messages

enum printer_syntax { SYNTAX_PROTO2, SYNTAX_PROTO3, SYNTAX_EDITIONS };

struct printer {
        struct slice set;
        struct slice file; // FileDescriptorProto
        struct slice package;
        struct buf *out;
        struct arena *arena;
        struct map *comments; // path as int32s -> struct remark
        struct map *types;    // full name -> struct schema
        struct map *nested;   // names of types inside messages of the file
        struct map *first;    // names at which a full name could be taken for another one
        int32_t path[PATH_MAX_PARTS];
        size_t depth;
        enum printer_syntax syntax;
        bool damaged;
};

// proto_text.c
void printer_indent(struct printer *p, size_t level);
void printer_enter(struct printer *p, int32_t field, int32_t index);
void printer_leave(struct printer *p);
void printer_comment(struct printer *p, size_t level); // of the path that was entered

// proto_type.c
void printer_type_name(struct printer *p, struct slice name);
void printer_message(struct printer *p, struct slice message, size_t level);
void printer_enum(struct printer *p, struct slice e, size_t level);
// The extensions (pieces `number` of what holds them), each run of one extendee in a block.
void printer_extensions(struct printer *p, struct slice holder, uint32_t number, size_t level);
// `option …;` lines of a block whose first line is at this level.
void printer_option_lines(struct printer *p, const char *kind, struct slice options, size_t level);

// proto_options.c: the options of an options message (google.protobuf.<kind>) as `name = value`, each behind
// `before` and followed by `after`. Returns how many there were.
size_t options_text(struct printer *p, const char *kind, struct slice options, const char *before,
                    const char *after);
void options_quoted(struct buf *out, struct slice text);

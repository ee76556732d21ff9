// Inside of loading a schema. The descriptor set is unpacked by protobuf-c into a scratch arena; the types
// that the root message reaches are built from it in the order in which they are met (a worklist, no
// recursion); rules and dataset options are compiled last. Every problem found is a line; loading goes on to
// find the others.
#pragma once

#include "google/protobuf/descriptor.pb-c.h"
#include "hub/base/map.h"
#include "hub/msg/pb.h"
#include "hub/msg/schema.h"

#define SCHEMA_SET_MAX      (4 * 1024 * 1024) // bytes; a set must fit a Kafka value
#define SCHEMA_TYPES_MAX    4096              // reachable messages and enums
#define SCHEMA_FIELDS_MAX   2048              // of one message
#define SCHEMA_TOTAL_MAX    65536             // fields, enum values and what is reserved, in all
#define SCHEMA_PROBLEMS_MAX 100
#define SCHEMA_REGEX_MAX    (1024 * 1024 * 1024) // bytes that the patterns may come to hold, 4 MB each or more

#define OPTION_IOCHUB   73205
#define OPTION_VALIDATE 1159

// As FeatureSet numbers them.
enum presence { PRESENCE_EXPLICIT = 1, PRESENCE_IMPLICIT, PRESENCE_REQUIRED };

// The features that decide how bytes are read; proto2 and proto3 are two sets of them.
struct features {
        enum presence presence;
        bool closed;    // enums
        bool packed;    // lists of numbers
        bool delimited; // messages are groups on the wire
};

// Where the options of each kind keep their FeatureSet.
enum {
        FEATURES_OF_FILE = 50,
        FEATURES_OF_MESSAGE = 12,
        FEATURES_OF_FIELD = 21,
        FEATURES_OF_ONEOF = 1,
        FEATURES_OF_ENUM = 7,
};

struct file_entry {
        const Google__Protobuf__FileDescriptorProto *proto;
        struct map *places; // path (int32 array as bytes) -> location; NULL until first asked
        bool editions;      // options may change features
        struct features features;
};

struct type_entry {
        const char *full_name;
        struct file_entry *file;
        const struct type_entry *parent;                  // NULL at file level
        int32_t index;                                    // among the parent's (or file's) messages or enums
        const Google__Protobuf__DescriptorProto *message; // one of both
        const Google__Protobuf__EnumDescriptorProto *enumeration;
        struct features features;
        struct mtype *mtype;      // once asked for
        struct etype *etype;      // once asked for
        int *field_index;         // descriptor's index of each of mtype's fields
        int *oneof_index;         // mtype's index of each of the descriptor's oneofs, -1: synthetic
        struct type_rules *rules; // mtype's, while they are compiled
        struct type_entry *next;  // in the order of being asked for
};

// A pattern, freed with the schema; the same text is kept once.
struct kept_regex {
        struct slice pattern;
        struct regex *regex;
        struct kept_regex *next;
};

struct loader {
        struct arena *a;       // the schema's own
        struct arena *scratch; // until loading ends
        bool trusted;          // built into the program
        bool sound;            // all types are built; problems that follow are of rules and options
        const Google__Protobuf__FileDescriptorSet *set;
        struct file_entry *files;
        struct map *types; // full name -> type_entry
        struct type_entry *first, *last;
        struct kept_regex *regexes;
        size_t regex_memory; // bytes that they may come to hold
        size_t type_count, total;
        struct buf *problems;
        size_t problem_count;
};

// One line "file:line: text"; at may be NULL, field is the descriptor's field index or -1.
void schema_problem(struct loader *ld, const struct type_entry *at, int field, const char *format, ...)
    printf_like(4, 5);
// Descriptor index of a field of an entry's mtype.
int schema_field_index(const struct type_entry *e, const struct field *f);

// schema_set.c: unpack and index. 0 done, 1 not a descriptor set (a problem line says why).
int schema_set_open(struct loader *ld, struct slice set) must_check;
// The bytes of the set's next file, which are taken off the rest. False: no more.
bool schema_set_next(struct slice *rest, struct slice *file);
// Frees what lies outside the arenas.
void schema_set_close(struct loader *ld);
const char *schema_comment(struct loader *ld, const struct type_entry *e, int field);
// Line of a type (field -1), of a message's field or of an enum's value, by the descriptor's index; 0: not
// known.
int schema_line(const struct type_entry *e, int field);

// schema_features.c: syntax or edition of a file of the set, whose bytes these are.
void schema_file_syntax(struct loader *ld, struct file_entry *file, struct slice bytes);
// Applies the FeatureSet in that field of the options, where there is one.
void schema_features(struct loader *ld, const struct type_entry *e, int field,
                     const ProtobufCMessage *options, uint32_t number, struct features *f);

// schema_types.c: builds the type and all that it reaches; NULL where a problem was noted for it.
const struct mtype *schema_types_build(struct loader *ld, struct type_entry *root);
// An identifier as protobuf has it.
bool schema_identifier(const char *s);

// schema_check.c: shapes of well-known types and maps.
void schema_check(struct loader *ld);
// compat_reserved.c: whether a message or enum reserves a number or name.
bool schema_reserves_number(const struct type_entry *e, int32_t number);
bool schema_reserves_name(const struct type_entry *e, const char *name);
// What a dataset must not have though it can be read: groups.
void schema_check_dataset(struct loader *ld);

// schema_options.c: our options of all fields.
void schema_options(struct loader *ld);
// schema_dataset.c: NULL where the root has no dataset options or they have a problem.
const struct dataset *schema_dataset(struct loader *ld, const struct type_entry *root);
// Unpacks one of our own option messages after a strict check. NULL: a problem was noted.
void *schema_unpack_option(struct loader *ld, const struct type_entry *e, int field, const char *type_name,
                           const ProtobufCMessageDescriptor *descriptor, struct slice bytes);

// Types built into the program, protovalidate's and descriptor.proto's included. NULL where there is none.
const struct mtype *schema_builtin(const char *full_name);
// Loading of built-in sets: without checks against built-in types.
int schema_load_trusted(struct slice descriptor_set, const char *message, struct schema **out,
                        struct buf *problems) must_check;

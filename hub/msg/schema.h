// A compiled schema: the one form in which the rest of the program sees a descriptor set. Immutable after
// loading, so threads may share it. Everything in it lives until schema_free.
#pragma once

#include "hub/base/arena.h"

// As google.protobuf.FieldDescriptorProto.Type numbers them.
enum field_type {
        TYPE_DOUBLE = 1,
        TYPE_FLOAT,
        TYPE_INT64,
        TYPE_UINT64,
        TYPE_INT32,
        TYPE_FIXED64,
        TYPE_FIXED32,
        TYPE_BOOL,
        TYPE_STRING,
        TYPE_GROUP, // in descriptors only: a loaded field is TYPE_MESSAGE and `delimited`
        TYPE_MESSAGE,
        TYPE_BYTES,
        TYPE_UINT32,
        TYPE_ENUM,
        TYPE_SFIXED32,
        TYPE_SFIXED64,
        TYPE_SINT32,
        TYPE_SINT64,
};

// Messages with a meaning of their own.
enum well_known {
        WK_NONE,
        WK_TIMESTAMP,
        WK_DURATION,
        WK_ANY,
        WK_FIELD_MASK,
        WK_STRUCT,
        WK_VALUE,
        WK_LIST_VALUE,
        WK_EMPTY,
        WK_WRAPPER, // google.protobuf.*Value: one field `value` with presence
};

enum dataset_mode { MODE_APPEND = 1, MODE_UPSERT = 2 };
enum column_type { COLUMN_AUTO, COLUMN_NUMERIC, COLUMN_JSONB };
enum personal_data { PERSONAL_NONE, PERSONAL_BASIC, PERSONAL_SENSITIVE };
enum compare_operator { COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE, COMPARE_GE, COMPARE_GT };

struct enum_value {
        const char *name;
        const char *comment; // as a field's
        int32_t number;
        int line;
};

// `file` and `line` say where a type was declared, for problem lines; line 0: the set holds no source
// information.
struct etype {
        const char *full_name;
        const char *file;
        int line;
        struct enum_value *values; // in order of declaration
        size_t count;
        bool closed; // unknown numbers are unknown fields
};

struct rules; // hub/msg/rules.h
struct type_rules;

struct field {
        const char *name;
        const char *json_name;
        int line;            // in the file of its message
        const char *comment; // leading (else trailing) comment, white space folded; "" where none
        uint32_t number;
        uint32_t index; // in mtype.fields and msg.f
        enum field_type type;
        uint8_t wire_type; // of one value
        bool repeated, map, packed;
        bool delimited;              // TYPE_MESSAGE between group tags (proto2 `group`); no dataset has such
        bool required;               // proto2 `required`, LEGACY_REQUIRED
        bool presence;               // absence can be told from the default
        int oneof;                   // index of a real oneof, or -1
        const struct mtype *message; // TYPE_MESSAGE
        const struct etype *enumeration; // TYPE_ENUM
        const struct rules *rules;       // NULL: none
        // iochub.v1.FieldOptions
        const char *column; // column name, the field's where not set
        enum column_type column_type;
        const char *unit; // "" where none
        bool personal;
};

struct mtype {
        const char *full_name;
        const char *name; // last part
        const char *file;
        int line;
        const char *comment;
        struct field *fields; // by number
        size_t count;
        size_t oneofs;
        const char **oneof_names;
        enum well_known well_known;
        bool map_entry;
        bool required_below;            // it or a type below it has `required` fields
        const struct type_rules *rules; // what validation has to do here, NULL: nothing
        // Numbers below 64 -> index + 1, 0: no such field; higher ones are searched.
        uint16_t direct[64];
};

struct compare {
        const char *id;
        const struct field *left, *right;
        enum compare_operator operator;
        bool flag;
        const char *text_vi, *text_en;
};

#define DATASET_KEYS_MAX 16 // key fields

// iochub.v1.DatasetOptions with names resolved.
struct dataset {
        const char *name;  // `phan-anh`
        const char *table; // `phan_anh`
        const char *domain;
        enum dataset_mode mode;
        const struct field **key;
        size_t key_count;
        const struct field *event_time; // NULL: none
        uint32_t retention_days;        // 0: for ever
        int64_t past_usec, future_usec; // window around the time of receipt
        enum personal_data personal_data;
        bool approval_required;
        bool order_by_event_time;
        struct compare *compare;
        size_t compare_count;
        const char *title_vi, *title_en;
};

struct schema {
        uint32_t id;      // 0 until registered
        uint32_t version; // within its dataset or subject
        const struct mtype *root;
        const struct dataset *dataset; // NULL for the hub's own messages
        struct slice descriptor_set;   // owned copy
        uint8_t fingerprint[32];       // SHA-256 of the descriptor set without source information
};

// Compiles the message of that full name. Problems found in the schema itself (unknown key field, a rule that
// is not supported, …) are appended to problems, one line each as "file:line: what; mend". 0 done, 1
// problems.
int schema_load(struct slice descriptor_set, const char *message, struct schema **out,
                struct buf *problems) must_check;
// The same for whoever wants to look on: where all types are sound and only rules or options have problems,
// out has the schema although the result is 1; otherwise it is NULL. Such a schema is good for its types
// alone.
int schema_examine(struct slice descriptor_set, const char *message, struct schema **out,
                   struct buf *problems) must_check;
struct schema *schema_free(struct schema *s);
// Full names of the messages of the set's last file that carry dataset options, one line each. 0 done, 1 not
// a set.
int schema_datasets(struct slice descriptor_set, struct buf *names) must_check;

const struct field *mtype_field(const struct mtype *t, uint32_t number);
const struct field *mtype_field_named(const struct mtype *t, struct slice name);
const char *etype_name(const struct etype *t, int32_t number); // NULL: no such value

// The hub's own messages, from the descriptors built into the program: "iochub.v1.RoutingEvent" and so on.
// Loaded once, on first use; NULL where there is no such message. Thread-safe.
const struct schema *schema_own(const char *message);
// The built-in descriptor set of our own messages.
struct slice schema_own_descriptors(void);

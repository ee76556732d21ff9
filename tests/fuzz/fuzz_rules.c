// The rule compiler: any bytes as protovalidate's rules of a field of each kind, of a message or of a oneof.
// They compile, or problems say why; what compiled judges any message, the same twice.
//   input: kind, which part of the rest is a message (0: nothing), rules, message
#include "tests/fuzz/fuzz.h"

enum { LABEL_SINGLE = 1, LABEL_REPEATED = 3 };
enum {
        FIELD_NAME = 1,
        FIELD_NUMBER = 3,
        FIELD_LABEL,
        FIELD_TYPE,
        FIELD_TYPE_NAME,
        FIELD_OPTIONS = 8,
        FIELD_ONEOF
};
enum { MESSAGE_NAME = 1, MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_OPTIONS = 7, MESSAGE_ONEOF };
enum { OPTION_RULES = 1159 };

// Fields whose rules are given, then what else has rules.
static const struct {
        int type, label;
        const char *name;
} kinds[] = {
        { TYPE_DOUBLE, LABEL_SINGLE, NULL },
        { TYPE_FLOAT, LABEL_SINGLE, NULL },
        { TYPE_INT64, LABEL_SINGLE, NULL },
        { TYPE_UINT64, LABEL_SINGLE, NULL },
        { TYPE_INT32, LABEL_SINGLE, NULL },
        { TYPE_FIXED64, LABEL_SINGLE, NULL },
        { TYPE_FIXED32, LABEL_SINGLE, NULL },
        { TYPE_BOOL, LABEL_SINGLE, NULL },
        { TYPE_STRING, LABEL_SINGLE, NULL },
        { TYPE_BYTES, LABEL_SINGLE, NULL },
        { TYPE_UINT32, LABEL_SINGLE, NULL },
        { TYPE_ENUM, LABEL_SINGLE, ".f.E" },
        { TYPE_SFIXED32, LABEL_SINGLE, NULL },
        { TYPE_SFIXED64, LABEL_SINGLE, NULL },
        { TYPE_SINT32, LABEL_SINGLE, NULL },
        { TYPE_SINT64, LABEL_SINGLE, NULL },
        { TYPE_MESSAGE, LABEL_SINGLE, ".f.M" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.Timestamp" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.Duration" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.Any" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.FieldMask" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.Struct" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.StringValue" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.DoubleValue" },
        { TYPE_MESSAGE, LABEL_SINGLE, ".google.protobuf.BytesValue" },
        { TYPE_INT32, LABEL_REPEATED, NULL },
        { TYPE_DOUBLE, LABEL_REPEATED, NULL },
        { TYPE_STRING, LABEL_REPEATED, NULL },
        { TYPE_BYTES, LABEL_REPEATED, NULL },
        { TYPE_ENUM, LABEL_REPEATED, ".f.E" },
        { TYPE_MESSAGE, LABEL_REPEATED, ".f.M" },
        { TYPE_MESSAGE, LABEL_REPEATED, ".google.protobuf.Duration" },
        { TYPE_MESSAGE, LABEL_REPEATED, ".google.protobuf.Any" },
        { TYPE_MESSAGE, LABEL_REPEATED, ".f.M.NumbersEntry" },
        { TYPE_MESSAGE, LABEL_REPEATED, ".f.M.MessagesEntry" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), KIND_MESSAGE = KINDS, KIND_ONEOF, ALL_KINDS };

static void add_field(struct buf *message, const char *name, int number, int type, int label,
                      const char *type_name, struct slice rules, bool in_oneof)
{
        struct buf field, options;
        buf_init(&field);
        put_text(&field, FIELD_NAME, name);
        put_number(&field, FIELD_NUMBER, (unsigned)number);
        put_number(&field, FIELD_LABEL, (unsigned)label);
        put_number(&field, FIELD_TYPE, (unsigned)type);
        if (type_name)
                put_text(&field, FIELD_TYPE_NAME, type_name);
        if (rules.n > 0) {
                buf_init(&options);
                put_bytes(&options, OPTION_RULES, rules);
                put_part(&field, FIELD_OPTIONS, &options);
        }
        if (in_oneof)
                put_number(&field, FIELD_ONEOF, 0);
        put_part(message, MESSAGE_FIELD, &field);
}

static void add_entry(struct buf *message, const char *name, int key, int value, const char *value_type)
{
        struct buf entry, options;
        buf_init(&entry);
        buf_init(&options);
        put_text(&entry, MESSAGE_NAME, name);
        add_field(&entry, "key", 1, key, LABEL_SINGLE, NULL, slice_of(NULL, 0), false);
        add_field(&entry, "value", 2, value, LABEL_SINGLE, value_type, slice_of(NULL, 0), false);
        put_number(&options, 7, 1); // map_entry
        put_part(&entry, MESSAGE_OPTIONS, &options);
        put_part(message, MESSAGE_NESTED, &entry);
}

// Message M: field x of the kind, two more for rules of messages, two in a oneof.
static void add_message(struct buf *file, unsigned kind, struct slice rules)
{
        struct slice none = { NULL, 0 };
        struct buf m, part, options;
        unsigned x = kind < KINDS ? kind : 0;
        buf_init(&m);
        put_text(&m, MESSAGE_NAME, "M");
        add_field(&m, "x", 1, kinds[x].type, kinds[x].label, kinds[x].name, kind < KINDS ? rules : none,
                  false);
        add_field(&m, "a", 2, TYPE_INT32, LABEL_SINGLE, NULL, none, false);
        add_field(&m, "b", 3, TYPE_STRING, LABEL_SINGLE, NULL, none, false);
        add_field(&m, "c", 4, TYPE_INT32, LABEL_SINGLE, NULL, none, true);
        add_field(&m, "d", 5, TYPE_STRING, LABEL_SINGLE, NULL, none, true);
        add_entry(&m, "NumbersEntry", TYPE_STRING, TYPE_INT32, NULL);
        add_entry(&m, "MessagesEntry", TYPE_SINT32, TYPE_MESSAGE, ".f.M");
        buf_init(&part);
        put_text(&part, 1, "o");
        buf_init(&options);
        put_bytes(&options, OPTION_RULES, rules);
        if (kind == KIND_ONEOF)
                put_bytes(&part, 2, buf_slice(&options));
        if (kind == KIND_MESSAGE)
                put_bytes(&m, MESSAGE_OPTIONS, buf_slice(&options));
        buf_done(&options);
        put_part(&m, MESSAGE_ONEOF, &part);
        put_part(file, 4, &m);
}

static void add_file(struct buf *set, unsigned kind, struct slice rules)
{
        static const struct {
                const char *name;
                unsigned number;
        } values[] = { { "ZERO", 0 }, { "ONE", 1 }, { "TEN", 10 } };
        struct buf file, part, value;
        buf_init(&file);
        put_text(&file, 1, "f.proto");
        put_text(&file, 2, "f");
        add_message(&file, kind, rules);
        buf_init(&part);
        put_text(&part, 1, "E");
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                buf_init(&value);
                put_text(&value, 1, values[i].name);
                put_number(&value, 2, values[i].number);
                put_part(&part, 2, &value);
        }
        put_part(&file, 5, &part);
        put_text(&file, 12, "proto3");
        put_part(set, 1, &file);
}

static void judge(const struct schema *s, struct slice message)
{
        struct arena *a = arena_new(4096);
        struct msg *m;
        struct fault f = { 0 };
        check_judgement(s, msg_new(s->root, a), a);
        if (wire_read(s->root, message, a, &m, &f) == 0)
                check_judgement(s, m, a);
        arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct slice imports;
        if (imports.p == NULL) {
                imports = read_whole(KNOWN_DESCRIPTORS);
                imports.n = imports_of(imports);
        }
        if (size < 2)
                return 0;
        size_t rest = size - 2, n = rest - rest * data[1] / 256;
        struct buf set, problems;
        struct schema *s = NULL;
        buf_init(&set);
        buf_init(&problems);
        buf_add_slice(&set, imports);
        add_file(&set, data[0] % ALL_KINDS, slice_of(data + 2, n));
        if (schema_load(buf_slice(&set), "f.M", &s, &problems) == 0) {
                must(problems.n == 0);
                judge(s, slice_of(data + 2 + n, rest - n));
        } else {
                must(s == NULL);
                check_problems(&problems);
        }
        schema_free(s);
        buf_done(&set);
        buf_done(&problems);
        return 0;
}

// What proto2, proto3 and the editions differ in, as editions name it: a file's syntax gives the features
// that its types start from; in a file of an edition the options of files, messages, enums, oneofs and fields
// may change them for what they hold (google/protobuf/descriptor.proto, FeatureSet).
//
// The compiled descriptor.proto may be older than editions, or know them: both the edition and the features
// are read from the bytes, which say the same in either case.
#include "hub/msg/schema_int.h"
#include "hub/msg/wire_int.h"

#define FILE_EDITION 14 // FileDescriptorProto.edition

enum { EDITION_2023 = 1000, EDITION_2024 = 1001 };

// FeatureSet's fields that edition 2023 has, and their largest values.
enum { FEATURE_PRESENCE = 1, FEATURE_ENUM, FEATURE_REPEATED, FEATURE_UTF8, FEATURE_ENCODING, FEATURE_JSON };
static const uint8_t feature_max[] = {
        [FEATURE_PRESENCE] = 3, [FEATURE_ENUM] = 2,     [FEATURE_REPEATED] = 2,
        [FEATURE_UTF8] = 3,     [FEATURE_ENCODING] = 2, [FEATURE_JSON] = 2,
};
#define FEATURE_LANGUAGE 1000 // extensions from here on are for code generators

static uint64_t edition_of(struct slice file)
{
        const uint8_t *p = file.p, *end = file.p + file.n;
        uint64_t edition = 0;
        uint32_t tag;
        while (p < end && (p = wire_tag(p, end, &tag)) != NULL) {
                if (tag == (FILE_EDITION << 3 | WIRE_VARINT))
                        p = wire_varint(p, end, &edition);
                else
                        p = wire_skip(tag, p, end);
                if (p == NULL)
                        break;
        }
        return edition;
}

void schema_file_syntax(struct loader *ld, struct file_entry *file, struct slice bytes)
{
        const Google__Protobuf__FileDescriptorProto *p = file->proto;
        const char *syntax = p->syntax && *p->syntax ? p->syntax : "proto2";
        struct type_entry at = { .file = file };
        file->features = (struct features){ .presence = PRESENCE_EXPLICIT };
        if (strcmp(syntax, "proto2") == 0) {
                file->features.closed = true;
        } else if (strcmp(syntax, "proto3") == 0) {
                file->features.presence = PRESENCE_IMPLICIT;
                file->features.packed = true;
        } else if (strcmp(syntax, "editions") == 0) {
                uint64_t edition = edition_of(bytes);
                file->editions = true;
                file->features.packed = true;
                if (edition == EDITION_2024)
                        schema_problem(ld, &at, -1,
                                       "edition 2024 is not supported; use edition 2023 or proto3");
                else if (edition != EDITION_2023)
                        schema_problem(
                            ld, &at, -1,
                            "the edition with the number %llu is not supported; use edition 2023 or "
                            "proto3",
                            (unsigned long long)edition);
                else if (p->options)
                        schema_features(ld, &at, -1, &p->options->base, FEATURES_OF_FILE, &file->features);
        } else {
                schema_problem(ld, &at, -1, "syntax \"%.20s\" is not supported; use proto3", syntax);
        }
}

static void set_feature(struct features *f, uint32_t feature, uint64_t value)
{
        switch (feature) {
        case FEATURE_PRESENCE:
                f->presence = (enum presence)value;
                break;
        case FEATURE_ENUM:
                f->closed = value == 2;
                break;
        case FEATURE_REPEATED:
                f->packed = value == 1;
                break;
        case FEATURE_ENCODING:
                f->delimited = value == 2;
                break;
        default: // UTF-8 is demanded of every string, and JSON is ours alone
                break;
        }
}

// Applies a FeatureSet. False where it holds what edition 2023 does not have.
static bool apply(struct slice set, struct features *f)
{
        const uint8_t *p = set.p, *end = set.p + set.n;
        while (p < end) {
                uint32_t tag;
                uint64_t value;
                p = wire_tag(p, end, &tag);
                if (p == NULL)
                        return false;
                uint32_t feature = tag >> 3;
                if (feature >= FEATURE_LANGUAGE) {
                        p = wire_skip(tag, p, end);
                        if (p == NULL)
                                return false;
                        continue;
                }
                if (feature > FEATURE_JSON || (tag & 7) != WIRE_VARINT)
                        return false;
                p = wire_varint(p, end, &value);
                if (p == NULL || value == 0 || value > feature_max[feature])
                        return false;
                set_feature(f, feature, value);
        }
        return true;
}

void schema_features(struct loader *ld, const struct type_entry *e, int field,
                     const ProtobufCMessage *options, uint32_t number, struct features *f)
{
        struct buf packed cleanup(buf_done);
        buf_init(&packed);
        pb_pack(options, &packed);
        const uint8_t *p = packed.p, *end = packed.p + packed.n;
        uint32_t tag;
        while (p < end && (p = wire_tag(p, end, &tag)) != NULL) {
                const uint8_t *value = p;
                struct slice set;
                p = wire_skip(tag, p, end);
                if (p == NULL)
                        break;
                if (tag != (number << 3 | WIRE_BYTES) || wire_bytes(value, end, &set) == NULL)
                        continue;
                if (!apply(set, f))
                        schema_problem(ld, e, field,
                                       "`features` of %s%s%s holds what edition 2023 does not have",
                                       e->full_name ? e->full_name : "the file", field >= 0 ? "." : "",
                                       field >= 0 ? e->message->field[field]->name : "");
        }
}

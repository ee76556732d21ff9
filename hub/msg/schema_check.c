// What the rest of the program takes for granted of a loaded type: the shapes of well-known types and of map
// entries.
#include "hub/msg/schema_int.h"

#define NUMBERS_KEPT     19000
#define NUMBERS_KEPT_END 19999

static bool is_field(const struct mtype *t, size_t i, uint32_t number, enum field_type type, bool repeated)
{
        return i < t->count && t->fields[i].number == number && t->fields[i].type == type &&
               t->fields[i].repeated == repeated && (t->fields[i].oneof < 0);
}

static bool wrapper_shape(const struct mtype *t)
{
        static const struct {
                const char *name;
                enum field_type type;
        } wrappers[] = {
                { "DoubleValue", TYPE_DOUBLE }, { "FloatValue", TYPE_FLOAT },
                { "Int64Value", TYPE_INT64 },   { "UInt64Value", TYPE_UINT64 },
                { "Int32Value", TYPE_INT32 },   { "UInt32Value", TYPE_UINT32 },
                { "BoolValue", TYPE_BOOL },     { "StringValue", TYPE_STRING },
                { "BytesValue", TYPE_BYTES },
        };
        for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
                if (strcmp(t->name, wrappers[i].name) == 0)
                        return t->count == 1 && is_field(t, 0, 1, wrappers[i].type, false);
        return false;
}

// Value: one oneof of null, number, text, bool, Struct, ListValue, numbers 1 to 6.
static bool value_shape(const struct mtype *t)
{
        static const enum field_type types[] = { TYPE_ENUM, TYPE_DOUBLE,  TYPE_STRING,
                                                 TYPE_BOOL, TYPE_MESSAGE, TYPE_MESSAGE };
        if (t->count != 6 || t->oneofs != 1)
                return false;
        for (size_t i = 0; i < 6; i++) {
                const struct field *f = &t->fields[i];
                if (f->number != i + 1 || f->type != types[i] || f->repeated || f->oneof != 0)
                        return false;
        }
        return t->fields[4].message->well_known == WK_STRUCT &&
               t->fields[5].message->well_known == WK_LIST_VALUE;
}

static bool struct_shape(const struct mtype *t)
{
        if (t->count != 1 || !is_field(t, 0, 1, TYPE_MESSAGE, true) || !t->fields[0].map)
                return false;
        const struct mtype *entry = t->fields[0].message;
        return entry->count == 2 && entry->fields[0].type == TYPE_STRING &&
               entry->fields[1].type == TYPE_MESSAGE && entry->fields[1].message->well_known == WK_VALUE;
}

static bool well_known_shape(const struct mtype *t)
{
        switch (t->well_known) {
        case WK_TIMESTAMP:
        case WK_DURATION:
                return t->count == 2 && is_field(t, 0, 1, TYPE_INT64, false) &&
                       is_field(t, 1, 2, TYPE_INT32, false);
        case WK_ANY:
                return t->count == 2 && is_field(t, 0, 1, TYPE_STRING, false) &&
                       is_field(t, 1, 2, TYPE_BYTES, false);
        case WK_FIELD_MASK:
                return t->count == 1 && is_field(t, 0, 1, TYPE_STRING, true);
        case WK_STRUCT:
                return struct_shape(t);
        case WK_VALUE:
                return value_shape(t);
        case WK_LIST_VALUE:
                return t->count == 1 && is_field(t, 0, 1, TYPE_MESSAGE, true) &&
                       t->fields[0].message->well_known == WK_VALUE;
        case WK_EMPTY:
                return t->count == 0;
        case WK_WRAPPER:
                return wrapper_shape(t);
        default:
                return true;
        }
}

static bool map_shape(const struct mtype *entry)
{
        if (entry->count != 2 || entry->fields[0].number != 1 || entry->fields[1].number != 2 ||
            entry->oneofs != 0 || entry->fields[0].repeated || entry->fields[1].repeated)
                return false;
        switch (entry->fields[0].type) {
        case TYPE_DOUBLE:
        case TYPE_FLOAT:
        case TYPE_BYTES:
        case TYPE_ENUM:
        case TYPE_MESSAGE:
                return false;
        default:
                return true;
        }
}

// What protoc sees to, where a set comes from elsewhere.
static void check_number(struct loader *ld, const struct type_entry *e, const struct field *f)
{
        int index = schema_field_index(e, f);
        if (f->number >= NUMBERS_KEPT && f->number <= NUMBERS_KEPT_END)
                schema_problem(ld, e, index, "field %s.%s has the number %u, which protobuf keeps for itself",
                               e->full_name, f->name, f->number);
        if (schema_reserves_number(e, (int32_t)f->number))
                schema_problem(ld, e, index, "field %s.%s has the number %u, which is reserved; take another",
                               e->full_name, f->name, f->number);
        if (schema_reserves_name(e, f->name))
                schema_problem(ld, e, index, "field %s.%s has a name that is reserved; take another",
                               e->full_name, f->name);
}

static void check_enum(struct loader *ld, const struct type_entry *e)
{
        const struct etype *t = e->etype;
        for (size_t i = 0; i < t->count; i++)
                if (schema_reserves_number(e, t->values[i].number) ||
                    schema_reserves_name(e, t->values[i].name))
                        schema_problem(ld, e, (int)i,
                                       "value %s = %d of enum %s is reserved; take another number and name",
                                       t->values[i].name, t->values[i].number, t->full_name);
        if (!t->closed && t->count > 0 && t->values[0].number != 0)
                schema_problem(ld, e, 0, "the first value of enum %s is %d; an open enum begins with 0",
                               t->full_name, t->values[0].number);
}

static void check_type(struct loader *ld, const struct type_entry *e)
{
        const struct mtype *t = e->mtype;
        if (!well_known_shape(t))
                schema_problem(ld, e, -1, "%s is not what protobuf defines by that name; rename it",
                               t->full_name);
        for (size_t i = 0; i < t->count; i++) {
                const struct field *f = &t->fields[i];
                check_number(ld, e, f);
                if (f->type == TYPE_MESSAGE && f->message->map_entry && (!f->map || !map_shape(f->message)))
                        schema_problem(ld, e, schema_field_index(e, f), "map field %s.%s is not well-formed",
                                       t->full_name, f->name);
        }
}

void schema_check_dataset(struct loader *ld)
{
        for (const struct type_entry *e = ld->first; e; e = e->next)
                for (size_t i = 0; e->mtype && i < e->mtype->count; i++) {
                        const struct field *f = &e->mtype->fields[i];
                        if (f->delimited)
                                schema_problem(
                                    ld, e, schema_field_index(e, f),
                                    "field %s.%s is a group (message_encoding = DELIMITED), which a "
                                    "dataset cannot have; use a message",
                                    e->full_name, f->name);
                }
}

// A type has required fields below it where one of its fields is required or leads to such a type.
static bool requires(const struct mtype *t)
{
        for (size_t i = 0; i < t->count; i++)
                if (t->fields[i].required ||
                    (t->fields[i].type == TYPE_MESSAGE && t->fields[i].message->required_below))
                        return true;
        return false;
}

void schema_check(struct loader *ld)
{
        for (const struct type_entry *e = ld->first; e; e = e->next)
                if (e->mtype)
                        check_type(ld, e);
                else
                        check_enum(ld, e);
        for (bool changed = true; changed;) {
                changed = false;
                for (const struct type_entry *e = ld->first; e; e = e->next)
                        if (e->mtype && !e->mtype->required_below && requires(e->mtype))
                                changed = e->mtype->required_below = true;
        }
}

// Builds message and enum types from their descriptors, those that the root reaches and no other.
#include "hub/msg/schema_int.h"
#include "hub/msg/wire_int.h"

#include <ctype.h>
#include <stdlib.h>

#define IDENTIFIER_MAX 255

bool schema_identifier(const char *s)
{
        size_t n = 0;
        for (; s[n]; n++)
                if (!(isalnum((unsigned char)s[n]) || s[n] == '_') || (unsigned char)s[n] > 0x7f)
                        return false;
        return n > 0 && n <= IDENTIFIER_MAX && !isdigit((unsigned char)s[0]);
}

static enum well_known well_known(const char *full_name)
{
        static const struct {
                const char *name;
                enum well_known is;
        } known[] = {
                { "Timestamp", WK_TIMESTAMP },  { "Duration", WK_DURATION },   { "Any", WK_ANY },
                { "FieldMask", WK_FIELD_MASK }, { "Struct", WK_STRUCT },       { "Value", WK_VALUE },
                { "ListValue", WK_LIST_VALUE }, { "Empty", WK_EMPTY },         { "DoubleValue", WK_WRAPPER },
                { "FloatValue", WK_WRAPPER },   { "Int64Value", WK_WRAPPER },  { "UInt64Value", WK_WRAPPER },
                { "Int32Value", WK_WRAPPER },   { "UInt32Value", WK_WRAPPER }, { "BoolValue", WK_WRAPPER },
                { "StringValue", WK_WRAPPER },  { "BytesValue", WK_WRAPPER },
        };
        static const char package[] = "google.protobuf.";
        if (strncmp(full_name, package, sizeof(package) - 1) != 0)
                return WK_NONE;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strcmp(full_name + sizeof(package) - 1, known[i].name) == 0)
                        return known[i].is;
        return WK_NONE;
}

// Notes that the type will be built. False where a limit is reached.
static bool ask(struct loader *ld, struct type_entry *e, size_t members)
{
        if (e->mtype || e->etype)
                return true;
        ld->total += members;
        if (++ld->type_count > SCHEMA_TYPES_MAX || ld->total > SCHEMA_TOTAL_MAX ||
            members > SCHEMA_FIELDS_MAX * 2) {
                schema_problem(ld, e, -1,
                               "the schema is too large at %s: at most %d types, %d values of an enum, %d "
                               "fields and enum values in all",
                               e->full_name, SCHEMA_TYPES_MAX, SCHEMA_FIELDS_MAX * 2, SCHEMA_TOTAL_MAX);
                return false;
        }
        if (ld->last)
                ld->last->next = e;
        else
                ld->first = e;
        ld->last = e;
        return true;
}

static const char *file_name(struct loader *ld, const struct type_entry *e)
{
        return arena_strdup(ld->a, e->file->proto->name ? e->file->proto->name : "");
}

static const struct mtype *ask_message(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__DescriptorProto *d = e->message;
        if (!ask(ld, e, d->n_field + d->n_reserved_range + d->n_reserved_name))
                return NULL;
        if (e->mtype == NULL) {
                struct mtype *t = arena_zalloc(ld->a, sizeof(*t));
                const char *dot = strrchr(e->full_name, '.');
                t->full_name = e->full_name;
                t->name = dot ? dot + 1 : e->full_name;
                t->file = file_name(ld, e);
                t->line = schema_line(e, -1);
                t->well_known = well_known(e->full_name);
                t->map_entry = e->message->options && e->message->options->map_entry;
                e->mtype = t;
        }
        return e->mtype;
}

static void build_enum(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__EnumDescriptorProto *d = e->enumeration;
        struct etype *t = e->etype;
        t->values = arena_zalloc(ld->a, d->n_value * sizeof(*t->values));
        for (size_t i = 0; i < d->n_value; i++) {
                const char *name = d->value[i]->name;
                if (name == NULL || !schema_identifier(name)) {
                        schema_problem(ld, e, -1, "value %zu of enum %s has no proper name", i + 1,
                                       e->full_name);
                        name = "?";
                }
                t->values[t->count++] = (struct enum_value){ .name = arena_strdup(ld->a, name),
                                                             .comment = schema_comment(ld, e, (int)i),
                                                             .number = d->value[i]->number,
                                                             .line = schema_line(e, (int)i) };
        }
        if (t->count == 0)
                schema_problem(ld, e, -1, "enum %s has no values", e->full_name);
}

static const struct etype *ask_enum(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__EnumDescriptorProto *d = e->enumeration;
        if (!ask(ld, e, d->n_value + d->n_reserved_range + d->n_reserved_name))
                return NULL;
        if (e->etype == NULL) {
                e->etype = arena_zalloc(ld->a, sizeof(*e->etype));
                e->etype->full_name = e->full_name;
                e->etype->file = file_name(ld, e);
                e->etype->line = schema_line(e, -1);
                e->etype->closed = e->features.closed;
        }
        return e->etype;
}

// Sets message or enumeration. False: a problem was noted.
static bool resolve(struct loader *ld, const struct type_entry *e, int index,
                    const Google__Protobuf__FieldDescriptorProto *d, struct field *f)
{
        const char *name = d->type_name ? d->type_name : "";
        if (f->type != TYPE_MESSAGE && f->type != TYPE_ENUM)
                return true;
        if (name[0] != '.') {
                schema_problem(ld, e, index,
                               "type `%.200s` of field %s.%s is not a full name with a leading dot", name,
                               e->full_name, f->name);
                return false;
        }
        struct type_entry *type = map_get(ld->types, slice_str(name + 1));
        if (type == NULL || (f->type == TYPE_MESSAGE) != (type->message != NULL)) {
                schema_problem(ld, e, index,
                               "type %.200s of field %s.%s is %s; make the set with --include_imports", name,
                               e->full_name, f->name, type ? "of another kind" : "not in the descriptor set");
                return false;
        }
        if (f->type == TYPE_MESSAGE)
                f->message = ask_message(ld, type);
        else
                f->enumeration = ask_enum(ld, type);
        return f->message != NULL || f->enumeration != NULL;
}

static const char *json_name(struct loader *ld, const char *name)
{
        char *out = arena_strdup(ld->a, name);
        size_t n = 0;
        for (size_t i = 0; name[i]; i++) {
                if (name[i] == '_')
                        continue;
                bool up = i > 0 && name[i - 1] == '_' && name[i] >= 'a' && name[i] <= 'z';
                out[n++] = (char)(up ? name[i] - 'a' + 'A' : name[i]);
        }
        out[n] = '\0';
        return out;
}

// A field's own: those of its message, then of its oneof, then its options; proto2 and proto3 say the same
// with labels and with `packed`.
static struct features features_of(struct loader *ld, const struct type_entry *e, int index,
                                   const Google__Protobuf__FieldDescriptorProto *d)
{
        struct features out = e->features;
        const Google__Protobuf__FieldOptions *o = d->options;
        if (d->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED)
                out.presence = PRESENCE_REQUIRED;
        if (!e->file->editions) {
                if (o && o->has_packed)
                        out.packed = o->packed;
                return out;
        }
        if (d->has_oneof_index && e->message->oneof_decl[d->oneof_index]->options)
                schema_features(ld, e, index, &e->message->oneof_decl[d->oneof_index]->options->base,
                                FEATURES_OF_ONEOF, &out);
        if (o)
                schema_features(ld, e, index, &o->base, FEATURES_OF_FIELD, &out);
        return out;
}

// Presence, oneof and encoding. False: a problem was noted.
static bool set_features(struct loader *ld, const struct type_entry *e, int index,
                         const Google__Protobuf__FieldDescriptorProto *d, struct field *f)
{
        bool group = d->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP;
        f->repeated = d->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
        f->oneof = -1;
        if (d->has_oneof_index) {
                if (d->oneof_index < 0 || (size_t)d->oneof_index >= e->message->n_oneof_decl || f->repeated) {
                        schema_problem(ld, e, index, "field %s.%s names a oneof that does not exist",
                                       e->full_name, f->name);
                        return false;
                }
                f->oneof = e->oneof_index[d->oneof_index];
        }
        struct features features = features_of(ld, e, index, d);
        bool single = !f->repeated && !d->has_oneof_index && !e->mtype->map_entry;
        f->required = single && features.presence == PRESENCE_REQUIRED;
        f->presence = !f->repeated && (f->type == TYPE_MESSAGE || d->has_oneof_index ||
                                       features.presence != PRESENCE_IMPLICIT);
        f->packed = f->repeated && wire_packable(f->type) && features.packed;
        f->map = f->repeated && f->type == TYPE_MESSAGE && f->message->map_entry && !group;
        f->delimited =
            group || (f->type == TYPE_MESSAGE && features.delimited && !f->map && !e->mtype->map_entry);
        f->wire_type = f->delimited ? WIRE_START_GROUP : wire_type_of[f->type];
        if (single && !f->presence && f->type == TYPE_ENUM && f->enumeration->closed) {
                schema_problem(ld, e, index,
                               "field %s.%s has no presence, which a closed enum such as %s must have",
                               e->full_name, f->name, f->enumeration->full_name);
                return false;
        }
        return true;
}

static void build_field(struct loader *ld, struct type_entry *e, int index, struct field *f)
{
        const Google__Protobuf__FieldDescriptorProto *d = e->message->field[index];
        const char *name = d->name ? d->name : "";
        f->name = arena_strdup(ld->a, schema_identifier(name) ? name : "?");
        f->number = (uint32_t)d->number;
        f->type = d->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP
                      ? TYPE_MESSAGE
                      : (enum field_type)d->type;
        f->column = f->name;
        f->unit = "";
        f->comment = schema_comment(ld, e, index);
        f->line = schema_line(e, index);
        if (!schema_identifier(name))
                schema_problem(ld, e, index, "field number %d of %s has no proper name", d->number,
                               e->full_name);
        if (d->number < 1 || d->number > 536870911)
                schema_problem(ld, e, index, "field %s.%s has the number %d, which protobuf does not allow",
                               e->full_name, f->name, d->number);
        if (!d->has_type || f->type < TYPE_DOUBLE || f->type > TYPE_SINT64) {
                schema_problem(ld, e, index, "field %s.%s has no type", e->full_name, f->name);
                f->type = TYPE_BYTES;
                return;
        }
        f->json_name = d->json_name && schema_identifier(d->json_name) ? arena_strdup(ld->a, d->json_name)
                                                                       : json_name(ld, f->name);
        if (!resolve(ld, e, index, d, f) || !set_features(ld, e, index, d, f)) {
                f->type = TYPE_BYTES; // loading has failed; the others are still looked at
                return;
        }
}

// Real oneofs, in order; those that only carry a proto3 `optional` are left out.
static void build_oneofs(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__DescriptorProto *d = e->message;
        struct mtype *t = e->mtype;
        e->oneof_index = arena_zalloc(ld->scratch, (d->n_oneof_decl + 1) * sizeof(int));
        t->oneof_names = arena_zalloc(ld->a, (d->n_oneof_decl + 1) * sizeof(*t->oneof_names));
        for (size_t i = 0; i < d->n_field; i++) {
                const Google__Protobuf__FieldDescriptorProto *f = d->field[i];
                if (f->has_oneof_index && f->proto3_optional && f->oneof_index >= 0 &&
                    (size_t)f->oneof_index < d->n_oneof_decl)
                        e->oneof_index[f->oneof_index] = -1;
        }
        for (size_t i = 0; i < d->n_oneof_decl; i++) {
                const char *name = d->oneof_decl[i]->name;
                if (e->oneof_index[i] < 0)
                        continue;
                if (name == NULL || !schema_identifier(name)) {
                        schema_problem(ld, e, -1, "a oneof of %s has no proper name", e->full_name);
                        name = "?";
                }
                e->oneof_index[i] = (int)t->oneofs;
                t->oneof_names[t->oneofs++] = arena_strdup(ld->a, name);
        }
}

struct numbered {
        int32_t number;
        int index;
};

static int by_number(const void *a, const void *b)
{
        const struct numbered *x = a, *y = b;
        return x->number != y->number ? (x->number < y->number ? -1 : 1) : x->index - y->index;
}

static int by_name(const void *a, const void *b)
{
        const struct field *const *x = a, *const *y = b;
        return strcmp((*x)->name, (*y)->name);
}

static void check_names(struct loader *ld, const struct type_entry *e)
{
        const struct mtype *t = e->mtype;
        const struct field **sorted = arena_alloc(ld->scratch, (t->count + 1) * sizeof(*sorted));
        for (size_t i = 0; i < t->count; i++)
                sorted[i] = &t->fields[i];
        qsort(sorted, t->count, sizeof(*sorted), by_name);
        for (size_t i = 1; i < t->count; i++)
                if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
                        schema_problem(ld, e, -1, "%s has two fields named %s", e->full_name,
                                       sorted[i]->name);
}

static void build_message(struct loader *ld, struct type_entry *e)
{
        const Google__Protobuf__DescriptorProto *d = e->message;
        struct mtype *t = e->mtype;
        if (d->n_field > SCHEMA_FIELDS_MAX) {
                schema_problem(ld, e, -1, "%s has more than %d fields", e->full_name, SCHEMA_FIELDS_MAX);
                return;
        }
        if (d->options && d->options->message_set_wire_format)
                schema_problem(ld, e, -1, "%s uses message_set_wire_format, which is not supported",
                               e->full_name);
        t->comment = schema_comment(ld, e, -1);
        build_oneofs(ld, e);
        struct numbered *order = arena_alloc(ld->scratch, (d->n_field + 1) * sizeof(*order));
        for (size_t i = 0; i < d->n_field; i++)
                order[i] = (struct numbered){ .number = d->field[i]->number, .index = (int)i };
        qsort(order, d->n_field, sizeof(*order), by_number);
        t->fields = arena_zalloc(ld->a, (d->n_field + 1) * sizeof(*t->fields));
        e->field_index = arena_alloc(ld->scratch, (d->n_field + 1) * sizeof(int));
        for (size_t i = 0; i < d->n_field; i++) {
                struct field *f = &t->fields[i];
                f->index = (uint32_t)i;
                e->field_index[i] = order[i].index;
                build_field(ld, e, order[i].index, f);
                if (i > 0 && f->number == t->fields[i - 1].number)
                        schema_problem(ld, e, order[i].index, "%s has two fields with the number %u",
                                       e->full_name, f->number);
                if (f->number < 64)
                        t->direct[f->number] = (uint16_t)(i + 1);
        }
        t->count = d->n_field;
        check_names(ld, e);
}

int schema_field_index(const struct type_entry *e, const struct field *f)
{
        return e->field_index[f->index];
}

const struct mtype *schema_types_build(struct loader *ld, struct type_entry *root)
{
        const struct mtype *t = ask_message(ld, root);
        for (struct type_entry *e = ld->first; e; e = e->next) {
                if (e->message)
                        build_message(ld, e);
                else
                        build_enum(ld, e);
        }
        return t;
}

// iochub.v1.FieldOptions: column, type, unit, personal.
#include "google/protobuf/descriptor.pb-c.h"
#include "hub/msg/schema_int.h"
#include "hub/msg/wire.h"
#include "iochub/v1/options.pb-c.h"

#define COLUMN_MAX      63 // PostgreSQL's NAMEDATALEN - 1
#define OPTION_ELEMENTS 10000

void *schema_unpack_option(struct loader *ld, const struct type_entry *e, int field, const char *type_name,
                           const ProtobufCMessageDescriptor *descriptor, struct slice bytes)
{
        static const struct wire_limits limits = { .elements = OPTION_ELEMENTS, .strict = true };
        struct fault f = { 0 };
        if (wire_check_whole(schema_builtin(type_name), &bytes, &limits, ld->scratch, &f) != 0) {
                schema_problem(ld, e, field,
                               "the %s of %s cannot be read: %s (at `%s`); it may be of a newer iochub",
                               type_name, e->full_name, f.items[0].text_en, f.items[0].field);
                return NULL;
        }
        ProtobufCAllocator allocator = pb_allocator(ld->scratch);
        void *m = protobuf_c_message_unpack(descriptor, &allocator, bytes.n, bytes.p);
        if (m == NULL)
                schema_problem(ld, e, field, "the %s of %s cannot be read", type_name, e->full_name);
        return m;
}

// Lower case, so that it needs no quotes; `_` in front is for system columns.
static bool is_column(const char *s)
{
        size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
        return s[n] == '\0' && n <= COLUMN_MAX && s[0] >= 'a' && s[0] <= 'z';
}

static void set_type(struct loader *ld, const struct type_entry *e, int index, struct field *f, int type)
{
        if (type == IOCHUB__V1__COLUMN_TYPE__NUMERIC) {
                if (f->type != TYPE_STRING || f->repeated)
                        schema_problem(ld, e, index,
                                       "field %s.%s cannot be NUMERIC: only a singular string can",
                                       e->full_name, f->name);
                f->column_type = COLUMN_NUMERIC;
        } else if (type == IOCHUB__V1__COLUMN_TYPE__JSONB) {
                if (f->type != TYPE_MESSAGE && !f->repeated)
                        schema_problem(ld, e, index,
                                       "field %s.%s cannot be JSONB: only a message or a list can",
                                       e->full_name, f->name);
                f->column_type = COLUMN_JSONB;
        } else if (type != IOCHUB__V1__COLUMN_TYPE__COLUMN_TYPE_AUTO) {
                schema_problem(ld, e, index, "field %s.%s has a column type that this hub does not know",
                               e->full_name, f->name);
        }
}

static void read_options(struct loader *ld, const struct type_entry *e, int index, struct field *f)
{
        const Google__Protobuf__FieldOptions *options = e->message->field[index]->options;
        struct slice bytes;
        if (options == NULL || !pb_unknown(&options->base, OPTION_IOCHUB, ld->scratch, &bytes))
                return;
        const Iochub__V1__FieldOptions *o = schema_unpack_option(
            ld, e, index, "iochub.v1.FieldOptions", &iochub__v1__field_options__descriptor, bytes);
        if (o == NULL)
                return;
        if (o->column[0] && !is_column(o->column))
                schema_problem(ld, e, index,
                               "column `%.80s` of field %s.%s is not a name of lower case letters, digits "
                               "and `_`, starting with "
                               "a letter, at most %d characters",
                               o->column, e->full_name, f->name, COLUMN_MAX);
        else if (o->column[0])
                f->column = arena_strdup(ld->a, o->column);
        set_type(ld, e, index, f, o->type);
        f->unit = arena_strdup(ld->a, o->unit);
        f->personal = o->personal;
}

void schema_options(struct loader *ld)
{
        for (const struct type_entry *e = ld->first; e; e = e->next)
                for (size_t i = 0; e->mtype && i < e->mtype->count; i++)
                        read_options(ld, e, e->field_index[i], &e->mtype->fields[i]);
}

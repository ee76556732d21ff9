// iochub.v1.DatasetOptions of the root message, with names resolved and every contradiction reported.
#include "hub/base/clock.h"
#include "hub/base/text.h"
#include "hub/msg/schema_int.h"
#include "iochub/v1/options.pb-c.h"

#define PAST_DAYS_DEFAULT    366
#define FUTURE_HOURS_DEFAULT 24
#define DAYS_MAX             365250  // a thousand years
#define HOURS_MAX            8766000 // a thousand years
#define COMPARE_MAX          64

struct building {
        struct loader *ld;
        const struct type_entry *e;
        const Iochub__V1__DatasetOptions *o;
        struct dataset *d;
        const char *name; // for problem lines
};

#define complain(b, field, ...) schema_problem((b)->ld, (b)->e, (field), __VA_ARGS__)

static const char *keep(struct building *b, const char *s)
{
        return arena_strdup(b->ld->a, s);
}

static void set_name(struct building *b)
{
        if (!text_is_dataset(slice_str(b->o->name)))
                complain(b, -1,
                         "dataset name `%.80s` is not proper: a lower case letter, then letters, digits and "
                         "single hyphens, at most "
                         "48 characters",
                         b->o->name);
        char *table = arena_strdup(b->ld->a, b->o->name);
        for (char *p = table; *p; p++)
                if (*p == '-')
                        *p = '_';
        b->d->name = keep(b, b->o->name);
        b->d->table = table;
        b->d->domain = keep(b, b->o->domain);
        b->d->title_vi = keep(b, b->o->title_vi);
        b->d->title_en = keep(b, b->o->title_en);
}

static bool can_be_key(const struct field *f)
{
        switch (f->type) {
        case TYPE_DOUBLE:
        case TYPE_FLOAT:
        case TYPE_BYTES:
        case TYPE_GROUP:
                return false;
        case TYPE_MESSAGE:
                return !f->repeated && f->message->well_known == WK_TIMESTAMP;
        default:
                return !f->repeated;
        }
}

static const struct field *named(struct building *b, const char *role, const char *name)
{
        const struct field *f = mtype_field_named(b->e->mtype, slice_str(name));
        if (f == NULL)
                complain(b, -1, "%s field `%.80s` of dataset %s does not exist in %s", role, name, b->name,
                         b->e->full_name);
        return f;
}

static void set_key(struct building *b)
{
        const Iochub__V1__DatasetOptions *o = b->o;
        b->d->mode = (enum dataset_mode)o->mode;
        if (o->mode != IOCHUB__V1__MODE__APPEND && o->mode != IOCHUB__V1__MODE__UPSERT)
                complain(b, -1, "dataset %s has no mode: APPEND or UPSERT", b->name);
        if (o->mode == IOCHUB__V1__MODE__UPSERT && o->n_key == 0)
                complain(b, -1, "dataset %s is UPSERT and has no key; name its key fields", b->name);
        if (o->n_key > DATASET_KEYS_MAX) {
                complain(b, -1, "dataset %s has more than %d key fields", b->name, DATASET_KEYS_MAX);
                return;
        }
        b->d->key = arena_zalloc(b->ld->a, (o->n_key + 1) * sizeof(*b->d->key));
        for (size_t i = 0; i < o->n_key; i++) {
                const struct field *f = named(b, "key", o->key[i]);
                if (f == NULL)
                        continue;
                if (!can_be_key(f))
                        complain(b, schema_field_index(b->e, f),
                                 "field %s cannot be a key of dataset %s: a singular string, integer, bool, "
                                 "enum or Timestamp can",
                                 f->name, b->name);
                for (size_t k = 0; k < b->d->key_count; k++)
                        if (b->d->key[k] == f)
                                complain(b, -1, "field %s is named twice in the key of dataset %s", f->name,
                                         b->name);
                b->d->key[b->d->key_count++] = f;
        }
}

static void set_time(struct building *b)
{
        const Iochub__V1__DatasetOptions *o = b->o;
        if (o->event_time[0]) {
                const struct field *f = named(b, "event_time", o->event_time);
                if (f && (f->repeated || f->type != TYPE_MESSAGE || f->message->well_known != WK_TIMESTAMP))
                        complain(
                            b, schema_field_index(b->e, f),
                            "event_time field %s of dataset %s is not a singular google.protobuf.Timestamp",
                            f->name, b->name);
                b->d->event_time = f;
        }
        if (o->order_by_event_time && (!o->event_time[0] || o->mode != IOCHUB__V1__MODE__UPSERT))
                complain(b, -1, "order_by_event_time of dataset %s needs mode UPSERT and an event_time field",
                         b->name);
        if (o->retention_days > DAYS_MAX || o->past_days > DAYS_MAX || o->future_hours > HOURS_MAX) {
                complain(b, -1, "a period of dataset %s is above %d days", b->name, DAYS_MAX);
                return;
        }
        b->d->order_by_event_time = o->order_by_event_time;
        b->d->retention_days = o->retention_days;
        b->d->past_usec =
            (int64_t)(o->past_days ? o->past_days : PAST_DAYS_DEFAULT) * 24 * 3600 * USEC_PER_SEC;
        b->d->future_usec =
            (int64_t)(o->future_hours ? o->future_hours : FUTURE_HOURS_DEFAULT) * 3600 * USEC_PER_SEC;
}

static void set_personal(struct building *b)
{
        const struct field *marked = NULL;
        const struct type_entry *where = NULL;
        for (const struct type_entry *e = b->ld->first; e && !marked; e = e->next)
                for (size_t i = 0; e->mtype && i < e->mtype->count && !marked; i++)
                        if (e->mtype->fields[i].personal) {
                                marked = &e->mtype->fields[i];
                                where = e;
                        }
        if (b->o->personal_data < 0 ||
            b->o->personal_data > IOCHUB__V1__PERSONAL_DATA__PERSONAL_DATA_SENSITIVE)
                complain(b, -1, "dataset %s has a personal_data class that this hub does not know", b->name);
        b->d->personal_data = (enum personal_data)b->o->personal_data;
        if (marked && b->d->personal_data == PERSONAL_NONE)
                schema_problem(b->ld, where, schema_field_index(where, marked),
                               "field %s.%s is marked personal but dataset %s says PERSONAL_DATA_NONE; set "
                               "personal_data",
                               where->full_name, marked->name, b->name);
        if (!marked && b->d->personal_data != PERSONAL_NONE)
                complain(b, -1,
                         "dataset %s holds personal data but no field is marked personal; mark those that do",
                         b->name);
}

enum compare_class {
        CLASS_NONE,
        CLASS_NUMBER,
        CLASS_TEXT,
        CLASS_BYTES,
        CLASS_BOOL,
        CLASS_ENUM,
        CLASS_TIME,
        CLASS_DURATION
};

static enum compare_class compare_class(const struct field *f)
{
        if (f->repeated)
                return CLASS_NONE;
        switch (f->type) {
        case TYPE_STRING:
                return f->column_type == COLUMN_NUMERIC ? CLASS_NONE : CLASS_TEXT;
        case TYPE_BYTES:
                return CLASS_BYTES;
        case TYPE_BOOL:
                return CLASS_BOOL;
        case TYPE_ENUM:
                return CLASS_ENUM;
        case TYPE_MESSAGE:
                return f->message->well_known == WK_TIMESTAMP  ? CLASS_TIME
                       : f->message->well_known == WK_DURATION ? CLASS_DURATION
                                                               : CLASS_NONE;
        case TYPE_GROUP:
                return CLASS_NONE;
        default:
                return CLASS_NUMBER;
        }
}

static bool comparable(const struct field *l, const struct field *r)
{
        enum compare_class c = compare_class(l);
        return c != CLASS_NONE && c == compare_class(r) &&
               (c != CLASS_ENUM || l->enumeration == r->enumeration);
}

static bool read_operator(const char *s, enum compare_operator *out)
{
        static const char *const words[] = {
                [COMPARE_LT] = "<",  [COMPARE_LE] = "<=", [COMPARE_EQ] = "=",
                [COMPARE_NE] = "!=", [COMPARE_GE] = ">=", [COMPARE_GT] = ">",
        };
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(s, words[i]) == 0) {
                        *out = (enum compare_operator)i;
                        return true;
                }
        return false;
}

static void set_compare(struct building *b, const Iochub__V1__Compare *c, struct compare *out)
{
        const struct field *l = named(b, "compare", c->left), *r = named(b, "compare", c->right);
        if (!schema_identifier(c->id))
                complain(b, -1, "a compare of dataset %s has no id of letters, digits and `_`", b->name);
        if (!read_operator(c->operator_, &out->operator))
                complain(b, -1, "compare %.80s of dataset %s has the operator `%.8s`; one of < <= = != >= >",
                         c->id, b->name, c->operator_);
        if (l && r && !comparable(l, r))
                complain(b, schema_field_index(b->e, l),
                         "compare %.80s of dataset %s: fields %s and %s cannot be compared", c->id, b->name,
                         l->name, r->name);
        if (c->severity != IOCHUB__V1__SEVERITY__REJECT && c->severity != IOCHUB__V1__SEVERITY__FLAG)
                complain(b, -1, "compare %.80s of dataset %s has a severity that this hub does not know",
                         c->id, b->name);
        if (l == NULL || r == NULL)
                return;
        out->id = keep(b, c->id);
        out->left = l;
        out->right = r;
        out->flag = c->severity == IOCHUB__V1__SEVERITY__FLAG;
        out->text_vi = c->text_vi[0]
                           ? keep(b, c->text_vi)
                           : arena_printf(b->ld->a, "%s phải %s %s", l->name, c->operator_, r->name);
        out->text_en = c->text_en[0]
                           ? keep(b, c->text_en)
                           : arena_printf(b->ld->a, "%s must be %s %s", l->name, c->operator_, r->name);
}

static void set_compares(struct building *b)
{
        if (b->o->n_compare > COMPARE_MAX) {
                complain(b, -1, "dataset %s has more than %d comparisons", b->name, COMPARE_MAX);
                return;
        }
        b->d->compare = arena_zalloc(b->ld->a, (b->o->n_compare + 1) * sizeof(*b->d->compare));
        b->d->compare_count = b->o->n_compare;
        for (size_t i = 0; i < b->o->n_compare; i++) {
                set_compare(b, b->o->compare[i], &b->d->compare[i]);
                for (size_t k = 0; k < i; k++)
                        if (strcmp(b->o->compare[k]->id, b->o->compare[i]->id) == 0)
                                complain(b, -1, "dataset %s has two comparisons with the id %.80s", b->name,
                                         b->o->compare[i]->id);
        }
}

const struct dataset *schema_dataset(struct loader *ld, const struct type_entry *root)
{
        struct slice bytes;
        const Google__Protobuf__MessageOptions *options = root->message->options;
        if (options == NULL || !pb_unknown(&options->base, OPTION_IOCHUB, ld->scratch, &bytes))
                return NULL;
        struct building b = { .ld = ld, .e = root };
        b.o = schema_unpack_option(ld, root, -1, "iochub.v1.DatasetOptions",
                                   &iochub__v1__dataset_options__descriptor, bytes);
        if (b.o == NULL)
                return NULL;
        b.d = arena_zalloc(ld->a, sizeof(*b.d));
        b.name = b.o->name[0] ? b.o->name : root->full_name;
        set_name(&b);
        set_key(&b);
        set_time(&b);
        set_personal(&b);
        set_compares(&b);
        b.d->approval_required = b.o->approval_required;
        return b.d;
}

// Binding `map:` to the dataset's structure: paths become fields, and options that do not fit the field are
// mistakes.
#include "connectors/sdk/mapping_plan.h"
#include "hub/base/text.h"

#define NAMES_MAX 512

static void unknown_field(const struct entry *e, const struct mtype *type, struct slice name,
                          struct conf_errors *errors)
{
        const char *names[NAMES_MAX];
        size_t count = 0;
        for (; count < type->count && count < NAMES_MAX; count++)
                names[count] = type->fields[count].name;
        char word[65] = "";
        if (name.n < sizeof(word))
                memcpy(word, name.p, name.n);
        const char *nearest = text_nearest(word, names, count);
        conf_error(errors, e->at, "%s has no field `%.*s`%s%s%s", type->full_name, (int)name.n,
                   (const char *)name.p, nearest ? "; did you mean `" : "", nearest ? nearest : "",
                   nearest ? "`?" : "");
}

static bool is_time(const struct field *f)
{
        return f->message && f->message->well_known == WK_TIMESTAMP;
}

static bool is_duration(const struct field *f)
{
        return f->message && f->message->well_known == WK_DURATION;
}

static bool is_number(const struct field *f)
{
        return f->type != TYPE_BOOL && f->type != TYPE_STRING && f->type != TYPE_BYTES &&
               f->type != TYPE_MESSAGE && f->type != TYPE_GROUP && f->type != TYPE_ENUM;
}

// A step that is not the last must be a singular message of its own fields.
static bool may_descend(const struct entry *e, const struct field *f, struct conf_errors *errors)
{
        if (f->message && !f->repeated && !f->map &&
            (f->message->well_known == WK_NONE || f->message->well_known == WK_WRAPPER))
                return true;
        conf_error(errors, e->at, "%s: `%s` has no fields that a column could fill", e->path, f->name);
        return false;
}

static bool resolve(struct entry *e, const struct mtype *type, struct conf_errors *errors)
{
        const char *p = e->path;
        for (;;) {
                size_t n = strcspn(p, ".");
                struct slice name = slice_of(p, n);
                const struct field *f = mtype_field_named(type, name);
                if (f == NULL) {
                        unknown_field(e, type, name, errors);
                        return false;
                }
                if (e->depth == MAPPING_DEPTH) {
                        conf_error(errors, e->at, "%s is nested deeper than %d", e->path, MAPPING_DEPTH);
                        return false;
                }
                e->steps[e->depth++] = f;
                if (p[n] == '\0')
                        break;
                if (!may_descend(e, f, errors))
                        return false;
                type = f->message;
                p += n + 1;
        }
        // A wrapper is filled through its one field.
        const struct field *last = e->steps[e->depth - 1];
        if (last->message && last->message->well_known == WK_WRAPPER && !last->repeated) {
                if (e->depth == MAPPING_DEPTH)
                        return false;
                e->steps[e->depth++] = &last->message->fields[0];
        }
        return true;
}

static void check_format(struct entry *e, const struct field *f, struct conf_errors *errors)
{
        static const char *const times[] = { "rfc3339", "unix", "unix_ms", NULL };
        static const char *const durations[] = { "s", "ms", "min", "h", NULL };
        static const char *const bytes[] = { "text", "hex", NULL };
        const char *text = e->conf.format;
        if (text == NULL)
                return;
        const struct yaml_node *at = yaml_get(e->value, "format");
        if (is_time(f) && e->time_form == TIME_FORMAT)
                return;
        const char *const *words = is_time(f)              ? times
                                   : is_duration(f)        ? durations
                                   : f->type == TYPE_BYTES ? bytes
                                                           : NULL;
        if (words == NULL) {
                conf_error(errors, at, "%s: format is for Timestamp, Duration and bytes fields", e->path);
                return;
        }
        for (int i = 0; words[i]; i++) {
                if (strcmp(words[i], text) == 0) {
                        e->time_form = is_time(f) ? (enum time_form)i : e->time_form;
                        e->duration_unit = is_duration(f) ? (enum duration_unit)i : e->duration_unit;
                        return;
                }
        }
        conf_error(errors, at, "%s: there is no format `%s`", e->path, text);
}

static bool check_options(struct entry *e, const struct field *f, struct conf_errors *errors)
{
        if (f->map || (f->message && !is_time(f) && !is_duration(f))) {
                conf_error(errors, e->at,
                           "%s is a message or a map, which no column fills; name its fields (`%s.…`)",
                           e->path, e->path);
                return false;
        }
        if (e->conf.split && !f->repeated)
                conf_error(errors, yaml_get(e->value, "split"),
                           "%s is not repeated, so there is nothing to split", e->path);
        bool text = f->type == TYPE_STRING;
        if ((e->conf.decimal || e->conf.thousands) && !is_number(f) && !is_duration(f) && !text)
                conf_error(errors, e->at, "%s is not a number, so it has no decimal or thousands sign",
                           e->path);
        if (e->conf.unit && !is_number(f) && !is_duration(f) && !text)
                conf_error(errors, yaml_get(e->value, "unit"), "%s is not a number, so it has no unit",
                           e->path);
        if ((e->conf.true_words.count || e->conf.false_words.count) && f->type != TYPE_BOOL)
                conf_error(errors, e->at, "%s is not a bool, so it has no true_words or false_words",
                           e->path);
        check_format(e, f, errors);
        return true;
}

// Two entries for one field, a field and its parts, or two members of one oneof cannot both hold.
static void check_clash(const struct mapping *m, size_t i, struct conf_errors *errors)
{
        const struct entry *e = &m->entries[i];
        for (size_t k = 0; k < i; k++) {
                const struct entry *o = &m->entries[k];
                unsigned same = 0;
                while (same < e->depth && same < o->depth && e->steps[same] == o->steps[same])
                        same++;
                if (same == e->depth || same == o->depth) {
                        if (e->depth && o->depth)
                                conf_error(errors, e->at, "%s is filled by %s already (line %u)", e->path,
                                           o->path, o->at->line);
                        continue;
                }
                const struct field *a = e->steps[same], *b = o->steps[same];
                if (a->oneof >= 0 && a->oneof == b->oneof)
                        conf_error(errors, e->at, "%s and %s are of one oneof: map one of them", e->path,
                                   o->path);
        }
}

void mapping_bind(struct mapping *m, const struct schema *s, struct conf_errors *errors)
{
        m->root = s->root;
        for (size_t i = 0; i < m->count; i++) {
                struct entry *e = &m->entries[i];
                e->depth = 0;
                if (!resolve(e, s->root, errors)) {
                        e->depth = 0;
                        continue;
                }
                if (check_options(e, e->steps[e->depth - 1], errors))
                        check_clash(m, i, errors);
        }
}

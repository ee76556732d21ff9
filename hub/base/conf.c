// The map's keys are walked in the order of the file, so that mistakes come in that order too; what is
// required and absent comes last. A value that is refused leaves its default.
#include "hub/base/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/text.h"

#define SHOWN     100 // mistakes
#define VALUE_MAX 60  // bytes of a wrong value that a message repeats

void conf_errors_init(struct conf_errors *errors, const char *file)
{
        *errors = (struct conf_errors){ .file = file };
}

void conf_errors_done(struct conf_errors *errors)
{
        if (errors)
                buf_done(&errors->text);
}

void conf_error(struct conf_errors *errors, const struct yaml_node *at, const char *format, ...)
{
        errors->count++;
        if (errors->count > SHOWN + 1)
                return;
        if (errors->count == SHOWN + 1) {
                buf_printf(&errors->text, "%s: more mistakes follow, which are not shown\n", errors->file);
                return;
        }
        buf_add_str(&errors->text, errors->file);
        if (at)
                buf_printf(&errors->text, ":%u:%u", at->line, at->column);
        buf_add_str(&errors->text, ": ");
        char text[1024];
        va_list args;
        va_start(args, format);
        int n = vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        if (n < 0)
                abort();
        // What the arguments hold may come from outside.
        text_show(&errors->text, slice_str(text), SIZE_MAX, "");
        buf_add_char(&errors->text, '\n');
}

static bool is_null(const struct yaml_node *n)
{
        static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
        for (size_t i = 0; i < sizeof(nulls) / sizeof(*nulls); i++) {
                if (n->kind == YAML_SCALAR && !n->quoted && strcmp(n->text, nulls[i]) == 0)
                        return true;
        }
        return false;
}

static char *duplicate(const char *s)
{
        char *copy = strdup(s);
        if (copy == NULL)
                abort();
        return copy;
}

static void *zeroed(size_t count, size_t size)
{
        void *p = calloc(count ? count : 1, size);
        if (p == NULL)
                abort();
        return p;
}

struct unit {
        const char *name;
        int64_t factor;
};

static const struct unit byte_units[] = {
        { "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "", 1 }, { 0 }
};
static const struct unit time_units[] = { { "d", 86400 * USEC_PER_SEC },
                                          { "h", 3600 * USEC_PER_SEC },
                                          { "min", 60 * USEC_PER_SEC },
                                          { "s", USEC_PER_SEC },
                                          { "ms", 1000 },
                                          { "us", 1 },
                                          { 0 } };

// "64KiB" or "64 KiB"; a bare 0 needs no unit.
static bool parse_units(const char *text, const struct unit *units, int64_t *out)
{
        size_t digits = strspn(text, "0123456789");
        int64_t v;
        if (text_int64(slice_of(text, digits), &v) != 0)
                return false;
        const char *suffix = text + digits;
        if (suffix[0] == ' ' && suffix[1] != '\0')
                suffix++;
        for (; units->name; units++) {
                if (strcmp(suffix, units->name) == 0 || (v == 0 && *suffix == '\0'))
                        return !__builtin_mul_overflow(v, units->factor, out);
        }
        return false;
}

void conf_format(enum conf_type type, int64_t v, struct buf *out)
{
        const struct unit *unit = type == CONF_BYTES ? byte_units : time_units;
        if (type == CONF_INT || v == 0) {
                buf_printf(out, "%lld", (long long)v);
                return;
        }
        while (v % unit->factor != 0)
                unit++;
        buf_printf(out, "%lld%s", (long long)(v / unit->factor), unit->name);
}

static bool in_bounds(const struct conf_option *o, int64_t v)
{
        if (o->min == 0 && o->max == 0)
                return true;
        return v >= o->min && (o->max < o->min || v <= o->max);
}

// YAML 1.1 would read 010 as 8, people as 10: refused.
static bool parse_int(const char *text, int64_t *out)
{
        const char *digits = text + (*text == '-');
        if (digits[0] == '0' && digits[1] != '\0')
                return false;
        return text_int64(slice_str(text), out) == 0;
}

static bool parse_number(const struct conf_option *o, const char *text, int64_t *out)
{
        bool good;
        int64_t v;
        if (o->type == CONF_INT)
                good = parse_int(text, &v);
        else
                good = parse_units(text, o->type == CONF_BYTES ? byte_units : time_units, &v);
        if (!good || !in_bounds(o, v))
                return false;
        *out = v;
        return true;
}

static bool parse_word(const char *const *words, const char *text, int *out)
{
        for (int i = 0; words[i]; i++) {
                if (strcmp(words[i], text) == 0) {
                        *out = i;
                        return true;
                }
        }
        return false;
}

static void free_strings(char **items, size_t count)
{
        for (size_t i = 0; items && i < count; i++)
                free(items[i]);
        free(items);
}

static void set_string(char **field, const char *text)
{
        char *copy = duplicate(text);
        free(*field);
        *field = copy;
}

static void set_one_item(struct conf_strings *list, const char *text)
{
        free_strings(list->items, list->count);
        list->items = zeroed(1, sizeof(char *));
        list->items[0] = duplicate(text);
        list->count = 1;
}

// One scalar into its field; false where the text is not of the type or out of bounds, the field then keeps
// its value.
static bool parse_scalar(const struct conf_option *o, const char *text, bool quoted, void *field)
{
        switch (o->type) {
        case CONF_STRING:
                set_string(field, text);
                return true;
        case CONF_BOOL:
                if (quoted || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0))
                        return false;
                *(bool *)field = text[0] == 't';
                return true;
        case CONF_INT:
                return !quoted && parse_number(o, text, field);
        case CONF_BYTES:
        case CONF_DURATION:
                return parse_number(o, text, field);
        case CONF_ENUM:
                return parse_word(o->words, text, field);
        case CONF_LIST:
                set_one_item(field, text);
                return true;
        default:
                return false;
        }
}

static void *field_of(const struct conf_option *o, void *out)
{
        return (char *)out + o->offset;
}

static void set_defaults(const struct conf_option *table, void *out)
{
        for (const struct conf_option *o = table; o->name; o++) {
                if (o->type == CONF_SECTION)
                        set_defaults(o->section, field_of(o, out));
                else if (o->fallback && !parse_scalar(o, o->fallback, false, field_of(o, out)))
                        abort();
        }
}

static void add_words(struct buf *out, const char *const *words)
{
        for (size_t i = 0; words[i]; i++)
                buf_printf(out, "%s%s", i ? ", " : "", words[i]);
}

static void add_bounds(struct buf *out, const struct conf_option *o)
{
        if (o->min == 0 && o->max == 0)
                return;
        buf_add_str(out, o->max < o->min ? " of at least " : " from ");
        conf_format(o->type, o->min, out);
        if (o->max >= o->min) {
                buf_add_str(out, " to ");
                conf_format(o->type, o->max, out);
        }
}

// What the option wants, for "must be …".
static void add_wanted(struct buf *out, const struct conf_option *o)
{
        switch (o->type) {
        case CONF_STRING:
                buf_add_str(out, "a text");
                break;
        case CONF_BOOL:
                buf_add_str(out, "true or false, without quotes");
                break;
        case CONF_INT:
                buf_add_str(out, "a whole number");
                break;
        case CONF_BYTES:
                buf_add_str(out, "a size (such as 500, 64KiB, 10MiB, 1GiB)");
                break;
        case CONF_DURATION:
                buf_add_str(out, "a duration with its unit (us, ms, s, min, h, d)");
                break;
        case CONF_ENUM:
                buf_add_str(out, "one of ");
                add_words(out, o->words);
                break;
        case CONF_LIST:
                buf_add_str(out, "a text or a list of texts");
                break;
        case CONF_PAIRS:
                buf_add_str(out, "a map of names and texts");
                break;
        case CONF_SECTION:
                buf_add_str(out, "a map of options");
                break;
        case CONF_MANY:
                buf_add_str(out, "a list of maps");
                break;
        case CONF_NODE:
                buf_add_str(out, "a value");
                break;
        }
        add_bounds(out, o);
}

static void add_found(struct buf *out, const struct yaml_node *at)
{
        if (at->kind != YAML_SCALAR) {
                buf_add_str(out, at->kind == YAML_MAP ? "a map" : "a list");
        } else if (is_null(at)) {
                buf_add_str(out, "nothing");
        } else {
                const char *quote = at->quoted ? "\"" : "`";
                buf_add_str(out, quote);
                text_show(out, slice_str(at->text), VALUE_MAX, "");
                buf_add_str(out, quote);
        }
}

static void wrong_value(const struct conf_option *o, const struct yaml_node *at, struct conf_errors *errors)
{
        struct buf what;
        buf_init(&what);
        buf_printf(&what, "`%s` must be ", o->name);
        add_wanted(&what, o);
        buf_add_str(&what, ", not ");
        add_found(&what, at);
        if (o->type == CONF_ENUM && at->kind == YAML_SCALAR && errors->count < SHOWN) {
                size_t count = 0;
                while (o->words[count])
                        count++;
                const char *nearest = text_nearest(at->text, o->words, count);
                if (nearest)
                        buf_printf(&what, "; did you mean `%s`?", nearest);
        }
        conf_error(errors, at, "%s", buf_cstr(&what));
        buf_done(&what);
}

static void read_list(const struct conf_option *o, const struct yaml_node *node, struct conf_strings *list,
                      struct conf_errors *errors)
{
        char **items = zeroed(node->count, sizeof(char *));
        size_t count = 0;
        for (size_t i = 0; i < node->count; i++) {
                const struct yaml_node *item = node->items[i];
                if (item->kind == YAML_SCALAR && !is_null(item))
                        items[count++] = duplicate(item->text);
                else
                        conf_error(errors, item, "each item of `%s` must be a text ('' for an empty one)",
                                   o->name);
        }
        free_strings(list->items, list->count);
        *list = (struct conf_strings){ .items = items, .count = count };
}

static void read_pairs(const struct conf_option *o, const struct yaml_node *map, struct conf_pairs *pairs,
                       struct conf_errors *errors)
{
        pairs->names = zeroed(map->count, sizeof(char *));
        pairs->values = zeroed(map->count, sizeof(char *));
        for (size_t i = 0; i < map->count; i++) {
                const struct yaml_node *value = map->items[i];
                if (value->kind != YAML_SCALAR || is_null(value)) {
                        conf_error(errors, value, "`%s` in `%s` must be a text ('' for an empty one)",
                                   map->keys[i]->text, o->name);
                        continue;
                }
                pairs->names[pairs->count] = duplicate(map->keys[i]->text);
                pairs->values[pairs->count++] = duplicate(value->text);
        }
}

static void read_many(const struct conf_option *o, const struct yaml_node *list, struct conf_array *array,
                      struct conf_errors *errors)
{
        array->items = zeroed(list->count, o->size);
        array->count = list->count;
        for (size_t i = 0; i < list->count; i++)
                conf_read(o->section, list->items[i], (char *)array->items + i * o->size, errors);
}

// Null stands for an empty section, map or list of maps, and is no value for what wants a text.
static void read_value(const struct conf_option *o, const struct yaml_node *node, void *field,
                       struct conf_errors *errors)
{
        bool null = is_null(node);
        if (o->type == CONF_NODE)
                *(const struct yaml_node **)field = node;
        else if (o->type == CONF_SECTION)
                conf_read(o->section, node, field, errors);
        else if (node->kind == YAML_SCALAR && !null && parse_scalar(o, node->text, node->quoted, field))
                return;
        else if (o->type == CONF_LIST && node->kind == YAML_LIST)
                read_list(o, node, field, errors);
        else if (o->type == CONF_PAIRS && (node->kind == YAML_MAP || null))
                read_pairs(o, node, field, errors);
        else if (o->type == CONF_MANY && (node->kind == YAML_LIST || null))
                read_many(o, node, field, errors);
        else
                wrong_value(o, node, errors);
}

static void unknown_key(const struct conf_option *table, const struct yaml_node *key,
                        struct conf_errors *errors)
{
        enum { NAMES_MAX = 256 };
        const char *names[NAMES_MAX] = { NULL }, *nearest = NULL;
        size_t count = 0;
        if (errors->count < SHOWN) {
                for (const struct conf_option *o = table; o->name && count < NAMES_MAX; o++)
                        names[count++] = o->name;
                nearest = text_nearest(key->text, names, count);
        }
        struct buf what;
        buf_init(&what);
        buf_add_str(&what, "unknown key `");
        text_show(&what, slice_str(key->text), VALUE_MAX, "");
        if (nearest) {
                buf_printf(&what, "`; did you mean `%s`?", nearest);
        } else {
                buf_add_str(&what, "`; known here:");
                for (size_t i = 0; i < count; i++)
                        buf_printf(&what, "%s %s", i ? "," : "", names[i]);
        }
        conf_error(errors, key, "%s", buf_cstr(&what));
        buf_done(&what);
}

static void read_keys(const struct conf_option *table, const struct yaml_node *map, void *out,
                      struct conf_errors *errors)
{
        for (size_t i = 0; i < map->count; i++) {
                const struct conf_option *o = table;
                while (o->name && strcmp(o->name, map->keys[i]->text) != 0)
                        o++;
                if (o->name)
                        read_value(o, map->items[i], field_of(o, out), errors);
                else
                        unknown_key(table, map->keys[i], errors);
        }
}

void conf_read(const struct conf_option *table, const struct yaml_node *map, void *out,
               struct conf_errors *errors)
{
        set_defaults(table, out);
        if (map->kind != YAML_MAP && !is_null(map)) {
                conf_error(errors, map, "a map of options (`name: value`) must stand here");
                return;
        }
        read_keys(table, map, out, errors);
        for (const struct conf_option *o = table; o->name; o++) {
                if (o->required && yaml_get(map, o->name) == NULL)
                        conf_error(errors, map, "`%s` is missing: %s", o->name, o->sentence);
        }
}

static void release_one(const struct conf_option *o, void *field)
{
        struct conf_strings *list = field;
        struct conf_pairs *pairs = field;
        struct conf_array *array = field;
        switch (o->type) {
        case CONF_STRING:
                free(*(char **)field);
                *(char **)field = NULL;
                break;
        case CONF_LIST:
                free_strings(list->items, list->count);
                *list = (struct conf_strings){ 0 };
                break;
        case CONF_PAIRS:
                free_strings(pairs->names, pairs->count);
                free_strings(pairs->values, pairs->count);
                *pairs = (struct conf_pairs){ 0 };
                break;
        case CONF_SECTION:
                conf_release(o->section, field);
                break;
        case CONF_MANY:
                for (size_t i = 0; i < array->count; i++)
                        conf_release(o->section, (char *)array->items + i * o->size);
                free(array->items);
                *array = (struct conf_array){ 0 };
                break;
        default:
                break;
        }
}

void conf_release(const struct conf_option *table, void *out)
{
        for (const struct conf_option *o = table; o->name; o++)
                release_one(o, field_of(o, out));
}

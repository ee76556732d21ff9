// Reading `map:`: each entry is a column's name, or a map of options.
#include <stdlib.h>

#include "connectors/sdk/mapping_plan.h"
#include "hub/base/text.h"

#define TEXT(field, words)                                                                                   \
        {                                                                                                    \
                .name = #field, .type = CONF_STRING, .offset = offsetof(struct entry_conf, field),           \
                .sentence = words                                                                            \
        }
#define LIST(field, words)                                                                                   \
        {                                                                                                    \
                .name = #field, .type = CONF_LIST, .offset = offsetof(struct entry_conf, field),             \
                .sentence = words                                                                            \
        }

const struct conf_option mapping_options[] = {
        TEXT(column, "Name of the column."),
        LIST(columns, "Names of columns, of which the first that is not missing is taken."),
        TEXT(value, "A constant in place of a column."),
        { .name = "values",
          .type = CONF_PAIRS,
          .offset = offsetof(struct entry_conf, values),
          .sentence = "Translation of the source's words; a word that is not listed rejects the row." },
        LIST(missing,
             "Texts that stand for a missing value; [''] where not given. The field is then absent."),
        TEXT(format, "Timestamp: rfc3339 (default), unix, unix_ms or a format such as '%d/%m/%Y %H:%M:%S'. "
                     "Bytes: text "
                     "(default) or hex. Duration: s (default), ms, min or h."),
        TEXT(zone,
             "Time zone of a format without %z: an IANA name such as Asia/Ho_Chi_Minh, UTC, or +07:00."),
        TEXT(unit, "Unit behind the number that is taken off, such as km/h."),
        TEXT(decimal,
             "Decimal sign, one character; where not given a point, or a comma where thousands is a point."),
        TEXT(thousands, "Sign between groups of three digits, one character; none where not given."),
        TEXT(split, "Repeated field: text between the elements."),
        LIST(true_words, "Bool: words for true, beside true and 1."),
        LIST(false_words, "Bool: words for false, beside false and 0."),
        { .name = "trim",
          .type = CONF_BOOL,
          .offset = offsetof(struct entry_conf, trim),
          .fallback = "true",
          .sentence = "Take white space off both ends." },
        { .name = NULL },
};

static size_t add_column(struct mapping *m, const char *name)
{
        for (size_t i = 0; i < m->columns.count; i++) {
                if (strcmp(m->names[i], name) == 0)
                        return i;
        }
        size_t n = m->columns.count++;
        m->names = reallocarray(m->names, n + 1, sizeof(*m->names));
        if (m->names == NULL)
                abort();
        m->names[n] = name;
        m->columns.names = m->names;
        return n;
}

static void read_columns(struct mapping *m, struct entry *e, struct conf_errors *errors)
{
        int ways = (e->conf.column != NULL) + (e->conf.columns.count > 0) + (e->conf.value != NULL);
        if (ways != 1) {
                conf_error(errors, e->at, "%s needs one of column, columns, value", e->path);
                return;
        }
        if (e->conf.value) {
                e->label = "";
                return;
        }
        if (e->conf.columns.count > MAPPING_COLUMNS) {
                conf_error(errors, e->at, "%s names more than %d columns", e->path, MAPPING_COLUMNS);
                return;
        }
        if (e->conf.column)
                e->columns[e->column_count++] = add_column(m, e->conf.column);
        for (size_t i = 0; i < e->conf.columns.count; i++)
                e->columns[e->column_count++] = add_column(m, e->conf.columns.items[i]);
        e->label = m->names[e->columns[0]];
}

static char read_sign(const struct entry *e, const char *text, const char *option, struct conf_errors *errors)
{
        if (text == NULL)
                return 0;
        if (strlen(text) == 1 && strchr(".,' _", text[0]))
                return text[0];
        conf_error(errors, yaml_get(e->value, option), "%s is one of . , ' _ or a space", option);
        return 0;
}

// What format means depends on the field, which is not known yet: whatever it could be is prepared.
static void read_format(struct entry *e, struct zones *zones, struct conf_errors *errors)
{
        const char *text = e->conf.format;
        if (e->conf.zone && zones_get(zones, e->conf.zone, &e->zone) != 0)
                conf_error(errors, yaml_get(e->value, "zone"),
                           "there is no time zone `%s` on this machine; write an IANA name such as "
                           "Asia/Ho_Chi_Minh, or +07:00",
                           e->conf.zone);
        bool is_format = text && strchr(text, '%');
        if (e->conf.zone && !is_format)
                conf_error(errors, yaml_get(e->value, "zone"),
                           "a zone needs a format such as '%%d/%%m/%%Y %%H:%%M'");
        if (!is_format)
                return;
        e->time_form = TIME_FORMAT;
        const char *why;
        if (date_format_compile(text, &e->format, &why) != 0)
                conf_error(errors, yaml_get(e->value, "format"), "%s", why);
        else if (e->format.has_zone && e->conf.zone)
                conf_error(errors, yaml_get(e->value, "zone"),
                           "the format has %%z, so there is no zone to give");
        else if (!e->format.has_zone && e->conf.zone == NULL)
                conf_error(errors, yaml_get(e->value, "format"), "a format without %%z needs a zone");
}

static void read_entry(struct mapping *m, struct entry *e, struct zones *zones, struct conf_errors *errors)
{
        if (e->value->kind == YAML_SCALAR) {
                struct yaml_node empty = { .kind = YAML_MAP,
                                           .line = e->value->line,
                                           .column = e->value->column };
                conf_read(mapping_options, &empty, &e->conf, errors);
                e->conf.column = strdup(e->value->text);
                if (e->conf.column == NULL)
                        abort();
        } else if (e->value->kind == YAML_MAP) {
                conf_read(mapping_options, e->value, &e->conf, errors);
        } else {
                conf_error(errors, e->value, "%s needs a column's name or a map of options", e->path);
                return;
        }
        bool is_map = e->value->kind == YAML_MAP;
        read_columns(m, e, errors);
        e->missing_given = is_map && yaml_get(e->value, "missing");
        e->number.decimal = read_sign(e, e->conf.decimal, "decimal", errors);
        e->number.thousands = read_sign(e, e->conf.thousands, "thousands", errors);
        if (e->number.thousands && e->number.decimal == 0)
                e->number.decimal = e->number.thousands == '.' ? ',' : '.';
        if (e->number.thousands && e->number.thousands == e->number.decimal)
                conf_error(errors, yaml_get(e->value, "thousands"),
                           "thousands and decimal are the same sign");
        e->number.unit = slice_str(e->conf.unit ? e->conf.unit : "");
        e->split = slice_str(e->conf.split ? e->conf.split : "");
        if (e->conf.split && e->split.n == 0)
                conf_error(errors, yaml_get(e->value, "split"), "split is empty");
        read_format(e, zones, errors);
}

struct mapping *mapping_read(const struct yaml_node *map, struct zones *zones, struct conf_errors *errors)
{
        struct mapping *m = calloc(1, sizeof(*m));
        if (m == NULL)
                abort();
        if (map == NULL || map->kind != YAML_MAP || map->count == 0) {
                conf_error(errors, map, "map needs at least one field: `field: column`");
                return m;
        }
        m->entries = calloc(map->count, sizeof(*m->entries));
        if (m->entries == NULL)
                abort();
        for (size_t i = 0; i < map->count; i++) {
                struct entry *e = &m->entries[m->count++];
                e->at = map->keys[i];
                e->path = e->at->text;
                e->value = map->items[i];
                read_entry(m, e, zones, errors);
        }
        return m;
}

struct mapping *mapping_free(struct mapping *m)
{
        for (size_t i = 0; m && i < m->count; i++)
                conf_release(mapping_options, &m->entries[i].conf);
        if (m) {
                free(m->entries);
                free(m->names);
        }
        free(m);
        return NULL;
}

const struct source_columns *mapping_columns(const struct mapping *m)
{
        return &m->columns;
}

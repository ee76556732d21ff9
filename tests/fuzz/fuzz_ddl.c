// Tables from descriptors that nearly are datasets: the input is read as decisions on fields, types, names,
// options and comments. What loads and makes a table gives statements in which every name and text from the
// descriptor is quoted, brackets close and nothing is commented out.
#include <ctype.h>

#include "hub/pg/table.h"
#include "tests/fuzz/fuzz.h"

#define MARK "zq" // in every name of the descriptor, and in no word of ours

struct decisions {
        const uint8_t *p, *end;
        unsigned names;
};

static unsigned decide(struct decisions *d, unsigned of)
{
        return d->p < d->end ? *d->p++ % of : 0;
}

static void add_name(struct decisions *d, struct buf *out)
{
        static const char *const parts[] = {
                "select", "User",  "_",   "__",      "a",          "Z9",
                "order",  "table", "x_y", "_agency", "event_time", "0123456789012345678901234567890123456789",
        };
        static const char *const plain[] = { MARK "a", MARK "_b", MARK "C" };
        unsigned kind = decide(d, 5);
        if (kind == 0) { // likely the same as another
                buf_add_str(out, plain[decide(d, 3)]);
                return;
        }
        buf_printf(out, MARK "%u", d->names++);
        while (kind-- > 1)
                buf_add_str(out, parts[decide(d, sizeof(parts) / sizeof(parts[0]))]);
}

// Text that could break out of its quotes.
static void add_wild(struct decisions *d, struct buf *out)
{
        static const char *const parts[] = {
                "'",  "''", "\"", "\\", "\\'",  "$$", "$a$", "--", "/*",
                "*/", ";",  "\n", "(",  "ổ gà", "%s", MARK,  ")",  "E'",
        };
        for (unsigned n = decide(d, 8); n > 0; n--)
                buf_add_str(out, parts[decide(d, sizeof(parts) / sizeof(parts[0]))]);
}

static void put_wild(struct decisions *d, struct buf *out, unsigned field)
{
        struct buf text;
        buf_init(&text);
        add_wild(d, &text);
        put_part(out, field, &text);
}

// FieldOptions with iochub.v1.field: column, type, unit, personal.
static void put_options(struct decisions *d, struct buf *field)
{
        struct buf options, ours, name;
        buf_init(&options);
        buf_init(&ours);
        buf_init(&name);
        add_name(d, &name);
        for (size_t i = 0; i < name.n; i++)
                name.p[i] = (uint8_t)tolower(name.p[i]);
        if (decide(d, 2))
                put_part(&ours, 1, &name);
        else
                put_wild(d, &ours, 1), buf_done(&name);
        put_number(&ours, 2, decide(d, 4));
        put_wild(d, &ours, 3);
        put_number(&ours, 4, decide(d, 2));
        put_part(&options, 73205, &ours);
        put_part(field, 8, &options);
}

static void put_field(struct decisions *d, struct buf *message, unsigned number, struct buf *name,
                      bool simple)
{
        static const char *const types[] = {
                ".f.E",
                ".f.N",
                ".f.M",
                ".google.protobuf.Timestamp",
                ".google.protobuf.Duration",
                ".google.protobuf.Struct",
                ".google.protobuf.Int64Value",
                ".google.protobuf.FieldMask",
        };
        static const uint8_t scalars[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 18 };
        struct buf field;
        buf_init(&field);
        unsigned kind = decide(d, 24);
        put_bytes(&field, 1, buf_slice(name));
        put_number(&field, 3, number);
        put_number(&field, 4, !simple && decide(d, 4) == 0 ? 3 : 1);
        if (kind >= 8) {
                put_number(&field, 5, scalars[(kind - 8) % sizeof(scalars)]);
        } else {
                put_number(&field, 5, kind == 0 ? TYPE_ENUM : TYPE_MESSAGE);
                put_text(&field, 6, types[kind]);
        }
        if (decide(d, 3) == 0)
                put_options(d, &field);
        put_part(message, 2, &field);
}

static void put_comment(struct decisions *d, struct buf *info, unsigned field)
{
        struct buf location, path;
        buf_init(&location);
        buf_init(&path);
        put_varint(&path, 4);
        put_varint(&path, 0);
        put_varint(&path, 2);
        put_varint(&path, field);
        put_part(&location, 1, &path);
        put_wild(d, &location, 3);
        put_part(info, 1, &location);
}

// iochub.v1.dataset with names of the fields that were made.
static void put_dataset(struct decisions *d, struct buf *message, struct buf *names, unsigned count)
{
        struct buf options, ours;
        buf_init(&options);
        buf_init(&ours);
        put_text(&ours, 1, decide(d, 8) ? "zq-set-1" : "zq-2");
        put_text(&ours, 2, "a");
        put_number(&ours, 3, 1 + decide(d, 2));
        for (unsigned n = decide(d, 3); n > 0 && count > 0; n--)
                put_bytes(&ours, 4, buf_slice(&names[decide(d, count)]));
        if (count > 0 && decide(d, 2))
                put_bytes(&ours, 5, buf_slice(&names[decide(d, count)]));
        for (unsigned field = 6; field <= 16; field++)
                if (decide(d, 6) == 0)
                        put_number(&ours, field, decide(d, 40));
        put_part(&options, 73205, &ours);
        put_part(message, 7, &options);
}

static void put_messages(struct decisions *d, struct buf *file)
{
        struct buf m, n, names[12], info;
        unsigned count = 1 + decide(d, 12);
        buf_init(&m);
        buf_init(&n);
        buf_init(&info);
        put_text(&m, 1, "M");
        put_text(&n, 1, "N");
        for (unsigned i = 0; i < count; i++) {
                buf_init(&names[i]);
                add_name(d, &names[i]);
                put_field(d, &m, i + 1, &names[i], i < 2);
                if (decide(d, 2))
                        put_comment(d, &info, i);
        }
        for (unsigned i = 1 + decide(d, 3); i > 0; i--)
                put_field(d, &n, i, &names[i % count], false);
        put_dataset(d, &m, names, count);
        for (unsigned i = 0; i < count; i++)
                buf_done(&names[i]);
        put_part(file, 4, &m);
        put_part(file, 4, &n);
        put_part(file, 9, &info);
}

static void put_file(struct decisions *d, struct buf *set)
{
        struct buf file, part, value;
        buf_init(&file);
        put_text(&file, 1, "f.proto");
        put_text(&file, 2, "f");
        put_messages(d, &file);
        buf_init(&part);
        buf_init(&value);
        put_text(&part, 1, "E");
        put_text(&value, 1, "ZERO");
        put_number(&value, 2, 0);
        put_part(&part, 2, &value);
        put_part(&file, 5, &part);
        put_text(&file, 12, decide(d, 4) ? "proto3" : "proto2");
        put_part(set, 1, &file);
}

// Behind the quoted thing that starts at p.
static const char *quoted(const char *p, bool backslashes)
{
        char quote = *p++;
        for (;; p++) {
                must(*p != '\0');
                if (backslashes && *p == '\\' && p[1])
                        p++;
                else if (*p == quote && *++p != quote)
                        return p;
        }
}

// Behind a dollar-quoted text, or p + 1 where it is a parameter.
static const char *dollar(const char *p)
{
        char tag[64];
        size_t n = 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");
        if (p[n] != '$')
                return p + 1;
        must(n + 1 < sizeof(tag));
        snprintf(tag, sizeof(tag), "%.*s", (int)n + 1, p);
        const char *end = strstr(p + n + 1, tag);
        must(end != NULL);
        return end + n + 1;
}

static const char *word(const char *p)
{
        const char *start = p;
        while (isalnum((unsigned char)*p) || *p == '_')
                p++;
        for (const char *at = start; at + 1 < p; at++)
                must(strncmp(at, MARK, 2) != 0);
        return p;
}

static void check_sql(const char *p)
{
        int depth = 0;
        while (*p) {
                unsigned char c = (unsigned char)*p;
                must(c < 0x80);
                if ((c == 'E' || c == 'e') && p[1] == '\'') {
                        p = quoted(p + 1, true);
                } else if (isalpha(c) || c == '_') {
                        p = word(p);
                } else if (c == '\'' || c == '"') {
                        p = quoted(p, false);
                } else if (c == '$') {
                        p = dollar(p);
                } else {
                        must(!(c == '-' && p[1] == '-') && !(c == '/' && p[1] == '*') && c != '\\');
                        depth += (c == '(') - (c == ')');
                        must(depth >= 0 && (c != ';' || depth == 0));
                        p++;
                }
        }
        must(depth == 0);
}

static void check_table(const struct schema *s)
{
        static const char *const few[] = { "zqa", "_agency", NULL };
        struct table *t = NULL;
        struct buf sql, problems;
        buf_init(&sql);
        buf_init(&problems);
        if (table_new(s, &t, &problems) != 0) {
                must(t == NULL);
                check_problems(&problems);
        } else {
                table_ddl(t, NULL, &sql);
                buf_add_str(&sql, "\n");
                table_ddl(t, few, &sql);
                must(text_is_utf8(buf_slice(&sql)) && !text_has_nul(buf_slice(&sql)));
                check_sql(buf_cstr(&sql));
                buf_reset(&sql);
                table_redo_ddl(t, &sql);
                check_sql(buf_cstr(&sql));
                const char *const others[] = { table_copy_sql(t),    table_amended_copy_sql(t),
                                               table_stage_sql(t),   table_amend_sql(t),
                                               table_fold_sql(t),    table_clear_sql(t),
                                               table_identity_sql(t) };
                for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                        if (others[i])
                                check_sql(others[i]);
        }
        table_free(t);
        buf_done(&sql);
        buf_done(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct slice imports;
        if (imports.p == NULL) {
                imports = read_whole(KNOWN_DESCRIPTORS);
                imports.n = imports_of(imports);
        }
        struct decisions d = { data, data + size, 0 };
        struct buf set, problems;
        struct schema *s = NULL;
        buf_init(&set);
        buf_init(&problems);
        buf_add_slice(&set, imports);
        put_file(&d, &set);
        if (schema_load(buf_slice(&set), "f.M", &s, &problems) == 0)
                check_table(s);
        else
                check_problems(&problems);
        schema_free(s);
        buf_done(&set);
        buf_done(&problems);
        return 0;
}

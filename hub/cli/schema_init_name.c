// Names: of fields from the header, of the dataset from the file, and what a column's name says of its
// content.
#include <stdio.h>

#include "hub/base/text.h"
#include "hub/cli/schema_init.h"
#include "hub/pg/bi.h"

// Words of SQL and of .proto files that make a name hard to use unquoted, and PostgreSQL's own columns.
static const char *const reserved[] = {
        "all",      "analyse",  "analyze",   "and",       "any",       "array",      "as",       "asc",
        "between",  "both",     "case",      "cast",      "check",     "cmax",       "cmin",     "collate",
        "column",   "create",   "cross",     "ctid",      "default",   "desc",       "distinct", "do",
        "else",     "end",      "enum",      "except",    "extend",    "extensions", "false",    "fetch",
        "for",      "foreign",  "freeze",    "from",      "full",      "grant",      "group",    "having",
        "import",   "in",       "initially", "inner",     "intersect", "into",       "is",       "join",
        "lateral",  "leading",  "left",      "like",      "limit",     "localtime",  "map",      "message",
        "natural",  "not",      "null",      "offset",    "on",        "oneof",      "only",     "option",
        "optional", "or",       "order",     "outer",     "package",   "primary",    "public",   "repeated",
        "required", "reserved", "returning", "returns",   "right",     "rpc",        "select",   "service",
        "similar",  "some",     "stream",    "symmetric", "syntax",    "table",      "tableoid", "then",
        "to",       "trailing", "true",      "union",     "unique",    "user",       "using",    "variadic",
        "verbose",  "when",     "where",     "window",    "with",      "xmax",       "xmin",     NULL,
};

static const char *const code_words[] = {
        "ma",       "id",           "code",         "cccd",       "cmnd",       "cmt",        "mst",
        "sdt",      "dien_thoai",   "phone",        "tel",        "mobile",     "fax",        "zip",
        "zipcode",  "postcode",     "uuid",         "guid",       "so_ho_so",   "so_hieu",    "so_the",
        "can_cuoc", "so_dinh_danh", "so_tai_khoan", "ho_chieu",   "so_van_ban", "so_ky_hieu", "bien_so",
        "passport", "account",      "ma_so",        "so_giay_to", NULL,
};

static const char *const personal_words[] = {
        "ho_ten",
        "ho_va_ten",
        "ho_dem",
        "nguoi_gui",
        "nguoi_nop",
        "nguoi_dan",
        "nguoi_phan_anh",
        "nguoi_lien_he",
        "nguoi_khai",
        "nguoi_yeu_cau",
        "ten_nguoi",
        "nguoi_dai_dien",
        "chu_ho",
        "chu_dau_tu",
        "so_dien_thoai",
        "dien_thoai",
        "sdt",
        "phone",
        "mobile",
        "email",
        "e_mail",
        "mail",
        "thu_dien_tu",
        "cccd",
        "cmnd",
        "can_cuoc",
        "dinh_danh",
        "ho_chieu",
        "passport",
        "dia_chi",
        "address",
        "ngay_sinh",
        "nam_sinh",
        "birth",
        "dob",
        "birthday",
        "gioi_tinh",
        "gender",
        "sex",
        "dan_toc",
        "ton_giao",
        "que_quan",
        "noi_sinh",
        "thuong_tru",
        "tam_tru",
        "bien_so",
        "so_tai_khoan",
        "full_name",
        "fullname",
        "first_name",
        "last_name",
        "surname",
        "location",
        "street",
        "so_nha",
        "latitude",
        "longitude",
        "vi_do",
        "kinh_do",
        "toa_do",
        "chan_doan",
        "benh_nhan",
        "reporter",
        NULL,
};

// Best first.
static const char *const event_words[] = {
        "thoi_gian", "thoi_diem", "timestamp", "tiep_nhan", "ngay_nhan", "ngay_nop", "ngay_gui", "open",
        "opened",    "created",   "ngay_tao",  "ngay_lap",  "ngay",      "date",     "time",     NULL,
};

// The words of a name that a list holds: place in the list + 1, 0: none.
static size_t named(const char *name, const char *const *list)
{
        size_t n = strlen(name);
        for (size_t i = 0; list[i]; i++) {
                size_t length = strlen(list[i]);
                for (const char *p = strstr(name, list[i]); p; p = strstr(p + 1, list[i])) {
                        bool begins = p == name || p[-1] == '_';
                        if (begins && (p[length] == '_' || p + length == name + n))
                                return i + 1;
                }
        }
        return 0;
}

bool column_is_personal(const struct draft_column *c)
{
        return named(c->name, personal_words) != 0;
}

size_t column_event_rank(const struct draft_column *c)
{
        return named(c->name, event_words);
}

// The same but for underscores: protobuf's JSON names may not differ in them alone.
static bool alike(const char *a, const char *b)
{
        for (;; a++, b++) {
                while (*a == '_')
                        a++;
                while (*b == '_')
                        b++;
                if (*a != *b)
                        return false;
                if (*a == '\0')
                        return true;
        }
}

static bool taken(const struct draft *d, size_t before, const char *name)
{
        for (size_t i = 0; i < before; i++) {
                if (d->columns[i].number && alike(d->columns[i].name, name))
                        return true;
        }
        return false;
}

static bool is_reserved(const char *name)
{
        for (int i = 0; reserved[i]; i++) {
                if (strcmp(reserved[i], name) == 0)
                        return true;
        }
        return false;
}

// Cuts at a joiner where that leaves something, so that no half word stands at the end.
static void cut(char *name, size_t most, char joiner)
{
        if (strlen(name) > most) {
                name[most] = '\0';
                char *last = strrchr(name, joiner);
                if (last && last > name + most / 2)
                        *last = '\0';
        }
        for (size_t n = strlen(name); n > 0 && name[n - 1] == joiner; n--)
                name[n - 1] = '\0';
}

static void name_column(struct draft *d, size_t i)
{
        struct draft_column *c = &d->columns[i];
        struct buf name;
        buf_init(&name);
        text_words(&name, slice_str(c->header), '_');
        const char *words = buf_cstr(&name);
        char base[INIT_NAME_MAX + 1];
        if (*words == '\0')
                snprintf(base, sizeof(base), "cot_%zu", i + 1);
        else if (*words >= '0' && *words <= '9')
                snprintf(base, sizeof(base), "so_%.44s", words);
        else
                snprintf(base, sizeof(base), "%s%.44s", is_reserved(words) ? "f_" : "", words);
        cut(base, INIT_NAME_MAX - 5, '_');
        memcpy(c->name, base, sizeof(base));
        for (unsigned n = 2; taken(d, i, c->name); n++)
                snprintf(c->name, sizeof(c->name), "%.43s_%u", base, n);
        buf_done(&name);
}

void draft_name_columns(struct draft *d)
{
        uint32_t number = 0;
        for (size_t i = 0; i < d->count; i++) {
                struct draft_column *c = &d->columns[i];
                if (c->header[0] == '\0')
                        continue;
                name_column(d, i);
                c->number = ++number;
                c->code = named(c->name, code_words) != 0;
        }
}

struct draft_column *draft_find(struct draft *d, const char *word)
{
        for (size_t i = 0; i < d->count; i++) {
                struct draft_column *c = &d->columns[i];
                if (c->number && (strcmp(c->name, word) == 0 || strcmp(c->header, word) == 0))
                        return c;
        }
        return NULL;
}

// `Xa_2025-01-04.csv` is a file of dataset `xa`.
static void drop_numbers(char *name)
{
        for (;;) {
                char *last = strrchr(name, '-');
                if (last == NULL || strspn(last + 1, "0123456789") != strlen(last + 1))
                        return;
                *last = '\0';
        }
}

// Views of other datasets have such names.
static void step_aside(struct draft *d)
{
        char table[INIT_NAME_MAX + 1];
        memcpy(table, d->dataset, sizeof(table));
        for (char *p = table; *p; p++) {
                if (*p == '-')
                        *p = '_';
        }
        size_t n = strlen(d->dataset);
        if (bi_reserved(table) && n + 4 <= INIT_NAME_MAX)
                memcpy(d->dataset + n, "-tep", 5);
}

static void set_title(struct draft *d, const char *stem, size_t n)
{
        snprintf(d->title, sizeof(d->title), "%.*s", (int)(n < 150 ? text_utf8_prefix(slice_of(stem, n)) : 0),
                 stem);
        for (char *p = d->title; *p; p++) {
                if (*p == '_' || *p == '"' || *p == '\\' || (uint8_t)*p < ' ')
                        *p = ' ';
        }
        if (d->title[0] == '\0')
                snprintf(d->title, sizeof(d->title), "%s", d->dataset);
}

static void name_of_file(struct draft *d, const char *stem, size_t n)
{
        struct buf name;
        buf_init(&name);
        text_words(&name, slice_of(stem, text_utf8_prefix(slice_of(stem, n))), '-');
        const char *words = buf_cstr(&name);
        bool letter = *words >= 'a' && *words <= 'z';
        snprintf(d->dataset, sizeof(d->dataset), "%s%.40s", letter ? "" : *words ? "tep-" : "tep", words);
        if (letter)
                drop_numbers(d->dataset);
        cut(d->dataset, INIT_NAME_MAX, '-');
        step_aside(d);
        buf_done(&name);
}

// `phan-anh` -> `PhanAnh`
static void name_message(struct draft *d)
{
        size_t n = 0;
        bool first = true;
        for (const char *p = d->dataset; *p; p++) {
                if (*p != '-')
                        d->message[n++] = first && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
                first = *p == '-';
        }
        d->message[n] = '\0';
}

static bool is_package(const char *s)
{
        for (;;) {
                size_t n = strcspn(s, ".");
                if (n == 0 || (*s >= '0' && *s <= '9') ||
                    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") < n)
                        return false;
                // A part called so would hide the package that the structure imports.
                if ((n == 6 && (memcmp(s, "iochub", 6) == 0 || memcmp(s, "google", 6) == 0)) ||
                    (n == 3 && memcmp(s, "buf", 3) == 0))
                        return false;
                if (s[n] == '\0')
                        return true;
                s += n + 1;
        }
}

static int name_package(struct draft *d)
{
        const char *given = d->options->package;
        struct buf words;
        buf_init(&words);
        for (const char *p = d->domain; *p; p++) {
                if (*p != '-')
                        buf_add_char(&words, *p);
        }
        snprintf(d->package, sizeof(d->package), "vn.ioc.%s.v1", buf_cstr(&words));
        buf_done(&words);
        if (given && (strlen(given) >= sizeof(d->package) || !is_package(given)))
                return cli_refuse(
                    EXIT_BAD_USE,
                    "--package takes names joined by dots, such as %s, none of them iochub, buf or "
                    "google; not `%s`",
                    d->package, given);
        if (given)
                snprintf(d->package, sizeof(d->package), "%s", given);
        return EXIT_DONE;
}

int draft_name(struct draft *d)
{
        const struct init_options *o = d->options;
        const char *file = strrchr(d->path, '/'), *stem = file ? file + 1 : d->path,
                   *dot = strrchr(stem, '.');
        size_t n = dot && dot > stem ? (size_t)(dot - stem) : strlen(stem);
        name_of_file(d, stem, n);
        if (o->name && !text_is_dataset(slice_str(o->name)))
                return cli_refuse(
                    EXIT_BAD_USE,
                    "--name takes a lower case letter, then letters, digits and single hyphens, at most "
                    "48 characters, such as %s; not `%s`",
                    d->dataset, o->name);
        if (o->domain && !text_is_dataset(slice_str(o->domain)))
                return cli_refuse(
                    EXIT_BAD_USE,
                    "--domain takes lower case letters, digits and single hyphens, such as y-te; not `%s`",
                    o->domain);
        if (o->agency && !text_is_agency(slice_str(o->agency)))
                return cli_refuse(EXIT_BAD_USE, "--agency takes an agency's code, such as H10.01; not `%s`",
                                  o->agency);
        if (o->name)
                snprintf(d->dataset, sizeof(d->dataset), "%s", o->name);
        snprintf(d->domain, sizeof(d->domain), "%s", o->domain ? o->domain : "chung");
        set_title(d, stem, n);
        name_message(d);
        return name_package(d);
}

// The draft as a .proto file: what every row keeps becomes a rule, what is only likely stands behind `//`.
#include <math.h>
#include <stdio.h>

#include "hub/cli/schema_init.h"

#define HINT_WORDS 12 // values of a column that may be all there are
#define HINT_ROWS  20
#define DAYS_KEPT  3660

// Characters that max_len allows, with room for longer texts than were seen; 0: no such rule.
static size_t room_for(size_t longest)
{
        static const size_t steps[] = { 10,   20,   50,    100,   200,   500,   1000,
                                        2000, 5000, 10000, 20000, 50000, 100000 };
        for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
                if (steps[i] >= longest + longest / 2)
                        return steps[i];
        }
        return 0;
}

// A text between quotes, as .proto files take it; on one line, so that it may stand behind `//` too.
static void add_quoted(struct buf *out, const char *s)
{
        buf_add_char(out, '"');
        for (; *s; s++) {
                if ((uint8_t)*s < ' ' || *s == 0x7f)
                        buf_printf(out, "\\%03o", (unsigned)*s);
                else
                        buf_printf(out, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
        }
        buf_add_char(out, '"');
}

// A text on one line of a comment.
static void add_line(struct buf *out, const char *s, size_t most)
{
        text_show(out, slice_str(s), most, "");
}

static const char *type_of(const struct guess_answer *a)
{
        switch (a->kind) {
        case GUESS_INTEGER:
                return "int64";
        case GUESS_DECIMAL:
                return a->exact ? "string" : "double";
        case GUESS_BOOL:
                return "bool";
        case GUESS_TIME:
                return "google.protobuf.Timestamp";
        case GUESS_EMPTY:
        case GUESS_TEXT:
                break;
        }
        return "string";
}

const char *draft_type(const struct draft_column *c)
{
        return type_of(&c->answer);
}

// Units that UCUM, the code of the option, writes in another way.
static const char *ucum(struct slice unit)
{
        static const char *const pairs[][2] = {
                { "°C", "Cel" },      { "ºC", "Cel" },      { "°F", "[degF]" },   { "µg/m³", "ug/m3" },
                { "μg/m³", "ug/m3" }, { "µg/m3", "ug/m3" }, { "mg/m³", "mg/m3" }, { "m³", "m3" },
                { "m²", "m2" },       { "đ", "VND" },       { "đồng", "VND" },    { "°", "deg" }
        };
        for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
                if (slice_eq_str(unit, pairs[i][0]))
                        return pairs[i][1];
        }
        return NULL;
}

struct field_text {
        struct buf options; // lines of the bracket, each with its comma
        struct buf hints;   // comments
        bool has_options;
};

static void add_option(struct field_text *t, const char *format, ...) printf_like(2, 3);
static void add_option(struct field_text *t, const char *format, ...)
{
        char line[512];
        va_list args;
        va_start(args, format);
        vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        buf_printf(&t->options, "%s                %s", t->has_options ? ",\n" : "", line);
        t->has_options = true;
}

static void hint_range(struct field_text *t, const struct guess_answer *a)
{
        char low[TEXT_DOUBLE], high[TEXT_DOUBLE];
        text_format_double(a->way->low >= 0 ? 0 : a->way->low, low);
        text_format_double(a->way->high, high);
        if (a->kind == GUESS_INTEGER && (fabs(a->way->low) > 9e15 || fabs(a->way->high) > 9e15))
                return; // a double no longer tells which number it was
        if (a->kind == GUESS_INTEGER)
                buf_printf(&t->hints, "(buf.validate.field).int64 = { gte: %.0f lte: %.0f }\n",
                           a->way->low >= 0 ? 0 : a->way->low, a->way->high);
        else
                buf_printf(&t->hints, "(buf.validate.field).double = { gte: %s lte: %s }\n", low, high);
}

static void hint_words(struct field_text *t, const struct draft_column *c)
{
        const struct guess *g = &c->guess;
        if (g->many_words || g->word_count < 2 || g->word_count > HINT_WORDS ||
            c->answer.filled < HINT_ROWS || c->answer.filled < 3 * g->word_count ||
            c->personal != NOT_PERSONAL)
                return;
        buf_add_str(&t->hints, "(buf.validate.field).string = { in: [");
        for (size_t i = 0; i < g->word_count; i++) {
                buf_add_str(&t->hints, i ? ", " : "");
                add_quoted(&t->hints, g->words[i].text);
        }
        buf_add_str(&t->hints, "] }\n");
}

static void hint_others(const struct draft *d, struct field_text *t, const struct guess_answer *a)
{
        bool vi = d->cli->global.lang == LANG_VI;
        const struct guess_way *w = a->near ? a->near : a->way;
        if (w == NULL || w->other == 0)
                return;
        unsigned long long read = w->read, all = w->read + w->other, line = w->other_line;
        buf_printf(
            &t->hints,
            a->near ? vi ? "%llu trong %llu giá trị là số; giá trị khác đầu tiên, dòng %llu: `"
                         : "%llu of %llu values are numbers; the first other one, line %llu: `"
            : vi ? "%llu trong %llu giá trị đọc được, hàng khác sẽ bị từ chối; đầu tiên, dòng %llu: `"
                 : "%llu of %llu values can be read, the other rows will be refused; the first, line %llu: `",
            read, all, line);
        add_line(&t->hints, w->other_word, 60);
        buf_add_str(&t->hints, "`\n");
}

static void text_rules(struct field_text *t, const struct draft_column *c)
{
        const struct guess *g = &c->guess;
        size_t room = room_for(g->longest);
        if (room)
                add_option(t, "(buf.validate.field).string.max_len = %zu", room);
        if (g->emails == g->filled)
                buf_add_str(&t->hints, "(buf.validate.field).string.email = true\n");
        else if (c->code && g->shortest == g->longest && c->answer.filled >= HINT_ROWS)
                buf_printf(&t->hints, "(buf.validate.field).string.len = %zu\n", g->longest);
        hint_words(t, c);
}

static void own_options(const struct draft *d, struct field_text *t, const struct draft_column *c)
{
        const struct guess_answer *a = &c->answer;
        bool number = a->kind == GUESS_INTEGER || a->kind == GUESS_DECIMAL;
        struct buf own;
        buf_init(&own);
        if (a->kind == GUESS_DECIMAL && a->exact)
                buf_add_str(&own, " type: NUMERIC");
        if (number && a->number.unit.n) {
                const char *code = ucum(a->number.unit);
                char unit[sizeof(c->guess.unit)] = "";
                memcpy(unit, a->number.unit.p, a->number.unit.n);
                buf_add_str(&own, " unit: ");
                add_quoted(&own, code ? code : unit);
        }
        if (c->personal) {
                buf_add_str(&own, " personal: true");
                buf_add_str(&t->hints, d->cli->global.lang == LANG_VI
                                           ? "có vẻ là dữ liệu cá nhân: kiểm tra lại `personal`\n"
                                           : "looks like personal data: check `personal`\n");
        }
        if (own.n)
                add_option(t, "(iochub.v1.field) = {%s }", buf_cstr(&own));
        buf_done(&own);
}

static void add_hints(const struct field_text *t, struct buf *out, const char *indent)
{
        struct slice rest = buf_slice(&t->hints);
        while (rest.n) {
                const uint8_t *end = memchr(rest.p, '\n', rest.n);
                size_t n = (size_t)(end - rest.p);
                buf_printf(out, "%s// %.*s\n", indent, (int)n, (const char *)rest.p);
                rest = slice_of(rest.p + n + 1, rest.n - n - 1);
        }
}

// What stands in the database's comment comes right before the field; hints stand apart from it.
static void add_field(const struct draft *d, const struct draft_column *c, struct buf *out)
{
        const struct guess_answer *a = &c->answer;
        struct field_text t = { 0 };
        buf_add_char(out, '\n');
        const char *type = type_of(a);
        bool text = a->kind == GUESS_TEXT, scalar = a->kind != GUESS_TIME;
        bool by_empty =
            strcmp(type, "string") == 0; // required: not empty; others need presence to be told from 0
        if (a->always)
                add_option(&t, "(buf.validate.field).required = true");
        if (text)
                text_rules(&t, c);
        else if (a->kind == GUESS_EMPTY)
                buf_add_str(&t.hints, d->cli->global.lang == LANG_VI ? "cột không có giá trị nào\n"
                                                                     : "the column holds no value\n");
        else if (a->kind == GUESS_INTEGER || (a->kind == GUESS_DECIMAL && !a->exact))
                hint_range(&t, a);
        hint_others(d, &t, a);
        own_options(d, &t, c);
        if (t.hints.n) {
                add_hints(&t, out, "        ");
                buf_add_char(out, '\n');
        }
        buf_add_str(out, "        // ");
        add_line(out, c->header, 1000);
        buf_printf(out, " |\n        %s%s %s = %u", scalar && !(a->always && by_empty) ? "optional " : "",
                   type, c->name, c->number);
        if (t.has_options)
                buf_printf(out, " [\n%s\n        ]", buf_cstr(&t.options));
        buf_add_str(out, ";\n");
        buf_done(&t.options);
        buf_done(&t.hints);
}

static void add_head(const struct draft *d, struct buf *out)
{
        const char *file = strrchr(d->path, '/');
        bool vi = d->cli->global.lang == LANG_VI;
        buf_add_str(out,
                    vi ? "// Bản nháp của `iochub schema init` từ " : "// Draft by `iochub schema init` of ");
        add_line(out, file ? file + 1 : d->path, 200);
        buf_printf(
            out,
            vi ? ", %llu hàng. Xem lại từng trường rồi chạy `iochub schema check`.\n"
                 "// Chú thích trên mỗi trường thành chú thích của cột: điền tiếng Anh sau dấu |.\n"
                 "// Dòng `// (buf.validate.field)…` là quy tắc gợi ý: đưa vào [ ] nếu đúng.\n"
               : ", %llu rows. Look at each field, then run `iochub schema check`.\n"
                 "// The comment above a field becomes the column's: write its English behind the |.\n"
                 "// A line `// (buf.validate.field)…` is a suggested rule: put it into [ ] if it is true.\n",
            (unsigned long long)d->rows);
        buf_printf(out, "syntax = \"proto3\";\n\npackage %s;\n\nimport \"buf/validate/validate.proto\";\n",
                   d->package);
        for (size_t i = 0; i < d->count; i++) {
                if (d->columns[i].number && d->columns[i].answer.kind == GUESS_TIME) {
                        buf_add_str(out, "import \"google/protobuf/timestamp.proto\";\n");
                        break;
                }
        }
        buf_add_str(out, "import \"iochub/v1/options.proto\";\n\n");
}

static void add_dataset(const struct draft *d, struct buf *out)
{
        uint32_t kept = d->past_days > DAYS_KEPT ? d->past_days : DAYS_KEPT;
        buf_printf(out, "        option (iochub.v1.dataset) = {\n                name: \"%s\"\n", d->dataset);
        buf_printf(out, "                domain: \"%s\"\n", d->domain);
        buf_printf(out, "                mode: %s\n", d->mode == INIT_UPSERT ? "UPSERT" : "APPEND");
        for (size_t i = 0; i < d->key_count; i++)
                buf_printf(out, "                key: \"%s\"\n", d->columns[d->keys[i]].name);
        if (d->event)
                buf_printf(out, "                event_time: \"%s\"\n", d->event->name);
        buf_printf(out, "                retention_days: %u\n", kept);
        if (d->past_days)
                buf_printf(out, "                past_days: %u\n", d->past_days);
        if (d->future_hours)
                buf_printf(out, "                future_hours: %u\n", d->future_hours);
        buf_printf(out, "                personal_data: PERSONAL_DATA_%s\n", d->personal ? "BASIC" : "NONE");
        buf_add_str(out, "                title_vi: ");
        add_quoted(out, d->title);
        buf_add_str(out, "\n                title_en: ");
        add_quoted(out, d->title);
        buf_add_str(out, "\n        };\n");
}

void draft_proto(const struct draft *d, struct buf *out)
{
        add_head(d, out);
        buf_printf(out, "// %s |\nmessage %s {\n", d->title, d->message);
        add_dataset(d, out);
        for (size_t i = 0; i < d->count; i++) {
                if (d->columns[i].number)
                        add_field(d, &d->columns[i], out);
        }
        buf_add_str(out, "}\n");
}

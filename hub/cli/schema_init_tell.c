// What was found in the file, for people as a table and for programs as JSON.
#include "hub/base/json.h"
#include "hub/cli/grid.h"
#include "hub/cli/out.h"
#include "hub/cli/schema_init.h"

static void tell_column_json(const struct draft *d, size_t i, struct json *j)
{
        const struct draft_column *c = &d->columns[i];
        json_object(j);
        json_key(j, "column"), json_str(j, c->header);
        json_key(j, "field");
        if (c->number)
                json_str(j, c->name);
        else
                json_null(j);
        json_key(j, "type");
        if (c->number)
                json_str(j, draft_type(c));
        else
                json_null(j);
        json_key(j, "empty"), json_uint(j, c->number ? c->guess.rows - c->answer.filled : 0);
        json_key(j, "personal"), json_bool(j, c->personal != NOT_PERSONAL);
        json_end_object(j);
}

static void add_path(struct json *j, const char *key, const char *path)
{
        json_key(j, key);
        if (path)
                json_str(j, path);
        else
                json_null(j);
}

static void tell_json(const struct draft *d, const struct buf *proto)
{
        struct json j;
        json_init(&j, &d->cli->out, true);
        json_object(&j);
        json_key(&j, "file"), json_str(&j, d->path);
        json_key(&j, "delimiter"), json_slice(&j, slice_of(&d->format.delimiter, 1));
        json_key(&j, "rows"), json_uint(&j, d->rows);
        json_key(&j, "all_read"), json_bool(&j, d->all_read);
        json_key(&j, "bad_rows"), json_uint(&j, d->bad_rows);
        json_key(&j, "dataset"), json_str(&j, d->dataset);
        json_key(&j, "message"), json_str(&j, d->message);
        json_key(&j, "mode"), json_str(&j, d->mode == INIT_UPSERT ? "UPSERT" : "APPEND");
        json_key(&j, "key"), json_array(&j);
        for (size_t i = 0; i < d->key_count; i++)
                json_str(&j, d->columns[d->keys[i]].name);
        json_end_array(&j);
        add_path(&j, "event_time", d->event ? d->event->name : NULL);
        json_key(&j, "columns"), json_array(&j);
        for (size_t i = 0; i < d->count; i++)
                tell_column_json(d, i, &j);
        json_end_array(&j);
        add_path(&j, "output", d->options->output);
        add_path(&j, "mapping", d->options->mapping);
        json_key(&j, "proto");
        if (d->options->output)
                json_null(&j);
        else
                json_slice(&j, buf_slice(proto));
        json_end_object(&j);
        buf_add_char(&d->cli->out, '\n');
}

static void tell_columns(const struct draft *d, bool vi, struct buf *out)
{
        struct grid g;
        grid_init(&g, 4);
        grid_cell(&g, vi ? "Cột" : "Column");
        grid_cell(&g, vi ? "Trường" : "Field");
        grid_cell(&g, vi ? "Kiểu" : "Type");
        grid_cell(&g, vi ? "Trống" : "Empty");
        grid_right(&g, 3);
        for (size_t i = 0; i < d->count; i++) {
                const struct draft_column *c = &d->columns[i];
                char empty[NUMBER_TEXT];
                number_format((int64_t)(c->number ? c->guess.rows - c->answer.filled : 0), empty);
                if (c->number == 0)
                        grid_printf(&g, vi ? "(cột %zu)" : "(column %zu)", i + 1);
                else
                        grid_cell(&g, c->header);
                grid_cell(&g, c->number ? c->name : vi ? "bỏ qua: không có tên" : "left out: it has no name");
                grid_cell(&g, c->number ? draft_type(c) : "");
                grid_cell(&g, c->number ? empty : "");
        }
        grid_print(&g, 0, out);
        grid_done(&g);
}

// A code that lacks a few values, or comes twice somewhere, may be the key that a person would name.
static void tell_nearly_key(const struct draft *d, const struct draft_column *c, bool vi, struct buf *out)
{
        unsigned long long empty = c->guess.rows - c->answer.filled, line = c->guess.seen.repeat_line;
        if (!c->number || !c->code || c->guess.seen.given_up || empty * 10 > d->rows || !c->guess.many_words)
                return;
        if (line == 0)
                buf_printf(out,
                           vi ? "%s không trùng nhau nhưng trống ở %llu hàng: có phải khoá? (--key %s)\n"
                              : "%s has no value twice but none in %llu rows: is it the key? (--key %s)\n",
                           c->name, empty, c->name);
        else if (empty == 0 && c->guess.seen.before_repeat * 10 >= d->rows * 5)
                buf_printf(
                    out,
                    vi ? "%s có ở mọi hàng nhưng trùng lần đầu ở dòng %llu: có phải khoá? (--key %s)\n"
                       : "%s is there in every row but comes again on line %llu: is it the key? (--key %s)\n",
                    c->name, line, c->name);
}

static void tell_key(const struct draft *d, bool vi, struct buf *out)
{
        if (d->key_count == 0)
                buf_add_str(out, vi ? "APPEND, không có khoá: mỗi hàng là một bản ghi"
                                    : "APPEND, no key: every row is a record of its own");
        else
                buf_add_str(out, d->mode == INIT_UPSERT ? vi ? "UPSERT, khoá: " : "UPSERT, key: "
                                                        : (vi ? "APPEND, khoá: " : "APPEND, key: "));
        for (size_t i = 0; i < d->key_count; i++)
                buf_printf(out, "%s%s", i ? ", " : "", d->columns[d->keys[i]].name);
        if (d->event)
                buf_printf(out, vi ? "; thời điểm sự kiện: %s" : "; event time: %s", d->event->name);
        buf_add_char(out, '\n');
        unsigned long long strange = d->event ? d->event->answer.way->early + d->event->answer.way->late : 0;
        if (strange && d->future_hours == 0)
                buf_printf(
                    out,
                    vi ? "%s: số giá trị ở tương lai hoặc quá xa: %llu; hàng của chúng sẽ bị từ chối\n"
                       : "%s: values in the future or too long ago: %llu; their rows will be refused\n",
                    d->event->name, strange);
        for (size_t i = 0; i < d->count && d->key_count == 0; i++)
                tell_nearly_key(d, &d->columns[i], vi, out);
}

// Values that cannot be read as the others are: their rows will be refused.
static void tell_others(const struct draft *d, bool vi, struct buf *out)
{
        for (size_t i = 0; i < d->count; i++) {
                const struct draft_column *c = &d->columns[i];
                const struct guess_way *w = c->number ? c->answer.way : NULL;
                if (w == NULL || w->other == 0)
                        continue;
                buf_printf(
                    out,
                    vi ? "%s: số giá trị không đọc được: %llu; hàng của chúng sẽ bị từ chối; đầu tiên, "
                         "dòng %llu: `"
                       : "%s: values that cannot be read: %llu; their rows will be refused; the first, line "
                         "%llu: `",
                    c->name, (unsigned long long)w->other, (unsigned long long)w->other_line);
                text_show(out, slice_str(w->other_word), 60, "");
                buf_add_str(out, "`\n");
        }
}

static void tell_human(const struct draft *d, struct buf *out)
{
        bool vi = d->cli->global.lang == LANG_VI;
        char rows[NUMBER_TEXT], bad[NUMBER_TEXT];
        number_format((int64_t)d->rows, rows);
        number_format((int64_t)d->bad_rows, bad);
        tell_columns(d, vi, out);
        buf_printf(out, vi ? "\n%s hàng%s, dấu ngăn cách `%s`\n" : "\n%s rows%s, separated by `%s`\n", rows,
                   d->all_read ? ""
                   : vi        ? " đầu tiên"
                               : " at the start of the file",
                   d->format.delimiter == '\t' ? "tab" : (char[]){ d->format.delimiter, '\0' });
        if (d->bad_rows)
                buf_printf(
                    out,
                    vi ? "%s hàng không có đủ số ô của tiêu đề (đầu tiên ở dòng %llu): bộ kết nối sẽ từ "
                         "chối\n"
                       : "%s rows have not the header's number of fields (the first on line %llu): the "
                         "connector will refuse them\n",
                    bad, (unsigned long long)d->bad_line);
        tell_others(d, vi, out);
        tell_key(d, vi, out);
        if (d->personal)
                buf_add_str(out, vi ? "có trường có vẻ là dữ liệu cá nhân: xem lại `personal`\n"
                                    : "some fields look like personal data: check `personal`\n");
        if (d->options->output)
                buf_printf(out,
                           vi ? "đã viết %s%s%s\ntiếp theo: iochub schema check %s\n"
                              : "written: %s%s%s\nnext: iochub schema check %s\n",
                           d->options->output, d->options->mapping ? ", " : "",
                           d->options->mapping ? d->options->mapping : "", d->options->output);
}

void draft_tell(const struct draft *d, const struct buf *proto)
{
        struct buf said = { 0 };
        if (d->cli->global.json) {
                tell_json(d, proto);
                return;
        }
        tell_human(d, &said);
        // Without --output the draft itself is the result, and what is said of it must not stand in it.
        if (d->options->output) {
                buf_add_slice(&d->cli->out, buf_slice(&said));
        } else {
                buf_add_slice(&d->cli->out, buf_slice(proto));
                cli_note("%.*s", (int)said.n - 1, (const char *)said.p);
        }
        buf_done(&said);
}

// The table of `schema check`, `diff` and `export`, and how changes are shown.
#include "hub/cli/schema_version.h"

#include <stdlib.h>

static const struct option check_rows[] = {
        INPUT_OPTIONS(struct check_options),
        { .name = "against",
          .kind = OPTION_TEXT,
          .offset = offsetof(struct check_options, against),
          .value = "FILE",
          .sentence = { "So với tệp cũ này (.proto hoặc descriptor set), không hỏi cơ sở dữ liệu",
                        "Compare with this older file (.proto or descriptor set); no database is asked" } },
        { .name = "offline",
          .kind = OPTION_FLAG,
          .offset = offsetof(struct check_options, offline),
          .sentence = { "Không so với các bản đã đăng ký; không cần cấu hình",
                        "Do not compare with registered versions; needs no configuration" } },
        { 0 },
};

static const struct option diff_rows[] = {
        INPUT_OPTIONS(struct diff_options),
        { .name = "from",
          .kind = OPTION_INT,
          .offset = offsetof(struct diff_options, from),
          .value = "N",
          .fallback = "-1",
          .min = 1,
          .max = INT32_MAX,
          .sentence = { "Bản cũ; mặc định là bản trước của --to, hoặc bản mới nhất khi có tệp",
                        "The older version; by default the one before --to, or the newest where a file is "
                        "given" } },
        { .name = "to",
          .kind = OPTION_INT,
          .offset = offsetof(struct diff_options, to),
          .value = "N",
          .fallback = "-1",
          .min = 1,
          .max = INT32_MAX,
          .sentence = { "Bản mới; mặc định là bản mới nhất", "The newer version; the newest by default" } },
        { 0 },
};

static const struct option export_rows[] = {
        { .name = "all",
          .kind = OPTION_FLAG,
          .offset = offsetof(struct export_options, all),
          .sentence = { "Mọi bộ dữ liệu, bản mới nhất, mỗi bộ một thư mục",
                        "All datasets, their newest versions, a folder each" } },
        { .name = "version",
          .kind = OPTION_INT,
          .offset = offsetof(struct export_options, version),
          .value = "N",
          .fallback = "-1",
          .min = 1,
          .max = INT32_MAX,
          .sentence = { "Bản này thay vì bản mới nhất", "This version in place of the newest" } },
        { .name = "dir",
          .kind = OPTION_TEXT,
          .offset = offsetof(struct export_options, dir),
          .value = "DIR",
          .fallback = ".",
          .sentence = { "Thư mục để ghi vào; mặc định là thư mục hiện tại",
                        "The folder to write into; the current one by default" } },
        { .name = "descriptor-set",
          .kind = OPTION_FLAG,
          .offset = offsetof(struct export_options, descriptor_set),
          .sentence = { "Ghi <tên>.binpb, nguyên như đã đăng ký, thay vì các tệp .proto",
                        "Write <name>.binpb, exactly as registered, in place of .proto files" } },
        { 0 },
};

static const struct example check_examples[] = {
        { "iochub schema check schemas/examples/tiep-nhan/phan_anh.proto",
          { "so với mọi bản đã đăng ký", "against every registered version" } },
        { "iochub schema check --offline --json schemas/examples/noi-vu/don_vi_hanh_chinh.proto",
          { "không cần máy chủ nào", "without any server" } },
        { 0 },
};

static const struct example diff_examples[] = {
        { "iochub schema diff phan-anh schemas/examples/tiep-nhan/phan_anh.proto",
          { "bản mới nhất so với tệp", "the newest version against a file" } },
        { "iochub schema diff phan-anh --from 1 --to 1 --json",
          { "hai bản đã đăng ký", "two registered versions" } },
        { 0 },
};

static const struct example export_examples[] = {
        { "iochub schema export phan-anh --dir /tmp/iochub-export",
          { "tệp .proto cùng các tệp được import", "the .proto file with all that it imports" } },
        { "iochub schema export --all --descriptor-set --dir /tmp/iochub-export",
          { "mọi cấu trúc, dạng nhị phân", "all structures as descriptor sets" } },
        { 0 },
};

const struct command schema_version_commands[] = {
        { .name = "schema check",
          .arguments = "FILE.proto…",
          .min_args = 1,
          .max_args = 1000,
          .sentence = { "Xem một cấu trúc có đăng ký được không, không ghi gì",
                        "Say whether structures can be registered; nothing is written" },
          .notes = { "Nói mọi điều mà `schema register` sẽ từ chối, cùng lúc, mỗi điều một dòng: tệp:dòng, "
                     "quy tắc, "
                     "cách sửa.\nSo với mọi bản đã đăng ký: docs/SCHEMAS.vi.md.",
                     "Tells all that `schema register` would refuse, at once, a line each: file:line, rule, "
                     "how to "
                     "mend it.\nCompares with every registered version: docs/SCHEMAS.md." },
          .options = check_rows,
          .options_size = sizeof(struct check_options),
          .run = cmd_schema_check,
          .examples = check_examples },
        { .name = "schema diff",
          .arguments = "NAME [FILE.proto]",
          .min_args = 1,
          .max_args = 2,
          .sentence = { "Điều gì đổi giữa hai bản, hay giữa một bản và một tệp",
                        "What changes between two versions, or a version and a file" },
          .notes = { "SAFE: được; NOTED: được, nên biết; REFUSED: không được. Mã thoát là 1 khi có REFUSED.",
                     "SAFE: allowed; NOTED: allowed, worth knowing; REFUSED: not allowed. Exit code 1 where "
                     "any is "
                     "REFUSED." },
          .options = diff_rows,
          .options_size = sizeof(struct diff_options),
          .configured = true,
          .run = cmd_schema_diff,
          .examples = diff_examples },
        { .name = "schema export",
          .arguments = "[NAME]",
          .max_args = 1,
          .sentence = { "Ghi cấu trúc đã đăng ký ra tệp", "Write registered structures to files" },
          .notes = { "Cây thư mục ghi ra biên dịch lại được bằng protoc, và cho đúng dấu vân đã đăng ký.",
                     "protoc compiles the written tree again, and gives the fingerprint that is "
                     "registered." },
          .options = export_rows,
          .options_size = sizeof(struct export_options),
          .configured = true,
          .run = cmd_schema_export,
          .examples = export_examples },
        { 0 },
};

void changes_print(const struct changes *changes, const struct compiled *p, struct buf *out)
{
        for (size_t i = 0; i < changes->count; i++) {
                const struct change *x = &changes->items[i];
                struct buf line = { 0 }, shown = { 0 };
                struct findings none = { 0 };

                change_line(x, &line);
                // "file:line: [RULE] …" behind the class.
                compiled_lines(p ? p : &(struct compiled){ .found = &none }, buf_slice(&line), &shown);
                buf_printf(out, "  %-7s  ", change_words[x->class]);
                buf_add_slice(out, buf_slice(&shown));
                buf_done(&line);
                buf_done(&shown);
        }
}

void changes_json(const struct changes *changes, struct json *j)
{
        json_key(j, "changes");
        json_array(j);
        for (size_t i = 0; i < changes->count; i++) {
                const struct change *x = &changes->items[i];

                json_object(j);
                json_key(j, "class");
                json_str(j, change_words[x->class]);
                json_key(j, "rule");
                json_str(j, x->rule);
                json_key(j, "subject");
                json_str(j, x->subject);
                json_key(j, "file");
                json_str(j, x->file);
                json_key(j, "line");
                x->line > 0 ? json_int(j, x->line) : json_null(j);
                json_key(j, "what");
                json_str(j, x->what);
                json_key(j, "mend");
                *x->mend ? json_str(j, x->mend) : json_null(j);
                json_end_object(j);
        }
        json_end_array(j);
}

static char *dataset_name(struct slice set, const char *message)
{
        struct buf ignored = { 0 };
        struct schema *s = NULL;
        char *name = NULL;

        if (schema_examine(set, message, &s, &ignored) >= 0 && s && s->dataset)
                name = strdup(s->dataset->name);
        schema_free(s);
        buf_done(&ignored);
        return name;
}

char *structure_counterpart(const struct compiled *old, struct slice new_set, const char *message)
{
        struct texts names = { 0 };
        char *found = NULL, *dataset = dataset_name(new_set, message);

        if (structure_datasets(old, &names) == EXIT_DONE) {
                for (size_t i = 0; i < names.count && !found; i++)
                        if (strcmp(names.items[i], message) == 0)
                                found = strdup(message);
                for (size_t i = 0; i < names.count && !found && dataset; i++) {
                        char *other = dataset_name(buf_slice(&old->set), names.items[i]);

                        if (other && strcmp(other, dataset) == 0)
                                found = strdup(names.items[i]);
                        free(other);
                }
                if (!found && names.count == 1)
                        found = strdup(names.items[0]);
        }
        texts_done(&names);
        free(dataset);
        return found;
}

// `iochub schema`: the options and the table of the group; the list itself.
#include "hub/cli/schema.h"

#include "hub/cli/out.h"
#include "hub/cli/schema_init.h"

static const struct column list_columns[] = {
        { "id", { "Mã", "Id" }, CELL_INT, 0 },
        { "name", { "Tên", "Name" }, CELL_TEXT, 0 },
        { "version", { "Bản", "Version" }, CELL_INT, 0 },
        { "mode", { "Cách lưu", "Mode" }, CELL_TEXT, 0 },
        { "table", { "Bảng", "Table" }, CELL_TEXT, 0 },
        { "title_vi", { "Tên gọi", "Title (vi)" }, CELL_TEXT, COLUMN_FOR_VI },
        { "title_en", { "Tên tiếng Anh", "Title" }, CELL_TEXT, COLUMN_FOR_EN },
        { "message", { "Thông điệp", "Message" }, CELL_TEXT, 0 },
        { "own", { "Của trục", "Own" }, CELL_BOOL, COLUMN_FOR_JSON },
        { "feeds", { "Nguồn cấp", "Feeds" }, CELL_INT, 0 },
        { "registered_at", { "Đăng ký lúc", "Registered" }, CELL_TIME, 0 },
        { "registered_by", { "Người đăng ký", "By" }, CELL_TEXT, COLUMN_FOR_JSON },
        { "published", { "Đã công bố", "Published" }, CELL_BOOL, 0 },
        { 0 },
};

int cmd_schema_list(struct cli *c)
{
        static const char sql[] = "SELECT s.id, coalesce(s.dataset, s.subject), s.version, d.mode, 'data.' "
                                  "|| d.table_name, d.title_vi, d.title_en, "
                                  "s.message, s.dataset IS NULL, (SELECT count(*) FROM hub.feed f WHERE "
                                  "f.dataset = s.dataset AND f.retired_at IS NULL), "
                                  "s.registered_at, s.registered_by, s.published_at IS NOT NULL "
                                  "FROM hub.schema s LEFT JOIN hub.dataset d ON d.name = s.dataset ORDER BY "
                                  "s.dataset IS NULL, 2, s.version";

        return rows_command(c, sql, "schemas", list_columns,
                            (struct words){ "Chưa có cấu trúc nào; `iochub schema register` đăng ký một",
                                            "No structures yet; `iochub schema register` registers one" });
}

static const struct option register_options[] = {
        INPUT_OPTIONS(struct register_options),
        { 0 },
};

static const struct option show_options[] = {
        { .name = "version",
          .kind = OPTION_INT,
          .offset = offsetof(struct show_options, version),
          .value = "N",
          .fallback = "-1",
          .min = 1,
          .max = INT32_MAX,
          .sentence = { "Bản này thay vì bản mới nhất", "This version in place of the newest" } },
        { .name = "proto",
          .kind = OPTION_FLAG,
          .offset = offsetof(struct show_options, proto),
          .sentence = { "In lại tệp .proto", "Print the .proto file" } },
        { .name = "columns",
          .kind = OPTION_FLAG,
          .offset = offsetof(struct show_options, columns),
          .sentence = { "Chỉ các cột của bảng", "Only the table's columns" } },
        { 0 },
};

static const struct example register_examples[] = {
        { "iochub schema register schemas/examples/tiep-nhan/phan_anh.proto",
          { "một cấu trúc; làm lại thì báo đã đăng ký",
            "one structure; again, it says that it is registered" } },
        { "iochub schema register -I schemas schemas/examples/noi-vu/don_vi_hanh_chinh.proto "
          "schemas/examples/moi-truong/chat_luong_khong_khi.proto",
          { "nhiều tệp, nơi tìm import", "several files, and where imports are" } },
        { 0 },
};

static const struct example list_examples[] = {
        { "iochub schema list", { "mọi cấu trúc và bảng của nó", "all structures and their tables" } },
        { "iochub schema list --json", { "cho chương trình khác", "for another program" } },
        { 0 },
};

static const struct example show_examples[] = {
        { "iochub schema show phan-anh", { "sự kiện chính và các cột", "its facts and columns" } },
        { "iochub schema show phan-anh --columns --json", { "các cột, JSON", "the columns as JSON" } },
        { "iochub schema show phan-anh --proto --version 1",
          { "tệp .proto của bản 1", "version 1 as a .proto file" } },
        { 0 },
};

const struct command schema_commands[] = {
        { .name = "schema register",
          .arguments = "FILE.proto…",
          .min_args = 1,
          .max_args = 1000,
          .sentence = { "Đăng ký cấu trúc dữ liệu trao đổi", "Register exchange structures" },
          .notes = { "Tạo hoặc mở rộng bảng, mở shared.<bộ dữ liệu> và công bố lên iochub.schemas. Không cần "
                     "dừng\n"
                     "trục hay bộ kết nối. Cần protoc; các tệp của iochub và buf.validate được tìm sẵn.",
                     "Makes or widens the table, opens shared.<dataset> and publishes on iochub.schemas. "
                     "Neither hub\n"
                     "nor connectors need a restart. Needs protoc; iochub's own files and buf.validate are "
                     "found." },
          .options = register_options,
          .options_size = sizeof(struct register_options),
          .configured = true,
          .run = cmd_schema_register,
          .examples = register_examples },
        { .name = "schema list",
          .arguments = "",
          .sentence = { "Các cấu trúc đã đăng ký", "The registered structures" },
          .configured = true,
          .run = cmd_schema_list,
          .examples = list_examples },
        { .name = "schema init",
          .arguments = "FILE.csv",
          .min_args = 1,
          .max_args = 1,
          .sentence = { "Viết nháp cấu trúc từ tiêu đề và giá trị của một tệp CSV",
                        "Draft a structure from a CSV file's header and values" },
          .notes = { "Đọc cả tệp, đoán kiểu, khoá, thời điểm, quy tắc và dữ liệu cá nhân, rồi viết .proto và "
                     "cấu hình "
                     "bộ\n"
                     "kết nối. Không cần máy chủ. Bản nháp hợp lệ như nó đứng, nhưng người phải xem lại: "
                     "docs/NEW-DATASET.vi.md.",
                     "Reads the whole file, guesses types, key, times, rules and personal data, and writes a "
                     ".proto "
                     "and a\n"
                     "connector's configuration. Needs no server. The draft is valid as it stands, but a "
                     "person must "
                     "look at\n"
                     "it: docs/NEW-DATASET.md." },
          .options = schema_init_options,
          .options_size = sizeof(struct init_options),
          .run = cmd_schema_init,
          .examples = schema_init_examples },
        { .name = "schema show",
          .arguments = "NAME",
          .min_args = 1,
          .max_args = 1,
          .sentence = { "Một cấu trúc: cột, kiểu, chú thích, .proto",
                        "One structure: columns, types, comments, .proto" },
          .options = show_options,
          .options_size = sizeof(struct show_options),
          .configured = true,
          .run = cmd_schema_show,
          .examples = show_examples },
        { 0 },
};

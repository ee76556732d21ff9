// `iochub schema init`: a CSV file's header and values become a draft of a structure and of the connector's
// configuration. Needs no server. What it writes is read by people next, so a file that is there already
// stays.
#include "hub/cli/schema_init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "hub/base/clock.h"

static const char *const modes[] = { "auto", "append", "upsert", NULL };

#define TEXT(option, field, shown, vi, en)                                                                   \
        {                                                                                                    \
                .name = option, .kind = OPTION_TEXT, .offset = offsetof(struct init_options, field),         \
                .value = shown, .sentence = {                                                                \
                        vi,                                                                                  \
                        en                                                                                   \
                }                                                                                            \
        }

const struct option schema_init_options[] = {
        TEXT("output", output, "FILE.proto", "Viết cấu trúc vào tệp này thay vì in ra",
             "Write the structure to this file in place of standard output"),
        TEXT("mapping", mapping, "FILE.yaml", "Viết cả cấu hình của bộ kết nối vào tệp này",
             "Write a connector's configuration for the file, too"),
        TEXT("name", name, "DATASET", "Tên bộ dữ liệu; mặc định lấy từ tên tệp",
             "Name of the dataset; made from the file's name otherwise"),
        TEXT("domain", domain, "DOMAIN", "Lĩnh vực, chẳng hạn y-te",
             "Domain of administration, such as y-te"),
        { .name = "mode",
          .kind = OPTION_WORD,
          .offset = offsetof(struct init_options, mode),
          .value = "MODE",
          .choices = modes,
          .sentence = { "append: mỗi hàng một bản ghi; upsert: mỗi khoá một bản ghi; auto: theo tệp",
                        "append: every row is a record; upsert: one record a key; auto: as the file "
                        "suggests" } },
        { .name = "key",
          .kind = OPTION_MANY,
          .offset = offsetof(struct init_options, key),
          .value = "COLUMN",
          .sentence = { "Cột khoá (tên cột hoặc tên trường); có thể lặp lại",
                        "Column of the key (its name or its field's); may be given again" } },
        TEXT("event-time", event_time, "COLUMN", "Cột thời điểm sự kiện", "Column of the event time"),
        TEXT("package", package, "NAME", "Gói của tệp .proto", "Package of the .proto file"),
        TEXT("agency", agency, "CODE", "Mã cơ quan trong cấu hình của bộ kết nối",
             "Agency's code in the connector's configuration"),
        { .name = "zone",
          .kind = OPTION_TEXT,
          .offset = offsetof(struct init_options, zone),
          .value = "ZONE",
          .fallback = "Asia/Ho_Chi_Minh",
          .sentence = { "Múi giờ của thời điểm không ghi múi giờ", "Time zone of times that carry none" } },
        { .name = "sample",
          .kind = OPTION_INT,
          .offset = offsetof(struct init_options, sample),
          .value = "ROWS",
          .fallback = "0",
          .min = 1,
          .max = INT64_MAX,
          .sentence = { "Chỉ đọc chừng này hàng đầu; mặc định đọc cả tệp",
                        "Read this many rows only; the whole file otherwise" } },
        { 0 },
};

const struct example schema_init_examples[] = {
        { "iochub schema init deploy/samples/data/phan-anh/phan-anh.csv",
          { "in bản nháp ra màn hình", "print a draft" } },
        { "iochub schema init deploy/samples/data/chat-luong-khong-khi/chat-luong-khong-khi.csv --mode "
          "append "
          "--event-time 'Thời gian' --json",
          { "chọn cách lưu và thời điểm sự kiện; JSON", "choose mode and event time; JSON" } },
        { 0 },
};

// Refuses before any work what would be refused after it.
static int check_new(const char *path)
{
        if (path == NULL || access(path, F_OK) != 0)
                return EXIT_DONE;
        return cli_refuse(EXIT_ABSENT, "%s: the file is there already; take it away or choose another name",
                          path);
}

static int write_new(const char *path, const struct buf *text)
{
        size_t done = 0;
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0)
                return cli_refuse(EXIT_ABSENT, "%s: cannot be written: %s", path, strerror(errno));
        while (done < text->n) {
                ssize_t n = write(fd, text->p + done, text->n - done);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        break;
                done += (size_t)n;
        }
        if (close(fd) == 0 && done == text->n)
                return EXIT_DONE;
        int reason = errno;
        unlink(path);
        return cli_refuse(EXIT_INTERNAL, "%s: cannot be written: %s", path, strerror(reason));
}

static int write_files(const struct draft *d, const struct buf *proto)
{
        const char *output = d->options->output, *mapping = d->options->mapping;
        struct buf text = { 0 };
        int code = output ? write_new(output, proto) : EXIT_DONE;
        if (code == EXIT_DONE && mapping) {
                draft_mapping(d, &text);
                code = write_new(mapping, &text);
                if (code != EXIT_DONE && output)
                        unlink(output);
        }
        buf_done(&text);
        return code;
}

static int read_file(struct draft *d)
{
        const struct zone *zone;
        struct csv_file *f = NULL;
        d->zones = zones_new();
        if (zones_get(d->zones, d->options->zone, &zone) != 0)
                return cli_refuse(
                    EXIT_BAD_USE,
                    "--zone takes a name such as Asia/Ho_Chi_Minh, or +07:00; there is no `%s` here",
                    d->options->zone);
        int64_t now = clock_now();
        guess_formats_init(&d->formats, zone, now - INIT_PAST_DAYS * INIT_DAY, now + INIT_DAY);
        int code = draft_name(d);
        if (code == EXIT_DONE)
                code = draft_open(d, &f);
        if (code != EXIT_DONE)
                return code;
        draft_name_columns(d);
        code = draft_find_keys(d);
        if (code == EXIT_DONE)
                code = draft_read(d, f);
        csv_file_close(f);
        return code == EXIT_DONE ? draft_plan(d) : code;
}

static void draft_done(struct draft *d)
{
        for (size_t i = 0; i < d->count; i++) {
                guess_done(&d->columns[i].guess);
                free(d->columns[i].header);
        }
        free(d->columns);
        guess_seen_done(&d->key_seen);
        zones_free(d->zones);
}

// Needs no configuration, but where there is one, the connector's is given the same brokers.
static int configure(struct draft *d)
{
        struct cli *c = d->cli;
        if (d->options->mapping == NULL || (c->global.conf == NULL && getenv("IOCHUB_CONF") == NULL))
                return EXIT_DONE;
        int code = cli_configure(c);
        for (size_t i = 0; i < c->conf.kafka.count; i++) {
                if (strcmp(c->conf.kafka.names[i], "bootstrap.servers") == 0)
                        d->brokers = c->conf.kafka.values[i];
        }
        return code < 0 ? EXIT_DONE : code;
}

int cmd_schema_init(struct cli *c)
{
        struct draft d = { .cli = c, .options = c->options, .path = c->args[0], .brokers = "127.0.0.1:9092" };
        struct buf proto = { 0 };
        int code = configure(&d);
        if (code == EXIT_DONE)
                code = check_new(d.options->output);
        if (code == EXIT_DONE)
                code = check_new(d.options->mapping);
        if (code == EXIT_DONE)
                code = read_file(&d);
        if (code == EXIT_DONE) {
                draft_proto(&d, &proto);
                code = write_files(&d, &proto);
        }
        if (code == EXIT_DONE)
                draft_tell(&d, &proto);
        buf_done(&proto);
        draft_done(&d);
        return code;
}

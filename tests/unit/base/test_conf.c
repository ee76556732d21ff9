#include "tests/unit/base/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/conf.h"
#include "hub/base/json.h"

struct feed {
        char *dataset;
        int64_t batch;
};

struct config {
        char *agency;
        bool follow;
        int64_t workers;
        int64_t memory;
        int64_t wait;
        int mode;
        struct conf_strings missing;
        struct conf_pairs kafka;
        struct {
                char *conninfo;
                int64_t pool;
        } database;
        struct conf_array feeds;
        const struct yaml_node *mapping;
};

static const char *const modes[] = { "once", "follow", NULL };

#define AT(type, field) offsetof(struct type, field)

static const struct conf_option database_options[] = {
        { "conninfo", CONF_STRING, 0, "where the database is", .required = true },
        { "pool", CONF_INT, AT(config, database.pool) - AT(config, database), "connections", "4", .min = 1,
          .max = 64 },
        { 0 },
};

static const struct conf_option feed_options[] = {
        { "dataset", CONF_STRING, AT(feed, dataset), "its dataset", .required = true },
        { "batch", CONF_INT, AT(feed, batch), "rows a batch | commit", "50", .min = 1 },
        { 0 },
};

static const struct conf_option options[] = {
        { "agency", CONF_STRING, AT(config, agency), "whose data it is", .required = true },
        { "follow", CONF_BOOL, AT(config, follow), "goes on with new files", "true" },
        { "workers", CONF_INT, AT(config, workers), "threads", "2", .min = 1, .max = 16 },
        { "memory", CONF_BYTES, AT(config, memory), "memory to use", "64MiB", .min = 1 << 20,
          .max = 1 << 30 },
        { "wait", CONF_DURATION, AT(config, wait), "time between looks", "500ms", .min = 1000,
          .max = 60000000 },
        { "mode", CONF_ENUM, AT(config, mode), "when it ends", "follow", .words = modes },
        { "missing", CONF_LIST, AT(config, missing), "texts that stand for nothing", "N/A" },
        { "kafka", CONF_PAIRS, AT(config, kafka), "passed on" },
        { "database", CONF_SECTION, AT(config, database), "the database", .section = database_options },
        { "feeds", CONF_MANY, AT(config, feeds), "what is read", .section = feed_options,
          .size = sizeof(struct feed) },
        { "mapping", CONF_NODE, AT(config, mapping), "read elsewhere" },
        { 0 },
};

static struct yaml *document;
static struct conf_errors errors;
static struct config config;

static const char *read_text(const char *text)
{
        struct err e = { 0 };
        document = yaml_load("c.yaml", slice_str(text), &e);
        if (document == NULL)
                fail_msg("%s", e.text);
        conf_errors_init(&errors, yaml_name(document));
        memset(&config, 0, sizeof(config));
        conf_read(options, yaml_root(document), &config, &errors);
        return buf_cstr(&errors.text);
}

static int tear_down(void **state)
{
        (void)state;
        conf_release(options, &config);
        assert_null(config.agency);
        assert_null(config.feeds.items);
        conf_errors_done(&errors);
        document = yaml_free(document);
        return 0;
}

static void test_defaults(void **state)
{
        (void)state;
        assert_string_equal(read_text("agency: H10"), "");
        assert_int_equal(errors.count, 0);
        assert_string_equal(config.agency, "H10");
        assert_true(config.follow);
        assert_int_equal(config.workers, 2);
        assert_int_equal(config.memory, 64 << 20);
        assert_int_equal(config.wait, 500000);
        assert_int_equal(config.mode, 1);
        assert_int_equal(config.missing.count, 1);
        assert_string_equal(config.missing.items[0], "N/A");
        assert_int_equal(config.kafka.count, 0);
        assert_null(config.database.conninfo);
        assert_int_equal(config.database.pool, 4);
        assert_int_equal(config.feeds.count, 0);
        assert_null(config.mapping);
}

static void test_everything_given(void **state)
{
        (void)state;
        assert_string_equal(read_text("agency: 'H10.07'\n"
                                      "follow: false\n"
                                      "workers: 16\n"
                                      "memory: 1 GiB\n"
                                      "wait: 1min\n"
                                      "mode: once\n"
                                      "missing: ['', N/A, '~']\n"
                                      "kafka: {bootstrap.servers: 'a:1,b:2', acks: all, linger.ms: 5}\n"
                                      "database:\n"
                                      "  conninfo: \"host=/x dbname=iochub\"\n"
                                      "  pool: 64\n"
                                      "feeds:\n"
                                      "- dataset: phan-anh\n"
                                      "- {dataset: chat-luong-khong-khi, batch: 7}\n"
                                      "mapping: {a: {b: c}}\n"),
                            "");
        assert_string_equal(config.agency, "H10.07");
        assert_false(config.follow);
        assert_int_equal(config.workers, 16);
        assert_int_equal(config.memory, 1 << 30);
        assert_int_equal(config.wait, 60000000);
        assert_int_equal(config.mode, 0);
        assert_int_equal(config.missing.count, 3);
        assert_string_equal(config.missing.items[0], "");
        assert_string_equal(config.missing.items[2], "~");
        assert_int_equal(config.kafka.count, 3);
        assert_string_equal(config.kafka.names[0], "bootstrap.servers");
        assert_string_equal(config.kafka.values[2], "5");
        assert_string_equal(config.database.conninfo, "host=/x dbname=iochub");
        assert_int_equal(config.database.pool, 64);
        assert_int_equal(config.feeds.count, 2);
        const struct feed *feeds = config.feeds.items;
        assert_string_equal(feeds[0].dataset, "phan-anh");
        assert_int_equal(feeds[0].batch, 50);
        assert_int_equal(feeds[1].batch, 7);
        assert_int_equal(config.mapping->kind, YAML_MAP);
}

// All of them in one reading, in the order of the file, the absent ones last.
static void test_every_mistake_at_once(void **state)
{
        (void)state;
        const char *got = read_text("folow: true\n"
                                    "workers: 17\n"
                                    "memory: 1000000000000000GiB\n"
                                    "wait: 500\n"
                                    "mode: folow\n"
                                    "follow: 'true'\n"
                                    "missing: {a: b}\n"
                                    "kafka: [a]\n"
                                    "database: {pool: many, bogus: 1}\n"
                                    "feeds:\n"
                                    "- batch: 0\n"
                                    "- phan-anh\n");
        assert_string_equal(
            got,
            "c.yaml:1:1: unknown key `folow`; did you mean `follow`?\n"
            "c.yaml:2:10: `workers` must be a whole number from 1 to 16, not `17`\n"
            "c.yaml:3:9: `memory` must be a size (such as 500, 64KiB, 10MiB, 1GiB) from 1MiB to 1GiB, not "
            "`1000000000000000GiB`\n"
            "c.yaml:4:7: `wait` must be a duration with its unit (us, ms, s, min, h, d) from 1ms to 1min, "
            "not `500`\n"
            "c.yaml:5:7: `mode` must be one of once, follow, not `folow`; did you mean `follow`?\n"
            "c.yaml:6:9: `follow` must be true or false, without quotes, not \"true\"\n"
            "c.yaml:7:10: `missing` must be a text or a list of texts, not a map\n"
            "c.yaml:8:8: `kafka` must be a map of names and texts, not a list\n"
            "c.yaml:9:18: `pool` must be a whole number from 1 to 64, not `many`\n"
            "c.yaml:9:24: unknown key `bogus`; known here: conninfo, pool\n"
            "c.yaml:9:11: `conninfo` is missing: where the database is\n"
            "c.yaml:11:10: `batch` must be a whole number of at least 1, not `0`\n"
            "c.yaml:11:3: `dataset` is missing: its dataset\n"
            "c.yaml:12:3: a map of options (`name: value`) must stand here\n"
            "c.yaml:1:1: `agency` is missing: whose data it is\n");
        assert_int_equal(errors.count, 15);
        // What was refused keeps its default.
        assert_int_equal(config.workers, 2);
        assert_int_equal(config.memory, 64 << 20);
        assert_int_equal(config.mode, 1);
        assert_true(config.follow);
}

static void expect_one(const char *text, const char *want)
{
        const char *got = read_text(text);
        if (errors.count != 1 || strstr(got, want) == NULL)
                fail_msg("%s\ngot: %s\nwanted: %s", text, got, want);
        tear_down(NULL);
}

static void test_scalars_refused(void **state)
{
        (void)state;
        static const char *const values[] = {
                "workers: 010",   "workers: 1.0",  "workers: 0x1",
                "workers: ''",    "workers:",      "workers: '5'",
                "workers: [5]",   "workers: 1e1",  "workers: 99999999999999999999",
                "workers: null",  "workers: ~",    "memory: 10MB",
                "memory: 10 mib", "memory: -5MiB", "memory: 1.5GiB",
                "memory: MiB",    "memory: '10 '", "memory: 10  MiB",
                "wait: 5sec",     "wait: 0",       "wait: -1s",
                "wait: 1h",       "wait: s",       "mode: Once",
                "mode: 1",        "mode: ''",      "mode: ",
                "follow: yes",    "follow: True",  "follow: 1",
                "follow:",        "missing:",      "missing: [[a]]",
                "missing: [~]"
        };
        for (size_t i = 0; i < COUNT(values); i++) {
                char text[128];
                snprintf(text, sizeof(text), "agency: H10\n%s\n", values[i]);
                expect_one(text, "c.yaml:2:");
        }
        expect_one("agency:\n", "`agency` must be a text, not nothing");
        expect_one("agency: {a: b}\n", "`agency` must be a text, not a map");
        expect_one("agency: H10\nkafka: {a: }\n", "`a` in `kafka` must be a text");
        expect_one("agency: H10\nkafka: {ssl: {key: x}}\n", "c.yaml:2:14: `ssl` in `kafka` must be a text");
        expect_one("agency: H10\nfeeds: {dataset: x}\n", "`feeds` must be a list of maps, not a map");
        expect_one("agency: H10\ndatabase: x\n", "c.yaml:2:11: a map of options");
        expect_one("- a\n", "c.yaml:1:1: a map of options");
        expect_one("\n", "c.yaml:1:1: `agency` is missing");
        read_text("agency: H10\n");
}

static void test_scalars_accepted(void **state)
{
        (void)state;
        assert_string_equal(read_text("agency: no\nworkers: 1\nmemory: '2097152'\nwait: '2 s'\nmissing: one\n"
                                      "kafka:\nfeeds:\nmapping:\n"),
                            "");
        assert_string_equal(config.agency, "no");
        assert_int_equal(config.memory, 2097152);
        assert_int_equal(config.wait, 2000000);
        assert_int_equal(config.missing.count, 1);
        assert_string_equal(config.missing.items[0], "one");
        assert_int_equal(config.feeds.count, 0);
        assert_int_equal(config.mapping->kind, YAML_SCALAR);
}

// Messages must not carry terminal commands or whole files.
static void test_messages_are_safe(void **state)
{
        (void)state;
        struct buf text;
        buf_init(&text);
        buf_add_str(&text, "agency: H10\n\"x\\e[2J\": 1\nmode: \"\\e]0;x\\a");
        for (int i = 0; i < 5000; i++)
                buf_add_char(&text, 'm');
        buf_add_str(&text, "\"\n");
        const char *got = read_text(buf_cstr(&text));
        assert_null(strchr(got, '\x1b'));
        assert_non_null(strstr(got, "unknown key `x\\u001b[2J`"));
        assert_true(strlen(got) < 600);
        assert_int_equal(errors.count, 2);
        buf_done(&text);
}

static void test_many_mistakes_are_cheap(void **state)
{
        (void)state;
        struct buf text;
        buf_init(&text);
        buf_add_str(&text, "agency: H10\n");
        for (int i = 0; i < 49000; i++)
                buf_printf(&text, "worker%d: 1\n", i);
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        const char *got = read_text(buf_cstr(&text));
        getrusage(RUSAGE_SELF, &after);
        assert_int_equal(errors.count, 49000);
        size_t lines = 0;
        for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
                lines++;
        assert_int_equal(lines, 101);
        assert_non_null(strstr(got, "c.yaml: more mistakes follow, which are not shown\n"));
        assert_true(after.ru_utime.tv_sec - before.ru_utime.tv_sec < (UNDER_SANITIZER ? 10 : 2));
        buf_done(&text);
}

static void test_error_without_place(void **state)
{
        (void)state;
        struct conf_errors e;
        conf_errors_init(&e, "f.yaml");
        conf_error(&e, NULL, "port %d is taken", 5432);
        assert_string_equal(buf_cstr(&e.text), "f.yaml: port 5432 is taken\n");
        conf_errors_done(&e);
        conf_errors_done(NULL);
        read_text("agency: H10");
}

static void test_format(void **state)
{
        (void)state;
        static const struct {
                enum conf_type type;
                int64_t value;
                const char *text;
        } cases[] = { { CONF_INT, -5, "-5" },
                      { CONF_BYTES, 0, "0" },
                      { CONF_BYTES, 1000, "1000" },
                      { CONF_BYTES, 1024, "1KiB" },
                      { CONF_BYTES, 3LL << 30, "3GiB" },
                      { CONF_DURATION, 1, "1us" },
                      { CONF_DURATION, 1500000, "1500ms" },
                      { CONF_DURATION, 90000000, "90s" },
                      { CONF_DURATION, 7200000000, "2h" },
                      { CONF_DURATION, 86400000000LL * 14, "14d" } };
        for (size_t i = 0; i < COUNT(cases); i++) {
                struct buf b;
                buf_init(&b);
                conf_format(cases[i].type, cases[i].value, &b);
                assert_string_equal(buf_cstr(&b), cases[i].text);
                buf_done(&b);
        }
        read_text("agency: H10");
}

static void test_manual(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        conf_manual(options, "csv.", &b);
        assert_string_equal(
            buf_cstr(&b),
            "| option | type | default | bounds | meaning |\n"
            "|---|---|---|---|---|\n"
            "| `csv.agency` | text | required |  | whose data it is |\n"
            "| `csv.follow` | true or false | `true` |  | goes on with new files |\n"
            "| `csv.workers` | whole number | `2` | 1 to 16 | threads |\n"
            "| `csv.memory` | size | `64MiB` | 1MiB to 1GiB | memory to use |\n"
            "| `csv.wait` | duration | `500ms` | 1ms to 1min | time between looks |\n"
            "| `csv.mode` | word | `follow` | `once`, `follow` | when it ends |\n"
            "| `csv.missing` | list of texts | `N/A` |  | texts that stand for nothing |\n"
            "| `csv.kafka` | map of texts |  |  | passed on |\n"
            "| `csv.database` | section |  |  | the database |\n"
            "| `csv.database.conninfo` | text | required |  | where the database is |\n"
            "| `csv.database.pool` | whole number | `4` | 1 to 64 | connections |\n"
            "| `csv.feeds` | list of sections |  |  | what is read |\n"
            "| `csv.feeds[].dataset` | text | required |  | its dataset |\n"
            "| `csv.feeds[].batch` | whole number | `50` | at least 1 | rows a batch \\| commit |\n"
            "| `csv.mapping` | see its own manual |  |  | read elsewhere |\n");
        buf_done(&b);
        read_text("agency: H10");
}

static void test_json_schema(void **state)
{
        (void)state;
        struct buf b;
        struct json j;
        buf_init(&b);
        json_init(&j, &b, false);
        conf_json_schema(options, &j);
        const char *got = buf_cstr(&b);
        static const char *const parts[] = {
                "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"agency\":{"
                "\"description\":\"whose "
                "data it is\",\"type\":[\"string\",\"number\",\"boolean\"]},",
                "\"follow\":{\"description\":\"goes on with new "
                "files\",\"type\":\"boolean\",\"default\":true}",
                "\"workers\":{\"description\":\"threads\",\"type\":\"integer\",\"minimum\":1,\"maximum\":16,"
                "\"default\":2}",
                "\"pattern\":\"^[0-9]+( ?(KiB|MiB|GiB))?$\",\"default\":\"64MiB\"}",
                "\"pattern\":\"^(0|[0-9]+ ?(us|ms|s|min|h|d))$\"",
                "\"enum\":[\"once\",\"follow\"],\"default\":\"follow\"}",
                "\"batch\":{\"description\":\"rows a batch | "
                "commit\",\"type\":\"integer\",\"minimum\":1,\"default\":50}",
                "\"required\":[\"conninfo\"]}",
                "\"mapping\":{\"description\":\"read elsewhere\"}},\"required\":[\"agency\"]}",
        };
        for (size_t i = 0; i < COUNT(parts); i++) {
                if (strstr(got, parts[i]) == NULL)
                        fail_msg("%s\nis not in\n%s", parts[i], got);
        }
        // The same as a document of its own reading: well formed, every option named.
        struct err e = { 0 };
        struct yaml *y = yaml_load("schema.json", buf_slice(&b), &e);
        if (y == NULL)
                fail_msg("%s", e.text);
        const struct yaml_node *properties = yaml_get(yaml_root(y), "properties");
        assert_int_equal(properties->count, COUNT(options) - 1);
        yaml_free(y);
        buf_done(&b);
        read_text("agency: H10");
}

// A fallback that its own row refuses is a bug of the program.
static void test_wrong_fallback_aborts(void **state)
{
        (void)state;
        static const struct conf_option wrong[] = {
                { "workers", CONF_INT, 0, "threads", "99", .min = 1, .max = 16 },
                { 0 },
        };
        read_text("agency: H10");
        pid_t pid = fork();
        if (pid == 0) {
                setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
                signal(SIGABRT, SIG_DFL);
                int64_t workers;
                conf_read(wrong, yaml_root(document), &workers, &errors);
                _exit(0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define test(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                test(test_defaults),
                test(test_everything_given),
                test(test_every_mistake_at_once),
                test(test_scalars_refused),
                test(test_scalars_accepted),
                test(test_messages_are_safe),
                test(test_many_mistakes_are_cheap),
                test(test_error_without_place),
                test(test_format),
                test(test_manual),
                test(test_json_schema),
                test(test_wrong_fallback_aborts),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

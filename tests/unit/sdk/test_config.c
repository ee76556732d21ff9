// The configuration: every mistake of a file at once, each with its place.
#include "connectors/sdk/config.h"
#include "tests/unit/sdk/unit.h"

struct kind_conf {
        struct source_common common;
        char *place;
};

static const struct conf_option kind_options[] = {
        SOURCE_COMMON_OPTIONS(struct kind_conf, "test"),
        { .name = "place",
          .type = CONF_STRING,
          .offset = offsetof(struct kind_conf, place),
          .required = true,
          .sentence = "Where." },
        { .name = NULL },
};

static void kind_check(const void *conf, const struct yaml_node *at, struct conf_errors *errors)
{
        const struct kind_conf *c = conf;
        if (strcmp(c->place, "nowhere") == 0)
                conf_error(errors, yaml_get(at, "place"), "nowhere is no place");
}

static const struct source_kind kind = {
        .name = "csv",
        .sentence = "A kind.",
        .options = kind_options,
        .conf_size = sizeof(struct kind_conf),
        .check = kind_check,
};
static const struct source_kind *const kinds[] = { &kind, NULL };

static void expect(const char *text, const char *wanted)
{
        struct conf_errors errors;
        write_text("c.yaml", text);
        assert_int_equal(chdir(folder), 0);
        conf_errors_init(&errors, "c.yaml");
        struct config *c = config_load("c.yaml", kinds, &errors);
        assert_string_equal(buf_cstr(&errors.text), wanted);
        config_free(c);
        conf_errors_done(&errors);
}

static const char good[] = "agency: H10.01\n"
                           "kafka: { bootstrap.servers: 127.0.0.1:9092 }\n"
                           "feeds:\n"
                           "  - dataset: phan-anh\n"
                           "    source: { kind: csv, place: here }\n"
                           "    map: { ma: CODE }\n";

static void taken(void **state)
{
        (void)state;
        struct conf_errors errors;
        write_text("c.yaml", good);
        conf_errors_init(&errors, in_folder("c.yaml"));
        char path[512];
        snprintf(path, sizeof(path), "%s", in_folder("c.yaml"));
        struct config *c = config_load(path, kinds, &errors);
        assert_int_equal(errors.count, 0);
        assert_string_equal(c->folder, folder);
        assert_string_equal(c->reject_path, in_folder("rejects"));
        const struct feed_conf *f = config_feed(c, "phan-anh");
        assert_string_equal(f->topic, "in.H10.01.phan-anh");
        assert_string_equal(((const struct source_common *)f->source)->name, "test");
        assert_int_equal(c->limits.checkpoint_records, 10000);
        assert_null(config_feed(c, "khac"));
        config_free(c);
        conf_errors_done(&errors);
}

static void all_mistakes_at_once(void **state)
{
        (void)state;
        expect(
            "agency: h10\n"
            "kafka: { servers: x }\n"
            "rejects_dir: x\n"
            "limits: { in_flight: 0 }\n"
            "feeds:\n"
            "  - dataset: Phan_Anh\n"
            "    source: { kind: cvs }\n"
            "    map: { ma: CODE }\n"
            "  - dataset: b\n"
            "    source: { kind: csv, plac: here }\n"
            "    map: { ma: { colum: CODE } }\n"
            "  - dataset: b\n"
            "    source: { kind: csv, place: nowhere }\n"
            "    map: {}\n"
            "  - source: []\n",
            "c.yaml:3:1: unknown key `rejects_dir`; did you mean `reject_dir`?\n"
            "c.yaml:4:22: `in_flight` must be a whole number from 1 to 90000, not `0`\n"
            "c.yaml:15:5: `dataset` is missing: Registered dataset that the rows become; the topic is "
            "in.<agency>.<dataset>.\n"
            "c.yaml:15:5: `map` is missing: Field path (`toa_do.vi_do`) to a column's name or a map of "
            "options.\n"
            "c.yaml:1:9: `h10` is no agency code: groups of 0-9 A-Z joined by dots, at most 35 characters\n"
            "c.yaml:2:8: kafka needs bootstrap.servers: host:port\n"
            "c.yaml:6:14: `Phan_Anh` is no dataset name: a lower-case letter, then letters, digits and "
            "single hyphens, at most 48\n"
            "c.yaml:7:21: there is no kind `cvs`\n"
            "c.yaml:10:26: unknown key `plac`; did you mean `place`?\n"
            "c.yaml:10:13: `place` is missing: Where.\n"
            "c.yaml:11:18: unknown key `colum`; did you mean `column`?\n"
            "c.yaml:11:12: ma needs one of column, columns, value\n"
            "c.yaml:12:14: dataset b has a feed already (line 9); one feed may read many files\n"
            "c.yaml:13:33: nowhere is no place\n"
            "c.yaml:14:10: map needs at least one field: `field: column`\n"
            "c.yaml:15:13: source needs options: kind and what the kind asks for\n");
}

static void other_files(void **state)
{
        (void)state;
        expect("feeds: []\nagency: H10\nkafka: { bootstrap.servers: a:1 }\n", "c.yaml:1:8: feeds is empty\n");
        expect("a: &x 1\n", "c.yaml:1:4: anchors (&name) are not allowed\n");
}

static void manual(void **state)
{
        (void)state;
        struct buf out;
        buf_init(&out);
        config_manual(kinds, &out);
        const char *text = buf_cstr(&out);
        assert_non_null(strstr(text, "bootstrap.servers"));
        assert_non_null(strstr(text, "source.place"));
        assert_non_null(strstr(text, "map.<field>.thousands"));
        assert_non_null(strstr(text, "limits.checkpoint_every"));
        buf_done(&out);
}

static int setup(void **state)
{
        (void)state;
        make_folder();
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        assert_int_equal(chdir("/"), 0);
        remove_folder();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(taken),
                cmocka_unit_test(all_mistakes_at_once),
                cmocka_unit_test(other_files),
                cmocka_unit_test(manual),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

#include "tests/unit/base/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/yaml.h"

static struct yaml *load(const char *text)
{
        struct err e = { 0 };
        struct yaml *y = yaml_load("t.yaml", slice_str(text), &e);
        if (y == NULL)
                fail_msg("refused: %s", e.text);
        return y;
}

static void test_kinds_and_places(void **state)
{
        (void)state;
        struct yaml *y = load(
            "# head\nkafka:\n  bootstrap.servers: 127.0.0.1:9092\n  list: [a, 'b', \"c\\n\"]\nt\u00ean: |\n"
            "  d\u00f2ng 1\n  d\u00f2ng 2\nempty:\n");
        const struct yaml_node *root = yaml_root(y);
        assert_string_equal(yaml_name(y), "t.yaml");
        assert_int_equal(root->kind, YAML_MAP);
        assert_int_equal(root->count, 3);
        const struct yaml_node *kafka = yaml_get(root, "kafka");
        assert_int_equal(kafka->kind, YAML_MAP);
        assert_int_equal(kafka->line, 3);
        assert_int_equal(kafka->column, 3);
        const struct yaml_node *servers = yaml_get(kafka, "bootstrap.servers");
        assert_string_equal(servers->text, "127.0.0.1:9092");
        assert_int_equal(servers->line, 3);
        assert_int_equal(servers->column, 22);
        assert_false(servers->quoted);
        assert_int_equal(kafka->keys[1]->line, 4);
        const struct yaml_node *list = yaml_get(kafka, "list");
        assert_int_equal(list->kind, YAML_LIST);
        assert_int_equal(list->count, 3);
        assert_false(list->items[0]->quoted);
        assert_true(list->items[1]->quoted);
        assert_string_equal(list->items[2]->text, "c\n");
        const struct yaml_node *block = yaml_get(root, "t\u00ean");
        assert_string_equal(block->text, "d\u00f2ng 1\nd\u00f2ng 2\n");
        assert_true(block->quoted);
        assert_string_equal(yaml_get(root, "empty")->text, "");
        assert_null(yaml_get(root, "none"));
        assert_null(yaml_get(list, "a"));
        assert_null(yaml_get(servers, "a"));
        assert_null(yaml_get(NULL, "a"));
        assert_null(yaml_free(y));
        assert_null(yaml_free(NULL));
}

static void test_nothing_is_an_empty_map(void **state)
{
        (void)state;
        static const char *const texts[] = { "", "\n\n", "# only a comment\n", "\ufeff" };
        for (size_t i = 0; i < COUNT(texts); i++) {
                struct yaml *y = load(texts[i]);
                assert_int_equal(yaml_root(y)->kind, YAML_MAP);
                assert_int_equal(yaml_root(y)->count, 0);
                assert_int_equal(yaml_root(y)->line, 1);
                yaml_free(y);
        }
}

static void test_allowed_shapes(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "---\na: 1\n",      "a: 1\n...\n", "{a: {b: [c, {d: e}]}}",
                "- a\n- b\n",       "scalar",      "\ufeffa: 1",
                "a: 1\r\nb: 2\r\n", "\"a b\": c",  "<<: merge is a key like others",
                "? a\n: b\n"
        };
        for (size_t i = 0; i < COUNT(texts); i++)
                yaml_free(load(texts[i]));
}

static void expect_refused(struct slice text, const char *want)
{
        struct err e = { 0 };
        struct yaml *y = yaml_load("t.yaml", text, &e);
        if (y) {
                yaml_free(y);
                fail_msg("accepted; wanted: %s", want);
        }
        assert_int_equal(e.code, ERR_CONFIG);
        if (strncmp(e.text, want, strlen(want)) != 0)
                fail_msg("got: %s\nwanted: %s", e.text, want);
}

static void test_refused_with_place(void **state)
{
        (void)state;
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "a: &x 1\n", "t.yaml:1:4: anchors (&name) are not allowed" },
                { "a: &x [1]\n", "t.yaml:1:4: anchors" },
                { "&x a: 1\n", "t.yaml:1:1: anchors" },
                { "a: &x {b: 1}\n", "t.yaml:1:4: anchors" },
                { "a: 1\nb: *x\n", "t.yaml:2:4: aliases (*name) are not allowed" },
                { "a: !!int 1\n", "t.yaml:1:4: tags (!name) are not allowed" },
                { "a: ! 1\n", "t.yaml:1:4: tags" },
                { "a: !x [1]\n", "t.yaml:1:4: tags" },
                { "a: !!map {}\n", "t.yaml:1:4: tags" },
                { "%YAML 1.1\n---\na: 1\n", "t.yaml:1:1: directives" },
                { "%TAG ! tag:x,2000:\n---\na: 1\n", "t.yaml:1:1: directives" },
                { "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document is not allowed" },
                { "a: 1\nb: 2\n a: 3\n", "t.yaml:3:3: mapping values are not allowed in this context" },
                { "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
                  "t.yaml:5:3: key `c` is given twice (first in line 3)" },
                { "{a: 1, \"a\": 2}", "t.yaml:1:8: key `a` is given twice" },
                { "[a]: 1\n", "t.yaml:1:1: a key must be a plain text" },
                { "? {a: b}\n: c\n", "t.yaml:1:3: a key must be a plain text" },
                { "a: [1, 2\n", "t.yaml:2:1: did not find expected ',' or ']'" },
                { "a: \"\\0\"\n", "t.yaml:1:4: NUL character in a text" },
                { "a: \"\\x00b\"\n", "t.yaml:1:4: NUL" },
                { "a: \"\\ud800\"\n", "t.yaml:1:" },
                { "a:\n\t- b\n", "t.yaml:2:1: found character that cannot start any token" },
                { "a: 1\nb: \x01\n", "t.yaml:2:4: control characters are not allowed" },
                { "t\u00ean: 1\nt\u1ec9nh: &x\n", "t.yaml:2:7: anchors" },
        };
        for (size_t i = 0; i < COUNT(cases); i++)
                expect_refused(slice_str(cases[i].text), cases[i].want);
        expect_refused(LIT("a: 1\nb: x\0y\n"), "t.yaml:2:5: NUL byte");
        expect_refused(LIT("a: 1\nt\xc3\xaan: \xff\n"), "t.yaml:2:6: not UTF-8");
        expect_refused(LIT("\xff\xfe"
                           "a\0:\0"),
                       "t.yaml:1:1: not UTF-8");
        expect_refused(LIT("a: \xed\xa0\x80\n"), "t.yaml:1:4: not UTF-8");
}

static void repeat(struct buf *b, const char *s, size_t times)
{
        size_t n = strlen(s);
        for (size_t i = 0; i < times; i++)
                buf_add(b, s, n);
}

static void test_depth(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        repeat(&b, "[", 32);
        repeat(&b, "]", 32);
        struct yaml *y = load(buf_cstr(&b));
        yaml_free(y);
        buf_reset(&b);
        repeat(&b, "[", 33);
        repeat(&b, "]", 33);
        expect_refused(buf_slice(&b), "t.yaml:1:33: nested too deeply (the limit is 32)");
        buf_reset(&b);
        for (int i = 0; i < 40; i++) {
                repeat(&b, " ", (size_t)i);
                buf_add_str(&b, "a:\n");
        }
        expect_refused(buf_slice(&b), "t.yaml:33:33: nested too deeply");
        buf_done(&b);
}

// The bombs of tests/faults J2: a head, a piece that is repeated up to the size limit (where there is one), a
// tail. Each is built in the child that reads it, which must stay below a second of processor time and, where
// no sanitizer adds its own, 64 MiB.
#define FULL (4U << 20)

static const struct bomb {
        const char *name, *head, *piece, *tail;
} bombs[] = {
        { "size", "", "a: 1\n", "b: 1\nc: 1\n" },
        { "depth of lists in flow", "", "[", "" },
        { "depth of lists in block", "", "- ", "" },
        { "depth of maps", "", "{a: ", "" },
        { "items in block", "", "- a\n", "" },
        { "items in flow", "[", "a,", "" },
        { "same keys", "", "a:\n", "" },
        { "anchors", "", "- &a a\n", "" },
        { "billion laughs", "a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n", NULL, "" },
        { "documents", "", "---\n", "" },
        { "compound keys", "", "? ", "" },
        { "comments", "", "#\n", "*a" },
        { "open quote", "a: \"", "x\n\n", "" },
        { "empty keys", "{", ": ", "" },
        { "empty maps", "[", "{},", "" },
        { "different keys", NULL, NULL, NULL },
};

static void build(const struct bomb *bomb, struct buf *b)
{
        if (bomb->head == NULL) {
                for (unsigned i = 0; b->n + 16 < FULL; i++)
                        buf_printf(b, "%x:\n", i);
                return;
        }
        buf_add_str(b, bomb->head);
        if (bomb->piece)
                repeat(b, bomb->piece, (FULL - strlen(bomb->head) - 2) / strlen(bomb->piece));
        buf_add_str(b, bomb->tail);
}

static int read_bomb(const struct bomb *bomb)
{
        struct buf b;
        struct err e = { 0 };
        buf_init(&b);
        build(bomb, &b);
        struct yaml *y = yaml_load("bomb.yaml", buf_slice(&b), &e);
        buf_done(&b);
        if (y) {
                yaml_free(y);
                return 1;
        }
        return strncmp(e.text, "bomb.yaml:", 10) == 0 ? 0 : 2;
}

static void test_bombs(void **state)
{
        (void)state;
        for (size_t i = 0; i < COUNT(bombs); i++) {
                pid_t pid = fork();
                if (pid == 0)
                        _exit(read_bomb(&bombs[i]));
                int status;
                struct rusage used;
                assert_int_equal(wait4(pid, &status, 0, &used), pid);
                if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                        fail_msg("%s: status %x", bombs[i].name, (unsigned)status);
                long ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
                          (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
                if (ms > (UNDER_SANITIZER ? 10000 : 1000) || (!UNDER_SANITIZER && used.ru_maxrss > 64 << 10))
                        fail_msg("%s: %ld ms, %ld KiB", bombs[i].name, ms, used.ru_maxrss);
        }
}

static void test_files(void **state)
{
        (void)state;
        char path[] = "/tmp/unit-yaml-XXXXXX", want[128];
        struct err e = { 0 };
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "a: [1]\n", 7), 7);
        struct yaml *y = yaml_load_file(path, &e);
        assert_non_null(y);
        assert_string_equal(yaml_name(y), path);
        yaml_free(y);
        assert_int_equal(write(fd, "b: *a\n", 6), 6);
        assert_null(yaml_load_file(path, &e));
        snprintf(want, sizeof(want), "%s:2:4: aliases (*name) are not allowed", path);
        assert_string_equal(e.text, want);
        assert_int_equal(ftruncate(fd, 5 << 20), 0);
        assert_null(yaml_load_file(path, &e));
        assert_non_null(strstr(e.text, "larger than 4 MiB"));
        close(fd);
        unlink(path);
        assert_null(yaml_load_file(path, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_non_null(strstr(e.text, ": No such file or directory"));
        assert_null(yaml_load_file("/tmp", &e));
        assert_string_equal(e.text, "/tmp: Is a directory");
}

// Every prefix of a text, and every byte of it replaced: never a crash, always an answer.
static void test_torn(void **state)
{
        (void)state;
        static const char text[] =
            "a: {b: [1, 'x', \"\\u00e9\\n\"]}\nc: |\n  d\n  e\n? f\n: - g\n  - h: i\n# j\n";
        static const uint8_t bytes[] = { 0,   '\t', '\n', ' ', '"', '#', '%', '&', '\'', '*',  '-', ':',
                                         '?', '[',  '{',  '}', '!', '|', '>', '@', 0x80, 0xc3, 0xff };
        char copy[sizeof(text)];
        for (size_t i = 0; i < sizeof(text); i++) {
                struct err e;
                yaml_free(yaml_load("torn", slice_of(text, i), &e));
                for (size_t j = 0; i < sizeof(text) - 1 && j < COUNT(bytes); j++) {
                        memcpy(copy, text, sizeof(text));
                        copy[i] = (char)bytes[j];
                        yaml_free(yaml_load("torn", slice_of(copy, sizeof(text) - 1), &e));
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds_and_places),
                cmocka_unit_test(test_nothing_is_an_empty_map),
                cmocka_unit_test(test_allowed_shapes),
                cmocka_unit_test(test_refused_with_place),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_bombs),
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_torn),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

// The csv kind on real files: once, followed, resumed, overwritten, cut off, changed under the reader.
#include "connectors/csv/csv.h"
#include "hub/base/log.h"
#include "tests/unit/csv/unit.h"

struct reader {
        struct conf_errors errors;
        struct yaml *yaml;
        void *conf;
        struct source_columns columns;
        struct source *source;
        struct err e;
};

static const char *const ab[] = { "a", "b" };

static void open_with(struct reader *r, const char *options, const char *const *names, size_t count)
{
        char text[512];
        snprintf(text, sizeof(text), "{ kind: csv, %s }", options);
        memset(r, 0, sizeof(*r));
        conf_errors_init(&r->errors, "test.yaml");
        r->yaml = yaml_load("test.yaml", slice_str(text), &r->e);
        assert_non_null(r->yaml);
        r->conf = calloc(1, csv_kind.conf_size);
        conf_read(csv_kind.options, yaml_root(r->yaml), r->conf, &r->errors);
        csv_kind.check(r->conf, yaml_root(r->yaml), &r->errors);
        assert_int_equal(r->errors.count, 0);
        r->columns = (struct source_columns){ names, count };
        r->source = csv_kind.open(r->conf, folder, &r->columns, &r->e);
        assert_non_null(r->source);
}

static void open_ab(struct reader *r, const char *options)
{
        open_with(r, options, ab, 2);
}

static void close_reader(struct reader *r)
{
        csv_kind.close(r->source);
        conf_release(csv_kind.options, r->conf);
        free(r->conf);
        conf_errors_done(&r->errors);
        yaml_free(r->yaml);
}

// What the source gives until it stops giving rows, as text: values, or what is wrong, with file and line.
static char *take_some(struct reader *r, int most)
{
        static char text[4096];
        size_t n = 0;
        text[0] = '\0';
        for (int i = 0; i < most; i++) {
                struct source_row row = { 0 };
                int result = csv_kind.next(r->source, &row, &r->e);
                if (result == SOURCE_ROW) {
                        for (size_t c = 0; c < r->columns.count; c++)
                                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", c ? "|" : "",
                                                      (int)(row.values[c].n > 40 ? 40 : row.values[c].n),
                                                      (const char *)row.values[c].p);
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s@%llu ", row.recheck ? "!" : "",
                                              (unsigned long long)row.line);
                } else if (result == SOURCE_BAD_ROW) {
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "bad(%s)@%llu ", row.fault.en,
                                              (unsigned long long)row.line);
                } else if (result == SOURCE_PART_END) {
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "/ ");
                } else {
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
                                              result == SOURCE_IDLE  ? "idle"
                                              : result == SOURCE_END ? "end"
                                                                     : r->e.text);
                        break;
                }
        }
        return text;
}

static char *take(struct reader *r)
{
        return take_some(r, 1000);
}

// A new reader that goes on from where the other is.
static void reopen(struct reader *r, const char *options)
{
        struct buf cursor;
        buf_init(&cursor);
        assert_int_equal(csv_kind.save(r->source, &cursor, &r->e), 0);
        close_reader(r);
        open_ab(r, options);
        assert_int_equal(csv_kind.restore(r->source, buf_slice(&cursor), &r->e), 0);
        buf_done(&cursor);
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
        remove_folder();
        return 0;
}

static void once(void **state)
{
        (void)state;
        struct reader r;
        write_text("2.csv", "\xef\xbb\xbf"
                            "b,x,a\r\n1,-,2\r\n\"3\r\n4\",-,5");
        write_text("1.csv", "a,b\n1,2\n\n3,4\n");
        open_ab(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "1|2@2 3|4@4 / 2|1@2 5|3\r\n4@3 / end");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "/ / end");
        close_reader(&r);
}

static void position_is_name_offset_digest(void **state)
{
        (void)state;
        struct reader r;
        struct source_row row;
        write_text("1.csv", "a,b\nx,y\n");
        open_ab(&r, "files: '*.csv'");
        assert_int_equal(csv_kind.next(r.source, &row, &r.e), SOURCE_ROW);
        // printf 'x,y' | sha256sum
        assert_true(slice_eq_str(row.position, "1.csv@4#968e772cf168b7f1"));
        close_reader(&r);
}

static void bad_rows(void **state)
{
        (void)state;
        struct reader r;
        static const char text[] = "a,b\n1\n1,2,3\n\xff,1\n\"x\"y,1\n\0,1\nok,1\n";
        put("1.csv", "wb", text, sizeof(text) - 1);
        open_ab(&r, "files: '*.csv'");
        assert_string_equal(
            take(&r), "bad(the row has 1 fields, the header 2)@2 bad(the row has 3 fields, the header 2)@3 "
                      "bad(the row is not UTF-8)@4 bad(there is text behind a field's closing quote)@5 "
                      "bad(the row holds a NUL character)@6 ok|1@7 / end");
        close_reader(&r);
}

static void expect_error(const char *options, const char *file, const char *wanted)
{
        struct reader r;
        if (file)
                write_text("1.csv", file);
        open_ab(&r, options);
        const char *seen = take(&r);
        if (strstr(seen, wanted) == NULL)
                fail_msg("seen: %s\nwanted: %s", seen, wanted);
        close_reader(&r);
}

static void named_errors(void **state)
{
        (void)state;
        expect_error("files: 'none.csv'", NULL, "none.csv: there is no such file");
        expect_error("files: '1.csv'", "", "1.csv:1: the file is empty; it has no header");
        expect_error("files: '1.csv'", "a,c\n1,2\n", "1.csv:1: there is no column `b`; did you mean `a`?");
        expect_error("files: '1.csv'", "a,ccc,ddd\n", "1.csv:1: there is no column `b`; did you mean `a`?");
        expect_error("files: '1.csv'", "xxx,,yyy,zzz\n",
                     "1.csv:1: there is no column `a`; the header has `xxx`, `yyy`, `zzz`");
        expect_error("files: '1.csv'", "a,b,a\n", "1.csv:1: the header has column `a` twice");
        expect_error("files: '1.csv'", "a,b\n1,2\n3,\"4\n5,6\n", "1|2@2 ");
        expect_error("files: '1.csv'", "a,b\n1,2\n3,\"4\n5,6\n",
                     "1.csv:3: the file ends inside the quoted field that opens on this line; it is cut off");
        expect_error("files: '1.csv'", "a,b\n\"x\ny\",\"4\n5,6\n", "1.csv:3: the file ends inside");
        expect_error("files: '1.csv'",
                     "\xff\xfe"
                     "a,b\n",
                     "1.csv:1: the file is UTF-16; save it as UTF-8");
        expect_error("files: '.'", NULL, "is not a regular file");
}

static void long_rows(void **state)
{
        (void)state;
        size_t n = 2 * 1024 * 1024;
        char *text = malloc(n + 1);
        memset(text, 'x', n);
        memcpy(text, "a,b\n1,\"", 7);
        memcpy(text + n - 3, "\",\n", 3);
        text[n] = '\0';
        expect_error("files: '1.csv'", text,
                     "1.csv:2: the row is longer than 1048576 bytes; is a closing quote missing?");
        // Under the bound, but longer than a block.
        text[900 * 1024] = '\0';
        memcpy(text + 900 * 1024 - 2, "\"\n", 2);
        expect_error("files: '1.csv'", text, "1|xxxx");
        free(text);
}

static void without_header(void **state)
{
        (void)state;
        static const char *const numbers[] = { "2", "1" };
        struct reader r;
        write_text("1.csv", "1,2\n3,4\n");
        open_with(&r, "files: '*.csv', header: false", numbers, 2);
        assert_string_equal(take(&r), "2|1@1 4|3@2 / end");
        close_reader(&r);
}

#define FOLLOW "files: '*.csv', mode: follow, poll: 10ms"

static char *take_later(struct reader *r)
{
        usleep(20000);
        return take(r);
}

static void follow(void **state)
{
        (void)state;
        struct reader r;
        open_ab(&r, FOLLOW);
        assert_string_equal(take(&r), "idle");
        write_text("1.csv", "a,b\n1,2\n3,");
        assert_string_equal(take_later(&r), "1|2@2 / idle");
        assert_string_equal(take_later(&r), "idle");
        append_text("1.csv", "4");
        assert_string_equal(take_later(&r), "/ idle");
        append_text("1.csv", "\n\"5");
        assert_string_equal(take_later(&r), "3|4@3 / idle");
        append_text("1.csv", "\n\",6\n");
        write_text("0.csv", "a,b\n7,8\n");
        assert_string_equal(take_later(&r), "7|8@2 / 5\n|6@4 / idle");
        write_text("2.csv", "a");
        assert_string_equal(take_later(&r), "idle");
        append_text("2.csv", ",b\n9,10\n");
        assert_string_equal(take_later(&r), "9|10@2 / idle");
        close_reader(&r);
}

static void taken_away_while_followed(void **state)
{
        (void)state;
        struct reader r;
        write_text("1.csv", "a,b\n1,2\n");
        write_text("2.csv", "a,b\n3,4\n");
        open_ab(&r, FOLLOW);
        assert_string_equal(take_some(&r, 1), "1|2@2 ");
        remove_file("2.csv"); // listed, not read yet
        write_text("3.csv", "a,b\n5,6\n");
        assert_string_equal(take_later(&r), "/ 5|6@2 / idle");
        close_reader(&r);
}

static void folder_with_signs_of_a_glob(void **state)
{
        (void)state;
        struct reader r;
        char plain[sizeof(folder)], path[sizeof(folder) + 8];
        memcpy(plain, folder, sizeof(folder));
        snprintf(path, sizeof(path), "%s/[1]*\\", plain);
        assert_true(strlen(path) < sizeof(folder));
        assert_int_equal(mkdir(path, 0700), 0);
        memcpy(folder, path, sizeof(folder));
        write_text("1.csv", "a,b\n1,2\n");
        open_ab(&r, "files: '?.csv'");
        assert_string_equal(take(&r), "1|2@2 / end");
        close_reader(&r);
        memcpy(folder, plain, sizeof(folder));
}

static void resumed_in_the_middle(void **state)
{
        (void)state;
        struct reader r;
        write_text("1.csv", "a,b\n1,2\n\"3\n\",4\n5,6\n");
        write_text("2.csv", "a,b\n7,8\n");
        open_ab(&r, "files: '*.csv'");
        assert_string_equal(take_some(&r, 2), "1|2@2 3\n|4@3 ");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "5|6@5 / 7|8@2 / end");
        close_reader(&r);
}

static void overwritten(void **state)
{
        (void)state;
        struct reader r;
        write_text("1.csv", "a,b\n1,2\n3,4\n");
        write_text("2.csv", "a,b\n5,6\n");
        open_ab(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "1|2@2 3|4@3 / 5|6@2 / end");
        // Same length, another last row; the other file only grows.
        write_text("1.csv", "a,b\n1,2\n9,9\n");
        append_text("2.csv", "7,8\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take_some(&r, 1), "1|2!@2 ");
        // The mark stays with the file.
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "9|9!@3 / 7|8@3 / end");
        // Same length and the same last row: what stands before it counts too.
        write_text("1.csv", "a,b\n7,7\n9,9\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "7|7!@2 9|9!@3 / / end");
        // Written again as it was: nothing to read.
        write_text("1.csv", "a,b\n7,7\n9,9\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "/ / end");
        // Shorter.
        write_text("1.csv", "a,b\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "/ / end");
        append_text("1.csv", "0,0\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "0|0!@2 / / end");
        close_reader(&r);
}

static void last_row_without_line_end(void **state)
{
        (void)state;
        struct reader r;
        write_text("1.csv", "a,b\n1,2");
        open_ab(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "1|2@2 / end");
        append_text("1.csv", "\r\n3,4\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "3|4@3 / end");
        close_reader(&r);
        // The row itself went on: it is another row now.
        write_text("1.csv", "a,b\n1,2");
        open_ab(&r, "files: '*.csv'");
        (void)take(&r);
        append_text("1.csv", "5\n");
        reopen(&r, "files: '*.csv'");
        assert_string_equal(take(&r), "1|25!@2 / end");
        close_reader(&r);
}

static void changed_under_the_reader(void **state)
{
        (void)state;
        struct reader r;
        struct buf big;
        buf_init(&big);
        buf_add_str(&big, "a,b\n");
        while (big.n < 3 * 1024 * 1024)
                buf_add_str(&big, "1,2\n");
        put("1.csv", "wb", big.p, big.n);
        open_ab(&r, "files: '*.csv'");
        (void)take_some(&r, 3);
        append_text("1.csv", "3,4\n");
        struct source_row row;
        int result;
        while ((result = csv_kind.next(r.source, &row, &r.e)) == SOURCE_ROW)
                ;
        assert_int_equal(result, -1);
        assert_non_null(strstr(r.e.text, "1.csv:"));
        assert_non_null(strstr(r.e.text, "the file changed while it was read"));
        close_reader(&r);
        open_ab(&r, FOLLOW);
        (void)take_some(&r, 3);
        char path[128];
        snprintf(path, sizeof(path), "%s/1.csv", folder);
        assert_int_equal(truncate(path, 600 * 1024), 0);
        while ((result = csv_kind.next(r.source, &row, &r.e)) == SOURCE_ROW)
                ;
        assert_int_equal(result, -1);
        assert_non_null(strstr(r.e.text, "the file became shorter while it was read"));
        close_reader(&r);
        buf_done(&big);
}

static void same_names_in_two_folders(void **state)
{
        (void)state;
        char path[128];
        for (int i = 1; i <= 2; i++) {
                snprintf(path, sizeof(path), "%s/d%d", folder, i);
                assert_int_equal(mkdir(path, 0700), 0);
        }
        write_text("d1/x.csv", "a,b\n");
        write_text("d2/x.csv", "a,b\n");
        expect_error("files: 'd*/x.csv'", NULL, "have one name, which a message's id could not tell apart");
}

static void go_where_a_person_says(void **state)
{
        (void)state;
        struct reader r;
        write_text("1.csv", "a,b\n1,2\n3,4\n");
        write_text("2.csv", "a,b\n5,6\n7,8\n");
        write_text("3.csv", "a,b\n9,0\n");
        open_ab(&r, "files: '*.csv'");
        assert_int_equal(csv_kind.go(r.source, "end", &r.e), 0);
        assert_string_equal(take(&r), "/ / / end");
        assert_int_equal(csv_kind.go(r.source, "2.csv@8", &r.e), 0);
        assert_string_equal(take(&r), "/ 7|8@3 / 9|0@2 / end");
        assert_int_equal(csv_kind.go(r.source, "2.csv@4", &r.e), 0);
        assert_string_equal(take(&r), "/ 5|6@2 7|8@3 / 9|0@2 / end");
        assert_int_equal(csv_kind.go(r.source, "2.csv@7", &r.e), -1);
        assert_string_equal(r.e.text, "2.csv@7 is not the start of a row of this feed's files");
        assert_int_equal(csv_kind.go(r.source, "4.csv@0", &r.e), -1);
        assert_int_equal(csv_kind.go(r.source, "later", &r.e), -1);
        assert_string_equal(r.e.text, "`later` is neither beginning, end nor FILE@OFFSET");
        close_reader(&r);
}

static void mistakes(void **state)
{
        (void)state;
        struct conf_errors errors;
        struct err e;
        conf_errors_init(&errors, "x.yaml");
        struct yaml *y = yaml_load(
            "x.yaml", slice_str("kind: csv\nfiles: ''\ndelimiter: ab\nquote: é\nmodus: once\npoll: 1\n"), &e);
        void *conf = calloc(1, csv_kind.conf_size);
        conf_read(csv_kind.options, yaml_root(y), conf, &errors);
        csv_kind.check(conf, yaml_root(y), &errors);
        static const char *const wanted[] = {
                "x.yaml:5:1: ", "x.yaml:6:7: ", "x.yaml:3:12: delimiter is one ASCII character",
                "x.yaml:4:8: quote is one ASCII character", "x.yaml:2:8: files is empty"
        };
        const char *text = buf_cstr(&errors.text);
        for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
                if (strstr(text, wanted[i]) == NULL)
                        fail_msg("no `%s` in:\n%s", wanted[i], text);
        }
        conf_release(csv_kind.options, conf);
        free(conf);
        yaml_free(y);
        conf_errors_done(&errors);
}

int main(void)
{
        log_configure(LOG_ERROR, LOG_LOGFMT, "test");
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                T(once),
                T(position_is_name_offset_digest),
                T(bad_rows),
                T(named_errors),
                T(long_rows),
                T(without_header),
                T(follow),
                T(taken_away_while_followed),
                T(folder_with_signs_of_a_glob),
                T(resumed_in_the_middle),
                T(overwritten),
                T(last_row_without_line_end),
                T(changed_under_the_reader),
                T(same_names_in_two_folders),
                T(go_where_a_person_says),
                T(mistakes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

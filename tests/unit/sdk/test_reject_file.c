#include <sys/stat.h>

#include "connectors/sdk/reject_file.h"
#include "tests/unit/sdk/unit.h"

static void add(struct reject_file *r, unsigned line, const char *value)
{
        struct err e;
        struct source_row row = { .file = "a.csv", .line = line, .position = slice_str("a.csv@1#00") };
        row_fault_set(&row.fault, "Cột", slice_str(value), "không phải số", "not a number");
        assert_int_equal(reject_file_add(r, 1000000, &row, &e), 0);
}

static void expect(const char *wanted)
{
        size_t n;
        char *text = read_text("rejects/d.rejects.csv", &n);
        assert_string_equal(text, wanted);
        free(text);
}

#define HEAD "\xef\xbb\xbftime,file,line,column,value,reason_vi,reason_en,position\n"
#define ROW(line, value)                                                                                     \
        "1970-01-01T00:00:01Z,\"a.csv\"," line ",\"Cột\",\"" value                                           \
        "\",\"không phải số\",\"not a number\",\"a.csv@1#00\"\n"

static void written_cut_and_gone_on(void **state)
{
        (void)state;
        struct err e;
        char path[128];
        snprintf(path, sizeof(path), "%s/rejects", folder);
        struct reject_file *r = reject_file_open(path, "d");
        assert_int_equal(reject_file_truncate(r, 0, &e), 0);
        assert_int_equal(reject_file_sync(r, &e), 0);
        // Nothing rejected: no file.
        assert_int_equal(access(reject_file_path(r), F_OK), -1);
        add(r, 2, "x\"y");
        uint64_t one = reject_file_length(r);
        assert_int_equal(reject_file_sync(r, &e), 0);
        expect(HEAD ROW("2", "x\"\"y"));
        add(r, 3, "=1+1");
        assert_int_equal(reject_file_sync(r, &e), 0);
        expect(HEAD ROW("2", "x\"\"y") ROW("3", "'=1+1"));
        r = reject_file_close(r);
        r = reject_file_open(path, "d");
        assert_int_equal(reject_file_truncate(r, one, &e), 0);
        assert_int_equal(reject_file_length(r), one);
        add(r, 4, "a\nb");
        assert_int_equal(reject_file_sync(r, &e), 0);
        expect(HEAD ROW("2", "x\"\"y") ROW("4", "a\\nb"));
        // Somebody emptied it: what is new gets a heading again.
        assert_int_equal(truncate(reject_file_path(r), 0), 0);
        assert_int_equal(reject_file_truncate(r, one, &e), 1);
        add(r, 5, "z");
        assert_int_equal(reject_file_sync(r, &e), 0);
        expect(HEAD ROW("5", "z"));
        reject_file_close(r);
}

static void long_values_are_cut(void **state)
{
        (void)state;
        struct err e;
        char value[1000], path[128];
        size_t n;
        memset(value, 'x', sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        snprintf(path, sizeof(path), "%s/rejects", folder);
        struct reject_file *r = reject_file_open(path, "d");
        add(r, 2, value);
        assert_int_equal(reject_file_sync(r, &e), 0);
        char *text = read_text("rejects/d.rejects.csv", &n);
        assert_true(n < 500);
        free(text);
        reject_file_close(r);
}

static void cannot_be_written(void **state)
{
        (void)state;
        struct err e;
        struct reject_file *r = reject_file_open("/proc/none", "d");
        add(r, 2, "x");
        assert_int_equal(reject_file_sync(r, &e), -1);
        assert_non_null(strstr(e.text, "/proc/none"));
        // What could not be written is still there to be written.
        assert_true(reject_file_length(r) > 0);
        reject_file_close(r);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(written_cut_and_gone_on, setup, teardown),
                cmocka_unit_test_setup_teardown(long_values_are_cut, setup, teardown),
                cmocka_unit_test(cannot_be_written),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

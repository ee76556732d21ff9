// The csv parser, whole and cut at every byte.
#include "hub/base/csv.h"

#include <stdlib.h>

#include "tests/unit/base/unit.h"

#define MAX 64

static const struct csv_format comma = { ',', '"' };

// All rows of a text as "field|field\n", read from blocks of the first n bytes that grow as the reader asks
// for more.
static void read_all(const struct csv_format *f, const char *text, size_t total, size_t first,
                     struct buf *out)
{
        uint8_t *copy = malloc(total + 1);
        memcpy(copy, text, total);
        size_t at = 0, have = first < total ? first : total;
        for (;;) {
                struct csv_field fields[MAX];
                struct csv_row row;
                // A block of exactly these bytes, so that a sanitizer sees a read behind it.
                size_t n = have - at;
                uint8_t *block = malloc(n ? n : 1);
                memcpy(block, copy + at, n);
                int r = csv_parse(f, block, n, have == total, fields, MAX, &row);
                if (r == CSV_MORE) {
                        assert_true(have < total);
                        have = total;
                        free(block);
                        continue;
                }
                if (r == CSV_END || r == CSV_OPEN) {
                        if (r == CSV_OPEN)
                                buf_printf(out, "OPEN %u\n", row.quote_line);
                        free(block);
                        break;
                }
                assert_true(row.size >= row.length && row.size > 0 && row.size <= n);
                for (uint32_t i = 0; i < row.fields && i < MAX; i++) {
                        buf_add_str(out, i ? "|" : "");
                        buf_add_slice(out, csv_text(f, block, &fields[i]));
                }
                buf_printf(out, "%s;%u\n", row.text_after_quote ? "!" : "", row.lines);
                at += row.size;
                free(block);
        }
        free(copy);
}

static void expect(const struct csv_format *f, const char *text, const char *wanted)
{
        for (size_t cut = 0; cut <= strlen(text); cut++) {
                struct buf out;
                buf_init(&out);
                read_all(f, text, strlen(text), cut, &out);
                assert_string_equal(buf_cstr(&out), wanted);
                buf_done(&out);
        }
}

static void rows_and_line_ends(void **state)
{
        (void)state;
        expect(&comma, "", "");
        expect(&comma, "a,b\n1,2\n", "a|b;1\n1|2;1\n");
        expect(&comma, "a,b\r\n1,2\r\n", "a|b;1\n1|2;1\n");
        expect(&comma, "a,b\n1,2", "a|b;1\n1|2;0\n");
        expect(&comma, "a,\n,b\n,\n\n", "a|;1\n|b;1\n|;1\n;1\n");
        expect(&comma, "a\rb,c\n", "a\rb|c;1\n");
        expect(&comma, "a,b\r", "a|b\r;0\n");
        expect(&comma, "\r\n", ";1\n");
}

static void quotes(void **state)
{
        (void)state;
        expect(&comma, "\"a\",\"b\"\n", "a|b;1\n");
        expect(&comma, "\"a\"\"b\",\"\"\"\",\"\"\n", "a\"b|\"|;1\n");
        expect(&comma, "\"a,b\",\"c\nd\"\n1,2\n", "a,b|c\nd;2\n1|2;1\n");
        expect(&comma, "\"a\r\nb\"\r\n", "a\r\nb;2\n");
        expect(&comma, "5\" pipe,x\n", "5\" pipe|x;1\n");
        expect(&comma, "a, \"b\"\n", "a| \"b\";1\n");
        expect(&comma, "\"a\"x,b\n1,2\n", "a|b!;1\n1|2;1\n");
        expect(&comma, "\"a\"\r,b\n", "a|b!;1\n");
        expect(&comma, "\"a\"", "a;0\n");
        expect(&comma, "\"a\"\r\n\"b\"\r\n", "a;1\nb;1\n");
}

static void cut_off_inside_quotes(void **state)
{
        (void)state;
        expect(&comma, "a,b\n1,\"x", "a|b;1\nOPEN 0\n");
        expect(&comma, "a,\"b\nc\",\"d\n\n", "OPEN 1\n");
        expect(&comma, "\"", "OPEN 0\n");
        expect(&comma, "\"a\"\"", "OPEN 0\n");
}

static void other_signs(void **state)
{
        (void)state;
        const struct csv_format semicolon = { ';', '\'' }, none = { '\t', 0 };
        expect(&semicolon, "'a;b';c,d\n'it''s';\n", "a;b|c,d;1\nit's|;1\n");
        expect(&none, "\"a\tb\"\n", "\"a|b\";1\n");
}

static void more_fields_than_room(void **state)
{
        (void)state;
        struct csv_field fields[2];
        struct csv_row row;
        assert_int_equal(csv_parse(&comma, (const uint8_t *)"1,2,3,4\n", 8, false, fields, 2, &row), CSV_ROW);
        assert_int_equal(row.fields, 4);
        assert_int_equal(row.size, 8);
        assert_int_equal(row.length, 7);
        assert_int_equal(fields[1].start, 2);
}

// Any bytes: rows add up to what was given, whatever they are cut into.
static void any_bytes(void **state)
{
        (void)state;
        static const char letters[] = "ab,\"\n\r\"\",\n";
        unsigned seed = 7;
        for (int round = 0; round < 3000; round++) {
                char text[64];
                size_t n = 1 + (size_t)rand_r(&seed) % 40;
                for (size_t i = 0; i < n; i++)
                        text[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
                struct buf whole, cut;
                buf_init(&whole);
                buf_init(&cut);
                read_all(&comma, text, n, n, &whole);
                read_all(&comma, text, n, (size_t)rand_r(&seed) % n, &cut);
                assert_string_equal(buf_cstr(&whole), buf_cstr(&cut));
                buf_done(&whole);
                buf_done(&cut);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_and_line_ends),    cmocka_unit_test(quotes),
                cmocka_unit_test(cut_off_inside_quotes), cmocka_unit_test(other_signs),
                cmocka_unit_test(more_fields_than_room), cmocka_unit_test(any_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

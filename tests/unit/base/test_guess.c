// What columns of text are taken for, and the names that headers become.
#include "hub/base/guess.h"

#include <stdlib.h>

#include "hub/base/clock.h"
#include "tests/unit/base/unit.h"

static struct zones *zones;
static struct guess_formats formats;

static int setup(void **state)
{
        (void)state;
        const struct zone *zone;
        int64_t least, most;
        zones = zones_new();
        assert_int_equal(zones_get(zones, "Asia/Ho_Chi_Minh", &zone), 0);
        assert_int_equal(instant_parse(slice_str("1900-01-01T00:00:00Z"), &least), 0);
        assert_int_equal(instant_parse(slice_str("2026-01-01T00:00:00Z"), &most), 0);
        guess_formats_init(&formats, zone, least, most);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        zones_free(zones);
        return 0;
}

struct column {
        struct guess guess;
        struct guess_answer answer;
};

// Values joined by `|`, each `times` times; an empty one is a row without value.
static void fill(struct column *c, const char *values, int times)
{
        size_t spare = 1 << 20;
        guess_init(&c->guess);
        for (int i = 0; i < times; i++) {
                for (const char *p = values;;) {
                        size_t n = strcspn(p, "|");
                        guess_add(&c->guess, &formats, slice_of(p, n), c->guess.rows + 2, &spare);
                        if (p[n] == '\0')
                                break;
                        p += n + 1;
                }
        }
}

static void guess_of(struct column *c, const char *values, bool code, bool comma)
{
        fill(c, values, 1);
        guess_answer(&c->guess, code, comma, &c->answer);
}

static void expect_kind(const char *values, enum guess_kind kind)
{
        struct column c;
        guess_of(&c, values, false, false);
        if (c.answer.kind != kind)
                fail_msg("`%s` is taken for %d, not %d", values, (int)c.answer.kind, (int)kind);
        guess_done(&c.guess);
}

static void kinds(void **state)
{
        (void)state;
        expect_kind("", GUESS_EMPTY);
        expect_kind("|N/A|", GUESS_EMPTY);
        expect_kind("1|-2|30", GUESS_INTEGER);
        expect_kind("7.0|8.0|", GUESS_INTEGER);
        expect_kind("1.5|2|-0.25", GUESS_DECIMAL);
        expect_kind("0|1|1|0", GUESS_INTEGER); // neither true nor false is said
        expect_kind("007|012", GUESS_TEXT);
        expect_kind("12|12A|14", GUESS_TEXT);
        expect_kind("1e5|2e5", GUESS_TEXT);
        expect_kind("9223372036854775808", GUESS_TEXT);
        expect_kind("Hà Nội|Huế", GUESS_TEXT);
        expect_kind("có|không", GUESS_BOOL);
        expect_kind("Có||CÓ", GUESS_BOOL);
        expect_kind("true|FALSE", GUESS_BOOL);
        expect_kind("Y|N", GUESS_BOOL);
        expect_kind("Y|Y", GUESS_TEXT); // an initial, as far as is known
        expect_kind("có|không|chưa", GUESS_TEXT);
        expect_kind("01/02/2025|28/02/2025", GUESS_TIME);
        expect_kind("2025-02-29", GUESS_TEXT);
        expect_kind("12/2025", GUESS_TEXT);
}

static void expect_form(const char *values, bool comma, char decimal, char thousands, bool ambiguous)
{
        struct column c;
        guess_of(&c, values, false, comma);
        assert_true(c.answer.kind == GUESS_INTEGER || c.answer.kind == GUESS_DECIMAL);
        assert_int_equal(c.answer.number.decimal, decimal);
        assert_int_equal(c.answer.number.thousands, thousands);
        assert_int_equal(c.answer.ambiguous, ambiguous);
        guess_done(&c.guess);
}

static void signs_of_numbers(void **state)
{
        (void)state;
        expect_form("1|2", true, 0, 0, false);
        expect_form("1.25|2", false, 0, 0, false);
        expect_form("1,25|2", true, ',', 0, false);
        expect_form("1.234.567,89|1,5", true, ',', '.', false);
        expect_form("1,234,567.89|1.5", false, '.', ',', false);
        expect_form("1.234.567|12", false, ',', '.', false);
        expect_form("1 234 567,5|12", true, ',', ' ', false);
        // 1.234 and 1,234 mean one thing here and another there.
        expect_form("1.234|12.500", false, 0, 0, true);
        expect_form("1.234|12.500", true, ',', '.', true);
        expect_form("1,234|12,500", false, '.', ',', true);
        expect_form("1,234|12,500", true, ',', 0, true);
        expect_form("1.234|0.500", true, 0, 0, false); // no group begins with 0
        expect_form("1.234|1.5", true, 0, 0, false);
}

static void units(void **state)
{
        (void)state;
        static const char *const good[][2] = { { "4.0 km/h|12.5 km/h", "km/h" },
                                               { "86%|7%", "%" },
                                               { "26,1°C|-3°C", "°C" },
                                               { "5 m2|7 m2", "m2" },
                                               { "12 kWh|8", "kWh" } };
        for (size_t i = 0; i < COUNT(good); i++) {
                struct column c;
                guess_of(&c, good[i][0], false, true);
                assert_true(c.answer.kind == GUESS_INTEGER || c.answer.kind == GUESS_DECIMAL);
                assert_true(slice_eq_str(c.answer.number.unit, good[i][1]));
                guess_done(&c.guess);
        }
        expect_kind("10A|11A", GUESS_TEXT);
        expect_kind("12 Lê Lợi|14 Lê Lợi", GUESS_TEXT);
        expect_kind("1/2|3/2", GUESS_TEXT);
}

static void expect_time(const char *values, const char *format, const char *other)
{
        struct column c;
        guess_of(&c, values, false, false);
        assert_int_equal(c.answer.kind, GUESS_TIME);
        assert_string_equal(c.answer.time, format);
        if (other)
                assert_string_equal(c.answer.other_time, other);
        else
                assert_null(c.answer.other_time);
        guess_done(&c.guess);
}

static void formats_of_times(void **state)
{
        (void)state;
        expect_time("01/02/2025|28/02/2025", "%d/%m/%Y", NULL);
        expect_time("01/02/2025|02/28/2025", "%m/%d/%Y", NULL);
        expect_time("01/02/2025|02/03/2025", "%d/%m/%Y", "%m/%d/%Y");
        expect_time("3/3/2025 8:05|13/3/2025 18:30", "%d/%m/%Y %H:%M", NULL);
        expect_time("01/14/2015 03:04:41 PM", "%m/%d/%Y %I:%M:%S %p", NULL);
        expect_time("2025-03-01T00:01:30.535926+07:00|2025-03-01T00:01:30Z", "rfc3339", NULL);
        expect_time("2025-03-01", "%Y-%m-%d", NULL);
        expect_time("2025-03-01 08:30:00", "%Y-%m-%d %H:%M:%S", NULL);
        expect_time("2025-03-01 08:30:00+0700", "%Y-%m-%d %H:%M:%S%z", NULL);
        expect_time("08:30 21/03/2025", "%H:%M %d/%m/%Y", NULL);
        expect_time("21.03.2025", "%d.%m.%Y", NULL);
}

static void believable_times(void **state)
{
        (void)state;
        struct column c;
        char seen[INSTANT_TEXT];
        guess_of(&c, "01/01/0202|21/03/2025|22/03/2075|20/03/2024", false, false);
        assert_int_equal(c.answer.kind, GUESS_TIME);
        assert_int_equal(c.answer.way->early, 1);
        assert_int_equal(c.answer.way->late, 1);
        instant_format(c.answer.way->earliest, seen);
        assert_string_equal(seen, "2024-03-19T17:00:00Z");
        guess_done(&c.guess);
}

static void slips(void **state)
{
        (void)state;
        struct column c;
        // one impossible date among many dates: they are dates, and that row will be refused
        fill(&c, "01/02/2025|13/02/2025|14/02/2025", 5);
        size_t spare = 0;
        guess_add(&c.guess, &formats, slice_str("31/02/2025"), 99, &spare);
        guess_answer(&c.guess, false, false, &c.answer);
        assert_int_equal(c.answer.kind, GUESS_TIME);
        assert_int_equal(c.answer.way->other, 1);
        assert_int_equal(c.answer.way->other_line, 99);
        assert_string_equal(c.answer.way->other_word, "31/02/2025");
        guess_done(&c.guess);
        // measures too, but not whole numbers, which may be names of things
        fill(&c, "1,5 km/h|2 km/h", 20);
        guess_add(&c.guess, &formats, slice_str("3 m/s"), 99, &spare);
        guess_answer(&c.guess, false, false, &c.answer);
        assert_int_equal(c.answer.kind, GUESS_DECIMAL);
        assert_int_equal(c.answer.way->other, 1);
        guess_done(&c.guess);
        fill(&c, "1|2", 20);
        guess_add(&c.guess, &formats, slice_str("2A"), 99, &spare);
        guess_answer(&c.guess, false, false, &c.answer);
        assert_int_equal(c.answer.kind, GUESS_TEXT);
        assert_non_null(c.answer.near);
        assert_int_equal(c.answer.near->other_line, 99);
        guess_done(&c.guess);
}

static void missing_words(void **state)
{
        (void)state;
        struct column c;
        guess_of(&c, "1.5|N/A||-|không đo", false, false);
        assert_int_equal(c.answer.kind, GUESS_DECIMAL);
        assert_string_equal(c.answer.missing[0], "N/A");
        assert_string_equal(c.answer.missing[1], "-");
        assert_string_equal(c.answer.missing[2], "không đo");
        assert_null(c.answer.missing[3]);
        assert_int_equal(c.answer.filled, 1);
        assert_false(c.answer.always);
        guess_done(&c.guess);
        // among texts only what no one means otherwise
        guess_of(&c, "Na Uy|NA|N/A|-", false, false);
        assert_int_equal(c.answer.kind, GUESS_TEXT);
        assert_string_equal(c.answer.missing[0], "N/A");
        assert_null(c.answer.missing[1]);
        assert_int_equal(c.answer.filled, 3);
        guess_done(&c.guess);
}

static void codes_and_money(void **state)
{
        (void)state;
        struct column c;
        guess_of(&c, "101|102", true, false);
        assert_int_equal(c.answer.kind, GUESS_TEXT);
        guess_done(&c.guess);
        guess_of(&c, "2119.0|2120.0", true, false); // a table of floats has been at it
        assert_int_equal(c.answer.kind, GUESS_INTEGER);
        guess_done(&c.guess);
        guess_of(&c, "1.234.567,89|12,5", false, true);
        assert_true(c.answer.exact);
        guess_done(&c.guess);
        guess_of(&c, "1234567890123456.5", false, false);
        assert_true(c.answer.exact);
        guess_done(&c.guess);
}

static void repeats(void **state)
{
        (void)state;
        struct guess_seen seen = { 0 };
        size_t spare = 4096;
        for (uint64_t i = 1; i <= 1500; i++)
                guess_seen_add(&seen, guess_hash(GUESS_HASH, slice_of(&i, sizeof(i))), i, &spare);
        assert_int_equal(seen.count, 1500);
        assert_int_equal(seen.repeat_line, 0);
        uint64_t again = 700;
        guess_seen_add(&seen, guess_hash(GUESS_HASH, slice_of(&again, sizeof(again))), 2000, &spare);
        assert_int_equal(seen.repeat_line, 2000);
        assert_int_equal(seen.before_repeat, 1500);
        assert_int_equal(spare, 4096); // a set that has said all gives its room back
        guess_seen_done(&seen);
        seen = (struct guess_seen){ 0 };
        for (uint64_t i = 1; i <= 3000; i++)
                guess_seen_add(&seen, guess_hash(GUESS_HASH, slice_of(&i, sizeof(i))), i, &spare);
        assert_true(seen.given_up);
        assert_int_equal(spare, 4096);
        guess_seen_done(&seen);
}

// Any bytes of well-formed text, whatever they look like.
static void any_text(void **state)
{
        (void)state;
        static const char letters[] = "0123456789.,-/: %eEAPM+zZTkm'\"@ \xc4\x91\xc3\xa0";
        unsigned seed = 11;
        size_t spare = 1 << 16;
        for (int round = 0; round < 200; round++) {
                struct column c;
                guess_init(&c.guess);
                for (int row = 0; row < 30; row++) {
                        char text[80];
                        size_t n = (size_t)rand_r(&seed) % sizeof(text);
                        for (size_t i = 0; i < n; i++)
                                text[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
                        struct slice good = text_trim(slice_of(text, n));
                        good.n = text_utf8_prefix(good);
                        guess_add(&c.guess, &formats, good, (uint64_t)row, &spare);
                }
                guess_answer(&c.guess, round % 2, round % 3, &c.answer);
                assert_true(c.answer.filled <= c.guess.rows);
                guess_done(&c.guess);
        }
}

static void expect_words(const char *text, const char *wanted)
{
        struct buf out;
        buf_init(&out);
        text_words(&out, slice_str(text), '_');
        assert_string_equal(buf_cstr(&out), wanted);
        buf_done(&out);
}

static void words(void **state)
{
        (void)state;
        expect_words("Mã hồ sơ", "ma_ho_so");
        expect_words("NGÀY TIẾP NHẬN", "ngay_tiep_nhan");
        expect_words("Đường/phố (số nhà)", "duong_pho_so_nha");
        expect_words("Ma\xcc\x83 ho\xcc\x82\xcc\x80 so\xcc\x9b", "ma_ho_so"); // NFD
        expect_words("ĐỊA CHỈ", "dia_chi");
        expect_words("Ỷ lại Ữ ỹ ậ ợ ụ", "y_lai_u_y_a_o_u");
        expect_words("CASE_ENQUIRY_ID", "case_enquiry_id");
        expect_words("SubmittedPhoto", "submitted_photo");
        expect_words("OnTime_Status", "on_time_status");
        expect_words("HTTPServer", "http_server");
        expect_words("IDs", "ids");
        expect_words("PM2.5", "pm2_5");
        expect_words("Diện tích (m²)", "dien_tich_m2");
        expect_words("  --  ", "");
        expect_words("", "");
        expect_words("温度", "");
        expect_words("Größe Œuvre", "grose_ouvre");
}

static void plain_numbers(void **state)
{
        (void)state;
        char out[TEXT_NUMBER];
        struct slice number;
        struct number_form form = { .decimal = ',', .thousands = '.', .unit = slice_str("đ") };
        assert_int_equal(text_plain_number(&form, slice_str("1.234.567,89 đ"), out, &number), 0);
        assert_true(slice_eq_str(number, "1234567.89"));
        assert_int_equal(text_plain_number(&form, slice_str("1.23"), out, &number), 1);
        assert_true(slice_eq_str(text_trim(slice_str(" \t\xc2\xa0x \xc2\xa0")), "x"));
        assert_true(slice_eq_str(text_whole_number(slice_str("7.00")), "7"));
        assert_true(slice_eq_str(text_whole_number(slice_str("7.50")), "7.50"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kinds),
                cmocka_unit_test(signs_of_numbers),
                cmocka_unit_test(units),
                cmocka_unit_test(formats_of_times),
                cmocka_unit_test(believable_times),
                cmocka_unit_test(slips),
                cmocka_unit_test(missing_words),
                cmocka_unit_test(codes_and_money),
                cmocka_unit_test(repeats),
                cmocka_unit_test(any_text),
                cmocka_unit_test(words),
                cmocka_unit_test(plain_numbers),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

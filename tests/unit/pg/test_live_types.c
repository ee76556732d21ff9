// Every column type through COPY: what protoc encodes from text is what SQL gives back.
#include "tests/unit/pg/live.h"

static struct table *table;

static void store(struct live *l, const char *text)
{
        live_exec(l, "TRUNCATE data.kt_moi_kieu");
        struct msg *m = live_message(l, table, "types.proto", text);
        struct row r = live_row(l, m);
        r.has_event_time = true;
        if (msg_event_time(table_schema(table)->dataset, m, &r.event_time) != 0)
                r.event_time = MARCH;
        live_store(l, table, &r, 1);
}

static void expect(struct live *l, const char *column, const char *text)
{
        char sql[256];
        snprintf(sql, sizeof sql, "SELECT %s FROM data.kt_moi_kieu", column);
        if (strcmp(live_value(l, sql), text) != 0)
                print_error("column %s:\n", column);
        expect_sql(l, sql, text);
}

static int set_up(void **state)
{
        struct live *l = live_new();
        *state = l;
        if (l == NULL)
                return 0;
        struct buf set;
        buf_init(&set);
        live_compile("types.proto", NULL, NULL, &set);
        table = live_table(l, &set, "test.pg.MoiKieu");
        live_exec(l, "SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = hex");
        buf_done(&set);
        return 0;
}

static int tear_down(void **state)
{
        table = live_table_free(table);
        *state = live_free(*state);
        return 0;
}

static void test_numbers(void **state)
{
        LIVE(state);
        store(l, "i32: -2147483648 i64: -9223372036854775808 u32: 4294967295 u64: 18446744073709551615 s32: "
                 "-1 s64: -2 "
                 "f32: 4294967294 f64: 10000000000000000000 sf32: -7 sf64: 9223372036854775807 so_thuc: 1.5 "
                 "so_kep: 0.1 dung: "
                 "true");
        expect(l, "i32", "-2147483648");
        expect(l, "i64", "-9223372036854775808");
        expect(l, "u32", "4294967295");
        expect(l, "u64", "18446744073709551615");
        expect(l, "s32", "-1");
        expect(l, "s64", "-2");
        expect(l, "f32", "4294967294");
        expect(l, "f64", "10000000000000000000");
        expect(l, "sf32", "-7");
        expect(l, "sf64", "9223372036854775807");
        expect(l, "so_thuc", "1.5");
        expect(l, "so_kep", "0.1");
        expect(l, "dung", "t");
        store(l, "so_kep: -inf so_thuc: nan u64: 10000 u32: 2147483648");
        expect(l, "so_kep", "-Infinity");
        expect(l, "so_thuc", "NaN");
        expect(l, "u64", "10000");
        expect(l, "u32", "2147483648");
}

static void test_texts(void **state)
{
        LIVE(state);
        store(l,
              "chu: 'Đồng Nai \\\\ \"x\"\\n' tho: '\\000\\377' mau: TIM ten_cu: 'c' TenHoa: 'H' order: 'o'");
        expect(l, "chu", "Đồng Nai \\ \"x\"\n");
        expect(l, "tho", "\\x00ff");
        expect(l, "mau", "TIM");
        expect(l, "ten_moi", "c");
        expect(l, "tenhoa", "H");
        expect(l, "\"order\"", "o");
        store(l, "mau: AM");
        expect(l, "mau", "AM");
        store(l, "mau: 99");
        expect(l, "mau", "99");
}

static void test_absent(void **state)
{
        LIVE(state);
        store(l, "");
        expect(l, "i32", "0");
        expect(l, "u64", "0");
        expect(l, "chu", "");
        expect(l, "mau", "MAU_CHUA_RO");
        expect(l, "dung", "f");
        expect(l, "ds_i32", "{}");
        expect(l, "ds_chu", "{}");
        expect(l, "ds_diem", "[]");
        expect(l, "ban_do", "{}");
        static const char *const nulls[] = {
                "luc",      "co_khong",   "chu_khong", "gia",          "gia_khong",
                "lau",      "diem_vi_do", "diem_mau",  "nguoi_ho_ten", "nguoi_nha_vi_do",
                "nguoi_so", "cay_ten",    "cay_con",   "w_chu",        "w_u64",
                "cau_truc", "gia_tri",    "danh_sach", "bat_ky",       "mat_na",
                "rong",     "diem_json",  "chon_chu",  "chon_so",      "chon_diem_mau"
        };
        for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) {
                char test[64];
                snprintf(test, sizeof test, "%s IS NULL", nulls[i]);
                expect(l, test, "t");
        }
        store(l, "co_khong: 0 chu_khong: '' diem {} w_chu {} w_u64 {} rong {} chon_so: 0");
        expect(l, "co_khong", "0");
        expect(l, "chu_khong IS NOT NULL AND chu_khong = ''", "t");
        expect(l, "diem_vi_do", "0");
        expect(l, "diem_kinh_do IS NULL", "t");
        expect(l, "diem_mau", "MAU_CHUA_RO");
        expect(l, "w_chu = ''", "t");
        expect(l, "w_u64", "0");
        expect(l, "rong", "{}");
        expect(l, "chon_so", "0");
        expect(l, "chon_chu IS NULL", "t");
}

static void test_decimals(void **state)
{
        LIVE(state);
        static const char *const pairs[][2] = {
                { "-12.50", "-12.50" },
                { "0", "0" },
                { "0.00", "0.00" },
                { "1e3", "1000" },
                { "1.50e1", "15.0" },
                { "99999999999999999999.000000000000000001", "99999999999999999999.000000000000000001" },
                { "-0.00001", "-0.00001" },
                { "1e-3", "0.001" },
                { "123456", "123456" },
                { "10000000", "10000000" },
                { ".5", "0.5" },
                { "5.", "5" },
                { "00012.3400", "12.3400" },
        };
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
                char text[256];
                snprintf(text, sizeof text, "gia: '%s' gia_khong: '%s'", pairs[i][0], pairs[i][0]);
                store(l, text);
                expect(l, "gia", pairs[i][1]);
                expect(l, "gia_khong", pairs[i][1]);
                snprintf(text, sizeof text, "gia = '%s'::numeric AND scale(gia) = scale('%s'::numeric)",
                         pairs[i][0], pairs[i][0]);
                expect(l, text, "t");
        }
        store(l, "gia: '1e131071'");
        expect(l, "gia = 1e131071::numeric", "t");
        store(l, "gia: '1e-16383'");
        expect(l, "gia = 1e-16383::numeric", "t");
}

static void test_times(void **state)
{
        LIVE(state);
        store(l, "luc { seconds: 1740787290 nanos: 535926999 } lau { seconds: -90061 nanos: -500000000 } "
                 "ds_luc { seconds: 0 } ds_luc { seconds: -1 nanos: 999999999 }");
        expect(l, "luc", "2025-03-01 00:01:30.535926+00");
        expect(l, "_event_time", "2025-03-01 00:01:30.535926+00");
        expect(l, "lau", "-25:01:01.5");
        expect(l, "ds_luc", "{\"1970-01-01 00:00:00+00\",\"1969-12-31 23:59:59.999999+00\"}");
        store(l, "ds_luc { seconds: -62135596800 } ds_luc { seconds: 253402300799 nanos: 999999999 } lau { "
                 "nanos: -1 }");
        expect(l, "ds_luc[1]", "0001-01-01 00:00:00+00");
        expect(l, "ds_luc[2]", "9999-12-31 23:59:59.999999+00");
        expect(l, "lau", "-00:00:00.000001");
        store(l, "lau { seconds: 315576000000 nanos: 999999999 }");
        expect(l, "lau", "87660000:00:00.999999");
}

static void test_nested(void **state)
{
        LIVE(state);
        store(l, "diem { vi_do: 11.5 kinh_do: 106.9 mau: XANH } nguoi { ho_ten: 'An' nha { vi_do: 1 } so: "
                 "'1' so: '2' } "
                 "chon_diem { mau: DO } w_chu { value: 'x' } w_u64 { value: 18446744073709551615 } w_dung { "
                 "value: true } "
                 "w_kep { value: 2.5 } w_tho { value: 'ab' }");
        expect(l, "diem_vi_do", "11.5");
        expect(l, "diem_kinh_do", "106.9");
        expect(l, "diem_mau", "XANH");
        expect(l, "nguoi_ho_ten", "An");
        expect(l, "nguoi_nha_vi_do", "1");
        expect(l, "nguoi_nha_kinh_do IS NULL", "t");
        expect(l, "nguoi_so", "{1,2}");
        expect(l, "chon_diem_mau", "DO");
        expect(l, "w_chu", "x");
        expect(l, "w_u64", "18446744073709551615");
        expect(l, "w_dung", "t");
        expect(l, "w_kep", "2.5");
        expect(l, "w_tho", "\\x6162");
}

static void test_lists(void **state)
{
        LIVE(state);
        store(l, "ds_i32: [1, -2, 3] ds_u64: [0, 18446744073709551615] ds_chu: ['a,b', '', 'NULL'] ds_tho: "
                 "['\\000'] "
                 "ds_mau: [DO, TIM, 55] ds_kep: [1.5, nan] ds_dung: [true, false] ds_thuc: [0.25] ds_w { "
                 "value: -5 } ds_w {}");
        expect(l, "ds_i32", "{1,-2,3}");
        expect(l, "ds_i32[1]", "1");
        expect(l, "ds_u64", "{0,18446744073709551615}");
        expect(l, "ds_chu", "{\"a,b\",\"\",\"NULL\"}");
        expect(l, "ds_tho", "{\"\\\\x00\"}");
        expect(l, "ds_mau", "{DO,TIM,55}");
        expect(l, "ds_kep", "{1.5,NaN}");
        expect(l, "ds_dung", "{t,f}");
        expect(l, "ds_thuc", "{0.25}");
        expect(l, "ds_w", "{-5,0}");
}

static void test_json(void **state)
{
        LIVE(state);
        store(l,
              "ds_diem { vi_do: 1.5 } ds_diem { mau: DO } ban_do { key: 'a\"' value: 9223372036854775807 } "
              "ban_do_diem { key: -1 value { kinh_do: 2 } } diem_json { vi_do: 3 } mat_na { paths: 'a.b' "
              "paths: 'c_d' } "
              "cay { ten: 'gốc' con { ten: 'lá' con { ten: 'x' } } cha { ten: 'y' } } "
              "cau_truc { fields { key: 'k' value { list_value { values { number_value: 1 } values { "
              "null_value: NULL_VALUE } "
              "} } } } gia_tri { null_value: NULL_VALUE } danh_sach { values { string_value: 's' } } "
              "bat_ky { type_url: 'x/y' value: '\\001' }");
        expect(l, "ds_diem", "[{\"vi_do\": 1.5}, {\"mau\": \"DO\"}]");
        expect(l, "ban_do", "{\"a\\\"\": \"9223372036854775807\"}");
        expect(l, "ban_do_diem", "{\"-1\": {\"kinh_do\": 2}}");
        expect(l, "diem_json", "{\"vi_do\": 3}");
        expect(l, "mat_na", "a.b,c_d");
        expect(l, "cay_ten", "gốc");
        expect(l, "cay_con", "[{\"con\": [{\"ten\": \"x\"}], \"ten\": \"lá\"}]");
        expect(l, "cay_cha", "{\"ten\": \"y\"}");
        expect(l, "cau_truc", "{\"k\": [1, null]}");
        expect(l, "gia_tri", "null");
        expect(l, "danh_sach", "[\"s\"]");
        expect(l, "bat_ky->>'value'", "AQ==");
        store(l, "luc_json { seconds: 1 } ds_json: [1, 2]");
        expect(l, "luc_json", "\"1970-01-01T00:00:01Z\"");
        expect(l, "ds_json", "[1, 2]");
}

static void test_system_columns(void **state)
{
        LIVE(state);
        live_exec(l, "TRUNCATE data.kt_moi_kieu");
        struct msg *m = live_message(l, table, "types.proto", "i32: 1");
        struct row r = live_row(l, m);
        r.has_event_time = true, r.event_time = MARCH;
        r.feed = 3, r.part = 4, r.offset = 1LL << 40, r.schema_id = 9;
        static const char *const flags[] = { "a", "b c" };
        r.flags = flags, r.flag_count = 2;
        assert_int_equal(hex_decode("00112233445566778899aabbccddeeff", r.message_id, ID_SIZE), 0);
        live_store(l, table, &r, 1);
        expect(l, "_agency || ' ' || _provider", "H10.01 H10.01");
        expect(l, "_message_id", "00112233-4455-6677-8899-aabbccddeeff");
        expect(l, "(_feed, _part, _offset, _schema)", "(3,4,1099511627776,9)");
        expect(l, "_flags", "{a,\"b c\"}");
        expect(l, "_digest = sha256('data')", "t");
        expect(l, "_received_at >= '2025-03-01'", "t");
        r.provider = slice_str("H10.02"), r.flag_count = 0;
        live_exec(l, "TRUNCATE data.kt_moi_kieu");
        live_store(l, table, &r, 1);
        expect(l, "_provider", "H10.02");
        expect(l, "_flags", "{}");
        expect_sql(l, "SELECT tableoid::regclass::text FROM data.kt_moi_kieu", "part.kt_moi_kieu_2025_03");
}

static void refuse(struct live *l, const char *text, const char *field)
{
        struct row r = live_row(l, live_message(l, table, "types.proto", text));
        struct fault f = { 0 };
        struct buf out;
        buf_init(&out);
        buf_add_str(&out, "kept");
        r.has_event_time = true, r.event_time = MARCH;
        assert_int_equal(table_row(table, &r, l->arena, &out, &f), 1);
        assert_int_equal(f.code, FAULT_REFUSED_BY_STORE);
        assert_string_equal(f.items[0].field, field);
        assert_int_equal(out.n, 4);
        buf_done(&out);
}

static void test_refused(void **state)
{
        LIVE(state);
        refuse(l, "gia: '1,5'", "gia");
        refuse(l, "gia: '1e131072'", "gia");
        refuse(l, "gia_khong: ''", "gia_khong");
        refuse(l, "ds_luc { seconds: 1 } ds_luc { seconds: 253402300800 }", "ds_luc[1]");
        refuse(l, "luc { nanos: -1 }", "luc");
        refuse(l, "lau { seconds: 315576000001 }", "lau");
        refuse(l, "lau { seconds: 1 nanos: -1 }", "lau");
        refuse(l, "lau { seconds: 9223372036854775807 }", "lau");
        struct row r = live_row(l, live_message(l, table, "types.proto", "i32: 1"));
        struct fault f = { 0 };
        struct buf out;
        buf_init(&out);
        assert_int_equal(table_row(table, &r, l->arena, &out, &f), 1); // no event time
        assert_string_equal(f.items[0].field, "luc");
        r.has_event_time = true, r.event_time = INSTANT_MAX + 1, f = (struct fault){ 0 };
        assert_int_equal(table_row(table, &r, l->arena, &out, &f), 1);
        r.event_time = MARCH, r.operation = OP_DELETE, f = (struct fault){ 0 };
        assert_int_equal(table_row(table, &r, l->arena, &out, &f), 1);
        assert_int_equal(f.code, FAULT_OPERATION);
        buf_done(&out);
}

static void test_comments(void **state)
{
        LIVE(state);
        static const char *const pairs[][2] = {
                { "i32", "Số nguyên [đơn vị: mm] | Integer [unit: mm]" },
                { "diem_vi_do", "Vĩ độ [đơn vị: deg] | Latitude [unit: deg]" },
                { "nguoi_ho_ten", "Họ tên [dữ liệu cá nhân] | Name [personal data]" },
                { "gia", "Giá | Price" },
                { "gia_khong", "[đơn vị: VND] | [unit: VND]" },
                { "i64", "" },
                { "_agency", "Cơ quan gửi | Sending agency" },
        };
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
                char text[512];
                snprintf(text, sizeof text,
                         "SELECT col_description(attrelid, attnum) FROM pg_attribute "
                         "WHERE attrelid = 'data.kt_moi_kieu'::regclass AND attname = '%s'",
                         pairs[i][0]);
                expect_sql(l, text, pairs[i][1]);
        }
        expect_sql(l, "SELECT obj_description('data.kt_moi_kieu'::regclass)",
                   "Mọi kiểu | Every type\nMọi kiểu cột | Every column type");
        expect_sql(l,
                   "SELECT col_description('bi.kt_moi_kieu'::regclass, attnum) FROM pg_attribute "
                   "WHERE attrelid = 'bi.kt_moi_kieu'::regclass AND attname = 'gia'",
                   "Giá");
        expect_sql(l,
                   "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'bi' AND "
                   "column_name LIKE '\\_%'",
                   "0");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers),        cmocka_unit_test(test_texts),
                cmocka_unit_test(test_absent),         cmocka_unit_test(test_decimals),
                cmocka_unit_test(test_times),          cmocka_unit_test(test_nested),
                cmocka_unit_test(test_lists),          cmocka_unit_test(test_json),
                cmocka_unit_test(test_system_columns), cmocka_unit_test(test_refused),
                cmocka_unit_test(test_comments),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

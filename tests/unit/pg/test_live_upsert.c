// The fold of UPSERT datasets: the newest of each key, deletions, repeats of a key, late and reordered
// records, and two versions of a schema in one batch. `history` keeps every version.
#include "tests/unit/pg/live.h"

#define KEYS 20

static struct table *plain, *timed;
static struct buf set;

static int set_up(void **state)
{
        struct live *l = live_new();
        *state = l;
        if (l == NULL)
                return 0;
        live_compile("types.proto", NULL, NULL, &set);
        plain = live_table(l, &set, "test.pg.TrangThai");
        timed = live_table(l, &set, "test.pg.TheoGio");
        live_exec(l, "SET timezone = 'UTC'");
        return 0;
}

static int tear_down(void **state)
{
        plain = live_table_free(plain), timed = live_table_free(timed);
        buf_done(&set);
        *state = live_free(*state);
        return 0;
}

static int clean(void **state)
{
        struct live *l = *state;
        if (l != NULL)
                live_exec(l, "TRUNCATE data.kt_trang_thai, history.kt_trang_thai, part.kt_trang_thai_gone, "
                             "data.kt_theo_gio, history.kt_theo_gio, part.kt_theo_gio_gone");
        return 0;
}

// A message of one key, made without protoc: ma, lan, chu.
static struct msg *state_of(struct live *l, const struct table *t, const char *ma, int lan, const char *chu)
{
        struct msg *m = msg_new(table_schema(t)->root, l->arena);
        m->f[0].s = slice_str(arena_strdup(l->arena, ma)), m->f[0].set = true;
        m->f[1].i = lan, m->f[1].set = true;
        m->f[2].s = slice_str(arena_strdup(l->arena, chu)), m->f[2].set = true;
        return m;
}

static struct row put(struct live *l, const char *ma, const char *chu)
{
        return live_row(l, state_of(l, plain, ma, 1, chu));
}

static struct row gone(struct live *l, const char *ma)
{
        struct row r = live_row(l, state_of(l, plain, ma, 1, ""));
        r.operation = OP_DELETE;
        return r;
}

#define STATE                                                                                                \
        "SELECT coalesce(string_agg(ma || lan || '=' || chu, ' ' ORDER BY ma, lan), '') FROM "               \
        "data.kt_trang_thai"

static void test_newest_wins(void **state)
{
        LIVE(state);
        struct row first[] = { put(l, "a", "1"), put(l, "b", "1"), put(l, "a", "2"), put(l, "a", "3") };
        live_store(l, plain, first, 4);
        expect_sql(l, STATE, "a1=3 b1=1");
        struct row second[] = { put(l, "b", "2"), put(l, "c", "1") };
        live_store(l, plain, second, 2);
        expect_sql(l, STATE, "a1=3 b1=2 c1=1");
        expect_sql(l, "SELECT string_agg(ma || chu, ' ' ORDER BY _offset) FROM history.kt_trang_thai",
                   "a1 b1 a2 a3 b2 c1");
        expect_sql(l,
                   "SELECT count(*) FROM data.kt_trang_thai d JOIN history.kt_trang_thai h USING (_feed, "
                   "_part, _offset) "
                   "WHERE d._message_id = h._message_id AND d.chu = h.chu",
                   "3");
}

static void test_order_in_the_batch_is_not_what_counts(void **state)
{
        LIVE(state);
        struct row r[] = { put(l, "a", "1"), put(l, "a", "2"), put(l, "a", "3") };
        struct row mixed[] = { r[2], r[0], r[1] };
        live_store(l, plain, mixed, 3);
        expect_sql(l, STATE, "a1=3");
}

static void test_deletions(void **state)
{
        LIVE(state);
        struct row first[] = { put(l, "a", "1"), put(l, "b", "1"), put(l, "c", "1"), gone(l, "c"),
                               put(l, "d", "1"), gone(l, "d"),     put(l, "d", "2") };
        live_store(l, plain, first, 7);
        expect_sql(l, STATE, "a1=1 b1=1 d1=2");
        struct row second[] = { gone(l, "a"), gone(l, "x") };
        live_store(l, plain, second, 2);
        expect_sql(l, STATE, "b1=1 d1=2");
        expect_sql(l,
                   "SELECT count(*) || ' ' || count(chu) || ' ' || count(so) FROM history.kt_trang_thai "
                   "WHERE _operation = 'DELETE'",
                   "4 0 0");
        expect_sql(l, "SELECT string_agg(ma, ' ' ORDER BY ma) FROM part.kt_trang_thai_gone", "a c x");
        struct row again[] = { put(l, "a", "9") };
        live_store(l, plain, again, 1);
        expect_sql(l, STATE, "a1=9 b1=1 d1=2");
}

static void test_late_records_change_nothing(void **state)
{
        LIVE(state);
        struct row old[] = { put(l, "a", "old"), put(l, "b", "old") };
        struct row new[] = { put(l, "a", "new"), gone(l, "b") };
        live_store(l, plain, new, 2);
        live_store(l, plain, old, 2); // a replay with its first offsets
        expect_sql(l, STATE, "a1=new");
        expect_sql(l, "SELECT count(*) FROM history.kt_trang_thai", "4");
        struct row late = gone(l, "a");
        late.offset = old[0].offset;
        live_store(l, plain, &late, 1);
        expect_sql(l, STATE, "a1=new");
}

static void test_a_reset_feed_is_newer(void **state)
{
        LIVE(state);
        struct row before = put(l, "a", "before"), after = put(l, "a", "after");
        after.feed = 2, after.offset = 0;
        live_store(l, plain, &before, 1);
        live_store(l, plain, &after, 1);
        expect_sql(l, STATE, "a1=after");
        live_store(l, plain, &before, 1);
        expect_sql(l, STATE, "a1=after");
}

static void test_keys_of_agencies_are_apart(void **state)
{
        LIVE(state);
        struct row r[] = { put(l, "a", "1"), put(l, "a", "2"), gone(l, "a") };
        r[1].agency = slice_str("H10.02");
        r[2].agency = slice_str("H10.03");
        live_store(l, plain, r, 3);
        expect_sql(l, STATE, "a1=1 a1=2");
}

static void test_correction(void **state)
{
        LIVE(state);
        struct row r[] = { put(l, "a", "1"), put(l, "a", "2") };
        r[1].operation = OP_CORRECT;
        r[1].relates_to = slice_of(r[0].message_id, ID_SIZE);
        r[1].reason = slice_str("gõ nhầm");
        live_store(l, plain, r, 2);
        expect_sql(l, STATE, "a1=2");
        expect_sql(l,
                   "SELECT c._reason || (c._relates_to = p._message_id) FROM history.kt_trang_thai c, "
                   "history.kt_trang_thai p WHERE c._operation = 'CORRECT' AND p._operation = 'PUT'",
                   "gõ nhầmtrue");
        struct fault f = { 0 };
        struct buf out;
        buf_init(&out);
        r[1].relates_to.n = 15;
        assert_int_equal(table_row(plain, &r[1], l->arena, &out, &f), 1);
        assert_int_equal(f.code, FAULT_HEADER);
        r[1].relates_to.n = 0, r[1].operation = OP_RETRACT, f = (struct fault){ 0 };
        assert_int_equal(table_row(plain, &r[1], l->arena, &out, &f), 1);
        assert_int_equal(f.code, FAULT_HEADER);
        buf_done(&out);
}

static struct row retract(struct live *l, const struct table *t, const char *ma, const struct row *of)
{
        struct row r = live_row(l, state_of(l, t, ma, 1, ""));
        r.operation = OP_RETRACT;
        r.relates_to = slice_of(of->message_id, ID_SIZE);
        r.reason = slice_str("gửi nhầm");
        return r;
}

static void test_retraction(void **state)
{
        LIVE(state);
        struct row first = put(l, "a", "1"), second = put(l, "a", "2"), other = put(l, "b", "1");
        live_store(l, plain, (struct row[]){ first, other }, 2);
        live_store(l, plain, &second, 1);
        struct row late = retract(l, plain, "a", &first);
        live_store(l, plain, &late, 1);
        expect_sql(l, STATE, "a1=2 b1=1"); // not what is current
        struct row now = retract(l, plain, "a", &second), crossed = retract(l, plain, "b", &second);
        live_store(l, plain, (struct row[]){ now, crossed }, 2);
        expect_sql(l, STATE, "b1=1"); // of another key: nothing
        expect_sql(l,
                   "SELECT string_agg(_operation || coalesce(chu, ''), ' ' ORDER BY _offset) FROM "
                   "history.kt_trang_thai "
                   "WHERE ma = 'a'",
                   "PUT1 PUT2 RETRACT RETRACT");
        live_store(l, plain, &second, 1); // an older version that comes late does not bring the row back
        expect_sql(l, STATE, "b1=1");
        struct row third = put(l, "a", "3");
        live_store(l, plain, &third, 1);
        expect_sql(l, STATE, "a1=3 b1=1");
}

static void test_long_key(void **state)
{
        LIVE(state);
        char key[2100];
        memset(key, 'k', sizeof key - 1), key[sizeof key - 1] = '\0';
        struct row r = put(l, key, "1");
        struct fault f = { 0 };
        struct buf out;
        buf_init(&out);
        assert_int_equal(table_row(plain, &r, l->arena, &out, &f), 1);
        assert_int_equal(f.code, FAULT_REFUSED_BY_STORE);
        assert_string_equal(f.items[0].field, "ma");
        for (size_t i = 0; i < 1900; i++) // what does not compress is what fills an index page
                key[i] = (char)('!' + (i * 7919 + i * i % 8191) % 90);
        key[1900] = '\0';
        r = put(l, key, "1");
        live_store(l, plain, &r, 1);
        buf_done(&out);
}

// Against a model in memory: random operations in random batches, some repeated later with their old place.
static void test_model(void **state)
{
        LIVE(state);
        static struct row all[600];
        size_t latest[KEYS] = { 0 }; // index + 1
        unsigned seed = 12345;
        size_t n = 0;
        while (n < 600) {
                size_t from = n, count = 1 + rand_r(&seed) % 40;
                for (; count > 0 && n < 600; count--, n++) {
                        char ma[8], chu[8];
                        size_t key = rand_r(&seed) % KEYS;
                        snprintf(ma, sizeof ma, "%02zu", key), snprintf(chu, sizeof chu, "%zu", n);
                        all[n] = rand_r(&seed) % 4 == 0 ? gone(l, ma) : put(l, ma, chu);
                        latest[key] = n + 1;
                }
                live_store(l, plain, all + from, n - from);
                size_t late = rand_r(&seed) % (from + 1);
                live_store(l, plain, &all[late], 1);
        }
        struct buf want;
        buf_init(&want);
        for (size_t k = 0; k < KEYS; k++)
                if (latest[k] && all[latest[k] - 1].operation == OP_PUT)
                        buf_printf(&want, "%s%02zu1=%zu", want.n ? " " : "", k, latest[k] - 1);
        expect_sql(l, STATE, buf_cstr(&want));
        buf_done(&want);
}

static struct row at(struct live *l, const char *ma, int64_t seconds, const char *chu, enum operation op)
{
        struct msg *m = msg_new(table_schema(timed)->root, l->arena);
        m->f[0].s = slice_str(ma), m->f[0].set = true;
        m->f[2].s = slice_str(chu), m->f[2].set = true;
        struct row r = live_row(l, m);
        r.has_event_time = seconds > 0;
        r.event_time = MARCH + seconds * USEC_PER_SEC - 86400 * USEC_PER_SEC;
        r.operation = op;
        return r;
}

// What was wrong may be the event time itself.
static void test_amended_event_time(void **state)
{
        LIVE(state);
        const char *now =
            "SELECT coalesce(string_agg(ma || '=' || chu, ' ' ORDER BY ma), '') FROM data.kt_theo_gio";
        struct row wrong = at(l, "a", 50, "50", OP_PUT), right = at(l, "a", 10, "10", OP_CORRECT);
        live_store(l, timed, &wrong, 1);
        right.relates_to = slice_of(wrong.message_id, ID_SIZE);
        right.reason = slice_str("sai giờ");
        live_store(l, timed, &right, 1);
        expect_sql(l, now, "a=10");
        struct row newer = at(l, "a", 20, "20", OP_PUT), stale = at(l, "a", 5, "5", OP_CORRECT);
        live_store(l, timed, &newer, 1);
        stale.relates_to = right.relates_to, stale.reason = right.reason;
        live_store(l, timed, &stale, 1); // of what is not current: its own event time decides
        expect_sql(l, now, "a=20");
        struct row back = retract(l, timed, "a", &newer);
        live_store(l, timed, &back, 1);
        expect_sql(l, now, "");
        struct row older = at(l, "a", 15, "15", OP_PUT); // what was taken back never was
        live_store(l, timed, &older, 1);
        expect_sql(l, now, "a=15");
}

static void test_event_time_decides(void **state)
{
        LIVE(state);
        const char *now =
            "SELECT coalesce(string_agg(ma || '=' || chu, ' ' ORDER BY ma), '') FROM data.kt_theo_gio";
        struct row first[] = { at(l, "a", 20, "20", OP_PUT), at(l, "a", 10, "10", OP_PUT),
                               at(l, "b", 5, "5", OP_PUT), at(l, "b", 5, "5 again", OP_PUT) };
        live_store(l, timed, first, 4);
        expect_sql(l, now, "a=20 b=5 again");
        struct row second[] = { at(l, "a", 15, "15", OP_PUT), at(l, "b", 6, "", OP_DELETE) };
        live_store(l, timed, second, 2);
        expect_sql(l, now, "a=20");
        struct row third[] = { at(l, "b", 4, "late", OP_PUT), at(l, "a", 19, "", OP_DELETE) };
        live_store(l, timed, third, 2);
        expect_sql(l, now, "a=20");
        struct row fourth[] = { at(l, "b", 7, "back", OP_PUT),
                                at(l, "a", 0, "", OP_DELETE) }; // without time: of its receipt
        live_store(l, timed, fourth, 2);
        expect_sql(l, now, "b=back");
}

static void copy_into(struct live *l, const struct table *t, const struct row *r)
{
        struct err e = { 0 };
        struct fault f = { 0 };
        struct buf out;
        uint64_t n;
        buf_init(&out);
        assert_int_equal(table_row(t, r, l->arena, &out, &f), 0);
        if (pg_copy_begin(l->hub, table_copy_sql(t), &e) != 0 ||
            pg_copy_put(l->hub, buf_slice(&out), &e) != 0 || pg_copy_end(l->hub, &n, &e) != 0 ||
            pg_exec(l->hub, table_fold_sql(t), &e) != 0)
                fail_msg("%s", e.text);
        buf_done(&out);
}

// A second version adds a column; both versions in one transaction, in either order of their folds.
static void test_two_versions(void **state)
{
        LIVE(state);
        struct err e = { 0 };
        struct buf second;
        buf_init(&second);
        live_compile("types.proto", "        optional int64 so = 4;",
                     "        optional int64 so = 4;\n        optional string them = 9;", &second);
        struct table *v2 = live_table(l, &second, "test.pg.TrangThai");
        struct row r[] = { put(l, "a", "1"), put(l, "a", "2"), gone(l, "a") };
        struct msg *m = state_of(l, v2, "a", 1, "2");
        m->f[4].s = slice_str("mới"), m->f[4].set = true;
        r[1].message = m;
        assert_int_equal(pg_exec(l->hub, "BEGIN", &e), 0);
        copy_into(l, v2, &r[1]);
        copy_into(l, plain, &r[0]); // older: nothing
        assert_int_equal(pg_exec(l->hub, "COMMIT", &e), 0);
        expect_sql(l, "SELECT chu || them FROM data.kt_trang_thai", "2mới");
        live_store(l, plain, &r[2], 1);
        live_store(l, v2, &r[1], 1);
        expect_sql(l, STATE, "");
        struct row old = put(l, "b", "v2"), new = put(l, "b", "v1");
        m = state_of(l, v2, "b", 1, "v2");
        m->f[4].s = slice_str("x"), m->f[4].set = true;
        old.message = m;
        live_store(l, v2, &old, 1);
        live_store(l, plain, &new,
                   1); // a sender that is not updated yet: its row says nothing of the new column
        expect_sql(l, "SELECT chu || coalesce(them, '-') FROM data.kt_trang_thai", "v1-");
        expect_sql(l,
                   "SELECT string_agg(coalesce(them, '-'), ' ' ORDER BY _offset) FROM history.kt_trang_thai "
                   "WHERE ma = 'b'",
                   "x -");
        expect_sql(l, "SELECT count(them) FROM bi.kt_trang_thai", "0");
        live_table_free(v2);
        buf_done(&second);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_newest_wins, clean),
                cmocka_unit_test_setup(test_order_in_the_batch_is_not_what_counts, clean),
                cmocka_unit_test_setup(test_deletions, clean),
                cmocka_unit_test_setup(test_late_records_change_nothing, clean),
                cmocka_unit_test_setup(test_a_reset_feed_is_newer, clean),
                cmocka_unit_test_setup(test_keys_of_agencies_are_apart, clean),
                cmocka_unit_test_setup(test_correction, clean),
                cmocka_unit_test_setup(test_retraction, clean),
                cmocka_unit_test_setup(test_amended_event_time, clean),
                cmocka_unit_test_setup(test_long_key, clean),
                cmocka_unit_test_setup(test_model, clean),
                cmocka_unit_test_setup(test_event_time_decides, clean),
                cmocka_unit_test_setup(test_two_versions, clean),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

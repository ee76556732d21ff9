#include "tests/unit/msg/unit.h"

static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        arena = arena_new(4096);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        arena_free(arena);
        return 0;
}

static void assert_notice(struct buf *b, uint32_t id, const char *type, const char *json)
{
        struct slice message;
        uint32_t schema_id;
        assert_int_equal(frame_read(buf_slice(b), &schema_id, &message), 0);
        assert_int_equal(schema_id, id);
        assert_json(must_read(schema_own(type), message, arena), json);
}

static void test_routing_event(void **state)
{
        (void)state;
        static const char *const flags[] = { "closed_not_before_opened", "x" };
        struct routing_event e = {
                .id = "0123456789abcdef",
                .message_id = { 0xff },
                .state = ROUTING_SENT,
                .basis = BASIS_DEFAULT,
                .grant_id = 7,
                .rule_id = -1,
                .rule_version = 2,
                .destination = slice_str("shared.phan-anh"),
                .agency = slice_str("H10"),
                .part = PART_LEAD,
                .has_due = true,
                .due = 1000000,
                .dataset = slice_str("phan-anh"),
                .schema_id = 4,
                .sender = slice_str("H10.07"),
                .key = slice_str("a\x1f"
                                 "b"),
                .operation = OP_PUT,
                .feed = 3,
                .partition = 1,
                .offset = 99,
                .received_at = 1500000,
                .replay = 1,
                .priority = 2,
                .trace = slice_str("t"),
                .flags = flags,
                .flag_count = 2,
        };
        struct buf b;
        buf_init(&b);
        routing_event_write(&e, 12, arena, &b);
        assert_notice(
            &b, 12, "iochub.v1.RoutingEvent",
            "{\"id\":\"MDEyMzQ1Njc4OWFiY2RlZg==\",\"message_id\":\"/"
            "wAAAAAAAAAAAAAAAAAAAA==\",\"state\":\"SENT\",\"basis\":\"BASIS_"
            "DEFAULT\",\"grant_id\":\"7\",\"rule_id\":\"-1\",\"rule_version\":2,\"destination\":\"shared."
            "phan-anh\",\"agency\":\"H10\","
            "\"part\":\"LEAD\",\"due\":\"1970-01-01T00:00:01Z\",\"dataset\":\"phan-anh\",\"schema_id\":4,"
            "\"sender\":\"H10.07\",\"key\":\"a"
            "\\u001fb\",\"operation\":1,\"feed\":3,\"partition\":1,\"offset\":\"99\",\"received_at\":\"1970-"
            "01-01T00:00:01.500Z\","
            "\"replay\":1,\"trace\":\"t\",\"flags\":[\"closed_not_before_opened\",\"x\"],\"priority\":2}");
        buf_done(&b);
}

static void test_event_id(void **state)
{
        (void)state;
        struct digest *d = digest_new();
        struct routing_event e = { .basis = BASIS_RULE, .destination = slice_str("out.H10") };
        uint8_t first[ID_SIZE];
        memset(e.message_id, 'm', ID_SIZE);
        routing_event_id(d, &e);
        memcpy(first, e.id, ID_SIZE);
        // the definition, by hand
        const struct slice parts[] = { BYTES("mmmmmmmmmmmmmmmm"), slice_str("out.H10"), slice_str("3"),
                                       slice_str("0") };
        uint8_t expected[ID_SIZE];
        digest_id(d, parts, 4, expected);
        assert_memory_equal(first, expected, ID_SIZE);
        e.replay = 1;
        routing_event_id(d, &e);
        assert_memory_not_equal(first, e.id, ID_SIZE);
        e.replay = 0;
        e.state = ROUTING_APPROVED; // not part of it
        routing_event_id(d, &e);
        assert_memory_equal(first, e.id, ID_SIZE);
        digest_free(d);
}

static void test_reject(void **state)
{
        (void)state;
        struct fault f = { .code = FAULT_RULE }, back;
        fault_add(
            &f, arena,
            (struct violation){
                .field = "a[1]", .rule = "string.min_len", .text_vi = "Phải có", .text_en = "Must have" });
        fault_add(&f, arena, (struct violation){ .field = "", .rule = "r", .text_vi = "v", .text_en = "e" });
        struct reject r = {
                .agency = slice_str("H10.07"),
                .dataset = slice_str("phan-anh"),
                .topic = slice_str("in.H10.07.phan-anh"),
                .feed = 2,
                .partition = 3,
                .offset = 4,
                .has_id = true,
                .message_id = "0123456789abcdef",
                .fault = &f,
                .source = slice_str("s"),
                .source_position = slice_str("p"),
                .key = slice_str("k"),
                .session = UINT64_MAX,
                .sequence = 5,
                .received_at = 1431000000535926,
                .schema_id = 6,
        };
        struct reject out;
        struct buf b;
        buf_init(&b);
        reject_write(&r, 5, arena, &b);
        assert_int_equal(reject_read(buf_slice(&b), arena, &out, &back), 0);
        assert_true(slice_eq(out.agency, r.agency) && slice_eq(out.dataset, r.dataset) &&
                    slice_eq(out.topic, r.topic));
        assert_true(out.feed == 2 && out.partition == 3 && out.offset == 4 && out.has_id &&
                    out.session == UINT64_MAX);
        assert_memory_equal(out.message_id, r.message_id, ID_SIZE);
        assert_true(out.sequence == 5 && out.received_at == r.received_at && out.schema_id == 6);
        assert_true(slice_eq(out.source, r.source) && slice_eq(out.source_position, r.source_position) &&
                    slice_eq(out.key, r.key));
        assert_ptr_equal(out.fault, &back);
        assert_true(back.code == FAULT_RULE && back.count == 2);
        assert_string_equal(back.items[0].field, "a[1]");
        assert_string_equal(back.items[0].rule, "string.min_len");
        assert_string_equal(back.items[0].text_vi, "Phải có");
        assert_string_equal(back.items[0].text_en, "Must have");
        r.has_id = false;
        buf_reset(&b);
        reject_write(&r, 5, arena, &b);
        assert_int_equal(reject_read(buf_slice(&b), arena, &out, &back), 0);
        assert_false(out.has_id);
        buf_done(&b);
}

static void test_schema_record(void **state)
{
        (void)state;
        struct schema_record r = {
                .id = 1,
                .version = 2,
                .subject = slice_str("in.a-value"),
                .dataset = slice_str("a"),
                .message = slice_str("t.M"),
                .descriptor_set = schema_own_descriptors(),
                .fingerprint = BYTES("\0\1\2"),
                .registered_at = 5,
                .registered_by = slice_str("người"),
        };
        struct schema_record out;
        struct buf b;
        buf_init(&b);
        schema_record_write(&r, 0, arena, &b);
        assert_int_equal(schema_record_read(buf_slice(&b), arena, &out), 0);
        assert_true(out.id == 1 && out.version == 2 && out.registered_at == 5);
        assert_true(slice_eq(out.subject, r.subject) && slice_eq(out.dataset, r.dataset) &&
                    slice_eq(out.message, r.message));
        assert_true(slice_eq(out.descriptor_set, r.descriptor_set) &&
                    slice_eq(out.fingerprint, r.fingerprint));
        assert_true(slice_eq(out.registered_by, r.registered_by));
        buf_done(&b);
}

static void test_malformed(void **state)
{
        (void)state;
        struct schema_record s;
        struct reject r;
        struct fault f;
        assert_int_equal(schema_record_read(BYTES("hello"), arena, &s), 1);
        assert_int_equal(schema_record_read(BYTES("\0\0\0\0\1\0\x12\x05x"), arena, &s), 1);
        assert_int_equal(schema_record_read(BYTES("\0\0\0\0\1\0\x12\x01\xff"), arena, &s), 1);
        assert_int_equal(reject_read(BYTES("\0\0\0\0\1\0\x3a\x01x"), arena, &r, &f), 1); // id of one byte
        struct fault broken = { .code = FAULT_RULE };
        fault_add(&broken, arena,
                  (struct violation){ .field = "a", .rule = "b", .text_vi = "c", .text_en = "d" });
        struct reject whole = { .agency = slice_str("H10"), .fault = &broken, .has_id = true };
        struct buf b;
        buf_init(&b);
        reject_write(&whole, 1, arena, &b);
        uint8_t *work = malloc(b.n + 16);
        for (int i = 0; i < 20000; i++) {
                memcpy(work, b.p, b.n);
                size_t n = i < (int)b.n ? (size_t)i : mutate(work, b.n);
                uint8_t *copy = exact(slice_of(work, n));
                (void)!reject_read(slice_of(copy, n), arena, &r, &f);
                (void)!schema_record_read(slice_of(copy, n), arena, &s);
                free(copy);
                if (i % 64 == 0)
                        arena_reset(arena, 1 << 20);
        }
        free(work);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_routing_event), cmocka_unit_test(test_event_id),
                cmocka_unit_test(test_reject),        cmocka_unit_test(test_schema_record),
                cmocka_unit_test(test_malformed),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

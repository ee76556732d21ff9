#include "tests/unit/msg/unit.h"

#include "hub/base/clock.h"

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
        remove_folder();
        return 0;
}

static struct header some_header(enum operation op)
{
        return (struct header){
                .agency = slice_str("H10.07"),
                .provider = slice_str("H10.07.001"),
                .dataset = slice_str("phan-anh"),
                .operation = op,
                .key = slice_str("a\x1f"
                                 "b"),
                .has_event_time = true,
                .event_time = -1,
                .sent_time = 1431000000535926,
                .session = 0xfedcba9876543210u,
                .sequence = 7,
                .source = slice_str("nguồn"),
                .source_position = slice_str("tệp.csv:12:ab"),
                .relates_to = slice_str("0123456789abcdef"),
                .reason = slice_str("nhập sai"),
                .trace = slice_str("00-1-2-01"),
                .recheck = true,
        };
}

static void assert_slice(struct slice a, struct slice b)
{
        assert_int_equal(a.n, b.n);
        if (a.n)
                assert_memory_equal(a.p, b.p, a.n);
}

static void assert_header(const struct header *a, const struct header *b)
{
        assert_slice(a->agency, b->agency);
        assert_slice(a->provider, b->provider);
        assert_slice(a->dataset, b->dataset);
        assert_int_equal(a->operation, b->operation);
        assert_slice(a->key, b->key);
        assert_int_equal(a->has_event_time, b->has_event_time);
        assert_int_equal(a->event_time, b->event_time);
        assert_int_equal(a->sent_time, b->sent_time);
        assert_true(a->session == b->session && a->sequence == b->sequence && a->recheck == b->recheck);
        assert_slice(a->source, b->source);
        assert_slice(a->source_position, b->source_position);
        assert_slice(a->relates_to, b->relates_to);
        assert_slice(a->reason, b->reason);
        assert_slice(a->trace, b->trace);
}

static void test_frame(void **state)
{
        (void)state;
        uint32_t id = 0;
        struct slice m;
        assert_int_equal(frame_read(BYTES("\0\x01\x02\x03\x04\0xy"), &id, &m), 0);
        assert_int_equal(id, 0x01020304);
        assert_true(slice_eq_str(m, "xy"));
        assert_int_equal(frame_read(BYTES("\0\0\0\0\1\0"), &id, &m), 0);
        assert_int_equal(m.n, 0);
        assert_int_equal(frame_read(BYTES("\0\0\0\0\1"), &id, &m), 1);
        assert_int_equal(frame_read(BYTES("\1\0\0\0\1\0x"), &id, &m), 1);
        assert_int_equal(frame_read(BYTES("\0\0\0\0\1\2\0x"), &id, &m),
                         1); // other message of a schema: not ours
        assert_int_equal(frame_read(slice_of(NULL, 0), &id, &m), 1);
        struct buf b;
        buf_init(&b);
        frame_write(0xfffefdfc, &b);
        assert_true(slice_eq(buf_slice(&b), BYTES("\0\xff\xfe\xfd\xfc\0")));
        buf_done(&b);
}

static void test_operations(void **state)
{
        (void)state;
        assert_string_equal(operation_word(OP_PUT), "PUT");
        assert_string_equal(operation_word(OP_COUNT), "COUNT");
        assert_null(operation_word(OP_NONE));
        assert_null(operation_word((enum operation)5));
        assert_null(operation_word((enum operation)20));
        assert_null(operation_word((enum operation) - 1));
}

static void test_data_message(void **state)
{
        (void)state;
        struct envelope e = { .schema_id = 9, .header = some_header(OP_PUT), .data = BYTES("\x0a\x01x") },
                        out;
        struct buf b;
        struct fault f = { 0 };
        buf_init(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        assert_int_equal(out.schema_id, 9);
        assert_header(&out.header, &e.header);
        assert_slice(out.data, e.data);
        assert_true(out.data.p > b.p && out.data.p < b.p + b.n); // not a copy
        // empty data is data
        e.data = slice_of(NULL, 0);
        buf_reset(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        assert_int_equal(out.data.n, 0);
        // long texts do not fit the writer's room on the stack
        char *text = malloc(100001);
        memset(text, 'x', 100000);
        text[100000] = '\0';
        e.header.reason = slice_str(text);
        buf_reset(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        assert_header(&out.header, &e.header);
        free(text);
        buf_done(&b);
}

static void test_controls(void **state)
{
        (void)state;
        const int64_t start[] = { 0, 12, INT64_MAX }, last[] = { -1, 5 };
        struct envelope e = { .schema_id = 1,
                              .header = some_header(OP_START),
                              .control = { .client = slice_str("c/1"), .host = slice_str("máy") } };
        struct envelope out;
        struct buf b;
        struct fault f = { 0 };
        buf_init(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        assert_slice(out.control.client, e.control.client);
        assert_slice(out.control.host, e.control.host);

        e = (struct envelope){ .header = some_header(OP_CHECKPOINT),
                               .control.checkpoint = { .cursor = BYTES("\0\xff"),
                                                       .start_offset = start,
                                                       .start_count = 3,
                                                       .last_offset = last,
                                                       .last_count = 2,
                                                       .local_rejects = 4,
                                                       .records = UINT64_MAX,
                                                       .reject_bytes = 6 } };
        e.header.source_position = slice_of(NULL, 0); // control records come from no place of the source
        buf_reset(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        const struct checkpoint *c = &out.control.checkpoint;
        assert_slice(c->cursor, e.control.checkpoint.cursor);
        assert_int_equal(c->start_count, 3);
        assert_memory_equal(c->start_offset, start, sizeof(start));
        assert_int_equal(c->last_count, 2);
        assert_memory_equal(c->last_offset, last, sizeof(last));
        assert_true(c->local_rejects == 4 && c->records == UINT64_MAX && c->reject_bytes == 6);

        e = (struct envelope){ .header = some_header(OP_HEARTBEAT), .control.read_at = INSTANT_MIN };
        buf_reset(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        assert_int_equal(out.control.read_at, INSTANT_MIN);

        e = (struct envelope){ .header = some_header(OP_COUNT),
                               .control = {
                                   .from = 1, .to = INSTANT_MAX, .records = 3, .digest = BYTES("d\0") } };
        buf_reset(&b);
        envelope_write(&e, &b);
        assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 0);
        assert_true(out.control.from == 1 && out.control.to == INSTANT_MAX && out.control.records == 3);
        assert_slice(out.control.digest, e.control.digest);
        buf_done(&b);
}

// The bytes that protoc makes of a text DataMessage, framed.
static void framed(const char *text, struct buf *out)
{
        char command[8192];
        write_file("m.txt", slice_str(text));
        snprintf(command, sizeof(command),
                 "--encode=iochub.v1.DataMessage '%s/schemas/iochub/v1/message.proto' < m.txt > m.bin",
                 SOURCE_DIR);
        assert_int_equal(protoc(command), 0);
        struct bytes b = read_file("m.bin");
        buf_reset(out);
        frame_write(3, out);
        buf_add(out, b.p, b.n);
        free(b.p);
}

static void test_same_bytes_as_protoc(void **state)
{
        (void)state;
        struct buf ours, theirs;
        buf_init(&ours);
        buf_init(&theirs);
        framed("header { agency: 'H10.07' provider: 'H10.07.001' dataset: 'phan-anh' operation: PUT key: "
               "'a\\037b' event_time { seconds: -1 "
               "nanos: 999999000 } sent_time { seconds: 1431000000 nanos: 535926000 } session: "
               "0xfedcba9876543210 sequence: 7 source: "
               "'nguồn' source_position: 'tệp.csv:12:ab' relates_to: '0123456789abcdef' reason: 'nhập sai' "
               "trace: '00-1-2-01' recheck: "
               "true } data: 'xyz'",
               &theirs);
        struct envelope e = { .schema_id = 3, .header = some_header(OP_PUT), .data = slice_str("xyz") };
        envelope_write(&e, &ours);
        assert_true(slice_eq(buf_slice(&ours), buf_slice(&theirs)));
        buf_done(&ours);
        buf_done(&theirs);
}

static void test_refusals(void **state)
{
        (void)state;
        static const struct {
                const char *text, *field;
        } cases[] = {
                { "data: 'x'", "header" },
                { "header { dataset: 'd' operation: PUT source_position: 'p' }", "header.agency" },
                { "header { agency: 'A' operation: PUT source_position: 'p' }", "header.dataset" },
                { "header { agency: 'A' dataset: 'd' source_position: 'p' }", "header.operation" },
                { "header { agency: 'A' dataset: 'd' operation: 7 source_position: 'p' }",
                  "header.operation" },
                { "header { agency: 'A' dataset: 'd' operation: -1 source_position: 'p' }",
                  "header.operation" },
                { "header { agency: 'A' dataset: 'd' operation: PUT }", "header.source_position" },
                { "header { agency: 'A' dataset: 'd' operation: PUT source_position: 'p' event_time { nanos: "
                  "-1 } }",
                  "header.event_time" },
                { "header { agency: 'A' dataset: 'd' operation: PUT source_position: 'p' sent_time { "
                  "seconds: 253402300800 } }",
                  "header.sent_time" },
                { "header { agency: 'A' dataset: 'd' operation: PUT source_position: 'p' sequence: "
                  "9223372036854775808 }",
                  "header.sequence" },
                { "header { agency: 'A' dataset: 'd' operation: START }", "control" },
                { "header { agency: 'A' dataset: 'd' operation: START } control { }", "control" },
                { "header { agency: 'A' dataset: 'd' operation: START } control { count { } }", "control" },
                { "header { agency: 'A' dataset: 'd' operation: HEARTBEAT } control { heartbeat { read_at { "
                  "nanos: -1 } } }",
                  "control.heartbeat.read_at" },
                { "header { agency: 'A' dataset: 'd' operation: COUNT } control { count { to { nanos: -1 } } "
                  "}",
                  "control.count" },
        };
        struct buf b;
        buf_init(&b);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct envelope out;
                struct fault f = { 0 };
                framed(cases[i].text, &b);
                assert_int_equal(envelope_read(buf_slice(&b), arena, &out, &f), 1);
                assert_int_equal(f.code, FAULT_HEADER);
                assert_string_equal(f.items[0].field, cases[i].field);
                assert_int_equal(out.schema_id, 3);
                if (i >= 2 && i != 0) // what could be read is there
                        assert_true(slice_eq_str(out.header.agency, "A"));
        }
        buf_done(&b);
}

static enum fault_code refused(struct slice value, const char *field)
{
        struct envelope out;
        struct fault f = { 0 };
        memset(&out, 0xff, sizeof(out));
        uint8_t *copy = exact(value);
        assert_int_equal(envelope_read(slice_of(copy, value.n), arena, &out, &f), 1);
        assert_int_equal(out.header.agency.n, 0);
        assert_string_equal(f.items[0].field, field);
        free(copy);
        return f.code;
}

static void test_bad_form(void **state)
{
        (void)state;
        assert_int_equal(refused(BYTES("hello there"), ""), FAULT_FRAME);
        assert_int_equal(refused(BYTES("\0\0\0\0\1\0\x0a\x05x"), "header"), FAULT_MALFORMED);
        assert_int_equal(refused(BYTES("\0\0\0\0\1\0\x0a\x03\x0a\x01\xff"), "header.agency"), FAULT_UTF8);
        assert_int_equal(refused(BYTES("\0\0\0\0\1\0\x0a\x05\x0a\x03"
                                       "a\0b"),
                                 "header.agency"),
                         FAULT_NUL);
        // operation with the wire type of a string: protobuf-c does not take it
        assert_int_equal(refused(BYTES("\0\0\0\0\1\0\x0a\x03\x22\x01x"), "header"), FAULT_MALFORMED);
        struct buf b;
        buf_init(&b);
        frame_write(1, &b);
        memset(buf_reserve(&b, VALUE_MAX), 0, VALUE_MAX);
        b.n = VALUE_MAX + 1;
        assert_int_equal(refused(buf_slice(&b), ""), FAULT_TOO_LARGE);
        buf_done(&b);
}

// Parts that come in pieces merge; the last data wins.
static void test_pieces(void **state)
{
        (void)state;
        struct buf whole, b;
        struct envelope out;
        struct fault f = { 0 };
        buf_init(&b);
        buf_init(&whole);
        framed("header { agency: 'A' dataset: 'x' operation: START sent_time { seconds: 5 } } data: 'one' "
               "control { start { client: 'c' } }",
               &whole);
        framed(
            "header { dataset: 'd' sent_time { nanos: 1000 } } data: 'two' control { start { host: 'h' } }",
            &b);
        buf_add(&whole, b.p + FRAME_SIZE, b.n - FRAME_SIZE);
        assert_int_equal(envelope_read(buf_slice(&whole), arena, &out, &f), 0);
        assert_true(slice_eq_str(out.header.agency, "A") && slice_eq_str(out.header.dataset, "d"));
        assert_int_equal(out.header.sent_time, 5000001);
        assert_true(slice_eq_str(out.data, "two"));
        assert_true(slice_eq_str(out.control.client, "c") && slice_eq_str(out.control.host, "h"));
        buf_done(&b);
        buf_done(&whole);
}

static void test_id(void **state)
{
        (void)state;
        struct digest *d = digest_new();
        struct header a = some_header(OP_PUT), b = a;
        uint8_t x[ID_SIZE], y[ID_SIZE];
        char hex[2 * ID_SIZE + 1];
        envelope_id(&a, d, x);
        b.sequence++;
        b.sent_time++;
        b.key = slice_str("other");
        envelope_id(&b, d, y);
        assert_memory_equal(x, y, ID_SIZE);
        b.source_position = slice_str("tệp.csv:13:ab");
        envelope_id(&b, d, y);
        assert_memory_not_equal(x, y, ID_SIZE);
        // agency "A", dataset "d", source "s", position "p": sha256 of 00000001 41 00000001 64 00000001 73
        // 00000001 70
        struct header c = { .agency = slice_str("A"),
                            .dataset = slice_str("d"),
                            .source = slice_str("s"),
                            .source_position = slice_str("p") };
        envelope_id(&c, d, x);
        hex_encode(x, ID_SIZE, hex);
        assert_string_equal(hex, "d1a18d9feb6a4efab56e633ec0f1c1b3");
        digest_free(d);
}

static void test_hostile(void **state)
{
        (void)state;
        struct buf b;
        buf_init(&b);
        const int64_t offsets[] = { 1, 2, 3 };
        struct envelope e = { .header = some_header(OP_CHECKPOINT),
                              .control.checkpoint = {
                                  .cursor = BYTES("abc"), .start_offset = offsets, .start_count = 3 } };
        envelope_write(&e, &b);
        uint8_t *work = malloc(b.n + 16);
        for (int i = 0; i < 30000; i++) {
                struct envelope out;
                struct fault f = { 0 };
                memcpy(work, b.p, b.n);
                size_t n = i < (int)b.n ? (size_t)i : mutate(work, b.n);
                uint8_t *copy = exact(slice_of(work, n));
                int rc = envelope_read(slice_of(copy, n), arena, &out, &f);
                assert_int_equal(rc, f.code != FAULT_NONE);
                if (rc == 0) { // what was read can be written and read again
                        struct buf again;
                        struct envelope twice;
                        buf_init(&again);
                        envelope_write(&out, &again);
                        assert_int_equal(envelope_read(buf_slice(&again), arena, &twice, &f), 0);
                        assert_header(&twice.header, &out.header);
                        buf_done(&again);
                }
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
                cmocka_unit_test(test_frame),
                cmocka_unit_test(test_operations),
                cmocka_unit_test(test_data_message),
                cmocka_unit_test(test_controls),
                cmocka_unit_test(test_same_bytes_as_protoc),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_bad_form),
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_id),
                cmocka_unit_test(test_hostile),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

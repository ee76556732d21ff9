// Input from outside at its worst: limits, text, cut off and mutated bytes.
#include "tests/unit/msg/unit.h"
#include "tests/unit/msg/wire.h"

static struct schema *schema;
static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        schema = load_file("wire");
        arena = arena_new(4096);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        schema_free(schema);
        arena_free(arena);
        remove_folder();
        return 0;
}

static enum fault_code refused(struct slice bytes, const char *path)
{
        struct msg *m = NULL;
        struct fault f = { 0 };
        uint8_t *copy = exact(bytes);
        assert_int_equal(wire_read(schema->root, slice_of(copy, bytes.n), arena, &m, &f), 1);
        assert_null(m);
        assert_true(f.count >= 1 && f.rejects >= 1);
        assert_string_equal(f.items[0].rule, fault_word(f.code));
        assert_true(strlen(f.items[0].text_vi) > 0 && strlen(f.items[0].text_en) > 0);
        if (path)
                assert_string_equal(f.items[0].field, path);
        free(copy);
        return f.code;
}

static void test_text(void **state)
{
        (void)state;
        assert_int_equal(refused(BYTES("\x4a\x02\xc3\x28"), "f9"), FAULT_UTF8);
        assert_int_equal(refused(BYTES("\x4a\x03\xed\xa0\x80"), "f9"), FAULT_UTF8); // surrogate
        assert_int_equal(refused(BYTES("\x4a\x02\xc0\x80"), "f9"), FAULT_UTF8);     // overlong NUL
        assert_int_equal(refused(BYTES("\x4a\x03"
                                       "a\0b"),
                                 "f9"),
                         FAULT_NUL);
        assert_int_equal(refused(BYTES("\x4a\x0a"
                                       "aaaaaaa\0bb"),
                                 "f9"),
                         FAULT_NUL);
        assert_int_equal(refused(BYTES("\xba\x01\x01"
                                       "a\xba\x01\x01\xff"),
                                 "ss[1]"),
                         FAULT_UTF8);
        assert_int_equal(refused(BYTES("\xe2\x01\x01\xff"), "c2"), FAULT_UTF8);
        assert_int_equal(refused(BYTES("\xfa\x01\x03\x0a\x01\xff"), "m1[0].key"), FAULT_UTF8);
        // unknown fields and bytes may hold anything
        must_read(schema, BYTES("\xc2\x3e\x01\xff\x52\x02\xff\0"), arena);
}

// depth messages of N inside f17, M being the first level.
static size_t nest(uint8_t *out, size_t room, unsigned depth)
{
        size_t at = room;
        for (unsigned i = 0; i + 1 < depth; i++) {
                size_t n = room - at;
                uint8_t head[6];
                size_t k = 0;
                if (i + 2 == depth) {
                        head[k++] = 0x8a;
                        head[k++] = 0x01;
                } else {
                        head[k++] = 0x1a;
                }
                if (n >= 128)
                        head[k++] = (uint8_t)(n | 0x80), head[k++] = (uint8_t)(n >> 7);
                else
                        head[k++] = (uint8_t)n;
                at -= k;
                memcpy(out + at, head, k);
        }
        memmove(out, out + at, room - at);
        return room - at;
}

// For what goes to no database; the rest of the text is looked at as ever.
static void test_text_with_nul(void **state)
{
        (void)state;
        static const struct wire_limits limits = { .elements = 9, .memory = WIRE_MEMORY, .nul = true };
        struct msg *m = NULL;
        struct fault f = { 0 };
        assert_int_equal(wire_read_within(schema->root,
                                          BYTES("\x4a\x03"
                                                "a\0b"),
                                          &limits, arena, &m, &f),
                         0);
        assert_true(slice_eq(m->f[mtype_field(schema->root, 9)->index].s, BYTES("a\0b")));
        assert_int_equal(wire_read_within(schema->root, BYTES("\x4a\x02\0\xff"), &limits, arena, &m, &f), 1);
        assert_int_equal(f.code, FAULT_UTF8);
}

static void test_depth(void **state)
{
        (void)state;
        static uint8_t bytes[4096];
        size_t n = nest(bytes, sizeof(bytes), WIRE_DEPTH);
        must_read(schema, slice_of(bytes, n), arena);
        n = nest(bytes, sizeof(bytes), WIRE_DEPTH + 1);
        assert_int_equal(refused(slice_of(bytes, n), NULL), FAULT_TOO_DEEP);
        n = nest(bytes, sizeof(bytes), 1000);
        assert_int_equal(refused(slice_of(bytes, n), NULL), FAULT_TOO_DEEP);
        static const struct wire_limits limits = { .elements = 10000 };
        struct fault f = { 0 };
        assert_int_equal(wire_check(schema->root, slice_of(bytes, n), &limits, arena, &f), 1);
        assert_int_equal(f.code, FAULT_TOO_DEEP);
}

static void test_elements(void **state)
{
        (void)state;
        size_t n = WIRE_ELEMENTS;
        uint8_t *bytes = malloc(n + 20), *p = bytes;
        memcpy(p, "\xd2\x01", 2); // bs, packed
        p += 2;
        for (size_t v = n + 1;; v >>= 7) {
                *p++ = (uint8_t)(v >= 0x80 ? v | 0x80 : v);
                if (v < 0x80)
                        break;
        }
        memset(p, 1, n + 1);
        assert_int_equal(refused(slice_of(bytes, (size_t)(p - bytes) + n + 1), "bs"), FAULT_TOO_MANY);
        bytes[2]--; // one less
        const struct msg *m = must_read(schema, slice_of(bytes, (size_t)(p - bytes) + n), arena);
        assert_int_equal(value(m, "bs")->list.n, n);
        free(bytes);
        // empty messages that take much memory: refused by their slots, not by their count
        struct fault f = { 0 };
        struct msg *out;
        struct wire_limits limits = { .elements = 1000, .memory = 1600 };
        assert_int_equal(
            wire_read_within(schema->root,
                             BYTES("\xc2\x01\x00\xc2\x01\x00\xc2\x01\x00\xc2\x01\x00\xc2\x01\x00"), &limits,
                             arena, &out, &f),
            1);
        assert_int_equal(f.code, FAULT_TOO_MANY);
}

static void test_strict(void **state)
{
        (void)state;
        struct wire_limits limits = { .elements = 1000, .memory = 100000, .strict = true };
        struct fault f = { 0 };
        struct msg *m;
        assert_int_equal(wire_read_within(schema->root, BYTES("\x28\x01"), &limits, arena, &m, &f), 0);
        assert_int_equal(wire_read_within(schema->root, BYTES("\xc0\x3e\x01"), &limits, arena, &m, &f), 1);
        assert_int_equal(wire_check(schema->root, BYTES("\xc0\x3e\x01"), &limits, arena, &f), 1);
        assert_int_equal(wire_check(schema->root, BYTES("\x28\x01\xa2\x01\x02\x01\x02"), &limits, arena, &f),
                         0);
}

static void use(const struct schema *s, struct slice bytes)
{
        struct msg *m, *again;
        struct fault f = { 0 };
        struct wire_limits limits = { .elements = 16 * WIRE_ELEMENTS };
        uint8_t *copy = exact(bytes);
        int rc = wire_read(s->root, slice_of(copy, bytes.n), arena, &m, &f);
        struct fault checked = { 0 };
        int form = wire_check(s->root, slice_of(copy, bytes.n), &limits, arena, &checked);
        assert_int_equal(rc, form);
        if (rc != 0) {
                assert_true(f.code == checked.code && f.code != FAULT_NONE);
                free(copy);
                return;
        }
        struct buf once, twice;
        buf_init(&once);
        buf_init(&twice);
        wire_write(m, &once);
        assert_int_equal(wire_read(s->root, buf_slice(&once), arena, &again, &f), 0);
        wire_write(again, &twice);
        assert_true(slice_eq(buf_slice(&once), buf_slice(&twice)));
        free(json_of(m));
        assert_int_equal(validate(s, m, 0, arena, &f), 0);
        buf_done(&once);
        buf_done(&twice);
        free(copy);
}

static void test_cut_at_every_byte(void **state)
{
        (void)state;
        struct bytes b = encode(all_values);
        for (size_t n = 0; n <= b.n; n++)
                use(schema, slice_of(b.p, n));
        free(b.p);
}

static void test_mutations(void **state)
{
        (void)state;
        struct bytes b = encode(all_values);
        uint8_t *work = malloc(b.n + 16);
        for (int i = 0; i < 30000; i++) {
                memcpy(work, b.p, b.n);
                use(schema, slice_of(work, mutate(work, b.n)));
                if (i % 64 == 0)
                        arena_reset(arena, 1 << 20);
        }
        free(work);
        free(b.p);
}

// protoc reads the same from what we write as from what we read (in.bin, out.txt), where nothing in it is
// unknown to the type.
static int same_to_protoc(const struct msg *m)
{
        struct buf out;
        buf_init(&out);
        wire_write(m, &out);
        write_file("ours.bin", buf_slice(&out));
        buf_done(&out);
        assert_int_equal(protoc("--decode=t.M t.proto < ours.bin > ours.txt"), 0);
        struct bytes a = read_file("out.txt"), b = read_file("ours.txt");
        bool unknown = false;
        for (char *line = strtok((char *)a.p, "\n"); line && !unknown; line = strtok(NULL, "\n"))
                unknown = strspn(line + strspn(line, " "), "0123456789") > 0;
        free(a.p);
        a = read_file("out.txt");
        if (!unknown)
                assert_string_equal((char *)b.p, (char *)a.p);
        free(a.p);
        free(b.p);
        return !unknown;
}

// What protoc accepts, and only that, but for what this reader refuses on purpose: groups and NUL.
static void test_same_verdict_as_protoc(void **state)
{
        (void)state;
        struct bytes b = encode(all_values);
        uint8_t *work = malloc(b.n + 16);
        int both[2] = { 0 }, compared = 0;
        for (int i = 0; i < 60; i++) {
                memcpy(work, b.p, b.n);
                size_t n = mutate(work, b.n);
                struct msg *m;
                struct fault f = { 0 };
                int rc = wire_read(schema->root, slice_of(work, n), arena, &m, &f);
                if (rc && (f.code == FAULT_NUL || strstr(f.items[0].text_en, "group")))
                        continue;
                write_file("in.bin", slice_of(work, n));
                int reference = protoc("--decode=t.M t.proto < in.bin > out.txt 2> err.txt");
                if ((rc != 0) != (reference != 0))
                        fail_msg("case %d: protoc says %d, we say %d %s", i, reference, rc,
                                 rc ? f.items[0].text_en : "");
                both[rc]++;
                if (rc == 0)
                        compared += same_to_protoc(m);
        }
        assert_true(compared > 5);
        assert_true(both[0] > 5 && both[1] > 5);
        free(work);
        free(b.p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),      cmocka_unit_test(test_text_with_nul),
                cmocka_unit_test(test_depth),     cmocka_unit_test(test_elements),
                cmocka_unit_test(test_strict),    cmocka_unit_test(test_cut_at_every_byte),
                cmocka_unit_test(test_mutations), cmocka_unit_test(test_same_verdict_as_protoc),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

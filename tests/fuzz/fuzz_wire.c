// Message bytes: what the wire reader takes can be checked, written, read again to the same bytes, judged,
// shown as JSON and keyed; what it refuses, it refuses with a code and the checker agrees.
#include "hub/base/json.h"
#include "tests/fuzz/fuzz.h"

static struct schema *schema;
static struct arena *arena;

static void use(const struct msg *m)
{
        struct buf out, again;
        struct json j;
        struct msg *second;
        struct fault f = { 0 };
        struct slice key;
        int64_t at;
        buf_init(&out);
        buf_init(&again);
        wire_write(m, &out);
        must(wire_read(m->type, buf_slice(&out), arena, &second, &f) == 0);
        wire_write(second, &again);
        must(slice_eq(buf_slice(&out), buf_slice(&again)));
        buf_reset(&out);
        json_init(&j, &out, false);
        msg_json(m, &j);
        check_judgement(schema, m, arena);
        (void)!msg_key(schema->dataset, m, arena, &key, &f);
        (void)!msg_event_time(schema->dataset, m, &at);
        buf_done(&out);
        buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct wire_limits limits = { .elements = 16 * WIRE_ELEMENTS };
        if (schema == NULL) {
                schema = must_load(FUZZ_DESCRIPTORS, "fuzz.M");
                arena = arena_new(1 << 16);
        }
        struct msg *m = NULL;
        struct fault read = { 0 }, check = { 0 };
        int rc = wire_read(schema->root, slice_of(data, size), arena, &m, &read);
        must(rc == wire_check(schema->root, slice_of(data, size), &limits, arena, &check));
        must(read.code == check.code);
        if (rc == 0)
                use(m);
        else
                must(m == NULL && read.code != FAULT_NONE && read.count > 0);
        arena_reset(arena, 1 << 20);
        return 0;
}

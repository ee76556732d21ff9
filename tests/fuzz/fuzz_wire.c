// Message bytes: what the wire reader takes can be checked, written, read again to the same bytes, judged,
// shown as JSON and keyed; what it refuses, it refuses with a code and the checker agrees.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/msg/schema.h"
#include "hub/msg/validate.h"
#include "hub/msg/wire.h"

static struct schema *schema;
static struct arena *arena;

static void open_schema(void)
{
        static uint8_t set[1 << 20];
        struct buf problems;
        FILE *f = fopen(FUZZ_DESCRIPTORS, "rb");
        if (f == NULL)
                abort();
        size_t n = fread(set, 1, sizeof(set), f);
        fclose(f);
        buf_init(&problems);
        if (schema_load(slice_of(set, n), "fuzz.M", &schema, &problems) != 0) {
                fputs(buf_cstr(&problems), stderr);
                abort();
        }
        buf_done(&problems);
        arena = arena_new(1 << 16);
}

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
        if (wire_read(m->type, buf_slice(&out), arena, &second, &f) != 0)
                abort();
        wire_write(second, &again);
        if (!slice_eq(buf_slice(&out), buf_slice(&again)))
                abort();
        buf_reset(&out);
        json_init(&j, &out, false);
        msg_json(m, &j);
        if (validate(schema, m, 1700000000000000, arena, &f) != (f.rejects > 0))
                abort();
        (void)!msg_key(schema->dataset, m, arena, &key, &f);
        (void)!msg_event_time(schema->dataset, m, &at);
        buf_done(&out);
        buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct wire_limits limits = { .elements = 16 * WIRE_ELEMENTS };
        if (schema == NULL)
                open_schema();
        struct msg *m = NULL;
        struct fault read = { 0 }, check = { 0 };
        int rc = wire_read(schema->root, slice_of(data, size), arena, &m, &read);
        if (rc != wire_check(schema->root, slice_of(data, size), &limits, arena, &check) ||
            read.code != check.code)
                abort();
        if (rc == 0)
                use(m);
        else if (m != NULL || read.code == FAULT_NONE || read.count == 0)
                abort();
        arena_reset(arena, 1 << 20);
        return 0;
}

// Descriptor sets: the input is the last file of a set that has its imports, and once more a set of its own.
// A schema that loads reads, judges and shows messages; one that does not says why.
#include "hub/base/json.h"
#include "tests/fuzz/fuzz.h"

static void load(struct slice bytes, const char *name)
{
        static const char sample[] = "\x0a\x04"
                                     "acb\xc3\x10\x05\x1a\x02\x08\x01\x48\x01\x62\x06\x0a\x02"
                                     "ab\x12\x00\x72\x03\x0a\x01x";
        struct buf text;
        struct schema *s = NULL;
        struct msg *m;
        struct fault f = { 0 };
        buf_init(&text);
        if (schema_load(bytes, name, &s, &text) != 0) {
                must(s == NULL);
                check_problems(&text);
                buf_done(&text);
                return;
        }
        struct arena *a = arena_new(4096);
        for (size_t n = 0; n < sizeof(sample); n++) {
                if (wire_read(s->root, slice_of(sample, n), a, &m, &f) != 0)
                        continue;
                struct json j;
                json_init(&j, &text, false);
                msg_json(m, &j);
                check_judgement(s, m, a);
        }
        arena_free(a);
        schema_free(s);
        buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct slice imports;
        if (imports.p == NULL) {
                imports = read_whole(FUZZ_DESCRIPTORS);
                imports.n = imports_of(imports);
        }
        struct buf b, names;
        buf_init(&b);
        buf_init(&names);
        buf_add_slice(&b, imports);
        put_bytes(&b, 1, slice_of(data, size));
        if (schema_datasets(buf_slice(&b), &names) == 0) {
                char name[256];
                const char *end = names.n ? memchr(names.p, '\n', names.n) : NULL;
                size_t length = end ? (size_t)(end - (const char *)names.p) : 0;
                snprintf(name, sizeof(name), "%.*s", (int)length, length ? (const char *)names.p : "");
                load(buf_slice(&b), length ? name : "fuzz.Inner");
        }
        load(slice_of(data, size), "fuzz.M");
        buf_done(&b);
        buf_done(&names);
        return 0;
}

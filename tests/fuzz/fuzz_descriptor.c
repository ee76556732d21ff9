// Descriptor sets: the input is the last file of a set that has its imports, and once more a set of its own.
// A schema that loads reads, judges and shows messages; one that does not says why.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/msg/schema.h"
#include "hub/msg/validate.h"
#include "hub/msg/wire.h"

static uint8_t set[1 << 20];
static size_t imports; // bytes of the files before the last

// Files of the set are fields 1: `0a`, length, bytes.
static void open_imports(void)
{
        FILE *f = fopen(FUZZ_DESCRIPTORS, "rb");
        if (f == NULL)
                abort();
        size_t n = fread(set, 1, sizeof(set), f);
        fclose(f);
        for (size_t at = 0; at < n;) {
                size_t length = 0, p = at + 1;
                for (int shift = 0;; shift += 7) {
                        length |= (size_t)(set[p] & 0x7f) << shift;
                        if (set[p++] < 0x80)
                                break;
                }
                imports = at;
                at = p + length;
        }
}

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
                if (text.n == 0 || s != NULL)
                        abort();
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
                (void)!validate(s, m, 0, a, &f);
        }
        arena_free(a);
        schema_free(s);
        buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (imports == 0)
                open_imports();
        struct buf b, names;
        buf_init(&b);
        buf_init(&names);
        buf_add(&b, set, imports);
        buf_add_char(&b, 0x0a);
        size_t n = size;
        for (; n >= 0x80; n >>= 7)
                buf_add_char(&b, (char)(n | 0x80));
        buf_add_char(&b, (char)n);
        buf_add(&b, data, size);
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

// Messages under every kind of rule: judged the same twice, with sentences that can be shown, in bounded
// memory.
#include "tests/fuzz/fuzz.h"

// A judgement keeps at most 64 violations and their paths, each once for the two of check_judgement.
#define JUDGEMENT_MEMORY (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct schema *schema;
        static struct arena *arena;
        if (schema == NULL) {
                schema = must_load(RICH_DESCRIPTORS, "rich.M");
                arena = arena_new(1 << 16);
        }
        struct msg *m;
        struct fault f = { 0 };
        if (wire_read(schema->root, slice_of(data, size), arena, &m, &f) == 0) {
                size_t before = arena_used(arena);
                check_judgement(schema, m, arena);
                must(arena_used(arena) - before < JUDGEMENT_MEMORY + 64 * size);
        }
        arena_reset(arena, 1 << 20);
        return 0;
}

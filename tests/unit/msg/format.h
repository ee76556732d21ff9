// Tables of texts that have a format and of texts that have not.
#pragma once

#include "hub/msg/format.h"
#include "tests/unit/msg/unit.h"

// A text of a table; its length is taken from the literal, so NUL may be in it.
struct text {
        const char *p;
        size_t n;
};
#define T(literal)                                                                                           \
        {                                                                                                    \
                literal, sizeof(literal) - 1                                                                 \
        }
#define TEXTS(...) ((const struct text[]){ __VA_ARGS__, { NULL, 0 } })

UNUSED static void expect(bool wanted, const char *what, bool (*holds)(struct slice, int), int argument,
                          const struct text *texts)
{
        for (; texts->p; texts++) {
                // A copy of exactly that size: reading past its end would be seen.
                uint8_t *copy = malloc(texts->n ? texts->n : 1);
                assert_non_null(copy);
                memcpy(copy, texts->p, texts->n);
                if (holds(slice_of(texts->n ? copy : NULL, texts->n), argument) != wanted)
                        fail_msg("%s: `%s` should %s", what, texts->p, wanted ? "hold" : "not hold");
                free(copy);
        }
}

UNUSED static bool format_of(struct slice text, int format)
{
        return format_holds((enum format)format, text);
}

#define GOOD(format, ...) expect(true, #format, format_of, format, TEXTS(__VA_ARGS__))
#define BAD(format, ...)  expect(false, #format, format_of, format, TEXTS(__VA_ARGS__))
// Of a function of (slice, argument).
#define HOLDS(function, argument, ...)     expect(true, #function, function, argument, TEXTS(__VA_ARGS__))
#define HOLDS_NOT(function, argument, ...) expect(false, #function, function, argument, TEXTS(__VA_ARGS__))

// A small generator of its own, so that a failure comes again.
UNUSED static uint32_t random_next(uint64_t *state)
{
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)(*state >> 33);
}

// At most max characters of an alphabet.
UNUSED static struct slice random_text(uint64_t *state, const char *alphabet, size_t max, uint8_t *out)
{
        size_t letters = strlen(alphabet), n = random_next(state) % (max + 1);
        for (size_t i = 0; i < n; i++)
                out[i] = (uint8_t)alphabet[random_next(state) % letters];
        return slice_of(out, n);
}

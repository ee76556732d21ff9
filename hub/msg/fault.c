#include "hub/msg/fault.h"

#include <stdio.h>

#define VIOLATIONS_MAX 64

static const char *const words[FAULT_CODES] = {
        [FAULT_NONE] = "NONE",
        [FAULT_FRAME] = "BAD_FRAME",
        [FAULT_TOO_LARGE] = "TOO_LARGE",
        [FAULT_MALFORMED] = "MALFORMED",
        [FAULT_TOO_DEEP] = "TOO_DEEP",
        [FAULT_TOO_MANY] = "TOO_MANY",
        [FAULT_UTF8] = "BAD_UTF8",
        [FAULT_NUL] = "NUL_IN_TEXT",
        [FAULT_HEADER] = "BAD_HEADER",
        [FAULT_UNKNOWN_SCHEMA] = "UNKNOWN_SCHEMA",
        [FAULT_WRONG_AGENCY] = "WRONG_AGENCY",
        [FAULT_WRONG_DATASET] = "WRONG_DATASET",
        [FAULT_WRONG_KEY] = "WRONG_KEY",
        [FAULT_TIME_WINDOW] = "TIME_OUT_OF_WINDOW",
        [FAULT_OPERATION] = "UNSUPPORTED_OPERATION",
        [FAULT_RULE] = "RULE_BROKEN",
        [FAULT_STALE_SESSION] = "STALE_SESSION",
        [FAULT_REFUSED_BY_STORE] = "REFUSED_BY_STORE",
        [FAULT_DUPLICATE_KEY] = "DUPLICATE_KEY",
};

const char *fault_word(enum fault_code code)
{
        return (unsigned)code < FAULT_CODES ? words[code] : "NONE";
}

enum fault_code fault_of_word(const char *word)
{
        for (int code = FAULT_NONE + 1; code < FAULT_CODES; code++)
                if (strcmp(fault_word((enum fault_code)code), word) == 0)
                        return (enum fault_code)code;
        return FAULT_REFUSED_BY_STORE;
}

bool fault_is_full(const struct fault *f)
{
        return f->count == VIOLATIONS_MAX;
}

void fault_add(struct fault *f, struct arena *a, struct violation v)
{
        if (!v.flag)
                f->rejects++;
        if (f->count == VIOLATIONS_MAX)
                return;
        if (f->count == f->capacity) {
                size_t capacity = f->capacity ? f->capacity * 2 : 4;
                struct violation *items = arena_alloc(a, capacity * sizeof(*items));
                if (f->count)
                        memcpy(items, f->items, f->count * sizeof(*items));
                f->items = items;
                f->capacity = capacity;
        }
        f->items[f->count++] = v;
}

int fault_set(struct fault *f, struct arena *a, enum fault_code code, const char *field, const char *text_vi,
              const char *text_en_format, ...)
{
        char text[512];
        va_list ap;
        va_start(ap, text_en_format);
        int n = vsnprintf(text, sizeof(text), text_en_format, ap);
        va_end(ap);
        if (n >= (int)sizeof(text)) { // never half a character
                size_t end = sizeof(text) - 1;
                while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
                        end--;
                text[end > 0 ? end - 1 : 0] = '\0';
        }

        f->code = code;
        fault_add(f, a,
                  (struct violation){ .field = field,
                                      .rule = fault_word(code),
                                      .text_vi = text_vi,
                                      .text_en = arena_strdup(a, text) });
        return 1;
}

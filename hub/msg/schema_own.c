// Descriptor sets built into the program: own.desc (our messages, with comments) and rules.desc
// (protovalidate's rules, descriptors of descriptors). Types are loaded when first asked for and kept.
#include <pthread.h>
#include <stdlib.h>

#include "hub/msg/schema_int.h"

#define EMBED(symbol, file)                                                                                  \
        __asm__(".section .rodata\n"                                                                         \
                ".balign 16\n" #symbol "_begin:\n"                                                           \
                ".incbin \"" file "\"\n" #symbol "_end:\n"                                                   \
                ".byte 0\n"                                                                                  \
                ".previous\n");                                                                              \
        extern const uint8_t symbol##_begin[], symbol##_end[]

EMBED(own_descriptors, OWN_DESCRIPTORS);
EMBED(rule_descriptors, RULE_DESCRIPTORS);

struct known {
        struct known *next;
        char *name;
        struct schema *schema;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known *own, *builtin;

static const struct schema *find(struct known *const *list, const char *name)
{
        for (const struct known *k = *list; k; k = k->next)
                if (strcmp(k->name, name) == 0)
                        return k->schema;
        return NULL;
}

static const struct schema *get(struct known **list, struct slice set, const char *name)
{
        pthread_mutex_lock(&lock);
        const struct schema *found = find(list, name);
        if (found == NULL) {
                struct buf problems cleanup(buf_done);
                buf_init(&problems);
                struct schema *made;
                if (schema_load_trusted(set, name, &made, &problems) == 0) {
                        struct known *k = malloc(sizeof(*k));
                        if (k == NULL || (k->name = strdup(name)) == NULL)
                                abort();
                        k->schema = made;
                        k->next = *list;
                        *list = k;
                        found = made;
                }
        }
        pthread_mutex_unlock(&lock);
        return found;
}

struct slice schema_own_descriptors(void)
{
        return slice_of(own_descriptors_begin, (size_t)(own_descriptors_end - own_descriptors_begin));
}

const struct schema *schema_own(const char *message)
{
        return strncmp(message, "iochub.", 7) == 0 ? get(&own, schema_own_descriptors(), message) : NULL;
}

const struct mtype *schema_builtin(const char *full_name)
{
        struct slice rules =
            slice_of(rule_descriptors_begin, (size_t)(rule_descriptors_end - rule_descriptors_begin));
        const struct schema *s = schema_own(full_name);
        if (s == NULL)
                s = get(&builtin, rules, full_name);
        return s ? s->root : NULL;
}

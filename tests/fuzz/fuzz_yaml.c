// Configuration text: whatever it is, it is read or refused with a place, and every option kind takes or
// refuses it.
#include <stdlib.h>

#include "hub/base/conf.h"

struct inner {
        char *name;
        struct conf_strings list;
};

struct outer {
        char *string;
        bool flag;
        int64_t number, bytes, duration;
        int word;
        struct conf_strings list;
        struct conf_pairs pairs;
        struct inner section;
        struct conf_array many;
        const struct yaml_node *node;
};

static const char *const words[] = { "once", "follow", NULL };

static const struct conf_option inner_options[] = {
        { "name", CONF_STRING, offsetof(struct inner, name), "a name", .required = true },
        { "list", CONF_LIST, offsetof(struct inner, list), "a list", "x" },
        { 0 },
};

static const struct conf_option outer_options[] = {
        { "string", CONF_STRING, offsetof(struct outer, string), "a text", "x" },
        { "flag", CONF_BOOL, offsetof(struct outer, flag), "a flag", "true" },
        { "number", CONF_INT, offsetof(struct outer, number), "a number", "1", .min = -5, .max = 1000 },
        { "bytes", CONF_BYTES, offsetof(struct outer, bytes), "a size", "1KiB" },
        { "duration", CONF_DURATION, offsetof(struct outer, duration), "a time", "1s", .min = 1 },
        { "word", CONF_ENUM, offsetof(struct outer, word), "a word", "once", .words = words },
        { "list", CONF_LIST, offsetof(struct outer, list), "a list" },
        { "pairs", CONF_PAIRS, offsetof(struct outer, pairs), "pairs" },
        { "section", CONF_SECTION, offsetof(struct outer, section), "a section", .section = inner_options },
        { "many", CONF_MANY, offsetof(struct outer, many), "sections", .section = inner_options,
          .size = sizeof(struct inner) },
        { "node", CONF_NODE, offsetof(struct outer, node), "anything" },
        { 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct err e = { 0 };
        struct yaml *y = yaml_load("fuzz", slice_of(data, size), &e);
        if (y == NULL) {
                if (e.code != ERR_CONFIG || strncmp(e.text, "fuzz:", 5) != 0)
                        abort();
                return 0;
        }
        struct outer out = { 0 };
        struct conf_errors errors;
        conf_errors_init(&errors, yaml_name(y));
        conf_read(outer_options, yaml_root(y), &out, &errors);
        if ((errors.count == 0) != (errors.text.n == 0))
                abort();
        conf_release(outer_options, &out);
        conf_errors_done(&errors);
        yaml_free(y);
        return 0;
}

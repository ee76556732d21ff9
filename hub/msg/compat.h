// What a new version of a structure changes, and whether messages and readers of both versions go on
// understanding each other. Two descriptor sets are opened and every message and enum that both roots reach,
// through whatever imports, is compared by its full name. Where `buf breaking` (category WIRE_JSON) has a
// rule, the verdict is that one's unless docs/SCHEMAS.md, "Where we differ from buf", says why not.
#pragma once

#include "hub/base/arena.h"
#include "hub/base/map.h"

struct compat_version {
        struct slice descriptor_set; // with imports; source information gives the lines
        const char *message;         // full name of the root
};

enum change_class {
        CHANGE_SAFE,
        CHANGE_NOTED,   // allowed, but somebody should know
        CHANGE_REFUSED, // readers or stored rows would break
};
extern const char *const change_words[]; // SAFE, NOTED, REFUSED

// Where it stands in the newer version; what was removed stands at what held it. line 0: not known.
struct change {
        enum change_class class;
        const char *rule; // FIELD_REMOVED …
        const char *file;
        int line;
        const char *subject; // full name, `pkg.Message.field`
        const char *what;    // a sentence without full stop
        const char *mend;    // the safe way; "" where nothing is to be done
};

struct changes {
        struct arena *arena; // holds every text
        struct map *seen;    // rule, subject and text of each
        struct change *items;
        size_t count, capacity;
        size_t refused;
};

void changes_init(struct changes *c);
void changes_done(struct changes *c);
// Copies the texts. what is printf-made; a change that is there already (rule and subject) is not added
// again.
void change_add(struct changes *c, struct change at, const char *what, ...) printf_like(3, 4);
// "file:line: [RULE] what; mend\n"
void change_line(const struct change *c, struct buf *out);

// Appends what changes from old to new. 0 done, 1 one of the sets holds no such message (problems has a line
// each).
int schema_compare(const struct compat_version *old, const struct compat_version *new, struct changes *out,
                   struct buf *problems) must_check;
// The refused ones alone, a line each. 0 compatible, 1 problems.
int schema_compatible(const struct compat_version *old, const struct compat_version *new,
                      struct buf *problems) must_check;

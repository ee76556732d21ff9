// Two versions of a structure, one of them from the input: comparing either way ends, says where and why, and
// a version is compatible with itself.
#include "hub/msg/compat.h"
#include "tests/fuzz/fuzz.h"

static void compare(const struct compat_version *old, const struct compat_version *new, bool same)
{
        struct changes c;
        struct buf problems, lines;
        changes_init(&c);
        buf_init(&problems);
        buf_init(&lines);
        int rc = schema_compare(old, new, &c, &problems);
        must((rc != 0) == (problems.n > 0) && !(same && c.refused > 0));
        for (size_t i = 0; i < c.count; i++) {
                must(c.items[i].rule[0] && c.items[i].what[0]);
                change_line(&c.items[i], &lines);
        }
        must(c.count == 0 || (lines.n > 0 && lines.p[lines.n - 1] == '\n'));
        must(text_is_utf8(buf_slice(&lines)) && !text_has_nul(buf_slice(&lines)));
        if (problems.n > 0)
                check_problems(&problems);
        buf_done(&lines);
        buf_done(&problems);
        changes_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct slice set;
        static size_t imports;
        if (set.p == NULL) {
                set = read_whole(FUZZ_DESCRIPTORS);
                imports = imports_of(set);
        }
        struct buf other;
        buf_init(&other);
        buf_add(&other, set.p, imports);
        put_bytes(&other, 1, slice_of(data, size));
        struct compat_version a = { set, "fuzz.M" }, b = { buf_slice(&other), "fuzz.M" };
        compare(&a, &b, false);
        compare(&b, &a, false);
        compare(&b, &b, true);
        buf_done(&other);
        return 0;
}

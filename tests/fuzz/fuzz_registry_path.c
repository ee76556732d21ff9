// Requests to the registry from anybody: what is read is proper, and reads the same when it is written again.
#include <stdlib.h>

#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/msg/proto_same.h"
#include "hub/msg/registry_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
        if (!holds)
                abort();
}

static void check_text(struct slice s)
{
        must(text_is_utf8(s));
        for (size_t i = 0; i < s.n; i++)
                must(s.p[i] >= 0x20 && s.p[i] != 0x7f);
}

// Every byte percent-encoded.
static void add_encoded(struct buf *out, struct slice s)
{
        for (size_t i = 0; i < s.n; i++)
                buf_printf(out, "%%%02X", s.p[i]);
}

// A path that asks for the same.
static void write_path(const struct registry_request *r, struct buf *out)
{
        static const char *const ends[] = {
                [ASK_VERSION] = "",
                [ASK_VERSION_TEXT] = "/schema",
                [ASK_REFERENCED_BY] = "/referencedby",
                [ASK_ID] = "",
                [ASK_ID_TEXT] = "/schema",
                [ASK_ID_VERSIONS] = "/versions",
                [ASK_ID_SUBJECTS] = "/subjects",
        };
        if (r->id > 0) {
                buf_printf(out, "/schemas/ids/%u%s", r->id, ends[r->ask]);
        } else if (r->ask == ASK_CONFIG || r->ask == ASK_MODE) {
                buf_add_str(out, r->ask == ASK_CONFIG ? "/config" : "/mode");
                buf_add_str(out, r->subject.n > 0 ? "/" : "");
                add_encoded(out, r->subject);
        } else if (r->subject.n > 0) {
                buf_add_str(out, "/subjects/");
                add_encoded(out, r->subject);
                buf_add_str(out, r->ask == ASK_LOOKUP ? "" : "/versions");
                if (r->ask == ASK_VERSION || r->ask == ASK_VERSION_TEXT || r->ask == ASK_REFERENCED_BY)
                        buf_printf(out, "/%d%s", r->version ? (int)r->version : -1, ends[r->ask]);
        } else {
                buf_add_str(out, r->ask == ASK_ROOT    ? "/"
                                 : r->ask == ASK_TYPES ? "/schemas/types"
                                                       : "/subjects");
        }
}

static void check_again(const struct registry_request *r)
{
        struct buf path = { 0 }, text = { 0 };
        struct registry_request again;
        write_path(r, &path);
        if (path.n <= REGISTRY_TARGET_MAX) {
                must(registry_request_read(buf_slice(&path), slice_of(NULL, 0), &text, &again) == 0);
                must(again.ask == r->ask && again.id == r->id && again.version == r->version);
                must(slice_eq(again.subject, r->subject));
        }
        buf_done(&path);
        buf_done(&text);
}

static void check_request(struct slice target)
{
        const uint8_t *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
        size_t n = mark ? (size_t)(mark - target.p) : target.n;
        struct slice query = mark ? slice_of(mark + 1, target.n - n - 1) : slice_of(NULL, 0);
        struct registry_request r = { 0 };
        struct buf text = { 0 };
        int rc = registry_request_read(slice_of(target.p, n), query, &text, &r);
        must(rc >= 0 && rc <= REGISTRY_NO_VERSION);
        if (rc == 0) {
                check_text(r.subject);
                check_text(r.prefix);
                must(r.limit >= -1);
                check_again(&r);
        }
        buf_done(&text);
}

// A topic's subject leads to one that leads no further.
static void check_subject(struct slice s)
{
        struct slice kept = registry_subject(s);
        must(slice_eq(registry_subject(kept), kept) || kept.p != s.p);
        must(kept.n <= s.n || slice_eq_str(kept, "rejected-value"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct slice s = slice_of(data, size);
        struct buf out = { 0 };
        check_request(s);
        check_subject(s);
        if (json_member(s, "schema", &out) == 0)
                must(text_is_utf8(buf_slice(&out)));
        (void)proto_same(s, s);
        buf_done(&out);
        return 0;
}

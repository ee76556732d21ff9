// The raw target is checked by the byte, split at `/` and `&`, and only then decoded: `%2F` inside a subject
// is part of its name.
#include "hub/msg/registry_path.h"

#include "hub/base/text.h"

#define SEGMENTS_MAX 6
#define NUMBER_MAX   INT32_MAX

struct segments {
        struct slice part[SEGMENTS_MAX];
        size_t count;
};

// RFC 3986, 3.3 and 3.4: what may stand in a path or a query; `%` is followed by two hexadecimal digits.
static bool target_is_proper(struct slice s, const char *also)
{
        for (size_t i = 0; i < s.n; i++) {
                uint8_t c = s.p[i];
                bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                if (!plain && c != '%' && (c == '\0' || !strchr("-._~!$&'()*+,;=:@/", c)) &&
                    (c == '\0' || !strchr(also, c)))
                        return false;
        }
        return true;
}

static int hex_digit(uint8_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Appends s decoded, and returns where it stands. False: it is no text.
static bool decode(struct slice s, bool plus_is_space, struct buf *text, struct slice *out)
{
        size_t start = text->n;
        for (size_t i = 0; i < s.n; i++) {
                uint8_t c = s.p[i];
                if (c == '%') {
                        int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
                        int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
                        if (high < 0 || low < 0)
                                return false;
                        c = (uint8_t)(high << 4 | low);
                        i += 2;
                } else if (c == '+' && plus_is_space) {
                        c = ' ';
                }
                if (c < ' ' || c == 0x7f)
                        return false;
                buf_add_char(text, (char)c);
        }
        *out = slice_of(text->p + start, text->n - start);
        return text_is_utf8(*out);
}

static struct slice cut(struct slice *left, char at)
{
        const uint8_t *end = left->n ? memchr(left->p, at, left->n) : NULL;
        struct slice part = end ? slice_of(left->p, (size_t)(end - left->p)) : *left;
        *left = end ? slice_of(end + 1, left->n - part.n - 1) : slice_of(NULL, 0);
        return part;
}

static int split(struct slice path, struct buf *text, struct segments *out)
{
        struct slice left = slice_of(path.p + 1, path.n - 1);
        if (left.n > 0 && left.p[left.n - 1] == '/') // one at the end says nothing
                left.n--;
        out->count = 0;
        while (left.n > 0) {
                bool more = memchr(left.p, '/', left.n) != NULL;
                struct slice part = cut(&left, '/');
                if (out->count == SEGMENTS_MAX)
                        return REGISTRY_NO_PATH;
                if (!decode(part, false, text, &out->part[out->count++]))
                        return REGISTRY_MALFORMED;
                if (part.n == 0 || (more && left.n == 0))
                        return REGISTRY_NO_PATH;
        }
        return 0;
}

static bool number(struct slice s, uint32_t *out)
{
        uint64_t v;
        if (text_uint64(s, &v) != 0 || v == 0 || v > NUMBER_MAX)
                return false;
        *out = (uint32_t)v;
        return true;
}

static int read_version(struct slice s, uint32_t *out)
{
        *out = 0;
        if (slice_eq_str(s, "latest") || slice_eq_str(s, "-1") || number(s, out))
                return 0;
        return REGISTRY_NO_VERSION;
}

static int read_subjects(const struct segments *s, struct registry_request *r)
{
        const struct slice *last = &s->part[s->count - 1];
        r->ask = ASK_SUBJECTS;
        if (s->count == 1)
                return 0;
        r->subject = s->part[1];
        r->ask = ASK_LOOKUP;
        if (s->count == 2)
                return 0;
        if (!slice_eq_str(s->part[2], "versions"))
                return REGISTRY_NO_PATH;
        if (s->count == 3)
                r->ask = ASK_VERSIONS;
        else if (s->count == 4)
                r->ask = ASK_VERSION;
        else if (s->count == 5 && slice_eq_str(*last, "schema"))
                r->ask = ASK_VERSION_TEXT;
        else if (s->count == 5 && slice_eq_str(*last, "referencedby"))
                r->ask = ASK_REFERENCED_BY;
        else
                return REGISTRY_NO_PATH;
        return s->count > 3 ? read_version(s->part[3], &r->version) : 0;
}

static int read_schemas(const struct segments *s, struct registry_request *r)
{
        r->ask = ASK_TYPES;
        if (s->count == 2 && slice_eq_str(s->part[1], "types"))
                return 0;
        if (s->count < 3 || s->count > 4 || !slice_eq_str(s->part[1], "ids") || !number(s->part[2], &r->id))
                return REGISTRY_NO_PATH;
        r->ask = ASK_ID;
        if (s->count == 3)
                return 0;
        if (slice_eq_str(s->part[3], "schema"))
                r->ask = ASK_ID_TEXT;
        else if (slice_eq_str(s->part[3], "versions"))
                r->ask = ASK_ID_VERSIONS;
        else if (slice_eq_str(s->part[3], "subjects"))
                r->ask = ASK_ID_SUBJECTS;
        else
                return REGISTRY_NO_PATH;
        return 0;
}

static int read_path(const struct segments *s, struct registry_request *r)
{
        bool config = s->count > 0 && slice_eq_str(s->part[0], "config");
        r->ask = ASK_ROOT;
        if (s->count == 0)
                return 0;
        if (slice_eq_str(s->part[0], "subjects"))
                return read_subjects(s, r);
        if (slice_eq_str(s->part[0], "schemas"))
                return read_schemas(s, r);
        if ((!config && !slice_eq_str(s->part[0], "mode")) || s->count > 2)
                return REGISTRY_NO_PATH;
        r->ask = config ? ASK_CONFIG : ASK_MODE;
        if (s->count == 2)
                r->subject = s->part[1];
        return 0;
}

// Parameters that this interface does not know, and values it cannot use, ask for nothing.
static void read_parameter(struct slice name, struct slice value, struct registry_request *r)
{
        int64_t v;
        if (slice_eq_str(name, "format"))
                r->serialized = slice_eq_str(value, "serialized");
        else if (slice_eq_str(name, "deletedOnly"))
                r->deleted_only = slice_eq_str(value, "true");
        else if (slice_eq_str(name, "subjectPrefix"))
                r->prefix = value;
        else if (slice_eq_str(name, "offset") && text_int64(value, &v) == 0 && v >= 0 && v <= NUMBER_MAX)
                r->offset = (uint32_t)v;
        else if (slice_eq_str(name, "limit") && text_int64(value, &v) == 0 && v <= NUMBER_MAX)
                r->limit = v < 0 ? -1 : (int32_t)v;
}

static int read_query(struct slice query, struct buf *text, struct registry_request *r)
{
        while (query.n > 0) {
                struct slice value = cut(&query, '&');
                struct slice name = cut(&value, '=');
                if (!decode(name, true, text, &name) || !decode(value, true, text, &value))
                        return REGISTRY_MALFORMED;
                read_parameter(name, value, r);
        }
        return 0;
}

int registry_request_read(struct slice path, struct slice query, struct buf *text,
                          struct registry_request *out)
{
        struct registry_request r = { .limit = -1 };
        struct segments segments;
        buf_reset(text);
        if (path.n == 0 || path.p[0] != '/' || path.n + query.n > REGISTRY_TARGET_MAX ||
            !target_is_proper(path, "") || !target_is_proper(query, "?"))
                return REGISTRY_MALFORMED;
        buf_reserve(text, path.n + query.n); // slices point into it: it must not move
        int rc = split(path, text, &segments);
        int query_rc = read_query(query, text, &r);
        if (rc != 0 || query_rc != 0)
                return rc == REGISTRY_MALFORMED ? rc : query_rc ? query_rc : rc;
        if ((rc = read_path(&segments, &r)) == 0)
                *out = r;
        return rc;
}

static bool take(struct slice *s, const char *prefix)
{
        size_t n = strlen(prefix);
        if (s->n < n || memcmp(s->p, prefix, n) != 0)
                return false;
        *s = slice_of(s->p + n, s->n - n);
        return true;
}

struct slice registry_subject(struct slice subject)
{
        static const char value[] = "-value";
        const size_t suffix = sizeof(value) - 1;
        struct slice s = subject, name;
        if (s.n <= suffix || memcmp(s.p + s.n - suffix, value, suffix) != 0)
                return subject;
        if (take(&s, "shared."))
                return text_is_dataset(slice_of(s.p, s.n - suffix)) ? s : subject;
        if (take(&s, "rejected."))
                return text_is_agency(slice_of(s.p, s.n - suffix)) ? slice_str("rejected-value") : subject;
        if (!take(&s, "in."))
                return subject;
        const uint8_t *dot = memrchr(s.p, '.', s.n);
        if (dot == NULL || !text_is_agency(slice_of(s.p, (size_t)(dot - s.p))))
                return subject;
        name = slice_of(dot + 1, s.n - (size_t)(dot - s.p) - 1);
        return text_is_dataset(slice_of(name.p, name.n - suffix)) ? name : subject;
}

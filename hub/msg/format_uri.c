// URIs and references: RFC 3986, appendix A, with the zones of RFC 6874 in IPv6 literals. What is
// percent-encoded in a host or zone must be UTF-8 (RFC 3986, 3.2.2); elsewhere it may be any bytes.
#include "hub/base/text.h"
#include "hub/msg/format_int.h"

// Characters of a part: classes and a few more; percent-encoded ones always.
struct part {
        unsigned classes;
        const char *also;
        bool utf8; // what is percent-encoded
};

static const struct part user_part = { CHAR_UNRESERVED | CHAR_SUB_DELIM, ":", false };
static const struct part name_part = { CHAR_UNRESERVED | CHAR_SUB_DELIM, "", true };
static const struct part zone_part = { CHAR_UNRESERVED, "", true };
static const struct part first_part = { CHAR_UNRESERVED | CHAR_SUB_DELIM, "@", false }; // path-noscheme
static const struct part path_part = { CHAR_UNRESERVED | CHAR_SUB_DELIM, ":@/", false };
static const struct part query_part = { CHAR_UNRESERVED | CHAR_SUB_DELIM, ":@/?", false };

// 0 done, 1 no percent-encoded byte at that place.
static int encoded(struct slice t, size_t at, uint8_t *out)
{
        if (t.n - at < 3 || t.p[at] != '%' || !char_is(t.p[at + 1], CHAR_HEX) ||
            !char_is(t.p[at + 2], CHAR_HEX))
                return 1;
        *out = (uint8_t)(hex_value(t.p[at + 1]) << 4 | hex_value(t.p[at + 2]));
        return 0;
}

// Length of the percent-encoded byte or (utf8) character at that place; 0 where there is none.
static size_t encoded_length(struct slice t, size_t at, bool utf8)
{
        uint8_t bytes[4];
        if (encoded(t, at, &bytes[0]))
                return 0;
        if (!utf8 || bytes[0] < 0x80)
                return 3;
        size_t n = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
        for (size_t i = 1; i < n; i++)
                if (at + 3 * i >= t.n || encoded(t, at + 3 * i, &bytes[i]))
                        return 0;
        return text_is_utf8(slice_of(bytes, n)) ? 3 * n : 0;
}

// Where the part that starts at `at` ends: at the first thing that cannot belong to it.
static size_t part_end(struct slice t, size_t at, const struct part *part)
{
        while (at < t.n) {
                uint8_t c = t.p[at];
                size_t n = 1;
                if (c == '%')
                        n = encoded_length(t, at, part->utf8);
                else if (!char_is(c, part->classes) && (c == '\0' || strchr(part->also, c) == NULL))
                        n = 0;
                if (n == 0)
                        break;
                at += n;
        }
        return at;
}

static bool is_part(struct slice t, const struct part *part)
{
        return part_end(t, 0, part) == t.n;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
static bool is_ip_future(struct slice t)
{
        size_t at = 1;
        if (t.n == 0 || (t.p[0] | 0x20) != 'v')
                return false;
        while (at < t.n && char_is(t.p[at], CHAR_HEX))
                at++;
        if (at == 1 || at + 1 >= t.n || t.p[at++] != '.')
                return false;
        for (; at < t.n; at++)
                if (!char_is(t.p[at], CHAR_UNRESERVED | CHAR_SUB_DELIM) && t.p[at] != ':')
                        return false;
        return true;
}

// Between the brackets.
static bool is_ip_literal(struct slice t)
{
        uint8_t out[16];
        const uint8_t *percent = t.n ? memchr(t.p, '%', t.n) : NULL;
        if (percent == NULL)
                return format_ipv6(t, out) == 0 || is_ip_future(t);
        struct slice address = slice_of(t.p, (size_t)(percent - t.p));
        struct slice zone = slice_from(t, address.n);
        return zone.n > 3 && memcmp(zone.p, "%25", 3) == 0 && is_part(slice_from(zone, 3), &zone_part) &&
               format_ipv6(address, out) == 0;
}

static bool is_authority(struct slice t)
{
        const uint8_t *at = t.n ? memchr(t.p, '@', t.n) : NULL;
        if (at != NULL) {
                struct slice user = slice_of(t.p, (size_t)(at - t.p));
                if (!is_part(user, &user_part))
                        return false;
                t = slice_from(t, user.n + 1);
        }
        size_t end = 0;
        if (t.n > 0 && t.p[0] == '[') {
                const uint8_t *close = memchr(t.p, ']', t.n);
                if (close == NULL || !is_ip_literal(slice_of(t.p + 1, (size_t)(close - t.p) - 1)))
                        return false;
                end = (size_t)(close - t.p) + 1;
        } else {
                end = part_end(t, 0, &name_part); // an IPv4 address is a name, too
        }
        return end == t.n || (t.p[end] == ':' && format_all(slice_from(t, end + 1), CHAR_DIGIT));
}

// From the path on; reference: no colon in a first segment that could be taken for a scheme.
static bool is_rest(struct slice t, size_t at, bool reference)
{
        if (t.n - at >= 2 && t.p[at] == '/' && t.p[at + 1] == '/') {
                size_t start = at += 2;
                while (at < t.n && t.p[at] != '/' && t.p[at] != '?' && t.p[at] != '#')
                        at++;
                if (!is_authority(slice_of(t.p + start, at - start)))
                        return false;
        } else if (reference) {
                at = part_end(t, at, &first_part);
                if (at < t.n && t.p[at] == ':')
                        return false;
        }
        at = part_end(t, at, &path_part);
        if (at < t.n && t.p[at] == '?')
                at = part_end(t, at + 1, &query_part);
        if (at < t.n && t.p[at] == '#')
                at = part_end(t, at + 1, &query_part);
        return at == t.n;
}

bool format_is_uri(struct slice t)
{
        size_t at = 1;
        if (t.n == 0 || !char_is(t.p[0], CHAR_LETTER))
                return false;
        while (at < t.n &&
               (char_is(t.p[at], CHAR_ALNUM) || t.p[at] == '+' || t.p[at] == '-' || t.p[at] == '.'))
                at++;
        return at < t.n && t.p[at] == ':' && is_rest(t, at + 1, false);
}

bool format_is_uri_ref(struct slice t)
{
        return format_is_uri(t) || is_rest(t, 0, true);
}

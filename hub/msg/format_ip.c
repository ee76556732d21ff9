// IP addresses and prefixes: RFC 3986 (IPv4address), RFC 4291, 2.2 (IPv6 text), RFC 4007, 11 (zones), RFC
// 4632, 3.1 (prefix lengths).
#include "hub/msg/format_int.h"

// A decimal number from text[*at] on, without leading zeros, at most max. 0 done (*at is behind it), 1 none.
static int decimal(struct slice text, size_t *at, unsigned max, unsigned *out)
{
        size_t i = *at;
        unsigned v = 0;
        while (i < text.n && char_is(text.p[i], CHAR_DIGIT) && v <= max)
                v = v * 10 + (text.p[i++] - '0');
        if (i == *at || v > max || (text.p[*at] == '0' && i - *at > 1))
                return 1;
        *at = i;
        *out = v;
        return 0;
}

int format_ipv4(struct slice text, uint8_t out[4])
{
        uint8_t bytes[4];
        size_t at = 0;
        for (unsigned i = 0; i < 4; i++) {
                unsigned v;
                if (i > 0 && (at == text.n || text.p[at++] != '.'))
                        return 1;
                if (decimal(text, &at, 255, &v))
                        return 1;
                bytes[i] = (uint8_t)v;
        }
        if (at != text.n)
                return 1;
        memcpy(out, bytes, 4);
        return 0;
}

// Groups read so far.
struct groups {
        uint8_t bytes[16];
        unsigned n;   // bytes filled
        unsigned gap; // where `::` stood, in bytes
        bool has_gap;
};

// One group of 1 to 4 digits, or the IPv4 address that ends the text. 0 done, 1 neither.
static int group(struct groups *g, struct slice text, size_t *at)
{
        size_t i = *at;
        unsigned v = 0;
        while (i < text.n && i - *at < 4 && char_is(text.p[i], CHAR_HEX))
                v = v << 4 | hex_value(text.p[i++]);
        if (i < text.n && text.p[i] == '.') {
                if (g->n > 12 || format_ipv4(slice_from(text, *at), &g->bytes[g->n]))
                        return 1;
                g->n += 4;
                *at = text.n;
                return 0;
        }
        if (i == *at || g->n > 14)
                return 1;
        put_be16(&g->bytes[g->n], (uint16_t)v);
        g->n += 2;
        *at = i;
        return 0;
}

int format_ipv6(struct slice text, uint8_t out[16])
{
        struct groups g = { .n = 0 };
        size_t at = 0;
        if (text.n >= 2 && text.p[0] == ':' && text.p[1] == ':') {
                g.has_gap = true;
                at = 2;
        } else if (group(&g, text, &at)) {
                return 1;
        }
        while (at < text.n) {
                if (at > 0 && text.p[at - 1] != ':') {
                        if (text.p[at++] != ':')
                                return 1;
                        if (at < text.n && text.p[at] == ':') {
                                if (g.has_gap)
                                        return 1;
                                g.has_gap = true;
                                g.gap = g.n;
                                at++;
                                continue;
                        }
                }
                if (group(&g, text, &at))
                        return 1;
        }
        if (g.has_gap ? g.n > 14 : g.n != 16)
                return 1;
        if (!g.has_gap)
                g.gap = g.n;
        memset(out, 0, 16);
        memcpy(out, g.bytes, g.gap);
        memcpy(out + 16 - (g.n - g.gap), g.bytes + g.gap, g.n - g.gap);
        return 0;
}

// With a zone: any text but an empty one or one with NUL.
static bool is_ipv6_zoned(struct slice text)
{
        uint8_t out[16];
        const uint8_t *percent = text.n ? memchr(text.p, '%', text.n) : NULL;
        if (percent == NULL)
                return format_ipv6(text, out) == 0;
        struct slice zone = slice_from(text, (size_t)(percent - text.p) + 1);
        return zone.n > 0 && memchr(zone.p, 0, zone.n) == NULL &&
               format_ipv6(slice_of(text.p, (size_t)(percent - text.p)), out) == 0;
}

bool format_is_ip(struct slice text, int64_t version)
{
        uint8_t out[4];
        return ((version == 0 || version == 4) && format_ipv4(text, out) == 0) ||
               ((version == 0 || version == 6) && is_ipv6_zoned(text));
}

static bool zero_behind(const uint8_t *bytes, unsigned n, unsigned prefix)
{
        for (unsigned i = prefix; i < n * 8; i++)
                if (bytes[i / 8] & 0x80 >> i % 8)
                        return false;
        return true;
}

bool format_is_ip_prefix(struct slice text, int64_t version, bool strict)
{
        uint8_t bytes[16];
        unsigned size, prefix;
        const uint8_t *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
        if (slash == NULL)
                return false;
        struct slice address = slice_of(text.p, (size_t)(slash - text.p));
        if ((version == 0 || version == 4) && format_ipv4(address, bytes) == 0)
                size = 4;
        else if ((version == 0 || version == 6) && format_ipv6(address, bytes) == 0)
                size = 16;
        else
                return false;
        size_t at = address.n + 1;
        return decimal(text, &at, size * 8, &prefix) == 0 && at == text.n &&
               (!strict || zero_behind(bytes, size, prefix));
}

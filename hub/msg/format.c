// Formats by name, and those that are little more than a length and a class of characters.
#include "hub/msg/format_int.h"

#define DIGIT CHAR_DIGIT | CHAR_HEX | CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME
#define HEX   CHAR_LETTER | CHAR_HEX | CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME
#define ALPHA CHAR_LETTER | CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME

const uint8_t format_char[256] = {
        ['0' ... '9'] = DIGIT,
        ['A' ... 'F'] = HEX,
        ['G' ... 'Z'] = ALPHA,
        ['a' ... 'f'] = HEX,
        ['g' ... 'z'] = ALPHA,
        ['-'] = CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['.'] = CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['_'] = CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['~'] = CHAR_UNRESERVED | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['!'] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['$'] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['&'] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['\''] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['*'] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['+'] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['='] = CHAR_SUB_DELIM | CHAR_MAIL_LOCAL,
        ['('] = CHAR_SUB_DELIM,
        [')'] = CHAR_SUB_DELIM,
        [';'] = CHAR_SUB_DELIM,
        // No tchar of RFC 7230, but protovalidate's own expression takes it ("+-." is a range there).
        [','] = CHAR_SUB_DELIM | CHAR_HEADER_NAME,
        ['#'] = CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['%'] = CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['^'] = CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['|'] = CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['`'] = CHAR_MAIL_LOCAL | CHAR_HEADER_NAME,
        ['/'] = CHAR_MAIL_LOCAL,
        ['?'] = CHAR_MAIL_LOCAL,
        ['{'] = CHAR_MAIL_LOCAL,
        ['}'] = CHAR_MAIL_LOCAL,
};

bool format_all(struct slice text, unsigned classes)
{
        for (size_t i = 0; i < text.n; i++)
                if (!char_is(text.p[i], classes))
                        return false;
        return true;
}

// RFC 9562, 4: 8-4-4-4-12 hexadecimal digits of either case; version and variant are not looked at.
static bool is_uuid(struct slice text)
{
        if (text.n != 36)
                return false;
        for (size_t i = 0; i < text.n; i++) {
                bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
                if (hyphen ? text.p[i] != '-' : !char_is(text.p[i], CHAR_HEX))
                        return false;
        }
        return true;
}

// github.com/ulid/spec: 26 digits of Crockford's base 32 (no I, L, O, U), the first at most 7.
static bool is_ulid(struct slice text)
{
        if (text.n != 26 || text.p[0] > '7')
                return false;
        for (size_t i = 0; i < text.n; i++) {
                uint8_t lower = text.p[i] | 0x20;
                if (!char_is(text.p[i], CHAR_ALNUM) || lower == 'i' || lower == 'l' || lower == 'o' ||
                    lower == 'u')
                        return false;
        }
        return true;
}

// Identifiers of protobuf joined by dots.
static bool is_protobuf_name(struct slice text)
{
        bool first = true;
        for (size_t i = 0; i < text.n; i++) {
                uint8_t c = text.p[i];
                if (c == '.' ? first : !(c == '_' || char_is(c, first ? CHAR_LETTER : CHAR_ALNUM)))
                        return false;
                first = c == '.';
        }
        return !first;
}

// RFC 7230, 3.2.6 (token); a colon in front is that of HTTP/2's pseudo-headers.
static bool is_header_name(struct slice text)
{
        if (text.n > 0 && text.p[0] == ':')
                text = slice_from(text, 1);
        return text.n > 0 && format_all(text, CHAR_HEADER_NAME);
}

// RFC 7230, 3.2: no control characters but the tab.
static bool is_header_value(struct slice text)
{
        for (size_t i = 0; i < text.n; i++)
                if ((text.p[i] < 0x20 && text.p[i] != '\t') || text.p[i] == 0x7f)
                        return false;
        return true;
}

// What would let a value break out of its header.
static bool is_one_line(struct slice text)
{
        for (size_t i = 0; i < text.n; i++)
                if (text.p[i] == '\0' || text.p[i] == '\n' || text.p[i] == '\r')
                        return false;
        return true;
}

static bool bytes_hold(enum format format, struct slice bytes)
{
        switch (format) {
        case FORMAT_BYTES_IP:
                return bytes.n == 4 || bytes.n == 16;
        case FORMAT_BYTES_IPV4:
                return bytes.n == 4;
        case FORMAT_BYTES_IPV6:
        case FORMAT_BYTES_UUID:
                return bytes.n == 16;
        default:
                return false;
        }
}

bool format_holds(enum format format, struct slice text)
{
        switch (format) {
        case FORMAT_EMAIL:
                return format_is_email(text);
        case FORMAT_HOSTNAME:
                return format_is_hostname(text);
        case FORMAT_IP:
                return format_is_ip(text, 0);
        case FORMAT_IPV4:
                return format_is_ip(text, 4);
        case FORMAT_IPV6:
                return format_is_ip(text, 6);
        case FORMAT_URI:
                return format_is_uri(text);
        case FORMAT_URI_REF:
                return format_is_uri_ref(text);
        case FORMAT_ADDRESS:
                return format_is_hostname(text) || format_is_ip(text, 0);
        case FORMAT_UUID:
                return is_uuid(text);
        case FORMAT_TUUID:
                return text.n == 32 && format_all(text, CHAR_HEX);
        case FORMAT_ULID:
                return is_ulid(text);
        case FORMAT_IP_WITH_PREFIXLEN:
                return format_is_ip_prefix(text, 0, false);
        case FORMAT_IPV4_WITH_PREFIXLEN:
                return format_is_ip_prefix(text, 4, false);
        case FORMAT_IPV6_WITH_PREFIXLEN:
                return format_is_ip_prefix(text, 6, false);
        case FORMAT_IP_PREFIX:
                return format_is_ip_prefix(text, 0, true);
        case FORMAT_IPV4_PREFIX:
                return format_is_ip_prefix(text, 4, true);
        case FORMAT_IPV6_PREFIX:
                return format_is_ip_prefix(text, 6, true);
        case FORMAT_HOST_AND_PORT:
                return format_is_host_and_port(text, true);
        case FORMAT_PROTOBUF_FQN:
                return is_protobuf_name(text);
        case FORMAT_PROTOBUF_DOT_FQN:
                return text.n > 0 && text.p[0] == '.' && is_protobuf_name(slice_from(text, 1));
        case FORMAT_HTTP_HEADER_NAME:
                return is_header_name(text);
        case FORMAT_HTTP_HEADER_NAME_LOOSE:
                return text.n > 0 && is_one_line(text);
        case FORMAT_HTTP_HEADER_VALUE:
                return is_header_value(text);
        case FORMAT_HTTP_HEADER_VALUE_LOOSE:
                return is_one_line(text);
        default:
                return bytes_hold(format, text);
        }
}

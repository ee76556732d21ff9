// The well-known formats of protovalidate's string and bytes rules, and the library functions behind them.
// One pass over the text, no allocation; any bytes may be given. An empty text has none of the formats but
// URI_REF and the two of header values.
#pragma once

#include "hub/base/buf.h"

enum format {
        // string.*
        FORMAT_EMAIL,
        FORMAT_HOSTNAME,
        FORMAT_IP,
        FORMAT_IPV4,
        FORMAT_IPV6,
        FORMAT_URI,
        FORMAT_URI_REF,
        FORMAT_ADDRESS, // host name or IP address
        FORMAT_UUID,
        FORMAT_TUUID, // 32 hexadecimal digits
        FORMAT_ULID,
        FORMAT_IP_WITH_PREFIXLEN,
        FORMAT_IPV4_WITH_PREFIXLEN,
        FORMAT_IPV6_WITH_PREFIXLEN,
        FORMAT_IP_PREFIX, // bits behind the prefix are zero
        FORMAT_IPV4_PREFIX,
        FORMAT_IPV6_PREFIX,
        FORMAT_HOST_AND_PORT,    // with a port
        FORMAT_PROTOBUF_FQN,     // `a.b.C`; from protovalidate 1.2 on
        FORMAT_PROTOBUF_DOT_FQN, // `.a.b.C`
        FORMAT_HTTP_HEADER_NAME,
        FORMAT_HTTP_HEADER_NAME_LOOSE, // string.strict = false
        FORMAT_HTTP_HEADER_VALUE,
        FORMAT_HTTP_HEADER_VALUE_LOOSE,
        // bytes.*
        FORMAT_BYTES_IP,
        FORMAT_BYTES_IPV4,
        FORMAT_BYTES_IPV6,
        FORMAT_BYTES_UUID,
};

bool format_holds(enum format format, struct slice text);

// HTML living standard, "valid email address": stricter and looser than RFC 5322 on purpose.
bool format_is_email(struct slice text);
// RFC 1123 names: labels of 1 to 63 letters, digits and inner hyphens, 253 characters, the last label not
// all digits, a dot at the end allowed.
bool format_is_hostname(struct slice text);
// RFC 3986 IPv4address, RFC 4291 IPv6 with a zone (RFC 4007). version: 4, 6, or 0 for either; others hold
// for nothing.
bool format_is_ip(struct slice text, int64_t version);
// CIDR notation (RFC 4632, RFC 4291), without a zone. strict: the bits behind the prefix are zero.
bool format_is_ip_prefix(struct slice text, int64_t version, bool strict);
// RFC 3986 with zones as RFC 6874 writes them. Percent-encoded hosts must be UTF-8.
bool format_is_uri(struct slice text);
bool format_is_uri_ref(struct slice text);
// Host name, IPv4 address or [IPv6 address], and a port of 0 to 65535.
bool format_is_host_and_port(struct slice text, bool port_required);

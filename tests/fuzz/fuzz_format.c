// Formats and patterns: any bytes may be given; what includes another format holds where that does, addresses
// are those of inet_pton; a pattern compiles or says why, and finds the same twice.
//   input: length of the pattern, pattern, text
#include <arpa/inet.h>

#include "hub/msg/format.h"
#include "hub/msg/regex.h"
#include "tests/fuzz/fuzz.h"

static bool implies(enum format narrow, enum format wide, struct slice s)
{
        return !format_holds(narrow, s) || format_holds(wide, s);
}

static void check_addresses(struct slice s)
{
        char text[256];
        uint8_t address[16];
        must(format_holds(FORMAT_IP, s) == (format_holds(FORMAT_IPV4, s) || format_holds(FORMAT_IPV6, s)));
        must(format_holds(FORMAT_ADDRESS, s) ==
             (format_holds(FORMAT_IP, s) || format_holds(FORMAT_HOSTNAME, s)));
        if (s.n >= sizeof(text) || text_has_nul(s) || (s.n > 0 && memchr(s.p, '%', s.n)))
                return;
        snprintf(text, sizeof(text), "%.*s", (int)s.n, s.n ? (const char *)s.p : "");
        must(format_holds(FORMAT_IPV4, s) == (inet_pton(AF_INET, text, address) == 1));
        must(format_holds(FORMAT_IPV6, s) == (inet_pton(AF_INET6, text, address) == 1));
}

static void check_formats(struct slice s)
{
        must(implies(FORMAT_URI, FORMAT_URI_REF, s));
        must(implies(FORMAT_IP_PREFIX, FORMAT_IP_WITH_PREFIXLEN, s));
        must(implies(FORMAT_IPV4_PREFIX, FORMAT_IPV4_WITH_PREFIXLEN, s));
        must(implies(FORMAT_IPV6_PREFIX, FORMAT_IPV6_WITH_PREFIXLEN, s));
        must(implies(FORMAT_HTTP_HEADER_NAME, FORMAT_HTTP_HEADER_NAME_LOOSE, s));
        must(implies(FORMAT_HTTP_HEADER_VALUE, FORMAT_HTTP_HEADER_VALUE_LOOSE, s));
        must(format_holds(FORMAT_HOST_AND_PORT, s) == format_is_host_and_port(s, true));
        must(!format_is_host_and_port(s, true) || format_is_host_and_port(s, false));
        must(!format_holds(FORMAT_HOSTNAME, s) || format_is_host_and_port(s, false));
        for (int f = 0; f <= FORMAT_BYTES_UUID; f++)
                (void)format_holds((enum format)f, s);
        check_addresses(s);
}

static void check_pattern(struct slice pattern, struct slice text)
{
        struct regex *r = NULL;
        struct buf why;
        buf_init(&why);
        if (regex_new(pattern, &r, &why) != 0) {
                must(r == NULL && why.n > 0);
        } else {
                bool found = regex_finds(r, text);
                must(why.n == 0 && found == regex_finds(r, text));
        }
        regex_free(r);
        buf_done(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        size_t n = data[0] < size - 1 ? data[0] : size - 1;
        struct slice text = slice_of(data + 1 + n, size - 1 - n);
        check_formats(text);
        check_pattern(slice_of(data + 1, n), text);
        return 0;
}

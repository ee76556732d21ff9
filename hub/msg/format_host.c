// Names of hosts and mailboxes.
#include "hub/base/text.h"
#include "hub/msg/format_int.h"

// RFC 1123, 2.1 (and RFC 952): the label that starts at *at; *at gets the place behind it. digits: it is all
// digits. 0 done, 1 no label.
static int label(struct slice text, size_t *at, bool *digits)
{
        size_t start = *at, i = start;
        *digits = true;
        for (; i < text.n && (char_is(text.p[i], CHAR_ALNUM) || text.p[i] == '-'); i++)
                *digits &= char_is(text.p[i], CHAR_DIGIT);
        if (i == start || i - start > 63 || text.p[start] == '-' || text.p[i - 1] == '-')
                return 1;
        *at = i;
        return 0;
}

bool format_is_hostname(struct slice text)
{
        bool digits;
        size_t at = 0;
        if (text.n > 0 && text.p[text.n - 1] == '.')
                text.n--;
        if (text.n > 253)
                return false;
        for (;;) {
                if (label(text, &at, &digits))
                        return false;
                if (at == text.n)
                        return !digits;
                if (text.p[at++] != '.')
                        return false;
        }
}

// https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
bool format_is_email(struct slice text)
{
        bool digits;
        size_t at = 0;
        while (at < text.n && char_is(text.p[at], CHAR_MAIL_LOCAL))
                at++;
        if (at == 0 || at == text.n || text.p[at++] != '@')
                return false;
        for (;;) {
                if (label(text, &at, &digits))
                        return false;
                if (at == text.n)
                        return true;
                if (text.p[at++] != '.')
                        return false;
        }
}

// RFC 6335, 6: 0 to 65535, without leading zeros.
static bool is_port(struct slice text)
{
        uint64_t port;
        return text.n > 0 && text.n <= 5 && (text.p[0] != '0' || text.n == 1) &&
               format_all(text, CHAR_DIGIT) && text_uint64(text, &port) == 0 && port <= 65535;
}

bool format_is_host_and_port(struct slice text, bool port_required)
{
        if (text.n == 0)
                return false;
        const uint8_t *colon = memrchr(text.p, ':', text.n);
        if (text.p[0] == '[') {
                // A zone may hold brackets: the last one ends the address.
                const uint8_t *end = memrchr(text.p, ']', text.n);
                if (end == NULL || !format_is_ip(slice_of(text.p + 1, (size_t)(end - text.p) - 1), 6))
                        return false;
                struct slice rest = slice_from(text, (size_t)(end - text.p) + 1);
                return rest.n == 0 ? !port_required : rest.p[0] == ':' && is_port(slice_from(rest, 1));
        }
        struct slice host = text;
        if (colon != NULL) {
                host.n = (size_t)(colon - text.p);
                if (!is_port(slice_from(text, host.n + 1)))
                        return false;
        } else if (port_required) {
                return false;
        }
        return format_is_hostname(host) || format_is_ip(host, 4);
}

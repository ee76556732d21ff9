// Addresses and prefixes; without a zone, addresses are what the C library's inet_pton takes.
#include <arpa/inet.h>

#include "hub/msg/format_int.h"
#include "tests/unit/msg/format.h"

static bool ip(struct slice text, int version)
{
        return format_is_ip(text, version);
}

static bool prefix(struct slice text, int version)
{
        return format_is_ip_prefix(text, version, false);
}

static bool strict_prefix(struct slice text, int version)
{
        return format_is_ip_prefix(text, version, true);
}

static void test_ipv4(void **state)
{
        (void)state;
        GOOD(FORMAT_IPV4, T("0.0.0.0"), T("255.255.255.255"), T("10.1.20.99"));
        BAD(FORMAT_IPV4, T(""), T("1.2.3"), T("1.2.3.4.5"), T("1.2.3."), T(".1.2.3"), T("1..2.3"),
            T("256.1.1.1"), T("1.1.1.1000"), T("01.1.1.1"), T("1.1.1.00"), T("1.1.1.1 "), T(" 1.1.1.1"),
            T("1.1.1.1\n"), T("1.1.1.1\0"), T("0x1.1.1.1"), T("+1.1.1.1"), T("-1.1.1.1"), T("1.1.1.1/8"),
            T("::1"), T("1.1.1.1%eth0"), T("١.1.1.1"));
}

static void test_ipv6(void **state)
{
        (void)state;
        GOOD(FORMAT_IPV6, T("::"), T("::1"), T("1::"), T("2001:0DB8:ABCD:0012::F1"), T("1:2:3:4:5:6:7:8"),
             T("1:2:3:4:5:6:7::"), T("::2:3:4:5:6:7:8"), T("1::8"), T("1:2:3:4:5:6:1.2.3.4"), T("::1.2.3.4"),
             T("::ffff:1.2.3.4"), T("1::5:1.2.3.4"), T("fe80::1%eth0"), T("fe80::1%% :x\x1f"), T("::%Đ"));
        BAD(FORMAT_IPV6, T(""), T(":"), T(":::"), T("::1:"), T(":1::"), T("1:2:3:4:5:6:7"),
            T("1:2:3:4:5:6:7:8:9"), T("1:2:3:4:5:6:7:8::"), T("1:2:3:4:5:6:7::8"), T("::1:2:3:4:5:6:7:8"),
            T("1::2::3"), T("12345::"), T("g::"), T("1:2:3:4:5:6:7:1.2.3.4"), T("1.2.3.4"), T("1.2.3.4::"),
            T("::1.2.3.4:5"), T("::1.2.3"), T("::1.2.3.256"), T("::1%"), T("::1%a\0"), T("%eth0"), T("[::1]"),
            T("::1/64"), T("::1 "), T("::1\0"), T("1:2:3:4:5:6:7:"), T("1:2:3:4:1.2.3.4"));
}

static void test_versions(void **state)
{
        (void)state;
        GOOD(FORMAT_IP, T("127.0.0.1"), T("::1"), T("::1%a"));
        BAD(FORMAT_IP, T(""), T("127.0.0.1%a"), T("localhost"));
        HOLDS_NOT(ip, 4, T("::1"));
        HOLDS_NOT(ip, 6, T("127.0.0.1"));
        for (int version = -1; version < 10; version++)
                if (version != 0 && version != 4 && version != 6) {
                        HOLDS_NOT(ip, version, T("::1"), T("127.0.0.1"));
                        HOLDS_NOT(prefix, version, T("::/0"), T("0.0.0.0/0"));
                }
}

static void test_prefixes(void **state)
{
        (void)state;
        GOOD(FORMAT_IP_WITH_PREFIXLEN, T("10.1.2.3/8"), T("::1/0"), T("::1/128"), T("0.0.0.0/32"));
        BAD(FORMAT_IP_WITH_PREFIXLEN, T(""), T("/"), T("/8"), T("10.0.0.0"), T("10.0.0.0/"), T("10.0.0.0/33"),
            T("::/129"), T("::/1000"), T("10.0.0.0/08"), T("10.0.0.0/00"), T("10.0.0.0/+8"), T("10.0.0.0/8 "),
            T("10.0.0.0/8/8"), T("10.0.0.0 /8"), T("10.0.0/8"), T("fe80::%a/64"), T("10.0.0.0/255.0.0.0"),
            T("::/64\0"));
        GOOD(FORMAT_IPV4_WITH_PREFIXLEN, T("10.1.2.3/8"));
        BAD(FORMAT_IPV4_WITH_PREFIXLEN, T("::1/8"));
        GOOD(FORMAT_IPV6_WITH_PREFIXLEN, T("::1/8"));
        BAD(FORMAT_IPV6_WITH_PREFIXLEN, T("10.1.2.3/8"));
        GOOD(FORMAT_IP_PREFIX, T("10.0.0.0/8"), T("10.128.0.0/9"), T("10.1.2.3/32"), T("0.0.0.0/0"),
             T("::/0"), T("2001:db8::/32"), T("::1/128"), T("8000::/1"));
        BAD(FORMAT_IP_PREFIX, T("10.0.0.1/8"), T("10.128.0.0/8"), T("128.0.0.0/0"), T("::1/127"),
            T("2001:db8::/28"), T("1::1/64"));
        GOOD(FORMAT_IPV4_PREFIX, T("10.0.0.0/8"));
        BAD(FORMAT_IPV4_PREFIX, T("::/8"), T("10.0.0.1/8"));
        GOOD(FORMAT_IPV6_PREFIX, T("::/8"));
        BAD(FORMAT_IPV6_PREFIX, T("10.0.0.0/8"), T("::1/8"));
        HOLDS(strict_prefix, 0, T("10.0.0.0/8"));
        HOLDS_NOT(strict_prefix, 0, T("10.0.0.1/8"));
}

static void test_against_inet_pton(void **state)
{
        (void)state;
        static const char *const alphabets[] = { "012.", "0125.", "1:", "af0:.", "12::." };
        uint64_t seed = 20250302;
        char text[48];
        for (size_t i = 0; i < sizeof(alphabets) / sizeof(alphabets[0]); i++)
                for (int n = 0; n < 200000; n++) {
                        uint8_t ours[16] = { 0 }, theirs[16] = { 0 };
                        struct slice s = random_text(&seed, alphabets[i], 24, (uint8_t *)text);
                        text[s.n] = '\0';
                        bool four = format_ipv4(s, ours) == 0;
                        if (four != (inet_pton(AF_INET, text, theirs) == 1) || memcmp(ours, theirs, 4) != 0)
                                fail_msg("IPv4: `%s`", text);
                        memset(ours, 0, 16), memset(theirs, 0, 16);
                        bool six = format_ipv6(s, ours) == 0;
                        if (six != (inet_pton(AF_INET6, text, theirs) == 1) ||
                            (six && memcmp(ours, theirs, 16) != 0))
                                fail_msg("IPv6: `%s`", text);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ipv4),
                cmocka_unit_test(test_ipv6),
                cmocka_unit_test(test_versions),
                cmocka_unit_test(test_prefixes),
                cmocka_unit_test(test_against_inet_pton),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

// Formats other than addresses and URIs. Those that protovalidate gives as a regular expression are compared
// with it on random texts, too.
#include "hub/msg/regex.h"
#include "tests/unit/msg/format.h"

#define L10 "abcdefghij"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "abc"

static void test_email(void **state)
{
        (void)state;
        GOOD(FORMAT_EMAIL, T("a@b"), T("tiepnhan@ioc.dongnai.gov.vn"), T("o'neil+tag@xn--ng-nai-3ya.vn"),
             T(".a..b.@c"), T("!#$%&'*+/=?^_`{|}~-@a.b"), T("a@1.2"), T("a@" L63 ".vn"),
             T(L63 L63 L63 L63 L63 "@a"));
        BAD(FORMAT_EMAIL, T(""), T("@"), T("a@"), T("@b"), T("a"), T("a@b@c"), T("a@b."), T("a@.b"),
            T("a@b..c"), T("a@-b"), T("a@b-"), T("a@b_c"), T("a b@c"), T("a@b c"), T("a@b\n"), T("a@b\0"),
            T("\"a\"@b"), T("a@[127.0.0.1]"), T("an@đồng-nai.vn"), T("lê@b.vn"), T("a@" L63 "x.vn"),
            T("(a)@b"), T("A <a@b>"));
}

static void test_hostname(void **state)
{
        (void)state;
        GOOD(FORMAT_HOSTNAME, T("a"), T("a."), T("ioc.dongnai.gov.vn"), T("IOC.VN."), T("a-b.c--d"), T("1a"),
             T("1.2.a"), T("xn--ng-nai-3ya.vn"), T("0.a1"), T(L63), T(L63 "." L63 "." L63 "." L60 "a"),
             T(L63 "." L63 "." L63 "." L60 "a."));
        BAD(FORMAT_HOSTNAME, T(""), T("."), T(".."), T("a.."), T(".a"), T("a..b"), T("-a"), T("a-"),
            T("a.-b"), T("a-.b"), T("a_b"), T("a b"), T(" a"), T("a\n"), T("a\0"), T("1"), T("a.1"),
            T("1.2.3.4"), T("a.1."), T("đồng-nai.vn"), T("ioc.việt-nam"), T("a:80"), T(L63 "x"),
            T(L63 "." L63 "." L63 "." L60 "ab"), T(L63 "." L63 "." L63 "." L60 "ab."));
}

static bool host_and_port(struct slice text, int port_required)
{
        return format_is_host_and_port(text, port_required != 0);
}

static void test_host_and_port(void **state)
{
        (void)state;
        GOOD(FORMAT_HOST_AND_PORT, T("a:0"), T("ioc.vn:65535"), T("ioc.vn.:1"), T("10.0.0.1:9092"),
             T("[::1]:80"), T("[fe80::1%eth0]:80"), T("[::1%]]:80"), T("[::1%a:b]:80"));
        BAD(FORMAT_HOST_AND_PORT, T(""), T(":"), T(":80"), T("a"), T("a:"), T("a:b"), T("a:65536"),
            T("a:99999"), T("a:100000"), T("a:080"), T("a:00"), T("a:+1"), T("a:-1"), T("a: 1"), T("a:1 "),
            T("::1:80"), T("[::1]"), T("[::1]:"), T("[::1]80"), T("[::1"), T("[]:80"), T("[a]:80"),
            T("[10.0.0.1]:80"), T("10.0.0.256:80"), T("ở.vn:80"), T("["), T("]:80"), T("[::1]x:80"));
        HOLDS(host_and_port, false, T("a"), T("10.0.0.1"), T("[::1]"), T("a:1"), T("[::1]:1"));
        HOLDS_NOT(host_and_port, false, T(""), T("a:"), T("::1"), T("[::1]:"), T("1"), T("[]"), T("[::1]]"));
}

static void test_address(void **state)
{
        (void)state;
        GOOD(FORMAT_ADDRESS, T("ioc.vn"), T("127.0.0.1"), T("::1"), T("fe80::1%en0"));
        BAD(FORMAT_ADDRESS, T(""), T("127.0.0.256"), T("[::1]"), T("a b"), T("ioc.vn:80"));
}

static void test_identifiers(void **state)
{
        (void)state;
        GOOD(FORMAT_UUID, T("00000000-0000-0000-0000-000000000000"),
             T("8b208305-00e8-4460-a440-5e0dcd83bb0A"));
        BAD(FORMAT_UUID, T(""), T("8b208305-00e8-4460-a440-5e0dcd83bb0"),
            T("8b208305-00e8-4460-a440-5e0dcd83bb0ab"), T("8b20830500e84460a4405e0dcd83bb0a"),
            T("8b208305-00e8-4460-a440-5e0dcd83bb0g"), T("8b208305-00e8-4460-a4405-e0dcd83bb0a"),
            T("{8b208305-00e8-4460-a440-5e0dcd83bb0}"), T("8b208305-00e8-4460-a440-5e0dcd83bb0\n"));
        GOOD(FORMAT_PROTOBUF_FQN, T("a"), T("_"), T("iochub.v1.Data_Message2"), T("A.B"));
        BAD(FORMAT_PROTOBUF_FQN, T(""), T("."), T(".a"), T("a."), T("a..b"), T("1a"), T("a.1"), T("a-b"),
            T("đ"), T("a\0"));
        GOOD(FORMAT_PROTOBUF_DOT_FQN, T(".a"), T(".a.b"));
        BAD(FORMAT_PROTOBUF_DOT_FQN, T(""), T("."), T("a"), T("..a"), T(".a."));
        GOOD(FORMAT_TUUID, T("8b20830500e84460a4405e0dcd83bb0A"));
        BAD(FORMAT_TUUID, T(""), T("8b20830500e84460a4405e0dcd83bb0"), T("8b20830500e84460a4405e0dcd83bb0g"),
            T("8b208305-00e8-4460-a440-5e0dcd83bb0a"));
        GOOD(FORMAT_ULID, T("01ARZ3NDEKTSV4RRFFQ69G5FAV"), T("7zzzzzzzzzzzzzzzzzzzzzzzzz"));
        BAD(FORMAT_ULID, T(""), T("81ARZ3NDEKTSV4RRFFQ69G5FAV"), T("01ARZ3NDEKTSV4RRFFQ69G5FA"),
            T("01ARZ3NDEKTSV4RRFFQ69G5FAVX"), T("01ARZ3NDEKTSV4RRFFQ69G5FAI"),
            T("01ARZ3NDEKTSV4RRFFQ69G5FAu"), T("01ARZ3NDEKTSV4RRFFQ69G5FA-"),
            T("/1ARZ3NDEKTSV4RRFFQ69G5FAV"));
}

static void test_headers(void **state)
{
        (void)state;
        GOOD(FORMAT_HTTP_HEADER_NAME, T("Content-Type"), T(":path"), T("!#$%&'*+,-.^_`|~"));
        BAD(FORMAT_HTTP_HEADER_NAME, T(""), T(":"), T("::path"), T("a:"), T("a b"), T("a\n"), T("a/b"),
            T("tên"));
        GOOD(FORMAT_HTTP_HEADER_NAME_LOOSE, T("a b"), T("tên"), T("\t"), T(":"));
        BAD(FORMAT_HTTP_HEADER_NAME_LOOSE, T(""), T("a\r"), T("a\nb"), T("\0"));
        GOOD(FORMAT_HTTP_HEADER_VALUE, T(""), T("a b\tc"), T("giá trị"));
        BAD(FORMAT_HTTP_HEADER_VALUE, T("a\r\n"), T("\0"), T("a\x7f"), T("\x1f"));
        GOOD(FORMAT_HTTP_HEADER_VALUE_LOOSE, T(""), T("\x01\x7f"));
        BAD(FORMAT_HTTP_HEADER_VALUE_LOOSE, T("\n"), T("\r"), T("a\0b"));
}

static void test_bytes(void **state)
{
        (void)state;
        GOOD(FORMAT_BYTES_IP, T("\x7f\0\0\x01"), T("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"));
        BAD(FORMAT_BYTES_IP, T(""), T("1"), T("12345"), T("123456789012345"), T("12345678901234567"));
        GOOD(FORMAT_BYTES_IPV4, T("1234"));
        BAD(FORMAT_BYTES_IPV4, T(""), T("123"), T("1234567890123456"));
        GOOD(FORMAT_BYTES_IPV6, T("1234567890123456"));
        BAD(FORMAT_BYTES_IPV6, T(""), T("1234"));
        GOOD(FORMAT_BYTES_UUID, T("1234567890123456"));
        BAD(FORMAT_BYTES_UUID, T(""), T("123456789012345"));
}

#define MAIL_LABEL "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"

// As protovalidate and the HTML standard write them.
static void test_against_expressions(void **state)
{
        (void)state;
        static const struct {
                enum format format;
                const char *pattern, *alphabet;
                size_t max;
        } all[] = {
                { FORMAT_EMAIL, "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" MAIL_LABEL "(?:\\." MAIL_LABEL ")*$",
                  "aZ0-.@@_ ", 10 },
                { FORMAT_EMAIL, "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" MAIL_LABEL "(?:\\." MAIL_LABEL ")*$",
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@.",
                  200 },
                { FORMAT_UUID,
                  "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", "aF0g-",
                  37 },
                { FORMAT_PROTOBUF_FQN, "^[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$", "aZ_0.-", 7 },
                { FORMAT_PROTOBUF_DOT_FQN, "^\\.[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$",
                  "aZ_0..-", 7 },
                { FORMAT_TUUID, "^[0-9a-fA-F]{32}$", "aF0", 33 },
                { FORMAT_ULID, "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$", "0178AHJKMNPTVZahjkmnptvz", 27 },
                { FORMAT_HTTP_HEADER_NAME, "^:?[0-9a-zA-Z!#$%&\\'*+-.^_|~\\x60]+$", ":a+,-./9@[^_`{|}~\x7f",
                  4 },
                { FORMAT_HTTP_HEADER_NAME_LOOSE, "^[^\\x00\\x0A\\x0D]+$", "a\n\r\t\x7f", 3 },
                { FORMAT_HTTP_HEADER_VALUE, "^[^\\x00-\\x08\\x0A-\\x1F\\x7F]*$", "ab \n\r\t\x7f\x1f", 3 },
                { FORMAT_HTTP_HEADER_VALUE_LOOSE, "^[^\\x00\\x0A\\x0D]*$", "a\n\r\t\x7f\x01", 3 },
        };
        uint64_t seed = 20250301;
        uint8_t text[256];
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                struct buf why cleanup(buf_done);
                struct regex *r;
                buf_init(&why);
                assert_int_equal(regex_new(slice_str(all[i].pattern), &r, &why), 0);
                for (int n = 0; n < 20000; n++) {
                        struct slice s = random_text(&seed, all[i].alphabet, all[i].max, text);
                        if (format_holds(all[i].format, s) != regex_finds(r, s))
                                fail_msg("format %d and %s differ on `%.*s`", all[i].format, all[i].pattern,
                                         (int)s.n, (const char *)s.p);
                }
                regex_free(r);
        }
        // All single characters below U+0080.
        for (int c = 0; c < 0x80; c++) {
                text[0] = (uint8_t)c;
                assert_int_equal(format_holds(FORMAT_HTTP_HEADER_NAME, slice_of(text, 1)),
                                 c > 0 && c != ':' &&
                                     strchr("!#$%&'*+,-.^_|~`0123456789abcdefghijklmnopqrstuvwxyz"
                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                            c) != NULL);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_email),         cmocka_unit_test(test_hostname),
                cmocka_unit_test(test_host_and_port), cmocka_unit_test(test_address),
                cmocka_unit_test(test_identifiers),   cmocka_unit_test(test_headers),
                cmocka_unit_test(test_bytes),         cmocka_unit_test(test_against_expressions),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

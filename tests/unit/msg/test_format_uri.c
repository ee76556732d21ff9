#include "hub/msg/regex.h"
#include "tests/unit/msg/format.h"

static void test_uri(void **state)
{
        (void)state;
        GOOD(FORMAT_URI, T("https://ioc.dongnai.gov.vn/phan-anh?ma=1#a"), T("a:"), T("a+b-c.1:x"),
             T("urn:isbn:0"), T("mailto:a@b"), T("file:///etc/hosts"), T("a:/"), T("a://"), T("a://:"),
             T("a://h:"), T("a://h:99999999"), T("a:b:c"), T("a:?"), T("a:#"), T("a:?#"), T("a:?/?:@"),
             T("a:#/?:@"), T("a:/b//c"), T("a:b//c"), T("a:%20%ff"), T("tel:+84-251-3822-501"));
        BAD(FORMAT_URI, T(""), T(":"), T(":a"), T("1a:b"), T("+a:b"), T("a"), T("a/b"), T("//h"), T("a b:c"),
            T("a:b c"), T("a:%"), T("a:%2"), T("a:%2g"), T("a:%g2"), T("a:[b]"), T("a:?["), T("a:#["),
            T("a:##"), T("a:#a#b"), T("a:\\b"), T("a:\"b\""), T("a:<b>"), T("a:b\n"), T("a:\0"), T("a:^"),
            T("a:{x}"), T("https://đồng-nai.vn/"), T("https://ioc.vn/phản-ánh"), T(" a:b"), T("a_b:c"));
}

static void test_authority(void **state)
{
        (void)state;
        GOOD(FORMAT_URI, T("a://u@h"), T("a://u:p:q@h:1"), T("a://@h"), T("a://:@:"), T("a://%40@h"),
             T("a://%ff@h"), T("a://h!$&'()*+,;=._~-"), T("a://256.256.256.256"), T("a://[::1]"),
             T("a://[::1]:8080/x"), T("a://[1:2:3:4:5:6:1.2.3.4]"), T("a://[v1.x]"), T("a://[VF.a:b]:1"),
             T("a://[fe80::1%25eth0]"), T("a://[fe80::1%25%e1%bb%9f]"), T("a://%e1%bb%9f.vn"),
             T("a://%C4%91.vn"), T("a:///@h"), T("a://?@h"));
        BAD(FORMAT_URI, T("a://u@v@h"), T("a://[u]@h"), T("a://h:8a"), T("a://h:-1"), T("a://::1"),
            T("a://[::1"), T("a://::1]"), T("a://[]"), T("a://[::1]x"), T("a://[::1]]"), T("a://[127.0.0.1]"),
            T("a://[v.x]"), T("a://[v1.]"), T("a://[v1x]"), T("a://[vg.x]"), T("a://[v1.%20]"),
            T("a://[fe80::1%eth0]"), T("a://[fe80::1%25]"), T("a://[fe80::1%25%]"), T("a://[fe80::1%25%ff]"),
            T("a://[fe80::1%25a!]"), T("a://h%"), T("a://h%2"), T("a://%"), T("a://^"), T("a://h h"),
            T("a://h\0"));
}

// What is percent-encoded in a host must be UTF-8, however it is cut.
static void test_encoded_host(void **state)
{
        (void)state;
        GOOD(FORMAT_URI, T("a://%00"), T("a://%7f"), T("a://%c2%80"), T("a://%df%bf"), T("a://%e0%a0%80"),
             T("a://%ed%9f%bf"), T("a://%f0%90%80%80"), T("a://%f4%8f%bf%bf"), T("a://%c4%91%e1%bb%93"));
        BAD(FORMAT_URI, T("a://%80"), T("a://%c2"), T("a://%c2x"), T("a://%c2x%80"), T("a://%c2%"),
            T("a://%c2%8"), T("a://%c0%80"), T("a://%c1%bf"), T("a://%e0%80%80"), T("a://%ed%a0%80"),
            T("a://%f0%80%80%80"), T("a://%f4%90%80%80"), T("a://%f5%80%80%80"), T("a://%ff"),
            T("a://%e1%bb"), T("a://%e1%bb:1"), T("a://%f0%90%80"));
}

static void test_reference(void **state)
{
        (void)state;
        GOOD(FORMAT_URI_REF, T(""), T("/"), T("a"), T("a/b:c"), T("./a:b"), T("//h"), T("//h:1/x"), T("?"),
             T("#"), T("?a#b"), T("../a"), T("a@b"), T("%20"), T("https://ioc.vn"), T("//"), T("/a//b"),
             T("a:b"), T("///"));
        BAD(FORMAT_URI_REF, T(":"), T(":a"), T("1a:b"), T("1:"), T(" "), T("a b"), T("%"), T("//["),
            T("//h:x"), T("\\"), T("//%ff"), T("[a]"), T("a\0"), T("phản-ánh"), T("a_b:c/d"));
}

#define PCHAR "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
#define PATH  "(?:" PCHAR "|/)*"
#define TAIL  "(?:\\?(?:" PCHAR "|[/?])*)?(?:#(?:" PCHAR "|[/?])*)?$"

// Without an authority, a URI is a regular expression.
static void test_against_expression(void **state)
{
        (void)state;
        struct buf why cleanup(buf_done);
        struct regex *uri, *reference, *authority;
        uint64_t seed = 20250303;
        uint8_t text[32];
        buf_init(&why);
        assert_int_equal(regex_new(BYTES("^[A-Za-z][A-Za-z0-9+.-]*:" PATH TAIL), &uri, &why), 0);
        assert_int_equal(regex_new(BYTES("^(?:(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})+(?:/" PATH
                                         ")?|/" PATH "|)" TAIL),
                                   &reference, &why),
                         0);
        assert_int_equal(regex_new(BYTES("^([^/?#]*:)?//"), &authority, &why), 0);
        for (int n = 0; n < 300000; n++) {
                struct slice s = random_text(&seed, "aZ1:/?#@%2f[", 12, text);
                if (regex_finds(authority, s))
                        continue;
                bool is_uri = regex_finds(uri, s);
                if (format_is_uri(s) != is_uri ||
                    format_is_uri_ref(s) != (is_uri || regex_finds(reference, s)))
                        fail_msg("`%.*s`", (int)s.n, (const char *)s.p);
        }
        regex_free(uri);
        regex_free(reference);
        regex_free(authority);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_uri),
                cmocka_unit_test(test_authority),
                cmocka_unit_test(test_encoded_host),
                cmocka_unit_test(test_reference),
                cmocka_unit_test(test_against_expression),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

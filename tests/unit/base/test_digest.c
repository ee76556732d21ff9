#include "tests/unit/base/unit.h"

#include <stdlib.h>

#include "hub/base/digest.h"

static void sha_hex(struct digest *d, struct slice s, char out[65])
{
        uint8_t sum[SHA256_SIZE];
        digest_sha256(d, s, sum);
        hex_encode(sum, sizeof(sum), out);
}

// FIPS 180-4 examples; one context for all.
static void test_sha256(void **state)
{
        (void)state;
        char hex[65];
        struct digest *d = digest_new();
        sha_hex(d, slice_of(NULL, 0), hex);
        assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        sha_hex(d, LIT("abc"), hex);
        assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        sha_hex(d, LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
        assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        assert_null(digest_free(d));
        assert_null(digest_free(NULL));
}

// The id by its definition: the length-prefixed parts joined, hashed in one go, cut to 16 bytes.
static void expect_id(struct digest *d, const struct slice *parts, size_t count)
{
        struct buf joined;
        uint8_t length[4], sum[SHA256_SIZE], id[ID_SIZE];
        buf_init(&joined);
        for (size_t i = 0; i < count; i++) {
                put_be32(length, (uint32_t)parts[i].n);
                buf_add(&joined, length, 4);
                buf_add_slice(&joined, parts[i]);
        }
        digest_sha256(d, buf_slice(&joined), sum);
        digest_id(d, parts, count, id);
        assert_memory_equal(id, sum, ID_SIZE);
        buf_done(&joined);
}

static void test_id_of_all_sizes(void **state)
{
        (void)state;
        struct digest *d = digest_new();
        static uint8_t bytes[3000];
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(i * 31);
        expect_id(d, NULL, 0);
        for (size_t n = 0; n < 1100; n++) {
                struct slice parts[] = { slice_of(bytes, n % 7), slice_of(bytes, n), slice_of(NULL, 0),
                                         slice_of(bytes + 1, 500 - n % 30), slice_of(bytes, 2 * n) };
                expect_id(d, parts, COUNT(parts));
        }
        digest_free(d);
}

// Frozen: ids are kept in tables and topics, they must never change.
static void test_id_is_frozen(void **state)
{
        (void)state;
        struct digest *d = digest_new();
        struct slice parts[] = { LIT("H10.07"), LIT("phan-anh"), LIT("a.csv"), LIT("1024") };
        uint8_t id[ID_SIZE];
        char hex[2 * ID_SIZE + 1];
        digest_id(d, parts, COUNT(parts), id);
        hex_encode(id, sizeof(id), hex);
        assert_string_equal(hex, "748ff769586cb7e5af08cae8c9bd5794");
        // The bounds between parts count.
        struct slice moved[] = { LIT("H10.07p"), LIT("han-anh"), LIT("a.csv"), LIT("1024") };
        uint8_t other[ID_SIZE];
        digest_id(d, moved, COUNT(moved), other);
        assert_memory_not_equal(id, other, ID_SIZE);
        digest_free(d);
}

static void test_hex(void **state)
{
        (void)state;
        uint8_t out[4] = { 1, 2, 3, 4 };
        char text[9];
        assert_int_equal(hex_decode("00fFaB7e", out, 4), 0);
        assert_memory_equal(out, "\x00\xff\xab\x7e", 4);
        hex_encode(out, 4, text);
        assert_string_equal(text, "00ffab7e");
        hex_encode(out, 0, text);
        assert_string_equal(text, "");
        assert_int_equal(hex_decode("", out, 0), 0);
        // Refused, and the output stays.
        const char *const bad[] = {
                "", "00ffab7", "00ffab7e0", "00ffab7g", " 0ffab7e", "0x0fab7e", "00ffab7:"
        };
        for (size_t i = 0; i < COUNT(bad); i++)
                assert_int_equal(hex_decode(bad[i], out, 4), 1);
        assert_memory_equal(out, "\x00\xff\xab\x7e", 4);
}

static void test_random(void **state)
{
        (void)state;
        uint8_t a[300] = { 0 }, b[300] = { 0 };
        random_bytes(a, sizeof(a));
        random_bytes(b, sizeof(b));
        assert_memory_not_equal(a, b, sizeof(a));
        random_bytes(a, 0);
}

// The vectors of Kafka's own UtilsTest.testMurmur2.
static void test_murmur2(void **state)
{
        (void)state;
        assert_int_equal((int32_t)murmur2(LIT("21")), -973932308);
        assert_int_equal((int32_t)murmur2(LIT("foobar")), -790332482);
        assert_int_equal((int32_t)murmur2(LIT("a-little-bit-long-string")), -985981536);
        assert_int_equal((int32_t)murmur2(LIT("a-little-bit-longer-string")), -1486304829);
        assert_int_equal((int32_t)murmur2(LIT("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")),
                         -58897971);
        assert_int_equal((int32_t)murmur2(LIT("abc")), 479470107);
}

static void test_base64(void **state)
{
        (void)state;
        static const char *const good[][2] = { { "", "" },
                                               { "Zg==", "f" },
                                               { "Zm8=", "fo" },
                                               { "Zm9v", "foo" },
                                               { "Zm9vYg==", "foob" },
                                               { "Zm9vYmE=", "fooba" },
                                               { "Zm9vYmFy", "foobar" } }; // RFC 4648, 10
        static const char *const bad[] = { "Z",    "Zg",     "Zg=",  "Zg==Zg==", "=",   "====",
                                           "Z===", "Zm9v\n", "Zm 9", "Zm9-",     "Z=9v" };
        struct buf out = { 0 };
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                buf_reset(&out);
                assert_int_equal(base64_decode(slice_str(good[i][0]), &out), 0);
                assert_true(slice_eq_str(buf_slice(&out), good[i][1]));
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                assert_int_equal(base64_decode(slice_str(bad[i]), &out), 1);
        buf_done(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_base64),
                cmocka_unit_test(test_sha256),
                cmocka_unit_test(test_id_of_all_sizes),
                cmocka_unit_test(test_id_is_frozen),
                cmocka_unit_test(test_hex),
                cmocka_unit_test(test_random),
                cmocka_unit_test(test_murmur2),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

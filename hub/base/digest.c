// SHA-256 through one EVP context that is initialised again for each message: fetching the algorithm costs
// more than hashing a short message, so it happens once.
#include "hub/base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

// libcrypto has a typedef by the name of one of err.h's codes; it goes by another name here.
#define ERR_STATE openssl_err_state
#include <openssl/evp.h>
#undef ERR_STATE

struct digest {
        EVP_MD *md;
        EVP_MD_CTX *ctx;
};

// Parts up to this size in all are joined first: one update costs less than several.
#define JOIN_MAX 512

struct digest *digest_new(void)
{
        struct digest *d = calloc(1, sizeof(*d));
        if (d == NULL)
                abort();
        d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
        d->ctx = EVP_MD_CTX_new();
        if (d->md == NULL || d->ctx == NULL)
                abort();
        return d;
}

struct digest *digest_free(struct digest *d)
{
        if (d) {
                EVP_MD_CTX_free(d->ctx);
                EVP_MD_free(d->md);
                free(d);
        }
        return NULL;
}

// The EVP calls fail only where libcrypto is broken; an id must never be made of anything else, hence abort.
static void begin(struct digest *d)
{
        if (EVP_DigestInit_ex2(d->ctx, d->md, NULL) != 1)
                abort();
}

static void update(struct digest *d, const void *p, size_t n)
{
        if (EVP_DigestUpdate(d->ctx, p, n) != 1)
                abort();
}

static void finish(struct digest *d, uint8_t out[SHA256_SIZE])
{
        if (EVP_DigestFinal_ex(d->ctx, out, NULL) != 1)
                abort();
}

void digest_sha256(struct digest *d, struct slice s, uint8_t out[SHA256_SIZE])
{
        begin(d);
        update(d, s.p, s.n);
        finish(d, out);
}

static void put_length(uint8_t *p, size_t n)
{
        if (n > UINT32_MAX)
                abort();
        put_be32(p, (uint32_t)n);
}

void digest_id(struct digest *d, const struct slice *parts, size_t count, uint8_t out[ID_SIZE])
{
        uint8_t joined[JOIN_MAX], full[SHA256_SIZE];
        size_t n = 0;
        begin(d);
        for (size_t i = 0; i < count; i++) {
                if (n + 4 > JOIN_MAX || parts[i].n > JOIN_MAX - n - 4) {
                        update(d, joined, n);
                        n = 0;
                }
                put_length(joined + n, parts[i].n);
                n += 4;
                if (parts[i].n > JOIN_MAX - n) {
                        update(d, joined, n);
                        update(d, parts[i].p, parts[i].n);
                        n = 0;
                } else if (parts[i].n) {
                        memcpy(joined + n, parts[i].p, parts[i].n);
                        n += parts[i].n;
                }
        }
        update(d, joined, n);
        finish(d, full);
        memcpy(out, full, ID_SIZE);
}

void hex_encode(const uint8_t *p, size_t n, char *out)
{
        static const char digits[] = "0123456789abcdef";
        for (size_t i = 0; i < n; i++) {
                *out++ = digits[p[i] >> 4];
                *out++ = digits[p[i] & 15];
        }
        *out = '\0';
}

// 16 where c is no digit.
static unsigned nibble(char c)
{
        if (c >= '0' && c <= '9')
                return (unsigned)(c - '0');
        if (c >= 'a' && c <= 'f')
                return (unsigned)(c - 'a') + 10;
        if (c >= 'A' && c <= 'F')
                return (unsigned)(c - 'A') + 10;
        return 16;
}

int hex_decode(const char *s, uint8_t *out, size_t n)
{
        if (strlen(s) != 2 * n)
                return 1;
        for (size_t i = 0; i < 2 * n; i++) {
                if (nibble(s[i]) == 16)
                        return 1;
        }
        for (size_t i = 0; i < n; i++)
                out[i] = (uint8_t)(nibble(s[2 * i]) << 4 | nibble(s[2 * i + 1]));
        return 0;
}

void random_bytes(void *p, size_t n)
{
        uint8_t *at = p;
        while (n > 0) {
                ssize_t got = getrandom(at, n, 0);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        abort();
                at += got;
                n -= (size_t)got;
        }
}

// org.apache.kafka.common.utils.Utils.murmur2: little-endian words whatever the machine.
uint32_t murmur2(struct slice s)
{
        const uint32_t m = 0x5bd1e995;
        uint32_t h = 0x9747b28c ^ (uint32_t)s.n;
        const uint8_t *p = s.p;
        size_t n = s.n;
        for (; n >= 4; p += 4, n -= 4) {
                uint32_t k =
                    (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
                k *= m;
                k ^= k >> 24;
                k *= m;
                h = h * m ^ k;
        }
        if (n > 0) {
                for (size_t i = 0; i < n; i++)
                        h ^= (uint32_t)p[i] << (8 * i);
                h *= m;
        }
        h ^= h >> 13;
        h *= m;
        return h ^ h >> 15;
}

static int base64_digit(uint8_t c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(struct slice s, struct buf *out)
{
        if (s.n % 4 != 0)
                return 1;
        for (size_t i = 0; i < s.n; i += 4) {
                bool last = i + 4 == s.n;
                size_t padding = !last || s.p[i + 3] != '=' ? 0 : s.p[i + 2] == '=' ? 2 : 1;
                uint32_t v = 0;
                for (size_t k = 0; k < 4; k++) {
                        int digit = k < 4 - padding ? base64_digit(s.p[i + k]) : 0;
                        if (digit < 0)
                                return 1;
                        v = v << 6 | (uint32_t)digit;
                }
                for (size_t k = 0; k < 3 - padding; k++)
                        buf_add_char(out, (char)(v >> (16 - 8 * k)));
        }
        return 0;
}

// SHA-256 (FIPS 180-4, by libcrypto) and the two ids derived from it.
#pragma once

#include "hub/base/buf.h"

#define SHA256_SIZE 32
#define ID_SIZE     16

// One context serves one thread; creating it is dear, using it is not.
struct digest;

struct digest *digest_new(void);
struct digest *digest_free(struct digest *d);
void digest_sha256(struct digest *d, struct slice s, uint8_t out[SHA256_SIZE]);
// First 16 bytes of SHA-256 over the parts, each preceded by its length as 4 bytes big-endian: message ids,
// event ids.
void digest_id(struct digest *d, const struct slice *parts, size_t count, uint8_t out[ID_SIZE]);

// Lower-case hexadecimal with a NUL; out holds 2 * n + 1.
void hex_encode(const uint8_t *p, size_t n, char *out);
// Returns 0, or 1 where s is not exactly n bytes in hexadecimal.
int hex_decode(const char *s, uint8_t *out, size_t n) must_check;
// Appends what the text stands for (RFC 4648, 4: with padding, without line ends). Returns 0, or 1 where it
// is not base64; out may have grown.
int base64_decode(struct slice s, struct buf *out) must_check;
// Cryptographically random bytes (getrandom).
void random_bytes(void *p, size_t n);
// murmur2 with the seed of Kafka's Java client, whose default partitioner is (hash & 0x7fffffff) %
// partitions.
uint32_t murmur2(struct slice s);

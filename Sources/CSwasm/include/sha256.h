/* SHA-256 (FIPS 180-4), with the processor's instructions where it has them. */
#ifndef SWASM_SHA256_H
#define SWASM_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SWASM_SHA256_BLOCK = 64, SWASM_SHA256_DIGEST = 32 };

struct swasm_sha256 {
  uint32_t state[8];
  uint64_t length; /* bytes so far */
  uint8_t rest[SWASM_SHA256_BLOCK];
  uint32_t portable; /* nonzero: without the processor's instructions */
};

void swasm_sha256_begin(struct swasm_sha256 *hash);
void swasm_sha256_add(struct swasm_sha256 *hash, const void *bytes, size_t count);
void swasm_sha256_end(struct swasm_sha256 *hash, uint8_t digest[SWASM_SHA256_DIGEST]);

/* Nonzero when a and b are the same; takes the same time wherever they differ. */
int swasm_equal_digests(const uint8_t a[SWASM_SHA256_DIGEST], const uint8_t b[SWASM_SHA256_DIGEST]);

#endif

#include "sha256.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
  for (; blocks > 0; blocks--, bytes += SWASM_SHA256_BLOCK) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
      uint32_t word;
      memcpy(&word, bytes + 4 * i, sizeof word);
      w[i] = __builtin_bswap32(word);
    }
    for (int i = 16; i < 64; i++) {
      const uint32_t a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
             (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    uint32_t v[8];
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 64; i++) {
      const uint32_t a = v[0], e = v[4];
      const uint32_t one = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                           ((e & v[5]) ^ (~e & v[6])) + constants[i] + w[i];
      const uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                           ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      memmove(v + 1, v, 7 * sizeof *v);
      v[0] = one + two;
      v[4] += one;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
  }
}

/* Four rounds an iteration. The instructions want the state as ABEF and CDGH. */
__attribute__((target("sha,sse4.1,ssse3"))) static void compress_by_instruction(
  uint32_t state[8], const uint8_t *bytes, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i dcba = _mm_loadu_si128((const __m128i *)state);
  const __m128i hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
  const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; blocks > 0; blocks--, bytes += SWASM_SHA256_BLOCK) {
    const __m128i old_abef = abef, old_cdgh = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), swap);
    for (int i = 0; i < 16; i++) {
      const __m128i now = w[i & 3];
      const __m128i sum =
        _mm_add_epi32(now, _mm_loadu_si128((const __m128i *)(constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      if (i >= 12) continue;
      /* The words of the round after the next three. */
      const __m128i next = w[(i + 1) & 3], last = w[(i + 3) & 3];
      const __m128i part = _mm_add_epi32(
        _mm_sha256msg1_epu32(now, next), _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
      w[i & 3] = _mm_sha256msg2_epu32(part, last);
    }
    abef = _mm_add_epi32(abef, old_abef);
    cdgh = _mm_add_epi32(cdgh, old_cdgh);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static int ask_for_instructions(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & 1u << 29)) return 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 19) && (c & 1u << 9);
}

static int has_instructions(void) {
  /* In a virtual machine every cpuid is a trip to the hypervisor. */
  static _Atomic int known = -1;
  if (known < 0) known = ask_for_instructions();
  return known;
}

static void take(struct swasm_sha256 *hash, const uint8_t *bytes, size_t blocks) {
  if (hash->portable)
    compress(hash->state, bytes, blocks);
  else
    compress_by_instruction(hash->state, bytes, blocks);
}

void swasm_sha256_begin(struct swasm_sha256 *hash) {
  *hash = (struct swasm_sha256){
    .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
              0x5be0cd19},
    .portable = !has_instructions(),
  };
}

void swasm_sha256_add(struct swasm_sha256 *hash, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  const size_t held = hash->length % SWASM_SHA256_BLOCK;
  hash->length += count;
  if (held > 0) {
    const size_t room = SWASM_SHA256_BLOCK - held;
    const size_t taken = count < room ? count : room;
    memcpy(hash->rest + held, next, taken);
    if (taken < room) return;
    take(hash, hash->rest, 1);
    next += taken;
    count -= taken;
  }
  take(hash, next, count / SWASM_SHA256_BLOCK);
  const size_t left = count % SWASM_SHA256_BLOCK;
  if (left > 0) memcpy(hash->rest, next + (count - left), left);
}

void swasm_sha256_end(struct swasm_sha256 *hash, uint8_t digest[SWASM_SHA256_DIGEST]) {
  const uint64_t bits = __builtin_bswap64(hash->length * 8);
  const size_t held = hash->length % SWASM_SHA256_BLOCK;
  uint8_t padding[SWASM_SHA256_BLOCK] = {0x80};
  swasm_sha256_add(hash, padding, held < 56 ? 56 - held : 120 - held);
  swasm_sha256_add(hash, &bits, sizeof bits);
  for (int i = 0; i < 8; i++) {
    const uint32_t word = __builtin_bswap32(hash->state[i]);
    memcpy(digest + 4 * i, &word, sizeof word);
  }
}

int swasm_equal_digests(const uint8_t a[SWASM_SHA256_DIGEST], const uint8_t b[SWASM_SHA256_DIGEST]) {
  uint8_t difference = 0;
  for (int i = 0; i < SWASM_SHA256_DIGEST; i++) difference |= a[i] ^ b[i];
  return difference == 0;
}

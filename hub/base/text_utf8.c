// Is a text well-formed UTF-8, and does it hold NUL: asked of every string of every message, so it must not
// cost a branch a byte: where the processor has SSSE3, 16 bytes are judged at once.
#include "hub/base/text.h"

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

struct verdict {
        bool utf8, nul;
};

static struct verdict judge_bytes(struct slice s)
{
        return (struct verdict){ text_utf8_prefix(s) == s.n, text_has_nul(s) };
}

#ifdef __x86_64__

// The method of John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte"
// (2020): three tables, asked by the halves of a byte and by the upper half of the next, each name the
// mistakes that are still possible; a mistake that all three name was made.
enum {
        TOO_SHORT = 1 << 0,  // a leading byte, then no continuation
        TOO_LONG = 1 << 1,   // ASCII, then a continuation
        OVERLONG_3 = 1 << 2, // e0, then 80 to 9f
        TOO_LARGE = 1 << 3,  // above U+10FFFF: f4 and more, then 90 to bf
        SURROGATE = 1 << 4,  // ed, then a0 to bf
        OVERLONG_2 = 1 << 5, // c0 or c1
        OVERLONG_4 = 1 << 6, // f0, then 80 to 8f
        BEYOND = 1 << 6,     // f5 and more, then 80 to 8f
        TWO = -128, // a continuation after a continuation: right behind e0 and f0, where it is taken back
        ANY = TOO_SHORT | TOO_LONG | TWO,
};

#define SSSE3 __attribute__((target("ssse3")))

struct block {
        __m128i former; // the 16 bytes before
        __m128i errors;
};

SSSE3 static inline __m128i upper_half(__m128i v)
{
        return _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(0x0f));
}

SSSE3 static inline void judge_block(struct block *b, __m128i now)
{
        const __m128i first_high =
            _mm_setr_epi8(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TWO,
                          TWO, TWO, TWO, TOO_SHORT | OVERLONG_2, TOO_SHORT,
                          TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | OVERLONG_4);
        const __m128i first_low = _mm_setr_epi8(
            ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4, ANY | OVERLONG_2, ANY, ANY, ANY | TOO_LARGE,
            ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND,
            ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND,
            ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND | SURROGATE,
            ANY | TOO_LARGE | BEYOND, ANY | TOO_LARGE | BEYOND);
        const __m128i second_high = _mm_setr_epi8(
            TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
            TOO_LONG | TWO | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
            TOO_LONG | TWO | OVERLONG_2 | OVERLONG_3 | TOO_LARGE,
            TOO_LONG | TWO | OVERLONG_2 | SURROGATE | TOO_LARGE,
            TOO_LONG | TWO | OVERLONG_2 | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT);
        __m128i one = _mm_alignr_epi8(now, b->former, 15);
        __m128i two = _mm_alignr_epi8(now, b->former, 14), three = _mm_alignr_epi8(now, b->former, 13);
        __m128i mistakes =
            _mm_and_si128(_mm_and_si128(_mm_shuffle_epi8(first_high, upper_half(one)),
                                        _mm_shuffle_epi8(first_low, _mm_and_si128(one, _mm_set1_epi8(0x0f)))),
                          _mm_shuffle_epi8(second_high, upper_half(now)));
        // The third byte behind e0 and more, and the fourth behind f0 and more, must be a second
        // continuation.
        __m128i wanted = _mm_or_si128(_mm_subs_epu8(two, _mm_set1_epi8(0xe0 - 0x80)),
                                      _mm_subs_epu8(three, _mm_set1_epi8((char)(0xf0 - 0x80))));
        wanted = _mm_and_si128(wanted, _mm_set1_epi8((char)0x80));
        b->errors = _mm_or_si128(b->errors, _mm_xor_si128(mistakes, wanted));
}

SSSE3 static inline __m128i load16(const uint8_t *p)
{
        return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint64_t load8(const uint8_t *p)
{
        uint64_t v;
        memcpy(&v, p, 8);
        return v;
}

// Up to 7 bytes, zeros behind them; loads may overlap.
static inline uint64_t load_few(const uint8_t *p, size_t n)
{
        uint32_t low, high;
        if (n == 0)
                return 0;
        if (n < 4)
                return p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1);
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        return low | (uint64_t)high << 8 * (n - 4);
}

// The last bytes of a text with zeros behind them: what is cut off is then too short.
SSSE3 static inline __m128i last_block(struct slice s, size_t left)
{
        static const uint8_t moves[32] = { 0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
                                           11,   12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                           0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 };
        if (s.n >= 16)
                return _mm_shuffle_epi8(load16(s.p + s.n - 16), load16(moves + 16 - left));
        return _mm_set_epi64x((int64_t)(left > 8 ? load8(s.p + left - 8) >> 8 * (16 - left) : 0),
                              (int64_t)(left < 8 ? load_few(s.p, left) : load8(s.p)));
}

SSSE3 static struct verdict judge_blocks(struct slice s)
{
        struct block b = { .former = _mm_setzero_si128(), .errors = _mm_setzero_si128() };
        const __m128i zero = _mm_setzero_si128();
        __m128i zeros = zero;
        size_t i = 0, left = s.n % 16;
        for (; i + 16 <= s.n; i += 16) {
                __m128i now = load16(s.p + i);
                zeros = _mm_or_si128(zeros, _mm_cmpeq_epi8(now, zero));
                // ASCII behind a text that ended needs no look.
                if ((_mm_movemask_epi8(now) | (_mm_movemask_epi8(b.former) & 0xe000)) != 0)
                        judge_block(&b, now);
                b.former = now;
        }
        __m128i last = last_block(s, left);
        unsigned nuls = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(last, zero)) & ((1u << left) - 1);
        judge_block(&b, last);
        return (struct verdict){ _mm_movemask_epi8(_mm_cmpeq_epi8(b.errors, zero)) == 0xffff,
                                 nuls != 0 || _mm_movemask_epi8(zeros) != 0 };
}

static inline struct verdict judge(struct slice s)
{
        return __builtin_cpu_supports("ssse3") ? judge_blocks(s) : judge_bytes(s);
}
#else
static inline struct verdict judge(struct slice s)
{
        return judge_bytes(s);
}
#endif

bool text_is_utf8(struct slice s)
{
        return judge(s).utf8;
}

bool text_is_clean(struct slice s)
{
        struct verdict v = judge(s);
        return v.utf8 && !v.nul;
}

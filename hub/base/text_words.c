// Names people write, as names programs take: `Mã hồ sơ` becomes ma_ho_so. Latin letters lose their marks, be
// they composed or written behind the letter (NFD, as macOS and some exports write); everything else parts
// words.
#include "hub/base/text.h"

// U+00C0 to U+017F, one letter each; '_' is no letter.
static const char latin[] = "aaaaaaaceeeeiiiidnooooo_ouuuuytsaaaaaaaceeeeiiiidnooooo_ouuuuyty"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll"
                            "nnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof(latin) == 0x180 - 0xc0 + 1, "one letter for each code point");

// Vietnamese letters of U+1EA0 to U+1EF9: the first code point behind each base letter.
static const struct {
        uint32_t end;
        char letter;
} vietnamese[] = { { 0x1eb8, 'a' }, { 0x1ec8, 'e' }, { 0x1ecc, 'i' },
                   { 0x1ee4, 'o' }, { 0x1ef2, 'u' }, { 0x1efa, 'y' } };

enum letter_class { NO_LETTER, LOWER, UPPER, OTHER_LETTER, DIGIT, MARK };

struct sign {
        char c; // as ASCII, lower case
        enum letter_class class;
};

static char base_letter(uint32_t u)
{
        if (u >= 0xc0 && u < 0x180)
                return latin[u - 0xc0] == '_' ? 0 : latin[u - 0xc0];
        if (u == 0x1a0 || u == 0x1a1)
                return 'o';
        if (u == 0x1af || u == 0x1b0 || u == 0xb5 || u == 0x3bc) // µ of units is written u
                return 'u';
        for (size_t i = 0; u >= 0x1ea0 && i < sizeof(vietnamese) / sizeof(*vietnamese); i++) {
                if (u < vietnamese[i].end)
                        return vietnamese[i].letter;
        }
        return 0;
}

static struct sign sign_of(uint32_t u)
{
        if (u >= 'a' && u <= 'z')
                return (struct sign){ (char)u, LOWER };
        if (u >= 'A' && u <= 'Z')
                return (struct sign){ (char)(u | 0x20), UPPER };
        if (u >= '0' && u <= '9')
                return (struct sign){ (char)u, DIGIT };
        if (u == 0xb2 || u == 0xb3)
                return (struct sign){ (char)('2' + (u - 0xb2)), DIGIT };
        if (u >= 0x300 && u < 0x370)
                return (struct sign){ 0, MARK };
        char c = base_letter(u);
        return (struct sign){ c, c ? OTHER_LETTER : NO_LETTER };
}

// The next code point of well-formed UTF-8; *s moves behind it.
static uint32_t next_point(struct slice *s)
{
        uint8_t first = s->p[0];
        size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        uint32_t u = n == 1 ? first : first & (0x7fu >> n);
        for (size_t i = 1; i < n && i < s->n; i++)
                u = u << 6 | (s->p[i] & 0x3fu);
        n = n < s->n ? n : s->n;
        s->p += n;
        s->n -= n;
        return u;
}

// The class of the letter at the front, marks passed over.
static enum letter_class peek(struct slice *s)
{
        while (s->n) {
                enum letter_class class = sign_of(next_point(s)).class;
                if (class != MARK)
                        return class;
        }
        return NO_LETTER;
}

// submittedPhoto and HTTPServer are two words; IDs is one.
static bool new_word(enum letter_class before, enum letter_class now, struct slice rest)
{
        if (now != UPPER)
                return false;
        if (before == LOWER)
                return true;
        return before == UPPER && peek(&rest) == LOWER && peek(&rest) == LOWER;
}

void text_words(struct buf *out, struct slice s, char joiner)
{
        enum letter_class before = NO_LETTER;
        size_t start = out->n;
        bool parted = false;
        while (s.n) {
                struct sign sign = sign_of(next_point(&s));
                if (sign.class == MARK)
                        continue;
                parted |= sign.class == NO_LETTER || new_word(before, sign.class, s);
                before = sign.class;
                if (sign.class == NO_LETTER)
                        continue;
                if (parted && out->n > start)
                        buf_add_char(out, joiner);
                parted = false;
                buf_add_char(out, sign.c);
        }
}

// UTF-8 and names. Most text is ASCII with Vietnamese between: ASCII is passed in steps, the rest is decided
// by the lead byte and the bounds of its second byte (RFC 3629, section 4): once with branches, which tells
// where it goes wrong, and once without, for the path of every message.
#include "hub/base/text.h"

#define HIGH_BITS 0x8080808080808080ULL

#define DISTANCE_MAX 64
#define AGENCY_MAX   35
#define DATASET_MAX  48

// Length of the well-formed sequence at p, 0 where there is none; n >= 1 bytes are left.
static size_t sequence(const uint8_t *p, size_t n)
{
        uint8_t lead = p[0], least = 0x80, most = 0xbf;
        size_t length;
        if (lead < 0x80)
                return 1;
        if (lead < 0xc2 || lead > 0xf4)
                return 0;
        if (lead < 0xe0) {
                length = 2;
        } else if (lead < 0xf0) {
                length = 3;
                if (lead == 0xe0)
                        least = 0xa0; // overlong
                else if (lead == 0xed)
                        most = 0x9f; // surrogates
        } else {
                length = 4;
                if (lead == 0xf0)
                        least = 0x90; // overlong
                else if (lead == 0xf4)
                        most = 0x8f; // above U+10FFFF
        }
        if (n < length || p[1] < least || p[1] > most)
                return 0;
        for (size_t i = 2; i < length; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        }
        return length;
}

size_t text_utf8_prefix(struct slice s)
{
        size_t i = 0;
        while (i < s.n) {
                uint64_t word;
                while (s.n - i >= 8 && (memcpy(&word, s.p + i, 8), (word & HIGH_BITS) == 0))
                        i += 8;
                if (i == s.n)
                        break;
                size_t length = sequence(s.p + i, s.n - i);
                if (length == 0)
                        return i;
                i += length;
        }
        return i;
}

bool text_has_nul(struct slice s)
{
        return s.n > 0 && memchr(s.p, 0, s.n) != NULL;
}

size_t text_length(struct slice s)
{
        // Continuation bytes are 10xxxxxx: count them eight at a time.
        size_t i = 0, continuations = 0;
        for (; s.n - i >= 8; i += 8) {
                uint64_t word;
                memcpy(&word, s.p + i, 8);
                continuations += (size_t)__builtin_popcountll(word & ~(word << 1) & HIGH_BITS);
        }
        for (; i < s.n; i++)
                continuations += (s.p[i] & 0xc0) == 0x80;
        return s.n - continuations;
}

static void show_control(struct buf *out, unsigned c)
{
        if (c == '\n')
                buf_add_str(out, "\\n");
        else if (c == '\r')
                buf_add_str(out, "\\r");
        else if (c == '\t')
                buf_add_str(out, "\\t");
        else
                buf_printf(out, "\\u%04x", c);
}

void text_show(struct buf *out, struct slice s, size_t max, const char *also)
{
        for (size_t i = 0; i < s.n;) {
                size_t length = sequence(s.p + i, s.n - i);
                if (i + (length ? length : 1) > max) {
                        buf_add_str(out, "\u2026");
                        return;
                }
                uint8_t c = s.p[i];
                if (length == 0) {
                        buf_add_str(out, "\ufffd");
                        length = 1;
                } else if (c < 0x20 || c == 0x7f) {
                        show_control(out, c);
                } else if (c == 0xc2 && s.p[i + 1] < 0xa0) {
                        show_control(out, s.p[i + 1]);
                } else {
                        if (length == 1 && strchr(also, c))
                                buf_add_char(out, '\\');
                        buf_add(out, s.p + i, length);
                }
                i += length;
        }
}

size_t text_distance(const char *a, const char *b)
{
        size_t row[DISTANCE_MAX + 1];
        size_t a_n = strlen(a), b_n = strlen(b);
        if (a_n > DISTANCE_MAX || b_n > DISTANCE_MAX)
                return SIZE_MAX;
        for (size_t j = 0; j <= b_n; j++)
                row[j] = j;
        for (size_t i = 1; i <= a_n; i++) {
                size_t diagonal = row[0];
                row[0] = i;
                for (size_t j = 1; j <= b_n; j++) {
                        size_t best = diagonal + (a[i - 1] != b[j - 1]);
                        if (row[j] + 1 < best)
                                best = row[j] + 1;
                        if (row[j - 1] + 1 < best)
                                best = row[j - 1] + 1;
                        diagonal = row[j];
                        row[j] = best;
                }
        }
        return row[b_n];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
        size_t limit = strlen(word) / 3;
        size_t best = (limit ? limit : 1) + 1;
        const char *nearest = NULL;
        for (size_t i = 0; i < count; i++) {
                size_t distance = text_distance(word, candidates[i]);
                if (distance < best) {
                        best = distance;
                        nearest = candidates[i];
                }
        }
        return nearest;
}

bool text_is_agency(struct slice s)
{
        if (s.n == 0 || s.n > AGENCY_MAX || s.p[s.n - 1] == '.')
                return false;
        bool group = false; // a character of the current group was seen
        for (size_t i = 0; i < s.n; i++) {
                uint8_t c = s.p[i];
                bool dot = c == '.';
                if (dot ? !group : !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')))
                        return false;
                group = !dot;
        }
        return true;
}

bool text_is_dataset(struct slice s)
{
        if (s.n == 0 || s.n > DATASET_MAX || s.p[0] < 'a' || s.p[0] > 'z' || s.p[s.n - 1] == '-')
                return false;
        for (size_t i = 1; i < s.n; i++) {
                uint8_t c = s.p[i];
                if (c == '-' ? s.p[i - 1] == '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')))
                        return false;
        }
        return true;
}

// Text as sources write it: white space around it, numbers with group signs, decimal commas and units.
#include "hub/base/text.h"

struct slice text_trim(struct slice s)
{
        for (;;) {
                if (s.n && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
                        s.p++, s.n--;
                else if (s.n > 1 && s.p[0] == 0xc2 && s.p[1] == 0xa0)
                        s.p += 2, s.n -= 2;
                else
                        break;
        }
        for (;;) {
                if (s.n && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
                        s.n--;
                else if (s.n > 1 && s.p[s.n - 2] == 0xc2 && s.p[s.n - 1] == 0xa0)
                        s.n -= 2;
                else
                        break;
        }
        return s;
}

static bool is_digit(uint8_t c)
{
        return c >= '0' && c <= '9';
}

int text_plain_number(const struct number_form *f, struct slice text, char out[TEXT_NUMBER],
                      struct slice *number)
{
        if (f->unit.n && text.n > f->unit.n && memcmp(text.p + text.n - f->unit.n, f->unit.p, f->unit.n) == 0)
                text = text_trim(slice_of(text.p, text.n - f->unit.n));
        if (f->decimal == 0 && f->thousands == 0) {
                *number = text;
                return 0;
        }
        if (text.n >= TEXT_NUMBER)
                return 1;
        char decimal = f->decimal ? f->decimal : '.';
        size_t n = 0, digits = 0;
        bool grouped = false, whole = true;
        for (size_t i = 0; i < text.n; i++) {
                char c = (char)text.p[i];
                if (whole && f->thousands && c == f->thousands) {
                        if (digits == 0 || digits > 3 || (grouped && digits != 3))
                                return 1;
                        grouped = true;
                        digits = 0;
                        continue;
                }
                if (whole && !is_digit((uint8_t)c) && !(n == 0 && c == '-')) {
                        if (grouped && digits != 3)
                                return 1;
                        whole = false;
                        if (c == decimal)
                                c = '.';
                        else if (c == '.')
                                return 1;
                }
                digits += is_digit((uint8_t)c);
                out[n++] = c;
        }
        if (whole && grouped && digits != 3)
                return 1;
        *number = slice_of(out, n);
        return 0;
}

struct slice text_whole_number(struct slice s)
{
        size_t n = s.n;
        while (n > 0 && s.p[n - 1] == '0')
                n--;
        if (n > 1 && n < s.n && s.p[n - 1] == '.' && is_digit(s.p[n - 2]))
                s.n = n - 1;
        return s;
}

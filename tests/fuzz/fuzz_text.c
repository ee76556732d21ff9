// Text from outside: two ways to decide UTF-8 agree; what is accepted as a number or an instant reads back
// from our own writing of it; what is shown or written as JSON is printable UTF-8.
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/json.h"
#include "hub/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
        if (!holds)
                abort();
}

static void check_numbers(struct slice s)
{
        char text[TEXT_DOUBLE];
        int64_t i;
        uint64_t u;
        double d, back;
        if (text_int64(s, &i) == 0) {
                // The double of the same text is the same number, as far as it holds it.
                must(text_double(s, &d) == 0);
                must(d == (double)i);
        }
        if (text_uint64(s, &u) == 0 && u <= INT64_MAX)
                must(text_int64(s, &i) == 0 && (uint64_t)i == u);
        if (text_double(s, &d) == 0) {
                size_t n = text_format_double(d, text);
                must(text_double(slice_of(text, n), &back) == 0 && memcmp(&d, &back, sizeof(d)) == 0);
        }
}

static void check_instant(struct slice s)
{
        char text[INSTANT_TEXT];
        int64_t at, back;
        if (instant_parse(s, &at) != 0)
                return;
        size_t n = instant_format(at, text);
        must(instant_parse(slice_of(text, n), &back) == 0 && back == at);
}

static void check_printable(struct slice s)
{
        must(text_is_utf8(s));
        for (size_t i = 0; i < s.n; i++)
                must(s.p[i] >= 0x20 && s.p[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct slice s = slice_of(data, size);
        struct buf out;
        struct json j;
        buf_init(&out);
        must(text_is_utf8(s) == (text_utf8_prefix(s) == s.n));
        must(text_length(s) <= s.n);
        if (text_is_agency(s) || text_is_dataset(s))
                must(text_is_utf8(s) && !text_has_nul(s));
        check_numbers(s);
        check_instant(s);
        text_show(&out, s, 200, "\"\\");
        check_printable(buf_slice(&out));
        buf_reset(&out);
        json_init(&j, &out, false);
        json_array(&j);
        json_slice(&j, s);
        json_base64(&j, s);
        json_hex(&j, s);
        json_end_array(&j);
        check_printable(buf_slice(&out));
        buf_done(&out);
        return 0;
}

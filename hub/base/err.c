// Errors are filled in place, never allocated, so that running out of anything can still be reported.
#include "hub/base/err.h"

#include <stdio.h>
#include <string.h>

// Cuts what vsnprintf cut at a byte back to a whole code point, and takes newlines off the end (libpq adds
// them).
static void tidy(char *text, size_t size, int wanted)
{
        size_t n = strlen(text);
        if (wanted >= (int)size) {
                while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
                        n--;
                if (n > 0 && (unsigned char)text[n - 1] >= 0xc0)
                        n--;
        }
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == ' '))
                n--;
        text[n] = '\0';
}

int err_set(struct err *e, enum err_code code, const char *format, ...)
{
        if (e == NULL)
                return -1;
        // By way of a copy: the arguments may point into e->text.
        char text[sizeof(e->text)];
        va_list args;
        va_start(args, format);
        int wanted = vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        tidy(text, sizeof(text), wanted);
        *e = (struct err){ .code = code };
        memcpy(e->text, text, sizeof(text));
        return -1;
}

int err_prefix(struct err *e, const char *format, ...)
{
        if (e == NULL)
                return -1;
        char text[sizeof(e->text)];
        va_list args;
        va_start(args, format);
        int n = vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        if (n >= 0 && n < (int)sizeof(text))
                n += snprintf(text + n, sizeof(text) - (size_t)n, ": %s", e->text);
        tidy(text, sizeof(text), n);
        memcpy(e->text, text, sizeof(text));
        return -1;
}

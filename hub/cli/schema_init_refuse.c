// What is no CSV in UTF-8 is refused by its name, with the way to make one of it.
#include "hub/base/text.h"
#include "hub/cli/schema_init.h"

struct magic {
        const char *bytes;
        size_t n;
        const char *what;
};

static const struct magic magics[] = {
        { "PK\x03\x04", 4,
          "is an Excel workbook (or another zip archive); save it in Excel as `CSV UTF-8 (Comma "
          "delimited)`" },
        { "\xd0\xcf\x11\xe0", 4, "is an old Excel workbook (.xls); save it in Excel as `CSV UTF-8`" },
        { "%PDF", 4, "is a PDF document, not a CSV file" },
        { "<", 1, "looks like XML or HTML, not like a CSV file" },
        { "{", 1, "looks like JSON, not like a CSV file" },
        { "[", 1, "looks like JSON, not like a CSV file" },
        { "sep=", 4, "begins with `sep=`, a line for Excel alone; delete that line" },
};

static bool among(uint8_t c, const char *list)
{
        return c != 0 && strchr(list, c) != NULL;
}

// Marks of tone behind a letter are CP1258; letters of their own below 0xc0 are TCVN3.
static const char *encoding_of(struct slice s)
{
        static const char vowels[] = "aeiouyAEIOUY\xe2\xea\xf4\xe3\xf5\xfd\xc2\xca\xd4\xc3\xd5\xdd";
        size_t cp1258 = 0, tcvn3 = 0;
        for (size_t i = 1; i < s.n; i++) {
                uint8_t c = s.p[i];
                bool marked = among(s.p[i - 1], vowels) && among(c, "\xcc\xd2\xde\xec\xf2");
                cp1258 += marked || c == 0xf0 || c == 0xd0;
                tcvn3 += c >= 0xa1 && c <= 0xbf;
        }
        if (cp1258 == 0 && tcvn3 == 0)
                return "WINDOWS-1252";
        return tcvn3 > cp1258 ? "TCVN" : "CP1258";
}

static int refuse_encoding(const char *path, uint64_t line, struct slice s)
{
        const char *name = encoding_of(s);
        return cli_refuse(
            EXIT_ABSENT,
            "%s:%llu: is not UTF-8; it looks like %s%s: save it as UTF-8, or convert it: iconv -f %s -t "
            "UTF-8 '%s' >utf8.csv",
            path, (unsigned long long)line, name, strcmp(name, "TCVN") == 0 ? " (TCVN3, ABC fonts)" : "",
            name, path);
}

static uint64_t line_of(struct slice s, size_t at)
{
        uint64_t line = 1;
        for (size_t i = 0; i < at; i++)
                line += s.p[i] == '\n';
        return line;
}

static struct slice around(struct slice s, size_t at)
{
        size_t from = at > 256 ? at - 256 : 0;
        return slice_of(s.p + from, s.n - from < 4096 ? s.n - from : 4096);
}

int refuse_bytes(const char *path, struct slice start)
{
        if (start.n == 0)
                return cli_refuse(EXIT_ABSENT, "%s: the file is empty", path);
        if (start.n >= 2 && (memcmp(start.p, "\xff\xfe", 2) == 0 || memcmp(start.p, "\xfe\xff", 2) == 0))
                return cli_refuse(
                    EXIT_ABSENT,
                    "%s: is UTF-16; save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 '%s' "
                    ">utf8.csv",
                    path, path);
        for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
                if (start.n >= magics[i].n && memcmp(start.p, magics[i].bytes, magics[i].n) == 0)
                        return cli_refuse(EXIT_ABSENT, "%s: %s", path, magics[i].what);
        }
        const uint8_t *nul = memchr(start.p, 0, start.n);
        if (nul)
                return cli_refuse(
                    EXIT_ABSENT,
                    "%s:%llu: holds a NUL byte, so it is no text (or it is UTF-16 without a mark); save "
                    "it as CSV UTF-8",
                    path, (unsigned long long)line_of(start, (size_t)(nul - start.p)));
        size_t good = text_utf8_prefix(start);
        // The last character may be cut by the block's end.
        if (good + 4 <= start.n)
                return refuse_encoding(path, line_of(start, good), around(start, good));
        return EXIT_DONE;
}

int refuse_row(const char *path, uint64_t line, struct slice row)
{
        if (text_has_nul(row))
                return cli_refuse(EXIT_ABSENT, "%s:%llu: the row holds a NUL byte; is the file damaged?",
                                  path, (unsigned long long)line);
        size_t good = text_utf8_prefix(row);
        if (good < row.n)
                return refuse_encoding(path, line, around(row, good));
        return EXIT_DONE;
}

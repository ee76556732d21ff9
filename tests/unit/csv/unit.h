// Helpers of the csv tests: files in a folder of the test's own.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/buf.h"

#define UNUSED __attribute__((unused))

UNUSED static char folder[64];

UNUSED static void make_folder(void)
{
        snprintf(folder, sizeof(folder), "/tmp/iochub-csv-XXXXXX");
        assert_non_null(mkdtemp(folder));
}

UNUSED static void remove_folder(void)
{
        char command[128];
        snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        assert_int_equal(system(command), 0);
}

UNUSED static void put(const char *name, const char *mode, const void *bytes, size_t n)
{
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        FILE *f = fopen(path, mode);
        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
}

UNUSED static void write_text(const char *name, const char *text)
{
        put(name, "wb", text, strlen(text));
}

UNUSED static void append_text(const char *name, const char *text)
{
        put(name, "ab", text, strlen(text));
}

UNUSED static void remove_file(const char *name)
{
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        assert_int_equal(unlink(path), 0);
}

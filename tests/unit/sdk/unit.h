// Helpers of the sdk tests: a folder of the test's own, and schemas compiled by protoc from text in the test.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/msg/schema.h"

#define UNUSED __attribute__((unused))

UNUSED static char folder[64];

UNUSED static void make_folder(void)
{
        snprintf(folder, sizeof(folder), "/tmp/iochub-sdk-XXXXXX");
        assert_non_null(mkdtemp(folder));
}

UNUSED static void remove_folder(void)
{
        char command[128];
        snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        assert_int_equal(system(command), 0);
}

UNUSED static const char *in_folder(const char *name)
{
        static char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

UNUSED static void write_text(const char *name, const char *text)
{
        FILE *f = fopen(in_folder(name), "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
        assert_int_equal(fclose(f), 0);
}

// To be freed.
UNUSED static char *read_text(const char *name, size_t *n)
{
        FILE *f = fopen(in_folder(name), "rb");
        assert_non_null(f);
        char *text = malloc(1024 * 1024);
        *n = fread(text, 1, 1024 * 1024 - 1, f);
        text[*n] = '\0';
        fclose(f);
        return text;
}

// Message t.M of a .proto text.
UNUSED static struct schema *load_schema(const char *proto)
{
        char command[1024];
        size_t n;
        write_text("t.proto", proto);
        snprintf(
            command, sizeof(command),
            "cd '%s' && protoc -I. -I'%s/schemas' --include_imports --include_source_info -ot.desc t.proto",
            folder, SOURCE_DIR);
        assert_int_equal(system(command), 0);
        char *set = read_text("t.desc", &n);
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        if (schema_load(slice_of(set, n), "t.M", &s, &problems) != 0)
                fail_msg("%s", buf_cstr(&problems));
        buf_done(&problems);
        free(set);
        return s;
}

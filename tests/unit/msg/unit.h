// Helpers of the message tests: schemas are written in the test as .proto text and compiled by protoc;
// protoc's own encoder and decoder are the reference.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/json.h"
#include "hub/msg/envelope.h"
#include "hub/msg/notice.h"
#include "hub/msg/schema.h"
#include "hub/msg/validate.h"
#include "hub/msg/wire.h"

#define UNUSED   __attribute__((unused))
#define BYTES(s) slice_of(s, sizeof(s) - 1)

struct bytes {
        uint8_t *p;
        size_t n;
};

UNUSED static struct slice slice_bytes(struct bytes b)
{
        return slice_of(b.p, b.n);
}

// A folder of this process in the build folder.
UNUSED static const char *folder(void)
{
        static char path[4096];
        if (!path[0]) {
                snprintf(path, sizeof(path), "%s/unit-msg-XXXXXX", BUILD_DIR);
                assert_non_null(mkdtemp(path));
        }
        return path;
}

UNUSED static void remove_folder(void)
{
        char command[5000];
        snprintf(command, sizeof(command), "rm -rf '%s'", folder());
        assert_int_equal(system(command), 0);
}

UNUSED static void write_file(const char *name, struct slice s)
{
        char path[4200];
        snprintf(path, sizeof(path), "%s/%s", folder(), name);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(s.p ? s.p : (const uint8_t *)"", 1, s.n, f), s.n);
        assert_int_equal(fclose(f), 0);
}

UNUSED static struct bytes read_file(const char *name)
{
        char path[4200];
        snprintf(path, sizeof(path), "%s/%s", folder(), name);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        fseek(f, 0, SEEK_END);
        struct bytes b = { .n = (size_t)ftell(f) };
        rewind(f);
        b.p = malloc(b.n + 1);
        assert_int_equal(fread(b.p, 1, b.n, f), b.n);
        b.p[b.n] = '\0';
        fclose(f);
        return b;
}

// Runs protoc over t.proto (written before). Returns its exit status.
UNUSED static int protoc(const char *arguments)
{
        char command[16384];
        snprintf(command, sizeof(command), "cd '%s' && protoc 2> protoc.txt -I. -I'%s/schemas' %s", folder(),
                 SOURCE_DIR, arguments);
        return system(command);
}

// The descriptor set of a .proto text.
UNUSED static struct bytes compile(const char *proto)
{
        write_file("t.proto", slice_str(proto));
        if (protoc("--include_imports --include_source_info -ot.desc t.proto") != 0)
                fail_msg("%s", (char *)read_file("protoc.txt").p);
        return read_file("t.desc");
}

// The schema of message t.M; proto stays in t.proto for encode() and decode().
UNUSED static struct schema *load(const char *proto)
{
        struct bytes set = compile(proto);
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        if (schema_load(slice_bytes(set), "t.M", &s, &problems) != 0)
                fail_msg("%s", buf_cstr(&problems));
        assert_int_equal(problems.n, 0);
        buf_done(&problems);
        free(set.p);
        return s;
}

// The same of a .proto file beside the tests.
UNUSED static struct schema *load_file(const char *name)
{
        char path[4200], text[8192];
        snprintf(path, sizeof(path), "%s/tests/unit/msg/%s.proto", SOURCE_DIR, name);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);
        return load(text);
}

// The problems of a .proto text that must not load, to be freed.
UNUSED static char *problems_of(const char *proto)
{
        struct bytes set = compile(proto);
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        if (schema_load(slice_bytes(set), "t.M", &s, &problems) == 0)
                fail_msg("the schema was accepted");
        assert_null(s);
        free(set.p);
        buf_cstr(&problems);
        return (char *)problems.p;
}

UNUSED static struct bytes encode(const char *text)
{
        write_file("in.txt", slice_str(text));
        assert_int_equal(protoc("--encode=t.M t.proto < in.txt > out.bin"), 0);
        return read_file("out.bin");
}

// A copy of exactly that size, so that the sanitizer sees any read beyond it.
UNUSED static uint8_t *exact(struct slice s)
{
        uint8_t *p = malloc(s.n ? s.n : 1);
        if (s.n)
                memcpy(p, s.p, s.n);
        return p;
}

// xorshift with a fixed seed: the same run every time.
UNUSED static uint32_t next_random(void)
{
        static uint32_t x = 2463534242;
        x ^= x << 13;
        x ^= x >> 17;
        return x ^= x << 5;
}

// Changes, cuts, repeats or inserts a few bytes of b (which has room for n + 16).
UNUSED static size_t mutate(uint8_t *b, size_t n)
{
        static const uint8_t nasty[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0x08, 0x0a, 0x12, 0x0b, 0x0c };
        for (uint32_t times = 1 + next_random() % 4; times > 0 && n > 0; times--) {
                size_t at = next_random() % n;
                switch (next_random() % 5) {
                case 0:
                        b[at] ^= (uint8_t)(1u << next_random() % 8);
                        break;
                case 1:
                        b[at] = nasty[next_random() % sizeof(nasty)];
                        break;
                case 2:
                        n = at;
                        break;
                case 3:
                        memmove(b + at, b + at + 1, n - at - 1);
                        n--;
                        break;
                default:
                        memmove(b + at + 1, b + at, n - at);
                        b[at] = (uint8_t)next_random();
                        n++;
                }
        }
        return n;
}

UNUSED static struct msg *must_read(const struct schema *s, struct slice bytes, struct arena *a)
{
        struct msg *m = NULL;
        struct fault f = { 0 };
        if (wire_read(s->root, bytes, a, &m, &f) != 0)
                fail_msg("%s: %s (%s)", fault_word(f.code), f.items[0].text_en, f.items[0].field);
        assert_int_equal(f.count, 0);
        return m;
}

UNUSED static const struct val *value(const struct msg *m, const char *name)
{
        const struct field *f = mtype_field_named(m->type, slice_str(name));
        assert_non_null(f);
        return &m->f[f->index];
}

// The message as JSON, to be freed.
UNUSED static char *json_of(const struct msg *m)
{
        struct buf b;
        struct json j;
        buf_init(&b);
        json_init(&j, &b, false);
        msg_json(m, &j);
        buf_cstr(&b);
        return (char *)b.p;
}

UNUSED static void assert_json(const struct msg *m, const char *expected)
{
        char *got = json_of(m);
        assert_string_equal(got, expected);
        free(got);
}

// What the targets share: what must hold, descriptor sets from files, and bytes of protobuf written field by
// field.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/msg/schema.h"
#include "hub/msg/validate.h"
#include "hub/msg/wire.h"

#define UNUSED   __attribute__((unused))
#define LONG_AGO 1700000000000000 // the time at which messages are judged

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

UNUSED static void must(bool holds)
{
        if (!holds)
                abort();
}

// The file's bytes, to be freed or kept for as long as the program runs.
UNUSED static struct slice read_whole(const char *path)
{
        FILE *f = fopen(path, "rb");
        must(f != NULL && fseek(f, 0, SEEK_END) == 0);
        size_t n = (size_t)ftell(f);
        rewind(f);
        uint8_t *p = malloc(n + 1);
        must(p != NULL && fread(p, 1, n, f) == n);
        fclose(f);
        return slice_of(p, n);
}

// The schema of a message that is known to load.
UNUSED static struct schema *must_load(const char *path, const char *message)
{
        struct slice set = read_whole(path);
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        if (schema_load(set, message, &s, &problems) != 0) {
                fputs(buf_cstr(&problems), stderr);
                abort();
        }
        buf_done(&problems);
        free((void *)(uintptr_t)set.p);
        return s;
}

UNUSED static void put_varint(struct buf *b, uint64_t v)
{
        for (; v >= 0x80; v >>= 7)
                buf_add_char(b, (char)(v | 0x80));
        buf_add_char(b, (char)v);
}

UNUSED static void put_number(struct buf *b, unsigned field, uint64_t v)
{
        put_varint(b, (uint64_t)field << 3);
        put_varint(b, v);
}

UNUSED static void put_bytes(struct buf *b, unsigned field, struct slice s)
{
        put_varint(b, (uint64_t)field << 3 | 2);
        put_varint(b, s.n);
        buf_add_slice(b, s);
}

UNUSED static void put_text(struct buf *b, unsigned field, const char *s)
{
        put_bytes(b, field, slice_str(s));
}

// As a part of another message; the part is done with.
UNUSED static void put_part(struct buf *b, unsigned field, struct buf *part)
{
        put_bytes(b, field, buf_slice(part));
        buf_done(part);
}

// Bytes of a set's files but the last one.
UNUSED static size_t imports_of(struct slice set)
{
        size_t last = 0;
        for (size_t at = 0; at < set.n;) {
                size_t length = 0, p = at + 1;
                for (int shift = 0;; shift += 7) {
                        length |= (size_t)(set.p[p] & 0x7f) << shift;
                        if (set.p[p++] < 0x80)
                                break;
                }
                last = at;
                at = p + length;
        }
        return last;
}

// Problem lines are there, end as lines do, and can be shown.
UNUSED static void check_problems(const struct buf *problems)
{
        must(problems->n > 0 && problems->p[problems->n - 1] == '\n');
        must(text_is_utf8(buf_slice(problems)) && !text_has_nul(buf_slice(problems)));
}

// A judgement is the same the second time, and its sentences can be shown.
UNUSED static void check_judgement(const struct schema *s, const struct msg *m, struct arena *a)
{
        struct fault f = { 0 }, again = { 0 };
        int rc = validate(s, m, LONG_AGO, a, &f);
        must(rc == validate(s, m, LONG_AGO, a, &again));
        must((rc != 0) == (f.rejects > 0) && f.count == again.count && f.rejects == again.rejects);
        for (size_t i = 0; i < f.count; i++) {
                const struct violation *v = &f.items[i], *w = &again.items[i];
                must(strcmp(v->field, w->field) == 0 && strcmp(v->rule, w->rule) == 0);
                must(v->rule[0] && v->text_vi[0] && v->text_en[0]);
                must(text_is_utf8(slice_str(v->field)) && text_is_utf8(slice_str(v->text_vi)) &&
                     text_is_utf8(slice_str(v->text_en)));
        }
}

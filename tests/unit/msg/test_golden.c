// The frozen bytes of tests/golden/messages are read, shown and written again as they were at their release.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/base/json.h"
#include "hub/msg/fault.h"
#include "hub/msg/wire.h"
#include "tests/unit/msg/unit.h"

#define FOLDER SOURCE_DIR "/tests/golden/messages/"
#define LEAST  13 // messages of the first release

static struct slice read_text(struct arena *a, const char *name, const char *ending)
{
        struct buf out = { 0 };
        FILE *f = fopen(arena_printf(a, FOLDER "%s%s", name, ending), "rb");
        assert_non_null(f);
        for (int c; (c = fgetc(f)) != EOF;)
                buf_add_char(&out, (char)c);
        assert_int_equal(fclose(f), 0);
        struct slice kept = arena_copy(a, buf_slice(&out));
        buf_done(&out);
        return kept;
}

static struct slice read_hex(struct arena *a, const char *name)
{
        struct slice text = read_text(a, name, ".hex");
        struct buf digits = { 0 };
        for (size_t i = 0; i < text.n; i++)
                if (text.p[i] != '\n')
                        buf_add_char(&digits, (char)text.p[i]);
        uint8_t *bytes = arena_alloc(a, digits.n / 2 + 1);
        assert_int_equal(hex_decode(buf_cstr(&digits), bytes, digits.n / 2), 0);
        struct slice out = slice_of(bytes, digits.n / 2);
        buf_done(&digits);
        return out;
}

static void check_one(const char *name)
{
        struct arena *a = arena_new(64 * 1024);
        struct fault fault = { 0 };
        struct msg *m = NULL;
        struct buf json = { 0 }, bytes = { 0 };
        struct json j;
        char message[64];
        assert_true(snprintf(message, sizeof(message), "iochub.v1.%.*s", (int)strcspn(name, "."), name) < 64);
        const struct schema *schema = schema_own(message);
        assert_non_null(schema);
        struct slice frozen = read_hex(a, name);
        assert_int_equal(wire_read(schema->root, frozen, a, &m, &fault), 0);
        json_init(&j, &json, true);
        msg_json(m, &j);
        buf_add_char(&json, '\n');
        struct slice said = read_text(a, name, ".json");
        assert_string_equal(buf_cstr(&json), arena_strndup(a, said.p, said.n));
        wire_write(m, &bytes);
        assert_int_equal(bytes.n, frozen.n);
        assert_memory_equal(bytes.p, frozen.p, frozen.n);
        buf_done(&json);
        buf_done(&bytes);
        arena_free(a);
}

static void test_frozen_messages(void **state)
{
        (void)state;
        size_t seen = 0;
        DIR *folder = opendir(FOLDER);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
                char *ending = strstr(entry->d_name, ".hex");
                if (ending == NULL)
                        continue;
                *ending = '\0';
                check_one(entry->d_name);
                seen++;
        }
        assert_int_equal(closedir(folder), 0);
        assert_true(seen >= LEAST);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_frozen_messages) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

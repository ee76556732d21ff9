// Files of edition 2023, which the protoc of the distribution may not know: their descriptors are written as
// text.
#include "tests/unit/msg/unit.h"

static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        arena = arena_new(4096);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        arena_free(arena);
        remove_folder();
        return 0;
}

// The set of one file e.proto with message t.M, as editions.proto writes it.
static struct bytes set_of(const char *file)
{
        char path[4200], text[8192];
        snprintf(path, sizeof(path), "%s/tests/unit/msg/editions.proto", SOURCE_DIR);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        write_file("t.proto", slice_of(text, fread(text, 1, sizeof(text), f)));
        fclose(f);
        snprintf(text, sizeof(text), "file { name: 'e.proto' package: 't' %s }", file);
        return encode(text);
}

static struct schema *edition(const char *file)
{
        struct bytes set = set_of(file);
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        if (schema_load(slice_bytes(set), "t.M", &s, &problems) != 0)
                fail_msg("%s", buf_cstr(&problems));
        buf_done(&problems);
        free(set.p);
        return s;
}

static void assert_problem(const char *file, const char *says)
{
        struct bytes set = set_of(file);
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        assert_int_equal(schema_load(slice_bytes(set), "t.M", &s, &problems), 1);
        if (strstr(buf_cstr(&problems), says) == NULL)
                fail_msg("expected %s, got %s", says, buf_cstr(&problems));
        buf_done(&problems);
        free(set.p);
}

static const struct field *field(const struct schema *s, const char *name)
{
        const struct field *f = mtype_field_named(s->root, slice_str(name));
        assert_non_null(f);
        return f;
}

#define EDITION_2023 "syntax: 'editions' edition: 1000 "
#define ENUM_E       "enum_type { name: 'E' value { name: 'ZERO' number: 0 } value { name: 'ONE' number: 1 } } "
#define SCALAR(name, number, features)                                                                       \
        "field { name: '" name "' number: " number " label: 1 type: 5 options { features { " features        \
        " } } } "
#define LIST(name, number, features)                                                                         \
        "field { name: '" name "' number: " number " label: 3 type: 5 options { features { " features        \
        " } } } "
#define CHILD(name, number, features)                                                                        \
        "field { name: '" name "' number: " number                                                           \
        " label: 1 type: 11 type_name: '.t.M' options { features { " features " } } } "

static void test_defaults(void **state)
{
        (void)state;
        struct schema *s = edition(
            EDITION_2023 ENUM_E "message_type { name: 'M' " SCALAR("a", "1", "") LIST("b", "2", "")
                CHILD("c", "3", "") "field { name: 'e' number: 4 label: 1 type: 14 type_name: '.t.E' } "
                                    "field { name: 'o' number: 5 label: 1 type: 5 oneof_index: 0 } "
                                    "oneof_decl { name: 'one' } }");
        assert_true(field(s, "a")->presence && !field(s, "a")->required);
        assert_true(field(s, "b")->packed && !field(s, "b")->presence);
        assert_true(field(s, "c")->presence && !field(s, "c")->delimited);
        assert_true(field(s, "e")->presence && !field(s, "e")->enumeration->closed);
        assert_true(field(s, "o")->presence && field(s, "o")->oneof == 0);
        schema_free(s);
}

static void test_field_features(void **state)
{
        (void)state;
        struct schema *s = edition(
            EDITION_2023 "message_type { name: 'M' " SCALAR("implicit", "1", "field_presence: 2")
                SCALAR("must", "2", "field_presence: 3") LIST("expanded", "3", "repeated_field_encoding: 2")
                    CHILD("group", "4", "message_encoding: 2") CHILD("child", "5", "field_presence: 2")
                        SCALAR("language", "6",
                               "pb_cpp { field_presence: 2 } json_format: 2 utf8_validation: "
                               "3") "field { name: 'text' number: 7 label: 1 type: 9 options "
                                    "{ features { "
                                    "utf8_validation: 3 } } } }");
        assert_true(!field(s, "implicit")->presence && !field(s, "implicit")->required);
        assert_true(field(s, "must")->presence && field(s, "must")->required && s->root->required_below);
        assert_false(field(s, "expanded")->packed);
        assert_true(field(s, "group")->delimited && field(s, "group")->type == TYPE_MESSAGE);
        assert_true(field(s, "child")->presence); // a message always has it
        assert_true(field(s, "language")->presence);
        // text is UTF-8 whatever utf8_validation says
        struct msg *m;
        struct fault f = { 0 };
        assert_int_equal(wire_read(s->root, BYTES("\x10\x01\x3a\x01\xff"), arena, &m, &f), 1);
        assert_int_equal(f.code, FAULT_UTF8);
        schema_free(s);
}

// From the file to its messages, to the messages inside them, to enums, oneofs and fields; the nearest wins.
static void test_inheritance(void **state)
{
        (void)state;
        struct schema *s = edition(
            EDITION_2023
            "options { features { field_presence: 2 } features { message_encoding: 2 "
            "repeated_field_encoding: 2 "
            "} } "
            "message_type { name: 'M' " SCALAR("a", "1", "") SCALAR("b", "2", "field_presence: 1")
                LIST("c", "3", "") CHILD("d", "4", "")
                    CHILD("e", "5",
                          "message_encoding: 1") "field { name: 'f' number: 6 label: 3 type: 11 type_name: "
                                                 "'.t.M.FEntry' } "
                                                 "nested_type { name: 'FEntry' options { map_entry: true } "
                                                 "field { name: 'key' number: 1 label: 1 type: 9 } "
                                                 "field { name: 'value' number: 2 label: 1 type: 11 "
                                                 "type_name: '.t.M' } } "
                                                 "field { name: 'g' number: 7 label: 1 type: 11 type_name: "
                                                 "'.t.M.In' } "
                                                 "nested_type { name: 'In' options { features { "
                                                 "field_presence: 1 enum_type: 2 } } "
                                                 "field { name: 'h' number: 1 label: 1 type: 14 type_name: "
                                                 "'.t.M.In.E' } "
                                                 "field { name: 'i' number: 2 label: 1 type: 14 type_name: "
                                                 "'.t.M.In.O' } "
                                                 "field { name: 'j' number: 3 label: 1 type: 11 type_name: "
                                                 "'.t.M' oneof_index: 0 } "
                                                 "oneof_decl { name: 'one' options { features { "
                                                 "message_encoding: 1 } } } "
                                                 "enum_type { name: 'E' value { name: 'X' number: 1 } } "
                                                 "enum_type { name: 'O' value { name: 'Y' number: 0 } "
                                                 "options { features { enum_type: 1 } } } } }");
        assert_true(!field(s, "a")->presence && field(s, "b")->presence && !field(s, "c")->packed);
        assert_true(field(s, "d")->delimited && !field(s, "e")->delimited);
        // maps are never groups, nor are their values
        assert_true(field(s, "f")->map && !field(s, "f")->delimited &&
                    !field(s, "f")->message->fields[1].delimited);
        const struct mtype *in = field(s, "g")->message;
        assert_true(in->fields[0].presence && in->fields[0].enumeration->closed);
        assert_false(in->fields[1].enumeration->closed);
        assert_true(in->fields[2].presence && !in->fields[2].delimited);
        schema_free(s);
}

static void test_problems(void **state)
{
        (void)state;
        assert_problem("syntax: 'editions' edition: 1001 message_type { name: 'M' }",
                       "e.proto: edition 2024 is not supported; use edition 2023 or proto3");
        assert_problem("syntax: 'editions' message_type { name: 'M' }",
                       "the edition with the number 0 is not supported");
        assert_problem("syntax: 'proto4' message_type { name: 'M' }", "syntax \"proto4\" is not supported");
        assert_problem(EDITION_2023
                       "message_type { name: 'M' " SCALAR("a", "1", "enforce_naming_style: 1") "}",
                       "`features` of t.M.a holds what edition 2023 does not have");
        assert_problem(EDITION_2023 "message_type { name: 'M' " SCALAR("a", "1", "field_presence: 4") "}",
                       "`features` of t.M.a holds");
        assert_problem(EDITION_2023 "message_type { name: 'M' options { features { enum_type: 0 } } }",
                       "`features` of t.M holds");
        assert_problem(EDITION_2023 "options { features { field_presence: -1 } } message_type { name: 'M' }",
                       "`features` of the file holds");
        assert_problem(EDITION_2023
                       "enum_type { name: 'E' value { name: 'ZERO' } options { features { enum_type: 2 } } } "
                       "message_type { name: 'M' field { name: 'e' number: 1 label: 1 type: 14 type_name: "
                       "'.t.E' options { features { field_presence: 2 } } } }",
                       "field t.M.e has no presence, which a closed enum such as t.E must have");
}

// Options that look like features change nothing in a file that is no edition's.
static void test_only_in_editions(void **state)
{
        (void)state;
        struct schema *s = edition("syntax: 'proto3' message_type { name: 'M' " SCALAR(
            "a", "1", "field_presence: 3") CHILD("b", "2", "message_encoding: 2") "}");
        assert_true(!field(s, "a")->presence && !field(s, "a")->required && !field(s, "b")->delimited);
        schema_free(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),         cmocka_unit_test(test_field_features),
                cmocka_unit_test(test_inheritance),      cmocka_unit_test(test_problems),
                cmocka_unit_test(test_only_in_editions),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}

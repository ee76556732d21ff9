#include "tests/unit/msg/unit.h"

#define HEAD                                                                                                 \
        "syntax = 'proto3'; package t;\n"                                                                    \
        "import 'google/protobuf/timestamp.proto';\n"                                                        \
        "import 'iochub/v1/options.proto';\n"                                                                \
        "import 'buf/validate/validate.proto';\n"

static int teardown(void **state)
{
        (void)state;
        remove_folder();
        return 0;
}

static void test_fields(void **state)
{
        (void)state;
        struct schema *s =
            load("syntax = 'proto3'; package t;\n"
                 "// Mot   thong\n//   diep\n"
                 "message M {\n"
                 "  // Ma so |\n  string code_so = 10;\n"
                 "  optional int32 o = 2; // so\n"
                 "  oneof nhom { string a = 3; Inner b = 4; }\n"
                 "  repeated int32 p = 5; repeated int32 u = 6 [packed = false]; repeated string ss = 7;\n"
                 "  map<string, Inner> m = 8;\n"
                 "  // Ben trong\n  message Inner {\n/* sau */ Loai loai = 1; M lai = 2; enum Loai { KHONG = "
                 "0; MOT = 1; } }\n"
                 "  Inner far = 20000; int32 last = 1;\n"
                 "}\n"
                 "message Unused { string x = 1; }\n");
        const struct mtype *t = s->root;
        assert_string_equal(t->full_name, "t.M");
        assert_string_equal(t->name, "M");
        assert_string_equal(t->comment, "Mot thong diep");
        assert_int_equal(t->count, 10);
        for (size_t i = 0; i < t->count; i++) {
                assert_int_equal(t->fields[i].index, i);
                assert_true(i == 0 || t->fields[i].number > t->fields[i - 1].number);
                assert_ptr_equal(mtype_field(t, t->fields[i].number), &t->fields[i]);
                assert_ptr_equal(mtype_field_named(t, slice_str(t->fields[i].name)), &t->fields[i]);
        }
        const struct field *code = mtype_field(t, 10), *o = mtype_field(t, 2), *a = mtype_field(t, 3),
                           *b = mtype_field(t, 4);
        assert_string_equal(code->comment, "Ma so"); // its second language has not been written
        assert_string_equal(code->json_name, "codeSo");
        assert_string_equal(code->column, "code_so");
        assert_true(!code->presence && code->oneof == -1);
        assert_string_equal(o->comment, "so"); // trailing
        assert_true(o->presence && o->oneof == -1);
        assert_true(a->presence && a->oneof == 0 && b->oneof == 0);
        assert_int_equal(t->oneofs, 1);
        assert_string_equal(t->oneof_names[0], "nhom");
        assert_true(mtype_field(t, 5)->packed && !mtype_field(t, 6)->packed && !mtype_field(t, 7)->packed);
        const struct field *m = mtype_field(t, 8);
        assert_true(m->map && m->repeated && m->message->map_entry && !m->presence);
        assert_string_equal(m->message->fields[1].name, "value");
        const struct mtype *inner = b->message;
        assert_ptr_equal(m->message->fields[1].message, inner);
        assert_ptr_equal(inner->fields[1].message, t);
        assert_string_equal(inner->full_name, "t.M.Inner");
        assert_string_equal(inner->comment, "Ben trong");
        assert_string_equal(inner->fields[0].comment, "sau");
        const struct etype *loai = inner->fields[0].enumeration;
        assert_string_equal(etype_name(loai, 1), "MOT");
        assert_null(etype_name(loai, 2));
        assert_false(loai->closed);
        assert_string_equal(mtype_field(t, 20000)->name, "far");
        assert_null(mtype_field(t, 20001));
        assert_null(mtype_field(t, 63));
        assert_null(mtype_field(t, 0));
        assert_null(s->dataset);
        schema_free(s);
}

static void test_dataset(void **state)
{
        (void)state;
        struct schema *s = load(
            HEAD
            "message M { option (iochub.v1.dataset) = { name: 'y-te-2' domain: 'y-te' mode: UPSERT key: "
            "['ma', 'ngay', 'so', 'loai', "
            "'dung'] event_time: 'ngay' retention_days: 30 past_days: 10 future_hours: 2 personal_data: "
            "PERSONAL_DATA_SENSITIVE approval_required: true order_by_event_time: true title_vi: 'Y tế' "
            "title_en: 'Health'\n"
            "compare { id: 'ra_sau_vao' left: 'ra' operator: '>=' right: 'ngay' severity: FLAG text_vi: 'v' "
            "text_en: 'e' }\n"
            "compare { id: 'so_duong' left: 'so' operator: '!=' right: 'so2' } };\n"
            "enum L { A = 0; B = 1; }\n"
            "string ma = 1; google.protobuf.Timestamp ngay = 2; int64 so = 3; L loai = 4; bool dung = 5;\n"
            "string ten = 6 [(iochub.v1.field) = { personal: true column: 'ho_ten' unit: 'm' }];\n"
            "string tien = 7 [(iochub.v1.field).type = NUMERIC]; repeated string ds = 8 "
            "[(iochub.v1.field).type = JSONB];\n"
            "google.protobuf.Timestamp ra = 9; uint32 so2 = 10; }\n");
        const struct dataset *d = s->dataset;
        assert_non_null(d);
        assert_string_equal(d->name, "y-te-2");
        assert_string_equal(d->table, "y_te_2");
        assert_string_equal(d->domain, "y-te");
        assert_true(d->mode == MODE_UPSERT && d->key_count == 5 && d->retention_days == 30);
        assert_string_equal(d->key[1]->name, "ngay");
        assert_ptr_equal(d->event_time, mtype_field(s->root, 2));
        assert_true(d->past_usec == 10 * 86400000000LL && d->future_usec == 2 * 3600000000LL);
        assert_true(d->personal_data == PERSONAL_SENSITIVE && d->approval_required && d->order_by_event_time);
        assert_string_equal(d->title_vi, "Y tế");
        assert_int_equal(d->compare_count, 2);
        assert_true(d->compare[0].flag && d->compare[0].operator== COMPARE_GE);
        assert_ptr_equal(d->compare[0].left, mtype_field(s->root, 9));
        assert_string_equal(d->compare[0].text_vi, "v");
        assert_true(!d->compare[1].flag && d->compare[1].operator== COMPARE_NE);
        assert_string_equal(d->compare[1].text_en, "so must be != so2");
        const struct field *ten = mtype_field(s->root, 6);
        assert_true(ten->personal);
        assert_string_equal(ten->column, "ho_ten");
        assert_string_equal(ten->unit, "m");
        assert_int_equal(mtype_field(s->root, 7)->column_type, COLUMN_NUMERIC);
        assert_int_equal(mtype_field(s->root, 8)->column_type, COLUMN_JSONB);
        schema_free(s);
        // defaults
        s = load(HEAD "message M { option (iochub.v1.dataset) = { name: 'a' mode: APPEND }; int32 x = 1; }");
        assert_true(s->dataset->past_usec == 366 * 86400000000LL &&
                    s->dataset->future_usec == 24 * 3600000000LL);
        assert_true(s->dataset->event_time == NULL && s->dataset->key_count == 0);
        schema_free(s);
}

#define DATASET(options, fields)                                                                             \
        HEAD "message M { option (iochub.v1.dataset) = { " options " };\n" fields "\n}\n"

static const struct {
        const char *proto, *place, *says;
} dataset_cases[] = {
        { DATASET("name: 'A_b' mode: APPEND", "int32 x = 1;"), "t.proto:5: ", "dataset name `A_b`" },
        { DATASET("name: 'a'", "int32 x = 1;"), "t.proto:5: ", "has no mode" },
        { DATASET("name: 'a' mode: UPSERT", "int32 x = 1;"), "t.proto:5: ", "is UPSERT and has no key" },
        { DATASET("name: 'a' mode: UPSERT key: 'y'", "int32 x = 1;"), "t.proto:5: ", "key field `y`" },
        { DATASET("name: 'a' mode: UPSERT key: 'x'", "double x = 1;"),
          "t.proto:6: ", "field x cannot be a key" },
        { DATASET("name: 'a' mode: UPSERT key: 'x'", "repeated string x = 1;"),
          "t.proto:6: ", "field x cannot be a key" },
        { DATASET("name: 'a' mode: UPSERT key: 'x'", "bytes x = 1;"),
          "t.proto:6: ", "field x cannot be a key" },
        { DATASET("name: 'a' mode: UPSERT key: 'x'", "M x = 1;"), "t.proto:6: ", "field x cannot be a key" },
        { DATASET("name: 'a' mode: UPSERT key: ['x', 'x']", "string x = 1;"), "t.proto:5: ", "named twice" },
        { DATASET("name: 'a' mode: APPEND event_time: 'x'", "string x = 1;"),
          "t.proto:6: ", "is not a singular google" },
        { DATASET("name: 'a' mode: APPEND event_time: 'x'", "repeated google.protobuf.Timestamp x = 1;"),
          "t.proto:6: ", "is not a singular google" },
        { DATASET("name: 'a' mode: APPEND event_time: 'y'", "string x = 1;"),
          "t.proto:5: ", "event_time field `y`" },
        { DATASET("name: 'a' mode: APPEND order_by_event_time: true", "string x = 1;"),
          "t.proto:5: ", "needs mode UPSERT" },
        { DATASET("name: 'a' mode: APPEND past_days: 4000000000", "string x = 1;"), "t.proto:5: ", "above" },
        { DATASET("name: 'a' mode: APPEND compare { id: 'c' left: 'x' operator: '<' right: 'y' }",
                  "string x = 1; int32 y = 2;"),
          "t.proto:6: ", "cannot be compared" },
        { DATASET("name: 'a' mode: APPEND compare { id: 'c' left: 'x' operator: '<' right: 'z' }",
                  "string x = 1;"),
          "t.proto:5: ", "compare field `z`" },
        { DATASET("name: 'a' mode: APPEND compare { id: 'c' left: 'x' operator: '=>' right: 'x' }",
                  "string x = 1;"),
          "t.proto:5: ", "operator `=>`" },
        { DATASET("name: 'a' mode: APPEND compare { left: 'x' operator: '<' right: 'x' }", "string x = 1;"),
          "t.proto:5: ", "has no id" },
        { DATASET("name: 'a' mode: APPEND", "string x = 1 [(iochub.v1.field).personal = true];"),
          "t.proto:6: ", "says PERSONAL_DATA_NONE" },
        { DATASET("name: 'a' mode: APPEND personal_data: PERSONAL_DATA_BASIC", "string x = 1;"),
          "t.proto:5: ", "no field is marked personal" },
        { DATASET("name: 'a' mode: APPEND", "string x = 1 [(iochub.v1.field).column = 'A b'];"),
          "t.proto:6: ", "column `A b`" },
        { DATASET("name: 'a' mode: APPEND", "string x = 1 [(iochub.v1.field).column = '_x'];"),
          "t.proto:6: ", "column `_x`" },
        { DATASET("name: 'a' mode: APPEND", "int32 x = 1 [(iochub.v1.field).type = NUMERIC];"),
          "t.proto:6: ", "cannot be NUMERIC" },
        { DATASET("name: 'a' mode: APPEND", "int32 x = 1 [(iochub.v1.field).type = JSONB];"),
          "t.proto:6: ", "cannot be JSONB" },
};

static void test_dataset_problems(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(dataset_cases) / sizeof(dataset_cases[0]); i++) {
                char *p = problems_of(dataset_cases[i].proto);
                if (strncmp(p, dataset_cases[i].place, strlen(dataset_cases[i].place)) != 0 ||
                    !strstr(p, dataset_cases[i].says))
                        fail_msg("case %zu: expected %s…%s, got %s", i, dataset_cases[i].place,
                                 dataset_cases[i].says, p);
                free(p);
        }
        // every problem at once
        char *p = problems_of(DATASET(
            "name: 'A' mode: UPSERT event_time: 'q' personal_data: PERSONAL_DATA_BASIC", "string x = 1;"));
        int lines = 0;
        for (const char *c = p; (c = strchr(c, '\n')) != NULL; c++)
                lines++;
        assert_int_equal(lines, 4);
        free(p);
}

static void test_problems_of_types(void **state)
{
        (void)state;
        static const struct {
                const char *proto, *says;
        } cases[] = {
                { "syntax = 'proto2'; package t; import 'iochub/v1/options.proto'; message N {\n"
                  "repeated group G = 1 { } }\n"
                  "message M { option (iochub.v1.dataset) = { name: 'a' mode: APPEND }; optional N n = 1; }",
                  "t.proto:2: field t.N.g is a group (message_encoding = DELIMITED), which a dataset cannot "
                  "have; use a message" },
                { "syntax = 'proto3'; package t; message N { }", "t.M is not in the descriptor set" },
                { "syntax = 'proto2'; package t; message M { option message_set_wire_format = true; "
                  "extensions 4 to max; }",
                  "message_set_wire_format" },
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *p = problems_of(cases[i].proto);
                if (!strstr(p, cases[i].says))
                        fail_msg("case %zu: expected %s, got %s", i, cases[i].says, p);
                free(p);
        }
}

static void test_lying_well_known_type(void **state)
{
        (void)state;
        write_file(
            "w.proto",
            slice_str(
                "syntax = 'proto3'; package google.protobuf; message Timestamp { string seconds = 1; }"));
        char *p = problems_of(
            "syntax = 'proto3'; package t; import 'w.proto'; message M { google.protobuf.Timestamp x = 1; }");
        assert_non_null(strstr(p, "google.protobuf.Timestamp is not what protobuf defines"));
        free(p);
}

static void test_without_imports(void **state)
{
        (void)state;
        write_file("t.proto", slice_str(HEAD "message M { google.protobuf.Timestamp x = 1; }"));
        assert_int_equal(protoc("-ot.desc t.proto"), 0);
        struct bytes set = read_file("t.desc");
        struct buf problems;
        struct schema *s = NULL;
        buf_init(&problems);
        assert_int_equal(schema_load(slice_bytes(set), "t.M", &s, &problems), 1);
        assert_non_null(
            strstr(buf_cstr(&problems), "not in the descriptor set; make the set with --include_imports"));
        buf_done(&problems);
        free(set.p);
}

static void test_names_of_datasets(void **state)
{
        (void)state;
        struct bytes set =
            compile(HEAD "message A { option (iochub.v1.dataset) = { name: 'a' mode: APPEND };\n"
                         "message In { option (iochub.v1.dataset) = { name: 'in' mode: APPEND }; } }\n"
                         "message B { } message M { option (iochub.v1.dataset).name = 'm'; }");
        struct buf names;
        buf_init(&names);
        assert_int_equal(schema_datasets(slice_bytes(set), &names), 0);
        assert_string_equal(buf_cstr(&names), "t.A\nt.A.In\nt.M\n");
        buf_reset(&names);
        assert_int_equal(schema_datasets(BYTES("\x0a\x05hello"), &names), 1);
        assert_int_equal(names.n, 0);
        buf_done(&names);
        free(set.p);
}

static void test_fingerprint(void **state)
{
        (void)state;
        struct schema *a = load("syntax = 'proto3'; package t; message M { int32 x = 1; }");
        struct schema *b = load("syntax = 'proto3'; package t;\n// said\nmessage M { int32 x = 1; }");
        struct schema *c = load("syntax = 'proto3'; package t; message M { int64 x = 1; }");
        assert_memory_equal(a->fingerprint, b->fingerprint, 32);
        assert_memory_not_equal(a->fingerprint, c->fingerprint, 32);
        assert_true(a->descriptor_set.n > 0 && a->descriptor_set.n != b->descriptor_set.n);
        schema_free(a);
        schema_free(b);
        schema_free(c);
}

static void test_own(void **state)
{
        (void)state;
        const struct schema *s = schema_own("iochub.v1.RoutingEvent");
        assert_non_null(s);
        assert_ptr_equal(s, schema_own("iochub.v1.RoutingEvent"));
        assert_null(s->dataset);
        assert_string_equal(mtype_field_named(s->root, slice_str("replay"))->comment,
                            "Counts replays of this message, from 0.");
        assert_null(schema_own("iochub.v1.Nothing"));
        assert_null(schema_own("google.protobuf.FileDescriptorSet"));
        static const char *const all[] = { "DataMessage", "Header",       "Control",
                                           "Reject",      "SchemaRecord", "Attachment" };
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                char name[64];
                snprintf(name, sizeof(name), "iochub.v1.%s", all[i]);
                assert_non_null(schema_own(name));
        }
        // the built-in set loads like any other
        struct buf problems;
        struct schema *again;
        buf_init(&problems);
        assert_int_equal(schema_load(schema_own_descriptors(), "iochub.v1.Reject", &again, &problems), 0);
        schema_free(again);
        buf_done(&problems);
}

static const char rich[] =
    HEAD "// M\nmessage M { option (iochub.v1.dataset) = { name: 'm' mode: UPSERT key: 'a' event_time: 't' "
         "personal_data: "
         "PERSONAL_DATA_BASIC compare { id: 'c' left: 't' operator: '<' right: 't' } };\n"
         "option (buf.validate.message).oneof = { fields: ['b', 'c'] };\n"
         "string a = 1 [(buf.validate.field).string = { min_len: 1 in: ['x', 'y'] }]; int32 b = 2 "
         "[(buf.validate.field).int32 = { "
         "gt: 5 lt: 1 }]; double c = 3 [(iochub.v1.field) = { personal: true column: 'd' }]; "
         "google.protobuf.Timestamp t = 4;\n"
         "repeated string l = 5 [(buf.validate.field).repeated = { unique: true items: { string: { prefix: "
         "'a' } } }];\n"
         "map<string, M> m = 6 [(buf.validate.field).map.keys.string.len = 3]; oneof o { int32 x = 7; E y = "
         "8; } enum E { Z = 0; }\n"
         "optional E e = 9 [(buf.validate.field).enum.defined_only = true]; }";

static void try_load(struct slice bytes)
{
        struct buf text;
        struct schema *s = NULL;
        buf_init(&text);
        uint8_t *copy = exact(bytes);
        if (schema_load(slice_of(copy, bytes.n), "t.M", &s, &text) == 0) {
                // what loads, works
                struct arena *a = arena_new(4096);
                struct msg *m;
                struct fault f = { 0 };
                if (wire_read(s->root, BYTES("\x0a\x01x\x10\x03\x2a\x01q\x32\x05\x0a\x01k\x12\x00"), a, &m,
                              &f) == 0) {
                        (void)!validate(s, m, 0, a, &f);
                        free(json_of(m));
                }
                arena_free(a);
        } else {
                assert_true(text.n > 0);
                assert_null(s);
        }
        schema_free(s);
        buf_reset(&text);
        (void)!schema_datasets(slice_of(copy, bytes.n), &text);
        buf_done(&text);
        free(copy);
}

static void test_cut_sets(void **state)
{
        (void)state;
        struct bytes set = compile(rich);
        for (size_t n = 0; n < set.n; n += n < set.n - 1000 ? 97 : 1)
                try_load(slice_of(set.p, n));
        free(set.p);
}

static void test_mutated_sets(void **state)
{
        (void)state;
        write_file("t.proto", slice_str(rich));
        assert_int_equal(protoc("--include_imports -ot.desc t.proto"), 0);
        struct bytes set = read_file("t.desc");
        // t.proto is the last file: that is where mutation is worth while
        size_t tail = set.n < 1400 ? set.n : 1400;
        uint8_t *work = malloc(set.n + 16);
        for (int i = 0; i < 1500; i++) {
                memcpy(work, set.p, set.n);
                size_t head = set.n - tail;
                try_load(slice_of(work, head + mutate(work + head, tail)));
        }
        free(work);
        free(set.p);
}

// A message nested in itself a thousand times; a chain of a million empty messages.
static void test_deep_and_wide_sets(void **state)
{
        (void)state;
        struct buf b, problems;
        struct schema *s = NULL;
        buf_init(&b);
        buf_init(&problems);
        static uint8_t nested[1 << 16];
        size_t at = sizeof(nested);
        for (int i = 0; i < 1000; i++) { // nested_type = 3, with the name "A"
                size_t n = sizeof(nested) - at;
                at -= 3;
                memcpy(nested + at,
                       "\x0a\x01"
                       "A",
                       3);
                n += 3;
                at -= n < 128 ? 2 : 3;
                nested[at] = 0x1a;
                nested[at + 1] = (uint8_t)(n < 128 ? n : (n | 0x80));
                if (n >= 128)
                        nested[at + 2] = (uint8_t)(n >> 7);
        }
        nested[at] = 0x22; // message_type
        size_t n = sizeof(nested) - at;
        buf_add(&b, "\x0a", 1);
        uint8_t length[3] = { (uint8_t)(n | 0x80), (uint8_t)((n >> 7) | 0x80), (uint8_t)(n >> 14) };
        buf_add(&b, length, 3);
        buf_add(&b, nested + at, n);
        assert_int_equal(schema_load(buf_slice(&b), "A", &s, &problems), 1);
        assert_non_null(strstr(buf_cstr(&problems), "nested deeper than 32"));
        buf_reset(&b);
        buf_reset(&problems);
        for (int i = 0; i < 1000000; i++)
                buf_add(&b, "\x0a\x00", 2);
        assert_int_equal(schema_load(buf_slice(&b), "A", &s, &problems), 1);
        assert_non_null(strstr(buf_cstr(&problems), "too many elements"));
        buf_done(&b);
        buf_done(&problems);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_dataset),
                cmocka_unit_test(test_dataset_problems),
                cmocka_unit_test(test_problems_of_types),
                cmocka_unit_test(test_lying_well_known_type),
                cmocka_unit_test(test_without_imports),
                cmocka_unit_test(test_names_of_datasets),
                cmocka_unit_test(test_fingerprint),
                cmocka_unit_test(test_own),
                cmocka_unit_test(test_cut_sets),
                cmocka_unit_test(test_mutated_sets),
                cmocka_unit_test(test_deep_and_wide_sets),
        };
        return cmocka_run_group_tests(tests, NULL, teardown);
}

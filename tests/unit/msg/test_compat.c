// Each folder of tests/evolution against what tests/evolution/expected says of it (rules of columns and views
// belong to hub/pg), and the mistakes of other registries by their names.
#include "tests/unit/msg/unit.h"

#include "hub/msg/compat.h"

#define EVOLUTION SOURCE_DIR "/tests/evolution"
#define HEAD      "syntax = 'proto3'; package t; import 'iochub/v1/options.proto';\n"
#define DATASET   "option (iochub.v1.dataset) = { name: 'a' mode: UPSERT key: 'ma' };\nstring ma = 1;\n"

static int teardown(void **state)
{
        (void)state;
        remove_folder();
        return 0;
}

static struct bytes compile_side(const char *name, const char *side)
{
        char command[8192];
        snprintf(command, sizeof(command),
                 "cd '" EVOLUTION "/%s/%s' && protoc -I. -I'" SOURCE_DIR "/schemas' --include_imports "
                 "--include_source_info -o '%s/%s.desc' thu.proto",
                 name, side, folder(), side);
        assert_int_equal(system(command), 0);
        snprintf(command, sizeof(command), "%s.desc", side);
        return read_file(command);
}

static const char *root_of(struct bytes set)
{
        struct buf names cleanup(buf_done);
        buf_init(&names);
        assert_int_equal(schema_datasets(slice_bytes(set), &names), 0);
        char *line = strdup(buf_cstr(&names));
        line[strcspn(line, "\n")] = '\0';
        return line;
}

static struct changes compare(struct bytes old, const char *old_message, struct bytes new,
                              const char *message)
{
        struct compat_version a = { slice_bytes(old), old_message }, b = { slice_bytes(new), message };
        struct buf problems cleanup(buf_done);
        struct changes found;
        buf_init(&problems);
        changes_init(&found);
        if (schema_compare(&a, &b, &found, &problems) != 0)
                fail_msg("%s", buf_cstr(&problems));
        return found;
}

static void describe(const struct changes *c, struct buf *out)
{
        for (size_t i = 0; i < c->count; i++) {
                buf_printf(out, "  %s ", change_words[c->items[i].class]);
                change_line(&c->items[i], out);
        }
}

static bool has_rule(const struct changes *c, const char *rule, size_t n)
{
        for (size_t i = 0; i < c->count; i++)
                if (strlen(c->items[i].rule) == n && strncmp(c->items[i].rule, rule, n) == 0)
                        return true;
        return false;
}

// Every rule that is listed speaks, and no other; the worst class is the verdict.
static bool as_expected(const struct changes *c, const char *verdict, const char *rules)
{
        enum change_class worst = CHANGE_SAFE;
        bool columns = false;
        for (const char *p = rules; *p && *p != '-'; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
                bool column = strncmp(p, "COLUMN_", 7) == 0 || strncmp(p, "VIEW_", 5) == 0;
                columns |= column;
                if (!column && !has_rule(c, p, strcspn(p, ",")))
                        return false;
        }
        for (size_t i = 0; i < c->count; i++) {
                const char *at = strstr(rules, c->items[i].rule);
                if (at == NULL || (at > rules && at[-1] != ','))
                        return false;
                if (c->items[i].class > worst)
                        worst = c->items[i].class;
        }
        return strcmp(change_words[worst], verdict) == 0 || (columns && worst == CHANGE_SAFE);
}

// A message in which everything is set, two of what may be several.
static struct msg *filled(const struct mtype *t, struct arena *a, unsigned depth)
{
        struct msg *m = msg_new(t, a);
        for (size_t i = 0; i < t->count; i++) {
                const struct field *f = &t->fields[i];
                struct val *v = &m->f[i], one = { .set = true };
                if (f->oneof >= 0 && i > 0 && t->fields[i - 1].oneof == f->oneof)
                        continue;
                if (f->type == TYPE_MESSAGE && depth == 0)
                        continue;
                if (f->type == TYPE_MESSAGE)
                        one.m = filled(f->message, a, depth - 1);
                else if (f->type == TYPE_STRING || f->type == TYPE_BYTES)
                        one.s = slice_str(f->name);
                else if (f->type == TYPE_ENUM)
                        one.i = f->enumeration->values[f->enumeration->count - 1].number;
                else if (f->type == TYPE_DOUBLE || f->type == TYPE_FLOAT)
                        one.d = 0.5;
                else
                        one.u = f->type == TYPE_BOOL ? 1 : f->number;
                *v = one;
                if (f->repeated) {
                        v->list = (struct list){ .items = arena_zalloc(a, sizeof(one)), .n = 1 };
                        v->list.items[0] = one;
                }
        }
        return m;
}

// A message of one version, read and written again by the other, is what it was: nothing is misread, nothing
// lost.
static void through(const struct schema *from, const struct schema *by)
{
        static const struct wire_limits keep = { .elements = 1000, .memory = 1 << 20, .keep_unknown = true };
        struct arena *a = arena_new(4096);
        struct buf first cleanup(buf_done), second cleanup(buf_done);
        struct fault f = { 0 };
        struct msg *m;
        buf_init(&first), buf_init(&second);
        wire_write(filled(from->root, a, 3), &first);
        if (wire_read_within(by->root, buf_slice(&first), &keep, a, &m, &f) != 0)
                fail_msg("%s: %s", by->root->full_name, f.items[0].text_en);
        wire_write(m, &second);
        char *before = json_of(must_read(from, buf_slice(&first), a));
        char *after = json_of(must_read(from, buf_slice(&second), a));
        assert_string_equal(before, after);
        free(before), free(after);
        arena_free(a);
}

static void both_ways(struct bytes old, const char *old_root, struct bytes new, const char *new_root)
{
        struct schema *a = NULL, *b = NULL;
        struct buf problems cleanup(buf_done);
        buf_init(&problems);
        assert_int_equal(schema_load(slice_bytes(old), old_root, &a, &problems), 0);
        assert_int_equal(schema_load(slice_bytes(new), new_root, &b, &problems), 0);
        through(a, b);
        through(b, a);
        schema_free(a), schema_free(b);
}

static bool scenario(const char *name, const char *verdict, const char *rules)
{
        struct bytes old = compile_side(name, "old"), new = compile_side(name, "new");
        const char *old_root = root_of(old), *new_root = root_of(new);
        struct changes found = compare(old, old_root, new, new_root);
        bool good = as_expected(&found, verdict, rules);
        struct buf said cleanup(buf_done);
        buf_init(&said);
        describe(&found, &said);
        if (!good)
                print_message("%s: wanted %s %s\n%s", name, verdict, rules, buf_cstr(&said));
        for (size_t i = 0; i < found.count; i++)
                if (found.items[i].line < 1 || !strstr(found.items[i].file, ".proto") ||
                    (found.items[i].class == CHANGE_REFUSED) != (*found.items[i].mend != '\0')) {
                        print_message("%s: no place, or no mend\n%s", name, buf_cstr(&said));
                        good = false;
                }
        changes_done(&found);
        if (strcmp(verdict, "REFUSED") != 0)
                both_ways(old, old_root, new, new_root);
        // No version breaks itself.
        found = compare(new, new_root, new, new_root);
        assert_int_equal(found.count, 0);
        changes_done(&found);
        free((char *)(uintptr_t)old_root), free((char *)(uintptr_t)new_root), free(old.p), free(new.p);
        return good;
}

static void test_scenarios(void **state)
{
        (void)state;
        char line[512], name[128], verdict[32], buf_verdict[32], rules[256];
        int safe = 0, unsafe = 0, bad = 0;
        FILE *f = fopen(EVOLUTION "/expected", "r");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f)) {
                if (line[0] == '#')
                        continue;
                assert_int_equal(sscanf(line, "%127s %31s %31s %255s", name, verdict, buf_verdict, rules), 4);
                bad += !scenario(name, verdict, rules);
                *(strcmp(verdict, "REFUSED") == 0 ? &unsafe : &safe) += 1;
        }
        fclose(f);
        assert_int_equal(bad, 0);
        assert_true(safe >= 10 && unsafe >= 10);
}

// What both texts change, or "" where nothing.
static char *between(const char *old, const char *new)
{
        struct bytes a = compile(old), b = compile(new);
        struct changes found = compare(a, "t.M", b, "t.M");
        struct buf said;
        buf_init(&said);
        describe(&found, &said);
        buf_cstr(&said);
        changes_done(&found);
        free(a.p), free(b.p);
        return (char *)said.p;
}

static void expect(const char *old, const char *new, const char *text)
{
        char *said = between(old, new);
        if (*text ? !strstr(said, text) : *said)
                fail_msg("wanted %s, got %s", text, said);
        free(said);
}

static void test_places(void **state)
{
        (void)state;
        expect(HEAD "message M {\n" DATASET "string a = 2;\nstring b = 3;\n}",
               HEAD "message M {\n" DATASET "string b = 3;\n}",
               "REFUSED t.proto:2: [FIELD_REMOVED] field t.M.a = 2 is gone and number and name are not "
               "reserved; "
               "keep it, or write `reserved 2; reserved \"a\";` in its place\n");
        expect(HEAD "message M {\n" DATASET "string a = 2;\n}",
               HEAD "message M {\n" DATASET "\nint32 a = 2;\n}",
               "REFUSED t.proto:6: [FIELD_TYPE_CHANGED] field t.M.a = 2 was string and is int32 now; ");
        expect(HEAD "message M {\n" DATASET "E e = 2; }\nenum E { A = 0; B = 1; }",
               HEAD "message M {\n" DATASET "E e = 2; }\nenum E { A = 0;\nC = 1; }",
               "REFUSED t.proto:7: [ENUM_VALUE_RENAMED] value 1 of enum t.E was `B` and is `C` now; ");
        // reserved ranges may be cut in pieces and joined
        expect(HEAD "message M {\n" DATASET "reserved 5 to 9; reserved 20; }",
               HEAD "message M {\n" DATASET "reserved 5, 6, 7 to 30; }", "");
        expect(HEAD "message M {\n" DATASET "reserved 5 to 9; }",
               HEAD "message M {\n" DATASET "reserved 5 to 7, 9; }",
               "[RESERVED_REMOVED] number 8 of t.M was reserved and is free now");
        expect(HEAD "message M {\n" DATASET "E e = 2; } enum E { A = 0; reserved -5 to -1, 7 to max; }",
               HEAD "message M {\n" DATASET "E e = 2; } enum E { A = 0; reserved -5 to -1; B = 7; }",
               "[RESERVED_REMOVED] number 7 of t.E was reserved and is in use again");
}

static void test_maps_and_oneofs(void **state)
{
        (void)state;
        expect(HEAD "message M {\n" DATASET "map<string, int32> x = 2; }",
               HEAD "message M {\n" DATASET "map<string, int64> x = 2; }",
               "x = 2 was map<string, int32> and is map<string, int64> now");
        expect(HEAD "message M {\n" DATASET "map<string, N> x = 2; } message N { int32 a = 1; }",
               HEAD "message M {\n" DATASET "map<string, N> x = 2; } message N { string a = 1; }",
               "[FIELD_TYPE_CHANGED] field t.N.a = 1");
        expect(HEAD "message M {\n" DATASET "oneof x { string a = 2; string b = 3; } }",
               HEAD "message M {\n" DATASET "oneof x { string a = 2; } oneof y { string b = 3; } }",
               "b = 3 was in oneof x and is in oneof y now");
        expect(HEAD "message M {\n" DATASET "optional string a = 2; }",
               HEAD "message M {\n" DATASET "oneof x { string a = 2; } }",
               "was in no oneof and is in oneof x now");
        // types that contain themselves
        expect(HEAD "message M {\n" DATASET "M m = 2; N n = 3; } message N { repeated N n = 1; M m = 2; }",
               HEAD "message M {\n" DATASET
                    "M m = 2; N n = 3; } message N { repeated N n = 1; M m = 2; int32 x = 3; }",
               "SAFE t.proto:5: [FIELD_ADDED]");
}

static void test_message_rules(void **state)
{
        (void)state;
#define RULED(rule)                                                                                          \
        HEAD "import 'buf/validate/validate.proto'; message M {\n" DATASET                                   \
             "optional string a = 2; optional string b = 3; optional string c = 4;\n" rule "}"
#define ONEOF(fields) "option (buf.validate.message).oneof = { fields: [" fields "] required: true };"
        expect(RULED(""), RULED(ONEOF("'a', 'b'")), "REFUSED t.proto:2: [REQUIRED_ADDED] t.M demands one of");
        expect(RULED(ONEOF("'a', 'b'")), RULED(ONEOF("'a'")), "[REQUIRED_ADDED]");
        expect(RULED(ONEOF("'a', 'b'")), RULED(ONEOF("'c', 'a', 'b'")), "");
        expect(RULED(ONEOF("'a', 'b'")), RULED(""), "");
        // other notations of the same rules are no change
        expect(HEAD "import 'buf/validate/validate.proto'; message M {\n" DATASET
                    "string a = 2 [(buf.validate.field).string = { min_len: 1 max_len: 9 }]; }",
               HEAD "import 'buf/validate/validate.proto'; message M {\n" DATASET
                    "string a = 2 [(buf.validate.field).string.max_len = 9, "
                    "(buf.validate.field).string.min_len = 1]; }",
               "");
}

static void test_hostile(void **state)
{
        (void)state;
        struct bytes good =
            compile(HEAD "message M {\n" DATASET "E e = 2; N n = 3; } message N { int32 a = 1; "
                         "reserved 4 to 6; } enum E { A = 0; reserved 4; }");
        uint8_t *copy = malloc(good.n + 16);
        struct compat_version old = { slice_bytes(good), "t.M" };
        for (int i = 0; i < 3000; i++) {
                memcpy(copy, good.p, good.n);
                size_t n = mutate(copy, good.n);
                uint8_t *bytes = exact(slice_of(copy, n));
                struct compat_version new = { slice_of(bytes, n), "t.M" };
                struct buf problems;
                buf_init(&problems);
                int rc = schema_compatible(&old, &new, &problems);
                assert_true((rc == 0) == (problems.n == 0));
                rc = schema_compatible(&new, &old, &problems);
                assert_true(rc == 0 || problems.n > 0);
                buf_done(&problems);
                free(bytes);
        }
        free(copy);
        free(good.p);
}

// Apicurio/apicurio-registry#6832: the same type by its short and by its full name is no change, nor another
// structure.
static void test_apicurio_6832_qualified_names(void **state)
{
        (void)state;
        const char *shorter =
            HEAD "message M {\n" DATASET "message N { optional uint64 id = 1; }\nN n = 2;\n}";
        const char *full =
            HEAD "message M {\n" DATASET "message N { optional uint64 id = 1; }\n.t.M.N n = 2;\n}";
        expect(shorter, full, "");
        expect(full, shorter, "");
        struct schema *a = load(shorter), *b = load(full);
        assert_memory_equal(a->fingerprint, b->fingerprint, sizeof(a->fingerprint));
        schema_free(a), schema_free(b);
        // A name that is found in an inner scope first is another type, though it is written the same.
        expect(HEAD "message N { string x = 1; } message M {\n" DATASET "N n = 2;\n}",
               HEAD "message N { string x = 1; } message M {\n" DATASET
                    "message N { string x = 1; }\nN n = 2;\n}",
               "[FIELD_TYPE_CHANGED] field t.M.n = 2 was t.N and is t.M.N now");
}

// confluentinc/schema-registry#1512: the file is the same, what it imports is not.
static void test_confluent_1512_imports(void **state)
{
        (void)state;
        const char *root = "syntax = 'proto3'; package t; import 'part.proto';\n"
                           "import 'iochub/v1/options.proto'; message M {\n" DATASET "Part part = 2; }";
        write_file("part.proto", slice_str("syntax = 'proto3'; package t; message Part { string id = 1; }"));
        struct bytes old = compile(root);
        write_file("part.proto", slice_str("syntax = 'proto3'; package t;\nmessage Part {\nbool on = 1; }"));
        struct bytes new = compile(root);
        struct changes found = compare(old, "t.M", new, "t.M");
        assert_int_equal(found.refused, 2);
        assert_string_equal(found.items[0].file, "part.proto");
        assert_int_equal(found.items[0].line, 3);
        assert_string_equal(found.items[0].rule, "FIELD_RENAMED");
        assert_string_equal(found.items[1].rule, "FIELD_TYPE_CHANGED");
        changes_done(&found);
        free(old.p), free(new.p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_scenarios),
                cmocka_unit_test(test_places),
                cmocka_unit_test(test_maps_and_oneofs),
                cmocka_unit_test(test_message_rules),
                cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_apicurio_6832_qualified_names),
                cmocka_unit_test(test_confluent_1512_imports),
        };
        return cmocka_run_group_tests(tests, NULL, teardown);
}

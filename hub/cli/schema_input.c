// Files as structures, and the lines that are said about them.
#include "hub/cli/schema_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SET_MAX (16 << 20) // bytes of a descriptor set that are read

void findings_done(struct findings *f)
{
        buf_done(&f->problems);
        buf_done(&f->warnings);
}

void findings_print(const struct findings *f)
{
        fflush(stdout);
        fwrite(f->problems.p ? f->problems.p : (const uint8_t *)"", 1, f->problems.n, stderr);
        fwrite(f->warnings.p ? f->warnings.p : (const uint8_t *)"", 1, f->warnings.n, stderr);
}

// "file:12:3: [RULE] text", where only file and text are always there.
static void line_json(char *line, struct json *j)
{
        char *text = line, *colon = line, *end;
        long number = 0, column = 0;

        while ((colon = strchr(colon, ':')) != NULL) {
                number = strtol(colon + 1, &end, 10);
                if (end > colon + 1 && *end == ':')
                        break;
                number = 0;
                colon++;
        }
        if (colon == NULL && (colon = strstr(line, ": ")) != NULL)
                end = colon;
        if (colon != NULL) {
                *colon = '\0';
                if (number && (column = strtol(end + 1, &text, 10)) != 0 && *text == ':')
                        end = text;
                else
                        column = 0;
                text = end + 1;
                text += strspn(text, " ");
        }
        if (strncmp(text, "warning: ", 9) == 0)
                text += 9;
        char *rule = *text == '[' ? text + 1 : NULL, *behind = rule ? strstr(rule, "] ") : NULL;
        json_object(j);
        json_key(j, "file");
        colon ? json_str(j, line) : json_null(j);
        json_key(j, "line");
        number ? json_int(j, number) : json_null(j);
        json_key(j, "column");
        column ? json_int(j, column) : json_null(j);
        json_key(j, "rule");
        if (behind) {
                *behind = '\0';
                json_str(j, rule);
                text = behind + 2;
        } else {
                json_null(j);
        }
        json_key(j, "text");
        json_str(j, text);
        json_end_object(j);
}

static void lines_json(const struct buf *lines, const char *key, struct json *j)
{
        char *copy = strndup(lines->p ? (const char *)lines->p : "", lines->n), *save = NULL;

        if (!copy)
                abort();
        json_key(j, key);
        json_array(j);
        for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                line_json(line, j);
        json_end_array(j);
        free(copy);
}

void findings_json(const struct findings *f, struct json *j)
{
        lines_json(&f->problems, "problems", j);
        lines_json(&f->warnings, "warnings", j);
}

static int read_set(const char *file, struct compiled *out)
{
        FILE *f = fopen(file, "re");
        size_t n;

        if (!f)
                return EXIT_ABSENT;
        while ((n = fread(buf_reserve(&out->set, 65536), 1, 65536, f)) > 0 && out->set.n <= SET_MAX)
                out->set.n += n;
        fclose(f);
        if (out->set.n <= SET_MAX)
                return EXIT_DONE;
        buf_printf(&out->found->problems, "%s: above %d bytes\n", file, SET_MAX);
        return EXIT_ABSENT;
}

int structure_open(const char *file, const struct input_options *o, struct findings *found,
                   struct compiled *out)
{
        size_t before = found->problems.n;
        int code;

        *out = (struct compiled){ .shown = strdup(file), .found = found };
        if (!out->shown)
                abort();
        if (access(file, R_OK) != 0) {
                buf_printf(&found->problems, "%s: %s\n", file, strerror(errno));
                return EXIT_ABSENT;
        }
        code = o->descriptor_set ? read_set(file, out) : protoc_compile(file, &o->include, out);
        if (code == EXIT_ABSENT && found->problems.n == before)
                buf_printf(&found->problems, "%s: [PROTOC] protoc failed and did not say why\n", file);
        return code;
}

void compiled_done(struct compiled *p)
{
        buf_done(&p->set);
        free(p->shown);
        free(p->name);
}

void texts_done(struct texts *t)
{
        for (size_t i = 0; i < t->count; i++)
                free((char *)(uintptr_t)t->items[i]);
        free(t->items);
        *t = (struct texts){ 0 };
}

int structure_datasets(const struct compiled *p, struct texts *out)
{
        struct buf names = { 0 };
        char *save = NULL;
        int code = EXIT_DONE;

        if (schema_datasets(buf_slice(&p->set), &names) != 0) {
                // The loader says why.
                struct schema *none = NULL;
                struct buf why = { 0 };
                if (schema_load(buf_slice(&p->set), "", &none, &why) != 0)
                        compiled_lines(p, buf_slice(&why), &p->found->problems);
                schema_free(none);
                buf_done(&why);
                code = EXIT_ABSENT;
        } else if (names.n == 0) {
                buf_printf(&p->found->problems,
                           "%s:1: [NO_DATASET] no message of it is a dataset; give one `option "
                           "(iochub.v1.dataset) = { "
                           "name: … mode: … }`\n",
                           p->shown);
                code = EXIT_ABSENT;
        }
        *out = (struct texts){ .items = calloc(names.n / 2 + 1, sizeof(*out->items)) };
        if (!out->items)
                abort();
        buf_cstr(&names);
        for (char *name = code == EXIT_DONE ? strtok_r((char *)names.p, "\n", &save) : NULL; name;
             name = strtok_r(NULL, "\n", &save)) {
                char *copy = strdup(name);
                if (!copy)
                        abort();
                out->items[out->count++] = copy;
        }
        buf_done(&names);
        return code;
}

// Messages of one file share types: what stands against one of these is said once.
static bool has_line(const struct buf *out, struct slice line)
{
        struct slice left = buf_slice(out);

        while (left.n) {
                const uint8_t *end = memchr(left.p, '\n', left.n);
                size_t n = end ? (size_t)(end - left.p) + 1 : left.n;

                if (slice_eq(slice_of(left.p, n), line))
                        return true;
                left = slice_of(left.p + n, left.n - n);
        }
        return false;
}

// The file's name as the set has it gives way to the name that was typed.
static void add_line(const struct compiled *p, struct slice line, struct buf *out)
{
        size_t n = p->name ? strlen(p->name) : 0;
        struct buf whole = { 0 };

        if (n && line.n > n && memcmp(line.p, p->name, n) == 0 && line.p[n] == ':') {
                buf_add_str(&whole, p->shown);
                line = slice_of(line.p + n, line.n - n);
        }
        buf_add_slice(&whole, line);
        buf_add_char(&whole, '\n');
        if (!has_line(out, buf_slice(&whole)))
                buf_add_slice(out, buf_slice(&whole));
        buf_done(&whole);
}

void compiled_lines(const struct compiled *p, struct slice lines, struct buf *out)
{
        while (lines.n) {
                const uint8_t *end = memchr(lines.p, '\n', lines.n);
                size_t n = end ? (size_t)(end - lines.p) : lines.n;

                if (n)
                        add_line(p, slice_of(lines.p, n), out);
                lines = slice_of(lines.p + n + (end != NULL), lines.n - n - (end != NULL));
        }
}

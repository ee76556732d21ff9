// What protoc says, made whole: the file as the user typed it, a line where it gives none, and the next step.
// It speaks of an import twice, where it is missing and where it is wanted: the second place is the one to
// mend.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/cli/schema_input.h"

#define LINE_MAX 4096

struct saying {
        const char *path;
        const char *const *args;
        size_t count;
        struct compiled *p;
        struct buf missing;  // names of imports that were not found, each between newlines
        struct buf editions; // files that are written in an edition
};

static const struct {
        const char *what, *mend;
} mends[] = {
        { "is not defined", "declare it, or import the file that does" },
        { "has already been used in", "give each field a number of its own" },
        { "uses reserved number", "take another number: this one has had another meaning" },
        { "uses reserved name", "take another name: this one has had another meaning" },
        { "Expected field number", "every field has a number from 1 to 536870911" },
        { "must be positive integers", "every field has a number from 1 to 536870911" },
        { "Unrecognized syntax identifier", "write `syntax = \"proto3\";`" },
        { "Error while parsing option value", "iochub/v1/options.proto says what there is" },
        { "is already defined in",
          "names inside of a message or package differ; an enum's values stand beside it" },
        { "Enum type \"", "declare the enum in a proto3 file, or make this file proto2" },
};

#define EDITION_MEND                                                                                         \
        "this protoc does not compile editions; write `syntax = \"proto3\";`, or compile the file with "     \
        "protoc 27 "                                                                                         \
        "or newer (--include_imports --include_source_info --descriptor_set_out=FILE) and give FILE with "   \
        "--descriptor-set"

static FILE *open_source(const struct saying *s, const char *name)
{
        char path[LINE_MAX];
        FILE *f = NULL;

        if (strcmp(name, s->p->shown) == 0)
                return fopen(s->path, "re");
        for (size_t i = 0; i < s->count && !f; i++) {
                if (strncmp(s->args[i], "-I", 2) != 0)
                        continue;
                snprintf(path, sizeof(path), "%s/%s", s->args[i] + 2, name);
                f = fopen(path, "re");
        }
        return f;
}

// Whether a line of source has the word in front of `=`: a field's or value's declaration.
static bool declares(const char *line, const char *word)
{
        size_t n = strlen(word);

        for (const char *at = strstr(line, word); at; at = strstr(at + 1, word)) {
                const char *behind = at + n + strspn(at + n, " \t");

                if ((at == line || !(isalnum((unsigned char)at[-1]) || at[-1] == '_')) && *behind == '=')
                        return true;
        }
        return false;
}

// The first line of a file that holds a statement `edition`, or declares the word; 0: none.
static int find_line(const struct saying *s, const char *name, const char *word)
{
        FILE *f = open_source(s, name);
        char *line = NULL;
        size_t size = 0;
        int number = 0, found = 0;

        while (f && !found && getline(&line, &size, f) >= 0) {
                number++;
                if (word ? declares(line, word) : strncmp(line + strspn(line, " \t"), "edition", 7) == 0)
                        found = number;
        }
        free(line);
        if (f)
                fclose(f);
        return found;
}

static bool has_line(const struct buf *list, const char *name)
{
        char line[LINE_MAX];

        snprintf(line, sizeof(line), "\n%s\n", name);
        return list->n && memmem(list->p, list->n, line, strlen(line)) != NULL;
}

static void keep_line(struct buf *list, const char *name)
{
        buf_printf(list, "%s%s\n", list->n ? "" : "\n", name);
}

static const char *mend_of(const struct saying *s, const char *text)
{
        char name[LINE_MAX] = "";

        if (sscanf(text, "Import \"%4095[^\"]\" was not found", name) == 1 && strstr(text, "was not found"))
                return has_line(&s->missing, name) ? "name the folder that holds it with -I" : NULL;
        for (size_t i = 0; i < sizeof(mends) / sizeof(*mends); i++)
                if (strstr(text, mends[i].what))
                        return mends[i].mend;
        return NULL;
}

static void add_edition(struct saying *s, const char *name, int line)
{
        if (!has_line(&s->editions, name))
                buf_printf(&s->p->found->problems, "%s:%d: [EDITION] " EDITION_MEND "\n", name, line);
        keep_line(&s->editions, name);
}

// place: "12:3: ", "12: " or "", which ends where the text begins.
static void add_line(struct saying *s, const char *name, int line, int column, const char *text)
{
        struct buf *out = &s->p->found->problems;
        const char *mend = mend_of(s, text);
        size_t n = strlen(text);

        buf_add_str(out, name);
        if (line > 0)
                buf_printf(out, ":%d", line);
        if (column > 0)
                buf_printf(out, ":%d", column);
        n -= n && text[n - 1] == '.';
        buf_printf(out, ": [PROTOC] %.*s%s%s\n", (int)n, text, mend ? "; " : "", mend ? mend : "");
}

static void take(struct saying *s, const char *name, int line, int column, const char *text)
{
        char word[256] = "";
        int edition;

        if (strncmp(text, "warning: ", 9) == 0) {
                buf_printf(&s->p->found->warnings, "%s:%d: warning: [PROTOC] %s\n", name, line, text + 9);
                return;
        }
        if (strncmp(text, "File not found", 14) == 0) {
                keep_line(&s->missing, name);
                return;
        }
        if (has_line(&s->editions, name) || strncmp(text, "Suggested field numbers", 23) == 0)
                return; // what follows from what was said
        edition = strstr(text, "Expected top-level statement") ? find_line(s, name, NULL) : 0;
        if (edition) {
                add_edition(s, name, edition);
                return;
        }
        if (line == 0 && sscanf(text, "%*[^\"]\"%255[^\"]", word) == 1)
                line = find_line(s, name, word);
        add_line(s, name, line, column, text);
}

// "[libprotobuf WARNING …] No syntax specified for the proto file: t.proto. Please …"
static bool say_syntax(struct saying *s, const char *text)
{
        const char *at = strstr(text, "No syntax specified for the proto file: ");
        const char *end = at ? strstr(at, ". Please") : NULL;
        char name[LINE_MAX];

        if (!end)
                return text[0] == '[';
        at += strlen("No syntax specified for the proto file: ");
        snprintf(name, sizeof(name), "%.*s", (int)(end - at), at);
        if (find_line(s, strcmp(name, s->p->name) == 0 ? s->p->shown : name, NULL))
                return true; // an edition, of which more comes
        buf_printf(&s->p->found->warnings,
                   "%.*s:1: warning: [PROTOC] the file names no syntax, which makes it proto2; begin it with "
                   "`syntax = "
                   "\"proto3\";`\n",
                   (int)(end - at), at);
        return true;
}

// The line's name of a file, as the user typed it; text is moved to what stands behind it.
static const char *shown_name(const struct saying *s, char *line, char **text)
{
        const char *const names[] = { s->path, s->p->name };
        char *colon = strchr(line, ':');

        for (size_t i = 0; i < 2; i++) {
                size_t n = strlen(names[i]);

                if (strncmp(line, names[i], n) == 0 && line[n] == ':') {
                        *text = line + n + 1;
                        return s->p->shown;
                }
        }
        *text = colon ? colon + 1 : line;
        if (colon)
                *colon = '\0';
        return colon ? line : s->p->shown;
}

void protoc_said(struct slice said, const char *path, const char *const *args, size_t count,
                 struct compiled *p)
{
        struct saying s = { .path = path, .args = args, .count = count, .p = p };
        char *copy = strndup(said.n ? (const char *)said.p : "", said.n), *save = NULL, *text;

        if (!copy)
                abort();
        for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                int number = 0, column = 0, used = 0;

                if (say_syntax(&s, line))
                        continue;
                const char *name = shown_name(&s, line, &text);
                if (sscanf(text, "%d:%d:%n", &number, &column, &used) == 2 && used)
                        text += used;
                take(&s, name, number, column, text + strspn(text, " "));
        }
        free(copy);
        buf_done(&s.missing);
        buf_done(&s.editions);
}

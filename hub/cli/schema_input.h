// How `iochub schema` takes structures: .proto files through protoc, or descriptor sets that another compiler
// made; and what is said about them, problems and warnings as lines "file:line: text".
#pragma once

#include "hub/base/json.h"
#include "hub/cli/cli.h"
#include "hub/msg/schema.h"

struct input_options {
        struct texts include;
        bool descriptor_set;
};

// The rows of these options, where the command's struct has them as `input`.
#define INPUT_OPTIONS(options)                                                                               \
        { .name = "include",                                                                                 \
          .letter = 'I',                                                                                     \
          .kind = OPTION_MANY,                                                                               \
          .offset = offsetof(options, input.include),                                                        \
          .value = "DIR",                                                                                    \
          .sentence = { "Nơi tìm các tệp được import; có thể lặp lại",                                       \
                        "Where imports are looked for; may be given again" } },                              \
        {                                                                                                    \
                .name = "descriptor-set", .kind = OPTION_FLAG,                                               \
                .offset = offsetof(options, input.descriptor_set), .sentence = {                             \
                        "Các tệp là descriptor set do trình biên dịch khác tạo ra (kèm import)",             \
                        "The files are descriptor sets that another compiler made (with imports)"            \
                }                                                                                            \
        }

// What was found, as whole lines with the files' names as the user typed them.
struct findings {
        struct buf problems, warnings;
};

void findings_done(struct findings *f);
// On standard error, problems first.
void findings_print(const struct findings *f);
// The members `problems` and `warnings`.
void findings_json(const struct findings *f, struct json *j);

// A file as descriptors, and how its name on the disk and its name inside the set go together.
struct compiled {
        struct buf set;         // FileDescriptorSet with imports
        char *shown;            // as the user typed it
        char *name;             // as the set calls it
        struct findings *found; // where lines go
};

// 0 done, otherwise the exit code; what stands against the file is among the findings.
int structure_open(const char *file, const struct input_options *o, struct findings *found,
                   struct compiled *out) must_check;
void compiled_done(struct compiled *p);
// The messages of its last file that are datasets, in order; items and names are freed by texts_done. 0 done,
// otherwise the exit code.
int structure_datasets(const struct compiled *p, struct texts *out) must_check;
void texts_done(struct texts *t);
// Adds lines about that set to problems or warnings.
void compiled_lines(const struct compiled *p, struct slice lines, struct buf *out);
// Warnings of what is allowed and seldom meant (schema_lint.c).
void structure_lint(const struct compiled *p, const char *message);

// protoc.c: fills set, name and findings.
int protoc_compile(const char *file, const struct texts *include, struct compiled *out) must_check;
// protoc_said.c: what protoc wrote, a line of its own each, with the mend where we know it. args: protoc's
// own, which say where imports are; path: the file's.
void protoc_said(struct slice said, const char *path, const char *const *args, size_t count,
                 struct compiled *p);

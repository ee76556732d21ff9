// What the registry shows of a registered structure: .proto files, one entry each.
//
// A dataset's entry is its typed twin, `DataMessage { iochub.v1.Header header = 1; <the dataset's message>
// data = 2; … }`, the same bytes as iochub.v1.DataMessage with field 2 typed: what stands on the dataset's
// topics, so any registry-aware consumer decodes it. One of the hub's own messages is shown by its own file.
// Either is the first message of its file, as frames say (message index 0). The files they import, but for
// google/protobuf's, are entries too, named by their import path.
#pragma once

#include "hub/base/arena.h"
#include "hub/base/digest.h"

struct twin_file {
        const char *path;        // as imports name it
        struct slice descriptor; // FileDescriptorProto
        // SHA-256 over path, descriptor without source information, and the imports' fingerprints.
        uint8_t fingerprint[SHA256_SIZE];
        const size_t *references; // its imports among `files`, in order
        size_t reference_count;
};

struct twin {
        struct twin_file *files; // imports before those who import them
        size_t count;            // the last one is the entry itself
        struct slice set;        // FileDescriptorSet of all, google/protobuf's files too
        struct arena *arena;     // everything lives here
};

// dataset: its name; NULL: one of the hub's own messages. The structure loads (schema_load). 0 done, 1 it
// cannot be shown: a line for each problem.
int twin_new(struct slice descriptor_set, const char *message, const char *dataset, struct twin **out,
             struct buf *problems) must_check;
struct twin *twin_free(struct twin *t);
// The .proto text of a file. 0 done, 1 it has none (a line is added to problems).
int twin_text(const struct twin *t, size_t file, struct buf *text, struct buf *problems) must_check;

// A .proto file written back from its descriptors, with its comments: compiled again, it gives the same
// descriptors (tests/unit/msg/test_proto_text.c). Not written: groups, and options whose extension the set
// does not declare.
#pragma once

#include "hub/base/buf.h"

// The text of the set's file of that name, or of the one that declares the message at its top level. 0 done,
// 1 the set is damaged, has no such file, or the file holds a group.
int proto_text_file(struct slice descriptor_set, struct slice file, struct buf *out) must_check;
int proto_text(struct slice descriptor_set, const char *message, struct buf *out) must_check;

// Whether two FileDescriptorProto (from anybody) say the same but for the file's name, comments and JSON
// names, which programs drop from the descriptors that they carry.
#pragma once

#include "hub/base/buf.h"

bool proto_same(struct slice one, struct slice other);

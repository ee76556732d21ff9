// A decoded message in protobuf's text format, exactly as protoc writes it, without unknown fields.
#pragma once

#include "hub/base/buf.h"
#include "hub/msg/value.h"

void text_format(const struct msg *m, unsigned indent, struct buf *out);
// Takes the unknown fields (whose names are numbers) out of protoc's text.
void text_without_unknown(const char *text, struct buf *out);
// Cuts unknown numbers to 32 bits, as protoc does with those of closed enums where they are not packed.
void text_narrow(const char *text, struct buf *out);

// JSON writer (RFC 8259) into a buffer. Commas and nesting are its business; misuse is a bug and aborts.
#pragma once

#include "hub/base/buf.h"

#define JSON_DEPTH 80 // 32 messages, each in a list, and what is around them

struct json {
        struct buf *out;
        unsigned depth;
        bool pretty; // two-space indentation, one item a line
        uint8_t state[JSON_DEPTH];
};

void json_init(struct json *j, struct buf *out, bool pretty);
void json_object(struct json *j);
void json_end_object(struct json *j);
void json_array(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key);
void json_key_slice(struct json *j, struct slice key);
// Text must be UTF-8; bytes that are not become U+FFFD.
void json_str(struct json *j, const char *s);
void json_slice(struct json *j, struct slice s);
void json_int(struct json *j, int64_t v);
void json_uint(struct json *j, uint64_t v);
void json_double(struct json *j, double v); // shortest form that reads back; NaN and infinities as strings
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
void json_base64(struct json *j, struct slice s);
void json_hex(struct json *j, struct slice s);
void json_instant(struct json *j, int64_t usec);
// Already serialised JSON.
void json_raw(struct json *j, struct slice s);

// Reads the text of a member of a JSON object into out (of members with the same name the last). 0 done, 1
// there is no such member with a text, 2 not a JSON object, or nested deeper than 32.
int json_member(struct slice json, const char *name, struct buf *out) must_check;

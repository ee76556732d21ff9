// What a request to the registry's HTTP interface asks for. The interface is that of Confluent's Schema
// Registry (its API reference), reading only. Paths and queries come from anybody.
#pragma once

#include "hub/base/buf.h"

enum registry_ask {
        ASK_ROOT,          // /
        ASK_SUBJECTS,      // /subjects
        ASK_LOOKUP,        // /subjects/{subject}, with a schema to look for in a POST
        ASK_VERSIONS,      // /subjects/{subject}/versions
        ASK_VERSION,       // /subjects/{subject}/versions/{version}
        ASK_VERSION_TEXT,  // /subjects/{subject}/versions/{version}/schema
        ASK_REFERENCED_BY, // /subjects/{subject}/versions/{version}/referencedby
        ASK_ID,            // /schemas/ids/{id}
        ASK_ID_TEXT,       // /schemas/ids/{id}/schema
        ASK_ID_VERSIONS,   // /schemas/ids/{id}/versions
        ASK_ID_SUBJECTS,   // /schemas/ids/{id}/subjects
        ASK_TYPES,         // /schemas/types
        ASK_CONFIG,        // /config, /config/{subject}
        ASK_MODE,          // /mode, /mode/{subject}
};

enum registry_refusal {
        REGISTRY_MALFORMED = 1, // no proper path or query, or too long
        REGISTRY_NO_PATH,       // proper, but no path of this interface
        REGISTRY_NO_VERSION,    // the version is no number from 1 and not `latest` or -1
};

#define REGISTRY_TARGET_MAX 2048 // bytes of path and query together

struct registry_request {
        enum registry_ask ask;
        struct slice subject; // empty where there is none; UTF-8 without control characters
        uint32_t id;          // above 0
        uint32_t version;     // 0: the latest
        bool serialized;      // format=serialized: base64 of the FileDescriptorProto in place of .proto text
        bool deleted_only;    // there are none
        struct slice prefix;  // subjectPrefix
        uint32_t offset;
        int32_t limit; // below 0: none
};

// Slices of *out point into `text`, which is emptied first. 0 done, >0 an enum registry_refusal.
int registry_request_read(struct slice path, struct slice query, struct buf *text,
                          struct registry_request *out) must_check;

// The subject under which the registry keeps what a topic's subject stands for (TopicNameStrategy: the
// topic's name and `-value`): shared.<dataset> and in.<agency>.<dataset> are the dataset's, rejected.<agency>
// is all agencies'. Any other name is returned as it is. The slice points into `subject` or is static.
struct slice registry_subject(struct slice subject);

// Data faults: why one record is refused. Codes are stable words (docs/DELIVERY.md, "Reject codes"); they
// reach the sender in iochub.v1.Reject and people in hub.quarantine.
#pragma once

#include "hub/base/arena.h"

enum fault_code {
        FAULT_NONE = 0,
        FAULT_FRAME,            // BAD_FRAME: not 00 + schema id + 00
        FAULT_TOO_LARGE,        // TOO_LARGE: value or record key above the cap
        FAULT_MALFORMED,        // MALFORMED: the bytes are no message of the type
        FAULT_TOO_DEEP,         // TOO_DEEP
        FAULT_TOO_MANY,         // TOO_MANY: elements above the cap
        FAULT_UTF8,             // BAD_UTF8
        FAULT_NUL,              // NUL_IN_TEXT: PostgreSQL cannot hold U+0000
        FAULT_HEADER,           // BAD_HEADER: a header field is missing or wrong
        FAULT_UNKNOWN_SCHEMA,   // UNKNOWN_SCHEMA: no such schema id
        FAULT_WRONG_AGENCY,     // WRONG_AGENCY: the header names another sender than the topic
        FAULT_WRONG_DATASET,    // WRONG_DATASET: header or schema is not of the topic's dataset
        FAULT_WRONG_KEY,        // WRONG_KEY: header or record key differs from the message's key fields
        FAULT_TIME_WINDOW,      // TIME_OUT_OF_WINDOW
        FAULT_OPERATION,        // UNSUPPORTED_OPERATION: the dataset's mode has no such operation
        FAULT_RULE,             // RULE_BROKEN: violations say which
        FAULT_STALE_SESSION,    // STALE_SESSION
        FAULT_REFUSED_BY_STORE, // REFUSED_BY_STORE: PostgreSQL refused the row
        FAULT_DUPLICATE_KEY,    // DUPLICATE_KEY: stored already with other content
        FAULT_CODES,
};

// "BAD_FRAME" and so on.
const char *fault_word(enum fault_code code);
// The code of a word; FAULT_REFUSED_BY_STORE where this program knows no such word.
enum fault_code fault_of_word(const char *word);

struct violation {
        const char *field;     // protovalidate's path form; "" for the message itself
        const char *rule;      // rule id
        const char *rule_path; // where the rule stands in buf.validate.FieldRules, such as
                               // `repeated.items.string.min_len`; NULL where it is of no field
        const char *text_vi, *text_en;
        bool for_key;  // field leads to a map entry whose key is at fault
        bool unjudged; // the rule cannot be applied to the value (a pattern to bytes that are no UTF-8)
        bool flag;     // FLAG severity: the row is stored
};

// Filled by readers and rules; strings live in the batch's arena.
struct fault {
        enum fault_code code;
        struct violation
            *items; // at least one where code is set (rule = the code's word where no rule was involved)
        size_t count, capacity;
        size_t rejects; // items that are not flags
};

// Appends a violation (strings must live as long as the arena). At most 64 are kept; all that reject are
// counted.
void fault_add(struct fault *f, struct arena *a, struct violation v);
// True where no further violation would be kept, so that its texts need not be made.
bool fault_is_full(const struct fault *f);
// Sets the code and appends a violation with printf-made English and Vietnamese text. Returns 1.
int fault_set(struct fault *f, struct arena *a, enum fault_code code, const char *field, const char *text_vi,
              const char *text_en_format, ...) printf_like(6, 7);

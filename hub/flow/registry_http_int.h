// Inside of the registry over HTTP: registry_http.c has the thread, the connection and the cache,
// registry_answer.c what is answered.
#pragma once

#include "hub/base/web.h"
#include "hub/msg/registry_path.h"
#include "hub/pg/conn.h"

// As Confluent's API numbers them.
enum registry_error {
        ERROR_BAD_REQUEST = 400,
        ERROR_NOT_FOUND = 404,
        ERROR_METHOD = 405,
        ERROR_SUBJECT = 40401,
        ERROR_VERSION = 40402,
        ERROR_SCHEMA = 40403,
        ERROR_BODY = 42201,
        ERROR_VERSION_TEXT = 42202,
        ERROR_INTERNAL = 500,
        ERROR_AWAY = 50301,
};

// Sets status and body: the status is the number's first three digits.
void registry_error(struct web_answer *answer, enum registry_error error, const char *format, ...)
    printf_like(3, 4);
// What can be answered without the database. True: *answer has it.
bool registry_answer_fixed(const struct registry_request *r, struct web_answer *answer);
// Fills *answer (which is empty) from the database; body is that of an ASK_LOOKUP. <0 the query failed.
int registry_answer(struct pg *pg, const struct registry_request *r, struct slice body,
                    struct web_answer *answer, struct err *e) must_check;
// Whether the answer, once it is a good one, stays the same for ever; then key gets what it is kept under.
bool registry_answer_lasts(const struct registry_request *r, struct buf *key);

// What the live tests share: a connection to the server that PGHOST and its like name, schemas compiled by
// protoc, messages from protoc's text format, and rows through COPY. Without PGHOST a program says `skip` for
// each of its tests.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/clock.h"
#include "hub/base/digest.h"
#include "hub/msg/wire.h"
#include "hub/pg/conn.h"
#include "hub/pg/dataset.h"
#include "hub/pg/migrate.h"
#include "hub/pg/table.h"

// 2025-03-01T00:00:00Z.
#define MARCH 1740787200000000LL

struct live {
        struct pg *owner, *hub; // connections of the two roles
        struct arena *arena;
        struct digest *digest;
        int64_t offset; // of the last row
};

// Both connections and a migrated database; NULL where PGHOST is not set.
struct live *live_new(void);
struct live *live_free(struct live *l);
// Calls skip() where there is no server.
#define LIVE(state)                                                                                          \
        struct live *l = *(state);                                                                           \
        if (l == NULL)                                                                                       \
        skip()

// The descriptor set of a .proto file of this folder; text replaced from -> to first, where from is not NULL.
void live_compile(const char *file, const char *from, const char *to, struct buf *set);
// Registers one message. 0 registered, 1 was there already, 2 refused.
int live_register(struct pg *c, struct slice set, const char *message, struct registry_entry *out,
                  struct buf *problems, struct err *e);
// Registers message of the set and gives the table as the hub would load it.
struct table *live_table(struct live *l, const struct buf *set, const char *message);
struct table *live_table_free(struct table *t);
// A message in the arena from text format (`so: 1 chu: "a"`), by way of `protoc --encode`.
struct msg *live_message(struct live *l, const struct table *t, const char *file, const char *text);
// A row about it: PUT, received at MARCH + offset seconds, the next offset of feed 1.
struct row live_row(struct live *l, const struct msg *m);
// Stores rows in one transaction, as the hub does.
void live_store(struct live *l, const struct table *t, const struct row *rows, size_t count);
// Text of the single value that a query gives, "" for NULL; lives in the arena.
const char *live_value(struct live *l, const char *sql);
#define expect_sql(l, sql, text) assert_string_equal(live_value(l, sql), text)
// Runs as the owner and wants it to go through.
void live_exec(struct live *l, const char *sql);

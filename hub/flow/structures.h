// Registered structures that this worker has met: compiled schema, table plan, the COPY rows of the batch
// under way and the months whose partitions exist.
#pragma once

#include "hub/base/arena.h"
#include "hub/pg/conn.h"
#include "hub/pg/table.h"

struct structure {
        uint32_t id;
        struct schema *schema;
        struct table *table;
        const char *parent_schema; // "data" or "history": where partitions are added
        struct buf rows;           // binary COPY tuples of the batch
        struct buf amended;        // APPEND: those of part.x_amended
        bool identified;           // APPEND with a natural key
        bool staged;               // the temporary table exists on this connection
        bool touched;              // has rows in the slice under way
        bool wanted;               // its items' natural keys are to be looked up
        bool amending;             // its dataset has corrections or retractions in the slice under way
        uint8_t months_there[450]; // one bit a month from 1900-01 (UTC)
        uint8_t months_wanted[450];
        bool wants_months;
        struct structure *next;
};

struct structures;

struct structures *structures_new(void);
struct structures *structures_free(struct structures *s);
// 0 found, 1 no such schema id, <0 the database could not be asked.
int structures_get(struct structures *s, struct pg *pg, uint32_t id, struct structure **out,
                   struct err *e) must_check;
struct structure *structures_first(const struct structures *s);
// A new connection has no temporary tables.
void structures_connection_changed(struct structures *s);
// Notes that rows of this instant's month will be stored.
void structure_want_month(struct structure *t, int64_t usec);
// Adds partitions of wanted months that are not there.
int structures_add_months(struct structures *s, struct pg *pg, struct err *e) must_check;

// Registered structures in PostgreSQL, which is the truth about them; iochub.schemas is published from here.
// A subject has versions 1, 2, 3…; an id names one of them for ever.
#pragma once

#include "hub/msg/notice.h"
#include "hub/msg/schema.h"
#include "hub/pg/conn.h"

// Owned copies; registry_entry_done frees them.
struct registry_entry {
        uint32_t id, version;
        char *subject, *dataset, *message, *registered_by; // dataset NULL: one of the hub's own messages
        struct slice descriptor_set;
        uint8_t *set; // owns what descriptor_set lends
        uint8_t fingerprint[32];
        int64_t registered_at; // instant
};

struct registry_list {
        struct registry_entry *entries;
        size_t count;
};

void registry_entry_done(struct registry_entry *entry);
void registry_list_done(struct registry_list *list);
// The entry as a record of iochub.schemas; slices point into the entry.
struct schema_record registry_record(const struct registry_entry *entry);

// Holds a subject until the end of the caller's transaction; registry_put does so itself.
int registry_lock(struct pg *c, const char *subject, struct err *e) must_check;
// Inside the caller's transaction. 0 a new version, 1 this structure is registered already; out has the entry
// either way.
int registry_put(struct pg *c, const char *subject, const char *dataset, const char *message,
                 struct slice descriptor_set, const uint8_t fingerprint[32], struct registry_entry *out,
                 struct err *e) must_check;
// 0 found, 1 no such schema.
int registry_get(struct pg *c, uint32_t id, struct registry_entry *out, struct err *e) must_check;
// The newest version of a dataset. 0 found, 1 there is none.
int registry_latest(struct pg *c, const char *dataset, struct registry_entry *out, struct err *e) must_check;
// That version of it. 0 found, 1 there is none.
int registry_version(struct pg *c, const char *dataset, uint32_t version, struct registry_entry *out,
                     struct err *e) must_check;
// The version of a subject that has this fingerprint. 0 found, 1 there is none.
int registry_find(struct pg *c, const char *subject, const uint8_t fingerprint[32],
                  struct registry_entry *out, struct err *e) must_check;
// All, by subject and version, without their descriptor sets; those that iochub.schemas lacks, by id, at most
// 100 at once.
int registry_list_all(struct pg *c, struct registry_list *out, struct err *e) must_check;
int registry_unpublished(struct pg *c, struct registry_list *out, struct err *e) must_check;
int registry_mark_published(struct pg *c, uint32_t id, struct err *e) must_check;
// Id of the newest version of a subject of our own; -1 also where there is none.
int registry_own_id(struct pg *c, const char *subject, uint32_t *id, struct err *e) must_check;
// Our own messages under iochub.routing-value, rejected-value and iochub.schemas-value.
int registry_register_own(struct pg *c, struct err *e) must_check;

// The partitions that a consumer knows, with the position it keeps itself: the offset after the last record
// handed to the owner. librdkafka's own position is never relied on. Names and entries live as long as the
// table.
#pragma once

#include "hub/bus/consumer.h"

struct part {
        const char *topic; // one pointer a topic
        int32_t partition;
        int32_t epoch; // leader epoch of the record before next; -1: unknown
        int64_t next;
        void *cookie;
        bool assigned; // given to this consumer
        bool fetched;  // and librdkafka was told to fetch it
        bool paused;   // by the owner
        bool failed;   // told to the owner; stays so until it seeks
        bool rewind;   // librdkafka is ahead of next
};

struct parts;

struct parts *parts_new(void);
struct parts *parts_free(struct parts *t);
// The entry, or NULL where it was never added.
struct part *parts_find(const struct parts *t, const char *topic, int32_t partition);
// The entry, made where it is missing; its fields are the caller's to fill. NULL: no such partition number.
struct part *parts_add(struct parts *t, const char *topic, int32_t partition);
// All entries, in the order they were added.
size_t parts_count(const struct parts *t);
struct part *parts_at(const struct parts *t, size_t i);

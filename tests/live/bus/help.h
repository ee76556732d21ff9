// What the cases of the bus share: a broker named by IOCHUB_BOOTSTRAP, topics of their own, results as `ok -
// ` lines.
#pragma once

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/bus/admin.h"
#include "hub/bus/consumer.h"
#include "hub/bus/producer.h"

#include <stdio.h>
#include <stdlib.h>

#define PARTITIONS 4
#define WAIT_MS    20000

extern bool any_failed;
extern struct err E;

// One result. What was seen is printed where it does not hold.
void check(bool holds, const char *name, const char *seen, ...) printf_like(3, 4);
// Ends the program where a call of the bus fails that should not.
void need(int r, const char *what);
#define NEED(call) need(call, #call)

// The broker's address and further properties, NULL-terminated pairs.
struct bus_conf bus_settings(const char *const *more);
double seconds_since(int64_t begin);

// A new topic (an old one of that name is deleted) with PARTITIONS partitions.
void topic_new(const char *name);
// Sends count records; value = the number as 8 bytes big-endian and padding, key = the number as text. Waits
// for all reports. partition -1: by key.
void fill(const char *topic, int32_t partition, uint64_t from, uint64_t count);
uint64_t number_of(const struct record *r);
// Next offset of each partition.
void ends_of(const char *topic, int64_t next[PARTITIONS]);

// Follows what a consumer hands out: each record must be the one after the last of its partition.
struct follower {
        int64_t next[PARTITIONS];
        uint64_t records, jumps;
};
void follow(struct follower *f, const struct record *records, size_t count);
// Polls until every partition was read to the end (or WAIT_MS have passed) and follows.
bool read_to(struct consumer *c, struct follower *f, const int64_t end[PARTITIONS], size_t max);
// Polls for ms and follows; the number of records.
size_t read_for(struct consumer *c, struct follower *f, int ms, size_t max);
void assign_all(struct consumer *c, const char *topic, int64_t from);

// The cases, by file.
void case_order(void);
void case_seek(void);
void case_pause(void);
void case_range(void);
void case_epoch(void);
void case_corrupt(void);
void case_missing(void);
void case_idle(void);
void case_group(void);
void case_static(void);
void case_recreated(void);
void case_full(void);
void case_outage(void);
void case_away(void);
void case_rate(void);
// A group member until it is killed.
void member_run(const char *instance, const char *topic) __attribute__((noreturn));

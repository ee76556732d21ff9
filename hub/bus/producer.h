// Idempotent producer with bounded queue. One thread uses a producer; reports come inside producer_poll and
// _flush.
#pragma once

#include "hub/bus/bus.h"

struct producer;
struct producer_topic;

struct bus_header {
        const char *name;
        struct slice value;
};

// offset: of the record, where e is NULL.
typedef void (*producer_report)(void *self, void *tag, int32_t partition, int64_t offset,
                                const struct err *e);

// acks=all, enable.idempotence, message.timeout.ms=0 unless the configuration says otherwise. report may be
// NULL.
struct producer *producer_open(const struct bus_conf *conf, producer_report report, void *self,
                               struct err *e) must_check;
// Purges what is queued (reports are called with an error) and frees. Flush first to send it.
struct producer *producer_close(struct producer *p);
// Lives as long as the producer; the same name gives the same handle.
struct producer_topic *producer_topic(struct producer *p, const char *name, struct err *e) must_check;
// Copies key and value. partition -1: murmur2 of the key (round robin without key). 0 done, 1 queue full:
// poll and try again.
// ERR_LIMIT: the record is larger than message.max.bytes; others may go. Other errors are the producer's end.
int producer_send(struct producer_topic *t, int32_t partition, struct slice key, struct slice value,
                  const struct bus_header *headers, size_t header_count, void *tag, struct err *e) must_check;
void producer_poll(struct producer *p, int timeout_ms);
// 0 all reported, 1 the time ran out.
int producer_flush(struct producer *p, int timeout_ms, struct err *e) must_check;
size_t producer_queued(const struct producer *p);
// Number of partitions, asked of the broker once and kept.
int producer_partitions(struct producer_topic *t, int timeout_ms, int32_t *count, struct err *e) must_check;

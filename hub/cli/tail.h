// What the files of `iochub tail` share.
#pragma once

#include "hub/bus/admin.h"
#include "hub/bus/catalogue.h"
#include "hub/bus/consumer.h"
#include "hub/cli/decode.h"

struct tail_options {
        const char *from;
        int64_t number; // -1: not given
        bool no_follow, raw;
};

struct tail_part {
        int64_t first, next; // what the log held at the start
        int64_t start, at;   // where reading began, the offset to come
};

// A rendered record that waits to be sorted.
struct tail_line {
        int64_t timestamp, offset;
        int32_t partition;
        char *text;
};

struct tail {
        struct cli *c;
        const struct tail_options *options;
        const char *topic;
        struct bus_conf bus;
        struct admin *admin;
        struct catalogue *catalogue;
        struct consumer *consumer;
        struct tail_part *parts;
        int32_t count;
        struct decoder decoder;
        int64_t refreshed; // monotonic µs of the catalogue's last refresh
        int64_t left;      // records still to print, -1: no limit
        struct tail_line *lines;
        size_t line_count, line_cap;
        bool away, failed;
        struct err failure;
};

// tail_print.c: appends the record as one line.
void tail_render(struct tail *t, const struct record *r, struct buf *out);

// The hub service: any number of workers, each with its own consumer, database connection and producer.
// consume -> intake (envelope, session, decode, rules, row) -> persist (one transaction) -> route -> settle
// on failure.
#pragma once

#include "hub/base/conf.h"
#include "hub/bus/bus.h"

struct hub_conf {
        struct conf_pairs kafka;
        struct {
                char *conninfo;
        } database;
        struct {
                char *instance;
                char *group;
                int64_t workers;
                int64_t batch_records;
        } hub;
        struct {
                char *listen; // address:port, or REGISTRY_OFF
        } registry;
        struct {
                int format, level;
        } log;
};

#define REGISTRY_OFF "off"

extern const struct conf_option hub_options[];

// What the table cannot say. 0 the configuration is good, <0 what is wrong with it.
int hub_check(const struct hub_conf *conf, struct err *e) must_check;
// Runs until a stop is requested (hub/base/stop.h). 0 stopped as asked, <0 the set-up is wrong.
int hub_run(const struct hub_conf *conf, struct err *e) must_check;

// The configuration of iochub-connector: option tables, and what each feed's own nodes (source, map) become.
#pragma once

#include "connectors/sdk/mapping.h"
#include "hub/bus/bus.h"

// Options of a feed as the table fills them, and what is made of them.
struct feed_conf {
        char *dataset;
        const struct yaml_node *source_node, *map_node;
        // made by config_load
        const struct yaml_node *at;
        const struct source_kind *kind;
        void *source; // kind->conf_size bytes, begins with struct source_common
        struct mapping *mapping;
        char topic[TOPIC_MAX + 1];
};

struct limits_conf {
        int64_t in_flight;          // records
        int64_t checkpoint_records; // between two checkpoints
        int64_t checkpoint_every;   // µs, under load
        int64_t checkpoint_idle;    // µs
        int64_t heartbeat;          // µs
        int64_t flush;              // µs, at a stop
};

struct config {
        char *agency, *reject_dir;
        struct conf_pairs kafka;
        struct {
                int format, level;
        } log;
        struct limits_conf limits;
        struct conf_array feed_array;
        // made by config_load
        struct feed_conf *feeds;
        size_t feed_count;
        char *folder;      // of the configuration file
        char *reject_path; // reject_dir from there
        struct yaml *yaml;
        struct zones *zones;
        struct bus_conf bus;
};

extern const struct conf_option config_options[];

// kinds ends with NULL. Mistakes go to errors, all at once; the result is NULL only where the file is no
// YAML.
struct config *config_load(const char *path, const struct source_kind *const *kinds,
                           struct conf_errors *errors);
struct config *config_free(struct config *c);
// The feed of a dataset, or NULL.
const struct feed_conf *config_feed(const struct config *c, const char *dataset);
// The manual: the table, one section a kind, and the mapping.
void config_manual(const struct source_kind *const *kinds, struct buf *out);

// The registry over HTTP: the reading part of Confluent's Schema Registry API, so that consumers which know
// that interface decode what stands on our topics (docs/ARCHITECTURE.md, "The registry over HTTP"). One
// thread with a database connection of its own: whatever happens here, records go on.
#pragma once

#include "hub/flow/hub.h"

struct registry_http;

// Starts the thread, which listens as conf->registry.listen says; where it cannot yet, it says so once and
// tries again. NULL: it is `off`. The thread ends when a stop is requested (hub/base/stop.h).
struct registry_http *registry_http_start(const struct hub_conf *conf);
// Waits for its end. Returns NULL.
struct registry_http *registry_http_join(struct registry_http *r);

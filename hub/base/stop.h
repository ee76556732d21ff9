// Graceful stop: SIGTERM and SIGINT set a flag that loops look at; a second one ends the process at once.
#pragma once

#include <stdbool.h>

void stop_on_signals(void);
bool stop_requested(void);
void stop_request(void);
// Sleeps up to the given time, less where a stop is requested.
void stop_sleep_ms(int ms);

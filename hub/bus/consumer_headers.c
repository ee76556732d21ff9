// Headers are looked at by few readers, so a record does not carry them: its message is found again by its
// place.
#include "hub/bus/consumer_state.h"
#include "hub/bus/producer.h"

static const rd_kafka_message_t *message_of(const struct consumer *c, const struct record *r)
{
        for (const struct batch *b = c->held; b != NULL; b = b->next)
                if (r >= b->records && r < b->records + b->count)
                        return b->messages[r - b->records];
        return NULL;
}

size_t consumer_headers(const struct consumer *c, const struct record *r, struct bus_header *out, size_t max)
{
        const rd_kafka_message_t *m = message_of(c, r);
        rd_kafka_headers_t *headers;
        size_t count = 0, size;
        const void *value;

        if (m == NULL || rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return 0;
        while (count < max && rd_kafka_header_get_all(headers, count, &out[count].name, &value, &size) ==
                                  RD_KAFKA_RESP_ERR_NO_ERROR) {
                out[count].value = slice_of(value, value != NULL ? size : 0);
                count++;
        }
        return count;
}

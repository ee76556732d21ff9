// Kafka values: an envelope that is read can be written and says the same when it is read again; the readers
// of rejects and schema records take or refuse anything.
#include <stdlib.h>

#include "hub/msg/envelope.h"
#include "hub/msg/notice.h"

static void same(struct slice a, struct slice b)
{
        if (!slice_eq(a, b))
                abort();
}

static void use(const struct envelope *e, struct arena *a)
{
        struct buf out;
        struct envelope again;
        struct fault f = { 0 };
        buf_init(&out);
        envelope_write(e, &out);
        if (out.n <= VALUE_MAX) {
                if (envelope_read(buf_slice(&out), a, &again, &f) != 0)
                        abort();
                same(e->header.agency, again.header.agency);
                same(e->header.source_position, again.header.source_position);
                same(e->data, operation_is_control(e->header.operation) ? e->data : again.data);
                same(e->control.checkpoint.cursor, again.control.checkpoint.cursor);
        }
        buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct arena *a;
        if (a == NULL)
                a = arena_new(1 << 16);
        struct buf framed;
        struct envelope e;
        struct reject reject;
        struct schema_record record;
        struct fault f = { 0 }, other = { 0 };
        buf_init(&framed);
        frame_write(1, &framed); // the frame is no riddle
        buf_add(&framed, data, size);
        int rc = envelope_read(buf_slice(&framed), a, &e, &f);
        if ((rc != 0) != (f.code != FAULT_NONE))
                abort();
        if (rc == 0)
                use(&e, a);
        (void)!reject_read(buf_slice(&framed), a, &reject, &other);
        (void)!schema_record_read(buf_slice(&framed), a, &record);
        other = (struct fault){ 0 };
        (void)!envelope_read(slice_of(data, size), a, &e, &other);
        buf_done(&framed);
        arena_reset(a, 1 << 20);
        return 0;
}

// The wire reader against `protoc --decode`: both accept the same bytes, and then both see the same values.
// Where they are meant to differ: our limits (depth, elements), UTF-8 in proto2 too, unknown groups, field
// numbers whose upper bits protoc drops.
// What the reader keeps of unknown fields and writes again, protoc reads as it read the original.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/text.h"

static const struct wire_limits keep = {
        .elements = WIRE_ELEMENTS, .memory = WIRE_MEMORY, .keep_unknown = true, .nul = true
};

// True where protoc takes the bytes; out gets its text.
static bool decode(struct slice bytes, struct buf *out)
{
        static const char *const argv[] = { PROTOC, "--descriptor_set_in=" BOTH_DESCRIPTORS,
                                            "--decode=both.Two", NULL };
        static int in = -1, to, nowhere;
        if (in < 0) {
                in = memfd_create("in", MFD_CLOEXEC);
                to = memfd_create("out", MFD_CLOEXEC);
                nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
                must(in >= 0 && to >= 0 && nowhere >= 0);
        }
        must(ftruncate(in, 0) == 0 && ftruncate(to, 0) == 0);
        must(pwrite(in, bytes.p ? bytes.p : (const void *)"", bytes.n, 0) == (ssize_t)bytes.n);
        must(lseek(in, 0, SEEK_SET) == 0 && lseek(to, 0, SEEK_SET) == 0);
        posix_spawn_file_actions_t files;
        pid_t pid;
        int status;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, in, 0);
        posix_spawn_file_actions_adddup2(&files, to, 1);
        posix_spawn_file_actions_adddup2(&files, nowhere, 2);
        must(posix_spawn(&pid, PROTOC, &files, NULL, (char *const *)(uintptr_t)argv, NULL) == 0);
        posix_spawn_file_actions_destroy(&files);
        while (waitpid(pid, &status, 0) != pid)
                must(errno == EINTR); // libFuzzer's clock
        must(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        off_t n = lseek(to, 0, SEEK_END);
        must(pread(to, buf_reserve(out, (size_t)n + 1), (size_t)n, 0) == n);
        out->n += (size_t)n;
        return WEXITSTATUS(status) == 0;
}

// True where protoc has to refuse the bytes, too.
static bool both_refuse(const struct fault *f)
{
        if (f->code == FAULT_UTF8)
                return strncmp(f->items[0].field, "proto3", 6) == 0;
        return f->code == FAULT_MALFORMED && !strstr(f->items[0].text_en, "group") &&
               !strstr(f->items[0].text_en, "above 2^29-1");
}

static void must_be_same(const char *whose, struct buf *x, const char *other, struct buf *y)
{
        if (slice_eq(buf_slice(x), buf_slice(y)))
                return;
        fprintf(stderr, "%s:\n%s\n%s:\n%s", whose, buf_cstr(x), other, buf_cstr(y));
        abort();
}

// Written again, unknown fields included, it says the same to protoc.
static void compare_written(const struct msg *m, struct buf *theirs)
{
        struct buf bytes, again, read, written;
        buf_init(&bytes);
        buf_init(&again);
        buf_init(&read);
        buf_init(&written);
        wire_write(m, &bytes);
        must(decode(buf_slice(&bytes), &again));
        text_narrow(buf_cstr(theirs), &read);
        text_narrow(buf_cstr(&again), &written);
        must_be_same("read", &read, "written", &written);
        buf_done(&bytes);
        buf_done(&again);
        buf_done(&read);
        buf_done(&written);
}

static void compare(struct slice bytes, const struct msg *m)
{
        struct buf theirs, known, ours;
        buf_init(&theirs);
        buf_init(&known);
        buf_init(&ours);
        must(decode(bytes, &theirs));
        text_without_unknown(buf_cstr(&theirs), &known);
        text_format(m, 0, &ours);
        must_be_same("protoc", &known, "we", &ours);
        if (known.n < theirs.n)
                compare_written(m, &theirs);
        buf_done(&theirs);
        buf_done(&known);
        buf_done(&ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct schema *schema;
        static struct arena *arena;
        if (schema == NULL) {
                schema = must_load(BOTH_DESCRIPTORS, "both.Two");
                arena = arena_new(1 << 16);
        }
        struct slice bytes = slice_of(data, size);
        struct msg *m;
        struct fault f = { 0 };
        struct buf text;
        buf_init(&text);
        if (wire_read_within(schema->root, bytes, &keep, arena, &m, &f) == 0)
                compare(bytes, m);
        else if (both_refuse(&f) && decode(bytes, &text)) {
                fprintf(stderr, "we refuse: %s (%s)\nprotoc:\n%s", f.items[0].text_en, f.items[0].field,
                        buf_cstr(&text));
                abort();
        }
        buf_done(&text);
        arena_reset(arena, 1 << 20);
        return 0;
}

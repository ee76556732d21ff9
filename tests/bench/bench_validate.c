// Reads and judges the same messages again and again, on one core, as the hub does: one arena a batch.
//   bench_validate make FILE COUNT INVALID-PER-THOUSAND     writes messages, each behind its length (4 bytes)
//   bench_validate run FILE SECONDS                         prints one JSON object
// Every call of the allocator is counted while it measures: there must be none. Speed is per second of the
// processor's time, which other programs on the machine take no part of.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hub/base/clock.h"
#include "hub/msg/validate.h"
#include "hub/msg/wire.h"

#define BATCH 1000 // messages an arena

static uint64_t allocations;

// The C library's own, found behind ours.
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED // a sanitizer has an allocator of its own
#define COUNTED 1
#define OURS    __attribute__((visibility("default"))) void *
OURS malloc(size_t n)
{
        allocations++;
        return __libc_malloc(n);
}
OURS calloc(size_t n, size_t size)
{
        allocations++;
        return __libc_calloc(n, size);
}
OURS realloc(void *p, size_t n)
{
        allocations++;
        return __libc_realloc(p, n);
}
OURS aligned_alloc(size_t align, size_t n)
{
        allocations++;
        return __libc_memalign(align, n);
}
#endif

struct messages {
        uint8_t *bytes;
        size_t n;
        struct slice *items;
        size_t count;
};

static void die(const char *what)
{
        fprintf(stderr, "bench_validate: %s\n", what);
        exit(1);
}

static struct slice read_file(const char *path)
{
        FILE *f = fopen(path, "rb");
        uint8_t *bytes = NULL;
        size_t n = 0, room = 0, got;
        if (f == NULL)
                die(path);
        do {
                room = room ? room * 2 : 1 << 20;
                bytes = realloc(bytes, room);
                if (bytes == NULL)
                        die("out of memory");
                got = fread(bytes + n, 1, room - n, f);
                n += got;
        } while (got > 0 && n == room);
        fclose(f);
        return slice_of(bytes, n);
}

static struct schema *load(void)
{
        struct slice set = read_file(DESCRIPTORS);
        struct schema *s;
        struct buf problems = { 0 };
        if (schema_load(set, "bench.v1.PhanAnh", &s, &problems) != 0)
                die(buf_cstr(&problems));
        return s;
}

// ------------------------------------------------------------ the messages

static unsigned seed = 3205;

static unsigned any(unsigned n)
{
        return (unsigned)rand_r(&seed) % n;
}

static struct val *slot(struct msg *m, const char *name)
{
        const struct field *f = mtype_field_named(m->type, slice_str(name));
        if (f == NULL)
                die(name);
        struct val *v = &m->f[f->index];
        v->set = true;
        return v;
}

static void text(struct msg *m, const char *name, const char *value)
{
        slot(m, name)->s = slice_str(value);
}

static struct msg *inner(struct msg *m, const char *name, struct arena *a)
{
        const struct field *f = mtype_field_named(m->type, slice_str(name));
        return slot(m, name)->m = msg_new(f->message, a);
}

static void instant(struct msg *m, const char *name, int64_t usec, struct arena *a)
{
        const struct field *f = mtype_field_named(m->type, slice_str(name));
        slot(m, name)->m = msg_timestamp(f->message, usec, a);
}

static struct msg *make(const struct schema *s, unsigned i, struct arena *a)
{
        static const char *const titles[] = { "Ổ gà sâu trên đường, xe máy khó tránh",
                                              "Đèn đường không sáng nhiều đêm",
                                              "Rác để lâu chưa được thu gom",
                                              "Nắp cống hở trước cổng trường" };
        static const char *const texts[] = { "Đề nghị sửa sớm vì có nhiều học sinh đi qua đây mỗi sáng.",
                                             "Đã báo tổ dân phố một tuần nay chưa thấy xử lý.",
                                             "Mưa xuống là ngập sâu, đi lại rất khó khăn và nguy hiểm." };
        static const char *const channels[] = { "Ứng dụng", "Tổng đài", "Cổng thông tin", "Trực tiếp" };
        static const char *const offices[] = { "Hạ tầng đô thị", "Chiếu sáng công cộng", "Môi trường" };
        static const char *const wards[] = { "Bình Minh", "Tân Tiến", "Chợ Cũ" };
        struct msg *m = msg_new(s->root, a), *place = inner(m, "toa_do", a);
        int64_t opened = (1740800000 + (int64_t)any(20000000)) * USEC_PER_SEC;
        text(m, "ma", arena_printf(a, "PA-2025-%06u", i % 1000000));
        text(m, "tieu_de", titles[any(4)]);
        text(m, "noi_dung", texts[any(3)]);
        instant(m, "tiep_nhan_luc", opened, a);
        instant(m, "han_xu_ly", opened + 5 * 86400 * USEC_PER_SEC, a);
        slot(m, "trang_thai")->i = 1 + any(2);
        text(m, "kenh", channels[any(4)]);
        text(m, "phong_ban", offices[any(3)]);
        text(m, "thu_dien_tu", arena_printf(a, "nguoi.dan.%u@thu.example.vn", any(100000)));
        text(m, "dia_chi", arena_printf(a, "Số %u, đường Số %u", 1 + any(500), 1 + any(60)));
        text(m, "phuong_xa", wards[any(3)]);
        slot(place, "vi_do")->d = 11.4 + any(10000) / 50000.0;
        slot(place, "kinh_do")->d = 106.8 + any(10000) / 50000.0;
        return m;
}

// Breaks one rule, another one each time.
static void spoil(struct msg *m, unsigned i, struct arena *a)
{
        char *longer = arena_alloc(a, 1200);
        struct msg *place = slot(m, "toa_do")->m;
        memset(longer, 'x', 1199);
        longer[1199] = '\0';
        switch (i % 10) {
        case 0:
                slot(place, "vi_do")->d = 91;
                break;
        case 1:
                slot(place, "kinh_do")->d = -181;
                break;
        case 2:
                text(m, "ma", "PA-2025-12345");
                break;
        case 3:
                text(m, "tieu_de", longer);
                break;
        case 4:
                text(m, "noi_dung", longer);
                break;
        case 5:
                instant(m, "tiep_nhan_luc", clock_now() + 10LL * 366 * 86400 * USEC_PER_SEC, a);
                break;
        case 6:
                slot(m, "trang_thai")->i = 3;
                break;
        case 7:
                text(m, "kenh", "Truyền miệng");
                break;
        case 8:
                text(m, "phong_ban", "");
                break;
        default:
                text(m, "thu_dien_tu", "nguoi dan@thu");
                break;
        }
}

static void write_messages(const char *path, unsigned count, unsigned invalid)
{
        struct schema *s = load();
        struct arena *a = arena_new(64 * 1024);
        struct buf out = { 0 };
        FILE *f = fopen(path, "wb");
        if (f == NULL)
                die(path);
        for (unsigned i = 0, spoilt = 0; i < count; i++) {
                uint8_t length[4];
                struct msg *m = make(s, i, a);
                if (i % 1000 < invalid)
                        spoil(m, spoilt++, a);
                buf_reset(&out);
                wire_write(m, &out);
                put_be32(length, (uint32_t)out.n);
                fwrite(length, 1, 4, f);
                fwrite(out.p, 1, out.n, f);
                arena_reset(a, 1 << 20);
        }
        if (fclose(f) != 0)
                die(strerror(errno));
        buf_done(&out);
        arena_free(a);
        schema_free(s);
}

static struct messages read_messages(const char *path)
{
        struct slice file = read_file(path);
        struct messages m = { .n = file.n };
        m.items = calloc(file.n / 4 + 1, sizeof(*m.items));
        for (size_t at = 0; at + 4 <= file.n;) {
                uint32_t n = get_be32(file.p + at);
                if (n > file.n - at - 4)
                        die("the file is damaged");
                m.items[m.count++] = slice_of(file.p + at + 4, n);
                at += 4 + n;
        }
        if (m.count == 0)
                die("no message");
        return m;
}

// ------------------------------------------------------------ the measurement

struct pass {
        uint64_t accepted, refused, violations;
        size_t arena; // bytes that the messages took
};

static void judge_all(const struct schema *s, const struct messages *all, struct arena *a, struct pass *p)
{
        *p = (struct pass){ 0 };
        int64_t now = clock_now();
        for (size_t i = 0; i < all->count; i++) {
                struct fault fault = { 0 };
                struct msg *m;
                if (i % BATCH == 0) {
                        p->arena += arena_used(a);
                        arena_reset(a, SIZE_MAX);
                        now = clock_now();
                }
                if (wire_read(s->root, all->items[i], a, &m, &fault) == 0 &&
                    validate(s, m, now, a, &fault) == 0)
                        p->accepted++;
                else
                        p->refused++;
                p->violations += fault.count;
        }
        p->arena += arena_used(a);
        arena_reset(a, SIZE_MAX);
}

static double processor_seconds(void)
{
        struct timespec t;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(const char *path, double seconds)
{
        struct schema *s = load();
        struct messages all = read_messages(path);
        struct arena *a = arena_new(256 * 1024);
        struct pass first, pass;
        uint64_t passes = 0;
        bool steady = true;
        judge_all(s, &all, a, &first); // blocks of the arena, states of the pattern
        judge_all(s, &all, a, &first);
        uint64_t before = allocations;
        int64_t start = clock_monotonic_usec(), end = start + (int64_t)(seconds * USEC_PER_SEC), now;
        double used = processor_seconds();
        do {
                judge_all(s, &all, a, &pass);
                steady &= pass.arena == first.arena && pass.accepted == first.accepted;
                passes++;
                now = clock_monotonic_usec();
        } while (now < end);
        uint64_t made = allocations - before;
        used = processor_seconds() - used;
        printf("{\"messages_per_second\": %.0f, \"messages\": %llu, \"processor_seconds\": %.3f, "
               "\"bytes_per_message\": %.1f, "
               "\"accepted\": %llu, \"refused\": %llu, \"violations\": %llu, \"allocations\": %s, "
               "\"allocations_made\": %llu, \"arena_bytes_per_message\": %.1f, \"arena_steady\": %s}\n",
               (double)(passes * all.count) / used, (unsigned long long)(passes * all.count), used,
               (double)all.n / (double)all.count - 4, (unsigned long long)pass.accepted,
               (unsigned long long)pass.refused, (unsigned long long)pass.violations,
#ifdef COUNTED
               "\"counted\"",
#else
               "\"not counted\"",
#endif
               (unsigned long long)made, (double)pass.arena / (double)all.count, steady ? "true" : "false");
        arena_free(a);
        free(all.items);
        schema_free(s);
}

int main(int argc, char **argv)
{
        if (argc == 5 && strcmp(argv[1], "make") == 0)
                write_messages(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
        else if (argc == 4 && strcmp(argv[1], "run") == 0)
                run(argv[2], strtod(argv[3], NULL));
        else
                die("usage: make FILE COUNT INVALID-PER-THOUSAND, or run FILE SECONDS");
        return 0;
}

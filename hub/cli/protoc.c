// Runs protoc without a shell, on files in memory, so there is nothing to clean up. Paths are made absolute
// first: then the name that the set keeps does not depend on where the command was typed, and the same file
// is the same structure.
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/cli/schema_input.h"

#define SET_MAX (16 << 20) // bytes of a descriptor set that are read back

extern char **environ;

struct run {
        char **args;
        size_t count;
        int set, said; // files in memory: the set, standard error
};

// dir, where it holds our own .proto files, as an absolute path.
static char *with_options(const char *dir)
{
        char path[PATH_MAX + 64];

        snprintf(path, sizeof(path), "%s/iochub/v1/options.proto", dir);
        return access(path, R_OK) == 0 ? realpath(dir, NULL) : NULL;
}

// The folder of our own .proto files: as told, where the program was built, where it was installed, its
// source.
static char *own_schemas(void)
{
        static const char *const places[] = { "/../../../schemas", "/../share/iochub/schemas" };
        const char *told = getenv("IOCHUB_SCHEMAS");
        char program[PATH_MAX / 2], dir[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
        char *found = NULL;

        if (told && *told)
                return with_options(told);
        program[n > 0 ? n : 0] = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !found && n > 0; i++) {
                snprintf(dir, sizeof(dir), "%.*s%s", (int)(strrchr(program, '/') - program), program,
                         places[i]);
                found = with_options(dir);
        }
        return found ? found : with_options(SOURCE_SCHEMAS);
}

// The name of path below dir, or NULL.
static const char *below(const char *path, const char *dir)
{
        size_t n = strlen(dir);

        return strncmp(path, dir, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

static void add(struct run *r, char *arg)
{
        if (!arg)
                abort();
        r->args[r->count++] = arg;
}

static char *joined(const char *option, const char *value)
{
        char *text = NULL;

        return asprintf(&text, "%s%s", option, value) < 0 ? NULL : text;
}

// -I DIR… as given, our own, and the file's folder where none of them holds it. Sets the file's name inside
// the set.
static int add_includes(struct run *r, const char *file, const struct texts *include, struct compiled *out)
{
        char *own = own_schemas(), *copy = strdup(file), *folder = copy ? dirname(copy) : NULL;
        const char *name = NULL;
        int code = EXIT_DONE;

        for (size_t i = 0; i < include->count && code == EXIT_DONE; i++) {
                char *dir = realpath(include->items[i], NULL);

                if (!dir) {
                        code = cli_refuse(EXIT_ABSENT, "-I %s: %s", include->items[i], strerror(errno));
                        break;
                }
                name = name ? name : below(file, dir);
                add(r, joined("-I", dir));
                free(dir);
        }
        if (own) {
                name = name ? name : below(file, own);
                add(r, joined("-I", own));
        } else {
                cli_note("iochub: our own .proto files were not found; set IOCHUB_SCHEMAS to the folder that "
                         "holds iochub/v1");
        }
        if (!name && folder) {
                name = below(file, folder);
                add(r, joined("-I", folder));
        }
        out->name = strdup(name ? name : file);
        free(own);
        free(copy);
        return code;
}

static int spawn(struct run *r)
{
        posix_spawn_file_actions_t actions;
        int status, rc;
        pid_t pid;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, r->said, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, r->said, STDERR_FILENO);
        rc = posix_spawnp(&pid, "protoc", &actions, NULL, r->args, environ);
        posix_spawn_file_actions_destroy(&actions);
        if (rc == ENOENT)
                return cli_refuse(EXIT_CONFIG,
                                  "protoc is not installed; `deploy/setup` does it, or apt-get install "
                                  "protobuf-compiler");
        if (rc != 0)
                return cli_refuse(EXIT_INTERNAL, "protoc: %s", strerror(rc));
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return cli_refuse(EXIT_INTERNAL, "protoc: %s", strerror(errno));
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EXIT_DONE : EXIT_ABSENT;
}

static int read_back(int fd, struct buf *out)
{
        off_t size = lseek(fd, 0, SEEK_END);

        if (size < 0 || size > SET_MAX || lseek(fd, 0, SEEK_SET) < 0)
                return cli_refuse(EXIT_ABSENT, "what protoc wrote is above %d bytes", SET_MAX);
        while ((off_t)out->n < size) {
                ssize_t n = read(fd, buf_reserve(out, 65536), 65536);

                if (n <= 0)
                        break;
                out->n += (size_t)n;
        }
        return EXIT_DONE;
}

static int compile(struct run *r, char *path, const struct texts *include, struct compiled *out)
{
        struct buf said = { 0 };
        char set[64];
        int code;

        snprintf(set, sizeof(set), "--descriptor_set_out=/proc/self/fd/%d", r->set);
        add(r, strdup("protoc"));
        code = add_includes(r, path, include, out);
        if (code != EXIT_DONE)
                return code;
        add(r, strdup("--include_imports"));
        add(r, strdup("--include_source_info"));
        add(r, strdup(set));
        add(r, strdup(path));
        code = spawn(r);
        if (read_back(r->said, &said) == EXIT_DONE)
                protoc_said(buf_slice(&said), path, (const char *const *)r->args, r->count, out);
        buf_done(&said);
        return code == EXIT_DONE ? read_back(r->set, &out->set) : code;
}

int protoc_compile(const char *file, const struct texts *include, struct compiled *out)
{
        struct run r = { .args = calloc(include->count + 10, sizeof(char *)) };
        char *path = realpath(file, NULL);
        int code;

        if (!r.args)
                abort();
        // Both are inherited by protoc, and by nothing else that we start.
        r.set = memfd_create("descriptor-set", 0);
        r.said = memfd_create("protoc-output", 0);
        if (!path)
                code = cli_refuse(EXIT_ABSENT, "%s: %s", file, strerror(errno));
        else if (r.set < 0 || r.said < 0)
                code = cli_refuse(EXIT_INTERNAL, "memory for protoc's output: %s", strerror(errno));
        else
                code = compile(&r, path, include, out);
        if (r.set >= 0)
                close(r.set);
        if (r.said >= 0)
                close(r.said);
        for (size_t i = 0; i < r.count; i++)
                free(r.args[i]);
        free(r.args);
        free(path);
        return code;
}

// `iochub schema export`: the files of registered structures, laid out by their import paths, or the
// descriptor sets as they were registered. Files of google/protobuf come with every protoc and are not
// written. Names out of a set are not trusted: nothing is written outside of the folder.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/cli/names.h"
#include "hub/cli/schema_version.h"
#include "hub/msg/proto_scan.h"
#include "hub/msg/proto_text.h"

enum { SET_FILE = 1, FILE_NAME = 1 };

struct exporting {
        struct cli *c;
        const struct export_options *options;
        struct pg *pg;
        struct json json;
        bool folders; // one for each dataset
};

// A relative path below a folder, without detours.
static bool is_path(struct slice name)
{
        size_t part = 0;

        for (size_t i = 0; i <= name.n; i++) {
                uint8_t ch = i < name.n ? name.p[i] : '/';

                if (ch < ' ' || ch == 0x7f || ch == '\\')
                        return false;
                if (ch != '/')
                        continue;
                if (i == part ||
                    (name.p[part] == '.' && (i == part + 1 || (name.p[part + 1] == '.' && i == part + 2))))
                        return false;
                part = i + 1;
        }
        return name.n > 0 && name.n < 1024;
}

static int make_folders(char *path)
{
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                int rc = mkdir(path, 0777);
                if (rc != 0 && errno != EEXIST)
                        return cli_refuse(EXIT_ABSENT, "%s: %s", path, strerror(errno));
                *slash = '/';
        }
        return EXIT_DONE;
}

// Made beside it and put in its place, so that no reader sees half a file and no link is written through.
static int write_file(char *path, struct slice content)
{
        char fresh[PATH_MAX + 8];
        int code = make_folders(path), fd;

        if (code != EXIT_DONE)
                return code;
        snprintf(fresh, sizeof(fresh), "%s.new", path);
        unlink(fresh);
        fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        FILE *f = fd < 0 ? NULL : fdopen(fd, "we");
        if (!f)
                return cli_refuse(EXIT_ABSENT, "%s: %s", fresh, strerror(errno));
        bool good = content.n == 0 || fwrite(content.p, 1, content.n, f) == content.n;
        if (fclose(f) != 0 || !good || rename(fresh, path) != 0) {
                code = cli_refuse(EXIT_ABSENT, "%s: %s", path, strerror(errno));
                unlink(fresh);
        }
        return code;
}

static int put(struct exporting *x, const struct registry_entry *entry, struct slice name,
               struct slice content)
{
        char path[PATH_MAX];
        int code;

        if (!is_path(name))
                return cli_refuse(EXIT_ABSENT,
                                  "%s version %u: a file's name in its set is no relative path; take it with "
                                  "--descriptor-set",
                                  entry->dataset, entry->version);
        // Files of one path may differ from dataset to dataset: each has a folder of its own among several.
        snprintf(path, sizeof(path), "%s/%s%s%.*s", x->options->dir, x->folders ? entry->dataset : "",
                 x->folders ? "/" : "", (int)name.n, (const char *)name.p);
        code = write_file(path, content);
        if (code != EXIT_DONE)
                return code;
        if (!x->c->global.json) {
                buf_printf(&x->c->out, "%s\n", path);
                return EXIT_DONE;
        }
        json_object(&x->json);
        json_key(&x->json, "dataset");
        json_str(&x->json, entry->dataset);
        json_key(&x->json, "version");
        json_uint(&x->json, entry->version);
        json_key(&x->json, "path");
        json_str(&x->json, path);
        json_end_object(&x->json);
        return EXIT_DONE;
}

static bool is_googles(struct slice name)
{
        static const char prefix[] = "google/protobuf/";

        return name.n > sizeof(prefix) - 1 && memcmp(name.p, prefix, sizeof(prefix) - 1) == 0;
}

static int put_files(struct exporting *x, const struct registry_entry *entry)
{
        struct slice left = entry->descriptor_set;
        struct buf text = { 0 };
        struct piece file;
        int code = EXIT_DONE;

        while (code == EXIT_DONE && piece_next(&left, &file) == 1) {
                struct slice name = piece_bytes(file.s, FILE_NAME);

                if (file.number != SET_FILE || is_googles(name))
                        continue;
                buf_reset(&text);
                if (proto_text_file(entry->descriptor_set, name, &text) != 0)
                        code =
                            cli_refuse(EXIT_ABSENT,
                                       "%s version %u: %.*s cannot be written as .proto text; take it with "
                                       "--descriptor-set",
                                       entry->dataset, entry->version, (int)name.n, (const char *)name.p);
                else
                        code = put(x, entry, name, buf_slice(&text));
        }
        buf_done(&text);
        return code;
}

static int put_set(struct exporting *x, const struct registry_entry *entry)
{
        struct buf name = { 0 };

        buf_printf(&name, "%s.binpb", entry->dataset);
        int code = put(x, entry, buf_slice(&name), entry->descriptor_set);
        buf_done(&name);
        return code;
}

static int export_dataset(struct exporting *x, const char *name)
{
        struct registry_entry entry;
        struct err e;
        int64_t version = x->options->version;
        int rc = version > 0 ? registry_version(x->pg, name, (uint32_t)version, &entry, &e)
                             : registry_latest(x->pg, name, &entry, &e);

        if (rc < 0)
                return cli_fail(&e);
        if (rc > 0) {
                rc = names_dataset(x->pg, name);
                return rc != EXIT_DONE
                           ? rc
                           : cli_refuse(EXIT_ABSENT,
                                        "no version %d of `%s`; `iochub schema list` shows what there is",
                                        (int)version, name);
        }
        rc = x->options->descriptor_set ? put_set(x, &entry) : put_files(x, &entry);
        registry_entry_done(&entry);
        return rc;
}

static int export_all(struct exporting *x)
{
        struct pg_rows *rows cleanup(cleanup_pg_rows) = NULL;
        struct err e;
        int code = EXIT_DONE;

        if (pg_query(x->pg, "SELECT name FROM hub.dataset ORDER BY name", 0, NULL, &rows, &e) < 0)
                return cli_fail(&e);
        for (size_t i = 0; i < pg_rows_count(rows) && code == EXIT_DONE; i++)
                code = export_dataset(x, pg_text(rows, i, 0));
        return code;
}

int cmd_schema_export(struct cli *c)
{
        struct exporting x = { .c = c, .options = c->options };
        int code;

        x.folders = x.options->all && !x.options->descriptor_set;
        if (x.options->all == (c->arg_count > 0))
                return cli_refuse(EXIT_BAD_USE, "name a dataset, or say --all");
        if (x.options->all && x.options->version > 0)
                return cli_refuse(EXIT_BAD_USE, "--version is of one dataset: it does not go with --all");
        if (strlen(x.options->dir) > PATH_MAX - 1100)
                return cli_refuse(EXIT_BAD_USE, "--dir is too long a path");
        code = cli_database(c, &x.pg);
        if (code != EXIT_DONE)
                return code;
        json_init(&x.json, &c->out, true);
        if (c->global.json) {
                json_object(&x.json);
                json_key(&x.json, "files");
                json_array(&x.json);
        }
        code = x.options->all ? export_all(&x) : export_dataset(&x, c->args[0]);
        if (c->global.json) {
                json_end_array(&x.json);
                json_end_object(&x.json);
                buf_add_char(&c->out, '\n');
        }
        pg_close(x.pg);
        return code;
}

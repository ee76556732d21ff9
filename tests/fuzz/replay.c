// Runs a target over its seeds, without libFuzzer: a comment a file, a result for all. Text of the tree from
// which the build has made a seed is left out.
#include <dirent.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static unsigned count;

static bool has_suffix(const char *name, const char *suffix)
{
        size_t n = strlen(name), m = strlen(suffix);
        return n >= m && strcmp(name + n - m, suffix) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static void replay(const char *path)
{
        struct slice bytes = read_whole(path);
        printf("# %s\n", path);
        fflush(stdout);
        // exactly as long, so that the sanitizer sees any read beyond
        uint8_t *exact = malloc(bytes.n ? bytes.n : 1);
        must(exact != NULL);
        if (bytes.n > 0)
                memcpy(exact, bytes.p, bytes.n);
        free((void *)(uintptr_t)bytes.p);
        must(LLVMFuzzerTestOneInput(exact, bytes.n) == 0);
        free(exact);
        count++;
}

static void replay_folder(const char *folder, bool texts)
{
        struct dirent **entries;
        int n = scandir(folder, &entries, NULL, by_name);
        for (int i = 0; i < n; i++) {
                char path[4200];
                struct stat st;
                snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
                if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (texts || !has_suffix(path, ".txt")))
                        replay(path);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
}

int main(void)
{
        struct stat st;
        bool made = stat(MADE_SEEDS, &st) == 0;
        replay_folder(MADE_SEEDS, true);
        replay_folder(TREE_SEEDS, !made);
        printf("%s 1 - %s: %u inputs\n1..1\n", count ? "ok" : "not ok", TARGET, count);
        return count == 0;
}

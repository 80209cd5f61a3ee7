// Stands in for libFuzzer in every other build: runs each file of the named folders through the fuzz target
// once.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Runs one file; the block has exactly its size, so that a sanitizer sees a read past the end.
static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    static uint8_t buffer[1 << 20];
    size_t size = fread(buffer, 1, sizeof buffer, file);
    int failed = ferror(file);
    fclose(file);
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (failed || data == NULL) {
        free(data);
        return -1;
    }
    memcpy(data, buffer, size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

// Returns the number of files, or -1.
static int run_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        perror(folder);
        return -1;
    }
    int count = 0;
    const struct dirent *entry;
    while (count >= 0 && (entry = readdir(entries)) != NULL) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count = run_file(path) < 0 ? -1 : count + 1;
    }
    closedir(entries);
    return count;
}

int main(int count, char **folders)
{
    for (int i = 1; i < count; i++) {
        int files = run_folder(folders[i]);
        if (files <= 0) {
            fprintf(stderr, "%s: no inputs\n", folders[i]);
            return 1;
        }
        printf("%s: %d inputs\n", folders[i], files);
    }
    return count > 1 ? 0 : 1;
}

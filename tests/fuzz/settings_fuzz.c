// Configuration files: what is read is printed so that it is read as the same.
#include "common/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    char name[SETTING_VALUE_SIZE];
    int64_t port;
    bool open;
    int64_t wait_ms, level;
};

#define AT(member) offsetof(struct sample, member)

static const struct setting table[] = {
    {"main", "name", SETTING_STRING, AT(name), 0, 255, "me", NULL, "The name."},
    {"main", "level", SETTING_CHOICE, AT(level), 0, 0, "info", "error|warning|info", "What is logged."},
    {"http", "port", SETTING_INT, AT(port), 0, 65535, "8080", NULL, "The port."},
    {"http", "open", SETTING_BOOL, AT(open), 0, 0, "no", NULL, "Whether it is open."},
    {"http", "max-wait", SETTING_DURATION, AT(wait_ms), 100, 86400000, "30s", NULL, "The longest wait."},
};

enum { ROWS = sizeof table / sizeof table[0] };

// A file in memory with a path for settings_load.
static int make_file(char path[64])
{
    int file = memfd_create("settings", MFD_CLOEXEC);
    if (file < 0)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

static bool same(const struct sample *a, const struct sample *b)
{
    return strcmp(a->name, b->name) == 0 && a->port == b->port && a->open == b->open &&
           a->wait_ms == b->wait_ms && a->level == b->level;
}

static void check_print(const struct sample *sample)
{
    char path[64];
    int file = make_file(path);
    struct sample back;
    struct setting_error error;
    FILE *out = fopen(path, "w");
    if (out == NULL)
        abort();
    settings_print(out, sample, table, ROWS);
    fclose(out);
    if (!settings_load(&back, table, ROWS, path, "FUZZ", &error) || !same(sample, &back))
        abort();
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int file = make_file(path);
    if (size > 0 && write(file, data, size) != (ssize_t)size)
        abort();
    struct sample sample;
    struct setting_error error = {""};
    if (settings_load(&sample, table, ROWS, path, "FUZZ", &error))
        check_print(&sample);
    else if (error.text[0] == '\0')
        abort();
    close(file);
    return 0;
}

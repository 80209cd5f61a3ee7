// Picks single values out of the bridge's INI file.
#include "admin-cli/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

struct lookup {
    const char *section, *key;
    size_t offset;
};

static const struct lookup lookups[] = {
    {"http", "socket", offsetof(struct config, http_socket)},
    {"store", "path", offsetof(struct config, store_path)},
    {"store", "url", offsetof(struct config, store_url)},
    {"mqtt", "roster", offsetof(struct config, roster_path)},
    {"mqtt", "socket", offsetof(struct config, broker_socket)},
    {"mqtt", "key-file", offsetof(struct config, key_file)},
};

struct reading {
    struct config *config;
    const char *folder; // of the file, up to and with the last '/'
    int folder_length;
};

static int take(void *context, const char *section, const char *key, const char *value)
{
    const struct reading *reading = context;
    for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++) {
        if (strcmp(lookups[i].section, section) != 0 || strcmp(lookups[i].key, key) != 0 || !*value)
            continue;
        char *out = (char *)reading->config + lookups[i].offset;
        bool is_whole = *value == '/' || strstr(value, "://") != NULL;
        int length = snprintf(out, CONFIG_VALUE_SIZE, "%.*s%s", is_whole ? 0 : reading->folder_length,
                              reading->folder, value);
        if (length >= CONFIG_VALUE_SIZE)
            *out = '\0'; // no path that the bridge would take
    }
    return 1;
}

bool config_read(struct config *config, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct reading reading = {
        .config = config, .folder = path, .folder_length = slash ? (int)(slash - path) + 1 : 0};
    *config = (struct config){0};
    errno = 0;
    return ini_parse(path, take, &reading) >= 0;
}

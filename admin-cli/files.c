// Templates and new files.
#include "admin-cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno != EINTR)
            return false;
        text += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return fsync(fd) == 0;
}

bool files_create(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    bool written = write_all(fd, text, strlen(text));
    int cause = errno;
    if (close(fd) != 0 && written) {
        written = false;
        cause = errno;
    }
    if (!written)
        unlink(path);
    errno = cause;
    return written;
}

bool files_near(char path[PATH_MAX], const char *relative)
{
    char own[PATH_MAX], place[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    own[length > 0 ? length : 0] = '\0';
    const char *slash = strrchr(own, '/');
    int used = slash ? snprintf(place, sizeof place, "%.*s/%s", (int)(slash - own), own, relative) : 0;
    return used > 0 && used < (int)sizeof place && realpath(place, path);
}

static const struct files_place *place_at(const char *text, const struct files_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(text, places[i].mark, strlen(places[i].mark)) == 0)
            return &places[i];
    }
    return NULL;
}

char *files_fill(const char *text, const struct files_place *places, size_t count)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    if (!file)
        return NULL;
    while (*text) {
        const struct files_place *place = place_at(text, places, count);
        if (place)
            fputs(place->value, file);
        else
            fputc(*text, file);
        text += place ? strlen(place->mark) : 1;
    }
    if (fclose(file) == 0)
        return out;
    free(out);
    return NULL;
}

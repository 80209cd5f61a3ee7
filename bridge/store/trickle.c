// The file's size tells how far the other side has come: it is written from front to end.
#include "bridge/store/trickle.h"

#include "common/clock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PIECE_BYTES = 1 << 20,
    PAUSE_MAX_MS = 100, // on a disk that is busy anyway
};

void trickle_begin(struct trickle *trickle, const char *path)
{
    *trickle = (struct trickle){.fd = open(path, O_RDWR | O_CLOEXEC)};
}

void trickle_end(struct trickle *trickle)
{
    if (trickle->fd >= 0)
        close(trickle->fd);
    trickle->fd = -1;
}

static void pause_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

void trickle_step(struct trickle *trickle)
{
    struct stat info;
    if (trickle->fd < 0 || fstat(trickle->fd, &info) != 0 || info.st_size - trickle->done < PIECE_BYTES)
        return;
    int64_t began = clock_mono_ms();
    // What fails here fails again, and is told, when the whole file is synced.
    (void)!sync_file_range(trickle->fd, trickle->done, info.st_size - trickle->done,
                           SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    trickle->done = info.st_size;
    int64_t took = clock_mono_ms() - began;
    pause_ms(took < PAUSE_MAX_MS ? took : PAUSE_MAX_MS);
}

// A preloaded shim: a disk that fails, a wall clock that is stepped and a name that takes long to resolve, as
// the test says while the program runs.
//
// Environment: SHIM_CONTROL, a file that holds struct control, shared with the test (tests/system/shim.py);
// SHIM_FILES, what the paths of the files that may fail begin with.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { FILES_MAX = 65536 };

// Each errno is what such a call fails with; 0 = it works.
struct control {
    _Atomic int64_t write_errno, sync_errno, read_errno, open_errno;
    _Atomic int64_t write_bytes_left; // before write_errno counts: the last write comes through in part
    _Atomic int64_t clock_offset_ms;  // of the wall clock
    _Atomic int64_t failures;         // calls that failed so
    _Atomic int64_t resolve_ms;       // how long it takes to learn that slow.example cannot be resolved now
};

static struct control none, *control = &none;
static const char *files;
static atomic_bool ours[FILES_MAX];

int open64(const char *path, int flags, ...);
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at);
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at);
int ftruncate64(int fd, off64_t length);

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("SHIM_CONTROL");
    files = getenv("SHIM_FILES");
    int (*call)(const char *, int, ...) =
        (int (*)(const char *, int, ...))(uintptr_t)dlsym(RTLD_NEXT, "open");
    int fd = path != NULL ? call(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory != MAP_FAILED)
        control = memory;
    close(fd);
}

static bool fails(int64_t error)
{
    if (error == 0)
        return false;
    control->failures++;
    errno = (int)error;
    return true;
}

static bool is_ours(int fd)
{
    return fd >= 0 && fd < FILES_MAX && ours[fd];
}

static int open_with(const char *name, const char *path, int flags, mode_t mode)
{
    int (*call)(const char *, int, ...) = (int (*)(const char *, int, ...))(uintptr_t)dlsym(RTLD_NEXT, name);
    bool mine = files != NULL && strncmp(path, files, strlen(files)) == 0;
    if (mine && fails(control->open_errno))
        return -1;
    int fd = call(path, flags, mode);
    if (fd >= 0 && fd < FILES_MAX)
        ours[fd] = mine;
    return fd;
}

#define OPEN(name)                                                                                           \
    int name(const char *path, int flags, ...)                                                               \
    {                                                                                                        \
        va_list list;                                                                                        \
        va_start(list, flags);                                                                               \
        mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(list, int) : 0;                                \
        va_end(list);                                                                                        \
        return open_with(#name, path, flags, mode);                                                          \
    }
OPEN(open)
OPEN(open64)

// What of a write comes through before the disk is full; -1 = nothing, errno is set.
static ssize_t room_for(int fd, size_t length)
{
    if (!is_ours(fd) || control->write_errno == 0)
        return (ssize_t)length;
    int64_t left = atomic_fetch_sub(&control->write_bytes_left, (int64_t)length);
    if (left > 0)
        return left < (int64_t)length ? (ssize_t)left : (ssize_t)length;
    (void)fails(control->write_errno);
    return -1;
}

#define PWRITE(name, offset)                                                                                 \
    ssize_t name(int fd, const void *bytes, size_t length, offset at)                                        \
    {                                                                                                        \
        ssize_t (*call)(int, const void *, size_t, offset) =                                                 \
            (ssize_t(*)(int, const void *, size_t, offset))(uintptr_t)dlsym(RTLD_NEXT, #name);               \
        ssize_t room = room_for(fd, length);                                                                 \
        return room < 0 ? -1 : call(fd, bytes, (size_t)room, at);                                            \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define PREAD(name, offset)                                                                                  \
    ssize_t name(int fd, void *bytes, size_t length, offset at)                                              \
    {                                                                                                        \
        ssize_t (*call)(int, void *, size_t, offset) =                                                       \
            (ssize_t(*)(int, void *, size_t, offset))(uintptr_t)dlsym(RTLD_NEXT, #name);                     \
        return is_ours(fd) && fails(control->read_errno) ? -1 : call(fd, bytes, length, at);                 \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

#define SYNC(name)                                                                                           \
    int name(int fd)                                                                                         \
    {                                                                                                        \
        int (*call)(int) = (int (*)(int))(uintptr_t)dlsym(RTLD_NEXT, #name);                                 \
        return is_ours(fd) && fails(control->sync_errno) ? -1 : call(fd);                                    \
    }
SYNC(fsync)
SYNC(fdatasync)

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*call)(clockid_t, struct timespec *);
    if (call == NULL)
        call = (int (*)(clockid_t, struct timespec *))(uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
    int result = call(clock, now);
    int64_t offset_ms = control->clock_offset_ms;
    if (result != 0 || clock != CLOCK_REALTIME || offset_ms == 0)
        return result;
    int64_t ms = (int64_t)now->tv_sec * 1000 + now->tv_nsec / 1000000 + offset_ms;
    now->tv_sec = ms / 1000;
    now->tv_nsec = ms % 1000 * 1000000 + now->tv_nsec % 1000000;
    return 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    int (*call)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))(uintptr_t)dlsym(
            RTLD_NEXT, "getaddrinfo");
    int64_t ms = control->resolve_ms;
    if (ms == 0 || node == NULL || strcmp(node, "slow.example") != 0)
        return call(node, service, hints, found);
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    return EAI_AGAIN;
}

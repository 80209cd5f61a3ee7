// A preloaded shim: every fsync and fdatasync takes SLOW_SYNC_US longer, as on a slower disk.
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int fsync(int fd);
int fdatasync(int fd);

static void delay(void)
{
    const char *text = getenv("SLOW_SYNC_US");
    long us = text != NULL ? strtol(text, NULL, 10) : 0;
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

static int real(const char *name, int fd)
{
    int (*call)(int) = (int (*)(int))(__UINTPTR_TYPE__)dlsym(RTLD_NEXT, name);
    delay();
    return call(fd);
}

int fsync(int fd)
{
    return real("fsync", fd);
}

int fdatasync(int fd)
{
    return real("fdatasync", fd);
}

// Writing to disk, little by little, what somebody else writes into a file, so that it does not all go there
// in the end, while others wait behind it.
//
// Used by one thread.
#ifndef SMSQUITTO_BRIDGE_STORE_TRICKLE_H
#define SMSQUITTO_BRIDGE_STORE_TRICKLE_H

#include <stdint.h>

struct trickle {
    int fd;       // -1 = the file could not be opened: then all goes to disk in the end
    int64_t done; // bytes that are on disk, from the beginning of the file
};

// Opens the file. It stays open until trickle_end, which drops all POSIX locks of this process on it.
void trickle_begin(struct trickle *trickle, const char *path);
void trickle_end(struct trickle *trickle);

// When the file has grown enough since the last time: waits until that is on disk, and then as long again, so
// that the disk is free for others half of the time.
void trickle_step(struct trickle *trickle);

#endif

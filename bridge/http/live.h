// A reply that stays open and says something now and then: the one buffer and the sleep of a live stream.
//
// A kind of streams (stream.c, push.c) has struct live as its first member. HTTP thread only.
#ifndef SMSQUITTO_BRIDGE_HTTP_LIVE_H
#define SMSQUITTO_BRIDGE_HTTP_LIVE_H

#include "bridge/http/http_internal.h"

struct live {
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct connection *connection;
    struct live *next, **link; // the next of its list, and what points to this one
    char *buffer;
    size_t room;
    size_t start, length; // what of the buffer is to be sent
    bool suspended;       // it has nothing to send, and sleeps
    bool over;            // it ends as soon as it wakes
    int64_t next_keep_alive_ms;
    void (*fill)(
        struct live *live); // called with an empty buffer, before it sleeps; NULL = only others fill it
    void (*left)(struct live *live); // it is off its list: frees it
};

// What MHD sends for a stream of which buffer, room, fill and left are set; block is how much at a time. NULL
// when memory ran out: live is still the caller's.
struct MHD_Response *live_response(struct live *live, const struct request *request, size_t block);
// Puts it on the list and replies; response and live are taken.
void live_reply_take(struct request *request, struct live *live, struct live **list,
                     struct MHD_Response *response);

// Appends to the buffer and wakes the stream. False when there is no room: nothing was appended.
bool live_say(struct live *live, const char *text, size_t length);
// Wakes it, if it sleeps.
void live_resume(struct live *live);
// Ends it, as soon as the HTTP thread turns to it.
void live_end(struct live *live);
void live_end_all(struct live *list);

#endif

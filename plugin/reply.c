// The broker frees what it publishes, so the text lives in its own allocator from the start.
#include "plugin/reply.h"

#include <limits.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdarg.h>
#include <stdio.h>

enum { ROOM_MIN = 256 };

static bool make_room(struct reply *reply, size_t length)
{
    if (reply->length + length < reply->room)
        return true;
    size_t room = reply->room == 0 ? ROOM_MIN : reply->room * 2;
    while (room <= reply->length + length)
        room *= 2;
    char *text = room > INT_MAX ? NULL : mosquitto_realloc(reply->text, room);
    if (text == NULL)
        return false;
    reply->text = text;
    reply->room = room;
    return true;
}

void reply_add(struct reply *reply, const char *format, ...)
{
    char piece[ROOM_MIN];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof piece || !make_room(reply, (size_t)length))
        reply->failed = true;
    for (int i = 0; !reply->failed && i < length; i++)
        reply->text[reply->length++] = piece[i];
}

bool reply_publish(struct reply *reply, const char *client_id, const char *topic, int qos)
{
    struct reply done = *reply;
    *reply = (struct reply){0};
    if (!done.failed && mosquitto_broker_publish(client_id, topic, (int)done.length, done.text, qos, false,
                                                 NULL) == MOSQ_ERR_SUCCESS)
        return true;
    mosquitto_free(done.text);
    return false;
}

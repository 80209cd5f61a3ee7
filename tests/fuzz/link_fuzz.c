// What the bridge takes from the broker: a topic, a line end, and a payload. What becomes a command names a
// device that could have sent it.
#include "bridge/link/link_internal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_device(const char *id)
{
    if (!device_id_valid(id, strnlen(id, DEVICE_ID_SIZE)))
        abort();
}

// Stands in for the engine.
bool engine_submit(struct engine *engine, struct command *command)
{
    (void)engine;
    switch (command->kind) {
    case COMMAND_REPORTS:
        check_device(command->reports.device);
        break;
    case COMMAND_INBOUND:
        check_device(command->inbound.device);
        break;
    case COMMAND_STATUS:
        check_device(command->status_report.device);
        break;
    case COMMAND_PRESENCE:
        check_device(command->presence.device);
        break;
    case COMMAND_ONLINE:
        for (size_t i = 0; i < command->online.count; i++)
            check_device(command->online.devices[i]);
        break;
    default:
        abort(); // nothing else comes from outside
    }
    command_free(command);
    return true;
}

void engine_count_link_batch(struct engine *engine, int64_t payloads)
{
    (void)engine, (void)payloads;
}

bool engine_full(const struct engine *engine)
{
    (void)engine;
    return false;
}

void engine_count_bad_report(struct engine *engine)
{
    (void)engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct link_options options = {.socket_path = "", .name = "bridge", .key = ""};
    static struct link *link;
    const uint8_t *end = memchr(data, '\n', size);
    if (link == NULL && (link = link_new(&options)) == NULL)
        abort();
    if (end == NULL)
        return -1;
    size_t topic = (size_t)(end - data), length = size - topic - 1;
    struct mosquitto_message message = {.topic = strndup((const char *)data, topic),
                                        .payload = malloc(length + 1),
                                        .payloadlen = (int)length};
    if (message.topic == NULL || message.payload == NULL)
        abort();
    memcpy(message.payload, end + 1, length);
    ((char *)message.payload)[length] = '\0'; // as libmosquitto does
    link->next_page = 0;                      // of a snapshot: each input stands for itself
    link_receive(link, &message);
    free(message.topic);
    free(message.payload);
    return 0;
}

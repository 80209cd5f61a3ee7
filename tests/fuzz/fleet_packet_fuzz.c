// MQTT packets as the fleet of simulated devices reads them from its broker: one lies within what was read,
// and what is not all there yet is taken once it is.
#include "device/fleet/packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(const char *part, size_t length, const uint8_t *bytes, size_t size)
{
    const char *first = (const char *)bytes;
    if (length > 0 && (part < first || length > size || part + length > first + size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size > 0) {
        struct packet packet;
        size_t length = 0;
        if (packet_read(&packet, &length, data, size) != PACKET_OK)
            return 0;
        if (length < 2 || length > size)
            abort();
        if (packet.type == PACKET_PUBLISH) {
            check_within(packet.topic, packet.topic_length, data, length);
            check_within(packet.payload, packet.payload_length, data, length);
        }
        size_t same = 0;
        if (packet_read(&packet, &same, data, length - 1) == PACKET_OK ||
            packet_read(&packet, &same, data, length) != PACKET_OK || same != length)
            abort();
        data += length;
        size -= length;
    }
    return 0;
}

// The few MQTT 5 packets that a device needs.
#include "device/fleet/packet.h"

#include <stdlib.h>
#include <string.h>

enum {
    PACKET_MAX_BYTES = 1 << 20,
    CONNECT_FLAGS = 0xc0, // user name and password, clean start off
    PROPERTY_SESSION_EXPIRY = 0x11,
    PROPERTY_RECEIVE_MAXIMUM = 0x21,
    PUBLISH_QOS_1 = 0x32,
    SUBSCRIBE_HEADER = 0x82,
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
    if (buffer->length + length > buffer->room) {
        size_t room = (buffer->length + length) * 2;
        uint8_t *grown = realloc(buffer->bytes, room);
        if (grown == NULL)
            abort();
        buffer->bytes = grown;
        buffer->room = room;
    }
    if (length > 0)
        memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

void buffer_clear(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){.bytes = NULL};
}

static void add_byte(struct buffer *out, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    buffer_add(out, &byte, 1);
}

static void add_u16(struct buffer *out, unsigned value)
{
    add_byte(out, value >> 8);
    add_byte(out, value);
}

static void add_length(struct buffer *out, size_t length)
{
    do {
        add_byte(out, (unsigned)(length % 128) | (length >= 128 ? 0x80u : 0));
        length /= 128;
    } while (length > 0);
}

static void add_string(struct buffer *out, const char *text)
{
    size_t length = strlen(text);
    add_u16(out, (unsigned)length);
    buffer_add(out, text, length);
}

void packet_connect(struct buffer *out, const char *client_id, const char *password, uint16_t keepalive_s,
                    uint32_t session_expiry_s)
{
    add_byte(out, PACKET_CONNECT << 4);
    add_length(out, 10 + 6 + 2 + strlen(client_id) + 2 + strlen(client_id) + 2 + strlen(password));
    add_string(out, "MQTT");
    add_byte(out, 5);
    add_byte(out, CONNECT_FLAGS);
    add_u16(out, keepalive_s);
    add_length(out, 5);
    add_byte(out, PROPERTY_SESSION_EXPIRY);
    add_u16(out, session_expiry_s >> 16);
    add_u16(out, session_expiry_s & 0xffff);
    add_string(out, client_id);
    add_string(out, client_id);
    add_string(out, password);
}

void packet_subscribe(struct buffer *out, uint16_t id, const char *const topics[], size_t count)
{
    size_t length = 3;
    for (size_t i = 0; i < count; i++)
        length += 2 + strlen(topics[i]) + 1;
    add_byte(out, SUBSCRIBE_HEADER);
    add_length(out, length);
    add_u16(out, id);
    add_length(out, 0);
    for (size_t i = 0; i < count; i++) {
        add_string(out, topics[i]);
        add_byte(out, 1);
    }
}

void packet_publish(struct buffer *out, uint16_t id, const char *topic, const void *payload, size_t length)
{
    add_byte(out, PUBLISH_QOS_1);
    add_length(out, 2 + strlen(topic) + 2 + 1 + length);
    add_string(out, topic);
    add_u16(out, id);
    add_length(out, 0);
    buffer_add(out, payload, length);
}

void packet_puback(struct buffer *out, uint16_t id)
{
    const uint8_t bytes[] = {PACKET_PUBACK << 4, 2, (uint8_t)(id >> 8), (uint8_t)id};
    buffer_add(out, bytes, sizeof bytes);
}

void packet_pingreq(struct buffer *out)
{
    add_u16(out, PACKET_PINGREQ << 12);
}

void packet_disconnect(struct buffer *out)
{
    add_u16(out, PACKET_DISCONNECT << 12);
}

// What is left of a packet while it is read.
struct reader {
    const uint8_t *at;
    size_t left;
    bool bad; // more was asked for than there is
};

static const uint8_t *take(struct reader *reader, size_t length)
{
    if (length > reader->left) {
        reader->bad = true;
        reader->left = 0;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    reader->at += length;
    reader->left -= length;
    return bytes;
}

static unsigned take_number(struct reader *reader, size_t bytes)
{
    const uint8_t *at = take(reader, bytes);
    unsigned value = 0;
    for (size_t i = 0; at != NULL && i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static size_t take_length(struct reader *reader)
{
    size_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
        unsigned byte = take_number(reader, 1);
        value |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    reader->bad = true;
    return 0;
}

static void read_publish(struct packet *packet, struct reader *reader)
{
    packet->topic_length = take_number(reader, 2);
    packet->topic = (const char *)take(reader, packet->topic_length);
    if (packet->qos > 0)
        packet->id = (uint16_t)take_number(reader, 2);
    take(reader, take_length(reader));
    packet->payload = (const char *)reader->at;
    packet->payload_length = reader->left;
    if (packet->qos > 1) // we subscribe at QoS 1
        reader->bad = true;
}

// How many bytes the value of a property has; 0 for one that begins with a length.
static size_t property_size(unsigned identifier)
{
    static const struct {
        uint8_t identifier, size;
    } sizes[] = {{0x11, 4}, {0x13, 2}, {0x21, 2}, {0x22, 2}, {0x24, 1},
                 {0x25, 1}, {0x27, 4}, {0x28, 1}, {0x29, 1}, {0x2a, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i].identifier == identifier)
            return sizes[i].size;
    }
    return 0;
}

static void read_connack(struct packet *packet, struct reader *reader)
{
    enum { USER_PROPERTY = 0x26 };
    take(reader, 1);
    packet->reason = (uint8_t)take_number(reader, 1);
    packet->receive_maximum = UINT16_MAX;
    size_t length = take_length(reader);
    struct reader properties = {.at = take(reader, length), .left = length};
    while (!reader->bad && properties.left > 0 && !properties.bad) {
        unsigned identifier = take_number(&properties, 1);
        size_t size = property_size(identifier);
        if (identifier == PROPERTY_RECEIVE_MAXIMUM)
            packet->receive_maximum = (uint16_t)take_number(&properties, 2);
        else if (size > 0)
            take(&properties, size);
        else
            take(&properties, take_number(&properties, 2));
        if (identifier == USER_PROPERTY)
            take(&properties, take_number(&properties, 2));
    }
    reader->bad |= properties.bad;
}

static void read_ack(struct packet *packet, struct reader *reader)
{
    packet->id = (uint16_t)take_number(reader, 2);
    if (packet->type == PACKET_PUBACK) {
        packet->reason = reader->left > 0 ? (uint8_t)take_number(reader, 1) : 0;
        return;
    }
    take(reader, take_length(reader));
    while (reader->left > 0) {
        unsigned reason = take_number(reader, 1);
        if (reason > packet->reason)
            packet->reason = (uint8_t)reason;
    }
}

static void read_body(struct packet *packet, struct reader *reader)
{
    switch (packet->type) {
    case PACKET_PUBLISH:
        read_publish(packet, reader);
        break;
    case PACKET_CONNACK:
        read_connack(packet, reader);
        break;
    case PACKET_PUBACK:
    case PACKET_SUBACK:
        read_ack(packet, reader);
        break;
    case PACKET_PINGRESP:
        break;
    case PACKET_DISCONNECT:
        packet->reason = reader->left > 0 ? (uint8_t)take_number(reader, 1) : 0;
        break;
    default:
        reader->bad = true;
    }
}

enum packet_result packet_read(struct packet *packet, size_t *size, const uint8_t *bytes, size_t length)
{
    size_t body = 0, header = 1;
    if (length < 2)
        return PACKET_MORE;
    for (int shift = 0;; shift += 7, header++) {
        if (header > 4)
            return PACKET_BAD;
        if (header >= length)
            return PACKET_MORE;
        body |= (size_t)(bytes[header] & 0x7f) << shift;
        if (bytes[header] < 0x80)
            break;
    }
    header++;
    if (body > PACKET_MAX_BYTES)
        return PACKET_BAD;
    if (length < header + body)
        return PACKET_MORE;
    *packet = (struct packet){.type = (enum packet_type)(bytes[0] >> 4), .qos = bytes[0] >> 1 & 3};
    struct reader reader = {.at = bytes + header, .left = body};
    read_body(packet, &reader);
    *size = header + body;
    return reader.bad ? PACKET_BAD : PACKET_OK;
}

// The few MQTT 5 packets that a device needs, for the fleet's own loop. libmosquitto and paho cost three
// descriptors or a locked queue and several system calls a packet for each client; thousands of clients at
// thousands of messages a second need one read and one write for many packets.
//
// Pure logic; any thread. Encoders append to a buffer that grows; memory running out ends the program.
#ifndef SMSQUITTO_DEVICE_FLEET_PACKET_H
#define SMSQUITTO_DEVICE_FLEET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes; // owned
    size_t length, room;
};

enum packet_type {
    PACKET_CONNECT = 1,
    PACKET_CONNACK = 2,
    PACKET_PUBLISH = 3,
    PACKET_PUBACK = 4,
    PACKET_SUBSCRIBE = 8,
    PACKET_SUBACK = 9,
    PACKET_PINGREQ = 12,
    PACKET_PINGRESP = 13,
    PACKET_DISCONNECT = 14,
};

// One packet from the broker; pointers are borrowed from the bytes that were read.
struct packet {
    enum packet_type type;
    uint8_t qos;              // publish
    uint8_t reason;           // connack, puback, suback (the worst of all), disconnect
    uint16_t id;              // publish (QoS > 0), puback, suback
    uint16_t receive_maximum; // connack
    const char *topic, *payload;
    size_t topic_length, payload_length;
};

// Appends a copy of the bytes. A buffer starts zeroed.
void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
// Frees the bytes; the buffer is then empty, and may be used again.
void buffer_clear(struct buffer *buffer);

// Logs in under the client's id, which is its user name too; the session goes on for so long after it is
// left.
void packet_connect(struct buffer *out, const char *client_id, const char *password, uint16_t keepalive_s,
                    uint32_t session_expiry_s);
// Subscribes to count topics at QoS 1. id, here and below, is from 1.
void packet_subscribe(struct buffer *out, uint16_t id, const char *const topics[], size_t count);
// Publishes at QoS 1.
void packet_publish(struct buffer *out, uint16_t id, const char *topic, const void *payload, size_t length);
// Acknowledges a publish with that id.
void packet_puback(struct buffer *out, uint16_t id);
void packet_pingreq(struct buffer *out);
void packet_disconnect(struct buffer *out);

enum packet_result { PACKET_OK, PACKET_MORE, PACKET_BAD };

// Reads the first packet of bytes[length]; *size is its length when the result is PACKET_OK. PACKET_MORE: it
// is not all there yet. PACKET_BAD: this is no packet that a broker sends to a device.
enum packet_result packet_read(struct packet *packet, size_t *size, const uint8_t *bytes, size_t length);

#endif

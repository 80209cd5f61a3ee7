// The fleet's connections: TCP, login, subscription, packets in and out, keep-alive.
#include "device/fleet/fleet.h"

#include "common/log.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTING_MAX = 64, // the broker's listen queue has 100 places
    REFUSED_WAIT_MS = 60000,
    LEFTOVER_MAX_BYTES = 4 << 20,
    LOGIN_TIMEOUT_MS = 20000,
    ALONE_MS = 2000, // and up to as much again
    REASON_NO_SUBSCRIBERS = 0x10,
    ACKS_MAX_BYTES = 32, // 8 of them; brokers have 20 messages in flight
};

static void watch(const struct fleet *fleet, struct fleet_device *device, int operation, bool write)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0), .data.ptr = device};
    device->wants_write = write;
    if (epoll_ctl(fleet->epoll, operation, device->fd, &event) != 0)
        abort();
}

static void went_offline(struct fleet *fleet, struct fleet_device *device, int64_t wait_ms)
{
    if (device->phase == FLEET_ONLINE)
        fleet->stats.online--;
    else if (device->phase != FLEET_OFFLINE)
        fleet->connecting--;
    if (device->fd >= 0)
        close(device->fd);
    device->fd = -1;
    device->phase = FLEET_OFFLINE;
    device->in_flight = 0;
    device->connect_at_ms = fleet->mono_ms + wait_ms;
    uplink_offline(&device->uplink);
    buffer_clear(&device->in);
    buffer_clear(&device->out);
}

static void lost(struct fleet *fleet, struct fleet_device *device)
{
    fleet->stats.lost++;
    went_offline(fleet, device, backoff_next(&device->backoff, (uint32_t)(fleet_random(fleet) * 0x1p32)));
}

static void start_connecting(struct fleet *fleet, struct fleet_device *device)
{
    const struct addrinfo *address = fleet->address;
    int one = 1;
    device->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (device->fd < 0) {
        log_event(LOG_ERROR, "no socket", "reason", strerror(errno), NULL);
        device->connect_at_ms = fleet->mono_ms + 1000;
        return;
    }
    setsockopt(device->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    device->phase = FLEET_CONNECTING;
    device->read_ms = fleet->mono_ms;
    fleet->connecting++;
    if (connect(device->fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) {
        lost(fleet, device);
        return;
    }
    watch(fleet, device, EPOLL_CTL_ADD, true);
}

// Starts as many attempts as the rate allows.
void fleet_connect_some(struct fleet *fleet)
{
    static size_t at; // goes round, so that one device in a loop does not starve the others
    int64_t step_ns = 1000000000 / fleet->options.connect_rate;
    int64_t allowed = (fleet->mono_ms - fleet->connect_credit_ms) * 1000000 / step_ns;
    if (allowed <= 0 || (size_t)fleet->stats.online + fleet->connecting == fleet->count)
        return;
    fleet->connect_credit_ms = fleet->mono_ms;
    for (size_t seen = 0; seen < fleet->count && allowed > 0 && fleet->connecting < CONNECTING_MAX; seen++) {
        struct fleet_device *device = &fleet->devices[at];
        at = (at + 1) % fleet->count;
        if (device->phase == FLEET_OFFLINE && fleet->mono_ms >= device->connect_at_ms) {
            start_connecting(fleet, device);
            allowed--;
        }
    }
}

static uint16_t next_id(struct fleet_device *device)
{
    if (++device->packet_id == 0)
        device->packet_id = 1;
    return device->packet_id;
}

void fleet_publish(struct fleet *fleet, struct fleet_device *device, enum topic_leaf leaf,
                   const struct buffer *payload)
{
    char topic[TOPIC_SIZE];
    topic_format(topic, device->id, leaf);
    fleet->urgent = true;
    packet_publish(&fleet->out, next_id(device), topic, payload->bytes, payload->length);
    device->in_flight++;
}

static void say_hello(struct fleet *fleet, struct fleet_device *device)
{
    fleet_payload_status(&fleet->payload, fleet, device, true);
    fleet_publish(fleet, device, TOPIC_STATUS, &fleet->payload);
    device->telemetry_at_ms = fleet->mono_ms + device->telemetry_ms;
    device->alone_at_ms = 0;
    device->unsent = device->first;
    uplink_online(&device->uplink, fleet->mono_ms);
}

static void went_online(struct fleet *fleet, struct fleet_device *device)
{
    say_hello(fleet, device);
    device->phase = FLEET_ONLINE;
    backoff_reset(&device->backoff);
    fleet->connecting--;
    fleet->stats.online++;
}

static void subscribe(struct fleet *fleet, struct fleet_device *device)
{
    static const enum topic_leaf leaves[FLEET_DOWNLINKS] = {TOPIC_SEND,    TOPIC_CANCEL, TOPIC_QUERY,
                                                            TOPIC_RECEIPT, TOPIC_CONFIG, TOPIC_INBOX};
    char topics[FLEET_DOWNLINKS][TOPIC_SIZE];
    const char *pointers[FLEET_DOWNLINKS];
    for (size_t i = 0; i < FLEET_DOWNLINKS; i++) {
        topic_format(topics[i], device->id, leaves[i]);
        pointers[i] = topics[i];
    }
    packet_subscribe(&fleet->out, next_id(device), pointers, FLEET_DOWNLINKS);
    device->phase = FLEET_SUBSCRIBE;
}

// Returns false when the connection has ended.
static bool handle(struct fleet *fleet, struct fleet_device *device, const struct packet *packet)
{
    bool refused = packet->reason >= 0x80;
    switch (packet->type) {
    case PACKET_CONNACK:
        if (refused)
            break;
        fleet->stats.connects++;
        device->receive_maximum = packet->receive_maximum;
        subscribe(fleet, device);
        return true;
    case PACKET_SUBACK:
        if (refused)
            break;
        went_online(fleet, device);
        return true;
    case PACKET_PUBLISH:
        fleet_downlink(fleet, device, packet);
        if (packet->qos > 0)
            packet_puback(&fleet->out, packet->id);
        return true;
    case PACKET_PUBACK:
        device->in_flight -= device->in_flight > 0;
        if (packet->reason == REASON_NO_SUBSCRIBERS && device->alone_at_ms == 0)
            device->alone_at_ms = fleet->mono_ms + ALONE_MS + (int64_t)(fleet_random(fleet) * ALONE_MS);
        if (refused) {
            fleet->stats.puback_errors++;
            uplink_refused(&device->uplink, fleet->mono_ms, (uint32_t)(fleet_random(fleet) * 0x1p32));
            device->unsent = device->first;
        }
        return true;
    case PACKET_PINGRESP:
        return true;
    default:
        lost(fleet, device);
        return false;
    }
    fleet->stats.refused++;
    went_offline(fleet, device, REFUSED_WAIT_MS);
    return false;
}

// Takes complete packets; returns the bytes that they had, or -1 when the connection has ended.
static ssize_t handle_all(struct fleet *fleet, struct fleet_device *device, const uint8_t *bytes,
                          size_t length)
{
    size_t done = 0;
    for (;;) {
        struct packet packet;
        size_t size;
        enum packet_result result = packet_read(&packet, &size, bytes + done, length - done);
        if (result == PACKET_MORE)
            return (ssize_t)done;
        if (result == PACKET_BAD) {
            lost(fleet, device);
            return -1;
        }
        if (!handle(fleet, device, &packet))
            return -1;
        done += size;
    }
}

// Reads what there is. Only a packet that is cut off is kept.
static bool read_packets(struct fleet *fleet, struct fleet_device *device)
{
    static uint8_t bytes[131072];
    size_t kept = device->in.length;
    if (kept > 0)
        memcpy(bytes, device->in.bytes, kept);
    ssize_t count = kept < sizeof bytes ? recv(device->fd, bytes + kept, sizeof bytes - kept, 0) : 0;
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (count <= 0) {
        lost(fleet, device);
        return false;
    }
    device->read_ms = fleet->mono_ms;
    size_t length = kept + (size_t)count;
    ssize_t done = handle_all(fleet, device, bytes, length);
    if (done < 0)
        return false;
    buffer_clear(&device->in);
    buffer_add(&device->in, bytes + done, length - (size_t)done);
    return true;
}

static void write_air(struct fleet *fleet)
{
    size_t length = fleet->air_lines.length;
    if (length == 0)
        return;
    if (write(fleet->air, fleet->air_lines.bytes, length) != (ssize_t)length) {
        log_event(LOG_ERROR, "the air file cannot be written", "reason", strerror(errno), NULL);
        abort(); // an oracle that misses lines is worse than none
    }
    fleet->air_lines.length = 0;
}

void fleet_send_answers(struct fleet *fleet, struct fleet_device *device)
{
    // Without room on the way to the broker they are dropped: the bridge asks again.
    if (fleet->answer_count > 0 && device->in_flight < device->receive_maximum) {
        fleet_payload_end(&fleet->answers);
        fleet_publish(fleet, device, TOPIC_REPORT, &fleet->answers);
    }
    fleet->answer_count = 0;
}

// Acknowledgements alone can wait for the next report or sweep: a call less for each receipt.
static bool may_wait(const struct fleet *fleet, const struct fleet_device *device)
{
    return !fleet->urgent && !device->wants_write && device->phase == FLEET_ONLINE &&
           device->out.length + fleet->out.length <= ACKS_MAX_BYTES;
}

// Sends leftovers and fleet->out with one call; keeps what the kernel does not take.
static bool send_out(struct fleet *fleet, struct fleet_device *device)
{
    struct buffer *out = &fleet->out;
    if (may_wait(fleet, device)) {
        buffer_add(&device->out, out->bytes, out->length);
        return true;
    }
    if (device->out.length > 0) {
        buffer_add(&device->out, out->bytes, out->length);
        out->length = 0;
        out = &device->out;
    }
    if (out->length == 0)
        return true;
    ssize_t count = send(device->fd, out->bytes, out->length, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    size_t sent = count > 0 ? (size_t)count : 0, left = out->length - sent;
    device->written_ms = fleet->mono_ms;
    if (out == &device->out) {
        memmove(out->bytes, out->bytes + sent, left);
        out->length = left;
    } else if (left > 0) {
        buffer_add(&device->out, out->bytes + sent, left);
    }
    if (device->out.length == 0)
        buffer_clear(&device->out);
    if (device->wants_write != (left > 0))
        watch(fleet, device, EPOLL_CTL_MOD, left > 0);
    return left <= LEFTOVER_MAX_BYTES;
}

// The reports of seqs from - to, which follow device->unsent.
static void publish_reports(struct fleet *fleet, struct fleet_device *device, int64_t from, int64_t to)
{
    int64_t last = to < from + WIRE_REPORTS_MAX - 1 ? to : from + WIRE_REPORTS_MAX - 1;
    while (device->unsent != NULL && device->unsent->seq < from)
        device->unsent = device->unsent->next;
    fleet_payload_begin(&fleet->payload, device->journal);
    for (; device->unsent != NULL && device->unsent->seq <= last; device->unsent = device->unsent->next)
        fleet_payload_report(&fleet->payload, device->unsent);
    fleet_payload_end(&fleet->payload);
    fleet_publish(fleet, device, TOPIC_REPORT, &fleet->payload);
    fleet->stats.reports += last - from + 1;
    fleet->stats.report_payloads++;
    uplink_sent(&device->uplink, last, fleet->mono_ms);
}

static void publish_uplinks(struct fleet *fleet, struct fleet_device *device)
{
    int64_t from, to;
    while (device->in_flight < device->receive_maximum &&
           uplink_due(&device->uplink, &from, &to, fleet->mono_ms)) {
        if (device->unsent == NULL || device->unsent->seq > from)
            device->unsent = device->first; // sent again
        publish_reports(fleet, device, from, to);
    }
}

void fleet_flush(struct fleet *fleet, struct fleet_device *device)
{
    write_air(fleet);
    if (device->phase == FLEET_ONLINE) {
        fleet_send_answers(fleet, device);
        publish_uplinks(fleet, device);
    }
    if (device->phase != FLEET_OFFLINE && !send_out(fleet, device))
        lost(fleet, device);
    fleet->out.length = 0;
    fleet->answer_count = 0;
    fleet->urgent = false;
}

void fleet_event(struct fleet *fleet, struct fleet_device *device, uint32_t events)
{
    if (device->phase == FLEET_OFFLINE)
        return;
    if (device->phase == FLEET_CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(device->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
            lost(fleet, device);
            return;
        }
        packet_connect(&fleet->out, device->id, device->key, (uint16_t)fleet->options.keepalive_s,
                       (uint32_t)fleet->options.session_expiry_s);
        device->phase = FLEET_LOGIN;
    } else if ((events & ~(uint32_t)EPOLLOUT) != 0 && !read_packets(fleet, device)) {
        write_air(fleet);
        fleet->out.length = fleet->answer_count = 0;
        fleet->urgent = false;
        return;
    }
    fleet_flush(fleet, device);
}

static void ping(struct fleet *fleet)
{
    packet_pingreq(&fleet->out);
    fleet->urgent = true;
}

static void sweep_online(struct fleet *fleet, struct fleet_device *device)
{
    int64_t keepalive_ms = fleet->options.keepalive_s * 1000;
    if (fleet->mono_ms - device->read_ms > 2 * keepalive_ms) {
        lost(fleet, device);
        return;
    }
    if (fleet->mono_ms >= device->telemetry_at_ms && device->in_flight < device->receive_maximum) {
        fleet_payload_status(&fleet->payload, fleet, device, false);
        fleet_publish(fleet, device, TOPIC_STATUS, &fleet->payload);
        device->telemetry_at_ms = fleet->mono_ms + device->telemetry_ms;
    }
    if (fleet->mono_ms - device->written_ms > keepalive_ms / 2 ||
        fleet->mono_ms - device->read_ms > keepalive_ms)
        ping(fleet);
    if (device->alone_at_ms != 0 && fleet->mono_ms >= device->alone_at_ms)
        say_hello(fleet, device);
    if (device->waiting.first != NULL)
        fleet_feed(fleet, device);
    int64_t sent = device->uplink.sent;
    uplink_tick(&device->uplink, fleet->mono_ms, (uint32_t)(fleet_random(fleet) * 0x1p32));
    fleet->stats.repeated_uplinks += sent - device->uplink.sent;
    fleet->urgent |= device->out.length > 0;
    if (fleet->urgent || fleet->out.length > 0 || device->uplink.sent < device->uplink.next - 1)
        fleet_flush(fleet, device);
}

void fleet_sweep(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct fleet_device *device = &fleet->devices[i];
        if (device->phase == FLEET_ONLINE)
            sweep_online(fleet, device);
        else if (device->phase != FLEET_OFFLINE && fleet->mono_ms - device->read_ms > LOGIN_TIMEOUT_MS)
            lost(fleet, device);
    }
}

void fleet_goodbye(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct fleet_device *device = &fleet->devices[i];
        if (device->phase == FLEET_ONLINE) {
            packet_disconnect(&fleet->out);
            fleet->urgent = true;
            fleet_flush(fleet, device);
        }
        went_offline(fleet, device, 0);
    }
}

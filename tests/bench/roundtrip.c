// Yardstick: round trips of the gateway's shape over a broker alone. One connection publishes to N phones
// (QoS 1), each phone acknowledges and publishes one report (QoS 1), which comes back; no store, no rules.
// libmosquitto for all, one thread.
//
//   bench_roundtrip PORT PHONES WINDOW SECONDS [RATE [SOCKET]]
//
// With SOCKET the one connection is made there, and all log in with the keys of tests/system/broker.py, so
// that a broker with our plugin takes them.
//
// Prints one JSON line: trips a second, and p50 and p99 from the publish to the phone in ms.
#include "tests/bench/samples.h"

#include <mosquitto.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

enum { EVENTS = 256, PAYLOAD = 230, REPORT = 250 };

#define LOCALHOST "127.0.0.1"

struct phone {
    struct mosquitto *client;
    char id[16];
    bool ready;
};

static struct phone *phones;
static struct mosquitto *bridge;
static int phone_count, ready_count;
static int64_t trips, under_way;
static struct samples samples;

static void on_phone_connect(struct mosquitto *client, void *context, int code)
{
    struct phone *phone = context;
    char topic[48];
    snprintf(topic, sizeof(topic), "sms/v1/%s/send", phone->id);
    if (code == 0)
        mosquitto_subscribe(client, NULL, topic, 1);
}

static void on_phone_subscribe(struct mosquitto *client, void *context, int mid, int count,
                               const int *granted)
{
    struct phone *phone = context;
    (void)client, (void)mid, (void)count, (void)granted;
    phone->ready = true;
    ready_count++;
}

static void on_phone_message(struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    const struct phone *phone = context;
    char topic[48], report[REPORT];
    int64_t sent;
    memcpy(&sent, message->payload, sizeof(sent));
    samples_add(&samples, sent);
    memset(report, 'r', sizeof(report));
    snprintf(topic, sizeof(topic), "sms/v1/%s/report", phone->id);
    mosquitto_publish(client, NULL, topic, REPORT, report, 1, false);
}

static void on_bridge_connect(struct mosquitto *client, void *context, int code)
{
    (void)context;
    if (code == 0)
        mosquitto_subscribe(client, NULL, "sms/v1/+/report", 1);
}

static void on_bridge_message(struct mosquitto *client, void *context,
                              const struct mosquitto_message *message)
{
    (void)client, (void)context, (void)message;
    trips++;
    under_way--;
}

static void send_one(void)
{
    static int next;
    char topic[48], payload[PAYLOAD];
    int64_t now = now_ns();
    memset(payload, 'm', sizeof(payload));
    memcpy(payload, &now, sizeof(now));
    snprintf(topic, sizeof(topic), "sms/v1/%s/send", phones[next++ % phone_count].id);
    if (mosquitto_publish(bridge, NULL, topic, PAYLOAD, payload, 1, false) == MOSQ_ERR_SUCCESS)
        under_way++;
}

static struct mosquitto *connect_client(int poll_fd, const char *id, void *context, const char *host,
                                        int port)
{
    struct mosquitto *client = mosquitto_new(id, true, context);
    char key[48];
    snprintf(key, sizeof(key), "sqd_key-of-%s", id);
    mosquitto_username_pw_set(client, id, key);
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, 1000);
    if (context != NULL) {
        mosquitto_connect_callback_set(client, on_phone_connect);
        mosquitto_subscribe_callback_set(client, on_phone_subscribe);
        mosquitto_message_callback_set(client, on_phone_message);
    } else {
        mosquitto_connect_callback_set(client, on_bridge_connect);
        mosquitto_message_callback_set(client, on_bridge_message);
    }
    if (mosquitto_connect(client, host, port, 600) != MOSQ_ERR_SUCCESS) {
        fprintf(stderr, "%s cannot connect\n", id);
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, mosquitto_socket(client), &event);
    return client;
}

static void turn(int poll_fd, int64_t until_ns)
{
    struct epoll_event events[EVENTS];
    int64_t now = now_ns();
    struct timespec wait = {.tv_nsec = until_ns > now ? (until_ns - now) % 1000000000 : 0};
    int ready = epoll_pwait2(poll_fd, events, EVENTS, &wait, NULL);
    for (int i = 0; i < ready; i++) {
        mosquitto_loop_read(events[i].data.ptr, 1);
        while (mosquitto_want_write(events[i].data.ptr) &&
               mosquitto_loop_write(events[i].data.ptr, 1) == MOSQ_ERR_SUCCESS)
            ;
    }
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    int port = (int)strtol(argv[1], NULL, 10), poll_fd = epoll_create1(0);
    int64_t window = strtol(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL), rate = argc > 5 ? strtod(argv[5], NULL) : 0;
    mosquitto_lib_init();
    phone_count = (int)strtol(argv[2], NULL, 10);
    phones = calloc((size_t)phone_count, sizeof(*phones));
    if (argc > 6)
        bridge = connect_client(poll_fd, "bridge", NULL, argv[6], 0);
    else
        bridge = connect_client(poll_fd, "bridge", NULL, LOCALHOST, port);
    for (int i = 0; i < phone_count; i++) {
        snprintf(phones[i].id, sizeof(phones[i].id), "d%05d", i);
        phones[i].client = connect_client(poll_fd, phones[i].id, &phones[i], LOCALHOST, port);
        turn(poll_fd, now_ns());
    }
    while (ready_count < phone_count)
        turn(poll_fd, now_ns() + 100000000);
    int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9), due = start;
    trips = 0;
    for (int64_t now = start; now < end; now = now_ns()) {
        if (rate == 0)
            while (under_way < window)
                send_one();
        for (; rate > 0 && due <= now; due += (int64_t)(1e9 / rate))
            send_one();
        turn(poll_fd, rate > 0 && due < end ? due : end);
    }
    double took = (double)(now_ns() - start) / 1e9;
    char times[128];
    printf("{\"trips\": %lld, \"per_s\": %.0f, %s}\n", (long long)trips, (double)trips / took,
           samples_text(times, sizeof(times), &samples));
    return 0;
}

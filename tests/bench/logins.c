// Logins a second: connect, CONNACK, DISCONNECT, so many at a time, with the names d00000 and up and the keys
// of tests/system/broker.py.
//
//   bench_logins PORT NAMES AT-ONCE SECONDS
//
// Prints one JSON line: logins a second, refused ones, p50 and p99 from the connect to the CONNACK in ms.
#include "tests/bench/samples.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 256, PACKET = 128, CONNACK = 4, SOURCES = 200 };

struct login {
    int fd;
    int64_t begun_ns;
};

static struct samples samples;
static int64_t welcome, refused;
static int port, names, poll_fd;

static size_t add_text(unsigned char *out, const char *text)
{
    size_t length = strlen(text);
    out[0] = 0;
    out[1] = (unsigned char)length;
    memcpy(out + 2, text, length);
    return length + 2;
}

// CONNECT of MQTT 3.1.1: clean session, user name and password, keep-alive of a minute.
static size_t write_connect(unsigned char out[PACKET], int number)
{
    static const unsigned char head[] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 0xc2, 0, 60};
    char name[16], key[32];
    size_t length = sizeof(head);
    snprintf(name, sizeof(name), "d%05d", number);
    snprintf(key, sizeof(key), "sqd_key-of-%s", name);
    memcpy(out, head, sizeof(head));
    length += add_text(out + length, name);
    length += add_text(out + length, name);
    length += add_text(out + length, key);
    out[1] = (unsigned char)(length - 2);
    return length;
}

// From many addresses of this machine, as the ports of one would run out.
static void begin(struct login *login)
{
    static unsigned turn;
    unsigned char packet[PACKET];
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in from = {.sin_family = AF_INET},
                       to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + turn % SOURCES);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    size_t length = write_connect(packet, (int)(turn++ % (unsigned)names));
    *login = (struct login){.fd = fd, .begun_ns = now_ns()};
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        write(fd, packet, length) != (ssize_t)length) {
        perror("connect");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = login};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void finish(struct login *login)
{
    static const unsigned char disconnect[] = {0xe0, 0};
    unsigned char answer[CONNACK];
    bool good = read(login->fd, answer, sizeof(answer)) == CONNACK && answer[0] == 0x20 && answer[3] == 0 &&
                write(login->fd, disconnect, sizeof(disconnect)) == (ssize_t)sizeof(disconnect);
    samples_add(&samples, login->begun_ns);
    if (good)
        welcome++;
    else
        refused++;
    close(login->fd);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    port = (int)strtol(argv[1], NULL, 10);
    names = (int)strtol(argv[2], NULL, 10);
    size_t count = strtoul(argv[3], NULL, 10);
    struct login *logins = calloc(count, sizeof(*logins));
    if (logins == NULL || names < 1)
        return 2;
    poll_fd = epoll_create1(0);
    struct epoll_event events[EVENTS];
    int64_t start = now_ns(), end = start + (int64_t)(strtod(argv[4], NULL) * 1e9);
    for (size_t i = 0; i < count; i++)
        begin(&logins[i]);
    while (now_ns() < end) {
        int ready = epoll_wait(poll_fd, events, EVENTS, 100);
        for (int i = 0; i < ready; i++) {
            finish(events[i].data.ptr);
            begin(events[i].data.ptr);
        }
    }
    char times[128];
    printf("{\"per_s\": %.0f, \"refused\": %lld, %s}\n", (double)welcome * 1e9 / (double)(now_ns() - start),
           (long long)refused, samples_text(times, sizeof(times), &samples));
    return 0;
}

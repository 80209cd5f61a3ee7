// HTTP load: N keep-alive connections that order texts or codes, as fast as answers come or at a fixed rate,
// for some seconds.
//
//   bench_load -p PORT -k KEY -c CONNECTIONS -s SECONDS [-r RATE] [-n RECIPIENTS] [-a API] [-b PORT]
//
// -r: orders a second; 0 is a closed loop. -n: recipients that are written to in turn. -a: message, kannel or
// otp. -b: where Kannel tells its reports.
//
// Prints one JSON line: orders done and how many a second, p50 and p99 of an answer in ms, refused and broken
// answers.
#include "tests/bench/order.h"
#include "tests/bench/samples.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 4096, REQUEST = 1024, EVENTS = 256 };

struct client {
    int fd;
    bool busy;
    int64_t sent_ns;
    struct order order;
    char in[BUFFER];
    size_t length;
};

static struct options {
    int port, connections;
    double seconds, rate;
    uint64_t recipients;
    struct order order; // what all orders have alike
} options = {.connections = 1, .recipients = 10000};

static int64_t done, refused, end_ns;
static struct samples samples;

static void send_request(struct client *client, const char *request, size_t length)
{
    client->sent_ns = now_ns();
    client->busy = length < REQUEST && write(client->fd, request, length) == (ssize_t)length;
    if (!client->busy)
        refused++;
}

static void begin(struct client *client)
{
    static uint64_t sequence;
    char request[REQUEST];
    client->order = options.order;
    client->order.receiver = 10000000 + sequence++ % options.recipients;
    client->order.now_ns = now_ns();
    send_request(client, request, order_begin(request, sizeof(request), &client->order));
}

// What the answer leads to: another request of the order, its end, and in a closed loop the next order.
static void take(struct client *client, const char *answer)
{
    char request[REQUEST];
    bool good = strncmp(answer, "HTTP/1.1 2", 10) == 0;
    samples_add(&samples, client->sent_ns);
    client->busy = false;
    size_t length = good ? order_follow(request, sizeof(request), &client->order, answer) : 0;
    if (length > 0) {
        send_request(client, request, length);
        return;
    }
    if (good)
        done++;
    else
        refused++;
    if (options.rate == 0 && now_ns() < end_ns)
        begin(client);
}

// Takes one whole answer out of the buffer; false when there is none.
static bool take_answer(struct client *client)
{
    client->in[client->length] = '\0';
    char *end = strstr(client->in, "\r\n\r\n"), *field = strstr(client->in, "Content-Length: ");
    if (end == NULL || field == NULL)
        return false;
    size_t total = (size_t)(end + 4 - client->in) + strtoul(field + 16, NULL, 10);
    if (client->length < total)
        return false;
    char behind = client->in[total];
    client->in[total] = '\0';
    take(client, client->in);
    client->in[total] = behind;
    memmove(client->in, client->in + total, client->length - total);
    client->length -= total;
    return true;
}

static void read_answers(struct client *client, int poll_fd)
{
    ssize_t got = read(client->fd, client->in + client->length, BUFFER - 1 - client->length);
    if (got <= 0) {
        refused++;
        epoll_ctl(poll_fd, EPOLL_CTL_DEL, client->fd, NULL);
        return;
    }
    client->length += (size_t)got;
    while (take_answer(client))
        ;
}

static int connect_to(int port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static struct client *open_clients(int poll_fd)
{
    struct client *clients = calloc((size_t)options.connections, sizeof(*clients));
    for (int i = 0; clients != NULL && i < options.connections; i++) {
        clients[i].fd = connect_to(options.port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, clients[i].fd, &event);
    }
    return clients;
}

// A free client, NULL when all wait for answers.
static struct client *idle(struct client *clients)
{
    static int next;
    for (int i = 0; i < options.connections; i++) {
        struct client *client = &clients[next++ % options.connections];
        if (!client->busy)
            return client;
    }
    return NULL;
}

static void run(struct client *clients, int poll_fd)
{
    struct epoll_event events[EVENTS];
    int64_t due = now_ns();
    for (int i = 0; i < options.connections && options.rate == 0; i++)
        begin(&clients[i]);
    for (int64_t now = due; now < end_ns; now = now_ns()) {
        for (; options.rate > 0 && due <= now; due += (int64_t)(1e9 / options.rate)) {
            struct client *client = idle(clients);
            if (client != NULL)
                begin(client);
        }
        int64_t until = options.rate > 0 && due < end_ns ? due : end_ns;
        struct timespec wait = {.tv_nsec = until > now ? (until - now) % 1000000000 : 0};
        int ready = epoll_pwait2(poll_fd, events, EVENTS, &wait, NULL);
        for (int i = 0; i < ready; i++)
            read_answers(events[i].data.ptr, poll_fd);
    }
}

static bool read_options(int argc, char **argv)
{
    int api = ORDER_MESSAGE;
    for (int flag; (flag = getopt(argc, argv, "p:k:c:s:r:n:a:b:")) != -1;) {
        switch (flag) {
        case 'p':
            options.port = (int)strtol(optarg, NULL, 10);
            break;
        case 'k':
            options.order.key = optarg;
            break;
        case 'c':
            options.connections = (int)strtol(optarg, NULL, 10);
            break;
        case 's':
            options.seconds = strtod(optarg, NULL);
            break;
        case 'r':
            options.rate = strtod(optarg, NULL);
            break;
        case 'n':
            options.recipients = strtoull(optarg, NULL, 10);
            break;
        case 'a':
            api = order_api_of(optarg);
            break;
        case 'b':
            options.order.report_port = (int)strtol(optarg, NULL, 10);
            break;
        default:
            return false;
        }
    }
    options.order.api = (enum order_api)api;
    return api >= 0 && options.port > 0 && options.order.key != NULL && options.connections > 0 &&
           options.recipients > 0;
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv))
        return 2;
    int poll_fd = epoll_create1(0);
    struct client *clients = open_clients(poll_fd);
    if (clients == NULL)
        return 1;
    int64_t start = now_ns();
    end_ns = start + (int64_t)(options.seconds * 1e9);
    run(clients, poll_fd);
    double took = (double)(now_ns() - start) / 1e9;
    char times[128];
    printf("{\"accepted\": %lld, \"per_s\": %.0f, \"refused\": %lld, %s}\n", (long long)done,
           (double)done / took, (long long)refused, samples_text(times, sizeof(times), &samples));
    return 0;
}

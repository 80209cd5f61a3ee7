// Takes what gateways tell: every request is answered with 200. A time "t=<CLOCK_MONOTONIC ns>" in it, which
// travelled in the text or in the address, says when the sender of the text let go of it.
//
//   bench_receiver [PORT]
//
// Prints its port. GET /result answers with one JSON line: requests with such a time, when the first and the
// last came, p50 and p99 of the way in ms; GET /clear forgets them.
#include "tests/bench/samples.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BUFFER = 16384, ANSWER = 512, EVENTS = 256, BACKLOG = 512 };

struct client {
    int fd;
    char in[BUFFER];
    size_t length;
};

static struct samples samples;
static int64_t received, first_ns, last_ns;

// The time in a text; 0 when there is none. A signature may hold the two characters as well.
static int64_t time_in(const char *text)
{
    for (const char *at = strstr(text, "t="); at != NULL; at = strstr(at + 2, "t=")) {
        char *end;
        int64_t ns = strtoll(at + 2, &end, 10);
        if (end - at > 10)
            return ns;
    }
    return 0;
}

static void take_report(const char *request)
{
    int64_t sent_ns = time_in(request);
    if (sent_ns == 0)
        return;
    last_ns = now_ns();
    if (received++ == 0)
        first_ns = last_ns;
    samples_add(&samples, sent_ns);
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void answer(int fd, const char *request)
{
    char times[128], body[ANSWER / 2] = "", text[ANSWER];
    if (starts(request, "GET /clear "))
        received = 0, samples.count = 0;
    if (starts(request, "GET /result "))
        snprintf(body, sizeof(body), "{\"received\": %lld, \"first_ns\": %lld, \"last_ns\": %lld, %s}",
                 (long long)received, (long long)first_ns, (long long)last_ns,
                 samples_text(times, sizeof(times), &samples));
    int length =
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    if (write(fd, text, (size_t)length) != length)
        perror("write");
}

// Takes one whole request out of the buffer; false when there is none.
static bool take_request(struct client *client)
{
    client->in[client->length] = '\0';
    char *end = strstr(client->in, "\r\n\r\n"), *field = strstr(client->in, "Content-Length: ");
    if (end == NULL)
        return false;
    size_t total = (size_t)(end + 4 - client->in);
    if (field != NULL && field < end)
        total += strtoul(field + 16, NULL, 10);
    if (client->length < total)
        return false;
    char behind = client->in[total];
    client->in[total] = '\0';
    take_report(client->in);
    answer(client->fd, client->in);
    client->in[total] = behind;
    memmove(client->in, client->in + total, client->length - total);
    client->length -= total;
    return true;
}

static void read_requests(struct client *client)
{
    ssize_t got = read(client->fd, client->in + client->length, BUFFER - 1 - client->length);
    if (got <= 0) {
        close(client->fd);
        free(client);
        return;
    }
    client->length += (size_t)got;
    while (take_request(client))
        ;
}

static void welcome(int listener, int poll_fd)
{
    int one = 1, fd = accept(listener, NULL, NULL);
    struct client *client = fd >= 0 ? calloc(1, sizeof(*client)) : NULL;
    if (client == NULL)
        exit(1);
    client->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int open_listener(int port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        perror("listen");
        exit(1);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    int listener = open_listener(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0);
    int poll_fd = epoll_create1(0);
    struct epoll_event events[EVENTS], first = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &first);
    for (;;) {
        int ready = epoll_wait(poll_fd, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL)
                welcome(listener, poll_fd);
            else
                read_requests(events[i].data.ptr);
        }
    }
}

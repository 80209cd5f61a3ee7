// HTTP load: N keep-alive connections that post messages, as fast as answers come or at a fixed rate, for
// some seconds.
//
//   load PORT KEY CONNECTIONS SECONDS [RATE [RECIPIENTS]]
//
// RATE in messages a second, 0 (or none): closed loop. RECIPIENTS that are written to in turn, 10,000 without
// it.
//
// Prints one JSON line: accepted a second, p50 and p99 of the answer in ms, refused and broken answers.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 4096, SAMPLES_MAX = 4000000, EVENTS = 256 };

struct client {
    int fd;
    bool busy;
    int64_t sent_ns;
    char in[BUFFER];
    size_t length;
};

static const char *key;
static int64_t accepted, refused;
static float *samples;
static size_t sample_count;
static uint64_t sequence, recipients = 10000;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void post(struct client *client)
{
    char body[256], request[768];
    client->sent_ns = now_ns();
    int length =
        snprintf(body, sizeof(body),
                 "{\"to\":\"+49151%08llu\",\"text\":\"t=%lld Your appointment is at 10:30 tomorrow.\"}",
                 (unsigned long long)(10000000 + sequence++ % recipients), (long long)client->sent_ns);
    int total = snprintf(request, sizeof(request),
                         "POST /v1/messages HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer %s\r\n"
                         "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                         key, length, body);
    client->busy = write(client->fd, request, (size_t)total) == total;
    if (!client->busy)
        refused++;
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

// Takes one whole answer out of the buffer; true when there was one.
static bool take_answer(struct client *client)
{
    client->in[client->length] = '\0';
    char *end = strstr(client->in, "\r\n\r\n"), *field = strstr(client->in, "Content-Length: ");
    if (end == NULL || field == NULL)
        return false;
    size_t total = (size_t)(end + 4 - client->in) + strtoul(field + 16, NULL, 10);
    if (client->length < total)
        return false;
    if (strncmp(client->in, "HTTP/1.1 202", 12) == 0)
        accepted++;
    else
        refused++;
    if (sample_count < SAMPLES_MAX)
        samples[sample_count++] = (float)(now_ns() - client->sent_ns) / 1e6f;
    memmove(client->in, client->in + total, client->length - total);
    client->length -= total;
    client->busy = false;
    return true;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double percentile(double part)
{
    return sample_count == 0 ? 0 : samples[(size_t)((double)(sample_count - 1) * part)];
}

// A free client, NULL when all wait for answers.
static struct client *idle(struct client *clients, int count)
{
    static int next;
    for (int i = 0; i < count; i++) {
        struct client *client = &clients[next++ % count];
        if (!client->busy)
            return client;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    int count = (int)strtol(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL), rate = argc > 5 ? strtod(argv[5], NULL) : 0;
    struct client *clients = calloc((size_t)count, sizeof(*clients));
    samples = malloc(SAMPLES_MAX * sizeof(*samples));
    key = argv[2];
    if (argc > 6)
        recipients = strtoull(argv[6], NULL, 10);
    int poll_fd = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        clients[i].fd = connect_to((int)strtol(argv[1], NULL, 10));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, clients[i].fd, &event);
    }
    int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9), due = start;
    for (int i = 0; i < count && rate == 0; i++)
        post(&clients[i]);
    struct epoll_event events[EVENTS];
    for (int64_t now = start; now < end; now = now_ns()) {
        for (; rate > 0 && due <= now; due += (int64_t)(1e9 / rate)) {
            struct client *client = idle(clients, count);
            if (client != NULL)
                post(client);
        }
        int64_t until = rate > 0 && due < end ? due : end;
        struct timespec wait = {.tv_nsec = until > now ? (until - now) % 1000000000 : 0};
        int ready = epoll_pwait2(poll_fd, events, EVENTS, &wait, NULL);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            ssize_t got = read(client->fd, client->in + client->length, BUFFER - 1 - client->length);
            if (got <= 0) {
                refused++;
                epoll_ctl(poll_fd, EPOLL_CTL_DEL, client->fd, NULL);
                continue;
            }
            client->length += (size_t)got;
            while (take_answer(client))
                if (rate == 0 && now_ns() < end)
                    post(client);
        }
    }
    double took = (double)(now_ns() - start) / 1e9;
    qsort(samples, sample_count, sizeof(*samples), compare);
    printf("{\"accepted\": %lld, \"per_s\": %.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"refused\": %lld}\n",
           (long long)accepted, (double)accepted / took, percentile(0.5), percentile(0.99),
           (long long)refused);
    return 0;
}

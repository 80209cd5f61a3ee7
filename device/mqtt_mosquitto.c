// The MQTT port on libmosquitto, for systems that have no Paho. Each attempt to connect is a client and a
// thread of its own, which only appends to the queue; mqtt_step empties it on the owner's thread.
//
// libmosquitto waits while it looks up a name and connects. So an attempt that takes too long is given up:
// its thread finds out when the library comes back, and frees it.
#include "device/mqtt_queue.h"

#include "common/secret.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    LOOP_WAIT_MS = 1000,
    DISCONNECT_WAIT_MS = 1000,
};

// One attempt; freed by its owner, or by its thread when it was given up.
struct attempt {
    struct mosquitto *client;
    int64_t number;
    char *host;
    int port, keepalive_s;
    mosquitto_property *properties;
    pthread_mutex_t lock;     // covers the fields below
    struct mqtt_queue *queue; // NULL = given up
    bool connecting, stopped;
    bool lost; // its thread alone: somebody knows that it has failed
};

struct mqtt {
    char *host, *ca_file, *client_id, *password;
    struct mqtt_options options;
    struct mqtt_handler handler;
    void *context;
    struct attempt *attempt; // NULL = none; shared with its thread
    pthread_t thread;
    int64_t number; // of the present attempt
    bool connected;
    int poll, timer; // of both; the attempt's deadline
    struct mqtt_queue queue;
};

const bool mqtt_has_websockets = false;

// --- on the thread of an attempt

static void attempt_push(struct attempt *attempt, enum mqtt_event_kind kind, int reason, const char *topic,
                         const void *bytes, size_t length)
{
    attempt->lost |= kind == MQTT_EVENT_LOST;
    pthread_mutex_lock(&attempt->lock);
    if (attempt->queue != NULL)
        mqtt_queue_push(attempt->queue, attempt->number, kind, reason, topic, bytes, length);
    pthread_mutex_unlock(&attempt->lock);
}

static void push_text(struct attempt *attempt, enum mqtt_event_kind kind, int reason, const char *text)
{
    attempt_push(attempt, kind, reason, NULL, text, strlen(text));
}

static void on_connect(struct mosquitto *client, void *context, int reason, int flags,
                       const mosquitto_property *properties)
{
    (void)client, (void)flags, (void)properties;
    if (reason == 0)
        push_text(context, MQTT_EVENT_CONNECTED, 0, "");
    else
        push_text(context, MQTT_EVENT_LOST, reason, mosquitto_reason_string(reason));
}

static void on_disconnect(struct mosquitto *client, void *context, int reason,
                          const mosquitto_property *properties)
{
    (void)client, (void)properties;
    struct attempt *attempt = context;
    if (reason == 0)
        push_text(attempt, MQTT_EVENT_DISCONNECTED, 0, "");
    else if (!attempt->lost)
        push_text(attempt, MQTT_EVENT_LOST, 0,
                  reason >= MQTT_REASON_FAILURES ? mosquitto_reason_string(reason)
                                                 : mosquitto_strerror(reason));
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    (void)client, (void)properties;
    attempt_push(context, MQTT_EVENT_MESSAGE, 0, message->topic, message->payload,
                 (size_t)message->payloadlen);
}

static void on_subscribe(struct mosquitto *client, void *context, int id, int count, const int *granted,
                         const mosquitto_property *properties)
{
    (void)client, (void)id, (void)properties;
    int worst = 0;
    for (int i = 0; i < count; i++) {
        if (granted[i] > worst)
            worst = granted[i];
    }
    push_text(context, MQTT_EVENT_SUBSCRIBED, worst, "");
}

static void on_publish(struct mosquitto *client, void *context, int id, int reason,
                       const mosquitto_property *properties)
{
    (void)client, (void)id, (void)properties;
    push_text(context, MQTT_EVENT_PUBLISHED, reason, "");
}

static void attempt_free(struct attempt *attempt)
{
    mosquitto_destroy(attempt->client);
    mosquitto_property_free_all(&attempt->properties);
    pthread_mutex_destroy(&attempt->lock);
    free(attempt->host);
    free(attempt);
}

// Whether the attempt is still wanted; from here on its end is waited for, not given up.
static bool attempt_settle(struct attempt *attempt)
{
    pthread_mutex_lock(&attempt->lock);
    bool wanted = attempt->queue != NULL;
    attempt->connecting = false;
    pthread_mutex_unlock(&attempt->lock);
    return wanted;
}

static bool attempt_stopped(struct attempt *attempt)
{
    pthread_mutex_lock(&attempt->lock);
    bool stopped = attempt->stopped;
    pthread_mutex_unlock(&attempt->lock);
    return stopped;
}

static void *attempt_run(void *context)
{
    struct attempt *attempt = context;
    int result = mosquitto_connect_bind_v5(attempt->client, attempt->host, attempt->port,
                                           attempt->keepalive_s, NULL, attempt->properties);
    if (!attempt_settle(attempt)) {
        attempt_free(attempt);
        return NULL;
    }
    while (result == MOSQ_ERR_SUCCESS && !attempt_stopped(attempt))
        result = mosquitto_loop(attempt->client, LOOP_WAIT_MS, 1);
    if (!attempt->lost)
        push_text(attempt, MQTT_EVENT_LOST, 0, mosquitto_strerror(result));
    return NULL;
}

// --- on the owner's thread

static bool client_set_up(const struct mqtt *mqtt, struct mosquitto *client)
{
    bool good =
        mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5) == MOSQ_ERR_SUCCESS &&
        mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1) == MOSQ_ERR_SUCCESS &&
        mosquitto_threaded_set(client, true) == MOSQ_ERR_SUCCESS &&
        mosquitto_username_pw_set(client, mqtt->client_id, mqtt->password) == MOSQ_ERR_SUCCESS;
    if (good && mqtt->options.tls && mqtt->ca_file[0] == '\0')
        good = mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1) == MOSQ_ERR_SUCCESS;
    else if (good && mqtt->options.tls)
        good = mosquitto_tls_set(client, mqtt->ca_file, NULL, NULL, NULL, NULL) == MOSQ_ERR_SUCCESS;
    mosquitto_connect_v5_callback_set(client, on_connect);
    mosquitto_disconnect_v5_callback_set(client, on_disconnect);
    mosquitto_message_v5_callback_set(client, on_message);
    mosquitto_subscribe_v5_callback_set(client, on_subscribe);
    mosquitto_publish_v5_callback_set(client, on_publish);
    return good;
}

static struct attempt *attempt_new(struct mqtt *mqtt)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);
    if (attempt == NULL)
        return NULL;
    pthread_mutex_init(&attempt->lock, NULL);
    attempt->number = mqtt->number;
    attempt->queue = &mqtt->queue;
    attempt->connecting = true;
    attempt->port = (int)mqtt->options.port;
    attempt->keepalive_s = (int)mqtt->options.keepalive_s;
    attempt->host = strdup(mqtt->host);
    attempt->client = mosquitto_new(mqtt->client_id, false, attempt);
    if (attempt->host == NULL || attempt->client == NULL || !client_set_up(mqtt, attempt->client) ||
        mosquitto_property_add_int32(&attempt->properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
                                     (uint32_t)mqtt->options.session_expiry_s) != MOSQ_ERR_SUCCESS) {
        attempt_free(attempt);
        return NULL;
    }
    return attempt;
}

static void timer_set(const struct mqtt *mqtt, int64_t seconds)
{
    struct itimerspec when = {.it_value.tv_sec = seconds};
    timerfd_settime(mqtt->timer, 0, &when, NULL);
}

// Ends the present attempt. One that still connects is left to its thread.
static void attempt_drop(struct mqtt *mqtt)
{
    struct attempt *attempt = mqtt->attempt;
    mqtt->attempt = NULL;
    mqtt->connected = false;
    timer_set(mqtt, 0);
    if (attempt == NULL)
        return;
    pthread_mutex_lock(&attempt->lock);
    bool connecting = attempt->connecting;
    attempt->stopped = true;
    if (connecting)
        attempt->queue = NULL;
    pthread_mutex_unlock(&attempt->lock);
    if (connecting) {
        pthread_detach(mqtt->thread);
        return;
    }
    mosquitto_disconnect_v5(attempt->client, 0, NULL); // wakes its loop
    pthread_join(mqtt->thread, NULL);
    attempt_free(attempt);
}

static bool watch(const struct mqtt *mqtt, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(mqtt->poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct mqtt *mqtt_new(const struct mqtt_options *options, const struct mqtt_handler *handler, void *context)
{
    struct mqtt *mqtt = calloc(1, sizeof *mqtt);
    if (mqtt == NULL)
        return NULL;
    *mqtt = (struct mqtt){.options = *options, .handler = *handler, .context = context};
    bool ready = mqtt_queue_init(&mqtt->queue);
    mqtt->poll = epoll_create1(EPOLL_CLOEXEC);
    mqtt->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    mqtt->host = strdup(options->host);
    mqtt->client_id = strdup(options->client_id);
    mqtt->password = strdup(options->password);
    mqtt->ca_file = strdup(options->ca_file);
    if (!ready || mqtt->poll < 0 || mqtt->timer < 0 || mqtt->host == NULL || mqtt->client_id == NULL ||
        mqtt->password == NULL || mqtt->ca_file == NULL || options->websocket[0] != '\0' ||
        !watch(mqtt, mqtt->queue.wake) || !watch(mqtt, mqtt->timer)) {
        mqtt_free(mqtt);
        return NULL;
    }
    mosquitto_lib_init();
    return mqtt;
}

void mqtt_free(struct mqtt *mqtt)
{
    if (mqtt == NULL)
        return;
    mqtt_disconnect(mqtt);
    attempt_drop(mqtt);
    mqtt_queue_clear(&mqtt->queue);
    if (mqtt->poll >= 0)
        close(mqtt->poll);
    if (mqtt->timer >= 0)
        close(mqtt->timer);
    if (mqtt->password != NULL)
        secret_clear(mqtt->password, strlen(mqtt->password));
    free(mqtt->password);
    free(mqtt->client_id);
    free(mqtt->ca_file);
    free(mqtt->host);
    free(mqtt);
}

void mqtt_connect(struct mqtt *mqtt)
{
    static const char trouble[] = "the MQTT library could not start the attempt";
    attempt_drop(mqtt);
    mqtt->number++;
    mqtt->attempt = attempt_new(mqtt);
    if (mqtt->attempt != NULL && pthread_create(&mqtt->thread, NULL, attempt_run, mqtt->attempt) != 0) {
        attempt_free(mqtt->attempt);
        mqtt->attempt = NULL;
    }
    if (mqtt->attempt != NULL)
        timer_set(mqtt, mqtt->options.connect_timeout_s);
    else
        mqtt_queue_push(&mqtt->queue, mqtt->number, MQTT_EVENT_LOST, 0, NULL, trouble, sizeof trouble - 1);
}

void mqtt_subscribe(struct mqtt *mqtt, char *const topics[], size_t count)
{
    if (mqtt->attempt == NULL || mosquitto_subscribe_multiple(mqtt->attempt->client, NULL, (int)count, topics,
                                                              1, 0, NULL) != MOSQ_ERR_SUCCESS)
        mqtt_queue_push(&mqtt->queue, mqtt->number, MQTT_EVENT_SUBSCRIBED, MQTT_REASON_FAILURES, NULL, "", 0);
}

bool mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload, size_t length, int qos)
{
    return mqtt->connected && mosquitto_publish_v5(mqtt->attempt->client, NULL, topic, (int)length, payload,
                                                   qos, false, NULL) == MOSQ_ERR_SUCCESS;
}

void mqtt_disconnect(struct mqtt *mqtt)
{
    if (!mqtt->connected)
        return;
    mqtt->connected = false;
    if (mosquitto_disconnect_v5(mqtt->attempt->client, 0, NULL) == MOSQ_ERR_SUCCESS)
        mqtt_queue_wait_end(&mqtt->queue, DISCONNECT_WAIT_MS);
}

int mqtt_fd(const struct mqtt *mqtt)
{
    return mqtt->poll;
}

static void look_at_timer(struct mqtt *mqtt)
{
    static const char late[] = "no connection in time";
    uint64_t count;
    if (read(mqtt->timer, &count, sizeof count) < 0 || mqtt->connected || mqtt->attempt == NULL)
        return;
    mqtt_queue_push(&mqtt->queue, mqtt->number, MQTT_EVENT_LOST, 0, NULL, late, sizeof late - 1);
}

void mqtt_step(struct mqtt *mqtt)
{
    look_at_timer(mqtt);
    for (struct mqtt_event *event = mqtt_queue_take(&mqtt->queue), *next; event != NULL; event = next) {
        next = event->next;
        if (event->attempt == mqtt->number) {
            if (event->kind == MQTT_EVENT_CONNECTED) {
                mqtt->connected = true;
                timer_set(mqtt, 0);
            } else if (event->kind == MQTT_EVENT_LOST) {
                mqtt->number++; // what this attempt still says is of no interest
                attempt_drop(mqtt);
            }
            mqtt_event_tell(event, &mqtt->handler, mqtt->context);
        }
        free(event);
    }
}

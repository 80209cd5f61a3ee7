// One modem of ModemManager over the system's D-Bus.
#include "device/radios/mm_internal.h"

#include "common/clock.h"
#include "device/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALL_TIMEOUT_S = 30,
    USEC_PER_MS = 1000,
};

// MMModemState
enum { STATE_LOCKED = 2, STATE_DISABLED = 3, STATE_REGISTERED_AT_LEAST = 8 };

static const struct props_row modem_rows[] = {
    {"EquipmentIdentifier", PROPS_STRING, offsetof(struct mm_found, imei),
     sizeof(((struct mm_found *)0)->imei)},
    {"DeviceIdentifier", PROPS_STRING, offsetof(struct mm_found, identifier),
     sizeof(((struct mm_found *)0)->identifier)},
    {"Device", PROPS_STRING, offsetof(struct mm_found, device), sizeof(((struct mm_found *)0)->device)},
    {"PrimaryPort", PROPS_STRING, offsetof(struct mm_found, port), sizeof(((struct mm_found *)0)->port)},
    {"OwnNumbers", PROPS_FIRST, offsetof(struct mm_found, number), sizeof(((struct mm_found *)0)->number)},
    {"State", PROPS_INT, offsetof(struct mm_found, state), 0},
    {"SignalQuality", PROPS_PERCENT, offsetof(struct mm_found, signal), 0},
};
static const struct props_row network_rows[] = {
    {"OperatorName", PROPS_STRING, offsetof(struct mm_found, carrier),
     sizeof(((struct mm_found *)0)->carrier)},
};

void mm_note(struct mm *mm, const char *text)
{
    mm->handler.note(mm->context, text);
}

void mm_lose(struct mm *mm, const char *why)
{
    if (!mm->lost)
        mm->handler.lost(mm->context, why);
    mm->lost = true;
}

bool mm_copy_path(char out[MM_PATH_SIZE], const char *path)
{
    if (strlen(path) >= MM_PATH_SIZE)
        return false;
    memcpy(out, path, strlen(path) + 1);
    return true;
}

bool mm_call_good(struct mm *mm, sd_bus_message *reply, const char *what)
{
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    char text[256];
    if (error == NULL)
        return true;
    snprintf(text, sizeof text, "%s: %.80s: %.120s", what, error->name,
             error->message != NULL ? error->message : "");
    mm_note(mm, text);
    return false;
}

static int on_enabled(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    mm->enabling = false;
    (void)mm_call_good(mm, reply, "the modem cannot be enabled");
    return 0;
}

// Looks whether the modem can send by now, and does what can be done about it.
static void check(struct mm *mm)
{
    if (mm->ready || mm->found.path[0] == '\0')
        return;
    if (mm->found.state == STATE_LOCKED && !mm->noted_lock) {
        mm_note(mm, "the SIM wants its PIN: mmcli -i any --pin=...");
        mm->noted_lock = true;
    }
    if (mm->found.state == STATE_DISABLED && !mm->enabling) {
        mm->enabling = sd_bus_call_method_async(mm->bus, NULL, MM, mm->found.path, MODEM, "Enable",
                                                on_enabled, mm, "b", 1) >= 0;
    }
    if (mm->found.messaging && mm->found.state >= STATE_REGISTERED_AT_LEAST) {
        mm->ready = true;
        mm->handler.ready(mm->context);
    }
}

static int read_interface(sd_bus_message *message, struct mm_found *found, const char *name)
{
    if (strcmp(name, MODEM) == 0) {
        found->modem = true;
        return props_read(message, found, modem_rows, COUNT(modem_rows));
    }
    if (strcmp(name, MODEM_3GPP) == 0)
        return props_read(message, found, network_rows, COUNT(network_rows));
    found->messaging |= strcmp(name, MESSAGING) == 0;
    return sd_bus_message_skip(message, "a{sv}");
}

static bool is_wanted(const struct mm *mm, const struct mm_found *found)
{
    return found->modem && (strcmp(mm->which, "any") == 0 || strcmp(mm->which, found->imei) == 0 ||
                            strcmp(mm->which, found->identifier) == 0 ||
                            strcmp(mm->which, found->device) == 0 || strcmp(mm->which, found->port) == 0);
}

// Reads an object's path and interfaces: oa{sa{sv}}. Returns a negative errno when the message is broken.
static int read_object(struct mm *mm, sd_bus_message *message)
{
    const char *path, *name;
    int result = sd_bus_message_read_basic(message, 'o', &path);
    if (result < 0 || (result = sd_bus_message_enter_container(message, 'a', "{sa{sv}}")) < 0)
        return result;
    bool ours = strcmp(mm->found.path, path) == 0;
    struct mm_found found = {.state = 0};
    if (ours)
        found = mm->found;
    while ((result = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
        if ((result = sd_bus_message_read_basic(message, 's', &name)) < 0 ||
            (result = read_interface(message, &found, name)) < 0 ||
            (result = sd_bus_message_exit_container(message)) < 0)
            return result;
    }
    if (ours || (mm->found.path[0] == '\0' && is_wanted(mm, &found) && mm_copy_path(found.path, path)))
        mm->found = found;
    return result < 0 ? result : sd_bus_message_exit_container(message);
}

static int on_objects(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    if (!mm_call_good(mm, reply, "ModemManager does not answer") ||
        sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") < 0)
        return 0;
    while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
        if (read_object(mm, reply) < 0 || sd_bus_message_exit_container(reply) < 0)
            return 0;
    }
    if (mm->found.path[0] == '\0')
        mm_note(mm, "the modem is not there yet");
    check(mm);
    return 0;
}

static int on_interfaces_added(sd_bus_message *signal, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    if (read_object(mm, signal) >= 0)
        check(mm);
    return 0;
}

static int on_interfaces_removed(sd_bus_message *signal, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const char *path, *name;
    if (sd_bus_message_read_basic(signal, 'o', &path) <= 0 || strcmp(path, mm->found.path) != 0 ||
        sd_bus_message_enter_container(signal, 'a', "s") < 0)
        return 0;
    while (sd_bus_message_read_basic(signal, 's', &name) > 0) {
        if (strcmp(name, MODEM) == 0 || strcmp(name, MESSAGING) == 0)
            mm_lose(mm, "the modem has gone");
    }
    return 0;
}

static int on_properties(sd_bus_message *signal, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const char *interface, *path = sd_bus_message_get_path(signal);
    if (sd_bus_message_read_basic(signal, 's', &interface) <= 0)
        return 0;
    if (strcmp(path, mm->found.path) == 0) {
        struct mm_found before = mm->found;
        if (read_interface(signal, &mm->found, interface) < 0)
            return 0;
        if (mm->ready &&
            (strcmp(before.carrier, mm->found.carrier) != 0 || strcmp(before.number, mm->found.number) != 0))
            mm->handler.changed(mm->context);
        check(mm);
    } else if (mm->ready && strcmp(interface, SMS) == 0) {
        mm_sms_changed(mm, path, signal);
    }
    return 0;
}

static void look(struct mm *mm)
{
    sd_bus_call_method_async(mm->bus, NULL, MM, ROOT, OBJECTS, "GetManagedObjects", on_objects, mm, NULL);
}

static int on_owner(sd_bus_message *signal, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const char *name, *before, *after;
    if (sd_bus_message_read(signal, "sss", &name, &before, &after) < 0 || strcmp(name, MM) != 0)
        return 0;
    if (mm->found.path[0] != '\0')
        mm_lose(mm, "ModemManager has gone");
    else if (after[0] != '\0')
        look(mm);
    return 0;
}

static bool listen_all(struct mm *mm)
{
    return sd_bus_match_signal(mm->bus, NULL, "org.freedesktop.DBus", NULL, "org.freedesktop.DBus",
                               "NameOwnerChanged", on_owner, mm) >= 0 &&
           sd_bus_match_signal(mm->bus, NULL, MM, ROOT, OBJECTS, "InterfacesAdded", on_interfaces_added,
                               mm) >= 0 &&
           sd_bus_match_signal(mm->bus, NULL, MM, ROOT, OBJECTS, "InterfacesRemoved", on_interfaces_removed,
                               mm) >= 0 &&
           sd_bus_match_signal(mm->bus, NULL, MM, NULL, PROPERTIES, "PropertiesChanged", on_properties, mm) >=
               0 &&
           sd_bus_match_signal(mm->bus, NULL, MM, NULL, MESSAGING, "Added", mm_sms_on_added, mm) >= 0;
}

struct mm *mm_open(const char *which, const struct mm_handler *handler, void *context)
{
    struct mm *mm = calloc(1, sizeof *mm);
    if (mm == NULL)
        return NULL;
    mm->handler = *handler;
    mm->context = context;
    mm->which = which;
    if (sd_bus_open_system(&mm->bus) < 0 ||
        sd_bus_set_method_call_timeout(mm->bus, (uint64_t)CALL_TIMEOUT_S * MM_USEC_PER_S) < 0 ||
        !listen_all(mm)) {
        mm_close(mm);
        return NULL;
    }
    look(mm);
    return mm;
}

void mm_close(struct mm *mm)
{
    if (mm == NULL)
        return;
    sd_bus_flush_close_unref(mm->bus);
    free(mm);
}

void mm_poll(struct mm *mm, struct pollfd *poll, int *timeout_ms)
{
    uint64_t until_us = UINT64_MAX;
    *poll = (struct pollfd){.fd = sd_bus_get_fd(mm->bus), .events = (short)sd_bus_get_events(mm->bus)};
    sd_bus_get_timeout(mm->bus, &until_us);
    int64_t now_us = clock_mono_us(), wait_us = until_us > INT64_MAX ? -1 : (int64_t)until_us - now_us;
    if (until_us > INT64_MAX)
        *timeout_ms = -1;
    else
        *timeout_ms = wait_us <= 0 ? 0 : (int)(wait_us / USEC_PER_MS + 1);
}

void mm_step(struct mm *mm)
{
    int result = 1;
    while (!mm->lost && result > 0)
        result = sd_bus_process(mm->bus, NULL);
    if (result < 0)
        mm_lose(mm, "the bus has gone");
}

void mm_state(const struct mm *mm, struct mm_state *state)
{
    *state = (struct mm_state){.signal = mm->found.signal <= 100 ? (int64_t)mm->found.signal : -1};
    memcpy(state->carrier, mm->found.carrier, sizeof state->carrier);
    const char *number = mm->found.number;
    if (message_number_valid(number) && strlen(number) < sizeof state->number)
        memcpy(state->number, number, strlen(number) + 1);
}

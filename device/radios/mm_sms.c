// The texts of a modem: what it holds, and the one that it sends.
#include "device/radios/mm_internal.h"

#include "common/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
    TIMESTAMP_SIZE = 40,
    SEND_TIMEOUT_S = 240, // less than the five minutes that the device gives
};

// MMSmsState, MMSmsPduType
enum { SMS_RECEIVED = 3 };
enum { PDU_DELIVER = 1, PDU_STATUS_REPORT = 3, PDU_CDMA_DELIVER = 32 };

// One text, as ModemManager shows it.
struct sms {
    char number[WIRE_WORD_MAX_BYTES + 1], text[WIRE_TEXT_MAX_BYTES + 1], timestamp[TIMESTAMP_SIZE];
    uint32_t state, pdu, reference, delivery;
};

static const struct props_row sms_rows[] = {
    {"Number", PROPS_STRING, offsetof(struct sms, number), sizeof(((struct sms *)0)->number)},
    {"Text", PROPS_STRING, offsetof(struct sms, text), sizeof(((struct sms *)0)->text)},
    {"Timestamp", PROPS_STRING, offsetof(struct sms, timestamp), sizeof(((struct sms *)0)->timestamp)},
    {"State", PROPS_UINT, offsetof(struct sms, state), 0},
    {"PduType", PROPS_UINT, offsetof(struct sms, pdu), 0},
    {"MessageReference", PROPS_UINT, offsetof(struct sms, reference), 0},
    {"DeliveryState", PROPS_UINT, offsetof(struct sms, delivery), 0},
};

// What a reply about one text needs to know.
struct asked {
    struct mm *mm;
    char path[MM_PATH_SIZE];
};

static int on_deleted(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    (void)mm_call_good(context, reply, "a text cannot be deleted from the modem");
    return 0;
}

static void sms_delete(struct mm *mm, const char *path)
{
    sd_bus_call_method_async(mm->bus, NULL, MM, mm->found.path, MESSAGING, "Delete", on_deleted, mm, "o",
                             path);
}

// The place of a text that has been seen, or a new one, which replaces the oldest when there are too many.
static struct mm_place *place_of(struct mm *mm, const char *path, const struct sms *sms)
{
    char base[MM_UID_SIZE];
    unsigned equal = 0;
    mm_uid(base, sms->number, sms->timestamp, sms->text, 0);
    for (size_t i = 0; i < mm->place_count; i++) {
        if (strcmp(mm->places[i].path, path) == 0)
            return &mm->places[i];
        equal += strcmp(mm->places[i].base, base) == 0;
    }
    if (mm->place_count == MM_TEXTS_MAX)
        memmove(&mm->places[0], &mm->places[1], --mm->place_count * sizeof mm->places[0]);
    struct mm_place *place = &mm->places[mm->place_count++];
    memcpy(place->base, base, sizeof base);
    mm_uid(place->uid, sms->number, sms->timestamp, sms->text, equal);
    (void)mm_copy_path(place->path, path);
    return place;
}

static void tell_text(struct mm *mm, const char *path, const struct sms *sms)
{
    int64_t at_ms;
    if (!mm_time_parse(&at_ms, sms->timestamp))
        at_ms = clock_wall_ms();
    struct wire_inbound inbound = {.uid = place_of(mm, path, sms)->uid,
                                   .from = sms->number,
                                   .text = sms->text,
                                   .sim = 1,
                                   .received_at = at_ms};
    mm->handler.text(mm->context, &inbound);
}

static int on_sms(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct asked *asked = context;
    struct mm *mm = asked->mm;
    struct sms sms = {.delivery = UINT32_MAX};
    if (sd_bus_message_get_error(reply) != NULL || props_read(reply, &sms, sms_rows, COUNT(sms_rows)) < 0)
        return 0; // deleted meanwhile
    if (sms.pdu == PDU_STATUS_REPORT) {
        enum mm_fate fate = mm_fate_of(sms.delivery);
        if (fate != MM_FATE_OPEN)
            mm->handler.fate(mm->context, (int)sms.reference, sms.number, fate == MM_FATE_DELIVERED);
        sms_delete(mm, asked->path); // one that says "still trying" is followed by another
    } else if ((sms.pdu == PDU_DELIVER || sms.pdu == PDU_CDMA_DELIVER) && sms.state == SMS_RECEIVED) {
        tell_text(mm, asked->path, &sms);
    }
    return 0;
}

// Asks for a text's properties. handler gets a struct asked that lives as long as the call.
static void sms_ask(struct mm *mm, const char *path, sd_bus_message_handler_t handler)
{
    sd_bus_slot *slot;
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL || !mm_copy_path(asked->path, path) ||
        sd_bus_call_method_async(mm->bus, &slot, MM, path, PROPERTIES, "GetAll", handler, asked, "s", SMS) <
            0) {
        free(asked);
        return;
    }
    asked->mm = mm;
    sd_bus_slot_set_destroy_callback(slot, free);
    sd_bus_slot_set_floating(slot, 1);
    sd_bus_slot_unref(slot);
}

void mm_sms_changed(struct mm *mm, const char *path, sd_bus_message *signal)
{
    struct sms sms = {.state = 0};
    if (props_read(signal, &sms, sms_rows, COUNT(sms_rows)) >= 0 && sms.state == SMS_RECEIVED)
        sms_ask(mm, path, on_sms); // its last part has come
}

static int on_list(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const char *path;
    if (!mm_call_good(mm, reply, "the modem's texts cannot be read") ||
        sd_bus_message_enter_container(reply, 'a', "o") < 0)
        return 0;
    while (sd_bus_message_read_basic(reply, 'o', &path) > 0)
        sms_ask(mm, path, on_sms);
    return 0;
}

void mm_list(struct mm *mm)
{
    sd_bus_call_method_async(mm->bus, NULL, MM, mm->found.path, MESSAGING, "List", on_list, mm, NULL);
}

void mm_forget(struct mm *mm, const char *uid)
{
    for (size_t i = 0; i < mm->place_count; i++) {
        struct mm_place *place = &mm->places[i];
        if (place->path[0] == '\0' || strcmp(place->uid, uid) != 0)
            continue;
        sms_delete(mm, place->path);
        place->path[0] = '\0';
    }
}

int mm_sms_on_added(sd_bus_message *signal, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const char *path;
    int received;
    if (mm->ready && strcmp(sd_bus_message_get_path(signal), mm->found.path) == 0 &&
        sd_bus_message_read(signal, "ob", &path, &received) >= 0 && received)
        sms_ask(mm, path, on_sms);
    return 0;
}

// --- sending

static void send_end(struct mm *mm, const sd_bus_error *error)
{
    struct mm_failure failure;
    const char *text = error->message != NULL ? error->message : "";
    mm_failure_of(&failure, error->name, text);
    if (mm->sending[0] != '\0')
        sms_delete(mm, mm->sending);
    mm->sending[0] = '\0';
    mm->handler.failed(mm->context, &failure, text);
}

static int on_reference(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct asked *asked = context;
    struct mm *mm = asked->mm;
    struct sms sms = {.reference = 0};
    bool known =
        sd_bus_message_get_error(reply) == NULL && props_read(reply, &sms, sms_rows, COUNT(sms_rows)) >= 0;
    sms_delete(mm, asked->path);
    mm->sending[0] = '\0';
    mm->handler.sent(mm->context, known ? (int)sms.reference : -1);
    return 0;
}

static int on_sent(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    if (failure != NULL)
        send_end(mm, failure);
    else
        sms_ask(mm, mm->sending, on_reference);
    return 0;
}

static int on_created(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct mm *mm = context;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    sd_bus_message *call = NULL;
    const char *path;
    if (failure != NULL) {
        send_end(mm, failure);
        return 0;
    }
    bool good =
        sd_bus_message_read_basic(reply, 'o', &path) > 0 && mm_copy_path(mm->sending, path) &&
        sd_bus_message_new_method_call(mm->bus, &call, MM, path, SMS, "Send") >= 0 &&
        sd_bus_call_async(mm->bus, NULL, call, on_sent, mm, (uint64_t)SEND_TIMEOUT_S * MM_USEC_PER_S) >= 0;
    sd_bus_message_unref(call);
    if (!good)
        mm_lose(mm, "a text cannot be handed over");
    return 0;
}

void mm_send(struct mm *mm, const char *to, const char *text, bool report)
{
    if (sd_bus_call_method_async(mm->bus, NULL, MM, mm->found.path, MESSAGING, "Create", on_created, mm,
                                 "a{sv}", 3, "number", "s", to, "text", "s", text, "delivery-report-request",
                                 "b", (int)report) < 0)
        mm_lose(mm, "a text cannot be handed over");
}

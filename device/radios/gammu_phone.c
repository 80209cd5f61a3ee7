// A phone or modem behind libgammu.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/radios/gammu_phone.h"

#include "common/clock.h"
#include "common/failure.h"
#include "common/secret.h"
#include "common/segments.h"

#include <gammu.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    REPLY_SECONDS = 3,
    CALLBACK_TIMEOUT_MS = 60000,
    PARTS_WAIT_MS = 600000, // for the missing parts of a text, then it is told as it is
    INBOX_MAX = 512,
    CNMI_REPORTS = 3, // <ds> of AT+CNMI: TS 27.005, 3.4.1
    REPORTS_MAX = 64, // between two looks
    STATUS_PENDING = -1000,
    TP_STATUS_TRYING = 0x20, // below: delivered; TS 23.040, 9.2.3.15
    TP_STATUS_FAILED = 0x40,
};

// Where a text that has been told lies.
struct place {
    char uid[PHONE_UID_SIZE];
    int folder, location;
};

// A status report that the modem has handed over without keeping it.
struct report {
    int reference, status;
    char number[4 * GSM_MAX_NUMBER_LENGTH];
};

struct phone {
    GSM_StateMachine *machine;
    int status, reference; // of the last part, from the callback
    struct place places[INBOX_MAX];
    size_t place_count;
    struct report reports[REPORTS_MAX];
    size_t report_count;
};

static bool gammu_failed(struct phone_error *error, GSM_Error result)
{
    *error = (struct phone_error){.broken = false};
    error->broken = (result >= ERR_DEVICEOPENERROR && result <= ERR_TIMEOUT) || result == ERR_NOTCONNECTED;
    snprintf(error->code, sizeof error->code, "gammu-%d", (int)result);
    error->kind = failure_kind(error->code);
    snprintf(error->text, sizeof error->text, "%s", GSM_ErrorString(result));
    return false;
}

static bool network_failed(struct phone_error *error, int cause)
{
    *error = (struct phone_error){.broken = false};
    snprintf(error->code, sizeof error->code, "cause-%d", cause);
    error->kind = failure_kind(error->code);
    snprintf(error->text, sizeof error->text, "the network refused the text");
    return false;
}

static void on_status(GSM_StateMachine *machine, int status, int reference, void *context)
{
    struct phone *phone = context;
    (void)machine;
    phone->status = status;
    phone->reference = reference;
}

// Modems hand status reports over at once, and most keep none. Texts are found in the inbox.
static void on_incoming(GSM_StateMachine *machine, GSM_SMSMessage *message, void *context)
{
    struct phone *phone = context;
    (void)machine;
    if (message->PDU != SMS_Status_Report || phone->report_count == REPORTS_MAX)
        return;
    struct report *report = &phone->reports[phone->report_count++];
    report->reference = message->MessageReference;
    report->status = message->DeliveryStatus;
    EncodeUTF8(report->number, message->Number);
}

// Replaces a string that libgammu frees with free().
static void set_string(char **member, const char *value)
{
    free(*member);
    *member = strdup(value);
}

struct phone *phone_open(const struct phone_options *options, struct phone_error *error)
{
    struct phone *phone = calloc(1, sizeof *phone);
    GSM_InitLocales(NULL);
    GSM_SetDebugLevel("nothing", GSM_GetGlobalDebug());
    if (phone == NULL || (phone->machine = GSM_AllocStateMachine()) == NULL) {
        free(phone);
        gammu_failed(error, ERR_MOREMEMORY);
        return NULL;
    }
    GSM_Config *config = GSM_GetConfig(phone->machine, 0);
    set_string(&config->Device, options->device);
    set_string(&config->Connection, options->connection);
    snprintf(config->Model, sizeof config->Model, "%s", options->model);
    for (size_t i = 0; i < sizeof config->CNMIParams / sizeof config->CNMIParams[0]; i++)
        config->CNMIParams[i] = -1;       // as the modem likes it, but
    config->CNMIParams[CNMI_REPORTS] = 1; // status reports at once: where they are kept, nobody reads
    GSM_SetConfigNum(phone->machine, 1);
    config->UseGlobalDebugFile = FALSE;
    GSM_Error result = GSM_InitConnection(phone->machine, REPLY_SECONDS);
    if (result != ERR_NONE) {
        gammu_failed(error, result);
        phone_close(phone);
        return NULL;
    }
    GSM_SetSendSMSStatusCallback(phone->machine, on_status, phone);
    GSM_SetIncomingSMSCallback(phone->machine, on_incoming, phone);
    (void)GSM_SetIncomingSMS(phone->machine, TRUE); // one that cannot is read all the same
    return phone;
}

void phone_close(struct phone *phone)
{
    if (phone == NULL)
        return;
    if (GSM_IsConnected(phone->machine))
        GSM_TerminateConnection(phone->machine);
    GSM_FreeStateMachine(phone->machine);
    free(phone);
}

static bool encode_parts(GSM_MultiSMSMessage *parts, const char *text, struct phone_error *error)
{
    size_t length = strlen(text);
    struct segments segments;
    unsigned char *wide = calloc(length + 1, 2);
    GSM_MultiPartSMSInfo *info = calloc(1, sizeof *info);
    GSM_Error result = ERR_INVALIDDATA;
    if (wide == NULL || info == NULL) {
        result = ERR_MOREMEMORY;
    } else if (segments_count(&segments, text, length)) {
        DecodeUTF8(wide, text, length);
        GSM_ClearMultiPartSMSInfo(info);
        info->Class = -1;
        info->EntriesNum = 1;
        info->UnicodeCoding = segments.encoding == SEGMENTS_UCS2;
        info->Entries[0].ID = SMS_ConcatenatedTextLong;
        info->Entries[0].Buffer = wide;
        result = GSM_EncodeMultiPartSMS(GSM_GetGlobalDebug(), info, parts);
    }
    free(wide);
    free(info);
    return result == ERR_NONE || gammu_failed(error, result);
}

static bool send_part(struct phone *phone, GSM_SMSMessage *part, const char *to, bool report,
                      struct phone_error *error)
{
    part->PDU = report ? SMS_Status_Report : SMS_Submit;
    part->SMSC.Location = 1;
    EncodeUnicode(part->Number, to, strlen(to));
    phone->status = STATUS_PENDING;
    GSM_Error result = GSM_SendSMS(phone->machine, part);
    if (result != ERR_NONE)
        return gammu_failed(error, result);
    int64_t until_ms = clock_mono_ms() + CALLBACK_TIMEOUT_MS;
    while (phone->status == STATUS_PENDING) {
        if (clock_mono_ms() >= until_ms)
            return gammu_failed(error, ERR_TIMEOUT);
        GSM_ReadDevice(phone->machine, TRUE);
    }
    return phone->status == 0 || network_failed(error, phone->status);
}

bool phone_send(struct phone *phone, const char *to, const char *text, bool report,
                void (*sent)(void *context, int part, int parts, int reference), void *context,
                struct phone_error *error)
{
    GSM_MultiSMSMessage *parts = calloc(1, sizeof *parts);
    bool good = parts != NULL ? encode_parts(parts, text, error) : gammu_failed(error, ERR_MOREMEMORY);
    for (int i = 0; good && i < parts->Number; i++) {
        good = send_part(phone, &parts->SMS[i], to, report, error);
        if (good)
            sent(context, i + 1, parts->Number, phone->reference);
    }
    free(parts);
    return good;
}

static int64_t time_of(const GSM_DateTime *at)
{
    struct tm fields = {.tm_sec = at->Second,
                        .tm_min = at->Minute,
                        .tm_hour = at->Hour,
                        .tm_mday = at->Day,
                        .tm_mon = at->Month - 1,
                        .tm_year = at->Year - 1900};
    int64_t ms = ((int64_t)timegm(&fields) - at->Timezone) * 1000;
    return ms > 0 ? ms : 0;
}

// The same text has the same uid whenever it is read: it is made of what the network gave, and of where the
// phone keeps it, so that two equal texts of the same second are two.
static void uid_of(char uid[PHONE_UID_SIZE], const struct wire_inbound *inbound, int concatenation,
                   const GSM_SMSMessage *first)
{
    uint8_t hash[SECRET_HASH_BYTES];
    char *line;
    int length = asprintf(&line, "%s\n%" PRId64 "\n%d\n%d\n%d\n%s", inbound->from, inbound->received_at,
                          concatenation, first->Folder, first->Location, inbound->text);
    if (length < 0)
        abort();
    secret_hash(hash, line, (size_t)length);
    free(line);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(uid + 2 * i, 3, "%02x", hash[i]);
}

static void remember_places(struct phone *phone, const GSM_MultiSMSMessage *message, const char *uid)
{
    for (int i = 0; i < message->Number && phone->place_count < INBOX_MAX; i++) {
        struct place *place = &phone->places[phone->place_count++];
        *place = (struct place){.folder = message->SMS[i].Folder, .location = message->SMS[i].Location};
        memcpy(place->uid, uid, PHONE_UID_SIZE);
    }
}

static bool is_complete(const GSM_MultiSMSMessage *message)
{
    const GSM_SMSMessage *first = &message->SMS[0];
    return first->UDH.AllParts <= 1 || message->Number >= first->UDH.AllParts ||
           clock_wall_ms() - time_of(&first->DateTime) > PARTS_WAIT_MS;
}

static void tell_text(struct phone *phone, const GSM_MultiSMSMessage *message,
                      const struct phone_handler *handler, void *context)
{
    const GSM_SMSMessage *first = &message->SMS[0];
    char from[4 * GSM_MAX_NUMBER_LENGTH], text[WIRE_TEXT_MAX_BYTES + 1] = "", uid[PHONE_UID_SIZE];
    EncodeUTF8(from, first->Number);
    from[WIRE_WORD_MAX_BYTES < strlen(from) ? WIRE_WORD_MAX_BYTES : strlen(from)] = '\0';
    for (int i = 0; i < message->Number; i++) {
        char part[4 * GSM_MAX_SMS_CHARS_LENGTH + 1];
        const GSM_SMSMessage *sms = &message->SMS[i];
        if (sms->Coding == SMS_Coding_8bit)
            continue; // binary parts have no text
        EncodeUTF8(part, sms->Text);
        if (strlen(text) + strlen(part) < sizeof text)
            strncat(text, part, sizeof text - strlen(text) - 1);
    }
    struct wire_inbound inbound = {
        .uid = uid, .from = from, .sim = 1, .text = text, .received_at = time_of(&first->DateTime)};
    uid_of(uid, &inbound, first->UDH.AllParts > 1 ? first->UDH.ID8bit : -1, first);
    remember_places(phone, message, uid);
    handler->text(context, &inbound);
}

// Returns whether the report is used up.
static bool tell_fate(const struct report *report, const struct phone_handler *handler, void *context)
{
    bool trying = report->status >= TP_STATUS_TRYING && report->status < TP_STATUS_FAILED;
    return trying ||
           handler->fate(context, report->reference, report->number, report->status < TP_STATUS_TRYING);
}

static void take_stored_report(struct phone *phone, GSM_SMSMessage *stored,
                               const struct phone_handler *handler, void *context)
{
    struct report report = {.reference = stored->MessageReference, .status = stored->DeliveryStatus};
    EncodeUTF8(report.number, stored->Number);
    if (tell_fate(&report, handler, context)) {
        stored->Folder = 0;
        GSM_DeleteSMS(phone->machine, stored);
    }
}

static void take_handed_reports(struct phone *phone, const struct phone_handler *handler, void *context)
{
    GSM_ReadDevice(phone->machine, FALSE);
    for (size_t i = 0; i < phone->report_count; i++)
        (void)tell_fate(&phone->reports[i], handler, context);
    phone->report_count = 0;
}

// Reads all folders into list[INBOX_MAX] (each owned), NULL behind the last.
static bool read_all(struct phone *phone, GSM_MultiSMSMessage **list, struct phone_error *error)
{
    GSM_Error result = ERR_NONE;
    GSM_MultiSMSMessage next = {.Number = 0};
    size_t count = 0;
    while (result == ERR_NONE && count < INBOX_MAX) {
        next.SMS[0].Folder = 0;
        result = GSM_GetNextSMS(phone->machine, &next, count == 0);
        if (result != ERR_NONE)
            break;
        list[count] = malloc(sizeof *list[count]);
        if (list[count] == NULL)
            return gammu_failed(error, ERR_MOREMEMORY);
        *list[count++] = next;
    }
    return result == ERR_NONE || result == ERR_EMPTY || gammu_failed(error, result);
}

// A modem's memory holds sent and unsent texts between those that came in; some phones (and the dummy) do not
// say that a text was delivered to them, but every phone knows what has been read.
static bool is_inbound(const GSM_MultiSMSMessage *message)
{
    const GSM_SMSMessage *first = &message->SMS[0];
    return first->InboxFolder && first->PDU != SMS_Status_Report &&
           (first->State == SMS_Read || first->State == SMS_UnRead);
}

// Takes status reports and what is not inbound out of the list, so that only texts are joined.
static void take_reports(struct phone *phone, GSM_MultiSMSMessage **list, const struct phone_handler *handler,
                         void *context)
{
    size_t kept = 0;
    for (size_t i = 0; list[i] != NULL; i++) {
        if (is_inbound(list[i])) {
            list[kept++] = list[i];
            continue;
        }
        if (list[i]->SMS[0].PDU == SMS_Status_Report)
            take_stored_report(phone, &list[i]->SMS[0], handler, context);
        free(list[i]);
    }
    list[kept] = NULL;
}

static void free_list(GSM_MultiSMSMessage **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        free(list[i]);
    free(list);
}

bool phone_read(struct phone *phone, const struct phone_handler *handler, void *context,
                struct phone_error *error)
{
    GSM_MultiSMSMessage **list = calloc(INBOX_MAX + 1, sizeof *list);
    GSM_MultiSMSMessage **joined = calloc(INBOX_MAX + 1, sizeof *joined);
    bool good =
        list != NULL && joined != NULL ? read_all(phone, list, error) : gammu_failed(error, ERR_MOREMEMORY);
    take_handed_reports(phone, handler, context);
    phone->place_count = 0;
    if (good) {
        take_reports(phone, list, handler, context);
        GSM_Error result = GSM_LinkSMS(GSM_GetGlobalDebug(), list, joined, FALSE);
        good = result == ERR_NONE || gammu_failed(error, result);
    }
    for (size_t i = 0; good && joined[i] != NULL; i++) {
        if (is_complete(joined[i]))
            tell_text(phone, joined[i], handler, context);
    }
    free_list(joined);
    free_list(list);
    return good;
}

void phone_forget(struct phone *phone, const char *uid)
{
    for (size_t i = 0; i < phone->place_count; i++) {
        if (strcmp(phone->places[i].uid, uid) != 0)
            continue;
        GSM_SMSMessage place = {.Folder = 0, .Location = phone->places[i].location};
        GSM_DeleteSMS(phone->machine, &place);
        phone->places[i].uid[0] = '\0';
    }
}

void phone_state(struct phone *phone, struct phone_state *state)
{
    GSM_SignalQuality signal;
    GSM_BatteryCharge battery;
    GSM_NetworkInfo network;
    *state = (struct phone_state){.signal = -1, .battery = -1};
    if (GSM_GetSignalQuality(phone->machine, &signal) == ERR_NONE && signal.SignalPercent <= 100)
        state->signal = signal.SignalPercent < 0 ? -1 : signal.SignalPercent;
    if (GSM_GetBatteryCharge(phone->machine, &battery) == ERR_NONE && battery.BatteryPercent <= 100) {
        state->battery = battery.BatteryPercent < 0 ? -1 : battery.BatteryPercent;
        state->charging =
            battery.ChargeState == GSM_BatteryCharging || battery.ChargeState == GSM_BatteryFull;
    }
    if (GSM_GetNetworkInfo(phone->machine, &network) == ERR_NONE) {
        char name[4 * sizeof network.NetworkName];
        EncodeUTF8(name, network.NetworkName);
        if (strlen(name) < sizeof state->carrier)
            memcpy(state->carrier, name, strlen(name) + 1);
    }
}

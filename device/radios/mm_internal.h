// Shared by mm_modem.c (the modem itself) and mm_sms.c (its texts); nobody else includes it.
#ifndef SMSQUITTO_DEVICE_RADIOS_MM_INTERNAL_H
#define SMSQUITTO_DEVICE_RADIOS_MM_INTERNAL_H

#include "device/radios/mm_modem.h"
#include "device/radios/mm_props.h"

#define MM "org.freedesktop.ModemManager1"
#define ROOT "/org/freedesktop/ModemManager1"
#define MODEM MM ".Modem"
#define MODEM_3GPP MM ".Modem.Modem3gpp"
#define MESSAGING MM ".Modem.Messaging"
#define SMS MM ".Sms"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define OBJECTS "org.freedesktop.DBus.ObjectManager"
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { MM_PATH_SIZE = 128, MM_TEXTS_MAX = 512, MM_USEC_PER_S = 1000000 };

// What is known of a modem.
struct mm_found {
    char path[MM_PATH_SIZE];
    char imei[64], identifier[128], device[256], port[64], number[64], carrier[WIRE_WORD_MAX_BYTES + 1];
    int32_t state;
    uint32_t signal;
    bool modem, messaging; // interfaces that it has
};

// An inbound text that has been told. base is its uid as if it were the only one of its kind.
struct mm_place {
    char path[MM_PATH_SIZE], base[MM_UID_SIZE], uid[MM_UID_SIZE];
};

struct mm {
    struct mm_handler handler;
    void *context;
    const char *which;
    sd_bus *bus;
    struct mm_found found; // path "" = not found yet
    bool ready, lost, enabling, noted_lock;
    char sending[MM_PATH_SIZE]; // the object of the text that is being sent
    struct mm_place places[MM_TEXTS_MAX];
    size_t place_count;
};

// Tells somebody something that may need to be done.
void mm_note(struct mm *mm, const char *text);

// The modem is no more, or cannot be talked to any more; told once.
void mm_lose(struct mm *mm, const char *why);

// Copies an object's path. Returns false when it is too long.
bool mm_copy_path(char out[MM_PATH_SIZE], const char *path);

// Notes a failed call, of which what says what it was for. Returns false when the reply is an error.
bool mm_call_good(struct mm *mm, sd_bus_message *reply, const char *what);

// A change of a text's properties was announced: signal stands before the dictionary of what has changed.
void mm_sms_changed(struct mm *mm, const char *path, sd_bus_message *signal);

// Added of the interface for messaging: a match handler; context is struct mm.
int mm_sms_on_added(sd_bus_message *signal, void *context, sd_bus_error *error);

#endif

// A device's journal, damaged: it is refused with a sentence, or all that it gives out is within the limits
// of the protocol and goes on being written.
#include "device/journal.h"
#include "tests/fuzz/damaged_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_rows(struct journal *journal)
{
    static struct journal_message row;
    const struct wire_report report = {
        .id = "SM1", .lease = 1, .state = STATE_SENT, .part = 1, .parts = 1, .at = 1700000000000};
    const struct wire_inbound inbound = {
        .uid = "in-1", .from = "+4915112345678", .text = "Hi", .received_at = 1700000000000};
    for (int i = 0; i < MESSAGE_SENT + 1; i++) {
        row = (struct journal_message){.message = {.stage = (enum message_stage)i,
                                                   .state = STATE_ACCEPTED,
                                                   .lease = 1,
                                                   .parts = 1,
                                                   .qos = 1},
                                       .position = journal_position("normal", i + 1)};
        snprintf(row.id, sizeof(row.id), "SM%d", i);
        snprintf(row.to, sizeof(row.to), "+4915112345678");
        snprintf(row.text, sizeof(row.text), "Hello");
        journal_message_put(journal, &row);
    }
    journal_report_add(journal, 1, &report);
    journal_inbound_add(journal, 2, &inbound, 1700000000000);
}

static void make(const char *path)
{
    char error[JOURNAL_ERROR_SIZE];
    struct journal *journal = journal_open(path, error);
    if (journal == NULL)
        abort();
    journal_begin(journal);
    put_rows(journal);
    if (!journal_commit(journal, error))
        abort();
    journal_close(journal);
}

// Reads as the device does after its start.
static void read_all(struct journal *journal)
{
    static struct journal_message row;
    for (int stage = 0; stage < 2; stage++) {
        int64_t after = -1;
        for (int i = 0; i < ROUNDS && journal_message_next(journal, &row, (enum message_stage)stage, after);
             i++) {
            if (row.position <= after || strlen(row.text) > WIRE_TEXT_MAX_BYTES)
                abort();
            after = row.position;
        }
    }
    int64_t seq = journal_uplink_oldest(journal), next = journal_number(journal, JOURNAL_NEXT_SEQ);
    if (next < 1)
        abort();
    for (int i = 0; i < ROUNDS && seq < next; i++, seq++) {
        struct journal_uplink uplink;
        if (journal_uplink_get(journal, &uplink, seq))
            journal_uplink_clear(&uplink);
    }
    (void)journal_overdue_at(journal);
    (void)journal_inbound_known(journal, "in-1", 0);
    (void)journal_inbound_newest(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_file damaged;
    char error[JOURNAL_ERROR_SIZE] = "";
    if (damaged.image == NULL)
        damaged_file_init(&damaged, make);
    damaged_file_write(&damaged, data, size);
    struct journal *journal = journal_open(damaged.path, error);
    if (journal == NULL) {
        if (error[0] == '\0')
            abort();
        return 0;
    }
    if (strlen(journal_id(journal)) != JOURNAL_ID_SIZE - 1)
        abort(); // the bridge would refuse every word of the device
    read_all(journal);
    journal_begin(journal);
    const struct wire_report report = {.id = "SM2", .lease = 1, .state = STATE_SENT, .at = 1700000000000};
    journal_report_add(journal, journal_number(journal, JOURNAL_NEXT_SEQ), &report);
    journal_prune(journal, 1600000000000, 10);
    if (!journal_commit(journal, error) && error[0] == '\0')
        abort();
    journal_close(journal);
    return 0;
}
